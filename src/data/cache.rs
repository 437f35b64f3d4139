//! Decodes all pictures of a source in parallel into one block of bytes, up to a limit.
//!
//! Workers decode small chunks; the calling thread puts them in order, reports progress and watches for cancel. It
//! never waits for a worker longer than [`PATIENCE`], so that a cancel is answered at once even while a worker is
//! deep inside a large picture: that worker finishes on its own and its result is dropped.

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;

use rayon::ThreadPool;

use crate::protocol::SkippedFile;

use super::error::{DataError, bytes_text};
use super::source::{Decoded, Layout, PictureSource, Policy};

/// Pictures a worker decodes before it reports.
const CHUNK: usize = 8;
/// Chunks under way per worker; bounds what is decoded but not yet in order.
const CHUNKS_AHEAD: usize = 3;
/// How long the calling thread waits before it looks at the cancel flag again.
const PATIENCE: Duration = Duration::from_millis(50);

/// What came of decoding.
#[derive(Default)]
pub(super) struct Filled {
    /// The first `kept` accepted pictures, one after the other.
    pub pixels: Vec<u8>,
    /// Accepted pictures in memory.
    pub kept: usize,
    /// Ids of all usable pictures, in order.
    pub accepted: Vec<u32>,
    pub skipped: Vec<SkippedFile>,
    /// Accepted pictures that were smaller than the tile.
    pub enlarged: usize,
}

/// The pool that opens data sets: one thread fewer than there are cores, since a trainer may be at work.
pub(super) fn loader_pool() -> Result<ThreadPool, DataError> {
    named_pool("picture-loader", cores().saturating_sub(1).max(1))
}

/// The pool that decodes on demand: a thread for every core, since the one who asked is waiting.
pub(super) fn reader_pool() -> Result<ThreadPool, DataError> {
    named_pool("picture-reader", cores())
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

fn named_pool(name: &'static str, threads: usize) -> Result<ThreadPool, DataError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .thread_name(move |index| format!("{name}-{index}"))
        .build()
        .map_err(|error| DataError::Loader { reason: error.to_string() })
}

/// Decodes the pictures `0..count` of `source` and keeps as many as fit into `limit_bytes`. What the source's
/// policy leaves undecoded counts as usable. Reports (done, total).
pub(super) fn fill(
    pool: &ThreadPool,
    source: &Arc<dyn PictureSource>,
    count: usize,
    layout: Layout,
    limit_bytes: u64,
    progress: &dyn Fn(usize, usize),
    cancel: &AtomicBool,
) -> Result<Filled, DataError> {
    let fitting = (limit_bytes / layout.bytes().max(1) as u64).min(count as u64) as usize;
    let (total, reserved) = match source.policy() {
        Policy::TryAll => (count, fitting),
        Policy::FillMemory => (fitting, fitting),
        Policy::FirstRead => (0, 0),
    };
    let mut filled = Filled::default();
    reserve(&mut filled.pixels, reserved * layout.bytes())?;
    let mut workers = Workers::new(pool, source, layout, total);
    progress(0, total);
    while let Some(chunk) = workers.next_chunk(cancel)? {
        filled.take(chunk, layout, fitting);
        progress(filled.accepted.len() + filled.skipped.len(), total);
    }
    filled.accepted.extend(total as u32..count as u32);
    filled.pixels.shrink_to_fit();
    Ok(filled)
}

fn reserve(pixels: &mut Vec<u8>, bytes: usize) -> Result<(), DataError> {
    let size = || bytes_text(bytes as u64);
    pixels.try_reserve_exact(bytes).map_err(|_| DataError::OutOfMemory { size: size() })
}

impl Filled {
    fn take(&mut self, chunk: Chunk, layout: Layout, fitting: usize) {
        let bytes = layout.bytes();
        for (place, outcome) in chunk.outcomes.into_iter().enumerate() {
            match outcome {
                Ok(decoded) => {
                    self.accepted.push(chunk.first + place as u32);
                    self.enlarged += usize::from(decoded.enlarged);
                    if self.kept < fitting {
                        self.pixels.extend_from_slice(&chunk.pixels[place * bytes..][..bytes]);
                        self.kept += 1;
                    }
                }
                Err(skipped) => self.skipped.push(skipped),
            }
        }
    }
}

/// Consecutive pictures, decoded.
struct Chunk {
    /// Id of the first picture.
    first: u32,
    pixels: Vec<u8>,
    outcomes: Vec<Result<Decoded, SkippedFile>>,
}

/// Chunks under way on the pool, handed out in order.
struct Workers<'a> {
    pool: &'a ThreadPool,
    source: &'a Arc<dyn PictureSource>,
    layout: Layout,
    total: usize,
    submitted: usize,
    taken: usize,
    waiting: BTreeMap<usize, Chunk>,
    sender: SyncSender<(usize, Chunk)>,
    receiver: Receiver<(usize, Chunk)>,
    /// Chunks that may be under way.
    ahead: usize,
    stop: Arc<AtomicBool>,
}

impl<'a> Workers<'a> {
    fn new(
        pool: &'a ThreadPool,
        source: &'a Arc<dyn PictureSource>,
        layout: Layout,
        total: usize,
    ) -> Self {
        let ahead = pool.current_num_threads() * CHUNKS_AHEAD;
        // Room for everything under way: a worker never waits for the calling thread.
        let (sender, receiver) = mpsc::sync_channel(ahead);
        let waiting = BTreeMap::new();
        let stop = Arc::new(AtomicBool::new(false));
        Self {
            pool,
            source,
            layout,
            total,
            submitted: 0,
            taken: 0,
            waiting,
            sender,
            receiver,
            ahead,
            stop,
        }
    }

