//! Commands without a key: the palette has them all.

use super::encoder_entry::{ENCODER_ENTRY, encoder_obstacle};
use super::layout::Pane;
use super::map::map_obstacle;
use super::shortcuts::{Shortcut, can_open, explores, named};
use crate::app::IdentityAction;
use crate::app::dialogs::DialogKind;
use crate::app::map::MapStrip;
use crate::app::state::RightTab;
use crate::app::{
    Action, AppState, ComposeAction, DimOrder, EditAction, EditFrom, EngineStatus, Marking,
    PhotoAction, RaceAction, RunPhase, SessionAction, ThemeChoice,
};

/// The state one is at in the history.
fn here(state: &AppState) -> Option<&crate::app::Visited> {
    state.states.get(state.states.current()?)
}

/// What is done to the photo, where there is one.
fn of_photo(state: &AppState, action: PhotoAction) -> Option<Action> {
    state.photo.photo.as_ref().map(|_| Action::Photo(action))
}

/// The commands, in the order of the palette.
pub static COMMANDS: [Shortcut; 82] = [
    named("Show Explore", |_| Some(Action::ShowPane(Pane::Explore))),
    named("Show Samples", |_| Some(Action::ShowPane(Pane::Samples))),
    named("Show Attributes", |_| Some(Action::ShowPane(Pane::Attributes))),
    named("Show Compose", |_| Some(Action::ShowPane(Pane::Compose))),
    named("Show the Map", |_| Some(Action::ShowPane(Pane::Map))),
    named("Show the Photo", |_| Some(Action::ShowPane(Pane::Photo))),
    named("Show Back to z", |_| Some(Action::ShowPane(Pane::Race))),
    named("Show Edit", |_| Some(Action::ShowPane(Pane::Edit))),
    named("Edit the picture in Explore", |state| {
        let ready = state.edit_obstacle().is_none() && explores(state);
        ready.then_some(Action::Edit(EditAction::Start(EditFrom::Explore)))
    }),
    named("Export the edit as…", |state| {
        let ready = state.edit.is_on() && state.engine_is_up() && !state.dialog_open;
        ready.then_some(Action::Edit(EditAction::ExportAs))
    }),
    named("Open strokes…", |state| {
        let ready = state.engine_is_up() && !state.dialog_open;
        ready.then_some(Action::Edit(EditAction::PickScript))
    }),
    named("Take the edited picture to Explore", |state| {
        state.edit.view.as_ref().map(|_| Action::Edit(EditAction::ToExplore))
    }),
    named("Clear all strokes and the area", |state| {
        let plan = &state.edit.plan;
        let some = !plan.strokes.is_empty() || !plan.area.is_empty();
        some.then_some(Action::Edit(EditAction::Clear))
    }),
    named("End the edit", |state| state.edit.is_on().then_some(Action::Edit(EditAction::End))),
    named("Invert the photo", |state| {
        let ready = state.engine_is_up() && state.race_target().is_some();
        ready.then_some(Action::Race(RaceAction::Start))
    }),
    named("Self-test of inversion", |state| {
        let ready = state.engine_is_up() && state.model.is_some();
        ready.then_some(Action::Race(RaceAction::SelfTest))
    }),
    named("Stop the inversion", |state| {
        state.race.is_running().then_some(Action::Race(RaceAction::Stop))
    }),
    named("Tune the generator for the photo, or stop tuning", |state| {
        let running = state.identity.is_running();
        let ready =
            state.engine_is_up() && state.tuning_pivot().is_ok() && !state.race.is_running();
        let ask = if running { IdentityAction::Stop(true) } else { IdentityAction::Tune };
        (running || ready && !state.training.phase.is_active()).then_some(Action::Identity(ask))
    }),
    named("Draw with the copy tuned for the photo, or without", |state| {
        let kept = &state.identity.kept;
        let can = kept.tuned.is_some() && !state.training.phase.is_active();
        can.then_some(Action::Identity(IdentityAction::ShowTuned(!kept.tuned_on)))
    }),
    named("Show photo + change, or plain pictures", |state| {
        let kept = &state.identity.kept;
        kept.has_photo.then_some(Action::Identity(IdentityAction::ShowChange(!kept.change_on)))
    }),
    named("Open a delta…", |state| {
        let can_open = explores(state) && state.engine_is_up() && !state.dialog_open;
        can_open.then_some(Action::Identity(IdentityAction::Pick))
    }),
    named("Show the History", |_| Some(Action::ShowPane(Pane::History))),
    named("Show the Curves", |_| Some(Action::ShowPane(Pane::Curves))),
    named("Show the Log", |_| Some(Action::ShowPane(Pane::Log))),
    named("Export the picture as…", |state| {
        let drawn = state.explore.preview.is_some() && state.engine_is_up();
        (drawn && !state.dialog_open).then_some(Action::SavePictureAs)
    }),
    named("Save the latent as…", |state| {
        let can_save = explores(state) && state.engine_is_up() && !state.dialog_open;
        can_save.then_some(Action::SaveLatentAs)
    }),
    named("Save the formula's result as…", |state| {
        let some = state.compose.formula.result().is_some();
        (some && state.engine_is_up() && !state.dialog_open).then_some(Action::SaveResultAs)
    }),
    named("Open latents…", |state| {
        let can_open = explores(state) && state.engine_is_up() && !state.dialog_open;
        can_open.then_some(Action::PickLatents)
    }),
    named("Star the present picture, or take its star away", |state| {
        here(state).map(|node| Action::StarState(node.id, !node.starred))
    }),
    named("Name the present picture…", |state| {
        let name = |node: &crate::app::Visited| node.name.clone().unwrap_or_default();
        here(state).map(|node| Action::EditStateName(node.id, name(node)))
    }),
    named("Compare with the picture this one was made from, or end it", |state| {
        let compared = state.states_view.compared.is_some();
        let parent = here(state).and_then(|node| node.parent).filter(|_| !compared);
        (compared || parent.is_some()).then_some(Action::Compare(parent))
    }),
    named("Forget states that are neither starred nor named", |state| {
        here(state).map(|_| Action::ClearStates)
    }),
    named("Pixels as squares, or smooth", |state| {
        explores(state).then_some(Action::SetSharpPixels(!state.explore.sharp_pixels))
    }),
    named("Dimensions in order", |state| {
        explores(state).then_some(Action::SetDimOrder(DimOrder::Number))
    }),
    named("Most active dimensions first, by KL divergence", |state| {
        explores(state).then_some(Action::SetDimOrder(DimOrder::Kl))
    }),
    named("Most active dimensions first, by what they change in the picture", |state| {
        explores(state).then_some(Action::SetDimOrder(DimOrder::Sensitivity))
    }),
    named("Open a session…", |state| {
        can_open(state).then_some(Action::Pick(DialogKind::Session))
    }),
    named("Go on with the last session", |state| {
        let kept = state.session.last.is_some() && can_open(state);
        kept.then_some(Action::Session(SessionAction::GoOn))
    }),
    named("Open the built-in model", |state| can_open(state).then_some(Action::OpenBuiltIn)),
    named("Go on with the last run", |state| {
        let resumes = state.training.open_run.is_some() && !state.training.phase.is_active();
        (resumes && state.engine_is_up()).then_some(Action::ResumeRun)
    }),
    named(ENCODER_ENTRY, |state| encoder_obstacle(state).is_none().then_some(Action::TrainEncoder)),
    named("Unlock all dimensions", |state| explores(state).then_some(Action::UnlockAll)),
    named("Show the sliders for dimensions", |_| Some(Action::ShowRightTab(RightTab::Dimensions))),
    named("Show the sliders for attributes", |_| Some(Action::ShowRightTab(RightTab::Attributes))),
    named("Find attributes from labels", |state| {
        let encodes = state.model.as_ref().is_some_and(|model| model.spec.has_encoder());
        (encodes && state.engine_is_up() && state.job.is_none()).then_some(Action::FindAttributes)
    }),
    named("All attributes to zero", |state| {
        (!state.attributes.values().is_empty()).then_some(Action::ZeroAttributes)
    }),
    named("Make the picture the sliders' own base", |state| {
        (!state.attributes.values().is_empty()).then_some(Action::BakeAttributes)
    }),
    named("Open attributes…", |state| {
        (explores(state) && !state.dialog_open).then_some(Action::PickDirections)
    }),
    named("Save attributes as…", |state| {
        let some = state.attributes.in_use().next().is_some();
        (some && !state.dialog_open).then_some(Action::SaveDirectionsAs)
    }),
    named("Add the present picture to the path", |state| {
        let key = || Action::Compose(ComposeAction::AddKey(state.explore.moved()));
        explores(state).then(key)
    }),
    named("Play or pause the path", |state| {
        let path = &state.compose.path;
        let ready = path.journey(&state.explore).is_some();
        ready.then_some(Action::Compose(ComposeAction::Play(!path.playing)))
    }),
    named("Cancel the job under way", |state| state.job.as_ref().map(|_| Action::StopJobs)),
    named("Put all panels back", |_| Some(Action::ResetLayout)),
    named("Find directions without labels", |state| {
        let ready = explores(state) && state.engine_is_up() && state.job.is_none();
        ready.then_some(Action::FindDirections)
    }),
    named("Measure the entanglement of attributes", |state| {
        let some = state.attributes.in_use().next().is_some();
        let ready = some && state.engine_is_up() && state.job.is_none();
        ready.then_some(Action::MeasureEntanglement)
    }),
    named("Clicks mark pictures as with the attribute, or load them", |state| {
        let on = state.marking == Marking::With;
        Some(Action::SetMarking(if on { Marking::Off } else { Marking::With }))
    }),
    named("Clicks mark pictures as without the attribute, or load them", |state| {
        let on = state.marking == Marking::Without;
        Some(Action::SetMarking(if on { Marking::Off } else { Marking::Without }))
    }),
    named("Forget all examples", |state| {
        let (with, without) = (&state.examples.with, &state.examples.without);
        (!with.is_empty() || !without.is_empty()).then_some(Action::ClearExamples)
    }),
    named("Clear the formula", |state| {
        explores(state).then_some(Action::Compose(ComposeAction::ClearFormula))
    }),
    named("Clear the path", |state| {
        let keys = !state.compose.path.keys.is_empty();
        keys.then_some(Action::Compose(ComposeAction::ClearKeys))
    }),
    named("Make the map", |state| {
        let ready = state.map.making.is_none() && map_obstacle(state).is_none();
        ready.then_some(Action::MakeMap)
    }),
    named("Index training pictures", |state| {
        let ready = state.model.is_some() && state.engine_is_up() && state.map.making.is_none();
        ready.then_some(Action::IndexPictures)
    }),
    named("Nearest training pictures, or none", |state| {
        let on = state.map.strip == MapStrip::Nearest;
        let strip = if on { MapStrip::None } else { MapStrip::Nearest };
        explores(state).then_some(Action::SetMapStrip(strip))
    }),
    named("Clusters under the map, or none", |state| {
        let map = state.map.map.as_ref().filter(|map| !map.clusters.is_empty());
        let on = state.map.strip == MapStrip::Clusters;
        let strip = if on { MapStrip::None } else { MapStrip::Clusters };
        map.map(|_| Action::SetMapStrip(strip))
    }),
    named("Decoded plane behind the map, or none", |state| {
        let plane = state.map.map.as_ref().and_then(|map| map.plane.as_ref());
        plane.map(|_| Action::ShowMapBackground(!state.map.show_background))
    }),
    named("Lasso on the map, or drag it", |state| {
        state.map.map.as_ref().map(|_| Action::SetLasso(!state.map.lasso))
    }),
    named("Mark the selected points as with the attribute", |state| {
        (!state.map.selected.is_empty()).then_some(Action::MarkSelected(true))
    }),
    named("Mark the selected points as without the attribute", |state| {
        (!state.map.selected.is_empty()).then_some(Action::MarkSelected(false))
    }),
    named("Open a photo…", |state| {
        let ready = state.engine_is_up() && !state.dialog_open;
        ready.then_some(Action::Photo(PhotoAction::Pick))
    }),
    named("Paste a photo", |state| {
        state.engine_is_up().then_some(Action::Photo(PhotoAction::Paste))
    }),
    named("A random held-out picture as photo", |state| {
        let some = state.dataset.summary.as_ref().is_some_and(|s| s.held_out_count > 0);
        (some && state.engine_is_up()).then_some(Action::Photo(PhotoAction::RandomHeldOut))
    }),
    named("Turn the photo by a quarter, clockwise", |state| {
        of_photo(state, PhotoAction::TurnQuarter(true))
    }),
    named("Turn the photo by a quarter, counterclockwise", |state| {
        of_photo(state, PhotoAction::TurnQuarter(false))
    }),
    named("Flip the photo", |state| of_photo(state, PhotoAction::Mirror)),
    named("Reset the photo's crop", |state| of_photo(state, PhotoAction::ResetCrop)),
    named("Save the run now", |state| {
        matches!(state.training.phase, RunPhase::Running | RunPhase::Paused)
            .then_some(Action::SaveRun)
    }),
    named("Use Portraits as data", |state| {
        let ready = can_open(state) && state.dataset.loading.is_none();
        ready.then_some(Action::OpenDataset(crate::protocol::DatasetSource::Portraits))
    }),
    named("Restart the engine", |state| {
        matches!(state.engine, EngineStatus::Dead(_)).then_some(Action::RestartEngine)
    }),
    named("Theme: as the system", |_| Some(Action::SetTheme(ThemeChoice::System))),
    named("Theme: dark", |_| Some(Action::SetTheme(ThemeChoice::Dark))),
    named("Theme: light", |_| Some(Action::SetTheme(ThemeChoice::Light))),
    named("Clear the log", |state| (!state.log.lines.is_empty()).then_some(Action::ClearLog)),
];
