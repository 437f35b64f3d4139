//! What latents cost, and which way is downhill.

use burn::tensor::{Tensor, TensorData};

use crate::models::{
    Discriminator, Encoder, Generator, Mode, Model, Pass, flat, lifted, read_values,
    rows_from_values,
};
use crate::protocol::{InversionLoss, InversionSettings, PixelLoss, Prior};

/// A network in whose features two pictures are compared.
#[derive(Debug, Clone)]
pub enum FeatureNetwork {
    /// D's similarity measure (Larsen et al. 2015).
    Discriminator(Discriminator),
    /// The encoder's layer of the same size.
    Encoder(Encoder),
}

impl FeatureNetwork {
    /// `[N, C, S, S]` to `[N, F]`.
    pub(crate) fn features(&self, image: Tensor<4>) -> Tensor<2> {
        let pass = &mut Pass::new(Mode::Eval);
        let features = match self {
            Self::Discriminator(network) => network.forward(image, pass).features,
            Self::Encoder(network) => network.features(image, pass),
        };
        flat(features)
    }
}

/// The networks of an inversion, frozen, running statistics folded in.
#[derive(Debug, Clone)]
pub struct Networks {
    /// G.
    pub generator: Generator,
    /// En, where there is one.
    pub encoder: Option<Encoder>,
    /// What z is drawn from.
    pub prior: Prior,
    /// The size of z.
    pub dims: usize,
}

impl Networks {
    /// Of a model.
    pub fn of(model: &Model) -> Self {
        Self {
            generator: model.generator.clone().folded(),
            encoder: model.encoder.clone().map(Encoder::folded),
            prior: model.spec.prior,
            dims: model.spec.latent as usize,
        }
    }
}

/// Pictures to be reached and the terms of the loss.
#[derive(Debug)]
pub struct Energy {
    networks: Networks,
    /// `[P, V]`.
    pictures: Tensor<2>,
    /// Features of the pictures, `[P, F]`, divided by the root of their mean square; and those roots, `[P, 1]`.
    features: Option<(FeatureNetwork, Tensor<2>, Tensor<2>)>,
    pixel: PixelLoss,
    feature_weight: f64,
    prior_weight: f64,
    domain_weight: f64,
    /// The picture of each row of latents, and their values and features in that order.
    rows: Vec<usize>,
    targets: Tensor<2>,
    target_features: Option<(Tensor<2>, Tensor<2>)>,
}

/// What was measured of a batch of latents.
#[derive(Debug, Clone)]
pub struct Evaluated {
    /// One a row.
    pub losses: Vec<InversionLoss>,
    /// ∂total/∂z, `N·d` values.
    pub gradient: Vec<f32>,
}

impl Energy {
    /// For `pictures`, `[P, C, S, S]` in [-1, 1]. The in-domain term counts only if `in_domain` and there is
    /// an encoder.
    pub fn new(
        networks: Networks,
        pictures: Tensor<4>,
        features: Option<FeatureNetwork>,
        settings: &InversionSettings,
        in_domain: bool,
    ) -> Self {
        let wanted = features.filter(|_| settings.feature_weight > 0.0);
        let features = wanted.map(|network| {
            let seen = network.features(pictures.clone()); // [P, F]
            let size = seen.clone().square().mean_dim(1).clamp_min(1e-12).sqrt(); // [P, 1]
            (network, seen / size.clone(), size)
        });
        let pictures = flat(pictures);
        let rows: Vec<usize> = (0..pictures.dims()[0]).collect();
        let in_domain = in_domain && networks.encoder.is_some();
        Self {
            target_features: features.as_ref().map(|(_, seen, size)| (seen.clone(), size.clone())),
            targets: pictures.clone(),
            networks,
            pictures,
            features,
            pixel: settings.pixel,
            feature_weight: settings.feature_weight,
            prior_weight: settings.prior_weight,
            domain_weight: if in_domain { settings.domain_weight } else { 0.0 },
            rows,
        }
    }

    /// The size of z.
    pub fn dims(&self) -> usize {
        self.networks.dims
    }

    /// How many pictures there are.
    pub fn pictures(&self) -> usize {
        self.pictures.dims()[0]
    }

    /// Says which picture each row of latents is for.
    pub fn set_rows(&mut self, rows: &[usize]) {
        if rows == self.rows {
            return;
        }
        self.rows = rows.to_vec();
        let indices: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
        let data = TensorData::new(indices, [rows.len()]);
        let device = self.pictures.device();
        let indices = Tensor::<1, burn::tensor::Int>::from_data(data, &device);
        self.targets = self.pictures.clone().select(0, indices.clone());
        self.target_features = self.features.as_ref().map(|(_, seen, size)| {
            (seen.clone().select(0, indices.clone()), size.clone().select(0, indices))
        });
    }

