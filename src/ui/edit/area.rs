//! "Only here may change": the area as a layer of its own.

use eframe::egui::Ui;

use super::ask;
use super::tools::percent_ui;
use crate::app::{Actions, AppState, EditAction, EditTool};
use crate::protocol::ChangeArea;
use crate::ui::parts::{caption, heading, toggle};

/// Its controls, while it is painted or there is one.
pub(super) fn area_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let edit = &state.edit;
    let paints = matches!(edit.tool, EditTool::Area | EditTool::AreaErase);
    let area = &edit.plan.area;
    if !paints && area.is_empty() {
        return;
    }
    heading(ui, "Only here may change");
    if area.is_empty() {
        caption(ui, "Paint where the picture may change; all else stays as it was.");
        return;
    }
    let (mut inverted, mut grow, mut feather) = (area.inverted, area.grow, area.feather);
    ui.horizontal(|ui| {
        let hint = "What was painted stays, all else may change";
        toggle(ui, &mut inverted, "Invert").on_hover_text(hint);
        let clear = ui.button("All may change").on_hover_text("Take the area away");
        if clear.accessible_name("Clear the area").clicked() {
            ask(actions, EditAction::ClearArea);
        }
    });
    let reach = ChangeArea::REACH;
    let hint = "Larger by this, or smaller, of the picture's width";
    grow = percent_ui(ui, ("Grow", hint), grow, (-reach, reach)).unwrap_or(grow);
    let hint = "How softly it ends, of the picture's width";
    feather = percent_ui(ui, ("Feather", hint), feather, (0.0, reach)).unwrap_or(feather);
    if (inverted, grow, feather) != (area.inverted, area.grow, area.feather) {
        ask(actions, EditAction::SetArea { inverted, grow, feather });
    }
}
