//! The layers of the pyramids: a convolution, its normalisation, and the pyramid's arithmetic.

use burn::module::{Module, Param};
use burn::tensor::Tensor;

use super::conv::{self, ConvGeometry, conv_transpose2d, conv2d};
use super::init::Initializer;
use super::norm::{BatchStatistics, Mode, Norm, Pass};
use crate::protocol::{ModelSpec, Normalisation};

/// 4×4, stride 2, padding 1: halves or doubles the resolution.
pub const HALVE: ConvGeometry = ConvGeometry { stride: 2, padding: 1 };
/// 4×4, stride 1, padding 0: between 4×4 pixels and a vector.
pub const VECTOR: ConvGeometry = ConvGeometry { stride: 1, padding: 0 };
/// Kernel edge of all layers.
const KERNEL: usize = 4;
/// Standard deviation of initial weights (Radford et al. 2015).
const DCGAN_STD: f32 = 0.02;

/// One step of a pyramid: a convolution without activation, then its normalisation.
#[derive(Module, Debug)]
pub struct Down {
    /// `[out, in, 4, 4]`, PyTorch's layout.
    pub weight: Param<Tensor<4>>,
    /// `[out]`; absent where a normalisation would cancel it.
    pub bias: Option<Param<Tensor<1>>>,
    norm: Norm,
}

impl Down {
    /// A layer from `input` to `output` channels.
    pub fn new(
        input: usize,
        output: usize,
        norm: Normalisation,
        init: &mut Initializer<'_>,
    ) -> Self {
        let fan_in = input * KERNEL * KERNEL;
        Self {
            weight: init.normal([output, input, KERNEL, KERNEL], std_for(norm, fan_in)),
            bias: (norm == Normalisation::None).then(|| init.constant(output, 0.0)),
            norm: Norm::new(norm, output, init),
        }
    }

    /// `[N, in, H, W]` to `[N, out, H/2, W/2]` with [`HALVE`], to `[N, out, H-3, W-3]` with [`VECTOR`].
    pub fn forward(&self, x: Tensor<4>, geometry: ConvGeometry, pass: &mut Pass) -> Tensor<4> {
        let bias = self.bias.as_ref().map(Param::val);
        self.norm.forward(conv2d(x, self.weight.val(), bias, geometry), pass)
    }

    /// The layer with the second half of its outputs a constant; it must have a bias.
    pub(super) fn with_constant_half(mut self, value: f32) -> Self {
        let half = self.weight.dims()[0] / 2;
        self.weight = self.weight.map(|weight| {
            let kept = weight.narrow(0, 0, half); // [out/2, in, 4, 4]
            Tensor::cat(vec![kept.clone(), kept.zeros_like()], 0)
        });
        self.bias = self.bias.map(|bias| {
            bias.map(|bias| {
                let kept = bias.narrow(0, 0, half); // [out/2]
                Tensor::cat(vec![kept.clone(), kept.full_like(value)], 0)
            })
        });
        self
    }

    /// The layer with its batch normalisation's running statistics folded into its weights.
    pub(super) fn folded(mut self) -> Self {
        if let Some((scale, shift)) = self.norm.take_linear() {
            let [_, out, _, _] = scale.dims();
            let factor = scale.reshape([out, 1, 1, 1]);
            self.weight = Param::from_tensor(self.weight.val() * factor.clone());
            self.bias = Some(folded_bias(self.bias.as_ref(), factor.reshape([out]), shift));
        }
        self
    }

    pub(super) fn absorb(mut self, measured: &mut impl Iterator<Item = BatchStatistics>) -> Self {
        self.norm = self.norm.absorb(measured);
        self
    }
}

/// The bias before a batch normalisation, scaled and shifted as it does.
fn folded_bias(
    bias: Option<&Param<Tensor<1>>>,
    factor: Tensor<1>,
    shift: Tensor<1>,
) -> Param<Tensor<1>> {
    Param::from_tensor(match bias {
        Some(bias) => bias.val() * factor + shift,
        None => shift,
    })
}

/// One step of a pyramid upwards: a transposed convolution, then its normalisation.
#[derive(Module, Debug)]
pub struct Up {
    /// `[in, out, 4, 4]`, PyTorch's layout.
    pub weight: Param<Tensor<4>>,
    /// `[out]`; absent where a normalisation would cancel it.
    pub bias: Option<Param<Tensor<1>>>,
    norm: Norm,
}

impl Up {
    /// A layer from `input` to `output` channels.
    pub fn new(
        input: usize,
        output: usize,
        norm: Normalisation,
        init: &mut Initializer<'_>,
    ) -> Self {
        // A stride-2 transposed 4×4 kernel reaches each output pixel from 2×2 inputs.
        let fan_in = input * KERNEL;
        Self {
            weight: init.normal([input, output, KERNEL, KERNEL], std_for(norm, fan_in)),
            bias: (norm == Normalisation::None).then(|| init.constant(output, 0.0)),
            norm: Norm::new(norm, output, init),
        }
    }

    /// `[N, in, H, W]` to `[N, out, 2H, 2W]` with [`HALVE`], to `[N, out, H+3, W+3]` with [`VECTOR`].
    pub fn forward(&self, x: Tensor<4>, geometry: ConvGeometry, pass: &mut Pass) -> Tensor<4> {
        let bias = self.bias.as_ref().map(Param::val);
        self.norm.forward(conv_transpose2d(x, self.weight.val(), bias, geometry), pass)
    }

