//! One dimension of the latent: its number, a rail around zero, its value, a lock.
//!
//! A whole row is drawn by hand because a panel may show hundreds of them and the plain slider has no
//! zero in its middle. The row says what the person did; its caller turns that into actions.

use std::time::Duration;

use eframe::egui::{
    Align2, Button, CursorIcon, DragValue, EventFilter, FontId, Id, Key, Modifiers, PointerButton,
    Pos2, Rect, Response, Role, Sense, Shape, Stroke, TextStyle, Ui, Vec2, WidgetInfo, accesskit,
    pos2, remap_clamp, vec2,
};

use crate::ui::icons::{self, Icon};
use crate::ui::theme::palette;
use crate::ui::widgets::number::parse_or_keep;

/// Height of a row in points.
pub const ROW_HEIGHT: f32 = 24.0;
const INDEX_WIDTH: f32 = 34.0;
const VALUE_WIDTH: f32 = 46.0;
const LOCK_WIDTH: f32 = 22.0;
const HANDLE_RADIUS: f32 = 6.0;
/// How much slower the handle follows the pointer while Shift is held.
const FINE: f32 = 0.1;
/// A click that could not be carried out for so long is forgotten.
const STALE_SECS: f64 = 3.0;

/// What a row shows.
#[derive(Debug, Clone, Copy)]
pub struct LatentRow {
    /// The dimension, counted from 0 as in files.
    pub dim: usize,
    /// Its value.
    pub value: f32,
    /// The rail reaches from `-range` to `range`, and further where the value lies beyond.
    pub range: f32,
    /// Why it reaches so far.
    pub why_range: &'static str,
    /// Whether randomising leaves it alone.
    pub locked: bool,
    /// Its activity relative to the most active dimension, 0 to 1, where it is known.
    pub activity: Option<f32>,
    /// Why nothing comes of moving it, if so: it is greyed, and still moves.
    pub dead: Option<&'static str>,
    /// The rail's id, so that focus can be moved from row to row.
    pub id: Id,
}

/// What the person did to a row.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LatentEdit {
    /// The new value.
    pub value: Option<f32>,
    /// Set it to zero.
    pub zero: bool,
    /// Lock or unlock it.
    pub toggle_lock: bool,
    /// A click or drag ended: this latent is worth keeping.
    pub commit: bool,
    /// Move the keyboard focus this many rows down.
    pub focus_rows: isize,
}

/// Draws a row into `rect`, wherever the list wants it.
pub fn latent_slider_ui(ui: &mut Ui, row: &LatentRow, rect: Rect) -> LatentEdit {
    let mut edit = LatentEdit::default();

    let value_left = rect.right() - VALUE_WIDTH - LOCK_WIDTH;
    let rail = Rect::from_min_max(
        pos2(rect.left() + INDEX_WIDTH + 4.0, rect.top()),
        pos2(value_left - 6.0, rect.bottom()),
    );
    let response = ui
        .interact(rail, row.id, Sense::click_and_drag())
        .on_hover_cursor(CursorIcon::ResizeHorizontal);
    let usual = row.range;
    let row = &LatentRow { range: reach(ui, row, &response), ..*row };
    pointer_edit(ui, row, rail, &response, &mut edit);
    keyboard_edit(ui, row, &response, &mut edit);
    screen_reader_edit(ui, row, &response, &mut edit);

    let shown = edit.value.unwrap_or(if edit.zero { 0.0 } else { row.value });
    name_slider(ui, row, shown, &response);
    if ui.is_rect_visible(rect) {
        paint_index(ui, row, rect);
        paint_rail(ui, row, rail, (shown, usual), &response);
    }
    response.on_hover_ui(|ui| {
        ui.set_max_width(ui.spacing().tooltip_width);
        ui.label(hint(row, shown, usual));
    });
    let value_rect =
        Rect::from_min_size(pos2(value_left, rect.top()), vec2(VALUE_WIDTH, ROW_HEIGHT));
    value_ui(ui, row, value_rect, shown, &mut edit);
    let lock_rect =
        Rect::from_min_size(pos2(value_rect.right(), rect.top()), vec2(LOCK_WIDTH, ROW_HEIGHT));
    lock_ui(ui, row, lock_rect, &mut edit);
    edit
}

