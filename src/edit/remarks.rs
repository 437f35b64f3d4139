//! What a person should know about the strokes they painted.

use super::raster::{covers_values, mask};
use crate::protocol::{Stroke, StrokeTool};

/// Strokes that are compared with each other; past it contradictions are not looked for.
const COMPARED: usize = 60;
/// A stroke is painted over if less than this share of it is left: soft rims let something of it through.
const LEFT: f32 = 0.25;

/// Which strokes bind nothing, and which are painted over; `bound` are the places of those that make a constraint.
pub(super) fn remarks(strokes: &[Stroke], bound: &[usize], size: usize) -> Vec<String> {
    let mut found = Vec::new();
    let counting = |stroke: &Stroke| stroke.on && stroke.weight > 0.0;
    let erasing = strokes.iter().filter(|it| it.tool == StrokeTool::Erase && counting(it)).count();
    for (place, stroke) in strokes.iter().enumerate().filter(|(_, stroke)| counting(stroke)) {
        let number = place + 1;
        let elsewhere = matches!(stroke.tool, StrokeTool::Latent | StrokeTool::Erase);
        if elsewhere || bound.contains(&place) {
            continue;
        }
        let painted = mask(stroke, size).iter().any(|value| *value > 0.0);
        found.push(if painted {
            format!("Stroke {number} is painted over by later ones: it does nothing.")
        } else {
            format!("Stroke {number} lies outside of the picture: it does nothing.")
        });
    }
    if erasing > 0
        && !strokes
            .iter()
            .enumerate()
            .any(|(at, it)| it.tool == StrokeTool::Erase && bound.contains(&at))
    {
        found.push("All of the picture is erased: nothing is left to complete it from.".to_owned());
    }
    if strokes.len() <= COMPARED {
        found.extend(painted_over(strokes, bound, size));
    }
    found
}

/// Strokes that ask for other values where a later one does: the later one holds.
fn painted_over(strokes: &[Stroke], bound: &[usize], size: usize) -> Vec<String> {
    let places: Vec<usize> = (0..strokes.len())
        .filter(|at| bound.contains(at) && covers_values(strokes[*at].tool))
        .collect();
    let masks: Vec<Vec<f32>> = places.iter().map(|&at| mask(&strokes[at], size)).collect();
    let mut found = Vec::new();
    for (index, &place) in places.iter().enumerate() {
        let whole: f32 = masks[index].iter().sum();
        for (later, &other) in places.iter().enumerate().skip(index + 1) {
            let left: f32 = masks[index]
                .iter()
                .zip(&masks[later])
                .map(|(own, above)| own * (1.0 - above))
                .sum();
            if left < LEFT * whole && strokes[place].tool != strokes[other].tool {
                let (number, above) = (place + 1, other + 1);
                found.push(format!(
                    "Strokes {number} and {above} ask for different things of the same place: the later one holds."
                ));
                break;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Brush;

    fn dab(tool: StrokeTool, x: f32) -> Stroke {
        let brush = Brush { size: 0.3, strength: 0.95, softness: 0.0 };
        Stroke { brush, ..Stroke::through(tool, &[[x, 0.5]]) }
    }

    #[test]
    fn strokes_outside_and_painted_over_are_told_by_their_numbers() {
        let red = StrokeTool::Colour([255, 0, 0]);
        let strokes =
            [dab(red, 0.3), dab(red, 4.0), dab(StrokeTool::Keep, 0.3), dab(StrokeTool::Edge, 0.7)];
        let text = remarks(&strokes, &[0, 2, 3], 32).join("\n");
        assert!(text.contains("Stroke 2 lies outside"), "{text}");
        assert!(text.contains("Strokes 1 and 3 ask for different things"), "{text}");
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(remarks(&[dab(red, 0.3), dab(red, 0.8)], &[0, 1], 32).is_empty());
        assert!(remarks(&[dab(StrokeTool::Erase, 0.3)], &[], 32)[0].contains("erased"));
    }
}
