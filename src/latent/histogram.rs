//! Two sets of scores counted in the same bins.

/// Counts of scores with and without a label, in equal bins from `low` to `high`.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    /// The least score.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// `[bins]`: scores whose label is true.
    pub with: Vec<u32>,
    /// `[bins]`: the others.
    pub without: Vec<u32>,
}

/// Counts `scores` in `bins` bins; `None` without a finite score or without bins.
pub fn histogram(scores: &[f64], labels: &[bool], bins: usize) -> Option<Counts> {
    let finite = || scores.iter().copied().filter(|score| score.is_finite());
    let low = finite().min_by(f64::total_cmp)?;
    let high = finite().max_by(f64::total_cmp)?;
    if bins == 0 {
        return None;
    }
    let mut counts = Counts { low, high, with: vec![0; bins], without: vec![0; bins] };
    for (score, label) in scores.iter().zip(labels).filter(|(score, _)| score.is_finite()) {
        let place = if high > low { (score - low) / (high - low) } else { 0.5 };
        let bin = ((place * bins as f64) as usize).min(bins - 1);
        let side = if *label { &mut counts.with } else { &mut counts.without };
        side[bin] += 1;
    }
    Some(counts)
}

#[cfg(test)]
mod tests {
    use super::histogram;

    #[test]
    fn every_score_is_counted_once_on_its_side() {
        let scores = [0.0, 1.0, 2.0, 3.9, 4.0, f64::NAN];
        let labels = [false, true, false, true, true, true];
        let counts = histogram(&scores, &labels, 4).expect("finite scores");
        assert_eq!((counts.low, counts.high), (0.0, 4.0));
        assert_eq!(counts.with, [0, 1, 0, 2]);
        assert_eq!(counts.without, [1, 0, 1, 0]);
        let flat = histogram(&[2.0, 2.0], &[true, false], 3).expect("finite scores");
        assert_eq!((flat.with, flat.without), (vec![0, 1, 0], vec![0, 1, 0]));
        assert!(histogram(&[], &[], 3).is_none());
    }
}
