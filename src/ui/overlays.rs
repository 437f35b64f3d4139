//! What lies over or between the panels for a while: a dead engine, a drop about to happen, saving.

use eframe::egui::{
    Align2, Area, Context, Frame, Id, Label, LayerId, Margin, Modal, Order, Panel, RichText,
    Stroke, StrokeKind, Ui,
};

use super::parts::primary_button;
use super::theme::{self, palette, palette_of};
use crate::app::{Action, Actions, AppState, EngineStatus, escape};

/// A bar under the top bar while there is no engine: why, and how to go on.
pub fn engine_banner_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let EngineStatus::Dead(reason) = &state.engine else { return };
    let palette = palette(ui);
    let frame = Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.error))
        .inner_margin(Margin::symmetric(16, 10));
    Panel::top("engine banner").frame(frame).show_separator_line(false).show(ui, |ui| {
        ui.horizontal(|ui| {
            if primary_button(ui, "Restart the engine").clicked() {
                actions.push(Action::RestartEngine);
            }
            ui.vertical(|ui| {
                let text = "The engine stopped. The last saved state of a run is intact.";
                ui.label(RichText::new(text).color(palette.error));
                let reason = RichText::new(escape(reason)).color(palette.text);
                ui.add(Label::new(reason).wrap().selectable(true));
            });
        });
    });
}

/// While files hover over the window: what dropping them does.
pub fn drop_target(ui: &Ui) {
    let ctx = ui.ctx();
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let palette = palette_of(ui.visuals().dark_mode);
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop target")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, palette.veil);
    let stroke = Stroke::new(3.0, palette.accent);
    painter.rect_stroke(rect.shrink(12.0), theme::RADIUS, stroke, StrokeKind::Inside);
    announce(ctx, "Drop a model to open it, a folder of images to use as data, or a photo to crop");
}

/// While the window waits for the engine to save: nothing else can be done.
pub fn saving_ui(ui: &Ui, state: &AppState) {
    if state.engine != EngineStatus::ShuttingDown {
        return;
    }
    let palette = palette_of(ui.visuals().dark_mode);
    Modal::new(Id::unique("saving")).backdrop_color(palette.veil).show(ui.ctx(), |ui| {
        ui.set_width(320.0);
        ui.vertical_centered(|ui| {
            ui.label(RichText::new("Saving…").text_style(theme::title()));
            ui.label("The run is written to its folder; the window closes right after.");
        });
    });
}

fn announce(ctx: &Context, text: &str) {
    Area::new(Id::unique("announcement"))
        .order(Order::Tooltip)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .show(ctx, |ui| {
            Frame::popup(ui.style()).inner_margin(Margin::same(20)).show(ui, |ui| {
                ui.label(RichText::new(text).text_style(theme::title()));
            });
        });
}
