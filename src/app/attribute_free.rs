//! Attributes made orthogonal to others (conditional edit), and the labels that judge them.

use super::attributes::{Attribute, AttributesState, Freed};
use crate::latent::{calibrated, cosines, orthogonalised};
use crate::protocol::{Direction, Latent, Origin};

impl AttributesState {
    /// Adds the chosen direction made orthogonal to those in [`Self::free_of`] (conditional edit); it
    /// goes as far along the attribute as before.
    ///
    /// # Errors
    /// What is missing, in plain words.
    pub(super) fn free_chosen(&mut self) -> Result<u64, &'static str> {
        let chosen = self.chosen().ok_or("choose an attribute first")?.clone();
        let others: Vec<&Attribute> = self
            .in_use()
            .filter(|other| self.free_of.contains(&other.id) && other.id != chosen.id)
            .collect();
        if others.is_empty() {
            return Err("choose what it is to be orthogonal to first");
        }
        let steps: Vec<&[f32]> = others.iter().map(|a| a.direction.step.0.as_slice()).collect();
        let step = &chosen.direction.step.0;
        let rest = orthogonalised(step, &steps);
        let length = |z: &[f32]| z.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length(&rest) < 1e-4 * length(step) {
            return Err("nothing is left of it: it lies within the span of the others");
        }
        let freed = calibrated(&rest, step);
        let names: Vec<&str> = others.iter().map(|a| a.direction.name.as_str()).collect();
        let origin = Origin::Orthogonal {
            from: chosen.direction.name.clone(),
            of: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        let names = match names.as_slice() {
            [first, second, rest @ ..] if !rest.is_empty() => {
                format!("{first}, {second} and {} more", rest.len())
            }
            names => names.join(", "),
        };
        let name = format!("{}, free of {names}", chosen.direction.name);
        let of = others.iter().map(|attribute| attribute.id).collect();
        let with_it = |other: &&Attribute| cosines(&[step, &other.direction.step.0])[0][1];
        let freed_of = Freed { from: chosen.id, of, cosines: others.iter().map(with_it).collect() };
        // How well the old direction tells codes apart says nothing of the new one: it is judged anew.
        let direction = Direction::new(name, Latent(freed), origin);
        self.add(direction, Some(freed_of)).ok_or("no model is open")
    }

    /// Names of labels that an attribute may be judged by, the likeliest first: its own name, what judged
    /// it before, and those of the attribute it was made from.
    pub(super) fn labels_of(&self, id: u64) -> Vec<String> {
        let mut labels = Vec::new();
        let mut next = self.get(id);
        // One made of another is younger, so this ends.
        while let Some(attribute) = next {
            let direction = &attribute.direction;
            labels.push(direction.name.clone());
            labels.extend(direction.judged.iter().map(|judged| judged.label.clone()));
            if let Origin::Orthogonal { from, .. } = &direction.origin
                && attribute.freed.as_ref().is_none_or(|freed| self.get(freed.from).is_none())
            {
                labels.push(from.clone());
            }
            let parent = attribute.freed.as_ref().map(|freed| freed.from);
            next = parent.filter(|parent| *parent < attribute.id).and_then(|from| self.get(from));
        }
        labels
    }
}
