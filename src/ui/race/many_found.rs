//! What a job with many photos found: a summary by method, the photos with the worst first, and what was left out.

use std::sync::Arc;

use eframe::egui::{CollapsingHeader, Grid, Label, RichText, ScrollArea, Sense, Ui, vec2};

use super::many::file_name;
use super::title;
use crate::app::many_job::ManyJob;
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, ManyAction, display_path, escape};
use crate::protocol::{InversionMethod, Inverted};
use crate::ui::format::sentence;
use crate::ui::parts::{caption, heading, quiet_button, segmented};
use crate::ui::widgets::tile::{ImageTile, tile_uv};

/// Edge of a picture in the list, in points.
const EDGE: f32 = 34.0;
/// The list's height at most.
const LIST: f32 = 320.0;
/// Reasons that are shown at once.
const REASONS: usize = 200;

/// Draws all of it.
pub fn found_ui(ui: &mut Ui, state: &AppState, job: &ManyJob, actions: &mut Actions) {
    if job.found.is_empty() && job.left_out.is_empty() {
        return;
    }
    folder_ui(ui, job, actions);
    if !job.found.is_empty() {
        summary_ui(ui, job);
    }
    left_out_ui(ui, job);
    if !job.found.is_empty() {
        list_ui(ui, state, job, actions);
    }
}

fn folder_ui(ui: &mut Ui, job: &ManyJob, actions: &mut Actions) {
    ui.horizontal(|ui| {
        let copy = ui.button("Copy path").on_hover_text("Of the folder with all results");
        if copy.accessible_name("Copy the path of the results").clicked() {
            actions.push(Action::CopyText(job.out.display().to_string()));
        }
        let path = display_path(&job.out);
        let label = Label::new(RichText::new(&path).small().weak()).truncate();
        ui.add(label).on_hover_text(path);
    });
}

fn summary_ui(ui: &mut Ui, job: &ManyJob) {
    heading(ui, "Summary");
    caption(ui, "PSNR in dB: 10 log10(4 / MSE), values in [-1, 1]. Computing time a photo.");
    Grid::new("many summary").num_columns(6).spacing(vec2(9.0, 3.0)).min_col_width(0.0).show(
        ui,
        |ui| {
            for title in ["", "photos", "mean", "median", "worst", "time"] {
                caption(ui, title);
            }
            ui.end_row();
            for row in job.rows() {
                ui.label(title(row.method));
                ui.label(row.n.to_string());
                for psnr_db in [row.psnr_mean_db, row.psnr_median_db, row.psnr_worst_db] {
                    ui.label(format!("{psnr_db:.1}"));
                }
                ui.label(format!("{:.2} s", row.seconds));
                ui.end_row();
            }
        },
    );
}

fn left_out_ui(ui: &mut Ui, job: &ManyJob) {
    if job.left_out.is_empty() {
        return;
    }
    let text = format!("Left out: {}", job.left_out.len());
    CollapsingHeader::new(text).id_salt("left out").default_open(true).show(ui, |ui| {
        for why in job.left_out.iter().take(REASONS) {
            let text = RichText::new(sentence(why)).small();
            ui.add(Label::new(text).wrap());
        }
        if let Some(more) = job.left_out.len().checked_sub(REASONS + 1) {
            caption(ui, format!("and {} more", more + 1));
        }
    });
}

fn list_ui(ui: &mut Ui, state: &AppState, job: &ManyJob, actions: &mut Actions) {
    heading(ui, "Photos, the worst first");
    if job.methods.len() > 1 {
        let methods = job.methods.iter().map(|method| (*method, title(*method)));
        if let Some(method) = segmented(ui, job.listed, methods) {
            actions.push(Action::Many(ManyAction::List(method)));
        }
    }
    if !state.many_fits() {
        caption(ui, "Of another model than the one that is open: open it again to look at them.");
    }
    let listed: Vec<&Inverted> = job.worst().collect();
    ScrollArea::vertical()
        .id_salt("many found")
        .max_height(LIST)
        .auto_shrink([false, true])
        .show_rows(ui, EDGE, listed.len(), |ui, rows| {
            for found in &listed[rows] {
                line_ui(ui, state, found, actions);
            }
        });
}

/// The picture that was found, the photo's name and its PSNR; a click takes the latent.
fn line_ui(ui: &mut Ui, state: &AppState, found: &Inverted, actions: &mut Actions) {
    let name = file_name(&found.image);
    let mut taken = false;
    ui.horizontal(|ui| {
        ui.set_height(EDGE);
        taken |= picture_ui(ui, state, found, &name);
        let text = format!("{:.1} dB", found.psnr_db);
        let stalled = if found.stalled { ", no more gain" } else { "" };
        let hint = format!(
            "{}\nSSIM {:.3}, {} steps in {:.1} s{stalled}, length of z {:.2}",
            escape(&found.image),
            found.ssim,
            found.steps,
            found.seconds,
            found.norm
        );
        ui.label(RichText::new(text).strong());
        let button = quiet_button(name.as_str()).truncate();
        let response = ui.add_enabled(state.many_fits(), button);
        let response = response.accessible_name(format!("Take {name} to Explore"));
        taken |= response.on_hover_text(hint).clicked();
    });
    if taken {
        actions.push(take(found.method, &found.image));
    }
}

fn take(method: InversionMethod, image: &str) -> Action {
    Action::Many(ManyAction::Take(method, image.to_owned()))
}

fn picture_ui(ui: &mut Ui, state: &AppState, found: &Inverted, name: &str) -> bool {
    let many = &state.many;
    let place = many.picture_of(&found.latent);
    let (Some(sheet), Some(place)) = (many.pictures.as_ref().map(Arc::as_ref), place) else {
        ui.allocate_exact_size(vec2(EDGE, EDGE), Sense::hover());
        return false;
    };
    let picture = texture(ui.ctx(), "many found", &sheet.frame, Enlarge::Smooth);
    let uv = tile_uv(&sheet.frame, sheet.columns, sheet.tile_px, place);
    let name = format!("Picture found for {name}");
    ui.add(ImageTile::new(picture.id(), vec2(EDGE, EDGE), &name).uv(uv)).clicked()
}
