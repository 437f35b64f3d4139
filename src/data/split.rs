//! Which pictures are held out: a tenth, chosen by a hash of their names.
//!
//! A hash instead of a draw, because a picture then stays where it is when others are added or removed: what was
//! never trained on is still unseen after the folder has grown.

use crate::protocol::Split;

/// One picture in this many is held out.
const HELD_OUT_ONE_IN: u64 = 10;

/// A 64-bit hash of a name that is the same on every machine and in every version: FNV-1a, then the finaliser of
/// SplitMix64, since FNV alone mixes its high bits poorly.
pub(super) fn name_hash(name: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// The split of a picture with this hash.
pub(super) fn split_of(key: u64) -> Split {
    if key < u64::MAX / HELD_OUT_ONE_IN { Split::HeldOut } else { Split::Train }
}

/// Sees to it that neither training nor held-out pictures are missing. The picture that moves is the one whose hash
/// was nearest to the border, given by `key_of`. A single picture has to be both; then the answer is `true`.
pub(super) fn fill_empty_split(
    train: &mut Vec<u32>,
    held_out: &mut Vec<u32>,
    key_of: impl Fn(u32) -> u64,
) -> bool {
    if train.is_empty() && held_out.is_empty() {
        return false;
    }
    if train.len() + held_out.len() == 1 {
        let only: Vec<u32> = train.iter().chain(held_out.iter()).copied().collect();
        train.clone_from(&only);
        *held_out = only;
        return true;
    }
    if held_out.is_empty() {
        let place = (0..train.len()).min_by_key(|&place| key_of(train[place]));
        held_out.extend(place.map(|place| train.remove(place)));
    } else if train.is_empty() {
        let place = (0..held_out.len()).max_by_key(|&place| key_of(held_out[place]));
        train.extend(place.map(|place| held_out.remove(place)));
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn about_a_tenth_is_held_out() {
        let held_out = (0..10_000)
            .filter(|i| split_of(name_hash(&format!("IMG_{i:04}.jpg"))) == Split::HeldOut)
            .count();
        assert!((900..1100).contains(&held_out), "{held_out} of 10000");
    }

    #[test]
    fn the_hash_never_changes() {
        assert_eq!(name_hash("cats/1.png"), name_hash("cats/1.png"));
        assert_ne!(name_hash("cats/1.png"), name_hash("cats/2.png"));
        // Written down: a different value here would move pictures of every existing run between the splits.
        assert_eq!(name_hash(""), 0xf52a_15e9_a9b5_e89b);
    }

    #[test]
    fn no_split_stays_empty() {
        let (mut train, mut held_out) = (vec![0, 1, 2], vec![]);
        assert!(!fill_empty_split(&mut train, &mut held_out, |id| 10 - u64::from(id)));
        assert_eq!((train, held_out), (vec![0, 1], vec![2]));
        let (mut train, mut held_out) = (vec![], vec![0, 1]);
        assert!(!fill_empty_split(&mut train, &mut held_out, u64::from));
        assert_eq!((train, held_out), (vec![1], vec![0]));
        let (mut train, mut held_out) = (vec![7], vec![]);
        assert!(fill_empty_split(&mut train, &mut held_out, u64::from));
        assert_eq!((train, held_out), (vec![7], vec![7]));
    }
}
