//! `interpolate`: an animation along a path through latent space.

use std::io::Write;

use serde_json::json;

use super::args::{Global, InterpolateArgs};
use super::link::Link;
use super::sample::{open_model, wait_for_file};
use super::{answer, require_file};
use crate::protocol::{AnimationJob, Command, Ending, Route, SampleSource};
use crate::storage::shown;

/// Opens the model and writes the animation.
///
/// # Errors
/// Whatever is wrong with the files, or Ctrl-C.
pub fn drive(
    link: &mut Link<'_>,
    args: InterpolateArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    let seed = global.seed.unwrap_or_default();
    let route = if args.walk {
        Route::Walk { seed, waves: args.waves as usize }
    } else {
        let source = match args.latents {
            Some(path) => {
                require_file(&path)?;
                SampleSource::File(path)
            }
            None => SampleSource::Prior { count: args.count as usize, seed, truncation: 1.0 },
        };
        let ending = match (args.looped, args.ping_pong) {
            (true, _) => Ending::Loop,
            (_, true) => Ending::PingPong,
            _ => Ending::Stop,
        };
        Route::Keys { source, curve: args.curve, ending }
    };
    open_model(link, &args.model)?;
    link.send(Command::Animate(Box::new(AnimationJob {
        route,
        frames: args.frames as usize,
        frames_per_sec: args.fps,
        scale: args.scale as usize,
        out: args.out,
    })))?;
    let written = wait_for_file(link)?;
    let line = json!({
        "written": written,
        "model": shown(&args.model),
        "frames": args.frames,
        "fps": args.fps,
        "seed": seed,
    });
    answer(out, global.json, &line, &written)
}
