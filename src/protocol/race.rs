//! Methods of inversion side by side, live: what is asked, what is shown, and what is said of it.

use serde::{Deserialize, Serialize};

use super::{
    Frame, InversionLoss, InversionMethod, InversionRow, InversionSettings, InversionTarget, Latent,
};

/// Bring one picture back to z by several methods at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RaceRequest {
    /// Rises with every request.
    pub id: u64,
    /// What is to be reached.
    pub source: RaceSource,
    /// Who runs; one alone is a race too.
    pub methods: Vec<InversionMethod>,
    /// How latents are optimised.
    pub settings: InversionSettings,
}

/// Where a race's picture comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RaceSource {
    /// A picture in the model's own size.
    Picture(Frame),
    /// The model's own picture of a random latent, which can be reached: the self-test.
    Sample {
        /// Its key.
        seed: u64,
    },
}

/// A place on the curve of a racer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RacePoint {
    /// Computing time of this method, in seconds.
    pub seconds: f64,
    /// From 1.
    pub step: u32,
    /// The best total loss so far.
    pub total: f32,
    /// Its 10 log₁₀(4 / MSE) in decibels.
    pub psnr_db: f64,
    /// Its structural similarity, where it was measured: ten times a second.
    pub ssim: Option<f64>,
}

/// What is plotted of a race against time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RaceMeasure {
    /// [`RacePoint::psnr_db`].
    #[default]
    Psnr,
    /// [`RacePoint::ssim`].
    Ssim,
    /// The decimal logarithm of [`RacePoint::total`].
    Loss,
}

impl RacePoint {
    /// A measure's value; `None` where it was not taken or has no finite one.
    pub fn value(&self, measure: RaceMeasure) -> Option<f64> {
        let value = match measure {
            RaceMeasure::Psnr => self.psnr_db,
            RaceMeasure::Ssim => self.ssim?,
            RaceMeasure::Loss => f64::from(self.total).log10(),
        };
        Some(value).filter(|value| value.is_finite())
    }
}

/// What a racer is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RacerState {
    /// It runs.
    Running,
    /// It was stopped before its end, and can go on.
    Stopped,
    /// All its steps are done.
    Done,
    /// It ended early because the loss fell no more.
    Stalled,
    /// It cannot run, or broke; why.
    Failed(String),
}

/// Whether a latent lies where the model's data lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifoldLight {
    /// As data do.
    On,
    /// At the edge of what data do.
    Edge,
    /// Nowhere near.
    Off,
}

/// What speaks for or against a latent's lying where data lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifold {
    /// ‖z‖.
    pub norm: f32,
    /// The prior's shell: √d for a normal prior, √(d/3) for a uniform one.
    pub shell: f32,
    /// Norms between which 98 % of the known latents lie.
    pub norms: (f32, f32),
    /// Share of the data that D finds less real than this picture; `None` without D or data.
    pub among_data: Option<f32>,
    /// Share of the model's own pictures of known latents that D finds less real; `None` without D.
    pub among_own: Option<f32>,
    /// All of it in one word.
    pub light: ManifoldLight,
}

/// A racer as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RacerView {
    /// Which method.
    pub method: InversionMethod,
    /// What it is doing.
    pub state: RacerState,
    /// Steps done and steps at most.
    pub steps: (u32, u32),
    /// Its computing time in seconds.
    pub seconds: f64,
    /// The best latent; `None` where it has none yet.
    pub best: Option<BestLatent>,
    /// Latents still under way.
    pub candidates: usize,
    /// How often a latent was put back because its loss was no number.
    pub restarts: u32,
    /// The best so far against time, thinned.
    pub curve: Vec<RacePoint>,
}

/// The best latent of a racer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BestLatent {
    /// z.
    pub latent: Latent,
    /// What it costs.
    pub loss: InversionLoss,
    /// 10 log₁₀(4 / MSE) in decibels.
    pub psnr_db: f64,
    /// Structural similarity.
    pub ssim: f64,
    /// G(z).
    pub picture: Frame,
    /// Mean absolute difference over channels, times [`RaceView::residual_gain`] as a heat map: black none,
    /// white a half of the range or more.
    pub residual: Frame,
    /// Where it lies.
    pub manifold: Manifold,
    /// In a self-test: ‖z − z₀‖ / √d.
    pub truth_distance: Option<f32>,
}

/// A race as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RaceView {
    /// The request's.
    pub id: u64,
    /// What is to be reached.
    pub target: Frame,
    /// A photo ([`InversionTarget::File`]) or a sample.
    pub kind: InversionTarget,
    /// Known pictures gathered to start from, of those that are wanted; fewer after a stop before all were.
    pub prepared: (usize, usize),
    /// By how much the residuals' heat is multiplied, in all lanes alike.
    pub residual_gain: u32,
    /// In the order of the request.
    pub racers: Vec<RacerView>,
}

/// A picture that comes back at least this well is the same to the eye.
const SAME_DB: f64 = InversionRow::GOAL_DB;
/// Below this it is another picture.
const LIKE_DB: f64 = 22.0;

impl RaceView {
    /// Whether any racer still runs, or is to once the race is prepared.
    pub fn is_running(&self) -> bool {
        self.racers.iter().any(|racer| racer.state == RacerState::Running)
    }

    /// Whether known pictures are being gathered.
    pub fn is_preparing(&self) -> bool {
        self.is_running() && self.prepared.0 < self.prepared.1
    }

    /// The racer with the smallest pixel error.
    pub fn leader(&self) -> Option<(&RacerView, &BestLatent)> {
        let found = self.racers.iter().filter_map(|racer| Some((racer, racer.best.as_ref()?)));
        found.min_by(|a, b| a.1.loss.mse.total_cmp(&b.1.loss.mse))
    }

