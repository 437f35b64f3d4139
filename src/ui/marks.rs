//! Clicks on pictures of latents: they load one, or mark it as an example of an attribute.

use eframe::egui::{Align2, FontFamily, FontId, Rect, Response, Ui, vec2};

use super::states::state_menu;
use super::theme::palette;
use crate::app::{Action, Actions, AppState, ComposeAction, Marking, Visited};
use crate::protocol::Latent;

/// A picture's latent on its way to where pictures are taken.
#[derive(Debug, Clone)]
pub struct Dragged(pub Latent);

/// What a picture on the screen stands for.
#[derive(Debug)]
pub struct Picture<'a> {
    /// Its latent.
    pub latent: &'a Latent,
    /// What a click on it does.
    pub load: Action,
    /// Its state in the history, if it is one.
    pub visited: Option<&'a Visited>,
}

impl<'a> Picture<'a> {
    /// A click loads the latent.
    pub fn of(latent: &'a Latent) -> Self {
        Self { latent, load: Action::LoadLatent(latent.clone()), visited: None }
    }
}

/// Turns a click on a latent's picture into its action or a mark, offers more in a menu, and shows how the
/// picture is marked.
pub fn picture_click_ui(
    ui: &Ui,
    response: &Response,
    picture: Picture<'_>,
    state: &AppState,
    actions: &mut Actions,
) {
    let Picture { latent, load, visited } = picture;
    if response.clicked() {
        let modifiers = ui.input(|input| input.modifiers);
        let marking = match (modifiers.command, modifiers.shift) {
            (true, _) => Marking::With,
            (_, true) => Marking::Without,
            _ => state.marking,
        };
        actions.push(match marking {
            Marking::Off => load,
            marking => mark(marking, latent),
        });
    }
    if response.drag_started() {
        response.dnd_set_drag_payload(Dragged(latent.clone()));
    }
    response.context_menu(|ui| {
        if let Some(visited) = visited {
            state_menu(ui, visited, actions);
        }
        for (text, marking) in
            [("Mark as with the attribute", Marking::With), ("Mark as without", Marking::Without)]
        {
            if ui.button(text).clicked() {
                actions.push(mark(marking, latent));
                ui.close();
            }
        }
        ui.separator();
        for term in 0..state.compose.formula.terms.len().min(26) {
            let letter = char::from(b'A' + u8::try_from(term).unwrap_or_default());
            if ui.button(format!("Add to {letter} of the formula")).clicked() {
                let action = ComposeAction::AddToTerm(term, latent.clone());
                actions.push(Action::Compose(action));
                ui.close();
            }
        }
        if ui.button("Add to the path").clicked() {
            actions.push(Action::Compose(ComposeAction::AddKey(latent.clone())));
            ui.close();
        }
    });
    badge_ui(ui, response.rect, state.examples.marking(latent));
}

fn mark(marking: Marking, latent: &Latent) -> Action {
    Action::MarkExamples { with: marking == Marking::With, latents: vec![latent.clone()] }
}

/// A plus or a minus in the corner of a marked picture.
fn badge_ui(ui: &Ui, rect: Rect, marking: Marking) {
    let (text, with) = match marking {
        Marking::Off => return,
        Marking::With => ("+", true),
        Marking::Without => ("−", false),
    };
    let palette = palette(ui);
    let edge = (rect.width() * 0.3).clamp(10.0, 20.0);
    let plate = Rect::from_min_size(rect.min, vec2(edge, edge));
    let fill = if with { palette.curves[0] } else { palette.curves[1] };
    ui.painter().rect_filled(plate, 2.0, fill);
    let font = FontId::new(edge * 0.9, FontFamily::Proportional);
    ui.painter().text(plate.center(), Align2::CENTER_CENTER, text, font, palette.sunken);
}
