//! What a frame of the window costs while the map holds 50,000 points: layout and tessellation of everything,
//! without a rasteriser, in processor time of the thread that draws. `cargo test --release --test map_frames -- --nocapture` shows the figures.
//!
//! The limit is judged where the machine has nothing else to do; otherwise the figures are only told.

#[path = "ui_shell/fixture.rs"]
#[expect(dead_code, reason = "shared with the other tests, which use more of it")]
mod fixture;
#[path = "support/machine.rs"]
mod machine;

use std::time::Instant;

use eframe::egui::{
    self, Context, Event, Modifiers, PointerButton, Pos2, RawInput, Rect, pos2, vec2,
};
use latent_atelier::app::{Action, Actions, AppState};
use latent_atelier::ui::{self, Layout, Pane, theme};

use machine::{Others, percentile, say, thread_seconds};

/// 99 of 100 frames take no longer.
const LIMIT_P99_MS: f64 = 8.0;
const FRAMES: usize = 400;

/// The window without a screen.
struct Window {
    ctx: Context,
    state: AppState,
    layout: Layout,
    size: egui::Vec2,
    time: f64,
}

impl Window {
    fn new(state: AppState, size: egui::Vec2) -> Self {
        let ctx = Context::default();
        theme::install(&ctx);
        let mut layout = Layout::default();
        layout.show(Pane::Map);
        Self { ctx, state, layout, size, time: 0.0 }
    }

    /// Draws a frame; the milliseconds it took of the processor.
    fn frame(&mut self, events: Vec<Event>) -> f64 {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(self.time),
            events,
            ..RawInput::default()
        };
        let (begun, thread) = (Instant::now(), thread_seconds());
        let mut asked = Actions::new();
        let output = self.ctx.run_ui(input, |ui| {
            ui::window_ui(ui, &self.state, &mut self.layout, &mut asked);
        });
        for action in asked {
            self.state.apply_action(action);
        }
        let shapes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let thread = thread.zip(thread_seconds()).map(|(before, after)| after - before);
        let took = thread.unwrap_or_else(|| begun.elapsed().as_secs_f64()) * 1000.0;
        self.state.outbox.clear();
        assert!(!shapes.is_empty());
        took
    }

    /// Vertices of the newest frame.
    fn vertices(&mut self) -> usize {
        self.time += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(self.time),
            ..RawInput::default()
        };
        let output = self.ctx.run_ui(input, |ui| {
            ui::window_ui(ui, &self.state, &mut self.layout, &mut Actions::new());
        });
        let shapes = self.ctx.tessellate(output.shapes, output.pixels_per_point);
        let count = |shape: &egui::ClippedPrimitive| match &shape.primitive {
            egui::epaint::Primitive::Mesh(mesh) => mesh.vertices.len(),
            egui::epaint::Primitive::Callback(_) => 0,
        };
        shapes.iter().map(count).sum()
    }
}

fn button(at: Pos2, pressed: bool) -> Event {
    Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    }
}

/// Times what a hand does; tells the figures, and judges them on a quiet machine.
fn measure(name: &str, window: &mut Window, mut events: impl FnMut(usize) -> Vec<Event>) {
    for warm in 0..10 {
        window.frame(events(warm));
    }
    let others = Others::watch();
    let mut times: Vec<f64> = (10..10 + FRAMES).map(|at| window.frame(events(at))).collect();
    let quiet = others.are_quiet();
    let [p50, p99, most] = [0.5, 0.99, 1.0].map(|share| percentile(&mut times, share));
    say(&format!(
        "map, 50,000 points, {name}: p50 {p50:.2} ms, p99 {p99:.2} ms, longest {most:.2} ms"
    ));
    if quiet && !cfg!(debug_assertions) {
        assert!(p99 <= LIMIT_P99_MS, "{name}: {p99:.2} ms");
    }
}

#[test]
fn a_frame_with_fifty_thousand_points_is_quick() {
    for size in [vec2(1280.0, 800.0), vec2(2560.0, 1440.0)] {
        let mut window = Window::new(fixture::mapped(35_000, 15_000), size);
        window.state.apply_action(Action::ShowMapBackground(false));
        for _ in 0..3 {
            window.frame(Vec::new());
        }
        let vertices = window.vertices();
        assert!(vertices >= 4 * 50_000, "all points are drawn: {vertices} vertices");
        let middle = pos2(size.x * 0.62, size.y * 0.35);
        let circle = |at: usize| {
            let angle = at as f32 * 0.05;
            middle + vec2(angle.cos(), angle.sin()) * 40.0
        };
        let name = |what: &str| format!("{}×{}, {what}", size.x, size.y);
        measure(&name("at rest"), &mut window, |_| Vec::new());
        measure(&name("pointer over it"), &mut window, |at| vec![Event::PointerMoved(circle(at))]);
        measure(&name("dragged"), &mut window, |at| {
            let mut events = vec![Event::PointerMoved(circle(at))];
            if at == 0 {
                events.push(button(circle(0), true));
            }
            events
        });
        let before = window.vertices();
        window.frame(vec![button(circle(0), false)]);
        measure(&name("zoomed"), &mut window, |at| {
            let direction = if at / 40 % 2 == 0 { 12.0 } else { -12.0 };
            vec![
                Event::PointerMoved(middle),
                Event::MouseWheel {
                    unit: egui::MouseWheelUnit::Point,
                    delta: vec2(0.0, direction),
                    phase: egui::TouchPhase::Move,
                    source: egui::MouseWheelSource::Wheel,
                    modifiers: Modifiers::NONE,
                },
            ]
        });
        assert!(before > 100_000, "the drag keeps the points in view: {before} vertices");
    }
}
