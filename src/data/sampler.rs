//! Which pictures a training step sees: every picture once an epoch, in an order drawn from seed and epoch.
//!
//! A pure function of (seed, length, step, batch): a resumed run sees exactly the batches it would have seen, and
//! there is no state to save. Batches run across the border of two epochs, so none is ever short.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Keeps these draws apart from every other use of the same seed.
const STREAM: u64 = 0x6570_6f63_685f_6f72;

/// The order of a data set's pictures, epoch after epoch.
#[derive(Debug, Clone)]
pub struct Sampler {
    seed: u64,
    len: usize,
    /// The order drawn last and its epoch; only saves time, every answer is the same without it.
    recent: Option<(u64, Vec<u32>)>,
}

impl Sampler {
    /// The order of `len` pictures for this seed.
    pub fn new(seed: u64, len: usize) -> Self {
        Self { seed, len, recent: None }
    }

    /// Pictures in an epoch.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no pictures.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The `batch` indices of step `step` (counted from 0), each below [`len`](Self::len). Empty if the set is.
    pub fn indices(&mut self, step: u64, batch: usize) -> Vec<usize> {
        if self.len == 0 {
            return Vec::new();
        }
        let start = u128::from(step) * batch as u128;
        (0..batch as u128).map(|offset| self.at(start + offset)).collect()
    }

    /// The epoch (from 0) in which step `step` of this batch size starts.
    pub fn epoch(&self, step: u64, batch: usize) -> u64 {
        (u128::from(step) * batch as u128 / self.len.max(1) as u128) as u64
    }

    fn at(&mut self, position: u128) -> usize {
        let epoch = (position / self.len as u128) as u64;
        let place = (position % self.len as u128) as usize;
        let (seed, len) = (self.seed, self.len);
        match &mut self.recent {
            Some((recent, order)) if *recent == epoch => order[place] as usize,
            recent => recent.insert((epoch, shuffled(seed, epoch, len))).1[place] as usize,
        }
    }
}

/// A Fisher–Yates shuffle of `0..len`.
fn shuffled(seed: u64, epoch: u64, len: usize) -> Vec<u32> {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&seed.to_le_bytes());
    key[8..16].copy_from_slice(&epoch.to_le_bytes());
    key[16..24].copy_from_slice(&STREAM.to_le_bytes());
    let mut rng = ChaCha8Rng::from_seed(key);
    let mut order: Vec<u32> = (0..len as u32).collect();
    for place in (1..order.len()).rev() {
        // The high half of a 128-bit product: unbiased to 1 in 2^32, and one draw per picture on every platform.
        let draw = (u128::from(rng.next_u64()) * (place as u128 + 1)) >> 64;
        order.swap(place, draw as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_picture_comes_once_an_epoch_across_batches() {
        let mut sampler = Sampler::new(7, 10);
        let drawn: Vec<usize> = (0..10).flat_map(|step| sampler.indices(step, 4)).collect();
        for epoch in drawn.chunks(10) {
            let mut sorted = epoch.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..10).collect::<Vec<_>>());
        }
        assert_ne!(drawn[..10], drawn[10..20], "each epoch has its own order");
        assert_eq!(sampler.epoch(2, 4), 0);
        assert_eq!(sampler.epoch(3, 4), 1);
    }

    #[test]
    fn a_resumed_run_sees_the_same_batches() {
        let mut whole = Sampler::new(1, 1000);
        let from_start: Vec<_> = (0..100).map(|step| whole.indices(step, 32)).collect();
        let mut resumed = Sampler::new(1, 1000);
        let late: Vec<_> = (60..100).map(|step| resumed.indices(step, 32)).collect();
        assert_eq!(from_start[60..], late);
        assert_ne!(Sampler::new(2, 1000).indices(0, 32), from_start[0]);
    }

    #[test]
    fn a_batch_may_be_larger_than_the_set_and_a_set_may_be_empty() {
        let mut sampler = Sampler::new(0, 3);
        assert_eq!(sampler.indices(5, 8).len(), 8);
        assert!(Sampler::new(0, 0).indices(0, 8).is_empty());
        assert!(sampler.indices(u64::MAX, 2).iter().all(|&index| index < 3));
    }

    #[test]
    fn the_order_never_changes() {
        // Written down: another order here would change every resumed run.
        assert_eq!(Sampler::new(0, 8).indices(0, 8), [2, 6, 7, 4, 0, 5, 3, 1]);
    }
}
