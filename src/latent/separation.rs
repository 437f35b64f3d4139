//! How well a line through latent space tells two sets of codes apart.

use super::codes::Codes;

/// What a direction achieves on codes it was not made from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Separation {
    /// Codes beyond it count as having the attribute.
    pub threshold: f64,
    /// Share of codes on their right side.
    pub accuracy: f64,
    /// Area under the receiver operating characteristic: the chance that a code with the attribute
    /// lies further along than one without.
    pub auc: f64,
}

/// The threshold is chosen on the `fit` codes (`true`: with the attribute) and judged, with the
/// ranking, on the `held_out` ones. `None` unless both have both sides.
pub fn separation(
    direction: &[f32],
    fit: (&Codes, &[bool]),
    held_out: (&Codes, &[bool]),
) -> Option<Separation> {
    let threshold = best_threshold(&fit.0.project(direction), fit.1)?;
    let scores = held_out.0.project(direction);
    let right =
        scores.iter().zip(held_out.1).filter(|(score, label)| (**score > threshold) == **label);
    let accuracy = right.count() as f64 / scores.len() as f64;
    Some(Separation { threshold, accuracy, auc: auc(&scores, held_out.1)? })
}

/// The Mann–Whitney statistic, ties counting half. `None` unless both labels occur.
pub fn auc(scores: &[f64], labels: &[bool]) -> Option<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let with = labels.iter().filter(|label| **label).count() as f64;
    let without = labels.len() as f64 - with;
    if with == 0.0 || without == 0.0 {
        return None;
    }
    let mut rank_sum = 0.0;
    let mut start = 0;
    for tied in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
        let middle = start as f64 + (tied.len() as f64 + 1.0) / 2.0;
        rank_sum += middle * tied.iter().filter(|&&index| labels[index]).count() as f64;
        start += tied.len();
    }
    Some((rank_sum - with * (with + 1.0) / 2.0) / (with * without))
}

/// The cut between two neighbouring scores that puts most codes on their right side. `None` unless
/// both labels occur.
pub fn best_threshold(scores: &[f64], labels: &[bool]) -> Option<f64> {
    let mut sorted: Vec<(f64, bool)> = scores.iter().copied().zip(labels.iter().copied()).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    if !labels.contains(&true) || !labels.contains(&false) {
        return None;
    }
    // Right when everything counts as having it; each code that falls below the cut changes one.
    let mut right = labels.iter().filter(|label| **label).count();
    let mut best = (right, sorted[0].0 - 1.0);
    for (index, (score, label)) in sorted.iter().enumerate() {
        right = if *label { right - 1 } else { right + 1 };
        let next = sorted.get(index + 1).map_or(score + 2.0, |next| next.0);
        if right > best.0 && next > *score {
            best = (right, f64::midpoint(*score, next));
        }
    }
    Some(best.1)
}
