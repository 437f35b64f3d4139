//! The open model: what it is, what it holds, and how to open or save one.

use eframe::egui::{Button, Label, RichText, Ui};

use super::format::{grouped, sentence, short_count};
use super::icons::{self, Icon};
use super::parts::{caption, card, fact, heading, scrolled};
use super::shortcuts::{can_save_session, session_dialog};
use super::theme::palette;
use super::widgets::path_field::PathField;
use crate::app::dialogs::DialogKind;
use crate::app::{
    Action, Actions, AppState, SessionAction, display_path, escape, typed_path, with_extension,
};
use crate::protocol::{Family, ModelSummary, Networks, Normalisation, Prior, session_path};

/// The model tab of the left panel.
pub fn model_panel_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    scrolled(ui, "model", |ui| {
        files_ui(ui, state, actions);
        session_ui(ui, state, actions);
        match &state.model {
            Some(model) => summary_ui(ui, state, model),
            None => nothing_open_ui(ui),
        }
    });
}

/// Opening and saving have fields of their own: one button beside the other would be a slip away from
/// replacing the model that was to be opened.
fn files_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let idle = state.engine_is_up() && !state.training.phase.is_active();
    heading(ui, "Open");
    ui.horizontal(|ui| {
        let open = Button::new((icons::atom(Icon::Folder), "Open a model…"));
        if ui.add_enabled(idle && !state.dialog_open, open).clicked() {
            actions.push(Action::PickModel);
        }
        if ui.add_enabled(idle, Button::new("Open built-in")).clicked() {
            actions.push(Action::OpenBuiltIn);
        }
    });
    let field = PathField { name: "Model path", hint: "or type a model's path", button: "Open" };
    let (edited, opened) = field.ui(ui, &state.model_path_text, "Open this path", idle);
    actions.extend(edited.map(Action::SetModelPath));
    actions.extend(opened.map(|path| Action::OpenModel(typed_path(&path))));
    if state.training.phase.is_active() {
        caption(ui, "Another model can be opened when the run has ended.");
    }
    save_ui(ui, state, actions);
}

fn save_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let can_save = state.model.is_some() && state.engine_is_up();
    heading(ui, "Save");
    let save = Button::new((icons::atom(Icon::Save), "Save as…"));
    if ui.add_enabled(can_save && !state.dialog_open, save).clicked() {
        actions.push(Action::SaveModelAs);
    }
    let hint = "or type where to save the model";
    let field = PathField { name: "Save path", hint, button: "Save" };
    let typed = &state.model_save_text;
    let (edited, saved) = field.ui(ui, typed, "Save to this path", can_save);
    actions.extend(edited.map(Action::SetModelSavePath));
    actions.extend(saved.map(|path| Action::SaveModel(typed_path(&path))));
    if !typed.trim().is_empty() {
        let path = typed_path(typed);
        let written = with_extension(path.clone());
        if written != path {
            let name = written.file_name().unwrap_or_default().to_string_lossy().into_owned();
            caption(ui, format!("Will be written as {}", escape(&name)));
        }
    }
}

/// Model, photo, sliders, history and tuned copy together, as one file.
fn session_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let idle = state.engine_is_up() && !state.training.phase.is_active();
    let can_save = state.model.is_some() && state.engine_is_up();
    heading(ui, "Session");
    ui.horizontal_wrapped(|ui| {
        let open = Button::new((icons::atom(Icon::Folder), "Open session…"));
        if ui.add_enabled(idle && !state.dialog_open, open).clicked() {
            actions.push(Action::Pick(DialogKind::Session));
        }
        let save = Button::new((icons::atom(Icon::Save), "Save session as…"));
        if ui.add_enabled(can_save_session(state), save).clicked() {
            actions.push(Action::Pick(session_dialog(state)));
        }
    });
    if state.session.last.is_some() {
        let go_on = ui.add_enabled(idle, Button::new("Go on with the last session"));
        if go_on.clicked() {
            actions.push(Action::Session(SessionAction::GoOn));
        }
    }
    let typed = &state.session.path_text;
    let path = typed_path(typed);
    let is_there = session_path(path.clone()).is_file();
    let hint = "or type a session's path";
    let field = PathField { name: "Session path", hint, button: "Open" };
    let (edited, opened) = field.ui(ui, typed, "Open this session", idle && is_there);
    let set = |text| Action::Session(SessionAction::SetPath(text));
    actions.extend(edited.map(set));
    actions.extend(
        opened.map(|path| Action::Session(SessionAction::Open(session_path(typed_path(&path))))),
    );
    let save = Button::new("Save the session to this path");
    if ui.add_enabled(can_save && !typed.trim().is_empty(), save).clicked() {
        actions.push(Action::Session(SessionAction::Save(path)));
    }
    if let Some(file) = &state.session.file {
        fact(ui, "Session", display_path(file));
    }
}

