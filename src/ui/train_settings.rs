//! The next run's settings: architecture, training, what may change while it runs, where it goes.

use eframe::egui::{ComboBox, Label, RichText, Slider, Ui};

use super::format::{bytes, sentence, short_count};
use super::parts::{caption, heading};
use super::run_folder::run_folder_ui;
use super::theme::palette;
use super::widgets::form::row_ui;
use super::widgets::log_slider::{decay_slider_ui, log_slider_ui, slim_slider, whole_number_ui};
use super::widgets::segmented::segmented_ui;
use crate::app::{Action, Actions, AppState};
use crate::protocol::{
    ConfigError, Family, IMAGE_SIZES, Likelihood, LiveSettings, ModelSpec, Normalisation,
    Objective, Prior, SampleRate, TrainSettings, estimate,
};

/// Draws all settings, the ones a running run still takes first while there is one.
pub fn settings_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let active = state.training.phase.is_active();
    if active {
        live_ui(ui, state, actions);
    }
    ui.add_enabled_ui(!active, |ui| {
        model_ui(ui, state, actions);
        needs_ui(ui, state);
        training_ui(ui, state, actions);
    });
    if !active {
        live_ui(ui, state, actions);
    }
    ui.add_enabled_ui(!active, |ui| run_folder_ui(ui, state, actions));
}

fn model_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Model");
    let old = &state.training.draft_spec;
    let mut spec = old.clone();
    row_ui(ui, "Family", "Which networks are trained together", |ui| {
        let families = [(Family::VaeGan, "VAE-GAN"), (Family::Gan, "GAN"), (Family::Vae, "VAE")];
        if let Some(family) = segmented_ui(ui, "Family", spec.family, families.into_iter()) {
            spec.family = family;
        }
    });
    caption(ui, about(spec.family));
    row_ui(ui, "Image size", "Edge in pixels; the data are read at this size", |ui| {
        let sizes = IMAGE_SIZES.into_iter().zip(["16", "32", "64", "128"]);
        let sizes: Vec<_> = sizes.collect();
        if let Some(size) = segmented_ui(ui, "Image size", spec.image_size, sizes.into_iter()) {
            spec.image_size = size;
        }
    });
    row_ui(ui, "Channels", "Gray, colour, or colour with transparency", |ui| {
        let channels = [(1, "Gray"), (3, "RGB"), (4, "RGBA")];
        if let Some(count) = segmented_ui(ui, "Channels", spec.channels, channels.into_iter()) {
            spec.channels = count;
        }
    });
    whole(ui, "Latent size", "Dimensions of z: the sliders you will have", &mut spec.latent);
    let hint = "Channels of the widest-resolution layer; deeper ones double it. Cost grows with its square.";
    whole(ui, "Base width", hint, &mut spec.width);
    norm_ui(ui, generator_name(spec.family), &mut spec.generator_norm);
    if spec.family.has_discriminator() {
        norm_ui(ui, "Discriminator", &mut spec.discriminator_norm);
    }
    likelihood_and_prior_ui(ui, &mut spec);
    error_ui(ui, spec.validate());
    if spec != *old {
        actions.push(Action::EditSpec(spec));
    }
}

fn about(family: Family) -> &'static str {
    match family {
        Family::VaeGan => {
            "Encoder, decoder and discriminator: codes for photos, and sharp samples."
        }
        Family::Gan => "Generator against discriminator: sharp samples, no encoder of its own.",
        Family::Vae => "Encoder and decoder: steady to train, soft samples.",
    }
}

fn generator_name(family: Family) -> &'static str {
    if family.has_encoder() { "Decoder" } else { "Generator" }
}

fn norm_ui(ui: &mut Ui, network: &'static str, norm: &mut Normalisation) {
    let hint = "Normalisation between the layers; the decoder's is the encoder's too";
    row_ui(ui, &format!("{network} norm"), hint, |ui| {
        let kinds = [
            (Normalisation::Batch, "Batch"),
            (Normalisation::Instance, "Instance"),
            (Normalisation::None, "None"),
        ];
        if let Some(kind) = segmented_ui(ui, &format!("{network} norm"), *norm, kinds.into_iter()) {
            *norm = kind;
        }
    });
}

fn likelihood_and_prior_ui(ui: &mut Ui, spec: &mut ModelSpec) {
    // A choice that does not apply is shown only while it is the one that must be mended.
    if spec.family == Family::Vae || spec.likelihood != Likelihood::default() {
        row_ui(ui, "Likelihood", "How the decoder's error is measured", |ui| {
            let kinds = [(Likelihood::Gaussian, "Gaussian"), (Likelihood::Bernoulli, "Bernoulli")];
            if let Some(kind) = segmented_ui(ui, "Likelihood", spec.likelihood, kinds.into_iter()) {
                spec.likelihood = kind;
            }
        });
    }
    if !spec.family.has_encoder() || spec.prior != Prior::Normal {
        row_ui(ui, "Prior", "What z is drawn from", |ui| {
            let priors = [(Prior::Normal, "Normal"), (Prior::Uniform, "Uniform")];
            if let Some(prior) = segmented_ui(ui, "Prior", spec.prior, priors.into_iter()) {
                spec.prior = prior;
            }
        });
    }
}

