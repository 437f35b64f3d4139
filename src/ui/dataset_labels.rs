//! Labels of the open data set: where they come from, what was not used, and how often each occurs.

use eframe::egui::{
    Align, Button, CollapsingHeader, Id, Label, Layout, Response, RichText, Role, Sense, Spinner,
    TextEdit, TextStyle, Ui, WidgetInfo, vec2,
};

use super::format::{counted, grouped, sentence};
use super::icons::{self, Icon};
use super::parts::{caption, fact, heading, well};
use super::theme::palette;
use super::widgets::path_field::{PathField, entered};
use super::widgets::segmented::segmented_ui;
use crate::app::{Action, Actions, AppState, LabelKind, display_path, escape, typed_path};
use crate::protocol::{DatasetSummary, LabelCount, LabelReport, LabelSource, PatternPreview};

/// Labels shown before the rest is folded away.
const LABELS_SHOWN: usize = 12;
/// Labels that a pattern would give, named below its preview.
const LABELS_NAMED: usize = 6;
/// Height of a row of the histogram and of the preview.
const ROW_HEIGHT: f32 = 18.0;

/// The labels' part of the data panel.
pub fn dataset_labels_ui(
    ui: &mut Ui,
    state: &AppState,
    summary: &DatasetSummary,
    actions: &mut Actions,
) {
    if !summary.has_file_names && summary.labels.is_empty() {
        return;
    }
    heading(ui, "Labels");
    if summary.has_file_names {
        source_ui(ui, state, summary, actions);
    }
    if let Some(report) = &summary.labelling {
        report_ui(ui, summary, report);
    }
    histogram_ui(ui, &summary.labels);
}

fn source_ui(ui: &mut Ui, state: &AppState, summary: &DatasetSummary, actions: &mut Actions) {
    let draft = &state.dataset.labels;
    let kinds = [
        (LabelKind::Folders, "Sub-folders"),
        (LabelKind::Table, "Table"),
        (LabelKind::Pattern, "File names"),
    ];
    if let Some(kind) = segmented_ui(ui, "Labels from", draft.kind, kinds.into_iter()) {
        actions.push(Action::ShowLabelKind(kind));
    }
    let idle = state.engine_is_up() && !state.training.phase.is_active();
    let free = idle && state.dataset.loading.is_none() && !draft.reading;
    match draft.kind {
        LabelKind::Folders => {
            ui.add_enabled_ui(free, |ui| folders_ui(ui, summary, actions));
        }
        LabelKind::Table => table_ui(ui, state, free, actions),
        LabelKind::Pattern => pattern_ui(ui, state, summary, free, actions),
    }
    if draft.reading {
        ui.horizontal(|ui| {
            ui.add(Spinner::new().size(14.0));
            ui.label("Reading labels…");
            if ui.button("Cancel").clicked() {
                actions.push(Action::CancelDataset);
            }
        });
    }
    if let Some(error) = &draft.error {
        alarming(ui, error);
    }
    ui.add_space(4.0);
}

fn folders_ui(ui: &mut Ui, summary: &DatasetSummary, actions: &mut Actions) {
    if summary.options.labels != LabelSource::Own {
        if ui.button("Use the names of sub-folders").clicked() {
            actions.push(Action::ApplyLabels(LabelSource::Own));
        }
    } else if summary.labels.is_empty() {
        caption(ui, "The pictures lie in no sub-folders whose names could be labels.");
    }
}

/// Its field is never disabled, so that it keeps the keyboard while what was typed is read.
fn table_ui(ui: &mut Ui, state: &AppState, free: bool, actions: &mut Actions) {
    let hint = "a table's path, or drop it here";
    let field = PathField { name: "Label table path", hint, button: "Read" };
    let text = &state.dataset.labels.table_text;
    let (edited, read) = field.ui(ui, text, "Read the label table", free);
    actions.extend(edited.map(Action::SetLabelTable));
    let table = |path: String| Action::ApplyLabels(LabelSource::Table(typed_path(&path)));
    actions.extend(read.map(table));
    let choose = Button::new((icons::atom(Icon::Folder), "Choose a table…"));
    if ui.add_enabled(free && !state.dialog_open, choose).clicked() {
        actions.push(Action::PickLabelTable);
    }
    caption(ui, "CSV whose first column names the files, or CelebA's list_attr_celeba.txt.");
}

