//! How attributes come in under a name of their own: none takes the place of another that a person made,
//! and no slider's value passes to another direction.

use super::attributes::{Attribute, AttributesState, Freed};
use crate::protocol::{Direction, Origin};

impl AttributesState {
    /// Adds a direction of the open model's latent space under a free name, and chooses it; the very same
    /// one again is no second one.
    pub(super) fn add(&mut self, direction: Direction, freed: Option<Freed>) -> Option<u64> {
        let same = |known: &&Attribute| {
            known.direction.name == direction.name && known.direction.step == direction.step
        };
        let known = self.in_use().find(same).map(|known| known.id);
        if let Some(id) = known {
            self.choose(id);
            return Some(id);
        }
        let name = self.free_name(&direction.name, None);
        let place = self.list.len();
        self.insert(place, Direction { name, ..direction }, freed)
    }

    /// Adds a direction that was found from a label. The one that was found from it before makes room: it
    /// is known by its origin, so that nothing a person made is lost.
    pub(super) fn add_from_label(&mut self, direction: Direction) -> Option<u64> {
        let label = &direction.name;
        let before = |known: &Attribute| self.is_in_use(known) && is_from_label(known, label);
        let Some(place) = self.list.iter().position(before) else {
            return self.add(direction, None);
        };
        let Attribute { id, direction: known, .. } = &self.list[place];
        let (old, direction) = (*id, Direction { name: known.name.clone(), ..direction });
        if known.step == direction.step {
            // Measured on other pictures, perhaps.
            self.list[place].direction = direction;
            (self.changed, self.entanglement) = (true, None);
            self.choose(old);
            return Some(old);
        }
        self.list.remove(place);
        self.free_of.remove(&old);
        self.insert(place, direction, None)
    }

    /// Another direction has another number and a slider at zero.
    fn insert(&mut self, place: usize, direction: Direction, freed: Option<Freed>) -> Option<u64> {
        let (space, generator) = (self.space.clone()?, self.generator.clone());
        self.last_id += 1;
        let id = self.last_id;
        self.list.insert(place, Attribute { id, direction, value: 0.0, space, generator, freed });
        self.choose(id);
        self.entanglement = None;
        self.changed = true;
        Some(id)
    }

    /// Calls one otherwise, by a free name; which, if the wanted one is taken.
    pub(super) fn rename(&mut self, id: u64, name: &str) -> Option<String> {
        self.renaming = None;
        let name = name.trim();
        let free = self.free_name(name, Some(id));
        let attribute = self.get_mut(id).filter(|_| !name.is_empty())?;
        attribute.direction.name.clone_from(&free);
        self.changed = true;
        (free != name).then_some(free)
    }

    /// The name itself, or with the first number that makes it free among those in use but `own`.
    pub fn free_name(&self, name: &str, own: Option<u64>) -> String {
        let taken = |name: &str| {
            self.in_use().any(|known| known.direction.name == name && Some(known.id) != own)
        };
        if !taken(name) {
            return name.to_owned();
        }
        let mut numbered = (2_usize..).map(|number| format!("{name} {number}"));
        numbered.find(|name| !taken(name)).unwrap_or_default()
    }
}

/// Whether it was found from this label: it has its name, or that with the number that set it apart. What a
/// label judges belongs to that label, whatever it is called.
fn is_from_label(known: &Attribute, label: &str) -> bool {
    let Direction { name, origin, judged, .. } = &known.direction;
    let judge = judged.as_ref().map(|judged| judged.label.as_str());
    let number = name.strip_prefix(label).and_then(|rest| rest.strip_prefix(' '));
    let is_numbered = number.is_some_and(|number| number.parse::<usize>().is_ok());
    let is_named = match judge {
        Some(judge) => judge == label && (name == label || is_numbered),
        None => name == label,
    };
    matches!(origin, Origin::Labels { .. }) && known.freed.is_none() && is_named
}

