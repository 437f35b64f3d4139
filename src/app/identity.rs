//! Keeping identity in the window: tuning for a photo, the tuned copy, and the photo plus what changed.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::action::{Action, Effect};
use super::replacing::with_extension;
use super::state::AppState;
use super::states::Made;
use crate::protocol::{
    Command, Event, Frame, Identity, InversionTarget, Latent, NoticeLevel, PhotoOrigin, PhotoPlace,
    Pivot, PivotalSettings, TuneRequest, TuningView,
};

/// Something asked of the tuned copy or the kept photo.
#[derive(Debug, Clone, PartialEq)]
pub enum IdentityAction {
    /// Which latent the next tuning keeps fixed.
    SetSource(PivotSource),
    /// Tune for the photo.
    Tune,
    /// Stop tuning, keeping what is reached or (`false`) nothing.
    Stop(bool),
    /// Show or hide the settings.
    ShowSettings(bool),
    /// Change the settings of the next tuning.
    SetSettings(Box<PivotalSettings>),
    /// Draw with the tuned copy, or without.
    ShowTuned(bool),
    /// Show the photo plus what changed, or plain pictures.
    ShowChange(bool),
    /// Take the tuned copy's pivot into the explorer.
    ToExplore,
    /// Choose in a dialog where to write the delta.
    SaveAs,
    /// Write the delta there.
    Save(PathBuf),
    /// Choose a delta in a dialog.
    Pick,
    /// Read this delta.
    Open(PathBuf),
    /// Type a delta's path.
    SetPath(String),
}

/// Which latent a tuning keeps fixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PivotSource {
    /// The one that came nearest to the photo.
    #[default]
    Best,
    /// The one on the sliders.
    Explore,
}

/// The next tuning, the present one, and what came of them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct IdentityState {
    /// How the next tuning is done.
    pub settings: PivotalSettings,
    /// Whether the settings are shown.
    pub settings_open: bool,
    /// Which latent it keeps fixed.
    pub source: PivotSource,
    /// How the present one stands.
    pub view: Option<Arc<TuningView>>,
    /// A tuning was asked for, and nothing was heard of it yet.
    pub starting: bool,
    /// What is at hand and shown, as the engine told.
    pub kept: Identity,
    /// A delta's path, as typed.
    pub path_text: String,
    last_id: u64,
    /// Where a delta is being written.
    saving: Option<PathBuf>,
}

impl IdentityState {
    /// Whether a tuning runs, or is about to.
    pub fn is_running(&self) -> bool {
        self.starting || self.view.as_ref().is_some_and(|view| view.state.is_active())
    }
}

