//! The points themselves: zoomed at the pointer, dragged, taken with a lasso, clicked.

use eframe::egui::{
    EventFilter, Key, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    vec2,
};

use super::background::background_ui;
use super::hover::hover_ui;
use super::points::{Memory, memory, point_at};
use super::view::{View, is_inside};
use crate::app::{Action, Actions, AppState};
use crate::protocol::Map;
use crate::ui::format::{counted, grouped};
use crate::ui::plots::paint_mark;
use crate::ui::theme::{Mark, palette};
use std::sync::Arc;

/// Scrolled points that zoom by a factor of e.
const POINTS_PER_E: f32 = 240.0;
/// The part of the plot that an arrow key moves.
const ARROW_SHARE: f32 = 0.1;
/// What a press of + zooms by.
const KEY_ZOOM: f32 = 1.25;
/// A lasso takes a corner where the pointer has moved by so much.
const LASSO_STEP: f32 = 3.0;

/// Draws the map in a space of this height; returns where it is.
pub fn plot_ui(
    ui: &mut Ui,
    state: &AppState,
    map: &Arc<Map>,
    height: f32,
    actions: &mut Actions,
) -> Rect {
    let size = vec2(ui.available_width(), height.max(40.0));
    let (plot, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let spoken = spoken(state, map);
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &spoken));
    memory(&ui.ctx().clone(), |memory| {
        memory.take_map(map);
        let mut plot = Plot { state, map, rect: plot, response: &response, memory };
        plot.move_view(ui);
        plot.lasso(ui, actions);
        plot.click(ui, actions);
        plot.paint(ui, actions);
    });
    plot
}

struct Plot<'a> {
    state: &'a AppState,
    map: &'a Arc<Map>,
    rect: Rect,
    response: &'a Response,
    memory: &'a mut Memory,
}

