//! Edits as scripts: JSON that the program writes, and that a person writes by hand.

use std::path::Path;

use serde_json::Value;

use super::error::{escaped, shown};
use super::{StorageError, write_atomic};
use crate::protocol::EditScript;

/// A script larger than this is not read, in bytes: 500 strokes of a few thousand points each.
const BYTES_LIMIT: u64 = 64 << 20;
/// More values than any model's latents have.
const LATENT_LIMIT: usize = 1 << 16;

/// Writes a script, whole or not at all.
///
/// # Errors
/// A refusal by the operating system.
pub fn save_edit_script(path: &Path, script: &EditScript) -> Result<(), StorageError> {
    let script = EditScript { format: EditScript::FORMAT, ..script.clone() };
    let text = serde_json::to_string_pretty(&script)
        .map_err(|error| StorageError::invalid(&shown(path), error.to_string()))?;
    write_atomic(path, |out| {
        out.write_all(text.as_bytes())?;
        out.write_all(b"\n")
    })
}

/// Reads a script and checks every value of it.
///
/// # Errors
/// A file that is missing, too large, no JSON, of a newer format, or that says something that cannot be
/// painted: what, where, and what to do.
pub fn open_edit_script(path: &Path) -> Result<EditScript, StorageError> {
    let place = shown(path);
    let about = std::fs::metadata(path).map_err(StorageError::io("open", path))?;
    if about.len() > BYTES_LIMIT {
        return Err(StorageError::TooLarge { place, bytes: about.len(), limit: BYTES_LIMIT });
    }
    let bytes = std::fs::read(path).map_err(StorageError::io("read", path))?;
    if bytes.is_empty() {
        return Err(StorageError::Empty(place));
    }
    read(&place, &bytes)
}

fn read(place: &str, bytes: &[u8]) -> Result<EditScript, StorageError> {
    let refuse = |text: String| StorageError::invalid(place, text);
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        let why = escaped(&error.to_string());
        refuse(format!("it is no JSON text ({why}): `latent-atelier edit --help` shows what a script looks like"))
    })?;
    let known = u64::from(EditScript::FORMAT);
    match value.get("format").map(Value::as_u64) {
        Some(Some(found)) if found > known => {
            return Err(StorageError::Newer { place: place.to_owned(), found, known });
        }
        Some(Some(1..)) => {}
        _ => {
            return Err(refuse(format!(
                "it does not say which format it has: write \"format\": {known} into it, beside \"plan\""
            )));
        }
    }
    // From the text again, so that an error says in which line it is.
    let script: EditScript = serde_json::from_slice(bytes).map_err(|error| {
        let why = escaped(&error.to_string());
        refuse(format!("{why}: `latent-atelier edit --help` shows what a script looks like"))
    })?;
    script.plan.validate().map_err(|error| refuse(error.to_string()))?;
    let start = script.start.as_ref().map_or(&[][..], |start| &start.0);
    for (name, values) in [("start", start), ("shift", &script.shift)] {
        if values.len() > LATENT_LIMIT || values.iter().any(|value| !value.is_finite()) {
            return Err(refuse(format!(
                "its {name} is no latent: use at most {LATENT_LIMIT} numbers of a size that f32 holds"
            )));
        }
    }
    Ok(script)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{BYTES_LIMIT, open_edit_script, save_edit_script};
    use crate::protocol::{EditPlan, EditScript, Latent, Stroke, StrokeTool};

    fn error(text: &str) -> String {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("strokes.json");
        std::fs::write(&path, text).expect("written");
        open_edit_script(&path).expect_err("refused").to_string()
    }

    /// As a person writes it.
    const BY_HAND: &str = r#"{
        "format": 1,
        "plan": { "strokes": [
            { "tool": { "colour": [200, 40, 40] }, "brush": { "size": 0.2 }, "points": [{ "x": 0.4, "y": 0.1 }, { "x": 0.6, "y": 0.1 }] },
            { "tool": "erase", "brush": {}, "points": [{ "x": 0.5, "y": 0.7, "pressure": 0.5 }], "mirrored": true }
        ] }
    }"#;

    #[test]
    fn a_script_comes_back_and_one_by_hand_needs_little() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.json");
        std::fs::write(&path, BY_HAND).expect("written");
        let script = open_edit_script(&path).expect("it is one");
        assert_eq!(script.plan.strokes[0].tool, StrokeTool::Colour([200, 40, 40]));
        assert!(script.plan.strokes[1].mirrored && script.plan.strokes[1].brush.size == 0.12);
        let stroke = Arc::new(Stroke::through(StrokeTool::Warp([0.1, 0.0]), &[[0.123_456_7, 0.3]]));
        let plan = EditPlan { strokes: vec![stroke], adopted: 2, ..script.plan };
        let whole = EditScript {
            format: 1,
            start: Some(Latent(vec![0.1, -3.0])),
            shift: vec![1.0, 2.0],
            plan,
        };
        save_edit_script(&path, &whole).expect("written");
        assert_eq!(open_edit_script(&path).expect("it is one"), whole);
    }

    #[test]
    fn what_is_no_script_is_refused_with_what_where_and_what_to_do() {
        assert!(error("").contains("is empty"));
        assert!(error("\u{89}PNG").contains("no JSON text"));
        assert!(error("[1, 2]").contains("\"format\": 1"));
        assert!(error(r#"{"format": "one"}"#).contains("\"format\": 1"));
        assert!(error(r#"{"format": 0}"#).contains("\"format\": 1"));
        assert!(error(r#"{"format": 2, "plan": {"later": 1}}"#).contains("update the program"));
        let unknown = error(&BY_HAND.replace("\"erase\"", "\"eraze\""));
        assert!(
            unknown.contains("eraze") && unknown.contains("line 5") && unknown.contains("--help"),
            "{unknown}"
        );
        let unknown = error(&BY_HAND.replace("mirrored", "mirored"));
        assert!(unknown.contains("`mirored`"), "{unknown}");
        let brush = error(&BY_HAND.replace("0.2", "0.0"));
        assert!(brush.contains("stroke 1: a brush of size 0: use a size above 0"), "{brush}");
        let far = error(&BY_HAND.replace("0.4", "1e999"));
        assert!(far.contains("number out of range") || far.contains("use numbers"), "{far}");
        let start = error(r#"{"format": 1, "start": [1e300]}"#);
        assert!(start.contains("start"), "{start}");
    }

    #[test]
    fn too_many_strokes_and_too_large_a_file_are_refused() {
        let stroke = r#"{"tool": "keep", "brush": {}, "points": [{"x": 0.5, "y": 0.5}]}"#;
        let many = vec![stroke; 10_000].join(",");
        let text = error(&format!(r#"{{"format": 1, "plan": {{"strokes": [{many}]}}}}"#));
        assert!(text.contains("10000 strokes: use at most 500"), "{text}");
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("large.json");
        std::fs::File::create(&path).and_then(|file| file.set_len(BYTES_LIMIT + 1)).expect("made");
        let text = open_edit_script(&path).expect_err("refused").to_string();
        assert!(text.contains("more than the"), "{text}");
    }
}
