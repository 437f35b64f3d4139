//! A window above the panels that holds the keyboard: it takes focus when it opens, Tab stays inside,
//! and Escape, its cross or a click beside it closes it, which gives focus back.
//!
//! What lies behind cannot be reached meanwhile, by pointer or by keyboard; so one at a time is open.

use eframe::egui::{
    Align, Context, FocusDirection, Frame, Id, Layout, Margin, Memory, Modal, Response, RichText,
    Ui,
};

use super::icons::{self, Icon};
use super::parts::quiet_button;
use super::theme::{self, palette};

/// Passes in which an opening window looks for its first control: the first one only measures.
const TRIES: u8 = 3;

/// What is remembered while a window is open. Widget memory, like a scroll position.
#[derive(Debug, Clone, Default)]
struct Open {
    title: String,
    /// What had the keyboard before.
    before: Option<Id>,
    /// Passes in which its first control is still looked for.
    tries: u8,
}

fn slot() -> Id {
    Id::unique("open window")
}

/// Draws a window as wide as `width` points; whether it is to be closed.
pub fn show(ui: &Ui, title: &str, width: f32, contents: impl FnOnce(&mut Ui)) -> bool {
    let ctx = ui.ctx().clone();
    let mut open = opened(&ctx, title);
    let palette = palette(ui);
    let frame = Frame::popup(ui.style()).inner_margin(Margin::same(12));
    let modal = Modal::new(Id::unique(("window", title))).backdrop_color(palette.veil).frame(frame);
    let shown = modal.show(&ctx, |ui| {
        ui.set_width(width);
        let cross = title_ui(ui, title);
        ui.separator();
        find_first_control(ui, &mut open, &cross, contents);
        cross.clicked()
    });
    ctx.data_mut(|data| data.insert_temp(slot(), open));
    shown.inner || shown.should_close()
}

/// The title, and the cross, which is returned.
fn title_ui(ui: &mut Ui, title: &str) -> Response {
    ui.horizontal(|ui| {
        let color = palette(ui).text_strong;
        ui.label(RichText::new(title).text_style(theme::title()).color(color));
        let layout = Layout::right_to_left(Align::Center);
        let close = ui.with_layout(layout, |ui| ui.add(quiet_button(icons::atom(Icon::Close))));
        let close = close.inner.on_hover_text("Close (Esc)");
        close.accessible_name(format!("Close: {title}"))
    })
    .inner
}

/// Draws the contents; while the window opens, the first control among them gets the keyboard, or the
/// cross where none can be used.
fn find_first_control(
    ui: &mut Ui,
    open: &mut Open,
    cross: &Response,
    contents: impl FnOnce(&mut Ui),
) {
    if open.tries == 0 {
        return contents(ui);
    }
    open.tries -= 1;
    ui.memory_mut(|memory| {
        memory.stop_text_input();
        memory.move_focus(FocusDirection::Next);
    });
    contents(ui);
    if ui.memory(Memory::focused).is_some() && !ui.is_sizing_pass() {
        open.tries = 0;
    } else if open.tries == 0 {
        cross.request_focus();
    }
    // What is drawn after this window must not take it.
    ui.memory_mut(|memory| memory.move_focus(FocusDirection::None));
    ui.ctx().request_repaint();
}

/// What is remembered of this window; fresh where it was not open until now.
fn opened(ctx: &Context, title: &str) -> Open {
    match ctx.data(|data| data.get_temp::<Open>(slot())) {
        Some(open) if open.title == title => open,
        other => {
            // One window in place of another: what was behind both gets the keyboard back.
            let focused = ctx.memory(Memory::focused);
            let before = other.map_or(focused, |other| other.before);
            Open { title: title.to_owned(), before, tries: TRIES }
        }
    }
}

/// Gives the keyboard back when the last window has been closed; called in frames without one.
pub fn none_open(ctx: &Context) {
    let Some(open) = ctx.data_mut(|data| data.remove_temp::<Open>(slot())) else { return };
    if let Some(before) = open.before {
        ctx.memory_mut(|memory| memory.request_focus(before));
    }
    ctx.request_repaint();
}
