//! Which candidates differ enough to be offered, in an order that does not jump.

/// The rows to offer, at most `limit` of them: first those of `before` that are still there and distinct, in
/// their order, then others from the least energy up. Row 0 is the adopted candidate and always the first.
///
/// `features` has `F` values a row. Two rows are distinct if the root mean square of their difference is at least
/// `least` times that of row 0's features themselves. Rows without a finite energy are left out.
pub fn distinct(
    features: &[f32],
    energies: &[f32],
    before: &[usize],
    limit: usize,
    least: f64,
) -> Vec<usize> {
    let count = energies.len();
    if count == 0 {
        return Vec::new();
    }
    let width = features.len() / count;
    let row = |index: usize| &features[index * width..(index + 1) * width];
    let square = |values: &mut dyn Iterator<Item = f32>| -> f64 {
        values.map(|value| f64::from(value) * f64::from(value)).sum()
    };
    let bound = least * least * square(&mut row(0).iter().copied());
    let apart = |a: usize, b: usize| {
        let mut difference = row(a).iter().zip(row(b)).map(|(a, b)| a - b);
        square(&mut difference) >= bound
    };
    let mut ranked: Vec<usize> = (0..count).filter(|&row| energies[row].is_finite()).collect();
    // A stable sort: of equal energies the first row comes first.
    ranked.sort_by(|&a, &b| energies[a].total_cmp(&energies[b]));
    let standing = before.iter().copied().filter(|&row| row < count && energies[row].is_finite());
    let mut offered: Vec<usize> = vec![0];
    for row in standing.chain(ranked) {
        if offered.len() >= limit {
            break;
        }
        if !offered.contains(&row) && offered.iter().all(|&other| apart(row, other)) {
            offered.push(row);
        }
    }
    offered
}

#[cfg(test)]
mod tests {
    use super::distinct;

    #[test]
    fn near_ones_are_left_out_and_the_better_one_stays() {
        // One feature a row; row 0's size is 1.
        let features = [1.0, 1.05, 2.0, 2.04, 3.0, 1.5];
        let energies = [5.0, 0.1, 4.0, 3.0, f32::NAN, 2.0];
        assert_eq!(distinct(&features, &energies, &[], 16, 0.1), [0, 5, 3]);
        assert_eq!(distinct(&features, &energies, &[], 2, 0.1), [0, 5]);
        assert_eq!(distinct(&features, &energies, &[], 16, 0.0), [0, 1, 5, 3, 2]);
        assert_eq!(distinct(&[], &[], &[], 16, 0.1), [0; 0]);
    }

    #[test]
    fn what_was_offered_keeps_its_place() {
        let features = [1.0, 2.0, 3.0, 4.0];
        let first = distinct(&features, &[1.0, 4.0, 3.0, 2.0], &[], 16, 0.1);
        assert_eq!(first, [0, 3, 2, 1]);
        // The energies' order has turned, the offer's has not.
        assert_eq!(distinct(&features, &[1.0, 2.0, 3.0, 4.0], &first, 16, 0.1), first);
        // Two came together: the one that stood first stays.
        let together = [1.0, 2.0, 3.0, 3.01];
        assert_eq!(distinct(&together, &[1.0, 2.0, 3.0, 4.0], &first, 16, 0.1), [0, 3, 1]);
        assert_eq!(distinct(&features, &[1.0; 4], &[9, 2], 16, 0.1), [0, 2, 1, 3]);
    }
}