impl Plot<'_> {
    fn view(&self) -> View {
        self.memory.view_in(self.rect)
    }

    /// Whether a drag draws a lasso.
    fn takes(&self, ui: &Ui) -> bool {
        self.state.map.lasso || ui.input(|input| input.modifiers.shift)
    }

    fn move_view(&mut self, ui: &Ui) {
        let Some(bounds) = self.memory.bounds else { return };
        let mut view = self.view();
        let before = view;
        if let Some(pointer) = self.response.hover_pos() {
            let (scroll, pinch) = ui.input(|input| (input.smooth_scroll_delta, input.zoom_delta()));
            let factor = pinch * ((scroll.x + scroll.y) / POINTS_PER_E).exp();
            if factor != 1.0 {
                view = view.zoomed(self.rect, pointer, factor, &bounds);
            }
        }
        let lasso = !self.memory.lasso.is_empty() || self.takes(ui);
        if self.response.dragged() && !lasso {
            view = view.panned(self.response.drag_delta(), &bounds);
        }
        if self.response.has_focus() {
            let arrows = EventFilter {
                horizontal_arrows: true,
                vertical_arrows: true,
                // Escape first lets the selection go, and then the focus.
                escape: !self.state.map.selected.is_empty(),
                ..EventFilter::default()
            };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(self.response.id, arrows));
            let pressed = |key| i8::from(ui.input(|input| input.key_pressed(key)));
            let along = |back, on| f32::from(pressed(back) - pressed(on)) * ARROW_SHARE;
            let by = vec2(
                along(Key::ArrowLeft, Key::ArrowRight) * self.rect.width(),
                along(Key::ArrowUp, Key::ArrowDown) * self.rect.height(),
            );
            if by != Vec2::ZERO {
                view = view.panned(by, &bounds);
            }
            let times = pressed(Key::Plus).max(pressed(Key::Equals)) - pressed(Key::Minus);
            if times != 0 {
                let factor = KEY_ZOOM.powi(i32::from(times));
                view = view.zoomed(self.rect, self.rect.center(), factor, &bounds);
            }
            if pressed(Key::Home) != 0 {
                self.memory.view = None;
                return;
            }
        }
        if view != before {
            self.memory.view = Some(view);
        }
    }

    /// Draws a lasso while it is dragged, and takes what is inside when it is let go.
    fn lasso(&mut self, ui: &Ui, actions: &mut Actions) {
        let view = self.view();
        let pointer = self.response.interact_pointer_pos();
        if self.response.drag_started() && self.takes(ui) {
            let begun = ui.input(|input| input.pointer.press_origin()).or(pointer);
            self.memory.lasso = begun.map(|at| view.to_place(self.rect, at)).into_iter().collect();
        }
        if self.memory.lasso.is_empty() {
            return;
        }
        if self.response.dragged()
            && let Some(at) = pointer
        {
            let last = self.memory.lasso[self.memory.lasso.len() - 1];
            if (view.to_screen(self.rect, last) - at).length() >= LASSO_STEP {
                self.memory.lasso.push(view.to_place(self.rect, at));
            }
        }
        if self.response.drag_stopped() {
            let lasso = std::mem::take(&mut self.memory.lasso);
            let groups = self.memory.groups(self.map, self.state.map.colour);
            let hidden = &self.state.map.hidden;
            let shown = |point: usize| !hidden.contains(&groups.of[point]);
            let places = self.map.points.iter().enumerate();
            let taken = places
                .filter(|(point, place)| shown(*point) && is_inside(&lasso, **place))
                .map(|(point, _)| point as u32);
            actions.push(Action::SelectPoints(Arc::new(taken.collect())));
        } else if !self.response.dragged() {
            // Let go elsewhere.
            self.memory.lasso.clear();
        }
    }

    /// A click on a point takes its latent; on the plane, the latent there.
    fn click(&mut self, ui: &Ui, actions: &mut Actions) {
        let state = &self.state.map;
        let view = self.view();
        let groups = self.memory.groups(self.map, state.colour);
        let at_pointer = |at| point_at(self.map, &groups, &state.hidden, (view, self.rect), at);
        let hovered = self.response.hover_pos().filter(|_| !self.response.dragged());
        let point = hovered.and_then(at_pointer);
        if point != state.hovered.as_ref().map(|hovered| hovered.point) {
            actions.push(Action::HoverPoint(point));
        }
        if self.response.has_focus()
            && !state.selected.is_empty()
            && ui.input(|input| input.key_pressed(Key::Escape))
        {
            actions.push(Action::SelectPoints(Arc::default()));
        }
        if !self.response.clicked() {
            return;
        }
        // By keyboard, what is in the middle is meant.
        let at = self.response.interact_pointer_pos().unwrap_or_else(|| self.rect.center());
        if let Some(point) = at_pointer(at) {
            actions.extend(self.map.latent(point).map(Action::LoadLatent));
        } else if let Some(plane) = &self.map.plane {
            let kept = state.keep_rest.then(|| self.state.explore.moved());
            let place = view.to_place(self.rect, at);
            actions.push(Action::LoadLatent(plane.latent(place, kept.as_ref())));
        }
    }

    fn paint(&mut self, ui: &Ui, actions: &mut Actions) {
        let palette = palette(ui);
        let (rect, view) = (self.rect, self.view());
        ui.painter().rect_filled(rect, 4.0, palette.sunken);
        if !ui.is_rect_visible(rect) {
            return;
        }
        let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
        background_ui(ui, &painter, self.state, self.map, (view, rect), self.memory, actions);
        painter.add(self.memory.points_shape(ui, &self.state.map, self.map, rect));
        self.paint_present(&painter, view, palette);
        let lasso: Vec<_> =
            self.memory.lasso.iter().map(|place| view.to_screen(rect, *place)).collect();
        if lasso.len() > 1 {
            painter.add(Shape::closed_line(lasso, Stroke::new(1.5, palette.accent)));
        }
        let edge = match self.response.has_focus() {
            true => ui.visuals().selection.stroke,
            false => Stroke::new(1.0, palette.line),
        };
        ui.painter().rect_stroke(rect, 4.0, edge, StrokeKind::Inside);
        if self.response.has_focus() && !self.response.hovered() {
            let cross = Stroke::new(1.0, palette.text_weak);
            let middle = rect.center();
            painter.hline(middle.x - 6.0..=middle.x + 6.0, middle.y, cross);
            painter.vline(middle.x, middle.y - 6.0..=middle.y + 6.0, cross);
        }
        if self.memory.lasso.is_empty() {
            hover_ui(ui, self.state, self.map, (view, rect));
        }
    }

    /// Where the latent of the large picture lies in the plane, attributes and all.
    fn paint_present(
        &self,
        painter: &eframe::egui::Painter,
        view: View,
        palette: &crate::ui::theme::Palette,
    ) {
        let Some(plane) = &self.map.plane else { return };
        let latent = &self.state.explore.moved();
        if latent.dims() != plane.origin.dims() {
            return;
        }
        let at = view.to_screen(self.rect, plane.place(latent));
        if self.rect.contains(at) {
            painter.circle_stroke(at, 7.0, Stroke::new(5.0, palette.sunken));
            paint_mark(painter, at, Mark::Ring, palette.text_strong, 7.0);
        }
    }
}

/// What a screen reader is told.
fn spoken(state: &AppState, map: &Map) -> String {
    let kinds = format!(
        "Map of {} and {}",
        counted(map.pictures.len(), "picture", "pictures"),
        counted(map.samples(), "sample", "samples")
    );
    match state.map.selected.len() {
        0 => kinds,
        selected => format!("{kinds}; {} selected", grouped(selected as u64)),
    }
}
