//! Which picture is large: the model's, the photo with what changed, the one before, and the way between them.

use eframe::egui::{Button, Slider, Ui};

use super::ask;
use super::tools::fitted;
use crate::app::{Actions, AppState, EditAction, EditShow};
use crate::ui::icons::{self, Icon};
use crate::ui::parts::{segmented, toggle};

/// Height of its two rows.
pub(super) fn height(ui: &Ui) -> f32 {
    2.0 * (ui.spacing().interact_size.y + ui.spacing().item_spacing.y)
}

/// Draws both rows.
pub(super) fn show_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let edit = &state.edit;
    ui.horizontal(|ui| {
        let has_photo = edit.start.as_ref().is_some_and(|start| start.photo.is_some());
        let photo = has_photo.then_some((EditShow::Photo, "Photo + change"));
        let first = [(EditShow::Model, "Model")].into_iter();
        let choices = first.chain(photo).chain([(EditShow::Before, "Before")]);
        if let Some(show) = segmented(ui, edit.show, choices) {
            ask(actions, EditAction::Show(show));
        }
        let mut comparing = edit.comparing;
        let hint = "Before over the left part; drag the line between them";
        if toggle(ui, &mut comparing, "Wipe").on_hover_text(hint).changed() {
            ask(actions, EditAction::Compare(comparing));
        }
    });
    ui.horizontal(|ui| {
        let playing = edit.playing_since.is_some();
        let icon = if playing { Icon::Pause } else { Icon::Play };
        let name = if playing { "Pause the morph" } else { "Play the morph" };
        let play = ui.add_enabled(edit.view.is_some(), Button::new(icons::atom(icon)));
        if play.on_hover_text("To and fro between before and after").accessible_name(name).clicked()
        {
            ask(actions, EditAction::Play(!playing));
        }
        let mut percent = edit.morph * 100.0;
        let slider = Slider::new(&mut percent, 0.0..=100.0).fixed_decimals(0).suffix(" %");
        let slider = fitted(ui, slider).on_hover_text("From before, 0, to after, 100 %");
        if slider.accessible_name("Morph").changed() {
            ask(actions, EditAction::SetMorph(percent / 100.0));
        }
    });
}
