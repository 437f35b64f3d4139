//! Notices at the lower left of the centre: what happened, what went wrong, what to do.

use std::time::Duration;

use eframe::egui::{
    Align, Align2, Area, Button, Frame, Id, Label, Layout, Margin, Order, Rect, RichText, Stroke,
    TextStyle, Ui, vec2,
};

use super::icons::{self, Icon};
use super::parts::with_options;
use super::theme::{self, palette};
use crate::app::messages::NoticeEntry;
use crate::app::{Action, Actions, AppState};
use crate::protocol::NoticeLevel;

/// Notices in sight at once; the others are counted, and all are in the log.
const SHOWN: usize = 2;
const WIDTH: f32 = 360.0;
/// Space to the edges of the centre.
const MARGIN: f32 = 12.0;
/// What needs less room than this beside the notices stays where it is.
const LEAST_BESIDE: f32 = 150.0;
/// A notice under the pointer is held this often, in seconds: each time costs a frame.
const HOLD_SECS: f64 = 1.0;

/// What of `room` the notices leave free, so that a control there is not hidden: the part right of them.
pub(super) fn beside(ui: &Ui, state: &AppState, room: Rect) -> Rect {
    if state.notices.is_empty() {
        return room;
    }
    let shown = ui.memory(|memory| memory.area_rect(Id::unique("notices")));
    match shown.filter(|shown| shown.intersects(room)) {
        Some(shown) if room.right() - shown.right() > LEAST_BESIDE => {
            room.with_min_x(shown.right() + MARGIN)
        }
        _ => room,
    }
}

/// Shows the newest notices at the lower left of `centre`, over curves or log: there they hide no control.
pub fn notifications_ui(ui: &mut Ui, centre: Rect, state: &AppState, actions: &mut Actions) {
    if state.notices.is_empty() {
        return;
    }
    Area::new(Id::unique("notices"))
        .order(Order::Foreground)
        .pivot(Align2::LEFT_BOTTOM)
        .fixed_pos(centre.left_bottom() + vec2(MARGIN, -MARGIN))
        .accessible_name("Notices")
        .show(ui.ctx(), |ui| {
            ui.set_width(WIDTH);
            ui.spacing_mut().item_spacing.y = 8.0;
            let first = state.notices.len().saturating_sub(SHOWN);
            if first > 0 {
                let more = ui.add(Button::new(format!("+{first} more")).small());
                if more.on_hover_text("Show the log").clicked() {
                    actions.push(Action::ShowLog);
                }
            }
            for entry in &state.notices[first..] {
                notice_ui(ui, entry, state.now_secs, actions);
            }
        });
}

fn notice_ui(ui: &mut Ui, entry: &NoticeEntry, now_secs: f64, actions: &mut Actions) {
    let palette = palette(ui);
    let (color, title) = match entry.notice.level {
        NoticeLevel::Info => (palette.success, "Done"),
        NoticeLevel::Adjusted => (palette.accent, "Adjusted"),
        NoticeLevel::Stopped => (palette.text_weak, "Stopped"),
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
        let text = with_options(ui, &text, TextStyle::Body, palette.text);
        ui.add(Label::new(text).wrap().selectable(true));
        if let Some(offer) = &entry.offer
            && ui.button(offer.label).clicked()
        {
            actions.push((*offer.action).clone());
            actions.push(Action::DismissNotice(entry.id));
        }
    });
    if shown.response.contains_pointer() {
        // A pointer at rest makes no frames, and without one the notice would be gone before it is held.
        ui.ctx().request_repaint_after(Duration::from_secs_f64(HOLD_SECS));
        if now_secs - entry.at_secs >= HOLD_SECS {
            actions.push(Action::HoldNotice(entry.id));
        }
    }
    let bar = shown.response.rect.with_max_x(shown.response.rect.left() + 4.0);
    ui.painter().rect_filled(bar, theme::RADIUS, color);
}
