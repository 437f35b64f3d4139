//! The data set: choose it, see it read, look at what came of it.

use eframe::egui::{
    Button, CollapsingHeader, Image, Label, ProgressBar, Response, RichText, Sense, Ui, vec2,
};

use super::dataset_labels::dataset_labels_ui;
use super::dataset_options::options_ui;
use super::format::{bytes, counted, grouped, sentence};
use super::icons::{self, Icon};
use super::parts::{caption, card, fact, heading, primary_button, scrolled};
use super::theme::palette;
use super::widgets::path_field::PathField;
use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, PhotoAction, display_path, escape, typed_source};
use crate::protocol::{DatasetSource, DatasetSummary, SkippedFile, Split};

/// How much of the open data set is seen while another one is being read.
const STILL_OPEN_OPACITY: f32 = 0.45;
/// Skipped files listed; more are only counted.
const SKIPPED_SHOWN: usize = 200;

/// The data tab of the left panel.
pub fn dataset_panel_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    scrolled(ui, "data", |ui| contents_ui(ui, state, actions));
}

fn contents_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    source_ui(ui, state, actions);
    options_ui(ui, state, actions);
    if let Some((done, total)) = state.dataset.loading {
        progress_ui(ui, done, total, actions);
    }
    if let Some(error) = &state.dataset.error {
        ui.add_space(6.0);
        let color = palette(ui).error;
        ui.add(Label::new(RichText::new(escape(error)).color(color)).wrap());
    }
    match &state.dataset.summary {
        Some(summary) => open_ui(ui, state, summary, actions),
        None if state.dataset.loading.is_none() => nothing_open_ui(ui),
        None => {}
    }
}

fn source_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Source");
    let reading = state.dataset.loading.is_some() || state.dataset.labels.reading;
    let free = state.engine_is_up() && !reading;
    let idle = !state.training.phase.is_active();
    ui.add_enabled_ui(free && idle, |ui| {
        ui.horizontal(|ui| {
            let portraits = if state.dataset.summary.is_none() {
                primary_button(ui, "Use Portraits")
            } else {
                ui.button("Use Portraits")
            };
            let hint =
                "Cartoon faces drawn by this program, with known attributes. No files needed.";
            if portraits.on_hover_text(hint).clicked() {
                actions.push(Action::OpenDataset(DatasetSource::Portraits));
            }
            let folder = ui.add_enabled(
                !state.dialog_open,
                Button::new((icons::atom(Icon::Folder), "Choose a folder…")),
            );
            let hint =
                "A folder of images (labels come from sub-folders, a table or file names) or of IDX files such as MNIST.";
            if folder.on_hover_text(hint).clicked() {
                actions.push(Action::PickDatasetFolder);
            }
        });
    });
    path_ui(ui, state, free && idle, actions);
    ui.add_enabled_ui(free && idle, |ui| recent_ui(ui, state, actions));
    if !idle {
        caption(ui, "The data cannot change while a run is active.");
    }
}

/// Never disabled, so that it keeps the keyboard while what was typed is read.
fn path_ui(ui: &mut Ui, state: &AppState, may_read: bool, actions: &mut Actions) {
    let hint = "or type a folder's path";
    let field = PathField { name: "Data folder path", hint, button: "Read" };
    let text = &state.dataset.path_text;
    let (edited, read) = field.ui(ui, text, "Read the data folder", may_read);
    actions.extend(edited.map(Action::SetDatasetPath));
    actions.extend(read.map(|path| Action::OpenDataset(typed_source(&path))));
}

fn recent_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let recent = &state.preferences.recent_data;
    // There from the start, so that what is below does not jump when the first folder is opened.
    ui.add_enabled_ui(!recent.is_empty(), |ui| {
        ui.menu_button("Recent folders", |ui| {
            for path in recent {
                if ui.button(display_path(path)).clicked() {
                    actions.push(Action::OpenDataset(DatasetSource::Path(path.clone())));
                }
            }
        });
    });
}

fn progress_ui(ui: &mut Ui, done: usize, total: usize, actions: &mut Actions) {
    ui.add_space(8.0);
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let text = if total == 0 {
            format!("Looking for pictures… {}", grouped(done as u64))
        } else {
            format!("Reading {} of {}", grouped(done as u64), grouped(total as u64))
        };
        ui.label(&text);
        let share = if total == 0 { 0.0 } else { done as f32 / total as f32 };
        let fill = palette(ui).accent_fill;
        let bar = ProgressBar::new(share).desired_height(8.0).fill(fill);
        ui.add(bar).accessible_name("Reading progress");
        if ui.button("Cancel").clicked() {
            actions.push(Action::CancelDataset);
        }
    });
}

fn nothing_open_ui(ui: &mut Ui) {
    ui.add_space(8.0);
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let palette = palette(ui);
        ui.label(RichText::new("No data set is open").color(palette.text_strong));
        let text = "Portraits is ready at once. For your own pictures choose a folder, type its \
                    path, or drop it anywhere on this window.";
        ui.label(RichText::new(text).color(palette.text_weak));
    });
}

