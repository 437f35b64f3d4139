//! Attributes between starts: all models' in one file, each in use again when its generator is open.
//!
//! An attribute belongs to weights, not to a name: only what was found for a generator whose fingerprint is
//! known is kept, and it comes back to that one alone.

use serde::{Deserialize, Serialize};

use super::attributes::{Attribute, AttributesState};

/// Attributes kept; past it the oldest are forgotten.
const KEPT_LIMIT: usize = 1000;
/// The version of the kept file's format.
pub(super) const VERSION: u32 = 1;

/// The kept file.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct KeptAttributes {
    version: u32,
    /// Each on its own, so that one that cannot be read costs no other.
    attributes: Vec<serde_json::Value>,
}

impl AttributesState {
    /// What is to be kept between starts.
    pub fn to_keep(&self) -> KeptAttributes {
        let known = |attribute: &&Attribute| !attribute.generator.is_empty();
        let newest = self.list.iter().rev().filter(known).take(KEPT_LIMIT);
        let mut attributes: Vec<serde_json::Value> =
            newest.filter_map(|attribute| serde_json::to_value(attribute).ok()).collect();
        attributes.reverse();
        KeptAttributes { version: VERSION, attributes }
    }

    /// Takes in what was kept; used at the start, before any model is open.
    pub fn restore_kept(&mut self, kept: KeptAttributes) {
        let read = |value| serde_json::from_value::<Attribute>(value).ok();
        let sound = |attribute: &Attribute| {
            let step = &attribute.direction.step;
            step.dims() == attribute.space.dims && step.0.iter().all(|value| value.is_finite())
        };
        self.list = kept.attributes.into_iter().filter_map(read).filter(sound).collect();
        self.last_id = self.list.iter().map(|attribute| attribute.id).max().unwrap_or_default();
    }

    /// Whether something changed since the last call that is to be kept.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }
}

#[cfg(test)]
mod tests {
    use crate::app::attributes::{AttributesState, Freed};
    use crate::app::preferences::PreferenceStore;
    use crate::protocol::{Direction, Latent, ModelSpec, ModelSummary, Networks, Origin};

    fn model(name: &str, generator: &str) -> ModelSummary {
        ModelSummary {
            name: name.to_owned(),
            path: None,
            generator: generator.to_owned(),
            spec: ModelSpec { latent: 2, ..ModelSpec::default() },
            parameters: Networks::default(),
            step: 0,
            latent_std: Vec::new(),
            latent_kl: Vec::new(),
            description: String::new(),
        }
    }

    fn direction(name: &str) -> Direction {
        Direction::new(name, Latent(vec![0.1, -1.0]), Origin::Sefa { index: 1, value: 2.0 })
    }

    /// The workbench of another start.
    fn started_again(store: &PreferenceStore) -> AttributesState {
        let (kept, remark) = store.load_attributes();
        assert_eq!(remark, None);
        let mut state = AttributesState::default();
        state.restore_kept(kept);
        state
    }

    #[test]
    fn attributes_come_back_with_their_model_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let store = PreferenceStore::in_folder(folder.path());
        let mut state = started_again(&store);
        state.fit_to_model(&model("faces", "crc32:1"), false);
        let hat = state.add(direction("hat"), None).expect("a model is open");
        let freed = Freed { from: hat, of: vec![7], cosines: vec![0.25] };
        state.add(direction("hat, free of beard"), Some(freed)).expect("a model is open");
        state.set_value(hat, 2.0);
        assert!(state.take_changed());
        store.save_attributes(&state.to_keep()).expect("written");

        let mut again = started_again(&store);
        assert!(!again.take_changed(), "nothing is new");
        again.fit_to_model(&model("faces", "crc32:2"), false);
        assert_eq!(again.in_use().count(), 0, "other weights of the same name");
        again.fit_to_model(&model("renamed", "crc32:1"), false);
        let known: Vec<_> = again.in_use().map(|one| one.direction.clone()).collect();
        assert_eq!(known, [direction("hat"), direction("hat, free of beard")]);
        assert_eq!(again.list[1].freed, state.list[1].freed);
        assert!(again.values().is_empty(), "the picture begins without them");
        let beard = again.add(direction("beard"), None).expect("a model is open");
        assert!(beard > again.list[1].id, "numbers go on");
        again.remove(hat);
        store.save_attributes(&again.to_keep()).expect("written");
        assert_eq!(started_again(&store).list.len(), 2);
    }

    #[test]
    fn training_takes_its_attributes_along() {
        let mut state = AttributesState::default();
        state.fit_to_model(&model("run", "crc32:1"), false);
        state.add(direction("hat"), None).expect("a model is open");
        state.fit_to_model(&model("run", "crc32:2"), true);
        assert_eq!((state.in_use().count(), state.list[0].generator.as_str()), (1, "crc32:2"));
    }

    #[test]
    fn what_cannot_be_read_costs_no_other() {
        let mut state = AttributesState::default();
        state.fit_to_model(&model("faces", "crc32:1"), false);
        state.add(direction("hat"), None).expect("a model is open");
        let mut kept = state.to_keep();
        kept.attributes.insert(0, serde_json::json!({ "id": "none" }));
        let mut again = AttributesState::default();
        again.restore_kept(kept);
        assert_eq!(again.list.len(), 1);
    }
}
