//! Which curves there are: what a loss is called, and the colour, dash and mark it keeps whatever else
//! there is.

use eframe::egui::Ui;

use super::curves::{Point, smoothed};
use crate::app::{AppState, Series};
use crate::protocol::{Family, LABEL_LOSS, Likelihood, ModelSpec};
use crate::ui::format::grouped;
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

/// What a loss is, and in what unit, for networks like these; `None` for one of a later version.
///
/// The formulas are those of `train`: the tests hold the numbers in them to it.
fn meaning(name: &str, spec: &ModelSpec) -> Option<String> {
    let text = match name {
        "d_loss" => {
            "Cross-entropy of the discriminator's judgements, of data and of generated pictures added up, in \
             nats a picture. 1.39 (2 ln 2) where it cannot tell them apart."
        }
        "g_loss" => {
            "Cross-entropy of the discriminator's judgements of generated pictures against 'real', in nats a \
             picture, before its weight. 0.69 (ln 2) where D cannot tell them apart; lower fools D more."
        }
        "recon" => {
            "Mean squared error of the reconstructions, a value (pixel and channel) between -1 and 1: 0.01 is an \
             error of 0.1, or 5 % of the range."
        }
        "kl" => {
            "KL divergence of the codes from the prior, in nats a picture, all dimensions added up: how much \
             the codes say."
        }
        "features" => {
            "Mean squared difference between a picture and its reconstruction in the discriminator's features, \
             before its weight; it has no unit."
        }
        LABEL_LOSS => {
            "Cross-entropy of a linear classifier of the labels on sampled codes, in nats a label, before its \
             weight. 0.69 (ln 2) where it guesses."
        }
        "generated" => {
            "Mean squared error of the generator's own pictures after encoding and decoding, a value (pixel and \
             channel) between -1 and 1."
        }
        "code" => {
            "Mean squared difference between a random latent and the code of its picture, a dimension."
        }
        "adversarial" => {
            "-log of the discriminator's trust in reconstructions, in nats a picture, before its weight."
        }
        SPEED => "Pictures of the data trained on in a second.",
        "loss" => return Some(meaning_of_loss(spec)),
        _ => return None,
    };
    Some(text.to_owned())
}

/// What encoder and decoder minimise together.
fn meaning_of_loss(spec: &ModelSpec) -> String {
    let values = u64::from(spec.channels) * u64::from(spec.image_size).pow(2);
    let likelihood = match (spec.family, spec.likelihood) {
        (Family::Vae, Likelihood::Bernoulli) => "cross-entropy of the pixels",
        (Family::VaeGan, _) => "Reconstruction / 0.5 + feature weight · Features",
        _ => "Reconstruction / 0.5",
    };
    let apart = if spec.family == Family::VaeGan { " The game (G loss) comes on top." } else { "" };
    format!(
        "What encoder and decoder minimise, in nats a value: {likelihood} + β · KL / {} (the values of a \
         picture), and the label term with its weight where there is one.{apart}",
        grouped(values)
    )
}

/// A curve as it is drawn.
pub struct Curve<'a> {
    pub name: &'a str,
    pub title: String,
    /// What it shows, and in what unit; empty where that is not known.
    pub meaning: String,
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
    // Of the run under way, or of the one that was opened.
    let spec = state.model.as_ref().map_or(&state.training.draft_spec, |model| &model.spec);
    let meaning = meaning(name, spec).unwrap_or_default();
    Curve { name, title, meaning, index, style, raw, smooth }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{KNOWN, SPEED, known, meaning};
    use crate::protocol::{Family, LABEL_LOSS, Likelihood, ModelSpec, TrainSettings};
    use crate::train::loss::PIXEL_VARIANCE;
    use crate::ui::theme::{DARK, curve_style, speed_style};

    #[test]
    fn every_curve_says_what_it_is_and_the_formulas_are_those_of_training() {
        for family in Family::ALL {
            let spec = ModelSpec { image_size: 32, channels: 1, ..ModelSpec::for_family(family) };
            for name in family.loss_names().iter().chain(&[LABEL_LOSS, SPEED]) {
                assert!(meaning(name, &spec).is_some_and(|text| text.ends_with('.')), "{name}");
            }
        }
        let of = |family, likelihood| {
            let spec = ModelSpec { family, likelihood, ..ModelSpec::default() };
            meaning("loss", &ModelSpec { image_size: 32, channels: 1, ..spec }).unwrap_or_default()
        };
        let divisor = format!("Reconstruction / {} +", 2.0 * PIXEL_VARIANCE);
        assert!(of(Family::Vae, Likelihood::Gaussian).contains(&divisor));
        assert!(of(Family::VaeGan, Likelihood::Gaussian).contains(&divisor));
        assert!(of(Family::VaeGan, Likelihood::Gaussian).contains("Features"));
        assert!(of(Family::Vae, Likelihood::Bernoulli).contains("cross-entropy of the pixels"));
        assert!(of(Family::Vae, Likelihood::Gaussian).contains("KL / 1,024 "));
        assert_eq!(meaning("a_later_one", &ModelSpec::default()), None);
    }

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
