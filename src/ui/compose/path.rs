//! A path through key latents: played, scrubbed, written as an animation.

use eframe::egui::{Button, DragValue, Slider, TextEdit, Ui, vec2};

use super::{browse_ui, drop_place_ui, picture, typed};
use crate::app::{Action, Actions, AppState, ComposeAction};
use crate::protocol::{Curve, Ending, Prior};
use crate::ui::attributes::job_ui;
use crate::ui::icons::{self, Icon};
use crate::ui::marks::{Picture, picture_click_ui};
use crate::ui::parts::{caption, quiet_button, segmented, toggle};

/// Draws the keys, how they are joined, the player and the export.
pub fn path_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let mut pushed = Vec::new();
    let path = &state.compose.path;
    ui.horizontal_wrapped(|ui| {
        let mut walk = path.walk;
        let hint =
            "Wherever chance leads through the prior, and back to the beginning without a seam";
        ui.add_enabled_ui(state.explore.prior == Prior::Normal, |ui| {
            if toggle(ui, &mut walk, "Random walk").on_hover_text(hint).changed() {
                pushed.push(ComposeAction::SetWalk(walk));
            }
        });
        if path.walk {
            let mut seed = path.walk_seed;
            let number = DragValue::new(&mut seed).prefix("Seed ").speed(0.1);
            if ui.add(number).accessible_name("Walk seed").changed() {
                pushed.push(ComposeAction::SetWalkSeed(seed));
            }
            return;
        }
        let curves =
            [(Curve::Spherical, "Spherical"), (Curve::Linear, "Linear"), (Curve::Shell, "Shell")];
        pushed.extend(segmented(ui, path.curve, curves).map(ComposeAction::SetCurve));
    });
    if !path.walk {
        ui.horizontal(|ui| {
            ui.label("At the end");
            let endings =
                [(Ending::Loop, "Loop"), (Ending::PingPong, "Ping-pong"), (Ending::Stop, "Stop")];
            pushed.extend(segmented(ui, path.ending, endings).map(ComposeAction::SetEnding));
        });
    }
    if !path.walk {
        keys_ui(ui, state, actions, &mut pushed);
    }
    player_ui(ui, state, &mut pushed);
    export_ui(ui, state, actions, &mut pushed);
    actions.extend(pushed.into_iter().map(Action::Compose));
}

fn keys_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions, pushed: &mut Vec<ComposeAction>) {
    let count = state.compose.path.keys.len();
    let gap = ui.spacing().item_spacing.x;
    // Wrapped by hand: a wrapping row counts a column of widgets as none of its width.
    let in_a_row = (((ui.available_width() + gap) / (super::TILE + gap)) as usize).max(1);
    // The last place adds a key.
    for first in (0..=count).step_by(in_a_row) {
        ui.horizontal_top(|ui| {
            for index in first..count.min(first + in_a_row) {
                key_ui(ui, state, index, actions, pushed);
            }
            if count < first + in_a_row
                && let Some(latent) = drop_place_ui(ui, state, "Add a key", super::TILE)
            {
                pushed.push(ComposeAction::AddKey(latent));
            }
        });
    }
    if count > 1 && ui.add(quiet_button("Clear")).accessible_name("Clear the path").clicked() {
        pushed.push(ComposeAction::ClearKeys);
    }
}

fn key_ui(
    ui: &mut Ui,
    state: &AppState,
    index: usize,
    actions: &mut Actions,
    pushed: &mut Vec<ComposeAction>,
) {
    let path = &state.compose.path;
    let (key, name) = (&path.keys[index], format!("Key {}", index + 1));
    ui.vertical(|ui| {
        ui.set_width(super::TILE);
        let drawn = path.pictures.as_ref().filter(|sheet| sheet.latents.get(index) == Some(key));
        if let Some(sheet) = drawn {
            let tile = picture(ui, "path keys", sheet, index, &name).draggable();
            let response = ui.add(tile).on_hover_text(&name);
            picture_click_ui(ui, &response, Picture::of(key), state, actions);
        } else {
            ui.allocate_space(eframe::egui::Vec2::splat(super::TILE));
        }
        key_buttons_ui(ui, index, path.keys.len(), pushed);
    });
}