fn needs_ui(ui: &mut Ui, state: &AppState) {
    let training = &state.training;
    if state.check_drafts().is_err() {
        // Nothing can be said of a network that cannot be built.
        return;
    }
    let needs = estimate(&training.draft_spec, training.draft_train.batch);
    let networks = needs.networks;
    let counts = [
        (generator_letter(training.draft_spec.family), networks.generator),
        ("encoder", networks.encoder),
        ("discriminator", networks.discriminator),
    ];
    let counts: Vec<String> = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{name} {}", short_count(count)))
        .collect();
    caption(ui, format!("Parameters: {}", counts.join(", ")));
    memory_ui(ui, state, needs.training_bytes);
}

/// What training takes, in words and colour where the machine has less. A GPU does not tell what it has.
fn memory_ui(ui: &mut Ui, state: &AppState, needed: u64) {
    let text = format!("Memory while training: about {}", bytes(needed));
    let has = state.device.as_ref().and_then(|device| device.memory_bytes);
    let Some(has) = has.filter(|has| needed > *has) else {
        caption(ui, text);
        return;
    };
    let text = format!(
        "{text}, more than the {} of this machine: the system may end the program. A smaller batch, \
         base width or image size needs less.",
        bytes(has)
    );
    ui.add(Label::new(RichText::new(text).color(palette(ui).warning)).wrap());
}

fn generator_letter(family: Family) -> &'static str {
    if family.has_encoder() { "decoder" } else { "generator" }
}

fn training_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, "Training");
    let old = &state.training.draft_train;
    let mut train = old.clone();
    if state.training.draft_spec.family.has_discriminator() && Objective::ALL.len() > 1 {
        objective_ui(ui, &mut train);
    }
    whole(ui, "Batch", "Pictures in a step", &mut train.batch);
    let hint = "In all; a resumed run goes on to it. 0 trains until stopped.";
    if let Some(steps) = whole_number_ui(ui, "Steps", hint, train.steps, (20.0, "until stopped")) {
        train.steps = steps;
    }
    let hint = "Same seed, machine and build: same numbers (on the CPU)";
    if let Some(seed) = whole_number_ui(ui, "Seed", hint, train.seed, (0.1, "")) {
        train.seed = seed;
    }
    whole(ui, "Sample tiles", "Tiles of the live sheet of samples", &mut train.samples);
    let hint = "Steps between checkpoints; 0 saves only at pause, stop and end";
    let every = train.checkpoint_every;
    if let Some(every) = whole_number_ui(ui, "Save every", hint, every, (10.0, "at the end")) {
        train.checkpoint_every = every;
    }
    let adversarial = state.training.draft_spec.family.has_discriminator();
    ui.collapsing("Adam and labels", |ui| adam_ui(ui, &mut train, adversarial));
    error_ui(ui, train.validate());
    if train != *old {
        actions.push(Action::EditTrain(train));
    }
}

fn objective_ui(ui: &mut Ui, train: &mut TrainSettings) {
    row_ui(ui, "Objective", "What generator and discriminator minimise", |ui| {
        ComboBox::from_id_salt("objective")
            .selected_text(train.objective.name())
            .width(ui.available_width())
            .show_ui(ui, |ui| {
                for objective in Objective::ALL {
                    ui.selectable_value(&mut train.objective, objective, objective.name());
                }
            });
    });
}

fn adam_ui(ui: &mut Ui, train: &mut TrainSettings, adversarial: bool) {
    let hint = "Decay of the mean gradient: 0.5 for adversarial training, 0.9 otherwise";
    if let Some(beta) = decay_slider_ui(ui, "β₁", hint, train.adam_beta1) {
        train.adam_beta1 = beta;
    }
    let hint = "Decay of the mean squared gradient";
    if let Some(beta) = decay_slider_ui(ui, "β₂", hint, train.adam_beta2) {
        train.adam_beta2 = beta;
    }
    if adversarial {
        row_ui(ui, "Real label", "Below 1: one-sided label smoothing", |ui| {
            let slider = Slider::new(&mut train.real_label, 0.5..=1.0);
            ui.spacing_mut().slider_width = (ui.available_width() - 60.0).max(40.0);
            slim_slider(ui, 52.0);
            ui.add(slider.max_decimals(2));
        });
    }
}

