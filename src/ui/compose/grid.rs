//! The grid of the present picture along two directions: a preview, and the labelled figure as a file.

use eframe::egui::{
    Button, CollapsingHeader, ComboBox, DragValue, Grid, RichText, TextEdit, TextStyle, Ui, Vec2,
};

use super::{browse_ui, picture_of_edge, typed};
use crate::app::grid::{GridAlong, GridForm, GridSide, STEPS_LIMIT};
use crate::app::{Action, Actions, AppState, ComposeAction};
use crate::ui::attributes::job_ui;
use crate::ui::marks::{Picture, picture_click_ui};
use crate::ui::parts::caption;

/// Edges of a picture in the preview, in points.
const SMALLEST: f32 = 20.0;
const LARGEST: f32 = 96.0;

/// Draws the two axes, the preview and the export.
pub fn grid_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let form = &state.compose.grid.form;
    let mut changed = form.clone();
    let title = RichText::new("Grid along two directions").text_style(TextStyle::Button);
    let header = CollapsingHeader::new(title).id_salt("grid").open(Some(form.open));
    let shown = header.show(ui, |ui| {
        axes_ui(ui, state, &mut changed);
        preview_ui(ui, state, actions);
        export_ui(ui, state, &mut changed, actions);
    });
    if shown.header_response.clicked() {
        changed.open = !form.open;
    }
    if changed != *form {
        actions.push(Action::Compose(ComposeAction::SetGrid(Box::new(changed))));
    }
}

fn axes_ui(ui: &mut Ui, state: &AppState, form: &mut GridForm) {
    Grid::new("grid axes").num_columns(2).show(ui, |ui| {
        ui.label("Across");
        ui.horizontal_wrapped(|ui| {
            if let Some(along) = along_ui(ui, state, "Across", Some(form.x.along), false) {
                form.x.along = along.unwrap_or(form.x.along);
            }
            side_ui(ui, state, "Across", &mut form.x);
        });
        ui.end_row();
        ui.label("Up");
        ui.horizontal_wrapped(|ui| {
            let present = form.y.map(|side| side.along);
            if let Some(along) = along_ui(ui, state, "Up", present, true) {
                form.y = along.map(|along| match form.y {
                    Some(side) => GridSide { along, ..side },
                    None => GridSide::of(along),
                });
            }
            if let Some(side) = &mut form.y {
                side_ui(ui, state, "Up", side);
            }
        });
        ui.end_row();
    });
}

/// What an axis moves along, chosen from a list; `Some(None)` where it is to have nothing.
fn along_ui(
    ui: &mut Ui,
    state: &AppState,
    axis: &str,
    present: Option<GridAlong>,
    may_be_none: bool,
) -> Option<Option<GridAlong>> {
    let name_of = |id: u64| {
        let found = state.attributes.in_use().find(|attribute| attribute.id == id);
        found.map_or("(removed)", |attribute| attribute.direction.name.as_str())
    };
    let text = match present {
        None => "nothing: one row",
        Some(GridAlong::Dimension(_)) => "latent dimension",
        Some(GridAlong::Attribute(id)) => name_of(id),
    };
    let mut chosen = None;
    let combo = ComboBox::from_id_salt(("grid", axis)).width(150.0).truncate().selected_text(text);
    let combo = combo.show_ui(ui, |ui| {
        if may_be_none && ui.selectable_label(present.is_none(), "nothing: one row").clicked() {
            chosen = Some(None);
        }
        let is_dimension = matches!(present, Some(GridAlong::Dimension(_)));
        if ui.selectable_label(is_dimension, "latent dimension").clicked() && !is_dimension {
            chosen = Some(Some(GridAlong::Dimension(0)));
        }
        for attribute in state.attributes.in_use() {
            let along = GridAlong::Attribute(attribute.id);
            if ui.selectable_label(present == Some(along), &attribute.direction.name).clicked() {
                chosen = Some(Some(along));
            }
        }
    });
    combo.response.accessible_name(format!("{axis}: direction"));
    chosen
}

fn side_ui(ui: &mut Ui, state: &AppState, axis: &str, side: &mut GridSide) {
    if let GridAlong::Dimension(dim) = &mut side.along {
        let last = state.explore.latent.dims().saturating_sub(1);
        let number = DragValue::new(dim).range(0..=last).speed(0.1);
        ui.add(number).accessible_name(format!("{axis}: dimension"));
    }
    let steps = DragValue::new(&mut side.steps).range(1..=STEPS_LIMIT).speed(0.1);
    ui.add(steps.suffix(" pictures")).accessible_name(format!("{axis}: pictures"));
    let reach = DragValue::new(&mut side.reach).range(0.1..=20.0).speed(0.02).prefix("± ");
    let hint = "From minus this to this: steps of an attribute, values of a dimension";
    ui.add(reach).accessible_name(format!("{axis}: reach")).on_hover_text(hint);
}

fn preview_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let grid = &state.compose.grid;
    if grid.job(&state.explore, &state.attributes, "grid.png".into()).is_none() {
        caption(ui, "Choose two different directions.");
        return;
    }
    if !grid.fits_preview() {
        caption(ui, "Too many pictures for a preview; the file will hold them all.");
        return;
    }
    let columns = grid.form.x.steps;
    let Some(sheet) = grid.pictures.as_ref().filter(|sheet| sheet.latents.len() % columns == 0)
    else {
        caption(ui, "Drawing…");
        return;
    };
    let edge = (ui.available_width() / columns as f32).clamp(SMALLEST, LARGEST);
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    for row in 0..sheet.latents.len() / columns {
        ui.horizontal(|ui| {
            for column in 0..columns {
                let index = row * columns + column;
                let name = format!("Row {}, column {}", row + 1, column + 1);
                let tile = picture_of_edge(ui, "grid", sheet, index, &name, edge).draggable();
                let response = ui.add(tile);
                // Truncation stays on its slider.
                let latent = state.explore.untruncated(&sheet.latents[index]);
                picture_click_ui(ui, &response, Picture::of(&latent), state, actions);
            }
        });
    }
}

fn export_ui(ui: &mut Ui, state: &AppState, form: &mut GridForm, actions: &mut Actions) {
    ui.add_space(6.0);
    if state.job.is_some() {
        return job_ui(ui, state, actions);
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let scale = DragValue::new(&mut form.scale).range(1..=64).prefix("Scale × ").speed(0.05);
        let hint = "How many times larger than the model's pictures";
        ui.add(scale).accessible_name("Grid's enlargement").on_hover_text(hint);
        let width = (ui.available_width() - 124.0).clamp(100.0, 420.0);
        let field = TextEdit::singleline(&mut form.out_text).hint_text("grid.png");
        ui.add(field.desired_width(width)).accessible_name("Where to write the grid");
        if browse_ui(ui, state, "Choose where to write the grid") {
            actions.push(Action::PickGridPath);
        }
        let out = typed(&form.out_text);
        let grid = &state.compose.grid;
        let ready = state.engine_is_up()
            && grid.job(&state.explore, &state.attributes, "grid.png".into()).is_some();
        let export = ui.add_enabled(ready && out.is_some(), Button::new("Export"));
        let hint = "One picture with the names and values along its axes";
        let export = export.accessible_name("Export the grid").on_hover_text(hint);
        if let (true, Some(out)) = (export.clicked(), out) {
            actions.push(Action::Compose(ComposeAction::ExportGrid(out)));
        }
    });
}
