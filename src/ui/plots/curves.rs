//! Curves as numbers: smoothing, logarithms, thinning to what a screen can show. Pure.

use std::ops::RangeInclusive;

/// (step, value); a value that cannot be drawn is NaN and breaks the line.
pub type Point = [f64; 2];

/// Exponential smoothing with the start corrected (as Adam corrects its means): each value is the
/// mean of all before it, weighted by `weight` to the power of their distance.
pub fn smoothed(points: &[Point], weight: f64) -> Vec<Point> {
    let weight = weight.clamp(0.0, 0.999);
    let (mut mean, mut mass) = (0.0, 0.0);
    let smooth = |&[step, value]: &Point| {
        if !value.is_finite() {
            // The broken value shows as a gap; the mean goes on behind it.
            return [step, f64::NAN];
        }
        mean = weight * mean + (1.0 - weight) * value;
        mass = weight * mass + (1.0 - weight);
        [step, mean / mass]
    };
    points.iter().map(smooth).collect()
}

/// At most two points, the least and the greatest in their order, per column of the visible range,
/// and one neighbour on either side, so that no peak is lost and no line ends before the edge.
///
/// Values pass through `scale` first (identity or a logarithm).
pub fn thinned(
    points: &[Point],
    range: &RangeInclusive<f64>,
    columns: usize,
    scale: impl Fn(f64) -> f64,
) -> Vec<Point> {
    let (from, to) = (*range.start(), *range.end());
    let first = points.partition_point(|point| point[0] < from).saturating_sub(1);
    let last = (points.partition_point(|point| point[0] <= to) + 1).min(points.len());
    let visible = points.get(first..last).unwrap_or_default();
    let scaled = visible.iter().map(|&[step, value]| [step, scale(value)]);
    let columns = columns.max(1);
    if visible.len() <= 2 * columns || to <= from {
        return scaled.collect();
    }
    let per_step = columns as f64 / (to - from);
    let mut out = Vec::with_capacity(2 * columns + 4);
    let mut column = Column::default();
    for point in scaled {
        let at = ((point[0] - from) * per_step).floor() as i64;
        if at != column.at {
            column.flush(&mut out);
            column = Column { at, ..Column::default() };
        }
        column.add(point);
    }
    column.flush(&mut out);
    out
}

/// What one column of pixels has seen.
struct Column {
    at: i64,
    least: Option<Point>,
    greatest: Option<Point>,
    broken: Option<Point>,
}

impl Default for Column {
    fn default() -> Self {
        Self { at: i64::MIN, least: None, greatest: None, broken: None }
    }
}

impl Column {
    fn add(&mut self, point: Point) {
        if !point[1].is_finite() {
            self.broken = Some([point[0], f64::NAN]);
            return;
        }
        if self.least.is_none_or(|least| point[1] < least[1]) {
            self.least = Some(point);
        }
        if self.greatest.is_none_or(|greatest| point[1] > greatest[1]) {
            self.greatest = Some(point);
        }
    }

    fn flush(&self, out: &mut Vec<Point>) {
        match (self.least, self.greatest) {
            (Some(a), Some(b)) if a[0] < b[0] => out.extend([a, b]),
            (Some(a), Some(b)) if a[0] > b[0] => out.extend([b, a]),
            (Some(only), _) => out.push(only),
            // Only a column without any value breaks the line: single bad steps do not shred it.
            (None, _) => out.extend(self.broken),
        }
    }
}

/// The pieces between the gaps of a curve.
pub fn runs(points: &[Point]) -> impl Iterator<Item = &[Point]> {
    points.split(|point| !point[1].is_finite()).filter(|run| !run.is_empty())
}

/// The base-10 logarithm; NaN where there is none.
pub fn log10_or_gap(value: f64) -> f64 {
    if value > 0.0 { value.log10() } else { f64::NAN }
}

/// Whether curves lie so far apart that on a linear axis the lower ones would be a flat line: their
/// means differ more than thirtyfold. Never where values at or below zero would be left out.
pub fn far_apart<'a>(curves: impl Iterator<Item = &'a [Point]>) -> bool {
    const FAR: f64 = 30.0;
    let (mut least, mut greatest) = (f64::INFINITY, 0.0_f64);
    for points in curves {
        let finite = points.iter().map(|point| point[1]).filter(|value| value.is_finite());
        let (mut sum, mut count) = (0.0, 0.0_f64);
        for value in finite {
            if value <= 0.0 {
                return false;
            }
            sum += value;
            count += 1.0;
        }
        if count > 0.0 {
            least = least.min(sum / count);
            greatest = greatest.max(sum / count);
        }
    }
    greatest > FAR * least
}

/// The point nearest to a step.
pub fn nearest(points: &[Point], step: f64) -> Option<Point> {
    let after = points.partition_point(|point| point[0] < step);
    let before = after.checked_sub(1).and_then(|index| points.get(index));
    match (before, points.get(after)) {
        (Some(a), Some(b)) => Some(if step - a[0] <= b[0] - step { *a } else { *b }),
        (a, b) => a.or(b).copied(),
    }
}

