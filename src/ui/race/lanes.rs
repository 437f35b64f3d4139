//! The pictures of a race: the target, and for each method what it found, where it differs, and figures.

use eframe::egui::{Align, Button, Layout, Response, RichText, Ui, Vec2, vec2};

use super::{explained, title};
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, EditAction, EditFrom, RaceAction};
use crate::protocol::{
    BestLatent, Frame, InversionTarget, Manifold, ManifoldLight, RaceView, RacerState, RacerView,
};
use crate::ui::marks::{Picture, picture_click_ui};
use crate::ui::parts::caption;
use crate::ui::theme::palette;
use crate::ui::widgets::tile::ImageTile;

/// Edges of a picture, in points.
const SMALLEST: f32 = 64.0;
const LARGEST: f32 = 190.0;
/// Between two columns, or rows.
const GAP: f32 = 8.0;
/// In a narrower pane each method has a row instead of a column.
const ROOM_FOR_COLUMNS: f32 = 340.0;
/// Edge of a picture in a row.
const ROW_EDGE: f32 = 84.0;

/// Draws the target and what each method found: a column each or, in a narrow pane, a row each.
pub fn lanes_ui(ui: &mut Ui, state: &AppState, view: &RaceView, actions: &mut Actions) {
    if ui.available_width() < ROOM_FOR_COLUMNS {
        return rows_ui(ui, state, view, actions);
    }
    let columns = view.racers.len() as f32 + 1.0;
    let edge =
        ((ui.available_width() - GAP * (columns - 1.0)) / columns).clamp(SMALLEST, LARGEST).floor();
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = GAP;
        column_ui(ui, edge, |ui| target_ui(ui, view, edge));
        for racer in &view.racers {
            column_ui(ui, edge, |ui| racer_ui(ui, state, racer, edge, actions));
        }
    });
}

fn rows_ui(ui: &mut Ui, state: &AppState, view: &RaceView, actions: &mut Actions) {
    ui.horizontal_top(|ui| {
        let name = target_name(view);
        picture_ui(ui, "race target", &view.target, name, ROW_EDGE);
        ui.vertical(|ui| {
            ui.label(RichText::new(name).strong());
            caption(ui, format!("Beside each result: {}.", residuals_text(view)));
        });
    });
    for racer in &view.racers {
        ui.add_space(GAP);
        ui.horizontal_top(|ui| {
            pictures_ui(ui, state, racer, ROW_EDGE, actions);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                words_ui(ui, state, racer, actions);
            });
        });
    }
}

/// What the heat maps show, and by how much it is enlarged.
fn residuals_text(view: &RaceView) -> String {
    let gain = match view.residual_gain {
        0 | 1 => String::new(),
        gain => format!(", ×{gain} in all"),
    };
    format!("where it differs{gain}; black is not at all")
}

fn target_name(view: &RaceView) -> &'static str {
    match view.kind {
        InversionTarget::Generated => "Sample",
        _ => "Photo",
    }
}

fn column_ui(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui)) {
    let layout = Layout::top_down(Align::Min);
    ui.allocate_ui_with_layout(vec2(width, 0.0), layout, |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 3.0;
        contents(ui);
    });
}

fn target_ui(ui: &mut Ui, view: &RaceView, edge: f32) {
    let name = target_name(view);
    ui.label(RichText::new(name).strong());
    picture_ui(ui, "race target", &view.target, name, edge);
    caption(ui, format!("Below each method: {}.", residuals_text(view)));
}

fn picture_ui(ui: &mut Ui, key: &str, frame: &Frame, name: &str, edge: f32) -> Response {
    let handle = texture(ui.ctx(), key, frame, Enlarge::Smooth);
    ui.add(ImageTile::new(handle.id(), Vec2::splat(edge), name).inert())
}

fn racer_ui(ui: &mut Ui, state: &AppState, racer: &RacerView, edge: f32, actions: &mut Actions) {
    pictures_ui(ui, state, racer, edge, actions);
    words_ui(ui, state, racer, actions);
}

/// The result, which can be clicked and dragged, and its residual.
fn pictures_ui(ui: &mut Ui, state: &AppState, racer: &RacerView, edge: f32, actions: &mut Actions) {
    let Some(best) = &racer.best else { return };
    let name = title(racer.method);
    let key = format!("race {}", racer.method);
    let handle = texture(ui.ctx(), &key, &best.picture, Enlarge::Smooth);
    let label = format!("Picture found by {name}");
    let response = ui.add(ImageTile::new(handle.id(), Vec2::splat(edge), &label).draggable());
    // Dragged into a formula, or clicked: the latent itself.
    let sliders = state.explore.untruncated(&best.latent);
    picture_click_ui(ui, &response, Picture::of(&sliders), state, actions);
    let residual = format!("Residual of {name}");
    picture_ui(ui, &format!("{key} residual"), &best.residual, &residual, edge);
}

