//! When the window is drawn: at once after input and while an asked-for picture is awaited, otherwise
//! four times a second, twice while training, because without a GPU every frame is taken from training.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use eframe::egui;

use super::messages::NoticeEntry;
use super::state::AppState;
use crate::engine::Waker;
use crate::protocol::SampleRate;

/// Between frames nobody's hand asked for.
const IDLE_GAP_MS: u64 = 250;
/// The same while training: drawn in software, a frame takes 35 ms of processor time, and twice as many
/// show nothing that a person would miss.
const TRAINING_GAP_MS: u64 = 500;
/// A hand that just moved will move again: frames stay quick for this long.
const AFTERGLOW_MS: u64 = 600;
/// Time for a few more events to gather before a frame.
const GATHER_MS: u64 = 8;

/// Shared with the engine's waker, hence atomic. Times are milliseconds since `start`.
#[derive(Debug)]
struct Shared {
    start: Instant,
    last_frame_ms: AtomicU64,
    quick_until_ms: AtomicU64,
    idle_gap_ms: AtomicU64,
}

impl Shared {
    fn now_ms(&self) -> u64 {
        self.start.elapsed().as_millis() as u64
    }

    /// How long the next frame should wait when the engine has something to show.
    fn delay_ms(&self) -> u64 {
        let now = self.now_ms();
        if now < self.quick_until_ms.load(Ordering::Relaxed) {
            return GATHER_MS;
        }
        let next =
            self.last_frame_ms.load(Ordering::Relaxed) + self.idle_gap_ms.load(Ordering::Relaxed);
        next.saturating_sub(now).max(GATHER_MS)
    }
}

/// Decides when frames are drawn.
pub(super) struct Pace {
    ctx: egui::Context,
    shared: Arc<Shared>,
}

impl Pace {
    pub(super) fn new(ctx: egui::Context) -> Self {
        let shared = Shared {
            start: Instant::now(),
            last_frame_ms: AtomicU64::new(0),
            quick_until_ms: AtomicU64::new(AFTERGLOW_MS),
            idle_gap_ms: AtomicU64::new(IDLE_GAP_MS),
        };
        Self { ctx, shared: Arc::new(shared) }
    }

    /// For the engine and for dialogs: something waits.
    pub(super) fn waker(&self) -> Waker {
        let (ctx, shared) = (self.ctx.clone(), Arc::clone(&self.shared));
        Waker::new(move || {
            ctx.request_repaint_after(Duration::from_millis(shared.delay_ms()));
        })
    }

    /// Once per frame.
    pub(super) fn frame(&self, ctx: &egui::Context, state: &AppState) {
        let now = self.shared.now_ms();
        self.shared.last_frame_ms.store(now, Ordering::Relaxed);
        let gap = if state.training.phase.is_active() {
            match state.training.live().sample_rate {
                // The person asked to see more, and knows that it costs.
                SampleRate::EachStep => 50,
                SampleRate::FivePerSecond => 200,
                SampleRate::Off | SampleRate::OncePerSecond => TRAINING_GAP_MS,
            }
        } else {
            IDLE_GAP_MS
        };
        self.shared.idle_gap_ms.store(gap, Ordering::Relaxed);
        let hand = ctx.input(|input| !input.raw.events.is_empty() || input.pointer.any_down());
        if hand || state.dialog_open {
            self.shared.quick_until_ms.store(now + AFTERGLOW_MS, Ordering::Relaxed);
        }
        let ends = state.notices.iter().map(NoticeEntry::expires_at_secs);
        if let Some(first) = ends.reduce(f64::min) {
            let wait = (first - state.now_secs).max(0.02);
            ctx.request_repaint_after(Duration::from_secs_f64(wait));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Instant;

    use super::{GATHER_MS, IDLE_GAP_MS, Shared};

    #[test]
    fn without_a_hand_frames_keep_their_distance() {
        let shared = Shared {
            start: Instant::now(),
            last_frame_ms: AtomicU64::new(0),
            quick_until_ms: AtomicU64::new(0),
            idle_gap_ms: AtomicU64::new(IDLE_GAP_MS),
        };
        assert!(shared.delay_ms() > IDLE_GAP_MS / 2);
        shared.quick_until_ms.store(10_000, Ordering::Relaxed);
        assert_eq!(shared.delay_ms(), GATHER_MS);
    }
}
