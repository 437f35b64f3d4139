//! The slider along a run's timeline, and the samples of the step it stands on.

use eframe::egui::{Align, Button, Layout, Rect, Slider, Ui, vec2};

use super::explorer::fitted;
use super::format::grouped;
use super::parts::caption;
use super::widgets::tile::ImageTile;
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState};

const HINT: &str = "Samples of earlier steps of this run";
/// In a narrower row the slider takes the place of its label, which screen readers are told all the same.
const ROOM_FOR_LABEL: f32 = 230.0;

/// Draws the slider where the run has a timeline: its last place is the live sheet.
pub fn timeline_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let samples = &state.samples;
    if samples.timeline.is_empty() {
        return;
    }
    let live = samples.timeline.len();
    let at = samples.past_step.and_then(|step| samples.timeline.iter().position(|s| *s == step));
    let mut place = at.unwrap_or(live);
    ui.horizontal(|ui| {
        if ui.available_width() > ROOM_FOR_LABEL {
            caption(ui, "Timeline").on_hover_text(HINT);
        }
        // From the right, so that the slider takes what the step and the button leave.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let back = ui.add_enabled(at.is_some(), Button::new("Live"));
            if back.on_hover_text("Back to the newest samples").clicked() {
                actions.push(Action::ShowPastStep(None));
            }
            if let Some(step) = samples.past_step {
                caption(ui, format!("Step {}", grouped(step)));
            }
            ui.spacing_mut().slider_width = ui.available_width().max(24.0);
            let slider = Slider::new(&mut place, 0..=live).show_value(false);
            let slider = ui.add_enabled(state.engine_is_up(), slider).on_hover_text(HINT);
            let step = samples.timeline.get(place).copied();
            if slider.accessible_name("Timeline").changed() && step != samples.past_step {
                actions.push(Action::ShowPastStep(step));
            }
        });
    });
}

/// Draws the samples of the step that is looked at; the last ones that came while they are read.
pub fn past_samples_ui(ui: &mut Ui, state: &AppState) {
    let Some(snapshot) = &state.samples.snapshot else {
        caption(ui, "Reading the picture…");
        return;
    };
    let space: Rect = ui.available_rect_before_wrap();
    let rect = fitted(space.shrink2(vec2(2.0, 2.0)), &snapshot.frame, ui.pixels_per_point(), false);
    let handle = texture(ui.ctx(), "timeline", &snapshot.frame, Enlarge::Smooth);
    let name = format!("Samples at step {}", grouped(snapshot.step));
    ImageTile::new(handle.id(), rect.size(), &name).inert().put_ui(ui, rect);
    ui.advance_cursor_after_rect(space);
}
