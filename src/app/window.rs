//! Opens the window: on wgpu where there is a real GPU, otherwise on OpenGL.

use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::str::FromStr;

use eframe::egui;

use super::logging::LogRing;
use super::preferences::PreferenceStore;
use super::shell::{App, AppOptions, EngineFactory};

/// How the window is drawn (`--renderer`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Renderer {
    /// wgpu on a real GPU, otherwise OpenGL.
    #[default]
    Auto,
    /// wgpu alone, on a software adapter too.
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
    /// A model, run folder, data folder or photo to open.
    pub initial: Option<PathBuf>,
    /// Scale of everything; `None` takes the remembered one.
    pub zoom: Option<f32>,
    /// Inner size in points; `None` takes 1280×800.
    pub size: Option<[f32; 2]>,
    /// Where log lines come from ([`super::logging::init`]).
    pub log: LogRing,
}

/// No window could be opened, in words for a person; what each renderer said is in the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// There is nothing to show a window on.
    #[error(
        "there is no display to open a window on. Everything also works without a window, see \
         `latent-atelier --help`"
    )]
    NoDisplay,
    /// There is a display, and nothing that draws.
    #[error(
        "no window can be drawn on this machine: {0} (--verbose says why). Everything also works \
         without a window, see `latent-atelier --help`"
    )]
    NoGraphics(&'static str),
    /// It was open.
    #[error("the window has ended: {0}")]
    Ended(String),
}

/// What is missing where nothing draws, and what to do.
fn missing(wanted: Renderer) -> &'static str {
    match wanted {
        Renderer::Auto => {
            "it has neither a GPU with Vulkan nor OpenGL; install its graphics driver, or Mesa, which \
             draws without a GPU"
        }
        Renderer::Wgpu if cfg!(not(feature = "gpu-plain")) => {
            "this build has no wgpu; use --renderer glow"
        }
        Renderer::Wgpu => "wgpu finds nothing that draws; use --renderer auto",
        Renderer::Glow => {
            "it has no OpenGL; use --renderer auto, or install its graphics driver or Mesa"
        }
    }
}

/// What the choice of an adapter answers where there are software ones at most.
const NO_REAL_GPU: &str = "there is no real GPU";

/// Why the next renderer is tried. Without a GPU nothing has failed: OpenGL is what such a machine takes.
fn without(name: &str, error: &str) -> String {
    if error.contains(NO_REAL_GPU) {
        "no GPU: the window is drawn with OpenGL".to_owned()
    } else {
        format!("the window did not open with {name}: {}", plain_reason(error))
    }
}

/// Opens the window and returns when it is closed.
///
/// `factory` makes the engine; it is called once the window is there, and again at every restart.
///
/// # Errors
/// In one plain line, where no renderer works.
pub fn run(options: WindowOptions, factory: EngineFactory) -> Result<(), WindowError> {
    // A renderer that fails does so before it makes the app, so the factory is still there for the next.
    let factory = Rc::new(RefCell::new(Some(factory)));
    for (name, renderer) in renderers(options.renderer) {
        let slot = Rc::clone(&factory);
        let app_options = AppOptions {
            initial: options.initial.clone(),
            zoom: options.zoom,
            store: PreferenceStore::in_settings_folder(),
            log: options.log.clone(),
        };
        let create: eframe::AppCreator<'_> = Box::new(move |cc| {
            let factory = slot.borrow_mut().take();
            let factory = factory.ok_or("the window was already opened once")?;
            Ok(Box::new(App::new(&cc.egui_ctx, app_options, factory)))
        });
        match eframe::run_native("Latent Atelier", native_options(&options, renderer), create) {
            Ok(()) => return Ok(()),
            // The window was there and has ended; a second one would start without an engine.
            Err(error) if factory.borrow().is_none() => {
                return Err(WindowError::Ended(plain_reason(&error.to_string())));
            }
            Err(error) => {
                tracing::info!(target: "latent_atelier::window", "{}", without(name, &error.to_string()));
                if matches!(error, eframe::Error::WinitEventLoop(_)) {
                    // Without a display no renderer helps, and winit starts only once.
                    return Err(WindowError::NoDisplay);
                }
            }
        }
    }
    Err(WindowError::NoGraphics(missing(options.renderer)))
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
    // Sizes are in the system's points: with everything larger, the window is larger too.
    let zoom = options.zoom.unwrap_or_else(|| PreferenceStore::in_settings_folder().peek_zoom());
    let size = options.size.unwrap_or([1280.0, 800.0].map(|edge: f32| edge * zoom.max(1.0)));
    let viewport = egui::ViewportBuilder::default()
        .with_title("Latent Atelier")
        .with_app_id("latent-atelier")
        .with_icon(crate::ui::brand::icon())
        .with_inner_size(size)
        .with_clamp_size_to_monitor_size(true)
        .with_min_inner_size([900.0, 600.0])
        .with_drag_and_drop(true);
    let native = eframe::NativeOptions {
        viewport,
        renderer,
        centered: true,
        // `super::fonts` does it, without a database of all fonts.
        system_font_fallback: false,
        ..Default::default()
    };
    #[cfg(feature = "gpu-plain")]
    let native = refuse_software_wgpu(native, options.renderer);
    native
}

