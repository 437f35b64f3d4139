//! Edits to files and back.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::drawn::{Drawn, picture};
use crate::edit::{area_mask, change_mask, composite, erased_mask, lay_over};
use crate::engine::animation::Film;
use crate::engine::pictures::frame_values;
use crate::engine::session::OpenModel;
use crate::engine::worker::Worker;
use crate::imaging::frame_from_values;
use crate::invert::Networks;
use crate::protocol::{
    ChangeArea, EditExport, EditPicture, EditScript, EditStart, Event, Frame, Latent, NoticeLevel,
    Stroke,
};
use crate::storage::{AnimationShape, open_edit_script, save_edit_script};

/// Frames of a morph, one way.
const MORPH_FRAMES: std::ops::RangeInclusive<u32> = 2..=10_000;
/// Frames of a morph a second.
const MORPH_SPEED: u16 = 25;
/// A morph's pictures are enlarged to about this edge, in pixels.
const MORPH_EDGE_PX: usize = 256;

impl Worker {
    pub(in crate::engine) fn save_edit_script(&mut self, path: &Path, script: &EditScript) {
        match save_edit_script(path, script) {
            Ok(()) => self.outbox.tell(Event::FileWritten(path.to_owned())),
            Err(error) => self.outbox.notice(NoticeLevel::Error, error.to_string()),
        }
    }

    pub(in crate::engine) fn open_edit_script(&mut self, path: PathBuf) {
        match open_edit_script(&path) {
            Ok(script) => self.outbox.tell(Event::EditScriptOpened(path, Box::new(script))),
            Err(error) => self.outbox.notice(NoticeLevel::Error, error.to_string()),
        }
    }

    /// Writes a picture of an edit.
    ///
    /// # Errors
    /// A photo that is not open any more, latents of another model, an output that cannot be written, or a stop.
    pub(in crate::engine) fn export_edit(
        &mut self,
        open: &OpenModel,
        export: &EditExport,
    ) -> Result<PathBuf, String> {
        let EditExport { start, latent, area, strokes, picture, out } = export;
        let drawn = || Drawn::new(&open.model, &start.latent, latent, (area, strokes));
        match picture {
            EditPicture::Model => {
                let drawn = drawn()?;
                self.write_png(out, drawn.frame(&drawn.after)?)?;
            }
            EditPicture::Mask => self.write_png(out, drawn()?.mask_frame()?)?,
            EditPicture::Photo => {
                let (id, crop) = start.place.ok_or(
                    "no photo is edited, and so none can be written: write the model's picture instead",
                )?;
                let photo = self.photo_desk.original_of(id).ok_or(
                    "the photo that is edited is not open any more: open it again, and begin the edit with it",
                )?;
                let pasted = self.pasted(photo, crop, &drawn()?)?;
                self.write_png(out, pasted)?;
            }
            EditPicture::Morph(frames) => {
                self.morph(open, (start, latent, (area, strokes)), *frames, out)?;
            }
        }
        Ok(out.clone())
    }

    /// Writes an animation along the straight line from z₀ to z and back, on the photo where there is one.
    ///
    /// # Errors
    /// Too few or too many frames, latents of another model, an output that cannot be written, or a stop.
    pub(super) fn morph(
        &mut self,
        open: &OpenModel,
        (start, latent, (area, strokes)): (&EditStart, &Latent, (&ChangeArea, &[Arc<Stroke>])),
        frames: u32,
        out: &Path,
    ) -> Result<(), String> {
        check_frames(frames)?;
        let model = &open.model;
        let (channels, size) = (model.spec.channels as usize, model.spec.image_size as usize);
        let networks = Networks::of(model);
        let photo = start.photo.as_ref().map(|frame| frame_values(model, frame)).transpose()?;
        let before = picture(&networks, &start.latent)?;
        let (area, cover) = (area_mask(area, size), erased_mask(strokes, size));
        let there = 0..frames;
        // The last picture of either way is the first of the other one.
        let back = (1..frames - 1).rev();
        let shares = there.chain(back).map(|frame| frame as f32 / (frames - 1) as f32);
        let shares: Vec<f32> = shares.collect();
        let scale = (MORPH_EDGE_PX / size).max(1);
        let (edge, count) = (size * scale, shares.len());
        let shape = AnimationShape { size_px: (edge, edge), count, frames_per_sec: MORPH_SPEED };
        let mut film = Film::new(out, shape, scale)?;
        for (index, share) in shares.into_iter().enumerate() {
            self.job_progress("drawing frames", index, count);
            let after = picture(&networks, &between(&start.latent, latent, share))?;
            let shown = match &photo {
                Some(photo) => {
                    let mask = change_mask(&before, &after, channels, size, area.as_deref());
                    let mut shown = composite(photo, &before, &after, &mask, channels, size);
                    if let Some(cover) = &cover {
                        let cover: Vec<f32> = cover.iter().map(|value| share * value).collect();
                        lay_over(&mut shown, &after, &cover);
                    }
                    shown
                }
                None => after,
            };
            let tile: Frame =
                frame_from_values(&shown, channels, size, size).map_err(|e| e.to_string())?;
            film = self.add_frames(film, vec![tile])?;
        }
        self.finish_film(film)
    }
}

/// Refuses too few or too many frames, before anything is done for them.
pub(super) fn check_frames(frames: u32) -> Result<(), String> {
    if MORPH_FRAMES.contains(&frames) {
        return Ok(());
    }
    let (least, most) = (MORPH_FRAMES.start(), MORPH_FRAMES.end());
    Err(format!("{frames} frames from before to after: use {least} to {most}"))
}

/// On the straight line from one latent, 0, to another, 1.
fn between(from: &Latent, to: &Latent, share: f32) -> Latent {
    Latent(from.0.iter().zip(&to.0).map(|(a, b)| a + share * (b - a)).collect())
}
