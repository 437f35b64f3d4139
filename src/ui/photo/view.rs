//! Where the photo and its frame lie on the screen. Pure.
//!
//! The photo is shown turned and mirrored as the square will be, and the frame stays upright: so it is seen whether a
//! face is upright, and the ghost of the mean picture lies on it as it will on the square.

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::protocol::{Crop, Photo};

/// The frame's edge at least, in pixels of the photo.
const LEAST_SIDE: f64 = 4.0;
/// The frame's edge at least while it is dragged, in points.
const LEAST_POINTS: f32 = 8.0;
/// A corner is grabbed within this many points of it.
const CORNER_REACH: f32 = 14.0;
/// A line to level by has at least this length, in points.
const LEAST_LINE: f32 = 6.0;
/// The part of the space that photo and frame take.
const FILLED: f32 = 0.96;

/// How a photo is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Where the photo's middle is on the screen.
    pub middle: Pos2,
    /// Points per pixel of the photo.
    pub scale: f32,
}

/// What is dragged: the whole frame, or a corner, named by its direction from the middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Grip {
    /// The whole frame.
    Frame,
    /// A corner; the opposite one stays.
    Corner(Vec2),
}

/// A drag under way. It keeps the view it began in: one that followed the frame would run away from the pointer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drag {
    /// What was grabbed.
    pub grip: Grip,
    /// Where the pointer was.
    pub from: Pos2,
    /// The square at its beginning.
    pub crop: Crop,
    /// The view at its beginning.
    pub view: View,
}

/// The longest edge a frame can have.
pub fn longest(photo: &Photo) -> f64 {
    f64::from(photo.width_px.max(photo.height_px))
}

/// The shortest edge that the frame is given.
pub fn shortest(photo: &Photo) -> f64 {
    LEAST_SIDE.min(longest(photo))
}

fn centre(photo: &Photo) -> [f64; 2] {
    [f64::from(photo.width_px) / 2.0, f64::from(photo.height_px) / 2.0]
}

fn step(from: [f64; 2], to: [f64; 2]) -> [f64; 2] {
    [to[0] - from[0], to[1] - from[1]]
}

impl View {
    /// Photo and frame as large as fits.
    pub fn fit(photo: &Photo, crop: &Crop, space: Rect) -> Self {
        let middle = centre(photo);
        let corners = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]];
        let mut reach = [0.5_f64; 2];
        for [x, y] in corners {
            let corner = [x * f64::from(photo.width_px), y * f64::from(photo.height_px)];
            let seen = crop.turned(step(middle, corner));
            (0..2).for_each(|axis| reach[axis] = reach[axis].max(seen[axis].abs()));
        }
        let frame = crop.turned(step(middle, crop.centre));
        for axis in 0..2 {
            reach[axis] = reach[axis].max(frame[axis].abs() + crop.side / 2.0);
        }
        let room = space.size().max(Vec2::splat(1.0)) * FILLED / 2.0;
        let scale = (room.x / reach[0] as f32).min(room.y / reach[1] as f32);
        Self { middle: space.center(), scale }
    }

    /// Where a place of the photo is on the screen.
    pub fn to_screen(self, photo: &Photo, crop: &Crop, place: [f64; 2]) -> Pos2 {
        let [x, y] = crop.turned(step(centre(photo), place));
        self.middle + vec2(x as f32, y as f32) * self.scale
    }

    /// The frame on the screen.
    pub fn frame(self, photo: &Photo, crop: &Crop) -> Rect {
        let edge = crop.side as f32 * self.scale;
        Rect::from_center_size(self.to_screen(photo, crop, crop.centre), Vec2::splat(edge))
    }

    /// The square moved by this much on the screen.
    pub fn moved(self, crop: &Crop, by: Vec2) -> Crop {
        let by = by / self.scale.max(f32::MIN_POSITIVE);
        let [x, y] = crop.turned_back([f64::from(by.x), f64::from(by.y)]);
        Crop { centre: [crop.centre[0] + x, crop.centre[1] + y], ..*crop }
    }
}

/// What the pointer would grab.
pub fn grip_at(frame: Rect, at: Pos2) -> Grip {
    let corners = [vec2(-1.0, -1.0), vec2(1.0, -1.0), vec2(-1.0, 1.0), vec2(1.0, 1.0)];
    let place = |corner: &Vec2| frame.center() + *corner * frame.size() / 2.0;
    let nearest = corners.into_iter().min_by(|a, b| {
        let far = |corner| (place(corner) - at).length();
        far(a).total_cmp(&far(b))
    });
    match nearest.filter(|corner| (place(corner) - at).length() <= CORNER_REACH) {
        Some(corner) => Grip::Corner(corner),
        None => Grip::Frame,
    }
}

