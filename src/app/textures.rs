//! Pictures on the screen: one texture per place, set anew only when its picture changed.
//!
//! A place is named by a key (`"preview"`, `("recent", id)`); the cache lives in egui's own memory, so
//! UI functions need no further argument. Places not drawn for a while give their texture back.

use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui::{
    ColorImage, Context, Id, TextureFilter, TextureHandle, TextureOptions, TextureWrapMode,
};

use crate::protocol::Frame;

/// Frames a place may go undrawn before its texture is freed.
const KEEP_FRAMES: u64 = 600;

/// How a picture is enlarged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Enlarge {
    /// Every pixel a sharp square: what the network really drew.
    #[default]
    Sharp,
    /// Smooth between pixels.
    Smooth,
}

struct Place {
    key: Id,
    enlarge: Enlarge,
    /// Held so that its address stays taken while it names the picture.
    pixels: Arc<Vec<u8>>,
    texture: TextureHandle,
    drawn_in_pass: u64,
}

#[derive(Default)]
struct Cache(Vec<Place>);

/// The texture of the picture in the place `key`, uploaded only if the picture is another one than
/// last time. `frame` is told from the last one by its shared pixels, not by comparing them.
pub fn texture(
    ctx: &Context,
    key: impl Hash + std::fmt::Debug,
    frame: &Frame,
    enlarge: Enlarge,
) -> TextureHandle {
    let key = Id::unique(("picture", key));
    let cache = ctx.data_mut(|data| {
        Arc::clone(data.get_temp_mut_or_default::<Arc<Mutex<Cache>>>(Id::unique("texture cache")))
    });
    let pass = ctx.cumulative_pass_nr();
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    cache.0.retain(|place| place.key == key || pass < place.drawn_in_pass + KEEP_FRAMES);
    if let Some(place) = cache.0.iter_mut().find(|place| place.key == key) {
        place.drawn_in_pass = pass;
        if !Arc::ptr_eq(&place.pixels, &frame.rgba) || place.enlarge != enlarge {
            place.texture.set(image(frame), options(enlarge));
            place.pixels = Arc::clone(&frame.rgba);
            place.enlarge = enlarge;
        }
        return place.texture.clone();
    }
    let texture = ctx.load_texture("picture", image(frame), options(enlarge));
    cache.0.push(Place {
        key,
        enlarge,
        pixels: Arc::clone(&frame.rgba),
        texture: texture.clone(),
        drawn_in_pass: pass,
    });
    texture
}

/// A frame whose pixels do not fit its size becomes a single transparent pixel rather than a panic.
fn image(frame: &Frame) -> ColorImage {
    let size = [frame.width_px, frame.height_px];
    let fits = frame.width_px.checked_mul(frame.height_px).and_then(|n| n.checked_mul(4))
        == Some(frame.rgba.len());
    if fits && !frame.rgba.is_empty() {
        ColorImage::from_rgba_unmultiplied(size, &frame.rgba)
    } else {
        ColorImage::from_rgba_unmultiplied([1, 1], &[0; 4])
    }
}

fn options(enlarge: Enlarge) -> TextureOptions {
    TextureOptions {
        magnification: match enlarge {
            Enlarge::Sharp => TextureFilter::Nearest,
            Enlarge::Smooth => TextureFilter::Linear,
        },
        minification: TextureFilter::Linear,
        wrap_mode: TextureWrapMode::ClampToEdge,
        mipmap_mode: None,
    }
}
