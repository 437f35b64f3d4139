//! The oracle of Portraits: one small classifier per attribute, trained on rendered ground truth.
//!
//! Yes/no and continuous attributes have one logit; a category has one per name. A continuous
//! attribute is trained on the outer 40 % of its data at either end, where the answer is clear.

use burn::module::Module as _;
use burn::optim::GradientsParams;
use burn::tensor::activation::{log_softmax, sigmoid, softmax};
use burn::tensor::{Device, Tensor, TensorData};

use crate::data::portraits::{AttributeKind, BINARY_LABELS, LabelTest, PortraitAttributes, schema};
use crate::models::{
    Arrays, Classifier, Initializer, Mode, Pass, WeightsError, arrays_from_module,
    module_from_arrays,
};
use crate::train::loss::softplus;
use crate::train::{Adam, AdamConfig, split_off};

/// One classifier per row of the Portraits' schema.
#[derive(Debug, Clone)]
pub struct Oracle {
    classifiers: Vec<Classifier>,
}

/// Logits of an attribute's classifier.
fn outputs(kind: AttributeKind) -> usize {
    match kind {
        AttributeKind::Category { names } => names.len(),
        AttributeKind::Binary | AttributeKind::Continuous { .. } => 1,
    }
}

impl Oracle {
    /// Fresh classifiers.
    pub fn new(seed: u64, device: &Device) -> Self {
        let classifiers = schema()
            .iter()
            .enumerate()
            .map(|(row, spec)| {
                let mut init = Initializer::new(device, seed, row as u64);
                Classifier::new(outputs(spec.kind), &mut init)
            })
            .collect();
        Self { classifiers }
    }

    /// Probabilities of [`BINARY_LABELS`], picture by picture: `[N, 18]`.
    ///
    /// # Shapes
    /// `images`: `[N, 3, 64, 64]` in [-1, 1].
    pub fn probabilities(&self, images: &Tensor<4>) -> Tensor<2> {
        let answers: Vec<Tensor<2>> = self
            .classifiers
            .iter()
            .zip(schema())
            .map(|(classifier, spec)| {
                let logits = classifier.forward(images.clone(), &mut Pass::new(Mode::Eval));
                match spec.kind {
                    AttributeKind::Category { .. } => softmax(logits, 1), // [N, K]
                    AttributeKind::Binary | AttributeKind::Continuous { .. } => sigmoid(logits),
                }
            })
            .collect();
        let [n, _, _, _] = images.dims();
        let columns = BINARY_LABELS
            .iter()
            .map(|label| {
                let answer = answers[label.attribute].clone();
                match label.test {
                    LabelTest::Is(index) => answer.narrow(1, index, 1),
                    LabelTest::Yes | LabelTest::High => answer,
                    LabelTest::Low => answer.neg().add_scalar(1.0),
                }
                .reshape([n, 1])
            })
            .collect();
        Tensor::cat(columns, 1)
    }

    /// All weights, `hair_length.down.0.weight` and so on.
    ///
    /// # Errors
    /// When the device cannot be read.
    pub fn arrays(&self) -> Result<Arrays, WeightsError> {
        let mut all = Arrays::new();
        for (classifier, spec) in self.classifiers.iter().zip(schema()) {
            for (name, array) in arrays_from_module(classifier)? {
                all.insert(format!("{}.{name}", spec.name), array);
            }
        }
        Ok(all)
    }

    /// The oracle with these weights.
    ///
    /// # Errors
    /// When an array is missing, left over, or of another shape.
    pub fn from_arrays(mut arrays: Arrays, device: &Device) -> Result<Self, WeightsError> {
        let mut oracle = Self::new(0, device);
        let mut loaded = Vec::new();
        for (classifier, spec) in oracle.classifiers.into_iter().zip(schema()) {
            let part = split_off(&mut arrays, &format!("{}.", spec.name));
            loaded.push(module_from_arrays(classifier, part)?);
        }
        oracle.classifiers = loaded;
        arrays.into_keys().next().map_or(Ok(oracle), |name| Err(WeightsError::Unused(name)))
    }
}