fn pattern_ui(
    ui: &mut Ui,
    state: &AppState,
    summary: &DatasetSummary,
    free: bool,
    actions: &mut Actions,
) {
    let draft = &state.dataset.labels;
    let mut text = draft.pattern.clone();
    let field = TextEdit::singleline(&mut text)
        .hint_text("{person}_{smile}_*.jpg")
        .font(TextStyle::Monospace)
        .return_key(None)
        .desired_width(ui.available_width());
    let field = ui.add(field).accessible_name("File name pattern");
    if field.changed() {
        actions.push(Action::SetLabelPattern(text.clone()));
    }
    if summary.options.labels == LabelSource::Pattern(text.clone()) {
        // What it reads shows below, as the labels in force.
        return;
    }
    let Some(preview) = draft.preview.as_deref().filter(|_| !text.trim().is_empty()) else {
        caption(ui, "A name in braces reads a label, * is any text. What it reads shows here.");
        return;
    };
    let shown = ui.scope(|ui| {
        preview_ui(ui, preview);
        let is_whole = free && preview.pattern == text && !preview.labels.is_empty();
        let entered = entered(ui, &field);
        let used = ui.add_enabled(is_whole, Button::new("Use these labels")).clicked();
        if used || entered && is_whole {
            actions.push(Action::ApplyLabels(LabelSource::Pattern(text.clone())));
        }
    });
    show_once(ui, &shown.response, preview);
}

/// Scrolls to a preview that is new, as it grows below the field in which it is asked for.
fn show_once(ui: &Ui, shown: &Response, preview: &PatternPreview) {
    let seen = Id::unique("pattern shown");
    let before = ui.data_mut(|data| {
        let before = data.get_temp::<String>(seen);
        data.insert_temp(seen, preview.pattern.clone());
        before
    });
    if before.as_ref() != Some(&preview.pattern) {
        shown.scroll_to_me(None);
    }
}

/// What a pattern reads out of the first few names, and the labels it gives.
fn preview_ui(ui: &mut Ui, preview: &PatternPreview) {
    if let Some(error) = &preview.error {
        return alarming(ui, error);
    }
    let (matched, pictures) = (grouped(preview.matched as u64), grouped(preview.pictures as u64));
    let fits = if preview.matched == preview.pictures {
        format!("All {pictures} names fit")
    } else {
        format!("{matched} of {pictures} names fit")
    };
    ui.label(RichText::new(fits).color(palette(ui).text_strong));
    well(ui).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.spacing_mut().interact_size.y = ROW_HEIGHT;
        let weak = palette(ui).text_weak;
        let heads = escape(&preview.fields.join(" · "));
        preview_row(ui, RichText::new("File").color(weak), RichText::new(heads).color(weak));
        for row in &preview.rows {
            let values = match &row.values {
                Some(values) => RichText::new(escape(&values.join(" · "))),
                None => RichText::new("does not fit").color(palette(ui).warning),
            };
            preview_row(ui, RichText::new(escape(&row.name)), values);
        }
    });
    if !preview.labels.is_empty() {
        caption(ui, labels_text(&preview.labels));
    }
    remarks_ui(ui, &preview.remarks);
}

fn preview_row(ui: &mut Ui, name: RichText, values: RichText) {
    ui.horizontal(|ui| {
        let layout = Layout::left_to_right(Align::Center);
        let name_width = ((ui.available_width() - ui.spacing().item_spacing.x) * 0.56).round();
        for (text, width) in [(name, name_width), (values, 0.0)] {
            let width = if width > 0.0 { width } else { ui.available_width() };
            ui.allocate_ui_with_layout(vec2(width, ROW_HEIGHT), layout, |ui| {
                ui.set_min_width(width);
                ui.add(Label::new(text.text_style(TextStyle::Small)).truncate());
            });
        }
    });
}

/// `Gives 3 labels: person = anna (12), person = bob (10), smile (11)`.
fn labels_text(labels: &[LabelCount]) -> String {
    let named = labels.iter().take(LABELS_NAMED);
    let named = named.map(|label| format!("{} ({})", label.name, grouped(label.count as u64)));
    let mut text = format!(
        "Gives {}: {}",
        counted(labels.len(), "label", "labels"),
        named.collect::<Vec<_>>().join(", ")
    );
    if labels.len() > LABELS_NAMED {
        text.push_str(&format!(" and {} more", labels.len() - LABELS_NAMED));
    }
    escape(&text)
}