/// What the rail reaches and why, and whatever else is special about it.
fn hint(row: &LatentRow, shown: f32, usual: f32) -> String {
    let mut text = format!("Rail from −{usual:.2} to {usual:.2}: {}", row.why_range);
    if shown.abs() > usual {
        text.push_str(
            ". This value lies beyond the usual range (marked on the rail): the rail reaches as far as it does",
        );
    }
    if let Some(why) = row.dead {
        text.push('\n');
        text.push_str(why);
    }
    text
}

/// How far the rail reaches: its range, or as far as the value does, so that no value is out of reach.
/// While the pointer holds the handle the scale stays, or the value would run away under it.
fn reach(ui: &Ui, row: &LatentRow, response: &Response) -> f32 {
    let held = ui.data(|data| data.get_temp::<f32>(row.id));
    let reach = held.unwrap_or_else(|| row.range.max(row.value.abs()));
    ui.data_mut(|data| {
        if response.is_pointer_button_down_on() {
            data.insert_temp(row.id, reach);
        } else if held.is_some() {
            data.remove::<f32>(row.id);
        }
    });
    reach
}

fn travel(rail: Rect) -> (f32, f32) {
    (rail.left() + HANDLE_RADIUS, rail.right() - HANDLE_RADIUS)
}

fn position(row: &LatentRow, rail: Rect, value: f32) -> f32 {
    let (left, right) = travel(rail);
    remap_clamp(value, -row.range..=row.range, left..=right)
}

/// A drag takes the handle to the pointer; so does a click beside it, once it is sure that no second one
/// makes a double click of it, which zeroes: the value does not jump there first.
fn pointer_edit(ui: &Ui, row: &LatentRow, rail: Rect, response: &Response, edit: &mut LatentEdit) {
    let waiting = row.id.with("click");
    if response.double_clicked() || response.triple_clicked() {
        ui.data_mut(|data| data.remove::<Click>(waiting));
        edit.zero = response.double_clicked();
        return;
    }
    edit.commit = response.drag_stopped();
    let clicked = response.clicked_by(PointerButton::Primary);
    let fine = ui.input(|input| input.modifiers.shift);
    let (left, right) = travel(rail);
    let beside = |at: Pos2| (at.x - position(row, rail, row.value)).abs() > HANDLE_RADIUS;
    let value_at = |x: f32| rounded(remap_clamp(x, left..=right, -row.range..=row.range));
    if let Some(pointer) = response.interact_pointer_pos() {
        // Pressed and released within one frame the button is down in none.
        let pressed = response.is_pointer_button_down_on() || clicked;
        if pressed && ui.input(|input| input.pointer.any_pressed()) {
            response.request_focus();
        }
        if response.dragged_by(PointerButton::Primary) {
            ui.data_mut(|data| data.remove::<Click>(waiting));
            let per_point = 2.0 * row.range / (right - left).max(1.0);
            // A fine value is not rounded: a slow drag moves less than a rounding step in a frame.
            let moved = row.value + response.drag_delta().x * per_point * FINE;
            let value = if fine { moved.clamp(-row.range, row.range) } else { value_at(pointer.x) };
            edit.value = (value != row.value).then_some(value);
        } else if clicked && !fine && beside(pointer) {
            let at_secs = ui.input(|input| input.time);
            let click = Click { at_secs, value: value_at(pointer.x) };
            ui.data_mut(|data| data.insert_temp(waiting, click));
        }
    }
    take_click(ui, row, waiting, edit);
}

/// A click beside the handle that may still become a double click.
#[derive(Debug, Clone, Copy)]
struct Click {
    at_secs: f64,
    value: f32,
}

/// Carries out a click that stayed a single one.
fn take_click(ui: &Ui, row: &LatentRow, waiting: Id, edit: &mut LatentEdit) {
    let Some(click) = ui.data(|data| data.get_temp::<Click>(waiting)) else { return };
    let wait_secs = ui.options(|options| options.input_options.max_double_click_delay);
    let since_secs = ui.input(|input| input.time) - click.at_secs;
    if since_secs < wait_secs {
        ui.ctx().request_repaint_after(Duration::from_secs_f64(wait_secs - since_secs));
        return;
    }
    ui.data_mut(|data| data.remove::<Click>(waiting));
    // A row that was scrolled out of sight meanwhile has forgotten it.
    if since_secs < STALE_SECS {
        edit.value = (click.value != row.value).then_some(click.value);
        edit.commit = true;
    }
}

