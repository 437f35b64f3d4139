//! Copying operands into the order in which the microkernel reads them.
//!
//! No patch matrix is ever stored: the patches of a block of positions are copied, a few hundred
//! kilobytes at a time, from a padded image straight into the microkernel's panels, and the product
//! with them follows while they are in cache.

use std::cell::RefCell;

/// Buffers a thread keeps between calls, so that no call allocates (and page-faults) them again.
#[derive(Default)]
pub(super) struct Scratch {
    /// Padded image planes of the images at work.
    pub planes: Vec<f32>,
    /// Panels `[positions or weights / NR][depth][NR]` of the block at work.
    pub panels: Vec<f32>,
    /// Sums of windows: one channel of an image, by phases.
    pub sums: Vec<f32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Lends this thread's buffers to `work`.
pub(super) fn with_scratch<R>(work: impl FnOnce(&mut Scratch) -> R) -> R {
    // Taken out rather than borrowed: work that a thread pool nests into this thread then finds
    // empty buffers, not a panic.
    let mut scratch = SCRATCH.take();
    let result = work(&mut scratch);
    SCRATCH.set(scratch);
    result
}

/// The first `len` values of `buffer`, grown if need be. Their contents are whatever was there
/// before.
pub(super) fn sized(buffer: &mut Vec<f32>, len: usize) -> &mut [f32] {
    if buffer.len() < len {
        buffer.resize(len, 0.0);
    }
    &mut buffer[..len]
}

/// Offsets of a sequence of lanes, cut into panels of `NR` and compressed to the starts of
/// contiguous runs.
pub(super) struct Lanes {
    /// Lanes before padding to a multiple of `NR`.
    len: usize,
    /// Length of every run: a power of two that divides `NR`.
    run: usize,
    /// Offset of each run's first lane; lanes past the end repeat the first run.
    starts: Vec<usize>,
}

impl Lanes {
    pub fn new<const NR: usize>(offsets: &[usize]) -> Self {
        let contiguous =
            |lanes: &[usize]| lanes.iter().enumerate().all(|(i, &lane)| lane == lanes[0] + i);
        let mut run = NR;
        while run > 1 && !(offsets.len().is_multiple_of(run) && offsets.chunks(run).all(contiguous))
        {
            run /= 2;
        }
        let mut starts: Vec<usize> = offsets.iter().copied().step_by(run).collect();
        let first = starts.first().copied().unwrap_or(0);
        starts.resize(offsets.len().div_ceil(NR) * (NR / run), first);
        Self { len: offsets.len(), run, starts }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Copies panel `panel`: `out[step][lane] = source[steps[step] + offset(lane)]`.
    pub fn pack<const NR: usize>(
        &self,
        panel: usize,
        steps: &[usize],
        source: &[f32],
        out: &mut [f32],
    ) {
        let runs = NR / self.run;
        let starts = &self.starts[panel * runs..(panel + 1) * runs];
        match self.run {
            32 => copy_runs::<NR, 32>(starts, steps, source, out),
            16 => copy_runs::<NR, 16>(starts, steps, source, out),
            8 => copy_runs::<NR, 8>(starts, steps, source, out),
            4 => copy_runs::<NR, 4>(starts, steps, source, out),
            2 => copy_runs::<NR, 2>(starts, steps, source, out),
            _ => copy_runs::<NR, 1>(starts, steps, source, out),
        }
    }
}

fn copy_runs<const NR: usize, const RUN: usize>(
    starts: &[usize],
    steps: &[usize],
    source: &[f32],
    out: &mut [f32],
) {
    let (out, _) = out.as_chunks_mut::<NR>();
    for (out, &step) in out.iter_mut().zip(steps) {
        let source = &source[step..];
        for (out, &start) in out.as_chunks_mut::<RUN>().0.iter_mut().zip(starts) {
            out.copy_from_slice(&source[start..start + RUN]);
        }
    }
}

/// Copies every `stride`-th value of rows of one length, displaced by an origin, with zeros where
/// they lie outside.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowCopy {
    stride: usize,
    /// The outputs that lie inside the row.
    begin: usize,
    end: usize,
    /// The value that output `begin` takes.
    first: usize,
}

impl RowCopy {
    /// `out[i] = row[origin + i·stride]` for rows of `len` values and outputs of `out_len`.
    pub fn new(len: usize, out_len: usize, origin: isize, stride: usize) -> Self {
        let (len, step) = (len as isize, stride as isize);
        // First i with origin + i·stride >= 0, and first with origin + i·stride >= len.
        let begin = (((-origin).max(0) + step - 1) / step) as usize;
        let end = (((len - origin).max(0) + step - 1) / step) as usize;
        let begin = begin.min(out_len);
        let end = end.clamp(begin, out_len);
        Self { stride, begin, end, first: (origin + begin as isize * step).max(0) as usize }
    }

