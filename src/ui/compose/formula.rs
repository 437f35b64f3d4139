//! The formula row: A − B + C, each term the mean of the pictures dropped on it.

use eframe::egui::{Button, Label, RichText, Sense, TextEdit, TextStyle, Ui, vec2};

use super::{TILE, drop_place_ui, picture, taken};
use crate::app::{Action, Actions, AppState, ComposeAction};
use crate::ui::marks::{Picture, picture_click_ui};
use crate::ui::parts::{caption, quiet_button};
use crate::ui::theme::palette;

/// A sign, a picture and the place that takes more.
const TERM_WIDTH: f32 = 22.0 + TILE + PLUS + 12.0;
/// Width of the place that takes more, where there is a picture beside it.
const PLUS: f32 = 26.0;

/// Draws the formula with its result, and what can be done with that.
pub fn formula_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    caption(
        ui,
        "Drop pictures on a term: several are averaged. Right-click a picture anywhere to add it.",
    );
    let formula = &state.compose.formula;
    let step = TERM_WIDTH + ui.spacing().item_spacing.x;
    let in_row = ((ui.available_width() / step).floor() as usize).max(1);
    let places: Vec<Option<usize>> =
        (0..formula.terms.len()).map(Some).chain(std::iter::once(None)).collect();
    for row in places.chunks(in_row) {
        ui.horizontal_top(|ui| {
            for place in row {
                match place {
                    Some(term) => term_ui(ui, state, *term, actions),
                    None => result_ui(ui, state, actions),
                }
            }
        });
    }
    ui.horizontal_wrapped(|ui| {
        let more = formula.terms.len() < crate::app::compose::TERMS_LIMIT;
        if ui.add_enabled(more, Button::new("Add a term")).clicked() {
            actions.push(Action::Compose(ComposeAction::AddTerm));
        }
        if ui.button("Clear").accessible_name("Clear the formula").clicked() {
            actions.push(Action::Compose(ComposeAction::ClearFormula));
        }
        let mut name = formula.name.clone();
        let field = TextEdit::singleline(&mut name).hint_text("name").desired_width(110.0);
        if ui.add(field).accessible_name("Name of the formula's result").changed() {
            actions.push(Action::Compose(ComposeAction::SetFormulaName(name.clone())));
        }
        let ready = formula.result().is_some() && !name.trim().is_empty();
        let hint = if formula.is_direction() {
            "The difference becomes a slider among the attributes"
        } else {
            "The result becomes a slider among the attributes; a difference such as A − B is usual"
        };
        let make = ui.add_enabled(ready, Button::new("Make attribute"));
        if make.accessible_name("Make attribute of the formula").on_hover_text(hint).clicked() {
            actions.push(Action::Compose(ComposeAction::FormulaToAttribute));
        }
    });
    crate::ui::attributes::taken_ui(ui, state, &formula.name);
}

fn term_ui(ui: &mut Ui, state: &AppState, index: usize, actions: &mut Actions) {
    let formula = &state.compose.formula;
    let term = &formula.terms[index];
    let letter = char::from(b'A' + u8::try_from(index).unwrap_or(25).min(25));
    let mut dropped = None;
    ui.vertical(|ui| {
        ui.set_width(TERM_WIDTH);
        ui.horizontal(|ui| {
            let sign = if term.minus { "−" } else { "+" };
            let button = Button::new(RichText::new(sign).text_style(TextStyle::Heading));
            let button = ui.add_sized([22.0, TILE], button.frame_when_inactive(false));
            let hint = "Add this term, or take it away";
            if button.accessible_name(format!("Sign of {letter}")).on_hover_text(hint).clicked() {
                actions.push(Action::Compose(ComposeAction::ToggleSign(index)));
            }
            if let (Some(place), Some(sheet), Some(mean)) =
                (formula.picture_of(index), &formula.pictures, formula.mean(index))
            {
                let name = format!("Mean of {letter}");
                let tile = picture(ui, "formula", sheet, place, &name).draggable();
                let response = ui.add(tile).on_hover_text(&name);
                picture_click_ui(ui, &response, Picture::of(&mean), state, actions);
                dropped = taken(ui, &response);
            }
            let width = if term.members.is_empty() { TILE } else { PLUS };
            let added = drop_place_ui(ui, state, &format!("Add to {letter}"), width);
            if let Some(latent) = dropped.or(added) {
                actions.push(Action::Compose(ComposeAction::AddToTerm(index, latent)));
            }
        });
        members_ui(ui, (index, letter), term.members.len(), actions);
    });
}

fn members_ui(ui: &mut Ui, (index, letter): (usize, char), count: usize, actions: &mut Actions) {
    ui.horizontal(|ui| {
        let text = match count {
            0 => format!("{letter}: empty"),
            1 => format!("{letter}: 1"),
            count => format!("{letter}: mean of {count}"),
        };
        caption(ui, text);
        if count > 0 {
            let last = ui.add(quiet_button("Take out").small());
            if last.accessible_name(format!("Take the last one out of {letter}")).clicked() {
                actions.push(Action::Compose(ComposeAction::TakeFromTerm(index, count - 1)));
            }
        } else {
            let away = ui.add(quiet_button("Remove").small());
            if away.accessible_name(format!("Remove term {letter}")).clicked() {
                actions.push(Action::Compose(ComposeAction::RemoveTerm(index)));
            }
        }
    });
}

fn result_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let formula = &state.compose.formula;
    let both = formula.result().zip(formula.pictures.as_ref());
    ui.horizontal(|ui| {
        let color = palette(ui).text_strong;
        let sign = RichText::new("=").text_style(TextStyle::Heading).color(color);
        ui.add_sized([22.0, TILE], Label::new(sign));
        let Some((result, sheet)) = both else {
            let (rect, _) = ui.allocate_exact_size(vec2(TILE, TILE), Sense::hover());
            ui.painter().rect_filled(rect, 4.0, palette(ui).sunken);
            return;
        };
        let tile = picture(ui, "formula", sheet, sheet.latents.len() - 1, "Result").draggable();
        let response = ui.add(tile).on_hover_text("Click to load the result onto the sliders");
        picture_click_ui(ui, &response, Picture::of(&result), state, actions);
    });
}
