//! The open model: what it is, what it holds, and how to open or save one.

use eframe::egui::{Button, Key, Label, RichText, TextEdit, Ui};

use super::format::{grouped, sentence, short_count};
use super::icons::{self, Icon};
use super::parts::{caption, card, fact, heading, scrolled};
use super::theme::palette;
use crate::app::{Action, Actions, AppState, display_path, escape, typed_path};
use crate::protocol::{Family, ModelSummary, Networks, Normalisation, Prior};

/// The model tab of the left panel.
pub fn model_panel_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    scrolled(ui, "model", |ui| {
        files_ui(ui, state, actions);
        match &state.model {
            Some(model) => summary_ui(ui, model),
            None => nothing_open_ui(ui),
        }
    });
}

fn files_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Open and save");
    let idle = state.engine_is_up() && !state.training.phase.is_active();
    let dialog = !state.dialog_open;
    ui.horizontal(|ui| {
        if ui
            .add_enabled(idle && dialog, Button::new((icons::atom(Icon::Folder), "Open a model…")))
            .clicked()
        {
            actions.push(Action::PickModel);
        }
        if ui.add_enabled(idle, Button::new("Open built-in")).clicked() {
            actions.push(Action::OpenBuiltIn);
        }
    });
    let mut text = state.model_path_text.clone();
    let field = TextEdit::singleline(&mut text)
        .hint_text("or type a model's path")
        .desired_width(ui.available_width());
    let field = ui.add(field).accessible_name("Model path");
    if field.changed() {
        actions.push(Action::SetModelPath(text.clone()));
    }
    let path = text.trim();
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    ui.horizontal(|ui| {
        let open = ui.add_enabled(idle && !path.is_empty(), Button::new("Open"));
        let open = open.accessible_name("Open this path");
        if (open.clicked() || entered && idle) && !path.is_empty() {
            actions.push(Action::OpenModel(typed_path(path)));
        }
        let can_save = state.model.is_some() && state.engine_is_up();
        let here = ui.add_enabled(can_save && !path.is_empty(), Button::new("Save here"));
        let here = here.accessible_name("Save to this path");
        if here.clicked() {
            actions.push(Action::SaveModel(typed_path(path)));
        }
        if ui
            .add_enabled(can_save && dialog, Button::new((icons::atom(Icon::Save), "Save as…")))
            .clicked()
        {
            actions.push(Action::SaveModelAs);
        }
    });
    if state.training.phase.is_active() {
        caption(ui, "Another model can be opened when the run has ended.");
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

fn summary_ui(ui: &mut Ui, model: &ModelSummary) {
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
    fact(ui, "Steps", grouped(model.step));
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