fn key_buttons_ui(ui: &mut Ui, index: usize, count: usize, pushed: &mut Vec<ComposeAction>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 1.0;
        let mut button = |text: &str, name: String, may: bool| {
            let button = Button::new(text).min_size(vec2(20.0, 20.0));
            ui.add_enabled(may, button).accessible_name(&name).on_hover_text(&name).clicked()
        };
        let number = index + 1;
        if button("‹", format!("Key {number} earlier"), index > 0) {
            pushed.push(ComposeAction::MoveKey { from: index, to: index - 1 });
        }
        if button("×", format!("Remove key {number}"), true) {
            pushed.push(ComposeAction::RemoveKey(index));
        }
        if button("›", format!("Key {number} later"), index + 1 < count) {
            pushed.push(ComposeAction::MoveKey { from: index, to: index + 1 });
        }
    });
}

fn player_ui(ui: &mut Ui, state: &AppState, pushed: &mut Vec<ComposeAction>) {
    let path = &state.compose.path;
    let ready = path.journey(&state.explore).is_some();
    if !ready && !path.walk {
        caption(ui, "A path needs at least two keys.");
    }
    ui.horizontal(|ui| {
        let (icon, text) = if path.playing { (Icon::Pause, "Pause") } else { (Icon::Play, "Play") };
        let button = ui.add_enabled(ready, Button::new((icons::atom(icon), text)));
        let hint = "Through the keys as they are: the attributes' sliders go to zero meanwhile";
        let button = button.on_hover_text(hint);
        if button.accessible_name(format!("{text} the path")).clicked() {
            pushed.push(ComposeAction::Play(!path.playing));
        }
        let mut secs = path.secs;
        let number =
            DragValue::new(&mut secs).range(0.2..=600.0).speed(0.05).prefix("Length ").suffix(" s");
        let number = ui.add(number.update_while_editing(false));
        if number.accessible_name("Seconds").on_hover_text("For the whole way").changed() {
            pushed.push(ComposeAction::SetSecs(secs));
        }
        let mut at = path.at;
        ui.spacing_mut().slider_width = (ui.available_width() - 8.0).max(40.0);
        let slider = ui.add_enabled(ready, Slider::new(&mut at, 0.0..=1.0).show_value(false));
        if slider.accessible_name("Place on the path").changed() {
            pushed.push(ComposeAction::Scrub(at));
        }
    });
}

fn export_ui(
    ui: &mut Ui,
    state: &AppState,
    actions: &mut Actions,
    pushed: &mut Vec<ComposeAction>,
) {
    let path = &state.compose.path;
    if state.job.is_some() {
        return job_ui(ui, state, actions);
    }
    ui.horizontal_wrapped(|ui| {
        let mut rate = path.frames_per_sec;
        let number = DragValue::new(&mut rate).range(1..=100).suffix(" pictures/s").speed(0.2);
        if ui.add(number).accessible_name("Pictures a second").changed() {
            pushed.push(ComposeAction::SetFramesPerSec(rate));
        }
        let mut scale = path.scale;
        let number = DragValue::new(&mut scale).range(1..=16).prefix("Scale × ").speed(0.05);
        let hint = "How many times larger than the model's pictures";
        if ui.add(number).accessible_name("Enlargement").on_hover_text(hint).changed() {
            pushed.push(ComposeAction::SetScale(scale));
        }
    });
    ui.horizontal(|ui| {
        let mut text = path.out_text.clone();
        let field = TextEdit::singleline(&mut text)
            .hint_text("film.gif, .apng, .webp, .mp4, .webm, or a folder")
            .desired_width((ui.available_width() - 124.0).clamp(80.0, 420.0));
        if ui.add(field).accessible_name("Where to write the animation").changed() {
            pushed.push(ComposeAction::SetOutPath(text.clone()));
        }
        if browse_ui(ui, state, "Choose where to write the animation") {
            actions.push(Action::PickAnimationPath);
        }
        let ready = path.journey(&state.explore).is_some() && state.engine_is_up();
        let out = typed(&text);
        let export = ui.add_enabled(ready && out.is_some(), Button::new("Export"));
        let hint = format!("{} pictures", path.frames());
        if let (true, Some(out)) =
            (export.accessible_name("Export the animation").on_hover_text(hint).clicked(), out)
        {
            pushed.push(ComposeAction::Export(out));
        }
    });
}
