//! Makes any picture a square tile of the data set's size and channels.
//!
//! In this order: cut or keep, composite the alpha channel, shrink, convert. Transparency is resolved before the
//! resize (or premultiplied, when it is kept), or the colour hidden under transparent pixels would bleed into the
//! edges. Gray is the luma (Rec. 709 weights) of the finished colour tile.

use image::imageops::{FilterType, resize};
use image::{DynamicImage, ImageBuffer, Luma, Pixel, Rgb, RgbImage, Rgba};

use crate::protocol::{DatasetOptions, Fit};

use super::source::{Decoded, Layout};

/// How far above the wanted size a picture is brought by averaging whole blocks, before the Lanczos filter does the
/// rest. Lanczos alone over a 12-megapixel photo costs more than decoding it, and past this factor nobody sees the
/// difference.
const LANCZOS_FACTOR: u32 = 4;

type Rgba16 = ImageBuffer<Rgba<u16>, Vec<u16>>;

/// How pictures become tiles.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recipe {
    pub layout: Layout,
    pub fit: Fit,
    pub background: [u8; 3],
}

impl Recipe {
    /// The recipe these options ask for.
    pub fn new(options: &DatasetOptions) -> Self {
        Self {
            layout: Layout { size: options.image_size, channels: options.channels },
            fit: options.fit,
            background: options.background,
        }
    }

    /// Writes `image` as a tile into `out`, which has the layout's size in bytes.
    pub fn apply(&self, image: DynamicImage, out: &mut [u8]) -> Decoded {
        let image = match self.fit {
            Fit::CentreCrop => centre_square(image),
            Fit::Fit => image,
        };
        let (width, height) = (image.width(), image.height());
        let enlarged = width.max(height) < self.layout.size;
        let (tile_width, tile_height) = self.fitted_size(width, height);
        let keeps_alpha = self.layout.channels == 4 && image.color().has_alpha();
        if keeps_alpha {
            let shrunk = shrink(premultiplied(&image.into_rgba16()), tile_width, tile_height);
            self.write_alpha(&shrunk, out);
        } else {
            let rgb = self.composited(image);
            self.write_rgb(&shrink(rgb, tile_width, tile_height), out);
        }
        Decoded { enlarged }
    }

    /// Writes a picture that is no larger than the tile, without resampling, centred on the background.
    pub fn write_rgb(&self, rgb: &RgbImage, out: &mut [u8]) {
        self.place(rgb.dimensions(), out, |x, y| {
            let [r, g, b] = rgb.get_pixel(x, y).0;
            [r, g, b, 255]
        });
    }

    /// The size that keeps the proportions and just fits into the tile.
    fn fitted_size(&self, width: u32, height: u32) -> (u32, u32) {
        let size = self.layout.size;
        let longer = u64::from(width.max(height).max(1));
        let scaled = |edge: u32| {
            let rounded = (u64::from(edge) * u64::from(size) + longer / 2) / longer;
            (rounded as u32).clamp(1, size)
        };
        (scaled(width), scaled(height))
    }

    /// The picture over the background colour, without alpha.
    fn composited(&self, image: DynamicImage) -> RgbImage {
        if !image.color().has_alpha() {
            return image.into_rgb8();
        }
        let rgba = image.into_rgba8();
        let mut rgb = RgbImage::new(rgba.width(), rgba.height());
        for (to, from) in rgb.pixels_mut().zip(rgba.pixels()) {
            let alpha = u32::from(from[3]);
            for channel in 0..3 {
                let sum = u32::from(from[channel]) * alpha
                    + u32::from(self.background[channel]) * (255 - alpha);
                to[channel] = ((sum + 127) / 255) as u8;
            }
        }
        rgb
    }

    fn write_alpha(&self, premultiplied: &Rgba16, out: &mut [u8]) {
        let [r, g, b] = self.background;
        self.place(premultiplied.dimensions(), out, |x, y| {
            let pixel = premultiplied.get_pixel(x, y);
            let alpha = u32::from(pixel[3]);
            let alpha8 = ((alpha + 128) / 257) as u8;
            if alpha8 == 0 {
                // Invisible pixels get one and the same colour, so that a network need not learn noise.
                return [r, g, b, 0];
            }
            // The filter's ringing can lift a colour above its alpha.
            let straight =
                |value: u16| ((u32::from(value) * 255 + alpha / 2) / alpha).min(255) as u8;
            [straight(pixel[0]), straight(pixel[1]), straight(pixel[2]), alpha8]
        });
    }