    pub fn copy(&self, row: &[f32], out: &mut [f32]) {
        let Self { stride, begin, end, first } = *self;
        // Borders are one or two values: plain loops, because a call to `memset` would cost more.
        for out in &mut out[..begin] {
            *out = 0.0;
        }
        for out in &mut out[end..] {
            *out = 0.0;
        }
        let Some(row) = row.get(first..).filter(|_| begin < end) else { return };
        let out = &mut out[begin..end];
        match stride {
            1 => out.copy_from_slice(&row[..out.len()]),
            2 => copy_every::<2>(row, out),
            _ => {
                for (out, value) in out.iter_mut().zip(row.iter().step_by(stride)) {
                    *out = *value;
                }
            }
        }
    }
}

/// `out[i] = row[i·STRIDE]`; the constant stride lets the compiler use shuffles.
fn copy_every<const STRIDE: usize>(row: &[f32], out: &mut [f32]) {
    let (chunks, rest) = row.as_chunks::<STRIDE>();
    let whole = chunks.len().min(out.len());
    for (out, chunk) in out.iter_mut().zip(chunks) {
        *out = chunk[0];
    }
    if whole < out.len() {
        out[whole] = rest[0];
    }
}

/// Splits `depth` steps into equal blocks of at most `most`, as `(start, end)` pairs.
pub(super) fn blocks(depth: usize, most: usize) -> impl Iterator<Item = (usize, usize)> + Clone {
    let count = depth.div_ceil(most).max(1);
    let size = depth.div_ceil(count).max(1);
    (0..depth).step_by(size).map(move |start| (start, (start + size).min(depth)))
}

/// Adds or assigns one tile's first `rows` rows to a matrix whose row `i` starts at `i ·
/// row_stride` and whose column `j` lies at `columns[j]`. Assigning adds `bias[i]`.
pub(super) fn store_tile<const MR: usize, const NR: usize>(
    tile: &[[f32; NR]; MR],
    out: &mut [f32],
    row_stride: usize,
    rows: usize,
    columns: &[usize],
    store: Store<'_>,
) {
    let (Some(&first), Some(&last)) = (columns.first(), columns.last()) else { return };
    let whole = columns.len() == NR && last - first + 1 == NR;
    for (i, sums) in tile.iter().enumerate().take(rows) {
        let out = &mut out[i * row_stride..];
        let bias = match store {
            Store::Add => None,
            Store::Assign(bias) => Some(bias.map_or(0.0, |bias| bias[i])),
        };
        if whole {
            let out: &mut [f32] = &mut out[first..first + NR];
            match bias {
                None => out.iter_mut().zip(sums).for_each(|(out, sum)| *out += sum),
                Some(bias) => out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum + bias),
            }
        } else {
            for (&column, sum) in columns.iter().zip(sums) {
                out[column] = bias.unwrap_or(out[column]) + sum;
            }
        }
    }
}

/// Assigns or adds a tile to a matrix with `row_stride`, at its first element.
pub(super) fn store_whole_tile<const MR: usize, const NR: usize>(
    tile: &[[f32; NR]; MR],
    out: &mut [f32],
    row_stride: usize,
    add: bool,
) {
    for (sums, out) in tile.iter().zip(out.chunks_mut(row_stride)) {
        let out: &mut [f32] = &mut out[..NR];
        if add {
            for (out, sum) in out.iter_mut().zip(sums) {
                *out += sum;
            }
        } else {
            out.copy_from_slice(sums);
        }
    }
}

/// What [`store_tile`] does with what is there already.
#[derive(Debug, Clone, Copy)]
pub(super) enum Store<'a> {
    /// Adds to it: a later block of the depth.
    Add,
    /// Overwrites it, adding these biases, one per row of the tile: the first block of the depth.
    Assign(Option<&'a [f32]>),
}

/// The sum of `value` of every element, in sixteen interleaved sums: one chain of additions would
/// wait for each in turn.
pub(super) fn sum_of(values: &[f32], value: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<16>();
    let mut sums = [0.0f32; 16];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += value(*x);
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|x| value(*x)).sum::<f32>()
}

/// `out[step][row] = rows[row][step]`, rows of `len` steps; fewer than `MR` of them at a matrix's
/// end leave the rest of each step as it was.
pub(super) fn interleave_rows<const MR: usize>(rows: &[f32], len: usize, out: &mut [f32]) {
    let (steps, _) = out.as_chunks_mut::<MR>();
    if rows.len() == MR * len {
        // All rows at once: every value written once, in order, with no gaps between.
        let rows: [&[f32]; MR] = std::array::from_fn(|row| &rows[row * len..(row + 1) * len]);
        for (index, step) in steps.iter_mut().enumerate().take(len) {
            *step = std::array::from_fn(|row| rows[row][index]);
        }
    } else {
        for (row, values) in rows.chunks_exact(len).enumerate() {
            for (step, value) in steps.iter_mut().zip(values) {
                step[row] = *value;
            }
        }
    }
}