#[cfg(test)]
mod tests {
    use crate::app::attributes::{AttributesState, tests::model};
    use crate::protocol::{Direction, Judged, Latent, Origin};

    fn labelled(name: &str, step: [f32; 3]) -> Direction {
        let origin = Origin::Labels { with: 4, without: 6, accuracy: 0.9, auc: 0.95 };
        let label = name.to_owned();
        let judged = Judged { label, with: 2, without: 3, accuracy: 0.9, auc: 0.95 };
        let found = Direction::new(name, Latent(step.to_vec()), origin);
        Direction { judged: Some(judged), ..found }
    }

    fn marked(name: &str, step: [f32; 3]) -> Direction {
        let origin = Origin::Examples { with: 1, without: 1, accuracy: None, auc: None };
        Direction::new(name, Latent(step.to_vec()), origin)
    }

    /// Names, the steps' first values, and where the sliders stand.
    fn told(state: &AttributesState) -> Vec<(&str, f32, f32)> {
        let in_use = state.in_use().map(|one| (&one.direction, one.value));
        in_use.map(|(direction, at)| (&*direction.name, direction.step.0[0], at)).collect()
    }

    #[test]
    fn a_taken_name_gets_a_number_and_nothing_is_lost() {
        let mut state = AttributesState::default();
        state.fit_to_model(&model("faces"), false);
        let hat = state.add_from_label(labelled("hat", [1.0, 0.0, 0.0])).expect("a model is open");
        state.set_value(hat, 1.5);
        state.add(marked("hat", [2.0, 0.0, 0.0]), None).expect("a model is open");
        state.add(marked("hat", [3.0, 0.0, 0.0]), None).expect("a model is open");
        let again = state.add(marked("hat", [1.0, 0.0, 0.0]), None);
        assert_eq!(again, Some(hat), "the very same one");
        assert_eq!(told(&state), [("hat", 1.0, 1.5), ("hat 2", 2.0, 0.0), ("hat 3", 3.0, 0.0)]);
        let beard = state.add(marked("beard", [0.0, 1.0, 0.0]), None).expect("a model is open");
        assert_eq!(state.rename(beard, " hat "), Some("hat 4".to_owned()));
        assert_eq!(state.rename(beard, "hat 4"), None, "its own name is free");
        assert_eq!(state.rename(beard, "cap"), None);
        assert_eq!(state.in_use().last().map(|one| one.direction.name.as_str()), Some("cap"));
    }

    #[test]
    fn found_anew_a_labelled_one_replaces_its_own_and_its_slider_begins_at_zero() {
        let mut state = AttributesState::default();
        state.fit_to_model(&model("faces"), false);
        let marked_hat = state.add(marked("hat", [9.0, 0.0, 0.0]), None).expect("a model is open");
        state.set_value(marked_hat, 1.0);
        let found = state.add_from_label(labelled("hat", [1.0, 0.0, 0.0])).expect("open");
        state.set_value(found, 2.0);
        assert_eq!(told(&state), [("hat", 9.0, 1.0), ("hat 2", 1.0, 2.0)]);
        let same = state.add_from_label(labelled("hat", [1.0, 0.0, 0.0]));
        assert_eq!(same, Some(found), "the same direction keeps its slider");
        assert_eq!(told(&state)[1], ("hat 2", 1.0, 2.0));
        let anew = state.add_from_label(labelled("hat", [1.5, 0.0, 0.0])).expect("open");
        assert!(anew > found, "another direction has another number");
        assert_eq!(told(&state), [("hat", 9.0, 1.0), ("hat 2", 1.5, 0.0)]);
        // A label that looks like a numbered one is another label.
        state.add_from_label(labelled("hat 2", [4.0, 0.0, 0.0]));
        assert_eq!(told(&state)[1..], [("hat 2", 1.5, 0.0), ("hat 2 2", 4.0, 0.0)]);
    }
}