    /// The next chunk in order, or `None` after the last.
    fn next_chunk(&mut self, cancel: &AtomicBool) -> Result<Option<Chunk>, DataError> {
        let chunks = self.total.div_ceil(CHUNK);
        if self.taken == chunks {
            return Ok(None);
        }
        while self.submitted < chunks.min(self.taken + self.ahead) {
            self.submit();
        }
        loop {
            if cancel.load(Ordering::Relaxed) {
                return Err(DataError::Cancelled);
            }
            if let Some(chunk) = self.waiting.remove(&self.taken) {
                self.taken += 1;
                return Ok(Some(chunk));
            }
            match self.receiver.recv_timeout(PATIENCE) {
                Ok((number, chunk)) => drop(self.waiting.insert(number, chunk)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(DataError::Loader { reason: "its threads ended early".to_owned() });
                }
            }
        }
    }

    fn submit(&mut self) {
        let number = self.submitted;
        self.submitted += 1;
        let ids = (number * CHUNK) as u32..((number + 1) * CHUNK).min(self.total) as u32;
        let (source, layout) = (Arc::clone(self.source), self.layout);
        let (sender, stop) = (self.sender.clone(), Arc::clone(&self.stop));
        self.pool.spawn(move || {
            if let Some(chunk) = decode_chunk(&*source, ids, layout, &stop) {
                // Nobody receives any more after a cancel.
                let _ = sender.send((number, chunk));
            }
        });
    }
}

impl Drop for Workers<'_> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn decode_chunk(
    source: &dyn PictureSource,
    ids: Range<u32>,
    layout: Layout,
    stop: &AtomicBool,
) -> Option<Chunk> {
    let bytes = layout.bytes();
    let mut chunk =
        Chunk { first: ids.start, pixels: vec![0; ids.len() * bytes], outcomes: Vec::new() };
    for (id, out) in ids.zip(chunk.pixels.chunks_exact_mut(bytes)) {
        if stop.load(Ordering::Relaxed) {
            return None;
        }
        let outcome = decode_one(source, id, out);
        chunk
            .outcomes
            .push(outcome.map_err(|reason| SkippedFile { path: source.path(id), reason }));
    }
    Some(chunk)
}

/// Decodes one picture. A decoder that panics over a damaged file costs that file, not the program.
pub(super) fn decode_one(
    source: &dyn PictureSource,
    id: u32,
    out: &mut [u8],
) -> Result<Decoded, String> {
    catch_unwind(AssertUnwindSafe(|| source.decode(id, out)))
        .unwrap_or_else(|_| Err("the file is damaged: its decoder gave up".to_owned()))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Instant;

    use super::*;

    /// Picture `id` is filled with `id`; every tenth is bad, every hundredth panics.
    struct Numbers {
        slow: Duration,
    }

    impl PictureSource for Numbers {
        fn decode(&self, id: u32, out: &mut [u8]) -> Result<Decoded, String> {
            std::thread::sleep(self.slow);
            assert!(id % 100 != 99, "a test panic, caught");
            if id % 10 == 9 {
                return Err("bad".to_owned());
            }
            out.fill(id as u8);
            Ok(Decoded::default())
        }

        fn path(&self, id: u32) -> PathBuf {
            PathBuf::from(id.to_string())
        }

        fn policy(&self) -> Policy {
            Policy::TryAll
        }
    }

    const LAYOUT: Layout = Layout { size: 2, channels: 1 };

    fn run(slow: Duration, limit: u64, cancel: &AtomicBool) -> Result<Filled, DataError> {
        let source: Arc<dyn PictureSource> = Arc::new(Numbers { slow });
        fill(&loader_pool()?, &source, 200, LAYOUT, limit, &|_, _| {}, cancel)
    }

    #[test]
    fn pictures_arrive_in_order_and_bad_ones_are_listed() {
        let filled = run(Duration::ZERO, u64::MAX, &AtomicBool::new(false)).unwrap();
        assert_eq!((filled.accepted.len(), filled.kept, filled.skipped.len()), (180, 180, 20));
        assert!(filled.skipped.iter().any(|file| file.reason.contains("gave up")));
        for (pixels, id) in filled.pixels.chunks(4).zip(&filled.accepted) {
            assert!(pixels.iter().all(|&value| value == *id as u8));
        }
    }

    #[test]
    fn the_limit_bounds_memory_but_not_what_is_usable() {
        let filled = run(Duration::ZERO, 41, &AtomicBool::new(false)).unwrap();
        assert_eq!((filled.accepted.len(), filled.kept, filled.pixels.len()), (180, 10, 40));
    }

    #[test]
    fn a_cancel_does_not_wait_for_a_slow_picture() {
        let cancel = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let run = scope.spawn(|| run(Duration::from_secs(3), u64::MAX, &cancel));
            std::thread::sleep(Duration::from_millis(50));
            let asked = Instant::now();
            cancel.store(true, Ordering::Relaxed);
            assert!(matches!(run.join().unwrap(), Err(DataError::Cancelled)));
            assert!(asked.elapsed() < Duration::from_millis(500));
        });
    }
}
