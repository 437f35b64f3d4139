//! Modules to and from plain named arrays, the form in which they are stored.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

/// Arrays by name (`up.0.weight`): shape and values in row-major order.
pub type Arrays = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

/// What is wrong with a file whose weights do not fit, and what to do.
const APART: &str =
    "the architecture and the weights do not belong together; use the file as its program wrote it";

/// Why arrays do not fit a module.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WeightsError {
    /// The module has a parameter that the arrays lack.
    #[error("the weights '{0}' are missing: {APART}")]
    Missing(String),
    /// A parameter has another shape.
    #[error(
        "the weights '{name}' have shape {found:?}, but this architecture needs {expected:?}: {APART}"
    )]
    Shape {
        /// The parameter.
        name: String,
        /// The architecture's shape.
        expected: Vec<usize>,
        /// The array's shape.
        found: Vec<usize>,
    },
    /// Arrays that no parameter takes.
    #[error("the weights '{0}' belong to no part of this architecture: {APART}")]
    Unused(String),
    /// The device could not be read.
    #[error("the weights could not be read from the device: {0}")]
    Device(String),
}

impl WeightsError {
    /// The same with the name under which the file has the weights, for a module that is a part of it.
    #[must_use]
    pub fn within(self, prefix: &str) -> Self {
        let under = |name: String| format!("{prefix}{name}");
        match self {
            Self::Missing(name) => Self::Missing(under(name)),
            Self::Shape { name, expected, found } => {
                Self::Shape { name: under(name), expected, found }
            }
            Self::Unused(name) => Self::Unused(under(name)),
            Self::Device(text) => Self::Device(text),
        }
    }
}

/// Where in the module tree a visitor or mapper is.
#[derive(Debug, Default)]
pub struct ModulePath(Vec<String>);

impl ModulePath {
    /// Steps into a field.
    pub fn enter(&mut self, name: &str) {
        self.0.push(name.to_owned());
    }

    /// Steps out again.
    pub fn exit(&mut self) {
        self.0.pop();
    }

    /// The name of the parameter here: `up.0.norm.weight`, whichever kind the normalisation is.
    pub fn name(&self) -> String {
        let parts = self.0.iter().filter(|part| !matches!(part.as_str(), "batch" | "instance"));
        parts.map(String::as_str).collect::<Vec<_>>().join(".")
    }
}

struct Reader {
    path: ModulePath,
    arrays: Arrays,
    error: Option<WeightsError>,
}

impl ModuleVisitor for Reader {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        let shape = tensor.dims().to_vec();
        match tensor.inner().try_into_data().map(|data| data.try_to_vec::<f32>()) {
            Ok(Ok(values)) => {
                self.arrays.insert(self.path.name(), (shape, values));
            }
            Ok(Err(error)) => self.error = Some(WeightsError::Device(format!("{error:?}"))),
            Err(error) => self.error = Some(WeightsError::Device(error.to_string())),
        }
    }
}

/// All parameters of a module, running statistics included.
///
/// # Errors
/// [`WeightsError::Device`] when the device cannot be read.
pub fn arrays_from_module(module: &impl Module) -> Result<Arrays, WeightsError> {
    let mut reader = Reader { path: ModulePath::default(), arrays: Arrays::new(), error: None };
    module.visit(&mut reader);
    reader.error.map_or(Ok(reader.arrays), Err)
}

struct Writer {
    path: ModulePath,
    arrays: Arrays,
    error: Option<WeightsError>,
}

impl ModuleMapper for Writer {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.enter(name);
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.exit();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.name();
        let Some((found, values)) = self.arrays.remove(&name) else {
            self.error.get_or_insert(WeightsError::Missing(name));
            return param;
        };
        let expected = param.lazy_shape().to_vec();
        if expected != found || values.len() != expected.iter().product::<usize>() {
            self.error.get_or_insert(WeightsError::Shape { name, expected, found });
            return param;
        }
        let device = param.lazy_device();
        param.map(|_| Tensor::from_data(TensorData::new(values, expected), &device))
    }
}

/// The module with every parameter replaced by the array of its name.
///
/// # Errors
/// The first parameter that is missing or has another shape, or an array nobody takes.
pub fn module_from_arrays<M: Module>(module: M, arrays: Arrays) -> Result<M, WeightsError> {
    let mut writer = Writer { path: ModulePath::default(), arrays, error: None };
    let module = module.map(&mut writer);
    if let Some(error) = writer.error {
        return Err(error);
    }
    match writer.arrays.into_keys().next() {
        Some(name) => Err(WeightsError::Unused(name)),
        None => Ok(module),
    }
}