/// What may change while a run runs.
fn live_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    heading(ui, if state.training.phase.is_active() { "Live" } else { "While it runs" });
    let old = state.training.live();
    let mut live = old.clone();
    let trains_encoder = state.training.encoder_run.is_some();
    let family = state.training.draft_spec.family;
    if trains_encoder {
        rate_ui(ui, "Rate, encoder", &mut live.lr_encoder);
    } else {
        rates_ui(ui, family, &mut live);
    }
    let averaged = if trains_encoder { "encoder's" } else { "generator's" };
    let hint =
        format!("Samples and saved models use this moving average of the {averaged} weights");
    if let Some(decay) = decay_slider_ui(ui, "EMA decay", &hint, live.ema_decay) {
        live.ema_decay = decay;
    }
    if trains_encoder {
        encoder_weights_ui(ui, state, &mut live);
    } else {
        weights_ui(ui, family, &mut live);
    }
    if family.has_encoder() && !trains_encoder {
        label_weight_ui(ui, state, &mut live.label_weight);
    }
    row_ui(ui, "Sample refresh", "How often the live sheet is drawn anew", |ui| {
        let rates = SampleRate::ALL.map(|rate| (rate, short_rate(rate)));
        if let Some(rate) = segmented_ui(ui, "Sample refresh", live.sample_rate, rates.into_iter())
        {
            live.sample_rate = rate;
        }
    });
    caption(ui, "Every refresh takes time from training.");
    error_ui(ui, live.validate());
    if live != *old {
        actions.push(Action::Tune(live));
    }
}

/// As narrow as the row allows.
pub fn short_rate(rate: SampleRate) -> &'static str {
    match rate {
        SampleRate::Off => "Off",
        SampleRate::OncePerSecond => "1/s",
        SampleRate::FivePerSecond => "5/s",
        SampleRate::EachStep => "Step",
    }
}

fn rate_ui(ui: &mut Ui, name: &str, value: &mut f64) {
    let hint = "Learning rate: Adam's step size. 0 freezes the network.";
    if let Some(edited) = log_slider_ui(ui, name, hint, *value, (1e-6, 1e-1)) {
        *value = edited;
    }
}

fn rates_ui(ui: &mut Ui, family: Family, live: &mut LiveSettings) {
    let mut rate = |name: &str, value: &mut f64| rate_ui(ui, name, value);
    if family.has_encoder() {
        rate("Rate, encoder", &mut live.lr_encoder);
        rate("Rate, decoder", &mut live.lr_generator);
    } else {
        rate("Rate, generator", &mut live.lr_generator);
    }
    if family.has_discriminator() {
        rate("Rate, discriminator", &mut live.lr_discriminator);
    }
}

fn weights_ui(ui: &mut Ui, family: Family, live: &mut LiveSettings) {
    let mut weight = |name: &str, hint: &str, value: &mut f64, ends: (f64, f64)| {
        if let Some(edited) = log_slider_ui(ui, name, hint, *value, ends) {
            *value = edited;
        }
    };
    if family.has_encoder() {
        let hint = "Weight of the KL term: higher tidies the latent space and blurs";
        weight("β (KL)", hint, &mut live.beta, (1e-3, 100.0));
    }
    if family == Family::VaeGan {
        let hint = "Weight γ of reconstruction in the discriminator's features";
        weight("Feature weight", hint, &mut live.feature_weight, (1e-5, 10.0));
        let hint = "Weight of the adversarial term in the decoder's loss: higher is sharper, less faithful";
        weight("Adversarial weight", hint, &mut live.adversarial_weight, (1e-5, 10.0));
    }
}

/// What an encoder's loss weighs besides pixels.
fn encoder_weights_ui(ui: &mut Ui, state: &AppState, live: &mut LiveSettings) {
    let hint = "Weight of the squared error of generated pictures' codes: higher finds latents, lower pixels";
    if let Some(edited) = log_slider_ui(ui, "Code weight", hint, live.code_weight, (1e-4, 10.0)) {
        live.code_weight = edited;
    }
    if state.model.as_ref().is_some_and(|model| model.spec.family.has_discriminator()) {
        let (hint, value) = (
            "Weight of the discriminator's trust in reconstructions: higher is sharper, less faithful",
            live.adversarial_weight,
        );
        if let Some(edited) = log_slider_ui(ui, "Adversarial weight", hint, value, (1e-5, 10.0)) {
            live.adversarial_weight = edited;
        }
    }
}

/// Greyed where there is nothing to learn from, unless it is set and must be mended.
fn label_weight_ui(ui: &mut Ui, state: &AppState, weight: &mut f64) {
    // Without an open data set a run takes Portraits, which have labels.
    let unlabelled =
        state.dataset.summary.as_ref().is_some_and(|summary| summary.labels.is_empty());
    ui.add_enabled_ui(!unlabelled || *weight > 0.0, |ui| {
        let hint = "Weight of a linear classifier of the labels, learned together with the encoder: \
                    attributes become straight directions. 0 leaves labels out.";
        if let Some(edited) = log_slider_ui(ui, "Label weight", hint, *weight, (1e-3, 10.0)) {
            *weight = edited;
        }
    });
    if unlabelled {
        caption(
            ui,
            "The open data have no labels: folders named by what they show would give them.",
        );
    }
}

fn whole(ui: &mut Ui, label: &str, hint: &str, value: &mut u32) {
    if let Some(edited) = whole_number_ui(ui, label, hint, u64::from(*value), (0.5, "")) {
        *value = u32::try_from(edited).unwrap_or(u32::MAX);
    }
}

fn error_ui(ui: &mut Ui, checked: Result<(), ConfigError>) {
    if let Err(error) = checked {
        let text = RichText::new(sentence(&error.0)).color(palette(ui).error);
        ui.add(Label::new(text).wrap());
    }
}