    /// The layer's value and slope from its input's, with running statistics.
    pub(super) fn derivative(&self, x: Tangent, geometry: ConvGeometry) -> Tangent {
        let bias = self.bias.as_ref().map(Param::val);
        let value = conv_transpose2d(x.value, self.weight.val(), bias, geometry);
        // A bias has no slope.
        let slope = conv_transpose2d(x.slope, self.weight.val(), None, geometry);
        let slope = self.norm.derivative(&value, slope);
        Tangent { value: self.norm.forward(value, &mut Pass::new(Mode::Eval)), slope }
    }

    /// The weight times the scale of a batch normalisation after it, `[in, out, 4, 4]`.
    pub(super) fn scaled_weight(&self) -> Tensor<4> {
        let weight = self.weight.val();
        match self.norm.scale() {
            Some(scale) => weight * scale,
            None => weight,
        }
    }

    /// The layer with its batch normalisation's running statistics folded into its weights.
    pub(super) fn folded(mut self) -> Self {
        if let Some((scale, shift)) = self.norm.take_linear() {
            let [_, out, _, _] = scale.dims();
            self.weight = Param::from_tensor(self.weight.val() * scale.clone());
            self.bias = Some(folded_bias(self.bias.as_ref(), scale.reshape([out]), shift));
        }
        self
    }

    pub(super) fn absorb(mut self, measured: &mut impl Iterator<Item = BatchStatistics>) -> Self {
        self.norm = self.norm.absorb(measured);
        self
    }
}

/// A value, `[1, C, H, W]`, and its derivatives along K directions, `[K, C, H, W]`.
pub(super) struct Tangent {
    pub(super) value: Tensor<4>,
    pub(super) slope: Tensor<4>,
}

impl Tangent {
    /// Through the ReLU; the slope at 0 is 0.
    pub(super) fn relu(self) -> Self {
        let open = self.value.clone().greater_elem(0.0).float(); // [1, C, H, W]
        Self { value: relu(self.value), slope: self.slope * open }
    }

    /// Through tanh: its slope is 1 − tanh².
    pub(super) fn tanh(self) -> Self {
        let value = conv::tanh(self.value);
        let slope = self.slope * (-value.clone().square() + 1.0);
        Self { value, slope }
    }
}

/// Layers from a picture down to 4×4 pixels, `channels[0]` being the picture's; `norm` tells each
/// level's normalisation.
pub fn halvings(
    channels: &[usize],
    norm: impl Fn(usize) -> Normalisation,
    init: &mut Initializer<'_>,
) -> Vec<Down> {
    let pairs = channels.windows(2).enumerate();
    pairs.map(|(level, pair)| Down::new(pair[0], pair[1], norm(level), init)).collect()
}

/// `[N, C, S, S]` through such layers, each followed by a leaky ReLU: `[N, C', 4, 4]`. `look` sees each
/// level before its activation.
pub fn descend(
    down: &[Down],
    image: Tensor<4>,
    pass: &mut Pass,
    mut look: impl FnMut(usize, &Tensor<4>),
) -> Tensor<4> {
    let mut x = image;
    for (level, layer) in down.iter().enumerate() {
        let pre = layer.forward(x, HALVE, pass); // [N, C, H/2, W/2]
        look(level, &pre);
        x = leaky_relu(pre);
    }
    x
}

/// 4×4 pixels to the head's values: `[N, C, 4, 4]` to `[N, K]`.
pub fn read_out(head: &Down, x: Tensor<4>, pass: &mut Pass) -> Tensor<2> {
    let out = head.forward(x, VECTOR, pass); // [N, K, 1, 1]
    let [n, k, _, _] = out.dims();
    out.reshape([n, k])
}

/// The layers with their running statistics moved towards what a training pass measured.
pub fn absorb_all(
    down: Vec<Down>,
    head: Down,
    measured: Vec<BatchStatistics>,
) -> (Vec<Down>, Down) {
    let mut measured = measured.into_iter();
    let down = down.into_iter().map(|layer| layer.absorb(&mut measured)).collect();
    (down, head.absorb(&mut measured))
}

/// DCGAN's 0.02 where a normalisation follows; He et al. 2015 where none keeps the scale.
fn std_for(norm: Normalisation, fan_in: usize) -> f32 {
    if norm == Normalisation::None { (2.0 / fan_in as f32).sqrt() * 0.7 } else { DCGAN_STD }
}

/// The leaky ReLU of DCGAN's discriminator, slope 0.2.
pub fn leaky_relu(x: Tensor<4>) -> Tensor<4> {
    conv::leaky_relu(x, 0.2)
}

/// The ReLU of DCGAN's generator.
pub fn relu(x: Tensor<4>) -> Tensor<4> {
    conv::leaky_relu(x, 0.0)
}

/// Channels of the pyramid from the highest hidden resolution (half the image) down to 4×4:
/// `width, 2·width, 4·width, …`.
pub fn pyramid_channels(spec: &ModelSpec) -> Vec<usize> {
    let levels = (spec.image_size / 4).ilog2();
    (0..levels).map(|level| (spec.width as usize) << level).collect()
}