/// What is in force, and what of it was not used.
fn report_ui(ui: &mut Ui, summary: &DatasetSummary, report: &LabelReport) {
    match &summary.options.labels {
        LabelSource::Own => {}
        LabelSource::Table(path) => fact(ui, "From", display_path(path)),
        LabelSource::Pattern(pattern) => fact(ui, "From", escape(pattern)),
    }
    let (labelled, all) = (report.labelled, report.labelled + report.unlabelled);
    fact(ui, "Labelled", format!("{} of {}", grouped(labelled as u64), grouped(all as u64)));
    remarks_ui(ui, &report.remarks);
}

fn remarks_ui(ui: &mut Ui, remarks: &[String]) {
    for remark in remarks {
        let color = palette(ui).warning;
        ui.add(Label::new(RichText::new(sentence(&escape(remark))).color(color)).wrap());
    }
}

fn alarming(ui: &mut Ui, text: &str) {
    let color = palette(ui).error;
    ui.add(Label::new(RichText::new(sentence(&escape(text))).color(color)).wrap());
}

fn histogram_ui(ui: &mut Ui, labels: &[LabelCount]) {
    let most = labels.iter().map(|label| label.count).max().unwrap_or(1).max(1);
    let (first, rest) = labels.split_at(labels.len().min(LABELS_SHOWN));
    ui.scope(|ui| {
        for label in first {
            label_ui(ui, label, most);
        }
    });
    if !rest.is_empty() {
        let title = format!("{} more", rest.len());
        CollapsingHeader::new(title).id_salt("more labels").show(ui, |ui| {
            for label in rest {
                label_ui(ui, label, most);
            }
        });
    }
}

/// A label's name, cut where it is too long; of `column = value` the column is cut, as the value tells them apart.
fn label_name_ui(ui: &mut Ui, name: &str) {
    let font = TextStyle::Body.resolve(ui.style());
    let color = ui.visuals().text_color();
    let width = |ui: &Ui, text: &str| {
        ui.painter().layout_no_wrap(text.to_owned(), font.clone(), color).size().x.ceil()
    };
    let room = ui.available_width();
    let parted = name.rfind(" = ").map(|at| name.split_at(at)).filter(|_| width(ui, name) > room);
    let parted = parted.map(|(column, value)| (column, value, width(ui, value)));
    let Some((column, value, value_width)) = parted.filter(|(.., width)| *width < room * 0.7)
    else {
        ui.add(Label::new(name).truncate());
        return;
    };
    ui.spacing_mut().item_spacing.x = 0.0;
    let column_size = vec2(room - value_width - 1.0, ROW_HEIGHT);
    let layout = Layout::left_to_right(Align::Center);
    ui.allocate_ui_with_layout(column_size, layout, |ui| ui.add(Label::new(column).truncate()))
        .inner
        .on_hover_text(name);
    ui.add(Label::new(value).extend());
}

/// A bar of the histogram: the name on the bar's track, the count at its right end.
fn label_ui(ui: &mut Ui, label: &LabelCount, most: usize) {
    let palette = palette(ui);
    ui.spacing_mut().interact_size.y = ROW_HEIGHT;
    let row = ui.horizontal(|ui| {
        let name = escape(&label.name);
        let name_width = (ui.available_width() * 0.44).round();
        let layout = Layout::left_to_right(Align::Center);
        ui.allocate_ui_with_layout(vec2(name_width, ROW_HEIGHT), layout, |ui| {
            ui.set_min_width(name_width);
            label_name_ui(ui, &name);
        });
        let count = grouped(label.count as u64);
        let size = vec2(ui.available_width() - 52.0, 6.0);
        let (rect, bar) = ui.allocate_exact_size(size, Sense::hover());
        let spoken = format!("{name}: {}", counted(label.count, "picture", "pictures"));
        bar.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &spoken));
        ui.painter().rect_filled(rect, 3.0, palette.sunken);
        let share = label.count as f32 / most as f32;
        let filled = rect.with_max_x(rect.left() + share * rect.width());
        ui.painter().rect_filled(filled, 3.0, palette.accent_fill);
        ui.add(Label::new(RichText::new(count).small().color(palette.text_weak)).extend());
    });
    if label.unknown > 0 {
        let unknown = counted(label.unknown, "picture", "pictures");
        row.response.on_hover_text(format!("Not known of {unknown}"));
    }
}
