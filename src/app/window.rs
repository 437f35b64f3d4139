//! Opens the window: on wgpu where it can be had, otherwise on OpenGL.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};

use eframe::egui;

use super::logging::LogRing;
use super::preferences::PreferenceStore;
use super::shell::{App, AppOptions, EngineFactory};

/// How the window is drawn (`--renderer`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Renderer {
    /// wgpu, and OpenGL where that fails.
    #[default]
    Auto,
    /// wgpu alone.
    Wgpu,
    /// OpenGL alone.
    Glow,
}

impl FromStr for Renderer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "wgpu" => Ok(Self::Wgpu),
            "glow" | "opengl" => Ok(Self::Glow),
            _ => Err(format!("'{text}' is not a renderer: use auto, wgpu or glow")),
        }
    }
}

/// What the window is opened with.
#[derive(Debug, Clone, Default)]
pub struct WindowOptions {
    /// How it is drawn.
    pub renderer: Renderer,
    /// A model, run folder or data folder to open.
    pub initial: Option<PathBuf>,
    /// Scale of everything; `None` takes the remembered one.
    pub zoom: Option<f32>,
    /// Inner size in points; `None` takes 1280×800.
    pub size: Option<[f32; 2]>,
    /// Where log lines come from ([`super::logging::init`]).
    pub log: LogRing,
}

/// No window could be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the window could not be opened ({reasons}): is there a display? \
     Everything also works without a window, see `latent-atelier --help`"
)]
pub struct WindowError {
    /// What each renderer said.
    pub reasons: String,
}

/// Opens the window and returns when it is closed.
///
/// `factory` makes the engine; it is called once the window is there, and again at every restart.
///
/// # Errors
/// In one plain line, where no renderer works.
pub fn run(options: WindowOptions, factory: EngineFactory) -> Result<(), WindowError> {
    // A renderer that fails does so before it makes the app, so the factory is still there for the next.
    let factory = Arc::new(Mutex::new(Some(factory)));
    let mut reasons = Vec::new();
    for (name, renderer) in renderers(options.renderer) {
        let slot = Arc::clone(&factory);
        let app_options = AppOptions {
            initial: options.initial.clone(),
            zoom: options.zoom,
            store: PreferenceStore::in_settings_folder(),
            log: options.log.clone(),
        };
        let create: eframe::AppCreator<'_> = Box::new(move |cc| {
            let factory = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
            let factory = factory.ok_or("the window was already opened once")?;
            Ok(Box::new(App::new(&cc.egui_ctx, app_options, factory)))
        });
        match eframe::run_native("Latent Atelier", native_options(&options, renderer), create) {
            Ok(()) => return Ok(()),
            Err(error) => {
                tracing::warn!("the window did not open with {name}: {error}");
                reasons.push(format!("{name}: {}", one_line(&error.to_string())));
            }
        }
    }
    if reasons.is_empty() {
        reasons.push("this build has no wgpu: use --renderer glow".to_owned());
    }
    Err(WindowError { reasons: reasons.join("; ") })
}

fn renderers(wanted: Renderer) -> Vec<(&'static str, eframe::Renderer)> {
    let mut renderers = Vec::new();
    #[cfg(feature = "gpu-plain")]
    if wanted != Renderer::Glow {
        renderers.push(("wgpu", eframe::Renderer::Wgpu));
    }
    if wanted != Renderer::Wgpu {
        renderers.push(("OpenGL", eframe::Renderer::Glow));
    }
    renderers
}

fn native_options(options: &WindowOptions, renderer: eframe::Renderer) -> eframe::NativeOptions {
    let viewport = egui::ViewportBuilder::default()
        .with_title("Latent Atelier")
        .with_app_id("latent-atelier")
        .with_inner_size(options.size.unwrap_or([1280.0, 800.0]))
        .with_min_inner_size([900.0, 600.0])
        .with_drag_and_drop(true);
    eframe::NativeOptions { viewport, renderer, centered: true, ..Default::default() }
}

/// The first line, without what would break a line on a terminal.
fn one_line(text: &str) -> String {
    super::escape(text.lines().next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{Renderer, WindowError, one_line};

    #[test]
    fn renderers_are_named() {
        assert_eq!("auto".parse(), Ok(Renderer::Auto));
        assert_eq!("glow".parse(), Ok(Renderer::Glow));
        assert!("vulkan".parse::<Renderer>().is_err());
    }

    #[test]
    fn the_error_is_one_line() {
        let error = WindowError { reasons: one_line("no display\nbacktrace") };
        assert!(!error.to_string().contains('\n'));
        assert!(error.to_string().contains("no display"));
    }
}
