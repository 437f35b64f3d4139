//! JSON that older and newer programs of one format version can both read.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Reads `value` as a `T`, leaving out fields that `T` does not know, however deep: a later program of
/// the same format version may have added them.
///
/// `T::default()` serves as the list of known fields.
pub(super) fn tolerant<T>(mut value: Value) -> serde_json::Result<T>
where
    T: Default + Serialize + DeserializeOwned,
{
    keep_known(&mut value, &serde_json::to_value(T::default())?);
    serde_json::from_value(value)
}

fn keep_known(value: &mut Value, known: &Value) {
    if let (Value::Object(fields), Value::Object(known)) = (value, known) {
        fields.retain(|name, _| known.contains_key(name));
        for (name, field) in fields {
            keep_known(field, &known[name]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::tolerant;
    use crate::protocol::TrainSettings;

    #[test]
    fn unknown_fields_are_left_out_and_wrong_ones_refused() {
        let value = serde_json::json!({"batch": 7, "later": 1, "live": {"beta": 2.0, "later": []}});
        let settings: TrainSettings = tolerant(value).unwrap();
        assert_eq!((settings.batch, settings.live.beta), (7, 2.0));
        assert!(tolerant::<TrainSettings>(serde_json::json!({"batch": "seven"})).is_err());
    }
}
