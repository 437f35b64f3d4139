//! A photo on its way into the latent space: what was opened, and the square that is cut out of it.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{ConfigError, Frame, Split};

/// A photo of more pixels than this is refused before it is decoded. Cameras of 100 megapixels are within.
pub const PHOTO_PIXEL_LIMIT: u64 = 120_000_000;
/// The longer edge of a photo's preview, at most.
pub const PHOTO_PREVIEW_EDGE_PX: u32 = 1024;

/// Where a photo came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PhotoOrigin {
    /// A file.
    File(PathBuf),
    /// The clipboard.
    Clipboard,
    /// The open data set.
    Data(Split, usize),
}

/// A photo that is open. The engine keeps the original in full resolution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Photo {
    /// Rises with every photo that is opened.
    pub id: u64,
    /// A short name: the file's, or what it is.
    pub name: String,
    /// Where it came from.
    pub origin: PhotoOrigin,
    /// Width of the original in pixels, upright.
    pub width_px: u32,
    /// Height of the original in pixels, upright.
    pub height_px: u32,
    /// The whole photo, its longer edge at most [`PHOTO_PREVIEW_EDGE_PX`].
    pub preview: Frame,
    /// Plain remarks: `transparent places are laid on white`.
    pub remarks: Vec<String>,
}

/// A square of a photo: the photo is turned, then mirrored, and an upright square is cut out.
///
/// Places in the original are in pixels from its upper left corner; the middle of the first pixel is (0.5, 0.5).
/// Places in the square run from 0 to 1, from its upper left corner as it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Crop {
    /// The middle of the square, in the original.
    pub centre: [f64; 2],
    /// Edge of the square, in pixels of the original.
    pub side: f64,
    /// How far the photo is turned clockwise, in degrees.
    pub degrees: f64,
    /// Left and right change places, as seen after turning.
    pub mirrored: bool,
}

impl Crop {
    /// The largest upright square in the middle.
    pub fn centred(width_px: u32, height_px: u32) -> Self {
        let (width, height) = (f64::from(width_px), f64::from(height_px));
        let side = width.min(height);
        Self { centre: [width / 2.0, height / 2.0], side, degrees: 0.0, mirrored: false }
    }

    /// Refuses a square that is not of this photo.
    ///
    /// # Errors
    /// A number that is none, a middle outside of the photo, or an edge below 1 pixel or above the photo's longer one.
    pub fn validate(&self, width_px: u32, height_px: u32) -> Result<(), ConfigError> {
        let [x, y] = self.centre;
        let (width, height) = (f64::from(width_px), f64::from(height_px));
        if !(0.0..=width).contains(&x) || !(0.0..=height).contains(&y) {
            let text = format!("the frame's middle ({x:.0}, {y:.0}) lies outside of the photo");
            return Err(ConfigError(text));
        }
        let most = width.max(height);
        if !(1.0..=most).contains(&self.side) {
            let text = format!("the frame's edge is {} px: use 1 to {most} px", self.side);
            return Err(ConfigError(text));
        }
        if !self.degrees.is_finite() || self.degrees.abs() > 360.0 {
            let text = format!("the photo is turned by {}°: use -180 to 180°", self.degrees);
            return Err(ConfigError(text));
        }
        Ok(())
    }

    /// The nearest square that is of this photo, turned by -180° to 180°.
    #[must_use]
    pub fn within(self, width_px: u32, height_px: u32) -> Self {
        let (width, height) = (f64::from(width_px), f64::from(height_px));
        let [x, y] = self.centre;
        // Not `clamp`: a number that is none becomes the limit.
        let limit = |value: f64, low: f64, high: f64| value.max(low).min(high);
        let turned = (self.degrees + 180.0).rem_euclid(360.0) - 180.0;
        Self {
            centre: [limit(x, 0.0, width), limit(y, 0.0, height)],
            side: limit(self.side, 1.0, width.max(height)),
            // Half a turn stays where the person set it: at either end.
            degrees: match () {
                () if !turned.is_finite() => 0.0,
                () if self.degrees == 180.0 => 180.0,
                () => turned,
            },
            mirrored: self.mirrored,
        }
    }

    /// From a step in the original to the step one sees, and back: the photo turned, then mirrored.
    pub fn turned(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (sin, cos) = sin_cos(self.degrees);
        let [x, y] = [cos * x - sin * y, sin * x + cos * y];
        [if self.mirrored { -x } else { x }, y]
    }

    /// The inverse of [`Self::turned`].
    pub fn turned_back(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        let (sin, cos) = sin_cos(self.degrees);
        let x = if self.mirrored { -x } else { x };
        [cos * x + sin * y, cos * y - sin * x]
    }

