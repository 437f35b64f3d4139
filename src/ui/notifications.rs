//! Notices at the lower right: what happened, what went wrong, what to do.

use eframe::egui::{
    Align, Align2, Area, Frame, Id, Label, Layout, Margin, Order, RichText, Stroke, Ui, vec2,
};

use super::icons::{self, Icon};
use super::theme::{self, palette};
use crate::app::state::NoticeEntry;
use crate::app::{Action, Actions, AppState};
use crate::protocol::NoticeLevel;

/// Notices shown at once; older ones wait in the log.
const SHOWN: usize = 4;
const WIDTH: f32 = 360.0;

/// Shows the newest notices above everything else.
pub fn notifications_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.notices.is_empty() {
        return;
    }
    Area::new(Id::unique("notices"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_BOTTOM, vec2(-16.0, -16.0))
        .accessible_name("Notices")
        .show(ui.ctx(), |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 8.0;
            let first = state.notices.len().saturating_sub(SHOWN);
            for entry in &state.notices[first..] {
                notice_ui(ui, entry, actions);
            }
        });
}

fn notice_ui(ui: &mut Ui, entry: &NoticeEntry, actions: &mut Actions) {
    let palette = palette(ui);
    let (color, title) = match entry.notice.level {
        NoticeLevel::Info => (palette.success, "Done"),
        NoticeLevel::Warning => (palette.warning, "Please note"),
        NoticeLevel::Error => (palette.error, "Not done"),
    };
    let frame = Frame::new()
        .fill(palette.panel)
        .stroke(Stroke::new(1.0, palette.line_strong))
        .corner_radius(theme::RADIUS)
        .shadow(ui.visuals().popup_shadow)
        .inner_margin(Margin { left: 16, right: 10, top: 8, bottom: 10 });
    let shown = frame.show(ui, |ui| {
        ui.set_width(WIDTH - 28.0);
        ui.horizontal(|ui| {
            let title = match entry.repeats {
                1 => title.to_owned(),
                times => format!("{title} ({times}×)"),
            };
            ui.label(RichText::new(title).color(color));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let name = format!("Dismiss: {}", entry.notice.text);
                let close = ui.add(super::parts::quiet_button(icons::atom(Icon::Close)));
                if close.accessible_name(name).on_hover_text("Dismiss").clicked() {
                    actions.push(Action::DismissNotice(entry.id));
                }
            });
        });
        let text = crate::app::escape(&entry.notice.text);
        ui.add(Label::new(RichText::new(text).color(palette.text)).wrap().selectable(true));
    });
    let bar = shown.response.rect.with_max_x(shown.response.rect.left() + 4.0);
    ui.painter().rect_filled(bar, theme::RADIUS, color);
}
