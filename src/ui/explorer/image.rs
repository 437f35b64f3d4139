//! The live picture of the latent on the sliders, as large as fits.

use eframe::egui::{
    Align, Align2, Button, Image, Label, Layout, PointerButton, Rect, Response, RichText, Role,
    Sense, StrokeKind, TextStyle, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::compare::{compare_ui, compared_caption_ui};
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, EditAction, EditFrom};
use crate::protocol::{Frame, PreviewFrame};
use crate::ui::format::{counted, grouped};
use crate::ui::parts::{empty_state, toggle};
use crate::ui::theme::palette;

/// An answer that takes longer than this is said to be awaited.
const PATIENCE_SECS: f64 = 0.4;

/// Draws the live picture with a caption under it.
pub fn image_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(preview) = &state.explore.preview else {
        nothing_yet_ui(ui, state, actions);
        return;
    };
    let caption_height = ui.spacing().interact_size.y;
    let space = ui.available_size() - vec2(0.0, caption_height + ui.spacing().item_spacing.y);
    let (rect, _) = ui.allocate_exact_size(space.max(Vec2::splat(16.0)), Sense::hover());
    let sharp = state.explore.sharp_pixels;
    let picture = fitted(rect, &preview.frame, ui.pixels_per_point(), sharp);
    let response = picture_ui(ui, state, picture, actions);
    ui.painter().rect_filled(picture, 0.0, palette(ui).picture_back);
    let enlarge = if sharp { Enlarge::Sharp } else { Enlarge::Smooth };
    let handle = texture(ui.ctx(), "preview", &preview.frame, enlarge);
    Image::new((handle.id(), picture.size())).paint_at(ui, picture);
    compare_ui(ui, state, picture, &response, actions);
    if response.has_focus() {
        let stroke = ui.visuals().selection.stroke;
        ui.painter().rect_stroke(picture, 0.0, stroke, StrokeKind::Outside);
    }
    waiting_ui(ui, state, rect);
    caption_ui(ui, state, preview, actions);
}

/// What the picture answers to. Beside it nothing is clicked, and one click alone changes nothing: a
/// latent is too easily lost.
fn picture_ui(ui: &Ui, state: &AppState, picture: Rect, actions: &mut Actions) -> Response {
    let comparing = state.states_view.compared.is_some();
    let hint = if comparing {
        "Drag the line to compare"
    } else {
        "Double-click for another random latent (R); Ctrl+Z leads back"
    };
    let id = ui.scope_id().with("live picture");
    let response = ui.interact(picture, id, Sense::click_and_drag()).on_hover_text(hint);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Live picture"));
    let by_keyboard = response.clicked() && !response.clicked_by(PointerButton::Primary);
    if (response.double_clicked() || by_keyboard) && !comparing {
        actions.push(Action::Randomise);
    }
    response
}

/// Where the picture goes: as large as fits, centred on whole pixels. Sharp pixels are all equally
/// large, so their scale is whole; a smooth picture takes a whole scale where one is near.
pub fn fitted(space: Rect, frame: &Frame, pixels_per_point: f32, sharp: bool) -> Rect {
    let pixels = vec2(frame.width_px.max(1) as f32, frame.height_px.max(1) as f32);
    let room = space.size() * pixels_per_point;
    let fit = (room.x / pixels.x).min(room.y / pixels.y);
    let whole = fit.floor();
    let scale = if whole >= 1.0 && (sharp || whole / fit > 0.94) { whole } else { fit };
    let size = (pixels * scale).max(Vec2::splat(1.0)) / pixels_per_point;
    let min = space.center() - size / 2.0;
    let snap = |value: f32| (value * pixels_per_point).round() / pixels_per_point;
    Rect::from_min_size(pos2(snap(min.x), snap(min.y)), size)
}

fn waiting_ui(ui: &Ui, state: &AppState, rect: Rect) {
    let Some(since) = state.explore.waiting_since else { return };
    let waited = state.now_secs - since;
    if waited < PATIENCE_SECS {
        return;
    }
    let palette = palette(ui);
    let font = TextStyle::Small.resolve(ui.style());
    let text = format!("Waiting for the picture… {waited:.1} s");
    let galley = ui.painter().layout_no_wrap(text, font, palette.text);
    let plate = Align2::CENTER_BOTTOM
        .anchor_size(rect.center_bottom() - vec2(0.0, 10.0), galley.size() + vec2(16.0, 8.0));
    ui.painter().rect_filled(plate, 5.0, palette.panel);
    ui.painter().galley(plate.min + vec2(8.0, 4.0), galley, palette.text);
}