/// The values worth showing: all of the smooth curves, and the raw ones without the outer 1 %, so
/// that one spike does not flatten everything; with a margin.
pub fn value_bounds<'a>(
    smooth: impl Iterator<Item = &'a [Point]>,
    raw: impl Iterator<Item = &'a [Point]>,
) -> Option<(f64, f64)> {
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    let mut include = |value: f64| {
        low = low.min(value);
        high = high.max(value);
    };
    for point in smooth.flatten().filter(|point| point[1].is_finite()) {
        include(point[1]);
    }
    for points in raw {
        let mut values: Vec<f64> =
            points.iter().map(|point| point[1]).filter(|value| value.is_finite()).collect();
        let outer = values.len() / 100;
        if values.is_empty() {
            continue;
        }
        let top = values.len() - 1 - outer;
        include(*values.select_nth_unstable_by(outer, f64::total_cmp).1);
        include(*values.select_nth_unstable_by(top, f64::total_cmp).1);
    }
    if low > high {
        return None;
    }
    let margin = if high > low { 0.06 * (high - low) } else { 0.1 * high.abs().max(1e-3) };
    Some((low - margin, high + margin))
}

#[cfg(test)]
mod tests {
    use super::{Point, far_apart, log10_or_gap, nearest, runs, smoothed, thinned, value_bounds};

    fn noisy(count: usize) -> Vec<Point> {
        let noise = |i: usize| ((i as f64 * 12.9898).sin() * 43758.5453).fract();
        (0..count).map(|i| [i as f64, 1.0 + noise(i) + (-(i as f64) / 3e4).exp()]).collect()
    }

    #[test]
    fn smoothing_starts_at_the_first_value_and_keeps_constants() {
        let constant: Vec<Point> = (0..50).map(|i| [f64::from(i), 3.0]).collect();
        assert!(smoothed(&constant, 0.95).iter().all(|point| (point[1] - 3.0).abs() < 1e-9));
        let noisy = noisy(100);
        assert_eq!(smoothed(&noisy, 0.9)[0], noisy[0]);
        assert_eq!(smoothed(&noisy, 0.0)[99], noisy[99]);
    }

    #[test]
    fn thinning_keeps_peaks_and_is_bounded() {
        let mut points = noisy(100_000);
        points[54_321][1] = 1000.0;
        let thin = thinned(&points, &(0.0..=1e5), 800, |value| value);
        assert!(thin.len() <= 2 * 800 + 4, "{}", thin.len());
        assert!(thin.iter().any(|point| point[1] == 1000.0), "the peak is lost");
        assert!(thin.windows(2).all(|pair| pair[0][0] <= pair[1][0]));
        let zoomed = thinned(&points, &(500.0..=600.0), 800, |value| value);
        assert_eq!(zoomed.len(), 103, "101 inside, one neighbour on either side");
    }

    #[test]
    fn values_without_a_logarithm_break_the_line() {
        let points = [[0.0, 1.0], [1.0, 0.0], [2.0, -1.0], [3.0, 100.0], [4.0, f64::INFINITY]];
        let thin = thinned(&points, &(0.0..=4.0), 100, log10_or_gap);
        let pieces: Vec<&[Point]> = runs(&thin).collect();
        assert_eq!(pieces, [&[[0.0, 0.0]][..], &[[3.0, 2.0]][..]]);
    }

    #[test]
    fn only_positive_curves_far_apart_want_logarithms() {
        let flat = |value: f64| vec![[0.0, value], [1.0, f64::NAN], [2.0, value]];
        let apart = |values: &[f64]| {
            let curves: Vec<Vec<Point>> = values.iter().map(|value| flat(*value)).collect();
            far_apart(curves.iter().map(Vec::as_slice))
        };
        assert!(apart(&[0.05, 50.0]));
        assert!(!apart(&[1.0, 5.0]));
        assert!(!apart(&[-1.0, 50.0]));
        assert!(!apart(&[]));
    }

    #[test]
    fn the_nearest_point_is_found() {
        let points = [[0.0, 1.0], [10.0, 2.0], [20.0, 3.0]];
        assert_eq!(nearest(&points, 14.0), Some([10.0, 2.0]));
        assert_eq!(nearest(&points, -5.0), Some([0.0, 1.0]));
        assert_eq!(nearest(&points, 99.0), Some([20.0, 3.0]));
        assert_eq!(nearest(&[], 1.0), None);
    }

    #[test]
    fn one_spike_does_not_flatten_the_curves() {
        let mut points = noisy(1000);
        points[500][1] = 1e6;
        let smooth = smoothed(&noisy(1000), 0.9);
        let (low, high) =
            value_bounds([smooth.as_slice()].into_iter(), [points.as_slice()].into_iter())
                .expect("bounds");
        assert!(low < 1.1 && high < 5.0, "{low} to {high}");
        assert_eq!(value_bounds([].into_iter(), [].into_iter()), None);
    }
}
