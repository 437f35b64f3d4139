//! Where the map is looked at: the place in the middle, and how large. Pure.

use eframe::egui::{Pos2, Rect, Vec2, pos2, vec2};

use crate::app::map::PlaneGrid;

/// Share of the space that stays empty around the points when all of them are in view.
const MARGIN: f32 = 0.06;
/// How much further one can zoom in, and out, than to have all points in view.
const ZOOM_LIMITS: [f32; 2] = [0.2, 400.0];
/// Squares of the decoded plane at most.
const SQUARES: f32 = 96.0;
/// Their edge at least, in screen points.
const LEAST_SQUARE: f32 = 34.0;

/// A place of the map: y grows upwards.
pub type Place = [f32; 2];

/// The smallest box around all points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    /// The lower left corner.
    pub low: Place,
    /// The upper right corner.
    pub high: Place,
}

impl Bounds {
    /// Around these points; of points that are no numbers none counts.
    pub fn of(points: &[Place]) -> Self {
        let finite = points.iter().filter(|point| point.iter().all(|value| value.is_finite()));
        let mut low = [f32::INFINITY; 2];
        let mut high = [f32::NEG_INFINITY; 2];
        for point in finite {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        if low[0] > high[0] {
            return Self { low: [-1.0; 2], high: [1.0; 2] };
        }
        for axis in 0..2 {
            // Points on one line, or a single one, have a size all the same.
            if high[axis] - low[axis] < 1e-6 * (1.0 + high[axis].abs()) {
                low[axis] -= 0.5;
                high[axis] += 0.5;
            }
        }
        Self { low, high }
    }
}

/// The place in the middle, and screen points per unit of the map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// In the middle of the plot.
    pub centre: Place,
    /// Screen points per unit.
    pub scale: f32,
}

impl View {
    /// All points in view.
    pub fn fit(bounds: &Bounds, plot: Rect) -> Self {
        let Bounds { low, high } = bounds;
        let room = plot.size().max(Vec2::splat(1.0)) * (1.0 - 2.0 * MARGIN);
        let scale = (room.x / (high[0] - low[0])).min(room.y / (high[1] - low[1]));
        let centre = [f32::midpoint(low[0], high[0]), f32::midpoint(low[1], high[1])];
        Self { centre, scale }
    }

    /// Where a place is on the screen.
    pub fn to_screen(self, plot: Rect, place: Place) -> Pos2 {
        let from = plot.center();
        pos2(
            from.x + (place[0] - self.centre[0]) * self.scale,
            from.y - (place[1] - self.centre[1]) * self.scale,
        )
    }

    /// The place at a point of the screen.
    pub fn to_place(self, plot: Rect, at: Pos2) -> Place {
        let by = (at - plot.center()) / self.scale;
        [self.centre[0] + by.x, self.centre[1] - by.y]
    }

    /// Zoomed by `factor`; what is at `around` on the screen stays there.
    #[must_use]
    pub fn zoomed(self, plot: Rect, around: Pos2, factor: f32, bounds: &Bounds) -> Self {
        let fit = Self::fit(bounds, plot).scale;
        let scale = (self.scale * factor).clamp(fit * ZOOM_LIMITS[0], fit * ZOOM_LIMITS[1]);
        let kept = self.to_place(plot, around);
        let by = (around - plot.center()) / scale;
        Self { centre: [kept[0] - by.x, kept[1] + by.y], scale }.within(bounds)
    }

    /// Moved with a drag over the screen.
    #[must_use]
    pub fn panned(self, by: Vec2, bounds: &Bounds) -> Self {
        let by = by / self.scale;
        let centre = [self.centre[0] - by.x, self.centre[1] + by.y];
        Self { centre, ..self }.within(bounds)
    }

    /// The middle stays among the points, so that nobody loses them.
    fn within(self, bounds: &Bounds) -> Self {
        let clamped = |axis: usize| {
            let slack = (bounds.high[axis] - bounds.low[axis]) / 2.0;
            self.centre[axis].clamp(bounds.low[axis] - slack, bounds.high[axis] + slack)
        };
        Self { centre: [clamped(0), clamped(1)], ..self }
    }

    /// Squares that fill the plot, as many as are decoded in a moment.
    pub fn squares(self, plot: Rect) -> PlaneGrid {
        let edge = (plot.area() / SQUARES).sqrt().max(LEAST_SQUARE);
        let columns = (plot.width() / edge).floor().max(1.0);
        let rows = (plot.height() / edge).floor().max(1.0);
        // What is left over is shared, so that they reach the edges one way, and nearly the other.
        let edge = (plot.width() / columns).max(plot.height() / rows);
        let size = vec2(columns, rows) * edge;
        let corner = self.to_place(plot, plot.center() - size / 2.0);
        PlaneGrid {
            left: corner[0],
            top: corner[1],
            cell: edge / self.scale,
            columns: columns as usize,
            rows: rows as usize,
        }
    }
}

