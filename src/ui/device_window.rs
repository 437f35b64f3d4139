//! The device chooser: every device of this machine, and why it was or was not chosen.

use eframe::egui::{RichText, ScrollArea, TextStyle, Ui};

use super::format::bytes;
use super::parts::{caption, card, with_options};
use super::theme::palette;
use super::window;
use crate::app::{Action, Actions, AppState, escape};
use crate::protocol::{DeviceChoice, DeviceInfo, DeviceKind, ListedDevice};

/// Shows the chooser while it is open.
pub fn device_window_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    if !state.windows.devices {
        return;
    }
    let close = window::show(ui, "Devices", 520.0, |ui| contents_ui(ui, state, actions));
    if close {
        actions.push(Action::ShowDevices(false));
    }
}

fn contents_ui(ui: &mut Ui, state: &AppState, actions: &mut Actions) {
    let busy = state.training.phase.is_active();
    let may_change = state.engine_is_up() && !busy;
    let asked = state.device.as_ref().map(|device| device.choice);
    if busy {
        let color = palette(ui).warning;
        ui.label(RichText::new("The device cannot change while a run is active.").color(color));
    }
    ui.add_enabled_ui(may_change, |ui| {
        let automatic = ui.radio(asked == Some(DeviceChoice::Auto), "Choose automatically");
        let hint = "A real GPU where there is one, otherwise the CPU.";
        if automatic.on_hover_text(hint).clicked() {
            actions.push(Action::SelectDevice(DeviceChoice::Auto));
        }
        if state.devices.is_empty() {
            caption(ui, "The devices are being listed…");
        }
        ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
            for device in &state.devices {
                device_ui(ui, state, device, actions);
            }
        });
    });
}

fn device_ui(ui: &mut Ui, state: &AppState, device: &ListedDevice, actions: &mut Actions) {
    let asked = state.device.as_ref().map(|device| device.choice);
    card(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal(|ui| {
            let name = escape(&device.info.name);
            let chosen = ui.radio(asked == Some(device.choice), name);
            if chosen.clicked() {
                actions.push(Action::SelectDevice(device.choice));
            }
            if in_use(state, &device.info) {
                let color = palette(ui).success;
                ui.label(RichText::new("in use").color(color));
            }
        });
        caption(ui, describe(&device.info));
        let weak = palette(ui).text_weak;
        ui.label(with_options(ui, &escape(&device.reason), TextStyle::Small, weak));
    });
}

fn in_use(state: &AppState, info: &DeviceInfo) -> bool {
    state.device.as_ref().is_some_and(|used| {
        (&used.name, &used.backend, used.kind) == (&info.name, &info.backend, info.kind)
    })
}

/// Kind, backend and memory in a line.
pub fn describe(info: &DeviceInfo) -> String {
    let mut parts = vec![kind_name(info.kind).to_owned(), backend_name(&info.backend)];
    let memory = info.memory_bytes.map(bytes).unwrap_or_default();
    let memory = format!("{memory} {}", escape(&info.memory_note));
    parts.extend(Some(memory.trim().to_owned()).filter(|memory| !memory.is_empty()));
    parts.join(" · ")
}

/// As shown on the device chip.
pub fn kind_name(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Cpu => "CPU",
        DeviceKind::DiscreteGpu => "GPU",
        DeviceKind::IntegratedGpu => "Integrated GPU",
        DeviceKind::VirtualGpu => "Virtual GPU",
        DeviceKind::SoftwareGpu => "Software GPU",
        DeviceKind::Other => "Device",
    }
}

/// Backends as their makers write them.
pub fn backend_name(backend: &str) -> String {
    match backend {
        "flex" => "Flex".to_owned(),
        "vulkan" => "Vulkan".to_owned(),
        "metal" => "Metal".to_owned(),
        "dx12" => "DirectX 12".to_owned(),
        "gl" => "OpenGL".to_owned(),
        other => escape(other),
    }
}
