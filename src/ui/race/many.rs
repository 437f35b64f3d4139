//! Many photos brought back to z by one job: what goes in, where the results go, and how far it is.

use std::path::PathBuf;

use eframe::egui::{Label, ProgressBar, RichText, TextEdit, Ui};

use super::settings::settings_ui;
use super::{explained, many_found, mode_ui, settings_toggle_ui, title};
use crate::app::dialogs::DialogKind;
use crate::app::many_job::{ManyEnd, ManyJob};
use crate::app::{Action, Actions, AppState, ManyAction, display_path, escape};
use crate::protocol::InversionMethod;
use crate::ui::format::{counted, grouped, sentence};
use crate::ui::parts::{caption, card, primary_button, scrolled, toggle};
use crate::ui::theme::palette;

/// Room for the buttons behind a field, with the space before them.
const TWO_BUTTONS: f32 = 150.0;
const ONE_BUTTON: f32 = 86.0;

/// Draws this part of the pane.
pub fn many_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    mode_ui(ui, state, actions);
    scrolled(ui, "many photos", |ui| {
        form_ui(ui, state, actions);
        methods_ui(ui, state, actions);
        if state.race.settings_open {
            settings_ui(ui, state, actions);
        }
        start_ui(ui, state, actions);
        offer_ui(ui, state, actions);
        let Some(job) = &state.many.job else { return };
        if job.end.is_none() {
            progress_ui(ui, job, actions);
        } else {
            end_ui(ui, job);
        }
        many_found::found_ui(ui, state, job, actions);
    });
}

fn push(actions: &mut Actions, action: ManyAction) {
    actions.push(Action::Many(action));
}

fn form_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let many = &state.many;
    ui.add_enabled_ui(!many.is_running(), |ui| {
        caption(ui, "Photos: a folder without its sub-folders, or files");
        ui.horizontal(|ui| {
            let field = Field { name: "Photos to bring back", hint: chosen_text(&many.files) };
            if let Some(text) = field.ui(ui, &many.pictures_text, TWO_BUTTONS) {
                push(actions, ManyAction::SetPictures(text));
            }
            let folder = ("Folder…", "Choose a folder of photos");
            pick_ui(ui, state, folder, DialogKind::InvertFolder, actions);
            let files = ("Files…", "Choose photos one by one");
            pick_ui(ui, state, files, DialogKind::InvertFiles, actions);
        });
        let about =
            "Latents, report and, for every photo and method, the result and where it differs";
        caption(ui, "Results go into").on_hover_text(about);
        ui.horizontal(|ui| {
            let suggested = many.suggested_out();
            let hint = suggested.as_deref().map_or("a folder's path".to_owned(), display_path);
            let field = Field { name: "Folder for the results", hint };
            if let Some(text) = field.ui(ui, &many.out_text, ONE_BUTTON) {
                push(actions, ManyAction::SetOut(text));
            }
            let folder = ("Folder…", "Choose a folder for the results");
            pick_ui(ui, state, folder, DialogKind::InvertOut, actions);
        });
    });
}

/// A field for a path, with what is taken where it is empty as its hint.
struct Field {
    name: &'static str,
    hint: String,
}

impl Field {
    /// Draws it, leaving room for the buttons behind it; the text where it was changed.
    fn ui(self, ui: &mut Ui, text: &str, buttons: f32) -> Option<String> {
        let mut typed = text.to_owned();
        let room = (ui.available_width() - buttons).max(60.0);
        let field = TextEdit::singleline(&mut typed).hint_text(self.hint).desired_width(room);
        let changed = ui.add(field).accessible_name(self.name).changed();
        changed.then_some(typed)
    }
}

/// What was chosen one by one, in place of a folder.
fn chosen_text(files: &[PathBuf]) -> String {
    match files {
        [] => "a folder's path".to_owned(),
        [only] => display_path(only),
        [first, ..] => {
            let folder = first.parent().map(display_path).unwrap_or_default();
            format!("{} files of {folder}", files.len())
        }
    }
}

fn pick_ui(
    ui: &mut Ui,
    state: &AppState,
    (text, name): (&str, &str),
    kind: DialogKind,
    actions: &mut Actions,
) {
    ui.add_enabled_ui(!state.dialog_open, |ui| {
        if ui.button(text).accessible_name(name).clicked() {
            actions.push(Action::Pick(kind));
        }
    });
}

