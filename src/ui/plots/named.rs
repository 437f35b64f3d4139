//! Which curves there are: what a loss is called, and the colour, dash and mark it keeps whatever else
//! there is.

use eframe::egui::Ui;

use super::curves::{Point, smoothed};
use crate::app::{AppState, Series};
use crate::protocol::LABEL_LOSS;
use crate::ui::theme::{CurveStyle, curve_style, palette, speed_style};

/// The name the speed curve is switched by.
pub const SPEED: &str = "images/s";
/// Losses by what they are called; each keeps its colour and mark whatever else there is.
const KNOWN: [(&str, &str); 10] = [
    ("d_loss", "D loss"),
    ("g_loss", "G loss"),
    ("recon", "Reconstruction"),
    ("kl", "KL"),
    ("loss", "Loss"),
    ("features", "Features"),
    (LABEL_LOSS, "Labels"),
    ("generated", "Generated"),
    ("code", "Code"),
    ("adversarial", "Adversarial"),
];

/// A curve as it is drawn.
pub struct Curve<'a> {
    pub name: &'a str,
    pub title: String,
    pub index: usize,
    pub style: CurveStyle,
    pub raw: &'a [Point],
    pub smooth: Vec<Point>,
}

/// A curve for every loss that was reported.
pub fn loss_curves<'a>(ui: &Ui, state: &'a AppState) -> Vec<Curve<'a>> {
    let mut unknown = KNOWN.len();
    let mut curves: Vec<Curve<'_>> = state
        .training
        .history
        .iter()
        .map(|(name, series)| {
            let index = known(name).unwrap_or_else(|| {
                unknown += 1;
                unknown - 1
            });
            let title = KNOWN.get(index).map_or_else(|| name.replace('_', " "), |k| k.1.to_owned());
            let style = curve_style(palette(ui), index);
            curve(state, name, title, (index, style), series)
        })
        .collect();
    curves.sort_by_key(|curve| curve.index);
    curves
}

/// The place of a loss that is known by name: its colour and mark.
fn known(name: &str) -> Option<usize> {
    KNOWN.iter().position(|(known, _)| *known == name)
}

/// The curve of the speed.
pub fn speed_curve<'a>(ui: &Ui, state: &'a AppState) -> Curve<'a> {
    let style = speed_style(palette(ui));
    curve(state, SPEED, "Images/s".to_owned(), (0, style), state.training.history.speed())
}

/// A series as it is drawn, at this place in the order of curves.
pub fn curve<'a>(
    state: &AppState,
    name: &'a str,
    title: String,
    (index, style): (usize, CurveStyle),
    series: &'a Series,
) -> Curve<'a> {
    let raw = series.points();
    let smooth = smoothed(raw, f64::from(state.plot.smoothing));
    Curve { name, title, index, style, raw, smooth }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{KNOWN, known};
    use crate::protocol::{Family, LABEL_LOSS, TrainSettings};
    use crate::ui::theme::{DARK, curve_style, speed_style};

    #[test]
    fn every_loss_is_known_and_told_from_all_others_without_colour() {
        let names: BTreeSet<&str> = Family::ALL
            .into_iter()
            .flat_map(|family| {
                let task = TrainSettings::for_encoder().task;
                family.loss_names().iter().chain(task.loss_names(family))
            })
            .copied()
            .chain([LABEL_LOSS])
            .collect();
        let places = names.iter().map(|name| known(name).unwrap_or_else(|| panic!("{name}")));
        // And losses of a later version, which have no place of their own yet.
        let places: Vec<usize> = places.chain(KNOWN.len()..KNOWN.len() + 6).collect();
        let mut styles: Vec<_> = places.iter().map(|place| curve_style(&DARK, *place)).collect();
        styles.push(speed_style(&DARK));
        for (index, style) in styles.iter().enumerate() {
            for other in &styles[..index] {
                assert_ne!((style.dash, style.mark), (other.dash, other.mark));
            }
        }
        let titles: BTreeSet<&str> = KNOWN.iter().map(|known| known.1).collect();
        assert_eq!(titles.len(), KNOWN.len(), "two curves of one name");
        assert!(known("features").is_some_and(|place| KNOWN[place].1 == "Features"));
    }
}
