//! Ticks at round numbers, on linear and logarithmic axes.

use egui_plot::{GridInput, GridMark};

use crate::ui::widgets::number;

/// The least distance between labelled ticks, in multiples of the grid's least spacing.
const SPREAD: f64 = 3.5;

/// Ticks at 1, 2 or 5 times a power of ten; whole numbers only, for steps.
pub fn step_marks(input: GridInput) -> Vec<GridMark> {
    marks(input.bounds, round_step(input.base_step_size * 2.5 * SPREAD).max(1.0))
}

/// Ticks at 1, 2 or 5 times a power of ten.
pub fn value_marks(input: GridInput) -> Vec<GridMark> {
    marks(input.bounds, round_step(input.base_step_size * SPREAD))
}

/// Ticks for an axis that holds logarithms: at 1, 2 and 5 of each decade where there is room.
pub fn log_marks(input: GridInput) -> Vec<GridMark> {
    let (low, high) = input.bounds;
    let room = input.base_step_size * SPREAD;
    if room < 0.02 {
        return near_marks((low, high), room);
    }
    let factors: &[f64] = if room < 0.3 { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let every = room.ceil().max(1.0) as i64;
    let (first, last) = (low.floor().max(-300.0) as i64, high.ceil().min(300.0) as i64);
    let decades = (first..=last).filter(|decade| decade.rem_euclid(every) == 0);
    decades
        .flat_map(|decade| factors.iter().map(move |factor| decade as f64 + factor.log10()))
        .filter(|value| (low..=high).contains(value))
        // The plot drops labels whose step is lower than their text: the true distance is named.
        .map(|value| GridMark {
            value,
            step_size: if factors.len() > 1 { 0.3 } else { every as f64 },
        })
        .collect()
}

/// So near that a decade is wider than the screen: round values, placed at their logarithms.
fn near_marks((low, high): (f64, f64), room: f64) -> Vec<GridMark> {
    let (least, greatest) = (10_f64.powf(low), 10_f64.powf(high));
    let step = round_step((greatest - least) * room / (high - low).max(1e-12));
    marks((least, greatest), step)
        .into_iter()
        .filter(|mark| mark.value > 0.0)
        .map(|mark| GridMark { value: mark.value.log10(), step_size: room })
        .collect()
}

fn marks((low, high): (f64, f64), step: f64) -> Vec<GridMark> {
    if !(step.is_finite() && step > 0.0 && (high - low) / step < 1000.0) {
        return Vec::new();
    }
    let (first, last) = ((low / step).ceil() as i64, (high / step).floor() as i64);
    (first..=last).map(|n| GridMark { value: n as f64 * step, step_size: step }).collect()
}

/// The least of 1, 2, 5 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let power = 10_f64.powf(least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= least * 0.999);
    factor.unwrap_or(10.0) * power
}

/// A step as an axis labels it: `500`, `12k`, `1.5M`.
pub fn step_label(step: f64) -> String {
    match step.abs() {
        size if size >= 1e6 => format!("{}M", number::setting(step / 1e6)),
        size if size >= 1e4 => format!("{}k", number::setting(step / 1e3)),
        _ => number::setting(step),
    }
}

#[cfg(test)]
mod tests {
    use egui_plot::GridInput;

    use super::{log_marks, round_step, step_label, step_marks};

    #[test]
    fn ticks_are_round() {
        assert_eq!(round_step(0.3), 0.5);
        assert_eq!(round_step(7.0), 10.0);
        assert_eq!(round_step(1.0), 1.0);
        let input = GridInput { bounds: (0.0, 1000.0), base_step_size: 10.0 };
        let values: Vec<f64> = step_marks(input).iter().map(|mark| mark.value).collect();
        assert_eq!(
            values,
            [0.0, 100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0, 1000.0]
        );
        assert_eq!(step_label(12_000.0), "12k");
        assert_eq!(step_label(1_500_000.0), "1.5M");
    }

    #[test]
    fn logarithmic_ticks_fall_on_decades() {
        let marks = log_marks(GridInput { bounds: (-3.0, 2.0), base_step_size: 0.1 });
        let values: Vec<f64> = marks.iter().map(|mark| mark.value).collect();
        assert_eq!(values, [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0]);
        assert!(marks.iter().all(|mark| mark.step_size == 1.0), "their labels would be dropped");
        let near = GridInput { bounds: (0.0, 0.05), base_step_size: 0.001 };
        assert!(log_marks(near).len() >= 3);
    }
}