fn caption_ui(ui: &mut Ui, state: &AppState, preview: &PreviewFrame, actions: &mut Actions) {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut sharp = state.explore.sharp_pixels;
            let toggle = toggle(ui, &mut sharp, "Pixels");
            let toggle = toggle.on_hover_text("Show every pixel as a square instead of smoothly");
            if toggle.changed() {
                actions.push(Action::SetSharpPixels(sharp));
            }
            let obstacle = state.edit_obstacle();
            let edit = ui.add_enabled(obstacle.is_none(), Button::new("Edit"));
            let edit = edit.on_hover_text("Paint on this picture, and it follows (Ctrl+E)");
            let edit = edit.on_disabled_hover_text(obstacle.unwrap_or_default());
            if edit.accessible_name("Edit this picture").clicked() {
                actions.push(Action::Edit(EditAction::Start(EditFrom::Explore)));
            }
            if compared_caption_ui(ui, state, actions) {
                return;
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let full = caption_text(state, preview);
                let told = format!("{full}\n{}", latency_text(state));
                let text = RichText::new(fitting(ui, full)).small().weak();
                ui.add(Label::new(text).truncate()).on_hover_text(told);
            });
        });
    });
}

/// As many of a caption's parts, from the first, as there is room for.
fn fitting(ui: &Ui, mut text: String) -> String {
    let font = TextStyle::Small.resolve(ui.style());
    let width = |text: &str| {
        let color = palette(ui).text_weak;
        ui.painter().layout_no_wrap(text.to_owned(), font.clone(), color).size().x
    };
    while width(&text) > ui.available_width()
        && let Some((less, _)) = text.rsplit_once(" · ")
    {
        text = less.to_owned();
    }
    text
}

/// What is drawn otherwise than by the open model alone, before [`what_drew`].
fn caption_text(state: &AppState, preview: &PreviewFrame) -> String {
    let kept = &state.identity.kept;
    let marks = [(kept.change_on, "Photo + change"), (kept.tuned_on, "Tuned for a photo")];
    let marks: String =
        marks.iter().filter(|(on, _)| *on).map(|(_, mark)| format!("{mark} · ")).collect();
    marks + &what_drew(state, preview)
}

/// `Step 12,340 · 12 steps ago · 14 ms`; the built-in model's steps are its last stage's, and say little.
fn what_drew(state: &AppState, preview: &PreviewFrame) -> String {
    let training = state.training.phase.is_active();
    if !training && state.model.as_ref().is_some_and(|model| model.is_built_in()) {
        return format!("Built-in model · decoded in {:.1} ms", preview.decode_ms);
    }
    let mut text = format!("Step {}", grouped(preview.step));
    let now = state.training.progress.as_ref().map(|progress| progress.step);
    if state.training.phase.is_active()
        && let Some(behind) = now.and_then(|now| now.checked_sub(preview.step))
        && behind > 0
    {
        text += &format!(" · {} ago", counted(behind as usize, "step", "steps"));
    }
    text + &format!(" · decoded in {:.1} ms", preview.decode_ms)
}

fn latency_text(state: &AppState) -> String {
    let latencies = &state.explore.latency_ms;
    let Some(newest) = latencies.back() else {
        return "Time from a change to its picture: not known yet".to_owned();
    };
    let slowest = latencies.iter().copied().fold(0.0, f32::max);
    format!("From a change to its picture: {newest:.0} ms; at most {slowest:.0} ms of late")
}

fn nothing_yet_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.model.is_some() {
        let text = "The first picture of this model is on its way.";
        empty_state(ui, "One moment…", text, |_| {});
        return;
    }
    let text = "Open a model, or train one: its pictures appear here while it learns.";
    empty_state(ui, "Nothing to look at yet", text, |ui| {
        ui.add_enabled_ui(state.engine_is_up(), |ui| {
            if ui.button("Open the built-in model").clicked() {
                actions.push(Action::OpenBuiltIn);
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use eframe::egui::{Rect, pos2, vec2};

    use super::fitted;
    use crate::protocol::Frame;

    fn frame() -> Frame {
        Frame { width_px: 64, height_px: 64, rgba: Arc::new(vec![0; 64 * 64 * 4]) }
    }

    #[test]
    fn sharp_pixels_take_a_whole_scale_and_the_picture_stays_inside() {
        let space = Rect::from_min_size(pos2(10.0, 10.0), vec2(500.0, 300.0));
        assert_eq!(fitted(space, &frame(), 1.0, true).size(), vec2(256.0, 256.0));
        assert_eq!(fitted(space, &frame(), 1.0, false).size(), vec2(300.0, 300.0));
        assert_eq!(fitted(space, &frame(), 1.5, true).size(), vec2(448.0, 448.0) / 1.5);
        let near = Rect::from_min_size(pos2(0.0, 0.0), vec2(260.0, 400.0));
        assert_eq!(fitted(near, &frame(), 1.0, false).size(), vec2(256.0, 256.0));
        assert!(space.contains_rect(fitted(space, &frame(), 1.0, false)));
    }
}