fn nothing_open_ui(ui: &mut Ui) {
    ui.add_space(8.0);
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let palette = palette(ui);
        ui.label(RichText::new("No model is open").color(palette.text_strong));
        let text = "Open the built-in one to look around, open a .safetensors file or a run \
                    folder, or train your own in the Training tab.";
        ui.label(RichText::new(text).color(palette.text_weak));
    });
}

fn summary_ui(ui: &mut Ui, state: &AppState, model: &ModelSummary) {
    heading(ui, &escape(&model.name));
    let spec = &model.spec;
    fact(ui, "Family", family_name(spec.family));
    fact(ui, "Picture", format!("{0} × {0} px, {1}", spec.image_size, colours(spec.channels)));
    let prior = match spec.prior {
        Prior::Normal => "normal",
        Prior::Uniform => "uniform",
    };
    fact(ui, "Latent", format!("{} dimensions, {prior} prior", spec.latent));
    fact(ui, "Base width", spec.width.to_string());
    fact(ui, "Steps", steps(state, model));
    if let Some(path) = &model.path {
        fact(ui, "From", display_path(path));
    }
    networks_ui(ui, model);
    let description = model.description.trim();
    if !description.is_empty() {
        heading(ui, "Description");
        ui.add(Label::new(sentence(&escape(description))).wrap().selectable(true));
    }
}

/// Of a run under way those that it has made by now.
fn steps(state: &AppState, model: &ModelSummary) -> String {
    let progress = state.training.progress.as_ref();
    match progress.filter(|_| state.training.phase.is_active()) {
        Some(progress) => grouped(progress.step),
        None if model.is_built_in() => {
            format!("trained in stages, {} steps in the last", grouped(model.step))
        }
        None => grouped(model.step),
    }
}

fn networks_ui(ui: &mut Ui, model: &ModelSummary) {
    heading(ui, "Networks");
    let Networks { generator, encoder, discriminator } = model.parameters;
    let spec = &model.spec;
    let decoder = if spec.family.has_encoder() { "Decoder" } else { "Generator" };
    let networks = [
        (decoder, generator, Some(spec.generator_norm)),
        ("Encoder", encoder, Some(spec.generator_norm)),
        ("Discriminator", discriminator, Some(spec.discriminator_norm)),
    ];
    for (name, count, norm) in networks.into_iter().filter(|network| network.1 > 0) {
        let norm = norm.map_or("", norm_name);
        fact(ui, name, format!("{} parameters{norm}", short_count(count)));
    }
    fact(
        ui,
        "Together",
        format!("{} parameters", short_count(generator + encoder + discriminator)),
    );
}

fn norm_name(norm: Normalisation) -> &'static str {
    match norm {
        Normalisation::None => "",
        Normalisation::Batch => ", batch norm",
        Normalisation::Instance => ", instance norm",
    }
}

/// A family as people write it.
pub fn family_name(family: Family) -> &'static str {
    match family {
        Family::Gan => "GAN",
        Family::Vae => "VAE",
        Family::VaeGan => "VAE-GAN",
    }
}

fn colours(channels: u32) -> &'static str {
    match channels {
        1 => "gray",
        4 => "RGBA",
        _ => "RGB",
    }
}
