//! `encode`: pictures into latents.

use std::io::Write;

use anyhow::bail;
use serde_json::json;

use super::args::{EncodeArgs, Global};
use super::link::Link;
use super::sample::{open_model, wait_for_file};
use super::{answer, require_file};
use crate::protocol::{Command, EncodeJob};
use crate::storage::shown;

/// Opens the model and writes the latents of the pictures.
///
/// # Errors
/// Whatever is wrong with the files, a model without an encoder, or Ctrl-C.
pub fn drive(
    link: &mut Link<'_>,
    args: EncodeArgs,
    global: &Global,
    out: &mut dyn Write,
) -> anyhow::Result<()> {
    args.image.iter().try_for_each(|image| require_file(image))?;
    let model = open_model(link, &args.model)?;
    if model.parameters.encoder == 0 {
        let place = shown(&args.model);
        bail!(
            "{place} has no encoder: use a model with one (vae, vae-gan), or train one for it with \
             train --encoder-for"
        );
    }
    let count = args.image.len();
    link.send(Command::EncodeToFile(EncodeJob { images: args.image, out: args.out }))?;
    let written = wait_for_file(link)?;
    let line = json!({ "written": written, "model": shown(&args.model), "images": count });
    answer(out, global.json, &line, &written)
}