/// Whether a place lies inside a closed polygon (even-odd rule).
pub fn is_inside(polygon: &[Place], place: Place) -> bool {
    let mut inside = false;
    let mut before = polygon.len().wrapping_sub(1);
    for (index, &[x, y]) in polygon.iter().enumerate() {
        let [last_x, last_y] = polygon[before];
        if (y > place[1]) != (last_y > place[1])
            && place[0] < (last_x - x) * (place[1] - y) / (last_y - y) + x
        {
            inside = !inside;
        }
        before = index;
    }
    inside
}

#[cfg(test)]
mod tests {
    use eframe::egui::{Rect, pos2, vec2};

    use super::{Bounds, View, is_inside};

    const PLOT: Rect = Rect { min: pos2(100.0, 50.0), max: pos2(500.0, 350.0) };

    fn bounds() -> Bounds {
        Bounds::of(&[[-2.0, 0.0], [2.0, 1.0], [0.0, f32::NAN]])
    }

    #[test]
    fn all_points_are_in_view_and_every_place_has_its_point() {
        let view = View::fit(&bounds(), PLOT);
        for place in [[-2.0, 0.0], [2.0, 1.0]] {
            let at = view.to_screen(PLOT, place);
            assert!(PLOT.contains(at), "{at:?}");
            let back = view.to_place(PLOT, at);
            assert!((back[0] - place[0]).abs() < 1e-4 && (back[1] - place[1]).abs() < 1e-4);
        }
        assert!(view.to_screen(PLOT, [0.0, 1.0]).y < view.to_screen(PLOT, [0.0, 0.0]).y, "upwards");
        // One point, or none, is no reason for endless zoom.
        assert!(View::fit(&Bounds::of(&[[3.0, 3.0]]), PLOT).scale.is_finite());
        assert!(View::fit(&Bounds::of(&[]), PLOT).scale.is_finite());
    }

    #[test]
    fn what_is_under_the_pointer_stays_and_the_points_are_not_lost() {
        let view = View::fit(&bounds(), PLOT);
        let pointer = pos2(170.0, 222.0);
        let before = view.to_place(PLOT, pointer);
        let zoomed = view.zoomed(PLOT, pointer, 3.0, &bounds());
        let after = zoomed.to_place(PLOT, pointer);
        assert!((before[0] - after[0]).abs() < 1e-4 && (before[1] - after[1]).abs() < 1e-4);
        assert!((zoomed.scale / view.scale - 3.0).abs() < 1e-4);
        let far = view.panned(vec2(1e6, -1e6), &bounds());
        assert_eq!(far.centre, [-4.0, -0.5]);
        let deep = (0..99).fold(view, |view, _| view.zoomed(PLOT, pointer, 2.0, &bounds()));
        assert!((deep.scale / view.scale - 400.0).abs() < 0.1);
    }

    #[test]
    fn squares_cover_the_plot_around_its_middle() {
        let view = View::fit(&bounds(), PLOT);
        let grid = view.squares(PLOT);
        assert!(grid.columns * grid.rows <= 96 && grid.columns > grid.rows);
        let middles: Vec<[f32; 2]> = grid.middles().collect();
        assert_eq!(middles.len(), grid.columns * grid.rows);
        let first = view.to_screen(PLOT, middles[0]);
        let last = view.to_screen(PLOT, middles[middles.len() - 1]);
        assert!(PLOT.expand(1.0).contains(first) && PLOT.expand(1.0).contains(last));
        let middle = first + (last - first) / 2.0;
        assert!((middle - PLOT.center()).length() < 0.5, "{middle:?}");
        let edge = grid.cell * view.scale;
        assert!(edge * grid.columns as f32 >= PLOT.width() - 1.0);
        assert!(edge * grid.rows as f32 >= PLOT.height() - 1.0);
    }

    #[test]
    fn a_lasso_takes_what_is_inside() {
        let shape = [[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [2.0, 1.0], [0.0, 4.0]];
        for (place, inside) in
            [([1.0, 1.0], true), ([2.0, 3.0], false), ([3.9, 3.0], true), ([5.0, 1.0], false)]
        {
            assert_eq!(is_inside(&shape, place), inside, "{place:?}");
        }
        assert!(!is_inside(&[], [0.0, 0.0]));
    }
}
