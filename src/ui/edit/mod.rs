//! Edit: the picture to paint on, the strokes, and what came of them.

mod area;
mod candidates;
mod canvas;
mod costs;
mod export;
mod list;
mod pointer;
mod settings;
mod show;
mod tools;

use eframe::egui::{Button, Label, Rect, RichText, Ui, UiBuilder, vec2};

use super::format::counted;
use super::parts::{caption, empty_state, heading, primary_button, scrolled};
use super::theme::{GAP, palette};
use crate::app::{Action, Actions, AppState, EditAction, EditFrom};
use crate::protocol::EditStage;
use crate::ui::Pane;

/// From this width on the controls stand beside the picture.
const WIDE: f32 = 580.0;
/// Width of the controls beside the picture.
const CONTROLS: [f32; 2] = [256.0, 340.0];
/// The picture's least edge.
const LEAST_EDGE: f32 = 160.0;

fn ask(actions: &mut Actions, action: EditAction) {
    actions.push(Action::Edit(action));
}

/// Draws the pane.
pub fn edit_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if !state.edit.is_on() {
        return begin_ui(ui, state, actions);
    }
    pointer::keys_ui(ui, state, actions);
    header_ui(ui, state, actions);
    remarks_ui(ui, state);
    if ui.available_width() >= WIDE {
        return wide_ui(ui, state, actions);
    }
    scrolled(ui, "edit", |ui| {
        tools::tools_ui(ui, state, actions);
        let edge = ui.available_width().clamp(LEAST_EDGE, 420.0);
        canvas::canvas_ui(ui, state, vec2(ui.available_width(), edge), actions);
        show::show_ui(ui, state, actions);
        candidates::candidates_ui(ui, state, actions);
        controls_ui(ui, state, actions);
    });
}

/// The picture at the left with what came of it below, the controls at the right.
fn wide_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let space = ui.available_rect_before_wrap();
    let column = (space.width() * 0.36).clamp(CONTROLS[0], CONTROLS[1]);
    let (left, right) = space.split_left_right_at_x(space.right() - column);
    let below = show::height(ui) + candidates::height(state, left.width() - GAP);
    let left = Rect::from_min_max(left.min, left.max - vec2(GAP, 0.0));
    let mut pictures = ui.new_child(UiBuilder::new().max_rect(left).id_salt("edit pictures"));
    let height = (left.height() - below).max(LEAST_EDGE);
    canvas::canvas_ui(&mut pictures, state, vec2(left.width(), height), actions);
    show::show_ui(&mut pictures, state, actions);
    candidates::candidates_ui(&mut pictures, state, actions);
    let mut controls = ui.new_child(UiBuilder::new().max_rect(right).id_salt("edit controls"));
    scrolled(&mut controls, "edit controls", |ui| {
        tools::tools_ui(ui, state, actions);
        controls_ui(ui, state, actions);
    });
    ui.advance_cursor_after_rect(space);
}

fn controls_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    tools::brush_ui(ui, state, actions);
    area::area_ui(ui, state, actions);
    heading(ui, "Strokes");
    list::list_ui(ui, state, actions);
    heading(ui, "What it costs");
    costs::costs_ui(ui, state);
    settings::settings_ui(ui, state, actions);
    if state.attributes.in_use().next().is_some() {
        heading(ui, "Attributes");
        caption(ui, "They move what is painted on.");
        super::attributes::list_ui(ui, state, actions);
    }
    heading(ui, "Files");
    export::export_ui(ui, state, actions);
}

/// Nothing is edited: where to begin.
fn begin_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let obstacle = state.edit_obstacle();
    let ready = obstacle.is_none() && state.explore.preview.is_some();
    let text = "Paint on a picture, and it follows on the manifold: colours, edges, a patch moved, a part made anew. \
                Begin with the picture in Explore, or invert a photo and choose Edit below what was found.";
    let plan = &state.edit.plan;
    let kept = plan.strokes.len();
    empty_state(ui, "Nothing is edited", text, |ui| {
        let begin =
            ui.add_enabled_ui(ready, |ui| primary_button(ui, "Edit the picture in Explore"));
        let hint = obstacle.unwrap_or("There is no picture in Explore yet");
        if begin.inner.on_disabled_hover_text(hint).clicked() {
            ask(actions, EditAction::Start(EditFrom::Explore));
        }
        if ui.button("Edit a photo, from Back to z").clicked() {
            actions.push(Action::ShowPane(Pane::Race));
        }
        if ui.add_enabled(!state.dialog_open, Button::new("Open strokes…")).clicked() {
            ask(actions, EditAction::PickScript);
        }
        if kept + plan.area.strokes.len() > 0 {
            ui.add_space(GAP);
            let what = counted(kept, "stroke is", "strokes are");
            caption(ui, format!("{what} kept for the next picture."));
            if ui.button("Forget them").accessible_name("Forget the kept strokes").clicked() {
                ask(actions, EditAction::Clear);
            }
        }
    });
}

/// How it stands, and what acts on the whole edit.
fn header_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    ui.horizontal_wrapped(|ui| {
        let (back, forth) = state.history_leads();
        let undo = ui.add_enabled(back, Button::new("Undo"));
        if undo.on_hover_text("One step back (Ctrl+Z)").clicked() {
            actions.push(Action::Undo);
        }
        let redo = ui.add_enabled(forth, Button::new("Redo"));
        if redo.on_hover_text("Forward again (Ctrl+Shift+Z or Ctrl+Y)").clicked() {
            actions.push(Action::Redo);
        }
        let hint = "Take the picture as it is now into Explore's sliders and history";
        let take = ui.add_enabled(state.edit.view.is_some(), Button::new("To Explore"));
        let take = take.on_hover_text(hint).accessible_name("Take the edit to Explore");
        if take.clicked() {
            ask(actions, EditAction::ToExplore);
        }
        let hint = "The strokes are kept for the next picture";
        let end = ui.add(Button::new("End")).on_hover_text(hint).accessible_name("End the edit");
        if end.clicked() {
            ask(actions, EditAction::End);
        }
        // On a line of its own where it does not fit beside the buttons.
        let text = RichText::new(told(state)).small().color(palette(ui).text_weak);
        ui.add(Label::new(text).extend());
    });
}

/// What is under way, in a few words.
fn told(state: &AppState) -> String {
    let edit = &state.edit;
    if edit.painting.is_some() {
        return "Painting".to_owned();
    }
    let Some(view) = &edit.view else { return "Beginning…".to_owned() };
    let (done, all) = view.steps;
    match view.stage {
        EditStage::Adopted => format!("Solving: step {done} of {all}"),
        EditStage::Candidates => format!("Other candidates: step {done} of {all}"),
        EditStage::Settled => "At rest".to_owned(),
    }
}

/// What is wrong, and what to know.
fn remarks_ui(ui: &mut Ui, state: &AppState) {
    let palette = palette(ui);
    let says = |ui: &mut Ui, text: &str, color| {
        let text = super::format::sentence(text);
        ui.add(Label::new(RichText::new(text).small().color(color)).wrap());
    };
    if let Some(error) = &state.edit.error {
        says(ui, error, palette.error);
    }
    for remark in state.edit.view.iter().flat_map(|view| &view.remarks) {
        says(ui, remark, palette.warning);
    }
}

/// The drag of a slider, or of a stroke whose pane is not in sight any more, ends with the pointer's press.
pub fn settle_ui(ui: &Ui, state: &AppState, actions: &mut Actions) {
    if state.edit.is_dragged() && !ui.input(|input| input.pointer.any_down()) {
        ask(actions, EditAction::Release);
        ask(actions, EditAction::Settle);
    }
}
