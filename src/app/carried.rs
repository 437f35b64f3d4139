//! What the person changes in the panel, carried over to a run that may go on.
//!
//! The panel shows one set of settings, the next run's. A run that was opened has its own: they are shown
//! when it is found, and from then on only what the person changed in the panel differs from them. What
//! changes the draft by itself, such as another family for a new run, leaves the run's own alone.

use serde_json::Value;

use crate::protocol::TrainSettings;

/// Puts into `own` what differs between `old` and `new`, setting by setting.
pub(super) fn carry_changes(old: &TrainSettings, new: &TrainSettings, own: &mut TrainSettings) {
    let values = [old, new, own].map(|settings| serde_json::to_value(settings).ok());
    let [Some(old), Some(new), Some(mut carried)] = values else { return };
    carry(&old, &new, &mut carried);
    match serde_json::from_value(carried) {
        Ok(carried) => *own = carried,
        // Only a number that is none has no JSON; the panel's own check refuses it with a word.
        Err(error) => tracing::warn!("a changed setting was not carried over: {error}"),
    }
}

fn carry(old: &Value, new: &Value, into: &mut Value) {
    match (old, new, into) {
        (Value::Object(old), Value::Object(new), Value::Object(into)) => {
            for (name, place) in into.iter_mut() {
                if let (Some(old), Some(new)) = (old.get(name), new.get(name)) {
                    carry(old, new, place);
                }
            }
        }
        (old, new, into) if old != new => *into = new.clone(),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::carry_changes;
    use crate::protocol::{LiveSettings, TrainSettings};

    #[test]
    fn only_what_was_changed_is_carried_over() {
        let old = TrainSettings::default();
        let live = LiveSettings { beta: 4.0, ..old.live.clone() };
        let new = TrainSettings { steps: 900, live, ..old.clone() };
        let live = LiveSettings { lr_encoder: 3e-5, ..LiveSettings::default() };
        let mut own = TrainSettings { batch: 7, checkpoint_every: 50, live, ..old.clone() };
        carry_changes(&old, &new, &mut own);
        assert_eq!((own.batch, own.checkpoint_every, own.steps), (7, 50, 900));
        assert_eq!((own.live.lr_encoder, own.live.beta), (3e-5, 4.0));
    }
}
