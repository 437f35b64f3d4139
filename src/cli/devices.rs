//! `devices`: what can compute here, and why each device was or was not chosen.

use std::io::Write;

use serde_json::json;

use super::link::Link;
use crate::protocol::{Event, ListedDevice};
use crate::storage::escaped;

/// Lists the devices that the engine found at its start.
///
/// # Errors
/// The engine's death, or Ctrl-C.
pub fn drive(link: &mut Link<'_>, as_json: bool, out: &mut dyn Write) -> anyhow::Result<()> {
    let devices = link.wait_for(|event| match event {
        Event::DevicesListed(devices) => Some(devices),
        _ => None,
    })?;
    for device in &devices {
        if as_json {
            writeln!(out, "{}", line(device))?;
        } else {
            describe(device, out)?;
        }
    }
    Ok(out.flush()?)
}

fn line(device: &ListedDevice) -> serde_json::Value {
    json!({
        "choice": device.choice.to_string(),
        "name": device.info.name,
        "backend": device.info.backend,
        "kind": device.info.kind,
        "memory_bytes": device.info.memory_bytes,
        "memory_note": device.info.memory_note,
        "chosen": device.chosen,
        "reason": device.reason,
    })
}

fn describe(device: &ListedDevice, out: &mut dyn Write) -> std::io::Result<()> {
    let mark = if device.chosen { '*' } else { ' ' };
    let choice = device.choice.to_string();
    let info = &device.info;
    writeln!(out, "{mark} {choice:<6} {} ({})", escaped(&info.name), info.backend)?;
    if let Some(bytes) = info.memory_bytes {
        let gib = bytes as f64 / f64::from(1 << 30);
        writeln!(out, "         {gib:.1} GiB {}", escaped(&info.memory_note))?;
    } else if !info.memory_note.is_empty() {
        writeln!(out, "         {}", escaped(&info.memory_note))?;
    }
    writeln!(out, "         {}", escaped(&device.reason))
}
