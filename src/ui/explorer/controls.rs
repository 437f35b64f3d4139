//! What acts on the whole latent: seed, randomise, zero, truncation, locks.

use std::cell::Cell;

use eframe::egui::{Button, DragValue, Slider, Ui};

use crate::app::{Action, Actions, AppState};
use crate::ui::parts::primary_button;
use crate::ui::widgets::form::row_ui;
use crate::ui::widgets::log_slider::slim_slider;

/// In place of the seed, where the latent is not drawn from one.
const NO_SEED: &str = "not from a seed";
const UNSEEDED: &str = "Sliders were moved, or a picture was loaded: no seed draws this latent. Type a seed or \
                        drag for another latent.";

/// Draws the controls above the sliders.
pub fn controls_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    buttons_ui(ui, state, actions);
    seed_ui(ui, state, actions);
    truncation_ui(ui, state, actions);
}

fn buttons_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let locked = state.explore.locked.iter().filter(|locked| **locked).count();
    ui.horizontal(|ui| {
        let hint = "A fresh seed for every unlocked dimension (R)";
        if primary_button(ui, "Randomise").on_hover_text(hint).clicked() {
            actions.push(Action::Randomise);
        }
        let hint = "Every unlocked dimension to zero: the mean picture (Z)";
        if ui.button("Zero all").on_hover_text(hint).clicked() {
            actions.push(Action::ZeroAll);
        }
        let text = if locked == 0 { "Unlock all".to_owned() } else { format!("Unlock {locked}") };
        let hint = "Let randomise and zero all reach every dimension again";
        let unlock = Button::new(text);
        if ui.add_enabled(locked > 0, unlock).on_hover_text(hint).clicked() {
            actions.push(Action::UnlockAll);
        }
    });
}

fn seed_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let shown = state.explore.seed_of_latent();
    let hint = "The same seed gives the same latent, but for locked dimensions. Drag or type.";
    let mut seed = shown.unwrap_or(state.explore.seed);
    // What was typed counts although the number is the last seed's: the latent is another one by now.
    let typed = Cell::new(None);
    let changed = row_ui(ui, "Seed", hint, |ui| {
        let number = DragValue::new(&mut seed)
            .speed(0.1)
            .clamp_existing_to_range(false)
            .custom_formatter(|seed, _| match shown {
                Some(_) => format!("{seed:.0}"),
                None => NO_SEED.to_owned(),
            })
            .custom_parser(|text| {
                typed.set(text.trim().parse::<u64>().ok());
                typed.get().map(|seed| seed as f64)
            })
            .update_while_editing(false);
        let size = [ui.available_width(), ui.spacing().interact_size.y];
        let field = ui.add_sized(size, number);
        let field = match shown {
            Some(_) => field,
            None => field.on_hover_text(UNSEEDED),
        };
        // Else the hint would be the field's name.
        let field = field.accessible_name("Seed");
        field.changed()
    });
    let chosen = typed.get().or_else(|| changed.then_some(seed));
    if let Some(seed) = chosen.filter(|seed| Some(*seed) != shown) {
        actions.push(Action::SetSeed(seed));
    }
}

fn truncation_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let hint =
        "Pulls the latent towards zero before decoding: lower is safer, 1 leaves it as it is.";
    let mut truncation = state.explore.truncation;
    let changed = row_ui(ui, "Truncation", hint, |ui| {
        slim_slider(ui, 46.0);
        let number = 46.0 + ui.spacing().item_spacing.x;
        ui.spacing_mut().slider_width = (ui.available_width() - number).max(40.0);
        ui.add(Slider::new(&mut truncation, 0.0..=1.0).fixed_decimals(2)).changed()
    });
    if changed && truncation != state.explore.truncation {
        actions.push(Action::SetTruncation(truncation));
    }
}
