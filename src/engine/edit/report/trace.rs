//! A hand's way of painting a part: one stroke that fills it without leaving it.

use std::collections::VecDeque;

/// Radii of the brush in pixels that are tried, the largest first.
const RADII: [f32; 5] = [4.0, 3.0, 2.0, 1.5, 1.0];
/// Fewer places than this are no part to paint.
const LEAST_PLACES: usize = 12;

/// A stroke's path and the diameter of its brush, in widths of the picture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Path {
    pub(super) places: Vec<[f32; 2]>,
    pub(super) diameter: f32,
}

/// A path over a part, `size`×`size` values, whose hard round brush stays within it: all places far enough from the
/// rest, the largest piece that hangs together, walked from neighbour to neighbour and back. `None` where the part is
/// too small or too thin.
pub(super) fn filling(part: &[bool], size: usize) -> Option<Path> {
    let depths = depths(part, size);
    RADII.into_iter().find_map(|radius| {
        // A brush's rim fades over half a pixel around its radius.
        let core: Vec<bool> = depths.iter().map(|depth| *depth >= radius + 1.0).collect();
        let piece = largest_piece(&core, size);
        (piece.len() >= LEAST_PLACES).then(|| {
            let share = |place: usize| (place as f32 + 0.5) / size as f32;
            let walk = walk(&piece, size).into_iter();
            let places = walk.map(|at| [share(at % size), share(at / size)]).collect();
            Path { places, diameter: 2.0 * radius / size as f32 }
        })
    })
}

/// Distance of each place of a part to the nearest one outside; the picture's border is none.
fn depths(part: &[bool], size: usize) -> Vec<f32> {
    let place = |index: usize| [(index % size) as f32, (index / size) as f32];
    let outside: Vec<[f32; 2]> = (0..part.len()).filter(|&i| !part[i]).map(place).collect();
    let depth = |index: usize| {
        if !part[index] {
            return 0.0;
        }
        let [x, y] = place(index);
        let squares = outside.iter().map(|other| (other[0] - x).powi(2) + (other[1] - y).powi(2));
        squares.fold(f32::INFINITY, f32::min).sqrt()
    };
    (0..part.len()).map(depth).collect()
}

fn neighbours(at: usize, size: usize) -> impl Iterator<Item = usize> {
    let (x, y) = (at % size, at / size);
    let rows = y.saturating_sub(1)..(y + 2).min(size);
    rows.flat_map(move |row| {
        let columns = x.saturating_sub(1)..(x + 2).min(size);
        columns.map(move |column| row * size + column)
    })
    .filter(move |&other| other != at)
}

/// The largest set of places that hang together, marked.
fn largest_piece(core: &[bool], size: usize) -> Vec<usize> {
    let mut seen = vec![false; core.len()];
    let mut largest = Vec::new();
    for first in 0..core.len() {
        if !core[first] || seen[first] {
            continue;
        }
        let (mut piece, mut queue) = (Vec::new(), VecDeque::from([first]));
        seen[first] = true;
        while let Some(at) = queue.pop_front() {
            piece.push(at);
            for other in neighbours(at, size).filter(|&other| core[other]) {
                if !seen[other] {
                    seen[other] = true;
                    queue.push_back(other);
                }
            }
        }
        if piece.len() > largest.len() {
            largest = piece;
        }
    }
    largest
}

/// Through all places of a piece, depth first: each step goes to a neighbour, forth or back.
fn walk(piece: &[usize], size: usize) -> Vec<usize> {
    let mut open = vec![false; size * size];
    piece.iter().for_each(|&at| open[at] = true);
    let Some(&first) = piece.first() else { return Vec::new() };
    open[first] = false;
    let (mut way, mut walked) = (vec![first], vec![first]);
    while let Some(&at) = way.last() {
        match neighbours(at, size).find(|&other| open[other]) {
            Some(next) => {
                open[next] = false;
                way.push(next);
                walked.push(next);
            }
            None => {
                way.pop();
                walked.extend(way.last());
            }
        }
    }
    walked
}

#[cfg(test)]
mod tests {
    use super::filling;
    use crate::edit::mask;
    use crate::protocol::{Brush, Stroke, StrokeTool};

    const SIZE: usize = 64;

    #[test]
    fn a_ring_is_filled_and_never_left() {
        let inside = |index: usize| {
            let (x, y) = ((index % SIZE) as f32 - 31.5, (index / SIZE) as f32 - 31.5);
            (14.0..26.0).contains(&x.hypot(y))
        };
        let part: Vec<bool> = (0..SIZE * SIZE).map(inside).collect();
        let path = filling(&part, SIZE).expect("wide enough");
        let brush = Brush { size: path.diameter, strength: 1.0, softness: 0.0 };
        let stroke = Stroke { brush, ..Stroke::through(StrokeTool::Keep, &path.places) };
        assert!(stroke.validate().is_ok());
        let painted = mask(&stroke, SIZE);
        let (mut covered, mut all) = (0.0, 0.0);
        for (value, inside) in painted.iter().zip(&part) {
            assert!(*inside || *value < 0.05, "it left the part: {value}");
            covered += if *inside { *value } else { 0.0 };
            all += if *inside { 1.0 } else { 0.0 };
        }
        assert!(covered / all > 0.7, "{}", covered / all);
        let line: Vec<bool> = (0..SIZE * SIZE).map(|index| index / SIZE == 5).collect();
        assert_eq!(filling(&line, SIZE), None, "too thin to paint");
        assert_eq!(filling(&[false; SIZE * SIZE], SIZE), None);
    }
}