    /// Fills `out` with the background and writes `width × height` pixels into its middle.
    fn place(
        &self,
        (width, height): (u32, u32),
        out: &mut [u8],
        pixel: impl Fn(u32, u32) -> [u8; 4],
    ) {
        let (size, channels) = (self.layout.size, self.layout.channels as usize);
        let [r, g, b] = self.background;
        for target in out.chunks_exact_mut(channels) {
            write_pixel([r, g, b, 0], target);
        }
        let (left, top) = ((size - width.min(size)) / 2, (size - height.min(size)) / 2);
        for y in 0..height.min(size) {
            let start = ((top + y) * size + left) as usize * channels;
            let row = out[start..].chunks_exact_mut(channels);
            for (x, target) in (0..width.min(size)).zip(row) {
                write_pixel(pixel(x, y), target);
            }
        }
    }
}

/// Writes RGBA as 1, 3 or 4 channels.
fn write_pixel(rgba: [u8; 4], target: &mut [u8]) {
    match target {
        [gray] => *gray = luma([rgba[0], rgba[1], rgba[2]]),
        _ => target.copy_from_slice(&rgba[..target.len()]),
    }
}

/// The brightness of a colour, Rec. 709 weights.
pub(super) fn luma(rgb: [u8; 3]) -> u8 {
    let Luma([gray]) = Rgb(rgb).to_luma();
    gray
}

fn centre_square(image: DynamicImage) -> DynamicImage {
    let (width, height) = (image.width(), image.height());
    if width == height {
        return image;
    }
    let edge = width.min(height);
    image.crop_imm((width - edge) / 2, (height - edge) / 2, edge, edge)
}

fn premultiplied(image: &Rgba16) -> Rgba16 {
    let mut result = image.clone();
    for pixel in result.pixels_mut() {
        let alpha = u32::from(pixel[3]);
        for channel in 0..3 {
            pixel[channel] = ((u32::from(pixel[channel]) * alpha + 32_767) / 65_535) as u16;
        }
    }
    result
}

/// Resizes to exactly this size: whole blocks averaged first if the picture is very large, then Lanczos3.
fn shrink<P>(
    image: ImageBuffer<P, Vec<P::Subpixel>>,
    width: u32,
    height: u32,
) -> ImageBuffer<P, Vec<P::Subpixel>>
where
    P: Pixel + 'static,
    P::Subpixel: Into<u64> + TryFrom<u64> + 'static,
{
    if image.dimensions() == (width, height) {
        return image;
    }
    let longer = image.width().max(image.height());
    let block = longer / (LANCZOS_FACTOR * width.max(height)).max(1);
    if block < 2 {
        return resize(&image, width, height, FilterType::Lanczos3);
    }
    resize(&block_means(&image, block), width, height, FilterType::Lanczos3)
}

