//! An edit's beginning: the same for the window's live one and for one from a file.

use crate::edit::{Energy, Realism, Solve};
use crate::engine::pictures::frame_values;
use crate::engine::worker::Worker;
use crate::invert::{FeatureNetwork, Networks};
use crate::models::{Discriminator, Model};
use crate::protocol::{DeviceKind, EditPlan, EditStart, Latent, RealismBy};

/// Candidates that are moved at once without a GPU: a stroke painted meanwhile waits for them, and larger
/// batches win little.
const AT_ONCE: usize = 2;

impl Worker {
    /// Candidates that are moved at once on this device.
    pub(in crate::engine) fn candidates_at_once(&self) -> usize {
        match self.device.info.kind {
            DeviceKind::DiscreteGpu | DeviceKind::IntegratedGpu => usize::MAX,
            _ => AT_ONCE,
        }
    }
}

/// Begins an edit of a model's picture; `moved` is z₀ as attributes moved it.
///
/// # Errors
/// What does not fit the model or cannot be painted, and why, or when the device fails.
pub(in crate::engine) fn begin(
    model: &Model,
    start: &EditStart,
    moved: &Latent,
    plan: &EditPlan,
    at_once: usize,
) -> Result<Solve, String> {
    let photo = start.photo.as_ref().map(|frame| frame_values(model, frame)).transpose()?;
    let networks = Networks::of(model);
    let mut energy = Energy::new(networks, realism(model), &start.latent.0, photo, &plan.settings)?;
    energy.set_plan(plan, &moved.0)?;
    Ok(Solve::new(energy, plan.settings.clone(), plan.adopted, at_once))
}

fn realism(model: &Model) -> Realism {
    let discriminator = model.discriminator.clone().map(Realism::Discriminator);
    discriminator.unwrap_or(Realism::Prior(model.spec.prior))
}

/// Who says how real the model's pictures look.
pub(in crate::engine) fn realism_by(model: &Model) -> RealismBy {
    match realism(model) {
        Realism::Discriminator(_) => RealismBy::Discriminator,
        Realism::Critic { .. } => RealismBy::Critic,
        Realism::Prior(_) => RealismBy::Prior,
    }
}

/// The network in whose features candidates are told apart, where there is one.
pub(in crate::engine) fn telling_network(model: &Model) -> Option<FeatureNetwork> {
    let network = model.discriminator.clone().map(Discriminator::folded);
    network.map(FeatureNetwork::Discriminator)
}