fn keyboard_edit(ui: &Ui, row: &LatentRow, response: &Response, edit: &mut LatentEdit) {
    if !response.has_focus() {
        return;
    }
    let arrows =
        EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(row.id, arrows));
    let mut steps = 0.0;
    ui.input_mut(|input| {
        let mut presses = |modifiers, key| input.count_and_consume_key(modifiers, key) as f32;
        let mut pair = |modifiers, less, more, step: f32| {
            steps += step * (presses(modifiers, more) - presses(modifiers, less));
        };
        pair(Modifiers::SHIFT, Key::ArrowLeft, Key::ArrowRight, 0.2);
        pair(Modifiers::NONE, Key::ArrowLeft, Key::ArrowRight, 1.0);
        pair(Modifiers::NONE, Key::PageDown, Key::PageUp, 10.0);
        pair(Modifiers::NONE, Key::Home, Key::End, 120.0);
        let down = input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown) as isize;
        edit.focus_rows =
            down - input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp) as isize;
        edit.zero |= [Key::Num0, Key::Delete, Key::Backspace]
            .into_iter()
            .any(|key| input.count_and_consume_key(Modifiers::NONE, key) > 0);
        edit.toggle_lock |= input.count_and_consume_key(Modifiers::NONE, Key::L) % 2 == 1;
        edit.commit |= input.count_and_consume_key(Modifiers::NONE, Key::Enter) > 0;
    });
    if steps != 0.0 && !edit.zero {
        // Sixty steps from the middle to either end.
        let value = row.value + steps * row.range / 60.0;
        edit.value = Some(value.clamp(-row.range, row.range));
    }
}

fn screen_reader_edit(ui: &Ui, row: &LatentRow, response: &Response, edit: &mut LatentEdit) {
    use accesskit::{Action, ActionData};
    ui.input(|input| {
        let steps = input.num_accesskit_action_requests(response.id, Action::Increment) as f32
            - input.num_accesskit_action_requests(response.id, Action::Decrement) as f32;
        if steps != 0.0 {
            let value = row.value + steps * row.range / 60.0;
            edit.value = Some(value.clamp(-row.range, row.range));
        }
        for request in input.accesskit_action_requests(response.id, Action::SetValue) {
            if let Some(ActionData::NumericValue(value)) = &request.data {
                edit.value = Some((*value as f32).clamp(-row.range, row.range));
            }
        }
    });
}

fn name_slider(ui: &Ui, row: &LatentRow, shown: f32, response: &Response) {
    let enabled = ui.is_enabled();
    let name = format!("Latent {}", row.dim);
    response.widget_info(|| WidgetInfo::slider(enabled, f64::from(shown), &name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Slider);
        node.set_min_numeric_value(f64::from(-row.range));
        node.set_max_numeric_value(f64::from(row.range));
        node.set_numeric_value_step(f64::from(row.range / 60.0));
        node.add_action(accesskit::Action::SetValue);
        node.add_action(accesskit::Action::Increment);
        node.add_action(accesskit::Action::Decrement);
    });
}

fn paint_index(ui: &Ui, row: &LatentRow, rect: Rect) {
    let palette = palette(ui);
    let font = FontId::new(11.5, TextStyle::Monospace.resolve(ui.style()).family);
    let quiet = row.value == 0.0 || row.dead.is_some();
    let color = if quiet { palette.text_weak } else { palette.text };
    let right = rect.left() + INDEX_WIDTH - 4.0;
    let anchor = pos2(right, rect.center().y);
    ui.painter().text(anchor, Align2::RIGHT_CENTER, row.dim.to_string(), font, color);
    if let Some(activity) = row.activity {
        // A gauge at the row's left edge: the list reads as a column of bars.
        let full = ROW_HEIGHT - 8.0;
        let bar = |height: f32| {
            let bottom = rect.bottom() - 4.0;
            Rect::from_x_y_ranges(rect.left()..=rect.left() + 3.0, bottom - height..=bottom)
        };
        ui.painter().rect_filled(bar(full), 1.5, palette.line);
        let height = full * activity.clamp(0.0, 1.0);
        ui.painter().rect_filled(bar(height), 1.5, palette.text_weak);
    }
}

