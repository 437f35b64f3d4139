//! `bench`: figures as they are measured.

use std::io::Write;

use super::args::{BenchArgs, Global};
use super::outcome::Usage;
use super::say;
use crate::protocol::{BenchFigure, BenchOptions};
use crate::storage::escaped;

/// Measures, and writes each figure as it is done.
///
/// # Errors
/// [`Usage`] for a name that no figure has, else whatever keeps a figure from being measured.
pub fn bench(
    args: BenchArgs,
    global: &Global,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> anyhow::Result<()> {
    if let Some(only) = &args.only {
        require_figure(only)?;
    }
    let options = BenchOptions {
        device: global.device,
        seed: global.seed.unwrap_or_default(),
        quick: args.quick,
        only: args.only,
    };
    let mut written = Ok(());
    let mut tell = |figure| {
        if written.is_ok() {
            written = write_figure(&figure, global.json, out);
        }
    };
    measure(&options, &mut tell, &mut |text| say(err, &format!("warning: {text}")))?;
    Ok(written?)
}

fn require_figure(only: &str) -> Result<(), Usage> {
    let names = crate::engine::bench::names();
    if names.iter().any(|name| name.contains(only)) {
        return Ok(());
    }
    let (only, names) = (escaped(only), names.join(", "));
    Err(Usage(format!("--only '{only}': no figure's name contains this; there are {names}")))
}

/// The one place where the engine's measurements are called.
fn measure(
    options: &BenchOptions,
    each: &mut dyn FnMut(BenchFigure),
    warn: &mut dyn FnMut(&str),
) -> anyhow::Result<()> {
    crate::engine::bench::run(options, each, warn).map_err(anyhow::Error::msg)
}

fn write_figure(figure: &BenchFigure, as_json: bool, out: &mut dyn Write) -> std::io::Result<()> {
    if as_json {
        writeln!(out, "{}", serde_json::to_string(figure)?)?;
    } else {
        let peer = figure.peer.zip(figure.ratio);
        let peer = peer.map(|(peer, ratio)| format!("  (peer {peer:.3}, ratio {ratio:.2})"));
        writeln!(
            out,
            "{:<32} {:>12.3} {:<9} {}{}",
            figure.name,
            figure.value,
            figure.unit,
            escaped(&figure.device),
            peer.unwrap_or_default()
        )?;
    }
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::write_figure;
    use crate::protocol::BenchFigure;

    #[test]
    fn a_figure_without_a_peer_has_no_such_keys() {
        let mut figure = BenchFigure {
            name: "decode_1".to_owned(),
            value: 1.5,
            unit: "ms".to_owned(),
            device: "cpu".to_owned(),
            peer: None,
            ratio: None,
        };
        let text = |figure: &BenchFigure, as_json| {
            let mut out = Vec::new();
            write_figure(figure, as_json, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let line = r#"{"name":"decode_1","value":1.5,"unit":"ms","device":"cpu"}"#;
        assert_eq!(text(&figure, true).trim_end(), line);
        (figure.peer, figure.ratio) = (Some(3.0), Some(2.0));
        assert!(text(&figure, true).contains(r#""peer":3.0,"ratio":2.0"#));
        assert!(text(&figure, false).contains("ratio 2.00"));
    }
}