fn words_ui(ui: &mut Ui, state: &AppState, racer: &RacerView, actions: &mut Actions) {
    let name = title(racer.method);
    ui.label(RichText::new(name).strong()).on_hover_text(explained(racer.method));
    if let RacerState::Failed(text) = &racer.state {
        let color = palette(ui).error;
        ui.add(eframe::egui::Label::new(RichText::new(text).color(color)).wrap());
    } else if racer.best.is_none() {
        let stopped = racer.state == RacerState::Stopped;
        caption(ui, if stopped { "Stopped before it began" } else { "Waiting…" });
    }
    let Some(best) = &racer.best else { return };
    figures_ui(ui, racer, best);
    light_ui(ui, &best.manifold);
    let take = ui.button("To Explore").on_hover_text("Load this latent into the sliders");
    if take.accessible_name(format!("Take {name} to Explore")).clicked() {
        actions.push(Action::Race(RaceAction::Take(racer.method)));
    }
    let obstacle = state.edit_obstacle();
    let edit = ui.add_enabled(obstacle.is_none(), Button::new("Edit"));
    let edit = edit.on_hover_text("Paint on it, and the picture follows");
    let edit = edit.on_disabled_hover_text(obstacle.unwrap_or_default());
    if edit.accessible_name(format!("Edit what {name} found")).clicked() {
        actions.push(Action::Edit(EditAction::Start(EditFrom::Racer(racer.method))));
    }
}

fn figures_ui(ui: &mut Ui, racer: &RacerView, best: &BestLatent) {
    let hint = "PSNR: 10 log10(4 / MSE), values in [-1, 1]. 35 dB is the same to the eye";
    ui.label(format!("{:.1} dB", best.psnr_db)).on_hover_text(hint);
    caption(ui, format!("SSIM {:.3}", best.ssim))
        .on_hover_text("Structural similarity; 1 is the same");
    let what = match &racer.state {
        RacerState::Running => "",
        RacerState::Stopped => " · stopped",
        RacerState::Done => "",
        RacerState::Stalled => " · no more gain",
        RacerState::Failed(_) => " · failed",
    };
    let (done, all) = racer.steps;
    caption(ui, format!("{:.1} s · {done} of {all}{what}", racer.seconds))
        .on_hover_text(format!("Computing time and steps. {} latents under way", racer.candidates));
    if let Some(distance) = best.truth_distance {
        caption(ui, format!("{distance:.2} from the truth")).on_hover_text(
            "Distance to the latent this picture was made from, by the root of its dimensions",
        );
    }
    if racer.restarts > 0 {
        caption(ui, format!("{} put back", racer.restarts))
            .on_hover_text("How often the loss was no number, and the latent was put back");
    }
}

/// Whether the latent lies where data lie; told by word and mark as well as by colour.
pub(in crate::ui) fn light_ui(ui: &mut Ui, manifold: &Manifold) {
    let colors = palette(ui);
    let (text, color) = match manifold.light {
        ManifoldLight::On => ("On the manifold", colors.success),
        ManifoldLight::Edge => ("At its edge", colors.warning),
        ManifoldLight::Off => ("Off the manifold", colors.error),
    };
    let percent = |share: f32| format!("{:.0} %", share * 100.0);
    let mut why = format!(
        "Length of z {:.2}. The prior's shell is at {:.2}; 98 % of the known latents lie between {:.2} and {:.2}.",
        manifold.norm, manifold.shell, manifold.norms.0, manifold.norms.1
    );
    if let Some(share) = manifold.among_own {
        why +=
            &format!(" D finds it more real than {} of the model's own pictures", percent(share));
        why += &match manifold.among_data {
            Some(share) => format!(", and than {} of the data.", percent(share)),
            None => ".".to_owned(),
        };
    }
    let hint = "Length of z, and of latents that are typical of the prior";
    caption(ui, format!("|z| {:.1} (prior {:.1})", manifold.norm, manifold.shell))
        .on_hover_text(hint);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let (rect, _) = ui.allocate_exact_size(Vec2::splat(10.0), eframe::egui::Sense::hover());
        ui.painter().circle_filled(rect.center(), 4.0, color);
        caption(ui, text).on_hover_text(why);
    });
}
