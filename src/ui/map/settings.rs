//! What the next map is made of, and the making of it.

use eframe::egui::{Align, Button, DragValue, Label, Layout, ProgressBar, RichText, Ui};

use crate::app::map::{Making, MapDraft};
use crate::app::{Action, Actions, AppState, escape};
use crate::protocol::{Clustering, MAP_CLUSTERS_LIMIT, MAP_POINTS_LIMIT, MapMethod};
use crate::ui::format::{grouped, sentence};
use crate::ui::parts::{caption, primary_button, segmented};
use crate::ui::theme::palette;

/// What a choice of clusters is called, without their number.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    None,
    KMeans,
    Mixture,
}

/// Draws the settings; nothing can be changed while a map is made.
pub fn draft_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let busy = state.map.making.is_some();
    ui.add_enabled_ui(!busy, |ui| {
        let mut draft = state.map.draft.clone();
        ui.horizontal_wrapped(|ui| points_ui(ui, state, &mut draft));
        ui.horizontal_wrapped(|ui| method_ui(ui, state, &mut draft));
        ui.horizontal_wrapped(|ui| clusters_ui(ui, &mut draft));
        if draft != state.map.draft {
            actions.push(Action::EditMap(draft));
        }
    });
}

fn points_ui(ui: &mut Ui, state: &AppState, draft: &mut MapDraft) {
    let encodes = state.model.as_ref().is_some_and(|model| model.parameters.encoder > 0);
    let name = match &state.dataset.summary {
        Some(data) => escape(&data.name),
        None => "Portraits".to_owned(),
    };
    ui.add_enabled_ui(encodes, |ui| {
        let hint = format!(
            "Training pictures of {name}, spread evenly, each at its code. Open another data set to map that."
        );
        let hint = if encodes { hint } else { "This model has no encoder".to_owned() };
        let pictures = ui.checkbox(&mut draft.with_pictures, "Pictures");
        pictures.on_hover_text(&hint).on_disabled_hover_text(&hint);
        ui.add_enabled_ui(draft.with_pictures, |ui| {
            count_ui(ui, &mut draft.pictures, "Pictures to map");
        });
    });
    ui.checkbox(&mut draft.with_samples, "Samples").on_hover_text("Latents drawn from the prior");
    ui.add_enabled_ui(draft.with_samples, |ui| {
        count_ui(ui, &mut draft.samples, "Samples to map");
    });
}

fn count_ui(ui: &mut Ui, count: &mut usize, name: &str) {
    let number = DragValue::new(count)
        .range(1..=MAP_POINTS_LIMIT)
        .speed(20.0)
        .custom_formatter(|count, _| grouped(count as u64))
        .custom_parser(|text| text.replace(',', "").trim().parse().ok());
    ui.add(number.update_while_editing(false)).accessible_name(name);
}

fn method_ui(ui: &mut Ui, state: &AppState, draft: &mut MapDraft) {
    let dims = state.explore.latent.dims();
    let tsne = draft.tsne;
    let own = (dims == 2).then_some((MapMethod::Latents, "Latents"));
    let options = [(MapMethod::Pca, "PCA"), (tsne, "t-SNE")].into_iter().chain(own);
    caption(ui, "Placed by");
    if let Some(method) = segmented(ui, draft.method, options) {
        draft.method = method;
    }
    if let MapMethod::Tsne { mut perplexity, mut epochs } = draft.method {
        caption(ui, "Perplexity").on_hover_text("Neighbours that count, roughly");
        let number = DragValue::new(&mut perplexity).range(2.0..=100.0).speed(0.5).max_decimals(1);
        ui.add(number.update_while_editing(false)).accessible_name("Perplexity");
        caption(ui, "Rounds");
        let number = DragValue::new(&mut epochs).range(50..=10_000).speed(10.0);
        ui.add(number.update_while_editing(false)).accessible_name("Rounds of t-SNE");
        draft.method = MapMethod::Tsne { perplexity, epochs };
        draft.tsne = draft.method;
    }
}