/// What is open; paler and named so while another one is being read.
fn open_ui(ui: &mut Ui, state: &AppState, summary: &DatasetSummary, actions: &mut Actions) {
    let name = escape(&summary.name);
    if state.dataset.loading.is_none() {
        heading(ui, &name);
        summary_ui(ui, summary, actions);
        return dataset_labels_ui(ui, state, summary, actions);
    }
    ui.scope(|ui| {
        ui.multiply_opacity(STILL_OPEN_OPACITY);
        heading(ui, &format!("Still open: {name}"));
        summary_ui(ui, summary, actions);
        dataset_labels_ui(ui, state, summary, actions);
    });
}

fn summary_ui(ui: &mut Ui, summary: &DatasetSummary, actions: &mut Actions) {
    thumbnails_ui(ui, summary, actions);
    fact(ui, "Pictures", format!("{} to train on", grouped(summary.train_count as u64)));
    let held_out = grouped(summary.held_out_count as u64);
    fact(ui, "Held out", format!("{held_out} more, never trained on"));
    let channels = match summary.options.channels {
        1 => "gray",
        4 => "RGBA",
        _ => "RGB",
    };
    fact(ui, "Size", format!("{0} × {0} px, {channels}", summary.options.image_size));
    let pixels = u64::from(summary.options.image_size).pow(2) * u64::from(summary.options.channels);
    let pictures = (summary.train_count + summary.held_out_count) as u64;
    let memory = if summary.in_memory {
        format!("{} in memory", bytes(pixels * pictures))
    } else {
        "decoded on demand".to_owned()
    };
    fact(ui, "Kept", memory);
    if let DatasetSource::Path(path) = &summary.source {
        fact(ui, "Folder", display_path(path));
    }
    for remark in &summary.remarks {
        let color = palette(ui).warning;
        ui.add(Label::new(RichText::new(sentence(&escape(remark))).color(color)).wrap());
    }
    // Before the labels, of which there may be many: what is missing must be seen.
    skipped_ui(ui, &summary.skipped);
}

/// The first pictures, as many columns as they have, as large as fits.
fn thumbnails_ui(ui: &mut Ui, summary: &DatasetSummary, actions: &mut Actions) {
    let frame = &summary.thumbnails;
    if frame.width_px == 0 || frame.height_px == 0 {
        return;
    }
    let texture = texture(ui.ctx(), "thumbnails", frame, Enlarge::Smooth);
    let width = ui.available_width();
    let height = width * frame.height_px as f32 / frame.width_px as f32;
    // Never enlarged past twice, so that few pictures stay crisp.
    let scale = (frame.width_px as f32 * 2.0 / width).min(1.0);
    let size = vec2(width, height) * scale;
    let shown = counted(summary.thumbnail_count, "picture", "pictures");
    let name = format!("The first {shown} of the data set");
    let image = Image::new((texture.id(), size)).corner_radius(3).alt_text(name);
    let hint = "Right-click a picture to use it as photo";
    let sheet = ui.add(image.sense(Sense::click())).on_hover_text(hint);
    use_as_photo_ui(ui, &sheet, summary, actions);
    ui.add_space(2.0);
}

/// A menu on the thumbnails: the picture it was opened on becomes the photo.
fn use_as_photo_ui(ui: &Ui, sheet: &Response, summary: &DatasetSummary, actions: &mut Actions) {
    let slot = sheet.id.with("picture of the menu");
    if let Some(at) = sheet.interact_pointer_pos().filter(|_| sheet.secondary_clicked()) {
        let place = (at - sheet.rect.min) / sheet.rect.size();
        let columns = summary.thumbnail_columns.max(1);
        let rows = summary.thumbnail_count.div_ceil(columns);
        let cell =
            |share: f32, cells: usize| ((share * cells as f32) as usize).min(cells.max(1) - 1);
        ui.data_mut(|data| {
            data.insert_temp(slot, cell(place.y, rows) * columns + cell(place.x, columns));
        });
    }
    let tile = ui.data(|data| data.get_temp::<usize>(slot)).unwrap_or_default();
    sheet.context_menu(|ui| {
        let there = tile < summary.thumbnail_count;
        if ui.add_enabled(there, Button::new("Use as photo")).clicked() {
            let index = summary.thumbnail_picture(tile);
            actions.push(Action::Photo(PhotoAction::FromData(Split::Train, index)));
            ui.close();
        }
    });
}

fn skipped_ui(ui: &mut Ui, skipped: &[SkippedFile]) {
    if skipped.is_empty() {
        return;
    }
    ui.add_space(6.0);
    let palette = palette(ui);
    let title = counted(skipped.len(), "file was skipped", "files were skipped");
    let title = RichText::new(title).color(palette.warning);
    CollapsingHeader::new(title).id_salt("skipped").show(ui, |ui| {
        for file in skipped.iter().take(SKIPPED_SHOWN) {
            ui.add(Label::new(escape(&file.path.display().to_string())).wrap());
            caption(ui, sentence(&escape(&file.reason)));
        }
        if skipped.len() > SKIPPED_SHOWN {
            caption(ui, format!("and {} more", grouped((skipped.len() - SKIPPED_SHOWN) as u64)));
        }
    });
}