    /// Losses and gradient at latents, `N·d` values, a row for each of [`Energy::set_rows`].
    ///
    /// # Errors
    /// When the device fails.
    pub fn evaluate(&self, z: &[f32]) -> Result<Evaluated, String> {
        let leaf = self.upload(z).autodiff().require_grad();
        let (total, terms) = self.terms(leaf.clone());
        let grads = total.clone().sum().backward();
        let parts = std::iter::once(total).chain(terms).map(Tensor::inner).collect();
        let table = read_values(Tensor::cat(parts, 1))?; // [N, 6]
        let gradient = leaf.grad(&grads).ok_or("the loss does not depend on z")?;
        Ok(Evaluated {
            losses: table.chunks_exact(6).map(loss_of).collect(),
            gradient: read_values(gradient)?,
        })
    }

    /// Losses alone.
    ///
    /// # Errors
    /// When the device fails.
    pub fn losses(&self, z: &[f32]) -> Result<Vec<InversionLoss>, String> {
        let (total, terms) = self.terms(self.upload(z));
        let table = read_values(Tensor::cat(std::iter::once(total).chain(terms).collect(), 1))?;
        Ok(table.chunks_exact(6).map(loss_of).collect())
    }

    /// Columns of dG/dz at one latent along K directions, `K·d` values: `[K, V]`.
    pub(super) fn derivatives(&self, z: &[f32], along: &[f32]) -> Tensor<2> {
        flat(self.networks.generator.derivatives(self.upload(z), self.upload(along)))
    }

    /// λ_p.
    pub(super) fn prior_weight(&self) -> f64 {
        self.prior_weight
    }

    fn upload(&self, z: &[f32]) -> Tensor<2> {
        rows_from_values(z, self.networks.dims, &self.pictures.device())
    }

    /// The total and its terms, `[N, 1]` each.
    fn terms(&self, z: Tensor<2>) -> (Tensor<2>, [Tensor<2>; 5]) {
        let tracked = z.is_require_grad();
        let lift = |constant: &Tensor<2>| lifted(constant, tracked);
        let image = self.networks.generator.image(z.clone(), &mut Pass::new(Mode::Eval));
        let difference = flat(image.clone()) - lift(&self.targets); // [N, V]
        let mse = difference.clone().square().mean_dim(1);
        let pixel = match self.pixel {
            PixelLoss::L1 => difference.abs().mean_dim(1),
            PixelLoss::L2 => mse.clone(),
        };
        let prior = unlikeliness(z.clone(), self.networks.prior);
        let nothing = || prior.clone().mul_scalar(0.0);
        let feature = match (&self.features, &self.target_features) {
            (Some((network, _, _)), Some((target, size))) => {
                let seen = network.features(image.clone()) / lift(size);
                (seen - lift(target)).square().mean_dim(1)
            }
            _ => nothing(),
        };
        let domain = match &self.networks.encoder {
            Some(encoder) if self.domain_weight > 0.0 => {
                let code = encoder.forward(image, &mut Pass::new(Mode::Eval)).mean;
                (z - code).square().mean_dim(1)
            }
            _ => nothing(),
        };
        let total = pixel.clone()
            + feature.clone().mul_scalar(self.feature_weight)
            + prior.clone().mul_scalar(self.prior_weight)
            + domain.clone().mul_scalar(self.domain_weight);
        (total, [mse, pixel, feature, prior, domain])
    }
}

fn loss_of(row: &[f32]) -> InversionLoss {
    let [total, mse, pixel, feature, prior, domain] =
        [row[0], row[1], row[2], row[3], row[4], row[5]];
    InversionLoss { total, mse, pixel, feature, prior, domain }
}

/// Minus twice the log density of the prior, a dimension, up to a constant: mean z² for a normal one, the mean
/// square of what lies outside for a uniform one in [-1, 1]. `[N, d]` to `[N, 1]`.
pub(crate) fn unlikeliness(z: Tensor<2>, prior: Prior) -> Tensor<2> {
    let outside = match prior {
        Prior::Normal => z,
        Prior::Uniform => z.abs().sub_scalar(1.0).clamp_min(0.0),
    };
    outside.square().mean_dim(1)
}