fn methods_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let encodes = state.model.as_ref().is_some_and(|model| model.parameters.encoder > 0);
    let methods = state.many_methods();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for method in InversionMethod::ALL {
            let allowed = (encodes || !method.needs_encoder()) && !state.many.is_running();
            let mut on = methods.contains(&method);
            ui.add_enabled_ui(allowed, |ui| {
                let response = toggle(ui, &mut on, title(method)).on_hover_text(explained(method));
                let why = if encodes { "The job is under way" } else { super::NO_ENCODER };
                if response.on_disabled_hover_text(why).changed() {
                    push(actions, ManyAction::Toggle(method));
                }
            });
        }
        settings_toggle_ui(ui, state, actions);
    });
    if !encodes {
        caption(ui, super::NO_ENCODER);
    }
}

fn start_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if state.many.is_running() || state.many.offered.is_some() {
        return;
    }
    let obstacle = state.many_obstacle();
    ui.add_enabled_ui(obstacle.is_none(), |ui| {
        let start = primary_button(ui, "Invert photos");
        if start.on_disabled_hover_text(obstacle.clone().unwrap_or_default()).clicked() {
            push(actions, ManyAction::Start);
        }
    });
    if let (Some(why), true) = (obstacle, state.many.job.is_none()) {
        caption(ui, why);
    }
}

/// The folder holds a report already: the person says what is to become of it.
fn offer_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let Some(folder) = &state.many.offered else { return };
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let text = format!("{} holds the report of an earlier inversion.", display_path(folder));
        ui.add(Label::new(RichText::new(text).strong()).wrap());
        caption(
            ui,
            "Going on, photos that it holds with this model and these settings are not inverted again; what it \
             holds with others is taken out of it.",
        );
        ui.horizontal_wrapped(|ui| {
            if primary_button(ui, "Go on with it").clicked() {
                push(actions, ManyAction::GoOn);
            }
            if ui.button("Begin in a new folder beside it").clicked() {
                push(actions, ManyAction::StartBeside);
            }
            if ui.button("Back").accessible_name("Do not begin").clicked() {
                push(actions, ManyAction::DropOffer);
            }
        });
    });
}

fn progress_ui(ui: &mut Ui, job: &ManyJob, actions: &mut Actions) {
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.add(Label::new(done_text(job)).wrap());
        let bar = ProgressBar::new(job.share()).desired_height(8.0).fill(palette(ui).accent_fill);
        ui.add(bar).accessible_name("Progress of the photos");
        if let Some(text) = at_work_text(job) {
            caption(ui, text);
        }
        ui.add_enabled_ui(!job.stopping, |ui| {
            let hint = "What was done stays in the folder, and can be gone on with";
            let cancel = ui.button(if job.stopping { "Cancelling…" } else { "Cancel" });
            if cancel.accessible_name("Cancel the photos").on_hover_text(hint).clicked() {
                push(actions, ManyAction::Cancel);
            }
        });
    });
}

fn done_text(job: &ManyJob) -> String {
    let Some(total) = job.total else { return "Looking for the photos…".to_owned() };
    let done = grouped((job.pictures_done() - job.left_out.len()) as u64);
    let left_out = match job.left_out.len() {
        0 => String::new(),
        left_out => format!(", {} left out", grouped(left_out as u64)),
    };
    let earlier = match job.earlier / job.methods.len().max(1) {
        0 => String::new(),
        earlier => format!(", {} of them earlier", grouped(earlier as u64)),
    };
    format!("{done} of {} done{earlier}{left_out}", counted(total, "photo", "photos"))
}

/// `Hybrid, step 40 of 200: a.jpg, b.jpg and 6 more`.
fn at_work_text(job: &ManyJob) -> Option<String> {
    if let Some(work) = &job.at_work {
        let (done, all) = work.steps;
        let names: Vec<String> = work.images.iter().take(2).map(|image| file_name(image)).collect();
        let more = match work.images.len() - names.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let names = names.join(", ");
        return Some(format!("{}, step {done} of {all}: {names}{more}", title(work.method)));
    }
    let (what, done, total) = job.preparing.as_ref()?;
    let count = if *total == 0 { String::new() } else { format!(", {done} of {total}") };
    Some(format!("{}{count}", sentence(what)))
}

fn end_ui(ui: &mut Ui, job: &ManyJob) {
    let colors = palette(ui);
    let (text, color) = match &job.end {
        Some(ManyEnd::Failed(why)) => (sentence(why), colors.error),
        Some(ManyEnd::Stopped) => (
            format!("Stopped: {}. Invert photos again to go on.", done_text(job)),
            colors.text_strong,
        ),
        _ => (done_text(job), colors.text_strong),
    };
    ui.add(Label::new(RichText::new(text).color(color)).wrap());
}

/// A picture's name without its folder.
pub(super) fn file_name(image: &str) -> String {
    let path = std::path::Path::new(image);
    escape(&path.file_name().map_or_else(|| image.into(), |name| name.to_string_lossy()))
}