/// Unless wgpu was asked for, it draws on a real GPU only: on a software adapter a frame costs several
/// times what OpenGL's software rasteriser takes, and training pays for it.
#[cfg(feature = "gpu-plain")]
fn refuse_software_wgpu(
    mut native: eframe::NativeOptions,
    wanted: Renderer,
) -> eframe::NativeOptions {
    use eframe::egui_wgpu::WgpuSetup;
    use eframe::wgpu::{Adapter, DeviceType, Surface};

    if wanted == Renderer::Auto
        && let WgpuSetup::CreateNew(setup) = &mut native.wgpu_options.wgpu_setup
    {
        let rank = |adapter: &Adapter| match adapter.get_info().device_type {
            DeviceType::DiscreteGpu => 0,
            DeviceType::IntegratedGpu => 1,
            DeviceType::VirtualGpu => 2,
            DeviceType::Other => 3,
            DeviceType::Cpu => 4,
        };
        let select = move |adapters: &[Adapter], surface: Option<&Surface<'_>>| {
            adapters
                .iter()
                .filter(|adapter| adapter.get_info().device_type != DeviceType::Cpu)
                .filter(|adapter| surface.is_none_or(|s| adapter.is_surface_supported(s)))
                .min_by_key(|adapter| rank(adapter))
                .cloned()
                .ok_or_else(|| NO_REAL_GPU.to_owned())
        };
        setup.native_adapter_selector = Some(std::sync::Arc::new(select));
    }
    native
}

/// The first line of an error, without the source file it names and what would break a terminal.
fn plain_reason(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let after_source = line.split_once(".rs:").and_then(|(_, rest)| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix(": ")
    });
    super::escape(after_source.unwrap_or(line))
}

#[cfg(test)]
mod tests {
    use super::{NO_REAL_GPU, Renderer, WindowError, missing, plain_reason, without};

    #[test]
    fn renderers_are_named() {
        assert_eq!("auto".parse(), Ok(Renderer::Auto));
        assert_eq!("glow".parse(), Ok(Renderer::Glow));
        assert!("vulkan".parse::<Renderer>().is_err());
    }

    #[test]
    fn a_machine_without_a_gpu_is_no_failure() {
        let text = without("wgpu", &format!("WGPU error: no adapter: {NO_REAL_GPU}"));
        assert_eq!(text, "no GPU: the window is drawn with OpenGL");
        assert!(without("wgpu", "lost").contains("did not open with wgpu: lost"));
    }

    #[test]
    fn the_error_is_one_line() {
        let reasons = plain_reason("os error at /src/mod.rs:765: no display is set.\nbacktrace");
        assert_eq!(reasons, "no display is set.");
        for wanted in [Renderer::Auto, Renderer::Wgpu, Renderer::Glow] {
            let text = WindowError::NoGraphics(missing(wanted)).to_string();
            assert!(text.contains("--help") && !text.contains('\n'), "{text}");
            assert!(!text.contains("Error"), "in plain words: {text}");
        }
        assert_eq!(plain_reason("no adapter"), "no adapter");
    }
}
