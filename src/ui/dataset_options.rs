//! How the next data set is read: size, colour, cropping, limits.

use eframe::egui::{CollapsingHeader, DragValue, Ui};

use super::parts::caption;
use super::widgets::form::row_ui;
use super::widgets::segmented::segmented_ui;
use crate::app::{Action, Actions, AppState};
use crate::protocol::{DatasetOptions, Fit, IMAGE_SIZES};

const MIB: u64 = 1 << 20;

/// The options, folded away behind a heading that sums them up.
pub fn options_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let old = &state.dataset.draft;
    let mut options = old.clone();
    let title = format!("Options: {0} × {0} px, {1}", old.image_size, colour_name(old.channels));
    ui.add_space(4.0);
    CollapsingHeader::new(title).id_salt("data options").show(ui, |ui| {
        row_ui(ui, "Image size", "Edge of the square every picture becomes, in pixels.", |ui| {
            let sizes = IMAGE_SIZES.map(|size| (size, size_name(size)));
            if let Some(size) =
                segmented_ui(ui, "Image size", options.image_size, sizes.into_iter())
            {
                options.image_size = size;
            }
        });
        row_ui(ui, "Colour", "Gray, colour, or colour with transparency.", |ui| {
            let kinds = [1, 3, 4].map(|channels| (channels, colour_name(channels)));
            if let Some(channels) = segmented_ui(ui, "Colour", options.channels, kinds.into_iter())
            {
                options.channels = channels;
            }
        });
        row_ui(ui, "Shape", "How a picture that is not square becomes square.", |ui| {
            let kinds = [(Fit::CentreCrop, "Crop"), (Fit::Fit, "Fit")];
            if let Some(fit) = segmented_ui(ui, "Shape", options.fit, kinds.into_iter()) {
                options.fit = fit;
            }
        });
        let hint = "Laid under transparent pixels and around fitted pictures.";
        row_ui(ui, "Background", hint, |ui| {
            ui.color_edit_button_srgb(&mut options.background).accessible_name("Background colour");
        });
        limits_ui(ui, &mut options);
        match (options.auto_size, options.auto_channels) {
            (true, true) => {
                caption(ui, "IDX data take their own size, in gray, until you choose.");
            }
            (true, false) => {
                caption(ui, "IDX data take their own size until you choose.");
            }
            (false, true) => {
                caption(ui, "IDX data are read in gray until you choose.");
            }
            (false, false) => {}
        }
        let differ = |read: &DatasetOptions| {
            // Labels are no matter of reading: they have their own part of the panel.
            let labels = read.labels.clone();
            *read
                != DatasetOptions {
                    auto_size: false,
                    auto_channels: false,
                    labels,
                    ..options.clone()
                }
        };
        if state.dataset.summary.as_ref().is_some_and(|summary| differ(&summary.options)) {
            caption(ui, "These options apply the next time data are read.");
        }
    });
    if options != *old {
        actions.push(Action::EditDatasetOptions(options));
    }
}

fn limits_ui(ui: &mut Ui, options: &mut DatasetOptions) {
    let hint = "A larger set is decoded on demand instead of being kept in memory.";
    row_ui(ui, "Memory limit", hint, |ui| {
        let mut mib = options.memory_limit_bytes / MIB;
        ui.add(DragValue::new(&mut mib).range(16..=1 << 20).speed(16).suffix(" MiB"));
        options.memory_limit_bytes = mib * MIB;
    });
    row_ui(ui, "Portraits", "Number of different faces to train on.", |ui| {
        ui.add(DragValue::new(&mut options.portraits).range(64..=1_000_000).speed(100));
    });
    row_ui(ui, "Portraits seed", "Other faces for another seed.", |ui| {
        ui.add(DragValue::new(&mut options.seed).speed(1));
    });
}

fn size_name(size: u32) -> &'static str {
    match size {
        16 => "16",
        32 => "32",
        64 => "64",
        _ => "128",
    }
}

fn colour_name(channels: u32) -> &'static str {
    match channels {
        1 => "Gray",
        4 => "RGBA",
        _ => "RGB",
    }
}