fn clusters_ui(ui: &mut Ui, draft: &mut MapDraft) {
    caption(ui, "Clusters").on_hover_text("Among the latents in all their dimensions");
    let kind = match draft.clusters {
        Clustering::None => Kind::None,
        Clustering::KMeans(_) => Kind::KMeans,
        Clustering::Mixture(_) => Kind::Mixture,
    };
    let options = [(Kind::None, "None"), (Kind::KMeans, "k-means"), (Kind::Mixture, "Gaussians")];
    let kind = segmented(ui, kind, options).unwrap_or(kind);
    let mut count = draft.cluster_count;
    if kind != Kind::None {
        let number = DragValue::new(&mut count).range(1..=MAP_CLUSTERS_LIMIT).speed(0.1);
        ui.add(number.update_while_editing(false)).accessible_name("Number of clusters");
    }
    draft.clusters = match kind {
        Kind::None => Clustering::None,
        Kind::KMeans => Clustering::KMeans(count),
        Kind::Mixture => Clustering::Mixture(count),
    };
    caption(ui, "Seed").on_hover_text("Key of samples and clusters");
    let number = DragValue::new(&mut draft.seed).speed(0.1);
    ui.add(number.update_while_editing(false)).accessible_name("Map seed");
}

/// How far a map under way is. Cancel stands at the right end: where the map was asked for, a second
/// click would cancel it.
fn making_ui(ui: &mut Ui, making: &Making, actions: &mut Actions) {
    let what = if making.what.is_empty() { "waiting for its turn" } else { &making.what };
    let share = making.done as f32 / making.total.max(1) as f32;
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let cancel = ui.add_enabled(!making.cancelled, Button::new("Cancel"));
            if cancel.accessible_name("Cancel the map").clicked() {
                actions.push(Action::CancelMap);
            }
            let text = if making.cancelled { "Stopping…".to_owned() } else { sentence(what) };
            let bar = ProgressBar::new(share.clamp(0.0, 1.0)).text(text);
            ui.add(bar).accessible_name("Progress of the map");
        });
    });
}

/// The button, and why it cannot be pressed; while it is being made, how far it is.
pub fn make_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if let Some(making) = &state.map.making {
        return making_ui(ui, making, actions);
    }
    let obstacle = obstacle(state);
    ui.horizontal_wrapped(|ui| {
        ui.add_enabled_ui(obstacle.is_none(), |ui| {
            if primary_button(ui, "Make map").clicked() {
                actions.push(Action::MakeMap);
            }
        });
        match &obstacle {
            Some(text) => {
                let color = palette(ui).warning;
                ui.add(Label::new(RichText::new(sentence(text)).small().color(color)).wrap());
            }
            None => {
                caption(ui, duration_text(state));
            }
        }
    });
}

/// Why no map can be made now.
pub fn obstacle(state: &AppState) -> Option<String> {
    let Some(model) = &state.model else { return Some("open a model, or train one".to_owned()) };
    if !state.engine_is_up() {
        return Some("the engine is not running".to_owned());
    }
    let data = state.dataset.summary.as_deref();
    let encodes = model.parameters.encoder > 0;
    let job = state.map.draft.job(data, encodes);
    if job.pictures.is_none() && job.samples == 0 {
        return Some("choose pictures, samples, or both".to_owned());
    }
    job.check(model.spec.latent as usize, encodes).err()
}

/// What it will be made of and, where it takes long, about how long.
fn duration_text(state: &AppState) -> String {
    let draft = &state.map.draft;
    let source = match &state.dataset.summary {
        Some(data) => escape(&data.name),
        None => "Portraits".to_owned(),
    };
    let encodes = state.model.as_ref().is_some_and(|model| model.parameters.encoder > 0);
    let of = if draft.with_pictures && encodes { format!("of {source}") } else { String::new() };
    let long = match (draft.method, draft.job(None, encodes).points()) {
        (MapMethod::Tsne { .. }, 0..=6_000) => "t-SNE takes a few seconds",
        (MapMethod::Tsne { .. }, 6_001..=20_000) => "t-SNE takes about half a minute",
        (MapMethod::Tsne { .. }, _) => "t-SNE takes a minute or two",
        _ => return of,
    };
    if of.is_empty() { long.to_owned() } else { format!("{of} · {long}") }
}