fn paint_rail(
    ui: &Ui,
    row: &LatentRow,
    rail: Rect,
    (shown, usual): (f32, f32),
    response: &Response,
) {
    let palette = palette(ui);
    let painter = ui.painter();
    let y = rail.center().y;
    let line = Rect::from_center_size(rail.center(), vec2(rail.width(), 3.0));
    painter.rect_filled(line, 1.5, palette.raised);
    let tick = |value: f32, half: f32| {
        let stroke = Stroke::new(1.0, palette.line_strong);
        painter.vline(position(row, rail, value), y - half..=y + half, stroke);
    };
    tick(0.0, 5.0);
    if row.range > usual {
        // A rail that was made longer: where it would end otherwise.
        tick(-usual, 3.0);
        tick(usual, 3.0);
    }
    let zero = position(row, rail, 0.0);
    let x = position(row, rail, shown);
    let fill = Rect::from_two_pos(pos2(zero, y - 1.5), pos2(x, y + 1.5));
    let strong = response.hovered() || response.has_focus() || response.dragged();
    let grey = row.locked || row.dead.is_some();
    let fill_color = if grey { palette.line_strong } else { palette.accent_fill };
    painter.rect_filled(fill, 1.5, fill_color);
    let center = Pos2::new(x, y);
    if response.has_focus() {
        painter.circle_filled(center, HANDLE_RADIUS + 3.0, palette.selection);
    }
    let radius = HANDLE_RADIUS - if strong { 0.0 } else { 1.0 };
    let (handle, edge) = match (row.locked, strong) {
        (true, _) => (palette.panel, palette.text_weak),
        (false, false) if row.dead.is_some() => (palette.raised, palette.line_strong),
        (false, true) => (palette.accent, palette.accent),
        (false, false) if shown == 0.0 => (palette.line_strong, palette.line_strong),
        (false, false) => (palette.accent_fill, palette.accent),
    };
    if shown.abs() > usual {
        // Beyond the usual range: an arrowhead that points outwards instead of the round handle.
        let at = |x: f32, y: f32| center + vec2(x * shown.signum(), y) * radius;
        let corners = vec![at(1.1, 0.0), at(-0.9, 1.1), at(-0.9, -1.1)];
        painter.add(Shape::convex_polygon(corners, palette.warning, Stroke::new(1.0, edge)));
    } else {
        painter.circle(center, radius, handle, Stroke::new(1.0, edge));
    }
}

fn value_ui(ui: &mut Ui, row: &LatentRow, rect: Rect, shown: f32, edit: &mut LatentEdit) {
    let mut value = shown;
    let changed = ui
        .scope(|ui| {
            let panel = palette(ui).panel;
            let visuals = &mut ui.visuals_mut().widgets.inactive;
            visuals.weak_bg_fill = panel;
            visuals.bg_stroke = Stroke::NONE;
            ui.spacing_mut().button_padding = vec2(2.0, 0.0);
            ui.spacing_mut().interact_size = Vec2::splat(10.0);
            ui.style_mut().drag_value_text_style = TextStyle::Monospace;
            let number = DragValue::new(&mut value)
                .speed(row.range / 600.0)
                .clamp_existing_to_range(false)
                .custom_formatter(|value, _| value_text(value))
                .custom_parser(|text| parse_or_keep(text, f64::from(shown), value_text))
                .update_while_editing(false);
            let response = ui.put(rect.shrink2(vec2(0.0, 2.0)), number);
            let response = response.accessible_name(format!("Latent {} value", row.dim));
            edit.commit |= response.drag_stopped();
            response.changed()
        })
        .inner;
    if changed && value.is_finite() && value != shown {
        edit.value = Some(value);
    }
}

fn value_text(value: f64) -> String {
    format!("{value:+.2}")
}

fn lock_ui(ui: &mut Ui, row: &LatentRow, rect: Rect, edit: &mut LatentEdit) {
    let palette = palette(ui);
    let verb = if row.locked { "Unlock" } else { "Lock" };
    let response = ui
        .scope(|ui| {
            ui.spacing_mut().button_padding = Vec2::ZERO;
            ui.put(rect, Button::new("").frame(false))
        })
        .inner
        .on_hover_text(if row.locked {
            "Locked: randomise and zero all leave it alone (L)"
        } else {
            "Lock: randomise and zero all will leave it alone (L)"
        })
        .accessible_name(format!("{verb} latent {}", row.dim));
    edit.toggle_lock |= response.clicked();
    let (icon, color) = match (row.locked, response.hovered() || response.has_focus()) {
        (true, _) => (Icon::Locked, palette.accent),
        (false, true) => (Icon::Unlocked, palette.text),
        // Hardly there, so that a list of hundreds stays calm.
        (false, false) => (Icon::Unlocked, palette.line_strong),
    };
    let square = Rect::from_center_size(rect.center(), Vec2::splat(11.0));
    icons::paint(ui.painter(), icon, square, color);
}

fn rounded(value: f32) -> f32 {
    (value * 100.0).round() / 100.0
}
