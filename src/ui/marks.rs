//! Clicks on pictures of latents: they load one, or mark it as an example of an attribute.

use std::sync::Arc;

use eframe::egui::{
    Align, Align2, FontFamily, FontId, Layout, Popup, PopupKind, Pos2, Rect, Response,
    SetOpenCommand, Stroke, StrokeKind, Ui, vec2,
};

use super::Pane;
use super::states::state_menu;
use super::theme::palette;
use crate::app::compose::Combination;
use crate::app::state::RightTab;
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
    if visited.is_some() {
        drop_ui(ui, response, latent, actions);
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

/// What was dropped on a picture or a place; a frame shows that it would be taken.
pub fn taken(ui: &Ui, response: &Response) -> Option<Latent> {
    if response.dnd_hover_payload::<Dragged>().is_some() {
        let stroke = Stroke::new(2.0, palette(ui).accent);
        ui.painter().rect_stroke(response.rect, 4.0, stroke, StrokeKind::Outside);
    }
    response.dnd_release_payload::<Dragged>().map(|dragged| dragged.0.clone())
}

/// A picture dropped on another one: what can be made of the two, in a menu there.
fn drop_ui(ui: &Ui, response: &Response, latent: &Latent, actions: &mut Actions) {
    let slot = response.id.with("dropped");
    let mut open = None;
    if let Some(dropped) = taken(ui, response).filter(|dropped| dropped != latent) {
        let at = ui.input(|input| input.pointer.interact_pos()).unwrap_or(response.rect.center());
        ui.data_mut(|data| data.insert_temp(slot, (Arc::new(dropped), at)));
        open = Some(SetOpenCommand::Bool(true));
    }
    let Some((dropped, at)) = ui.data(|data| data.get_temp::<(Arc<Latent>, Pos2)>(slot)) else {
        return;
    };
    let popup = Popup::new(slot.with("menu"), ui.ctx().clone(), at, ui.layer_id());
    let layout = Layout::top_down_justified(Align::Min);
    let menu = popup.kind(PopupKind::Menu).layout(layout).open_memory(open).show(|ui| {
        for (combination, text, hint, then) in COMBINATIONS {
            if ui.button(text).on_hover_text(hint).clicked() {
                let (dropped, on) = (dropped.as_ref().clone(), latent.clone());
                let action = ComposeAction::Combine { combination, dropped, on };
                actions.push(Action::Compose(action));
                actions.extend(then());
                ui.close();
            }
        }
    });
    if menu.is_none() {
        ui.data_mut(|data| data.remove_temp::<(Arc<Latent>, Pos2)>(slot));
    }
}

/// What two pictures become: as it is offered, what it is, and what is shown then.
type Offer = (Combination, &'static str, &'static str, fn() -> Option<Action>);

/// All that is offered.
const COMBINATIONS: [Offer; 4] = [
    (Combination::Average, "Average the two", "The latent half way between them", || None),
    (Combination::Sum, "Add the two", "The sum of their latents", || None),
    (
        Combination::Difference,
        "Difference as an attribute",
        "A slider that leads from this picture to the dropped one: dropped − this",
        || Some(Action::ShowRightTab(RightTab::Attributes)),
    ),
    (
        Combination::Path,
        "Path from one to the other",
        "Both become keys of the path: the dropped one, then this one",
        || Some(Action::ShowPane(Pane::Compose)),
    ),
];

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
