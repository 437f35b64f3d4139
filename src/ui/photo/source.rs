//! Where a photo comes from: a file, the clipboard, the open data set.

use eframe::egui::{Button, Grid, Label, Ui, vec2};

use crate::app::textures::{Enlarge, texture};
use crate::app::{Action, Actions, AppState, PhotoAction, escape, typed_path};
use crate::protocol::{DatasetSummary, Split};
use crate::ui::icons::{self, Icon};
use crate::ui::parts::{caption, primary_button};
use crate::ui::widgets::path_field::PathField;
use crate::ui::widgets::tile::{ImageTile, tile_uv};

/// Edge of a picture in the chooser, in points.
const TILE: f32 = 38.0;

/// The row of buttons, a field for a path, and what is being opened.
pub fn source_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let up = state.engine_is_up();
    let mut push = |action| actions.push(Action::Photo(action));
    ui.horizontal_wrapped(|ui| {
        ui.add_enabled_ui(up && !state.dialog_open, |ui| {
            let atoms = (icons::atom(Icon::Folder), "Open photo…");
            let open = match &state.photo.photo {
                None => primary_button(ui, atoms),
                Some(_) => ui.add(Button::new(atoms)),
            };
            let hint = "PNG, JPEG, WebP, BMP, GIF, TIFF, PGM or PPM; or drop one on the window";
            if open.on_hover_text(hint).clicked() {
                push(PhotoAction::Pick);
            }
        });
        let paste = ui.add_enabled(up, Button::new("Paste"));
        let hint = "Take the picture, or the picture file, in the clipboard (Ctrl+V)";
        if paste.accessible_name("Paste a photo").on_hover_text(hint).clicked() {
            push(PhotoAction::Paste);
        }
        data_ui(ui, state, up, &mut push);
    });
    let field = PathField { name: "Photo path", hint: "or type a picture's path", button: "Open" };
    let (edited, used) = field.ui(ui, &state.photo.path_text, "Open the photo at this path", up);
    edited.map(PhotoAction::SetPath).into_iter().for_each(&mut push);
    used.map(|path| PhotoAction::Open(typed_path(&path))).into_iter().for_each(&mut push);
    if let Some(what) = &state.photo.opening {
        ui.horizontal(|ui| {
            if ui.button("Cancel").accessible_name("Cancel opening").clicked() {
                push(PhotoAction::Cancel);
            }
            ui.add(Label::new(format!("Opening {}…", escape(what))).truncate());
        });
    }
}

/// Pictures of the open data set.
fn data_ui(ui: &mut Ui, state: &AppState, up: bool, push: &mut impl FnMut(PhotoAction)) {
    let summary = state.dataset.summary.as_ref();
    ui.add_enabled_ui(up && summary.is_some(), |ui| {
        let menu = ui.menu_button("From data", |ui| {
            let Some(summary) = summary else { return };
            let held_out = ui
                .add_enabled(summary.held_out_count > 0, Button::new("A random held-out picture"));
            if held_out.on_hover_text("One that was never trained on").clicked() {
                push(PhotoAction::RandomHeldOut);
                ui.close();
            }
            caption(ui, "Training pictures");
            if let Some(index) = thumbnails_ui(ui, summary) {
                push(PhotoAction::FromData(Split::Train, index));
                ui.close();
            }
        });
        menu.response.on_disabled_hover_text("Open a data set first, in the Data panel");
    });
}

/// The data set's thumbnails as buttons; the number of the training picture that was chosen.
fn thumbnails_ui(ui: &mut Ui, summary: &DatasetSummary) -> Option<usize> {
    let frame = &summary.thumbnails;
    let columns = summary.thumbnail_columns.max(1);
    let picture = texture(ui.ctx(), "thumbnails", frame, Enlarge::Smooth);
    let mut chosen = None;
    Grid::new("photo thumbnails").spacing(vec2(2.0, 2.0)).min_col_width(TILE).show(ui, |ui| {
        for tile in 0..summary.thumbnail_count {
            let index = summary.thumbnail_picture(tile);
            let name = format!("Training picture {}", index + 1);
            let edge = summary.options.image_size as usize;
            let uv = tile_uv(frame, columns, edge, tile);
            if ui.add(ImageTile::new(picture.id(), vec2(TILE, TILE), &name).uv(uv)).clicked() {
                chosen = Some(index);
            }
            if (tile + 1).is_multiple_of(columns) {
                ui.end_row();
            }
        }
    });
    chosen
}
