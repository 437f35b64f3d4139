//! Named arrays of `f32`: how weights and optimizer states leave and enter the networks.
//!
//! The engine converts modules to and from these; storage knows no tensor library.

use std::collections::BTreeMap;

use super::StorageError;

/// An array under a name, row-major.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NamedArray {
    /// The name, such as `generator.input.weight`.
    pub name: String,
    /// Extents, outermost first; empty for a scalar.
    pub shape: Vec<usize>,
    /// As many values as the product of `shape`.
    pub values: Vec<f32>,
}

impl NamedArray {
    /// An array; `values` must hold exactly the product of `shape`.
    ///
    /// # Errors
    /// [`StorageError::CountMismatch`] when it does not.
    pub fn new(
        name: impl Into<String>,
        shape: Vec<usize>,
        values: Vec<f32>,
    ) -> Result<Self, StorageError> {
        let array = Self { name: name.into(), shape, values };
        if element_count(&array.shape) == Some(array.values.len()) {
            Ok(array)
        } else {
            Err(StorageError::CountMismatch {
                name: array.name,
                shape: array.shape,
                count: array.values.len(),
            })
        }
    }
}

/// The product of the extents, `None` where it overflows.
pub(super) fn element_count(shape: &[usize]) -> Option<usize> {
    shape.iter().try_fold(1_usize, |product, &extent| product.checked_mul(extent))
}

/// Shape and values, as [`Tensors`] keeps them.
#[derive(Debug, Clone, PartialEq, Default)]
struct Array {
    shape: Vec<usize>,
    values: Vec<f32>,
}

/// Arrays by name, in the names' order, so that the same arrays always give the same file.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tensors(BTreeMap<String, Array>);

impl Tensors {
    /// No arrays.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many arrays there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds an array, replacing one of the same name.
    pub fn insert(&mut self, array: NamedArray) {
        self.0.insert(array.name, Array { shape: array.shape, values: array.values });
    }

    /// Adds arrays under `prefix`, e.g. `generator.`.
    pub fn insert_all(&mut self, prefix: &str, arrays: impl IntoIterator<Item = NamedArray>) {
        for array in arrays {
            self.insert(NamedArray { name: format!("{prefix}{}", array.name), ..array });
        }
    }

    /// Shape and values of the array with this name.
    pub fn get(&self, name: &str) -> Option<(&[usize], &[f32])> {
        self.0.get(name).map(|array| (array.shape.as_slice(), array.values.as_slice()))
    }

    /// Takes the array with this name out.
    pub fn take(&mut self, name: &str) -> Option<NamedArray> {
        self.0.remove_entry(name).map(into_named)
    }

    /// Takes all arrays whose names begin with `prefix` out, the prefix cut off.
    pub fn take_prefixed(&mut self, prefix: &str) -> Self {
        let (taken, kept) = std::mem::take(&mut self.0)
            .into_iter()
            .partition::<BTreeMap<_, _>, _>(|(name, _)| name.starts_with(prefix));
        self.0 = kept;
        Self(
            taken
                .into_iter()
                .map(|(name, array)| (name[prefix.len()..].to_owned(), array))
                .collect(),
        )
    }

    /// Puts `prefix` before every name.
    #[must_use]
    pub fn prefixed(self, prefix: &str) -> Self {
        Self(self.0.into_iter().map(|(name, array)| (format!("{prefix}{name}"), array)).collect())
    }

    /// Takes over everything `other` holds.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Names, shapes and values, in the names' order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[usize], &[f32])> {
        self.0
            .iter()
            .map(|(name, array)| (name.as_str(), array.shape.as_slice(), array.values.as_slice()))
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Values in all arrays whose names begin with `prefix`.
    pub fn count_values(&self, prefix: &str) -> usize {
        self.iter()
            .filter(|(name, ..)| name.starts_with(prefix))
            .map(|(_, _, values)| values.len())
            .sum()
    }
}

fn into_named((name, array): (String, Array)) -> NamedArray {
    NamedArray { name, shape: array.shape, values: array.values }
}

impl FromIterator<NamedArray> for Tensors {
    fn from_iter<I: IntoIterator<Item = NamedArray>>(arrays: I) -> Self {
        let mut tensors = Self::new();
        tensors.insert_all("", arrays);
        tensors
    }
}

impl IntoIterator for Tensors {
    type Item = NamedArray;
    type IntoIter = std::vec::IntoIter<NamedArray>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(into_named).collect::<Vec<_>>().into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::{NamedArray, Tensors};

    #[test]
    fn an_array_holds_what_its_shape_says() {
        assert!(NamedArray::new("a", vec![2, 3], vec![0.0; 6]).is_ok());
        assert!(NamedArray::new("a", vec![], vec![0.0]).is_ok());
        let error = NamedArray::new("a", vec![2, 3], vec![0.0; 5]).unwrap_err();
        assert!(error.to_string().contains("[2, 3]"), "{error}");
        assert!(NamedArray::new("a", vec![usize::MAX, 2], vec![]).is_err());
    }

    #[test]
    fn prefixes_separate_the_networks() {
        let array = |name: &str| NamedArray::new(name, vec![1], vec![1.0]).unwrap();
        let mut tensors = Tensors::new();
        tensors.insert_all("generator.", [array("b"), array("a")]);
        tensors.insert_all("encoder.", [array("a")]);
        assert_eq!(tensors.count_values("generator."), 2);
        let generator = tensors.take_prefixed("generator.");
        assert_eq!(generator.names().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(tensors.names().collect::<Vec<_>>(), ["encoder.a"]);
        assert_eq!(generator.prefixed("g.").take("g.b").unwrap().values, [1.0]);
    }
}