/// Trains all classifiers side by side on the same pictures.
#[derive(Debug)]
pub struct OracleTrainer {
    oracle: Oracle,
    adams: Vec<Adam>,
}

impl OracleTrainer {
    /// A trainer of fresh classifiers.
    pub fn new(seed: u64, device: &Device) -> Self {
        let oracle = Oracle::new(seed, device);
        let adams = vec![Adam::new(AdamConfig::new(0.9, 0.999)); oracle.classifiers.len()];
        Self { oracle, adams }
    }

    /// The classifiers as they are.
    pub fn oracle(&self) -> &Oracle {
        &self.oracle
    }

    /// One step; returns the mean loss over classifiers, `[1]`.
    ///
    /// # Shapes
    /// `images`: `[N, 3, 64, 64]` in [-1, 1], drawn with `truth`.
    pub fn step(&mut self, images: &Tensor<4>, truth: &[PortraitAttributes], lr: f64) -> Tensor<1> {
        let device = images.device();
        let mut total = Tensor::zeros([1], &device);
        for (row, spec) in schema().iter().enumerate() {
            let plain = self.oracle.classifiers[row].clone();
            let live = plain.clone().train();
            let mut pass = Pass::new(Mode::Train);
            let logits = live.forward(images.clone().autodiff(), &mut pass);
            let loss = match spec.kind {
                AttributeKind::Category { names } => category_loss(logits, truth, row, names.len()),
                AttributeKind::Binary | AttributeKind::Continuous { .. } => {
                    binary_loss(logits, truth, row)
                }
            };
            let grads = GradientsParams::from_grads(loss.backward(), &live);
            let moved = self.adams[row].step(plain, grads, lr);
            self.oracle.classifiers[row] = moved.absorb(pass.into_measured());
            total = total + loss.inner();
        }
        total.div_scalar(schema().len() as f64)
    }
}

/// Binary cross-entropy over the pictures whose answer is clear.
fn binary_loss(logits: Tensor<2>, truth: &[PortraitAttributes], row: usize) -> Tensor<1> {
    let device = logits.device();
    let n = truth.len();
    let (mut targets, mut clear) = (vec![0.0_f32; n], vec![0.0_f32; n]);
    for (index, attributes) in truth.iter().enumerate() {
        let value = attributes.values()[row];
        let (yes, known) = match schema()[row].kind {
            AttributeKind::Continuous { split, .. } => {
                (value >= split.threshold, value <= split.outer_low || value >= split.outer_high)
            }
            AttributeKind::Binary | AttributeKind::Category { .. } => (value >= 0.5, true),
        };
        targets[index] = f32::from(u8::from(yes));
        clear[index] = f32::from(u8::from(known));
    }
    let count: f32 = clear.iter().sum();
    let upload =
        |values: Vec<f32>| Tensor::<1>::from_data(TensorData::new(values, [n]), &device).autodiff();
    let logit = logits.reshape([n]);
    let each = softplus(logit.clone()) - logit * upload(targets);
    (each * upload(clear)).sum().div_scalar(f64::from(count.max(1.0)))
}

/// Cross-entropy of a category.
fn category_loss(
    logits: Tensor<2>,
    truth: &[PortraitAttributes],
    row: usize,
    names: usize,
) -> Tensor<1> {
    let device = logits.device();
    let n = truth.len();
    let mut one_hot = vec![0.0_f32; n * names];
    for (index, attributes) in truth.iter().enumerate() {
        one_hot[index * names + attributes.values()[row] as usize] = 1.0;
    }
    let targets = Tensor::<2>::from_data(TensorData::new(one_hot, [n, names]), &device).autodiff();
    (log_softmax(logits, 1) * targets).sum().neg().div_scalar(n as f64)
}
