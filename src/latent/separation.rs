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

/// The direction of the means judged on few codes: each by the direction and threshold that all the
/// others give (leave-one-out), in steps from that threshold. `None` with fewer than two on a side.
pub fn left_out_separation(with: &Codes, without: &Codes) -> Option<Separation> {
    if with.len() < 2 || without.len() < 2 {
        return None;
    }
    let all = with.rows().map(|row| (row, true)).chain(without.rows().map(|row| (row, false)));
    let all: Vec<(&[f32], bool)> = all.collect();
    let labels: Vec<bool> = all.iter().map(|(_, label)| *label).collect();
    let scores: Vec<f64> = (0..all.len()).map(|index| left_out_score(&all, index)).collect();
    let right = scores.iter().zip(&labels).filter(|(score, label)| (**score > 0.0) == **label);
    let accuracy = right.count() as f64 / all.len() as f64;
    Some(Separation { threshold: 0.0, accuracy, auc: auc(&scores, &labels)? })
}

/// How far one code lies beyond the middle between the means of all others, in steps.
fn left_out_score(all: &[(&[f32], bool)], out: usize) -> f64 {
    let mean = |side: bool| {
        let others = all.iter().enumerate().filter(|(i, (_, label))| *i != out && *label == side);
        let values: Vec<f32> = others.flat_map(|(_, (row, _))| row.iter().copied()).collect();
        Codes::new(all[out].0.len(), values).mean()
    };
    let (with, without) = (mean(true), mean(false));
    let (mut along, mut square) = (0.0, 0.0);
    for ((value, with), without) in all[out].0.iter().zip(with).zip(without) {
        let step = with - without;
        along += (f64::from(*value) - f64::midpoint(with, without)) * step;
        square += step * step;
    }
    if square > 0.0 { along / square } else { 0.0 }
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
