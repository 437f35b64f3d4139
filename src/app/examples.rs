//! Pictures a person marked as having an attribute, or not.

use std::collections::HashSet;

use crate::latent::{Codes, difference_of_means, left_out_separation};
use crate::protocol::{Direction, Latent, Origin};

/// Latents marked in grids, maps and strips.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Examples {
    /// With the attribute.
    pub with: Vec<Latent>,
    /// Without it.
    pub without: Vec<Latent>,
}

/// What a click on a picture does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Marking {
    /// It loads the picture's latent.
    #[default]
    Off,
    /// It marks the picture as having the attribute.
    With,
    /// As not having it.
    Without,
}

impl Examples {
    /// Marks latents, taking them from the other side; marked on this side already, alone, it is
    /// unmarked.
    pub(super) fn mark(&mut self, with: bool, latents: Vec<Latent>) {
        let (side, other) = match with {
            true => (&mut self.with, &mut self.without),
            false => (&mut self.without, &mut self.with),
        };
        let new: HashSet<Vec<u32>> = latents.iter().map(bits).collect();
        other.retain(|latent| !new.contains(&bits(latent)));
        if let [one] = latents.as_slice()
            && side.contains(one)
        {
            side.retain(|latent| latent != one);
            return;
        }
        // A lasso takes thousands at once: comparing each with each would hold up the window.
        let mut known: HashSet<Vec<u32>> = side.iter().map(bits).collect();
        side.extend(latents.into_iter().filter(|latent| known.insert(bits(latent))));
    }

    /// How a latent is marked.
    pub fn marking(&self, latent: &Latent) -> Marking {
        if self.with.contains(latent) {
            Marking::With
        } else if self.without.contains(latent) {
            Marking::Without
        } else {
            Marking::Off
        }
    }

    /// The direction from the mean of those without to the mean of those with; judged on each example
    /// by the direction that all others give.
    ///
    /// # Errors
    /// What is missing, in plain words.
    pub(super) fn direction(&self, name: &str) -> Result<Direction, &'static str> {
        let name = name.trim();
        if name.is_empty() {
            return Err("give the attribute a name first");
        }
        let codes = |side: &[Latent]| {
            let dims = side.first().map_or(1, |latent| latent.dims().max(1));
            Codes::new(dims, side.iter().flat_map(|latent| latent.0.iter().copied()).collect())
        };
        let (with, without) = (codes(&self.with), codes(&self.without));
        let step = difference_of_means(&with, &without)
            .ok_or("mark at least one picture with the attribute, and one without")?;
        let judged = left_out_separation(&with, &without);
        let origin = Origin::Examples {
            with: with.len(),
            without: without.len(),
            accuracy: judged.map(|judged| judged.accuracy),
            auc: judged.map(|judged| judged.auc),
        };
        Ok(Direction::new(name, Latent(step), origin))
    }
}

/// What makes a latent the same one.
fn bits(latent: &Latent) -> Vec<u32> {
    latent.0.iter().map(|value| value.to_bits()).collect()
}

#[cfg(test)]
mod tests {
    use super::{Examples, Marking};
    use crate::protocol::{Latent, Origin};

    fn latent(x: f32) -> Latent {
        Latent(vec![x, 1.0])
    }

    #[test]
    fn a_picture_is_marked_on_one_side_and_unmarked_by_the_same_click() {
        let mut examples = Examples::default();
        examples.mark(true, vec![latent(1.0)]);
        examples.mark(false, vec![latent(1.0)]);
        assert_eq!(examples.marking(&latent(1.0)), Marking::Without);
        examples.mark(false, vec![latent(1.0)]);
        assert_eq!(examples.marking(&latent(1.0)), Marking::Off);
        examples.mark(true, vec![latent(1.0), latent(2.0)]);
        examples.mark(true, vec![latent(1.0), latent(2.0)]);
        assert_eq!(examples.with.len(), 2, "a set is marked, not toggled");
    }

    #[test]
    fn examples_give_a_direction_and_are_judged_one_by_one() {
        let mut examples = Examples::default();
        assert!(examples.direction("smile").is_err());
        examples.mark(true, [3.0, 4.0, 5.0].map(latent).to_vec());
        examples.mark(false, [-1.0, 0.0, 1.0].map(latent).to_vec());
        assert!(examples.direction("  ").is_err());
        let direction = examples.direction(" smile ").expect("both sides are there");
        assert_eq!(direction.name, "smile");
        assert_eq!(direction.step.0, [4.0, 0.0]);
        let (accuracy, auc) = (Some(1.0), Some(1.0));
        assert_eq!(direction.origin, Origin::Examples { with: 3, without: 3, accuracy, auc });
    }
}