impl Drag {
    /// The square while the pointer is there.
    pub fn square(&self, photo: &Photo, pointer: Pos2) -> Crop {
        let Self { grip, from, crop, view } = self;
        let Grip::Corner(corner) = grip else {
            return view.moved(crop, pointer - *from);
        };
        let frame = view.frame(photo, crop);
        let fixed = frame.center() - *corner * frame.size() / 2.0;
        // As much as the pointer moved, so that the corner does not jump to it.
        let reach = (frame.size() + (pointer - *from) * *corner).max_elem();
        let most = longest(photo) as f32 * view.scale;
        let edge = reach.clamp(LEAST_POINTS.min(most), most);
        let middle = fixed + *corner * edge / 2.0;
        let side = f64::from(edge / view.scale).max(shortest(photo));
        let moved = view.moved(crop, middle - frame.center());
        Crop { side, ..moved }
    }
}

/// How far a line on the screen is from the nearest axis, in degrees, clockwise positive: -45 to 45. `None` for a
/// line too short to have a direction.
pub fn off_level(from: Pos2, to: Pos2) -> Option<f64> {
    let by = to - from;
    if by.length() < LEAST_LINE {
        return None;
    }
    let degrees = f64::from(by.y).atan2(f64::from(by.x)).to_degrees();
    Some(degrees - 90.0 * (degrees / 90.0).round())
}

/// The square with the photo turned back by what a line on the screen is off by, so that what it was drawn along
/// is level or upright.
pub fn levelled(crop: &Crop, off: f64) -> Crop {
    // As it is seen: a mirrored photo turns the other way.
    let back = if crop.mirrored { off } else { -off };
    Crop { degrees: crop.degrees + back, ..*crop }
}

/// The square with another edge, its middle where it was.
pub fn resized(photo: &Photo, crop: &Crop, factor: f64) -> Crop {
    let side = (crop.side * factor).clamp(shortest(photo), longest(photo));
    Crop { side, ..*crop }
}

/// Whether a part of the square lies beyond the photo.
pub fn reaches_beyond(photo: &Photo, crop: &Crop) -> bool {
    let (width, height) = (f64::from(photo.width_px), f64::from(photo.height_px));
    let inside = |value: f64, limit: f64| (-0.5..=limit + 0.5).contains(&value);
    [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]].into_iter().any(|corner| {
        let [x, y] = crop.to_original(corner);
        !inside(x, width) || !inside(y, height)
    })
}

