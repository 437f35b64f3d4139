//! Sliders and buttons of the crop, and the square that comes of it.

use eframe::egui::{Button, Image, Response, RichText, Slider, SliderClamping, Ui, Vec2, vec2};

use super::view::{longest, reaches_beyond, shortest};
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, PhotoAction};
use crate::protocol::{Crop, Photo};
use crate::ui::parts::{caption, segmented, toggle};
use crate::ui::theme::palette;
use crate::ui::widgets::form::row_ui;
use crate::ui::widgets::log_slider::slim_slider;

/// Room for a slider's number.
const NUMBER: f32 = 70.0;
/// How far the slider for straightening goes, in degrees.
const STRAIGHTEN: f64 = 44.9;

/// Draws them all.
pub fn controls_ui(ui: &mut Ui, state: &AppState, photo: &Photo, actions: &mut Actions) {
    let crop = state.photo.crop;
    let mut asked = Vec::new();
    turn_ui(ui, crop, &mut asked);
    let hint = "Edge of the frame in pixels of the photo. The wheel over the photo does the same.";
    let mut side = crop.side;
    let range = shortest(photo)..=longest(photo);
    let slider = Slider::new(&mut side, range).logarithmic(true).fixed_decimals(0).suffix(" px");
    if row_ui(ui, "Frame", hint, |ui| slider_ui(ui, slider)).changed() {
        asked.push(PhotoAction::SetCrop(Crop { side, ..crop }));
    }
    ghost_ui(ui, state, &mut asked);
    buttons_ui(ui, state, &mut asked);
    caption(ui, remark(state, photo));
    actions.extend(asked.into_iter().map(Action::Photo));
}

/// Angles are those one sees: a mirrored photo turns the other way.
fn turn_ui(ui: &mut Ui, crop: Crop, asked: &mut Vec<PhotoAction>) {
    let sign = if crop.mirrored { -1.0 } else { 1.0 };
    let seen = sign * crop.degrees;
    let turned = |seen: f64| PhotoAction::SetCrop(Crop { degrees: sign * seen, ..crop });
    let quarters = (seen / 90.0).round();
    let mut fine = seen - quarters * 90.0;
    let choices = [(0, "0°"), (1, "90°"), (2, "180°"), (3, "270°")];
    let hint = "Turn the photo under the frame by quarters, clockwise";
    let picked =
        row_ui(ui, "Turn", hint, |ui| segmented(ui, quarters.rem_euclid(4.0) as i32, choices));
    if let Some(quarters) = picked {
        asked.push(turned(f64::from(quarters) * 90.0 + fine));
    }
    let slider = Slider::new(&mut fine, -STRAIGHTEN..=STRAIGHTEN)
        .fixed_decimals(1)
        .suffix("°")
        .trailing_fill(false);
    let hint = "A small angle on top of the quarter turns, clockwise to the right: level the eyes";
    if row_ui(ui, "Straighten", hint, |ui| slider_ui(ui, slider)).changed() {
        asked.push(turned(quarters * 90.0 + fine));
    }
}

fn ghost_ui(ui: &mut Ui, state: &AppState, asked: &mut Vec<PhotoAction>) {
    let mean = state.photo.mean.as_ref();
    let hint = match mean {
        Some(mean) => {
            format!("Mean of {}, laid over the frame: bring the photo into line with it", mean.of)
        }
        None => "A mean picture of what the model learnt from, once it is there".to_owned(),
    };
    let mut percent = state.photo.ghost * 100.0;
    let slider = Slider::new(&mut percent, 0.0..=100.0).fixed_decimals(0).suffix(" %");
    let slider = ui.add_enabled_ui(mean.is_some(), |ui| {
        row_ui(ui, "Ghost", &hint, |ui| slider_ui(ui, slider))
    });
    if slider.inner.changed() {
        asked.push(PhotoAction::SetGhost(percent / 100.0));
    }
}

fn slider_ui(ui: &mut Ui, slider: Slider<'_>) -> Response {
    let room = ui.available_width() - NUMBER - ui.spacing().item_spacing.x;
    ui.spacing_mut().slider_width = room.max(40.0);
    slim_slider(ui, NUMBER);
    ui.add(slider.clamping(SliderClamping::Edits))
}

fn buttons_ui(ui: &mut Ui, state: &AppState, asked: &mut Vec<PhotoAction>) {
    ui.horizontal_wrapped(|ui| {
        let buttons = [
            (
                "90° left",
                "Turn the photo by a quarter, counterclockwise",
                PhotoAction::TurnQuarter(false),
            ),
            ("90° right", "Turn the photo by a quarter, clockwise", PhotoAction::TurnQuarter(true)),
            ("Flip", "Left and right change places", PhotoAction::Mirror),
            ("Reset", "The largest upright square in the middle", PhotoAction::ResetCrop),
        ];
        for (text, hint, action) in buttons {
            if ui.add(Button::new(text)).on_hover_text(hint).clicked() {
                asked.push(action);
            }
        }
        let mut levelling = state.photo.levelling;
        let hint = "Drag a line over the photo along what should be level or upright: it is turned so (L; Esc to leave it)";
        if toggle(ui, &mut levelling, "Level by a line").on_hover_text(hint).changed() {
            asked.push(PhotoAction::Level(levelling));
        }
    });
}

/// What is worth knowing about the square.
fn remark(state: &AppState, photo: &Photo) -> String {
    let size = state.model.as_ref().map(|model| model.spec.image_size);
    let crop = &state.photo.crop;
    if state.photo.levelling {
        return "Drag a line along what should be level or upright. Esc leaves it as it is."
            .to_owned();
    }
    match size {
        Some(size) if crop.side < f64::from(size) - 0.5 => {
            format!("Enlarged: the frame has fewer pixels than the model's {size}.")
        }
        _ if reaches_beyond(photo, crop) => "Beyond the photo its edge colours go on.".to_owned(),
        _ => "Drag the frame or a corner, or roll the wheel.".to_owned(),
    }
}

/// The square as the model takes it, every pixel of it a square again, at most `edge` points wide.
pub fn cropped_ui(ui: &mut Ui, state: &AppState, edge: f32) {
    let palette = palette(ui);
    let Some(cropped) = &state.photo.cropped else {
        let text = match &state.model {
            None => "Open a model: the square is cut out in its size.",
            Some(_) => "One moment…",
        };
        ui.label(RichText::new(text).small().color(palette.text_weak));
        return;
    };
    let pixels = cropped.frame.width_px.max(1) as f32;
    let points = ui.pixels_per_point();
    let whole = (edge * points / pixels).floor().max(1.0) * pixels / points;
    let size = Vec2::splat(whole.min(edge));
    let picture = texture(ui.ctx(), "cropped photo", &cropped.frame, Enlarge::Sharp);
    ui.add(Image::new((picture.id(), vec2(size.x, size.y))).alt_text("Cropped photo"));
    let colours = match cropped.channels {
        1 => ", gray",
        4 => ", RGBA",
        _ => "",
    };
    caption(ui, format!("{0} × {0} px{colours}", cropped.frame.width_px));
}