    /// What there is to say, in one or two sentences.
    pub fn verdict(&self) -> String {
        let Some((leader, best)) = self.leader() else {
            return "Nothing found yet.".to_owned();
        };
        let name = leader.method.name();
        let mut text = match self.kind {
            InversionTarget::Generated if best.psnr_db >= SAME_DB => format!(
                "The self-test succeeded: the model's own picture came back at {:.1} dB ({name}). A photo that comes \
                 back worse than that is one the model cannot draw.",
                best.psnr_db
            ),
            InversionTarget::Generated => format!(
                "The self-test failed: the model's own picture came back at {:.1} dB only ({name}), though it can be \
                 reached exactly. Give more steps or starts before you judge a photo.",
                best.psnr_db
            ),
            _ => photo_verdict(name, best.psnr_db),
        };
        if best.manifold.light == ManifoldLight::Off {
            text += " Its latent lies off the manifold: edits may look strange. A small weight of the prior, such as \
                     0.0001, brings it back.";
        }
        if let Some(sentence) = self.catch_up() {
            text += &sentence;
        }
        text
    }

    /// How soon the hybrid was where optimisation ended.
    fn catch_up(&self) -> Option<String> {
        let by = |method| self.racers.iter().find(|racer| racer.method == method);
        let rival = by(InversionMethod::Optimise)?;
        let hybrid = by(InversionMethod::Hybrid)?;
        // Where it was stopped it might have gone further.
        if !matches!(rival.state, RacerState::Done | RacerState::Stalled) {
            return None;
        }
        let goal = rival.best.as_ref()?.psnr_db;
        let there = hybrid.curve.iter().find(|point| point.psnr_db >= goal)?;
        Some(format!(
            " The hybrid was there in {:.1} s, optimisation in {:.1} s.",
            there.seconds, rival.seconds
        ))
    }
}

fn photo_verdict(name: &str, psnr_db: f64) -> String {
    let best = format!("Best is {name} with {psnr_db:.1} dB");
    match psnr_db {
        db if db >= SAME_DB => format!("{best}: the same to the eye."),
        db if db >= 28.0 => format!("{best}: close; fine details differ."),
        db if db >= LIKE_DB => {
            format!("{best}: recognisable; the model smooths what its data did not show.")
        }
        _ => format!(
            "{best}: it does not look like the photo. Compare its position with the mean picture, or train on \
             pictures of this kind."
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(kind: InversionTarget, racers: &[(InversionMethod, f32, f64)]) -> RaceView {
        let frame = Frame { width_px: 0, height_px: 0, rgba: Default::default() };
        let racer = |&(method, mse, seconds): &(InversionMethod, f32, f64)| {
            let loss = InversionLoss { mse, total: mse, ..InversionLoss::default() };
            let psnr_db = 10.0 * (4.0 / f64::from(mse)).log10();
            let manifold = Manifold {
                norm: 8.0,
                shell: 8.0,
                norms: (7.0, 9.0),
                among_data: None,
                among_own: None,
                light: ManifoldLight::On,
            };
            RacerView {
                method,
                state: RacerState::Done,
                steps: (10, 10),
                seconds,
                candidates: 1,
                restarts: 0,
                curve: vec![RacePoint {
                    seconds: seconds / 2.0,
                    step: 5,
                    total: mse,
                    psnr_db,
                    ssim: Some(0.5),
                }],
                best: Some(BestLatent {
                    latent: Latent::zeros(1),
                    loss,
                    psnr_db,
                    ssim: 0.5,
                    picture: frame.clone(),
                    residual: frame.clone(),
                    manifold,
                    truth_distance: None,
                }),
            }
        };
        let racers = racers.iter().map(racer).collect();
        RaceView { id: 1, target: frame.clone(), kind, prepared: (1, 1), residual_gain: 1, racers }
    }

    #[test]
    fn the_verdict_names_who_is_best_and_what_limits() {
        use InversionMethod::{Encode, Hybrid, Optimise};
        let race = [(Optimise, 0.009, 4.0), (Encode, 0.012, 0.1), (Hybrid, 0.008, 2.0)];
        let text = view(InversionTarget::File, &race).verdict();
        assert!(text.contains("hybrid with 27.0 dB") && text.contains("recognisable"), "{text}");
        assert!(text.contains("The hybrid was there in 1.0 s, optimisation in 4.0 s."), "{text}");
        let mut stopped = view(InversionTarget::File, &race);
        stopped.racers[0].state = RacerState::Stopped;
        assert!(!stopped.verdict().contains("was there"), "it might have gone further");
        let own = view(InversionTarget::Generated, &[(Optimise, 0.0001, 1.0)]).verdict();
        assert!(own.contains("self-test succeeded"), "{own}");
        let poor = view(InversionTarget::Generated, &[(Optimise, 0.1, 1.0)]).verdict();
        assert!(poor.contains("self-test failed"), "{poor}");
        let far = view(InversionTarget::File, &[(Encode, 0.5, 1.0)]).verdict();
        assert!(far.contains("mean picture"), "{far}");
    }

    #[test]
    fn a_latent_off_the_manifold_is_warned_of() {
        let mut race = view(InversionTarget::File, &[(InversionMethod::Hybrid, 0.01, 1.0)]);
        race.racers[0].best.as_mut().unwrap().manifold.light = ManifoldLight::Off;
        assert!(race.verdict().contains("off the manifold"));
        race.racers[0].best = None;
        assert_eq!(race.verdict(), "Nothing found yet.");
    }
}