/// The photo's corners on the screen, and the place of each in its picture.
pub fn corners(photo: &Photo, crop: &Crop, view: View) -> [(Pos2, Pos2); 4] {
    [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]].map(|[u, v]: [f32; 2]| {
        let place =
            [f64::from(u) * f64::from(photo.width_px), f64::from(v) * f64::from(photo.height_px)];
        (view.to_screen(photo, crop, place), pos2(u, v))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use eframe::egui::{Rect, pos2, vec2};

    use super::{Drag, Grip, View, grip_at, levelled, off_level, reaches_beyond, resized};
    use crate::protocol::{Crop, Frame, Photo, PhotoOrigin};

    fn photo() -> Photo {
        Photo {
            id: 1,
            name: String::new(),
            origin: PhotoOrigin::Clipboard,
            width_px: 400,
            height_px: 200,
            preview: Frame { width_px: 1, height_px: 1, rgba: Arc::new(vec![0; 4]) },
            remarks: Vec::new(),
        }
    }

    fn space() -> Rect {
        Rect::from_min_size(pos2(10.0, 20.0), vec2(300.0, 200.0))
    }

    #[test]
    fn photo_and_frame_are_in_view_however_they_lie() {
        for degrees in [0.0, 33.0, 90.0, -170.0] {
            for centre in [[200.0, 100.0], [0.0, 0.0], [400.0, 30.0]] {
                let crop = Crop { centre, side: 350.0, degrees, mirrored: true };
                let view = View::fit(&photo(), &crop, space());
                assert!(space().contains_rect(view.frame(&photo(), &crop)), "{crop:?}");
                let corners = super::corners(&photo(), &crop, view);
                assert!(
                    corners.iter().all(|(at, _)| space().expand(0.1).contains(*at)),
                    "{crop:?}"
                );
            }
        }
    }

    #[test]
    fn a_corner_follows_the_pointer_and_its_opposite_stays() {
        let crop = Crop { centre: [200.0, 100.0], side: 100.0, degrees: 20.0, mirrored: false };
        let view = View::fit(&photo(), &crop, space());
        let frame = view.frame(&photo(), &crop);
        let from = frame.right_bottom() + vec2(3.0, -2.0);
        let grip = grip_at(frame, from);
        assert_eq!(grip, Grip::Corner(vec2(1.0, 1.0)));
        let drag = Drag { grip, from, crop, view };
        let after = drag.square(&photo(), from + vec2(20.0, 12.0));
        let seen = view.frame(&photo(), &after);
        assert!((seen.min - frame.min).length() < 0.01, "{seen:?} {frame:?}");
        assert!((seen.width() - frame.width() - 20.0).abs() < 0.01);
        let tiny = drag.square(&photo(), frame.min - vec2(90.0, 90.0));
        assert!(tiny.side >= 4.0);
    }

    #[test]
    fn the_frame_follows_the_pointer_on_a_turned_and_mirrored_photo() {
        let crop = Crop { centre: [180.0, 90.0], side: 60.0, degrees: 120.0, mirrored: true };
        let view = View::fit(&photo(), &crop, space());
        let frame = view.frame(&photo(), &crop);
        assert_eq!(grip_at(frame, frame.center()), Grip::Frame);
        let drag = Drag { grip: Grip::Frame, from: frame.center(), crop, view };
        let by = vec2(17.0, -9.0);
        let after = drag.square(&photo(), frame.center() + by);
        let moved = view.frame(&photo(), &after).center() - frame.center();
        assert!((moved - by).length() < 0.01, "{moved:?}");
    }

    #[test]
    fn a_line_is_measured_against_the_nearest_axis() {
        let off = |x: f32, y: f32| off_level(pos2(50.0, 50.0), pos2(50.0 + x, 50.0 + y));
        let near = |found: Option<f64>, degrees: f64| {
            let found = found.expect("a direction");
            assert!((found - degrees).abs() < 0.01, "{found}, not {degrees}");
        };
        near(off(100.0, 0.0), 0.0);
        near(off(100.0, 10.0), 5.7106);
        // Drawn the other way it is the same line.
        near(off(-100.0, -10.0), 5.7106);
        near(off(100.0, -10.0), -5.7106);
        near(off(-10.0, 100.0), 5.7106);
        near(off(10.0, -100.0), 5.7106);
        near(off(10.0, 100.0), -5.7106);
        assert!(off(40.0, 41.0).expect("steep").abs() < 45.0);
        assert_eq!(off(3.0, 2.0), None, "a click has no direction");
    }

    #[test]
    fn what_the_line_is_drawn_along_is_level_then_however_the_photo_lies() {
        // A slanting line of the photo itself, and a steep one.
        for (from, to) in [([60.0, 80.0], [330.0, 120.0]), ([150.0, 20.0], [180.0, 190.0])] {
            for degrees in [0.0, 7.5, -33.0, 90.0, 178.0, -100.0] {
                for mirrored in [false, true] {
                    let crop = Crop { centre: [190.0, 90.0], side: 120.0, degrees, mirrored };
                    let seen = |crop: &Crop| {
                        let view = View::fit(&photo(), crop, space());
                        let at = |place| view.to_screen(&photo(), crop, place);
                        (at(from), at(to))
                    };
                    let (a, b) = seen(&crop);
                    let off = off_level(a, b).expect("long enough");
                    let after = levelled(&crop, off);
                    let (a, b) = seen(&after);
                    let left = off_level(a, b).expect("as long");
                    assert!(left.abs() < 0.01, "{crop:?} by {off}: {left} left");
                    let turned = (after.degrees - crop.degrees).abs();
                    assert!((turned - off.abs()).abs() < 1e-9 && turned <= 45.0);
                    assert_eq!((after.centre, after.side), (crop.centre, crop.side));
                }
            }
        }
    }

    #[test]
    fn sizes_have_limits_and_what_lies_beyond_is_known() {
        let crop = Crop::centred(400, 200);
        assert!(!reaches_beyond(&photo(), &crop));
        assert!(reaches_beyond(&photo(), &Crop { degrees: 10.0, ..crop }));
        assert_eq!(resized(&photo(), &crop, 100.0).side, 400.0);
        assert_eq!(resized(&photo(), &crop, 1e-6).side, 4.0);
    }
}
