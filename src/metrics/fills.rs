//! The plainest ways to fill a hole in a picture: what inpainting has to be better than.

/// Sweeps of the relaxation, at most; it has settled long before in holes of a few hundred pixels.
const SWEEPS: usize = 2000;
/// A sweep that moves no value by more than this is the last.
const SETTLED: f32 = 1e-5;
/// How far each step of the relaxation goes beyond its mean (successive over-relaxation).
const OVER: f32 = 1.8;

/// The hole filled with the mean of all pixels outside of it, channel by channel: `channels·size·size` values.
pub fn mean_fill(picture: &[f32], hole: &[bool]) -> Vec<f32> {
    let mut filled = picture.to_vec();
    for plane in filled.chunks_exact_mut(hole.len()) {
        let mean = outside_mean(plane, hole);
        plane.iter_mut().zip(hole).filter(|(_, hole)| **hole).for_each(|(value, _)| *value = mean);
    }
    filled
}

/// The hole filled by diffusion: inside, each value is the mean of its four neighbours (Laplace's equation, the rim of
/// the hole being its border); at the picture's border there are fewer neighbours.
pub fn diffusion_fill(picture: &[f32], hole: &[bool], size: usize) -> Vec<f32> {
    let mut filled = mean_fill(picture, hole);
    for plane in filled.chunks_exact_mut(hole.len()) {
        for _ in 0..SWEEPS {
            if sweep(plane, hole, size) < SETTLED {
                break;
            }
        }
    }
    filled
}

fn outside_mean(plane: &[f32], hole: &[bool]) -> f32 {
    let outside = plane.iter().zip(hole).filter(|(_, hole)| !**hole).map(|(value, _)| *value);
    let (sum, count) =
        outside.fold((0.0_f64, 0), |(sum, n), value| (sum + f64::from(value), n + 1));
    (sum / f64::from(count.max(1))) as f32
}

/// One sweep; the largest move.
fn sweep(plane: &mut [f32], hole: &[bool], size: usize) -> f32 {
    let mut most = 0.0_f32;
    for index in (0..hole.len()).filter(|&index| hole[index]) {
        let (y, x) = (index / size, index % size);
        let near = [
            (y > 0).then(|| index - size),
            (y + 1 < size).then(|| index + size),
            (x > 0).then(|| index - 1),
            (x + 1 < size).then(|| index + 1),
        ];
        let values = near.into_iter().flatten().map(|at| plane[at]);
        let (sum, count) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
        let step = OVER * (sum / f32::max(count, 1.0) - plane[index]);
        plane[index] += step;
        most = most.max(step.abs());
    }
    most
}

/// Mean squared difference inside the hole, over all channels.
pub fn hole_mse(a: &[f32], b: &[f32], hole: &[bool]) -> f64 {
    let pairs = a.iter().zip(b).zip(hole.iter().cycle()).filter(|(_, hole)| **hole);
    let (sum, count) =
        pairs.fold((0.0, 0_u32), |(sum, n), ((a, b), _)| (sum + f64::from(a - b).powi(2), n + 1));
    sum / f64::from(count.max(1))
}

#[cfg(test)]
mod tests {
    use super::{diffusion_fill, hole_mse, mean_fill};

    const SIZE: usize = 16;

    fn hole() -> Vec<bool> {
        (0..SIZE * SIZE)
            .map(|i| (5..11).contains(&(i % SIZE)) && (4..12).contains(&(i / SIZE)))
            .collect()
    }

    #[test]
    fn a_slope_is_filled_by_diffusion_exactly_and_by_the_mean_not() {
        let slope: Vec<f32> = (0..2 * SIZE * SIZE)
            .map(|i| 0.05 * (i % SIZE) as f32 - 0.03 * (i / SIZE % SIZE) as f32)
            .collect();
        let hole = hole();
        let damaged: Vec<f32> = slope
            .iter()
            .zip(hole.iter().cycle())
            .map(|(v, hole)| if *hole { 9.0 } else { *v })
            .collect();
        let filled = diffusion_fill(&damaged, &hole, SIZE);
        assert!(
            hole_mse(&filled, &slope, &hole) < 1e-6,
            "linear functions solve Laplace's equation"
        );
        let flat = mean_fill(&damaged, &hole);
        assert!(hole_mse(&flat, &slope, &hole) > 1e-3);
        for (index, value) in
            filled.iter().enumerate().filter(|(index, _)| !hole[index % hole.len()])
        {
            assert_eq!(value.to_bits(), slope[index].to_bits());
        }
        let inside = flat.iter().zip(hole.iter().cycle()).find(|(_, hole)| **hole).map(|(v, _)| *v);
        let outside: Vec<f32> =
            slope[..256].iter().zip(&hole).filter(|(_, hole)| !**hole).map(|(v, _)| *v).collect();
        let mean = outside.iter().sum::<f32>() / outside.len() as f32;
        assert!(inside.is_some_and(|value| (value - mean).abs() < 1e-5));
    }
}
