//! The slider along a run's timeline, and the samples of the step it stands on.

use eframe::egui::{Align, Button, Layout, Rect, Slider, Ui, vec2};

use super::explorer::fitted;
use super::format::grouped;
use super::parts::caption;
use super::widgets::tile::ImageTile;
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState};

/// Room for the step and the button beside the slider.
const BESIDE: f32 = 150.0;

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
        ui.spacing_mut().slider_width = (ui.available_width() - BESIDE).max(40.0);
        let slider = ui
            .add_enabled(state.engine_is_up(), Slider::new(&mut place, 0..=live).show_value(false));
        let slider = slider.on_hover_text("Samples of earlier steps of this run");
        let step = samples.timeline.get(place).copied();
        if slider.accessible_name("Timeline").changed() && step != samples.past_step {
            actions.push(Action::ShowPastStep(step));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let hint = "Back to the newest samples";
            let back = ui.add_enabled(at.is_some(), Button::new("Live"));
            if back.on_hover_text(hint).clicked() {
                actions.push(Action::ShowPastStep(None));
            }
            if let Some(step) = samples.past_step {
                caption(ui, format!("Step {}", grouped(step)));
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