impl AppState {
    /// What the next tuning keeps fixed and is to reach.
    ///
    /// # Errors
    /// Why it cannot begin, in a sentence.
    pub fn tuning_pivot(&self) -> Result<Pivot, &'static str> {
        let race = self.race.view.as_ref();
        let best = race.and_then(|view| view.leader()).map(|(_, best)| &best.latent);
        let latent = match self.identity.source {
            PivotSource::Best => best.ok_or("Invert a photo first")?.clone(),
            PivotSource::Explore => {
                let shown = self.explore.preview.as_ref().map(|preview| &preview.latent);
                shown.ok_or("There is no picture in Explore yet")?.clone()
            }
        };
        let target = race.map(|view| &view.target).or_else(|| self.race_target());
        let picture = target.ok_or("Invert or open a photo first")?.clone();
        Ok(self.pivot(latent, picture))
    }

    /// Why there is nothing to tune, where the best result is as near as the goal; of Explore's latent the engine
    /// knows.
    pub fn tuning_goal_reached(&self) -> Option<String> {
        let leader = self.race.view.as_ref().and_then(|view| view.leader());
        let (_, best) = leader.filter(|_| self.identity.source == PivotSource::Best)?;
        let goal_db = self.identity.settings.goal_db;
        (best.psnr_db >= goal_db).then(|| {
            format!(
                "Already as near as the goal: {:.1} dB, and the goal is {goal_db:.1}. Set a higher goal to go on",
                best.psnr_db
            )
        })
    }

    /// A latent and its picture, with where the photo came from if it is the one that is open.
    fn pivot(&self, latent: Latent, picture: Frame) -> Pivot {
        let cropped = self.photo.cropped.as_ref().filter(|cropped| cropped.frame == picture);
        let origin = self.photo.photo.as_ref().map(|photo| &photo.origin);
        let photo = match (cropped, origin) {
            (Some(cropped), Some(PhotoOrigin::File(path))) => {
                Some(PhotoPlace { path: path.clone(), crop: Some(cropped.crop) })
            }
            _ => None,
        };
        Pivot { latent, picture, photo }
    }

    /// Tuned copies and the kept photo alone; anything else is handed back.
    pub(super) fn apply_identity(&mut self, action: Action) -> Result<Action, Vec<Effect>> {
        let action = match action {
            Action::Identity(action) => action,
            other => return Ok(other),
        };
        match action {
            IdentityAction::SetSource(source) => self.identity.source = source,
            IdentityAction::Tune => self.start_tuning(),
            IdentityAction::Stop(keep) => {
                self.identity.starting = false;
                self.send(Command::StopTuning { keep });
            }
            IdentityAction::ShowSettings(open) => self.identity.settings_open = open,
            IdentityAction::SetSettings(settings) => self.identity.settings = *settings,
            IdentityAction::ShowTuned(on) => self.send(Command::ShowTuned(on)),
            IdentityAction::ShowChange(on) => self.send(Command::ShowChange(on)),
            IdentityAction::ToExplore => self.load_pivot(),
            IdentityAction::SaveAs => {
                let name = self.suggested_name("safetensors");
                let name = name.replace(".safetensors", "-delta.safetensors");
                return Err(vec![Effect::PickSaveDelta(name)]);
            }
            IdentityAction::Save(path) => {
                let path = with_extension(path);
                self.identity.saving = Some(path.clone());
                self.send(Command::SaveDelta(path));
            }
            IdentityAction::Pick => return Err(vec![Effect::PickDelta]),
            IdentityAction::Open(path) => self.send(Command::OpenDelta(path)),
            IdentityAction::SetPath(text) => self.identity.path_text = text,
        }
        Err(Vec::new())
    }

    fn start_tuning(&mut self) {
        let Ok(pivot) = self.tuning_pivot() else { return };
        if let Some(text) = self.tuning_goal_reached() {
            return self.notify(NoticeLevel::Info, format!("{text}."));
        }
        let identity = &mut self.identity;
        if let Err(error) = identity.settings.validate() {
            return self.notify(NoticeLevel::Error, format!("Not tuned: {error}."));
        }
        identity.last_id += 1;
        (identity.view, identity.starting) = (None, true);
        let request =
            TuneRequest { id: identity.last_id, pivot, settings: identity.settings.clone() };
        self.send(Command::StartTuning(Box::new(request)));
    }

    /// The tuned copy's pivot becomes the present latent.
    fn load_pivot(&mut self) {
        let Some(tuned) = self.identity.kept.tuned.clone() else { return };
        let latent = self.explore.untruncated(&tuned.pivot.latent);
        if self.load_whole(&latent) && self.explore.load_as(&latent, Made::Loaded) {
            self.keep_state();
            self.send(Command::KeepPhoto(Box::new(tuned.pivot)));
        }
    }

    /// Photos are brought into the generator's own latent space: a copy that was tuned for an earlier photo would
    /// draw what is found otherwise than it was found.
    pub(super) fn leave_tuned_copy(&mut self) {
        if self.identity.kept.tuned_on {
            self.send(Command::ShowTuned(false));
            let text = "The copy tuned for the earlier photo is switched off: photos are inverted with the \
                        generator itself.";
            self.notify(NoticeLevel::Info, text);
        }
    }

    /// A photo's latent was taken into the explorer: the photo goes with it.
    pub(super) fn keep_photo_of(&mut self, latent: &Latent) {
        let target = self.race.view.as_ref().map(|view| (view.target.clone(), view.kind));
        let Some((picture, kind)) = target else { return };
        let pivot = match kind {
            InversionTarget::File => self.pivot(latent.clone(), picture),
            _ => Pivot { latent: latent.clone(), picture, photo: None },
        };
        self.send(Command::KeepPhoto(Box::new(pivot)));
    }

    /// Takes in what the engine tells of it; anything else is given back.
    pub(super) fn apply_identity_event(&mut self, event: Event) -> Option<Event> {
        match event {
            Event::IdentityChanged(kept) => self.identity_changed(*kept),
            Event::DeltaOpened(path) => self.delta_opened(&path),
            // Asked for by the command line alone.
            Event::PhotoTuned(_) => {}
            other => return Some(other),
        }
        None
    }

    fn identity_changed(&mut self, kept: Identity) {
        let before = std::mem::replace(&mut self.identity.kept, kept);
        let kept = &self.identity.kept;
        let figures = |kept: &Identity| kept.tuned.as_ref().map(|tuned| tuned.figures);
        let other_copy = kept.tuned_on && figures(&before) != figures(kept);
        if before.tuned_on != kept.tuned_on || other_copy {
            self.redraw_all();
        }
        self.explore.wanted |= self.explore.latent.dims() > 0;
    }

    /// Another generator draws the same latents.
    fn redraw_all(&mut self) {
        self.explore.wanted = self.explore.latent.dims() > 0;
        self.attributes.redraw_strip();
        self.compose.redraw();
        if !self.training.phase.is_active() && self.model.is_some() {
            self.draw_samples();
        }
        let requests = self.map.ask_again();
        self.outbox.extend(requests.into_iter().map(Command::DrawMapPictures));
    }

    fn delta_opened(&mut self, path: &Path) {
        self.load_pivot();
        let text = format!(
            "Opened {}: pictures are drawn with its tuned copy, and its photo's latent is in Explore.",
            super::display_path(path)
        );
        self.show_notice(NoticeLevel::Info, text);
    }

    /// Whether what was written is a delta.
    pub(super) fn delta_written(&mut self, path: &Path) -> bool {
        self.identity.saving.take_if(|saved| saved == path).is_some()
    }

    /// Takes in how the tuning stands; an answer to an older request is dropped.
    pub(super) fn take_tuning(&mut self, view: TuningView) {
        if view.id == self.identity.last_id {
            self.identity.starting = false;
            self.identity.view = Some(Arc::new(view));
        }
    }

    /// An error notice while nothing was heard yet: the tuning will not come.
    pub(super) fn tuning_failed(&mut self) {
        self.identity.starting = false;
    }

    /// The engine is gone, with all it kept.
    pub(super) fn forget_identity(&mut self) {
        self.identity.kept = Identity::default();
        (self.identity.view, self.identity.starting) = (None, false);
        self.identity.last_id += 1;
    }

    /// Whether the large picture is the photo plus what changed.
    pub fn shows_change(&self) -> bool {
        self.identity.kept.change_on
    }
}

#[cfg(test)]
#[path = "identity_tests.rs"]
mod tests;
