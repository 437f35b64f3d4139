//! A slider for every attribute in use.

use eframe::egui::{
    Align2, Button, Label, RichText, Sense, Slider, SliderClamping, TextStyle, Ui, vec2,
};

use super::statistics::accuracy_of;
use crate::app::attributes::{ATTRIBUTE_REACH, Attribute};
use crate::app::{Action, Actions, AppState, escape};
use crate::ui::format::counted;
use crate::ui::parts::{caption, quiet_button};
use crate::ui::theme::palette;
use crate::ui::widgets::log_slider::slim_slider;
use crate::ui::widgets::rename::{Renamed, rename_ui};

/// The share of a row that names take, whatever they are: one long name must not shrink all sliders. One
/// that needs more is cut, and stands whole under the pointer.
const NAME_SHARE: f32 = 0.44;
const NUMBER_WIDTH: f32 = 46.0;
/// The column of accuracies, in a panel with room for it.
const ACCURACY_WIDTH: f32 = 40.0;
const ROOM_FOR_ACCURACY: f32 = 380.0;
/// What stands right of the chosen one's name.
const NAME_BUTTONS: f32 = 160.0;

/// Draws the sliders.
pub fn list_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let attributes = &state.attributes;
    let elsewhere = attributes.list.len() - attributes.in_use().count();
    if attributes.in_use().next().is_none() {
        let text = "Directions in latent space that have a name: find them below from labels, or from \
                    pictures you mark.";
        caption(ui, text);
    } else {
        buttons_ui(ui, state, actions);
    }
    let width = (ui.available_width() * NAME_SHARE).floor();
    for attribute in attributes.in_use() {
        row_ui(ui, state, (attribute, width), actions);
    }
    if elsewhere > 0 {
        let count = counted(elsewhere, "attribute", "attributes");
        let text = format!("{count} of other models: open theirs to use them.");
        caption(ui, text);
    }
}

fn buttons_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let moved = state.attributes.in_use().any(|attribute| attribute.value != 0.0);
    ui.horizontal(|ui| {
        let zero = ui.add_enabled(moved, Button::new("Zero all"));
        let zero = zero.on_hover_text("Every attribute to zero: the picture of the sliders alone");
        if zero.accessible_name("Zero all attributes").clicked() {
            actions.push(Action::ZeroAttributes);
            actions.push(Action::CommitLatent);
        }
        let hint = "Make this picture the sliders' own, and begin again from zero";
        if ui.add_enabled(moved, Button::new("Keep as base")).on_hover_text(hint).clicked() {
            actions.push(Action::BakeAttributes);
            actions.push(Action::CommitLatent);
        }
    });
}

fn row_ui(
    ui: &mut Ui,
    state: &AppState,
    (attribute, width): (&Attribute, f32),
    actions: &mut Actions,
) {
    let chosen = state.attributes.chosen == Some(attribute.id);
    let name = escape(&attribute.direction.name);
    let height = ui.spacing().interact_size.y;
    ui.horizontal(|ui| {
        // What grows at its right keeps the name at the left.
        let button = Button::selectable(chosen, &name).truncate().right_text("");
        let label = ui.add_sized([width, height], button);
        let accuracy = accuracy_of(&attribute.direction);
        let told = accuracy.as_ref().map_or("Accuracy: not measured.", |(_, told)| told.as_str());
        let label = label.on_hover_text(format!("{name}: show its strip. {}", escape(told)));
        if label.accessible_name(format!("Choose {name}")).clicked() {
            actions.push(Action::ChooseAttribute(attribute.id));
        }
        if ui.available_width() + width > ROOM_FOR_ACCURACY {
            accuracy_ui(ui, accuracy.as_ref().map(|(text, _)| text.as_str()));
        }
        let mut value = attribute.value;
        slim_slider(ui, NUMBER_WIDTH);
        let rest = NUMBER_WIDTH + ui.spacing().item_spacing.x;
        ui.spacing_mut().slider_width = (ui.available_width() - rest).max(40.0);
        let slider = Slider::new(&mut value, -ATTRIBUTE_REACH..=ATTRIBUTE_REACH)
            .clamping(SliderClamping::Never)
            .trailing_fill(false)
            .fixed_decimals(2);
        let slider = ui.add(slider).accessible_name(&name);
        if slider.double_clicked() {
            actions.push(Action::SetAttribute(attribute.id, 0.0));
        } else if slider.changed() && value != attribute.value {
            actions.push(Action::SetAttribute(attribute.id, value));
        }
        if slider.drag_stopped() || slider.double_clicked() {
            actions.push(Action::CommitLatent);
        }
        if slider.drag_started() {
            actions.push(Action::ChooseAttribute(attribute.id));
        }
    });
}

/// The accuracy in its column, or nothing where it was not measured.
fn accuracy_ui(ui: &mut Ui, accuracy: Option<&str>) {
    let size = vec2(ACCURACY_WIDTH, ui.spacing().interact_size.y);
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let font = TextStyle::Small.resolve(ui.style());
    let (at, color) = (rect.right_center(), palette(ui).text_weak);
    ui.painter().text(at, Align2::RIGHT_CENTER, accuracy.unwrap_or("–"), font, color);
}

/// What can be done with the chosen one: its name, and away with it.
pub fn name_ui(ui: &mut Ui, state: &AppState, attribute: &Attribute, actions: &mut Actions) {
    let id = attribute.id;
    ui.horizontal(|ui| {
        let Some((_, text)) =
            state.attributes.renaming.as_ref().filter(|(renamed, _)| *renamed == id)
        else {
            let color = palette(ui).text_strong;
            let name = RichText::new(escape(&attribute.direction.name));
            let room = (ui.available_width() - NAME_BUTTONS).max(60.0);
            ui.scope(|ui| {
                ui.set_max_width(room);
                // Cut to the room; under the pointer it stands whole.
                ui.add(Label::new(name.text_style(TextStyle::Heading).color(color)).truncate());
            });
            if ui.add(quiet_button("Rename")).clicked() {
                actions.push(Action::EditAttributeName(id, attribute.direction.name.clone()));
            }
            if ui.add(quiet_button("Remove")).clicked() {
                actions.push(Action::RemoveAttribute(id));
            }
            return;
        };
        match rename_ui(ui, "Attribute name", text) {
            Some(Renamed::Typed(name)) => actions.push(Action::EditAttributeName(id, name)),
            Some(Renamed::Ended(take)) => actions.push(Action::EndAttributeName(take)),
            None => {}
        }
    });
}
