//! Small JSON files that are kept between starts: written whole, and kept aside when unreadable.

use std::io::Write as _;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Reads a file of `what` with a field `version` of at most `version`; `None` where there is none.
///
/// # Errors
/// A plain remark, after the unreadable file was moved out of the way.
pub(super) fn read<T: DeserializeOwned>(
    path: &Path,
    what: &str,
    version: u32,
) -> Result<Option<T>, String> {
    let aside = |why: &dyn std::fmt::Display| Err(set_aside(path, what, why));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return aside(&error),
    };
    let value: serde_json::Value = match serde_json::from_str(&text) {
        Ok(value) => value,
        Err(error) => return aside(&error),
    };
    match value.get("version").and_then(serde_json::Value::as_u64) {
        Some(found) if found > u64::from(version) => {
            return aside(&format!("it is of the newer format {found}"));
        }
        _ => {}
    }
    match serde_json::from_value(value) {
        Ok(kept) => Ok(Some(kept)),
        Err(error) => aside(&error),
    }
}

/// Writes a file whole or not at all, making its folder.
///
/// # Errors
/// Whatever the file system says.
pub(super) fn write(path: &Path, kept: &impl Serialize) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let temporary = path.with_extension(format!("json.{}.tmp", std::process::id()));
    let mut file = std::io::BufWriter::new(std::fs::File::create(&temporary)?);
    serde_json::to_writer_pretty(&mut file, kept)?;
    file.write_all(b"\n")?;
    file.flush()?;
    file.get_ref().sync_all()?;
    std::fs::rename(&temporary, path)
}

/// Moves an unreadable file out of the way and says so.
fn set_aside(path: &Path, what: &str, why: &dyn std::fmt::Display) -> String {
    let aside = path.with_extension("json.unreadable");
    let kept = match std::fs::rename(path, &aside) {
        Ok(()) => format!("The file is kept as {}.", super::display_path(&aside)),
        Err(_) => format!("The file is {}.", super::display_path(path)),
    };
    format!("The {what} could not be read ({why}), so they begin anew. {kept}")
}
