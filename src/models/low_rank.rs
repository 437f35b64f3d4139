//! A small change of a generator: what is added to each layer's weight and bias.

use burn::module::{Module as _, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::layers::Up;
use super::weights::{Arrays, WeightsError};
use super::{Generator, Initializer};

/// The change of one layer with weight `[in, out, k, k]`.
#[derive(Debug, Clone)]
struct LayerChange {
    /// A, `[in, r]`; absent where the change is of full rank.
    thin: Option<Tensor<2>>,
    /// B, `[r, out·k²]`; without A the change itself, `[in, out·k²]`.
    wide: Tensor<2>,
    /// `[1, out]`; absent for a layer without bias.
    bias: Option<Tensor<2>>,
}

/// What is added to the weights of a generator with its running statistics folded in: to each layer's weight
/// A·B with few columns of A (Hu et al. 2021, LoRA), to each bias a vector.
///
/// As for a convolution this is one of 1×1 to r channels, then one with the layer's own kernel.
#[derive(Debug, Clone)]
pub struct GeneratorChange {
    layers: Vec<LayerChange>,
}

impl GeneratorChange {
    /// A change of this rank that does not change anything yet: A is random with columns of length about 1, B is
    /// zero. A rank of 0 is a full one.
    pub fn none(generator: &Generator, rank: u32, init: &mut Initializer<'_>) -> Self {
        let zeros = |shape: [usize; 2], device: &Device| Tensor::zeros(shape, device);
        let layer = |up: &Up| {
            let weight = up.weight.val();
            let ([input, output, k, _], device) = (weight.dims(), weight.device());
            let rank = rank as usize;
            let thin =
                (rank > 0).then(|| init.normal([input, rank], (input as f32).powf(-0.5)).val());
            let rows = if rank > 0 { rank } else { input };
            let wide = zeros([rows, output * k * k], &device);
            let bias = up.bias.as_ref().map(|_| zeros([1, output], &device));
            LayerChange { thin, wide, bias }
        };
        Self { layers: generator.layers().into_iter().map(layer).collect() }
    }

    /// All that is moved, in a fixed order, each as a matrix.
    pub fn parameters(&self) -> Vec<Tensor<2>> {
        self.named().into_iter().map(|(_, tensor)| tensor).collect()
    }

    fn named(&self) -> Vec<(String, Tensor<2>)> {
        let of_layer = |(index, layer): (usize, &LayerChange)| {
            let parts = [
                ("a", layer.thin.clone()),
                ("b", Some(layer.wide.clone())),
                ("bias", layer.bias.clone()),
            ];
            let name = layer_name(index, self.layers.len());
            parts
                .into_iter()
                .filter_map(move |(part, tensor)| Some((format!("{name}.{part}"), tensor?)))
        };
        self.layers.iter().enumerate().flat_map(of_layer).collect()
    }

    /// The same change with other values, in the order of [`Self::parameters`].
    ///
    /// # Panics
    /// If there are fewer of them.
    #[must_use]
    pub fn with_parameters(&self, parameters: Vec<Tensor<2>>) -> Self {
        let mut next = parameters.into_iter();
        let mut take = || next.next().expect("as many tensors as parameters");
        let layer = |layer: &LayerChange| LayerChange {
            thin: layer.thin.as_ref().map(|_| take()),
            wide: take(),
            bias: layer.bias.as_ref().map(|_| take()),
        };
        Self { layers: self.layers.iter().map(layer).collect() }
    }

    /// Its values by name (`up.0.a`).
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn to_arrays(&self) -> Result<Arrays, WeightsError> {
        let failed = |error: String| WeightsError::Device(error);
        let array = |(name, tensor): (String, Tensor<2>)| {
            let shape = tensor.dims().to_vec();
            let data = tensor.inner().try_into_data().map_err(|error| failed(error.to_string()))?;
            let values = data.try_to_vec::<f32>().map_err(|error| failed(format!("{error:?}")))?;
            Ok((name, (shape, values)))
        };
        self.named().into_iter().map(array).collect()
    }

    /// A change of this rank for a generator, from values by name.
    ///
    /// # Errors
    /// A name that is missing or unknown, or another shape.
    pub fn from_arrays(
        generator: &Generator,
        rank: u32,
        mut arrays: Arrays,
    ) -> Result<Self, WeightsError> {
        let device = generator.project_device();
        let empty = Self::none(generator, rank, &mut Initializer::new(&device, 0, 0));
        let mut parameters = Vec::new();
        for (name, tensor) in empty.named() {
            let expected = tensor.dims().to_vec();
            let (found, values) =
                arrays.remove(&name).ok_or_else(|| WeightsError::Missing(name.clone()))?;
            if found != expected || values.len() != expected.iter().product::<usize>() {
                return Err(WeightsError::Shape { name, expected, found });
            }
            parameters.push(Tensor::from_data(TensorData::new(values, tensor.dims()), &device));
        }
        match arrays.into_keys().next() {
            Some(name) => Err(WeightsError::Unused(name)),
            None => Ok(empty.with_parameters(parameters)),
        }
    }
}

/// `project`, `up.0`, …, `to_image`.
fn layer_name(index: usize, count: usize) -> String {
    match index {
        0 => "project".to_owned(),
        last if last + 1 == count => "to_image".to_owned(),
        up => format!("up.{}", up - 1),
    }
}

/// Weight and bias of a layer after a change, as differentiable as the change is.
fn changed(up: &Up, change: &LayerChange) -> (Tensor<4>, Option<Tensor<1>>) {
    // The base is a constant of the change's graph.
    let tracked = change.wide.is_require_grad();
    let weight = if tracked { up.weight.val().autodiff() } else { up.weight.val() };
    let added = match &change.thin {
        Some(thin) => thin.clone().matmul(change.wide.clone()),
        None => change.wide.clone(),
    };
    let weight = weight.clone() + added.reshape(weight.dims());
    let bias = up.bias.as_ref().zip(change.bias.clone()).map(|(bias, added)| {
        let bias = if tracked { bias.val().autodiff() } else { bias.val() };
        bias.clone() + added.reshape(bias.dims())
    });
    (weight, bias)
}

impl Generator {
    /// Bytes of its weights, running statistics folded in, with 4 a number.
    pub fn folded_bytes(&self) -> u64 {
        4 * self.clone().folded().num_params() as u64
    }

    fn project_device(&self) -> Device {
        self.layers()[0].weight.val().device()
    }

    /// The generator with running statistics folded in and the change added to its weights. Its pictures can be
    /// differentiated in the change, where that is on the autodiff graph; it is no module to train.
    ///
    /// # Panics
    /// If the change is of another generator.
    #[must_use]
    pub fn changed_by(&self, change: &GeneratorChange) -> Self {
        let mut generator = self.clone().folded();
        let layers = generator.layers_mut();
        assert_eq!(layers.len(), change.layers.len(), "the change is of another generator");
        for (up, change) in layers.into_iter().zip(&change.layers) {
            let (weight, bias) = changed(up, change);
            up.weight = Param::initialized(up.weight.id, weight);
            up.bias = bias.map(|bias| match &up.bias {
                Some(old) => Param::initialized(old.id, bias),
                None => Param::from_tensor(bias),
            });
        }
        generator
    }
}