    /// Where a place of the square lies in the original: what pastes an edit back.
    pub fn to_original(self, [u, v]: [f64; 2]) -> [f64; 2] {
        let step = [(u - 0.5) * self.side, (v - 0.5) * self.side];
        let [x, y] = self.turned_back(step);
        [self.centre[0] + x, self.centre[1] + y]
    }

    /// The inverse of [`Self::to_original`].
    pub fn of_original(self, [x, y]: [f64; 2]) -> [f64; 2] {
        let step = self.turned([x - self.centre[0], y - self.centre[1]]);
        [step[0] / self.side + 0.5, step[1] / self.side + 0.5]
    }
}

/// Exact for quarter turns, so that they move pixels without mixing them.
fn sin_cos(degrees: f64) -> (f64, f64) {
    let quarters = degrees / 90.0;
    if quarters.fract() != 0.0 {
        return degrees.to_radians().sin_cos();
    }
    match quarters.rem_euclid(4.0) as u8 {
        0 => (0.0, 1.0),
        1 => (1.0, 0.0),
        2 => (0.0, -1.0),
        _ => (-1.0, 0.0),
    }
}

/// Cut this square out of the open photo; the answer arrives in its slot. Of several waiting only the newest is
/// served; one for another photo, or a square that is not of it, is dropped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CropRequest {
    /// Rises with every request.
    pub id: u64,
    /// The photo that is meant.
    pub photo: u64,
    /// The square.
    pub crop: Crop,
    /// Edge of the answer in pixels: the model's.
    pub size: u32,
    /// 1 (gray), 3 (RGB) or 4 (RGB and alpha).
    pub channels: u32,
}

/// The square cut out of a photo, as a model takes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CroppedPhoto {
    /// The request answered.
    pub id: u64,
    /// The photo it was cut out of.
    pub photo: u64,
    /// The square.
    pub crop: Crop,
    /// Channels of the model it was made for; gray where there is one.
    pub channels: u32,
    /// The picture, in the model's size.
    pub frame: Frame,
}

/// The mean of pictures that a model learnt from, to align a photo by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeanPicture {
    /// The mean, in the model's size and colours.
    pub frame: Frame,
    /// Of what: `512 training pictures of Portraits`.
    pub of: String,
}

#[cfg(test)]
mod tests {
    use super::Crop;

    fn crop() -> Crop {
        Crop { centre: [120.0, 80.0], side: 50.0, degrees: 33.0, mirrored: true }
    }

    fn near(a: [f64; 2], b: [f64; 2]) {
        assert!((a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9, "{a:?} is not {b:?}");
    }

    #[test]
    fn the_mapping_comes_back_to_where_it_began() {
        for place in [[0.0, 0.0], [1.0, 0.25], [0.5, 0.5], [-0.3, 1.4]] {
            near(crop().of_original(crop().to_original(place)), place);
        }
        near(crop().to_original([0.5, 0.5]), [120.0, 80.0]);
    }

    #[test]
    fn a_quarter_clockwise_puts_the_upper_edge_right() {
        let quarter = Crop { degrees: 90.0, ..Crop::centred(100, 100) };
        assert_eq!(quarter.to_original([1.0, 0.5]), [50.0, 0.0]);
        assert_eq!(quarter.to_original([0.5, 0.0]), [0.0, 50.0]);
        // Mirrored as it is seen, so that what was at the right is at the left.
        let mirrored = Crop { mirrored: true, ..quarter };
        assert_eq!(mirrored.to_original([0.0, 0.5]), [50.0, 0.0]);
    }

    #[test]
    fn squares_of_another_photo_are_refused_and_brought_inside() {
        assert_eq!(Crop::centred(200, 100).side, 100.0);
        assert!(Crop::centred(200, 100).validate(200, 100).is_ok());
        assert!(Crop::centred(1, 1).validate(1, 1).is_ok());
        let bad = [
            Crop { centre: [201.0, 5.0], ..crop() },
            Crop { centre: [f64::NAN, 5.0], ..crop() },
            Crop { side: 0.5, ..crop() },
            Crop { side: 201.0, ..crop() },
            Crop { side: f64::NAN, ..crop() },
            Crop { degrees: f64::INFINITY, ..crop() },
        ];
        for crop in bad {
            assert!(crop.validate(200, 100).is_err(), "{crop:?}");
            assert!(crop.within(200, 100).validate(200, 100).is_ok(), "{crop:?}");
        }
        assert_eq!(Crop { degrees: 270.0, ..crop() }.within(200, 100).degrees, -90.0);
        assert_eq!(Crop { degrees: 180.0, ..crop() }.within(200, 100).degrees, 180.0);
    }
}