/// The means of `block × block` pixels. What is left over at the edges, less than one block, is dropped evenly from
/// both sides; an edge shorter than a block becomes one pixel.
fn block_means<P>(
    image: &ImageBuffer<P, Vec<P::Subpixel>>,
    block: u32,
) -> ImageBuffer<P, Vec<P::Subpixel>>
where
    P: Pixel,
    P::Subpixel: Into<u64> + TryFrom<u64>,
{
    let channels = P::CHANNEL_COUNT as usize;
    let (block_x, block_y) = (block.min(image.width()), block.min(image.height()));
    let (width, height) = (image.width() / block_x, image.height() / block_y);
    let (left, top) = (image.width() % block_x / 2, image.height() % block_y / 2);
    let stride = image.width() as usize * channels;
    let area = u64::from(block_x) * u64::from(block_y);
    let mut sums = vec![0_u64; width as usize * channels];
    let mut result = ImageBuffer::new(width, height);
    for (y, row) in result.chunks_exact_mut(width as usize * channels).enumerate() {
        sums.fill(0);
        for dy in 0..block_y as usize {
            let start =
                (top as usize + y * block_y as usize + dy) * stride + left as usize * channels;
            let blocks = image.as_raw()[start..].chunks_exact(block_x as usize * channels);
            for (sum, pixels) in sums.chunks_exact_mut(channels).zip(blocks) {
                for pixel in pixels.chunks_exact(channels) {
                    for (total, &value) in sum.iter_mut().zip(pixel) {
                        *total += value.into();
                    }
                }
            }
        }
        for (target, &sum) in row.iter_mut().zip(&sums) {
            // A mean of subpixels is a subpixel; the conversion cannot fail.
            if let Ok(mean) = P::Subpixel::try_from((sum + area / 2) / area) {
                *target = mean;
            }
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipe(size: u32, channels: u32, fit: Fit) -> Recipe {
        Recipe { layout: Layout { size, channels }, fit, background: [255, 0, 0] }
    }

    fn tile(recipe: &Recipe, image: impl Into<DynamicImage>) -> Vec<u8> {
        let mut out = vec![7; recipe.layout.bytes()];
        recipe.apply(image.into(), &mut out);
        out
    }

    #[test]
    fn a_wide_picture_loses_its_sides_or_gets_bars() {
        let image = RgbImage::from_fn(64, 32, |x, _| {
            if (16..48).contains(&x) { Rgb([0, 0, 255]) } else { Rgb([0; 3]) }
        });
        let cropped = tile(&recipe(32, 3, Fit::CentreCrop), image.clone());
        assert!(cropped.chunks(3).all(|pixel| pixel == [0, 0, 255]));
        let fitted = tile(&recipe(32, 3, Fit::Fit), image);
        assert_eq!(fitted[..3], [255, 0, 0], "the background above");
        assert_eq!(fitted[(16 * 32 + 16) * 3..][..3], [0, 0, 255]);
        assert_eq!(fitted[31 * 32 * 3..][..3], [255, 0, 0], "and below");
    }

    #[test]
    fn alpha_is_composited_or_kept() {
        let image = image::RgbaImage::from_fn(16, 16, |x, _| {
            Rgba([0, 0, 255, if x < 8 { 0 } else { 255 }])
        });
        let rgb = tile(&recipe(16, 3, Fit::CentreCrop), image.clone());
        assert_eq!(rgb[..3], [255, 0, 0]);
        assert_eq!(rgb[15 * 3..][..3], [0, 0, 255]);
        let rgba = tile(&recipe(16, 4, Fit::CentreCrop), image.clone());
        assert_eq!(rgba[..4], [255, 0, 0, 0]);
        assert_eq!(rgba[15 * 4..][..4], [0, 0, 255, 255]);
        let gray = tile(&recipe(16, 1, Fit::CentreCrop), image);
        assert_eq!((gray[0], gray[15]), (luma([255, 0, 0]), luma([0, 0, 255])));
    }

    #[test]
    fn hidden_colours_do_not_bleed_through_a_resize() {
        let image = image::RgbaImage::from_fn(64, 64, |x, _| {
            if x < 32 { Rgba([0, 255, 0, 0]) } else { Rgba([0, 0, 255, 255]) }
        });
        let rgba = tile(&recipe(16, 4, Fit::CentreCrop), image);
        assert!(rgba.chunks(4).filter(|pixel| pixel[3] > 0).all(|pixel| pixel[1] == 0));
    }

    #[test]
    fn very_large_pictures_keep_their_mean() {
        let image =
            RgbImage::from_fn(2003, 1999, |x, y| Rgb([((x / 3 + y / 5) % 2 * 200) as u8, 90, 255]));
        let rgb = tile(&recipe(16, 3, Fit::CentreCrop), image);
        for pixel in rgb.chunks(3) {
            assert!(
                (95..=105).contains(&pixel[0]) && pixel[1] == 90 && pixel[2] == 255,
                "{pixel:?}"
            );
        }
    }

    #[test]
    fn a_thread_of_a_picture_does_not_break_anything() {
        for (width, height) in [(1, 1), (1, 5000), (5000, 1), (3, 700)] {
            for fit in [Fit::CentreCrop, Fit::Fit] {
                let out =
                    tile(&recipe(16, 3, fit), RgbImage::from_pixel(width, height, Rgb([0, 0, 9])));
                assert!(out.chunks(3).any(|pixel| pixel == [0, 0, 9]), "{width}x{height} {fit:?}");
            }
        }
    }

    #[test]
    fn gray_stays_exactly_what_it_was() {
        let image = image::GrayImage::from_fn(16, 16, |x, y| Luma([(x * 16 + y) as u8]));
        assert_eq!(tile(&recipe(16, 1, Fit::CentreCrop), image.clone()), image.into_raw());
    }

    #[test]
    fn small_pictures_are_enlarged_and_say_so() {
        let mut out = vec![0; recipe(16, 3, Fit::Fit).layout.bytes()];
        assert!(recipe(16, 3, Fit::Fit).apply(RgbImage::new(8, 9).into(), &mut out).enlarged);
        assert!(!recipe(16, 3, Fit::Fit).apply(RgbImage::new(16, 9).into(), &mut out).enlarged);
    }
}
