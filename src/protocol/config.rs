//! What a model is and how it is trained: plain settings with defaults and validation.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Prior, TrainTask};

/// The image sizes every architecture supports, in pixels.
pub const IMAGE_SIZES: [u32; 4] = [16, 32, 64, 128];

/// The name of the label term among the losses.
pub const LABEL_LOSS: &str = "labels";

/// A setting out of range: what, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// A family of generative models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Generator against discriminator (Goodfellow et al. 2014; DCGAN pyramid, Radford et al. 2015).
    Gan,
    /// Encoder and decoder under the evidence lower bound (Kingma and Welling 2013), β-VAE included.
    Vae,
    /// Encoder, decoder and discriminator together (Larsen et al. 2015).
    #[default]
    VaeGan,
}

impl Family {
    /// All families, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::VaeGan, Self::Gan, Self::Vae];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gan => "gan",
            Self::Vae => "vae",
            Self::VaeGan => "vae-gan",
        }
    }

    /// Whether the family has an encoder En.
    pub fn has_encoder(self) -> bool {
        matches!(self, Self::Vae | Self::VaeGan)
    }

    /// Whether the family has a discriminator D.
    pub fn has_discriminator(self) -> bool {
        matches!(self, Self::Gan | Self::VaeGan)
    }

    /// The names of the losses its trainer measures at every step, in the order it tells them. Where a
    /// run has a label term, [`LABEL_LOSS`] comes after them.
    pub fn loss_names(self) -> &'static [&'static str] {
        match self {
            Self::Gan => &["d_loss", "g_loss"],
            Self::Vae => &["loss", "recon", "kl"],
            Self::VaeGan => &["d_loss", "g_loss", "loss", "recon", "features", "kl"],
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Family {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|family| family.name() == text).ok_or_else(|| {
            ConfigError(format!("'{text}' is not a family: use gan, vae or vae-gan"))
        })
    }
}

/// What D and G minimise. One file in `train/objective/` each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// NS-GAN: D as in the minimax game, G minimises −E log σ(D(G(z))) (Goodfellow et al. 2014).
    #[default]
    NonSaturating,
}

impl Objective {
    /// All objectives, in the order they are offered.
    pub const ALL: [Self; 1] = [Self::NonSaturating];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::NonSaturating => "non-saturating",
        }
    }
}

impl FromStr for Objective {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|objective| objective.name() == text)
            .ok_or_else(|| ConfigError(format!("'{text}' is not an objective: use non-saturating")))
    }
}

/// p(x given z) of a VAE's decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Likelihood {
    /// Pixels in [0, 1] as Bernoulli means: binary cross-entropy on logits.
    Bernoulli,
    /// Pixels in [-1, 1] with fixed variance: squared error.
    #[default]
    Gaussian,
}

/// Normalisation between the layers of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Normalisation {
    /// None.
    None,
    /// Batch normalisation (Ioffe and Szegedy 2015).
    #[default]
    Batch,
    /// Instance normalisation (Ulyanov et al. 2016).
    Instance,
}

impl Normalisation {
    /// All kinds, in the order they are offered.
    pub const ALL: [Self; 3] = [Self::Batch, Self::Instance, Self::None];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Batch => "batch",
            Self::Instance => "instance",
        }
    }
}

/// An architecture: everything needed to build the networks before any weight is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSpec {
    /// Which networks there are.
    pub family: Family,
    /// Edge in pixels: 16, 32, 64 or 128.
    pub image_size: u32,
    /// 1, 3 or 4.
    pub channels: u32,
    /// Dimensions of z, 1 to 512.
    pub latent: u32,
    /// Channels of the widest-resolution layer; deeper layers double it.
    pub width: u32,
    /// Normalisation in the generator (decoder) and encoder.
    pub generator_norm: Normalisation,
    /// Normalisation in the discriminator.
    pub discriminator_norm: Normalisation,
    /// Likelihood of a VAE's decoder.
    pub likelihood: Likelihood,
    /// What z is drawn from.
    pub prior: Prior,
    /// The family has no encoder, and one was trained for this generator as it is.
    pub added_encoder: bool,
}

impl Default for ModelSpec {
    fn default() -> Self {
        Self {
            family: Family::VaeGan,
            image_size: 64,
            channels: 3,
            latent: 64,
            width: 32,
            generator_norm: Normalisation::Batch,
            discriminator_norm: Normalisation::Batch,
            likelihood: Likelihood::Gaussian,
            prior: Prior::Normal,
            added_encoder: false,
        }
    }
}

impl ModelSpec {
    /// The stated defaults of a family.
    pub fn for_family(family: Family) -> Self {
        Self { family, ..Self::default() }
    }

    /// Checks every field against what the architectures can build.
    ///
    /// # Errors
    /// The first field out of range, with the range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let refuse = |text: String| Err(ConfigError(text));
        if !IMAGE_SIZES.contains(&self.image_size) {
            return refuse(format!(
                "image size {} px is not supported: use 16, 32, 64 or 128",
                self.image_size
            ));
        }
        if ![1, 3, 4].contains(&self.channels) {
            return refuse(format!("{} channels are not supported: use 1, 3 or 4", self.channels));
        }
        if !(1..=512).contains(&self.latent) {
            return refuse(format!("latent size {} is out of range: use 1 to 512", self.latent));
        }
        if !(4..=256).contains(&self.width) {
            return refuse(format!("base width {} is out of range: use 4 to 256", self.width));
        }
        if self.family == Family::VaeGan && self.likelihood == Likelihood::Bernoulli {
            return refuse(
                "a VAE-GAN measures reconstruction as squared error: use the Gaussian likelihood"
                    .to_owned(),
            );
        }
        if self.family.has_encoder() && self.added_encoder {
            return refuse(format!("a {} has an encoder of its own: none is added", self.family));
        }
        if self.family.has_encoder() && self.prior != Prior::Normal {
            return refuse("a family with an encoder needs the normal prior".to_owned());
        }
        Ok(())
    }
}

/// How often samples are re-rendered while training; each render costs training time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SampleRate {
    /// Never.
    Off,
    /// Once a second.
    #[default]
    OncePerSecond,
    /// Five times a second.
    FivePerSecond,
    /// After every step.
    EachStep,
}

impl SampleRate {
    /// All rates, slowest first.
    pub const ALL: [Self; 4] =
        [Self::Off, Self::OncePerSecond, Self::FivePerSecond, Self::EachStep];

    /// As shown in the window.
    pub fn label(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::OncePerSecond => "1/s",
            Self::FivePerSecond => "5/s",
            Self::EachStep => "each step",
        }
    }
}

/// What can be changed while training runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LiveSettings {
    /// Adam's step size for the generator (a VAE's decoder).
    pub lr_generator: f64,
    /// Adam's step size for the discriminator.
    pub lr_discriminator: f64,
    /// Adam's step size for the encoder.
    pub lr_encoder: f64,
    /// Decay of the exponential moving average of the generator, 0 (off) to 0.9999.
    pub ema_decay: f64,
    /// Weight β of the KL term (β-VAE, Higgins et al. 2017), summed over dimensions and divided by pixels.
    pub beta: f64,
    /// VAE-GAN: weight γ of reconstruction in the discriminator's features.
    pub feature_weight: f64,
    /// Weight of the adversarial term in the loss of a VAE-GAN's decoder, or of an encoder that is
    /// trained for a frozen generator.
    pub adversarial_weight: f64,
    /// An encoder for a frozen generator: weight λ_z of mean (z − En(G(z)))².
    pub code_weight: f64,
    /// Families with an encoder: weight of the label term; 0 leaves labels out. The term is the mean
    /// binary cross-entropy, over pictures and labels, of a linear classifier of the codes; beside
    /// losses per value, 0.03 to 0.1 begins at about the weight of reconstruction.
    pub label_weight: f64,
    /// How often samples are re-rendered.
    pub sample_rate: SampleRate,
}

impl Default for LiveSettings {
    fn default() -> Self {
        Self {
            lr_generator: 2e-4,
            lr_discriminator: 2e-4,
            lr_encoder: 2e-4,
            ema_decay: 0.999,
            beta: 1.0,
            feature_weight: 0.01,
            adversarial_weight: 0.005,
            code_weight: 0.1,
            label_weight: 0.0,
            sample_rate: SampleRate::OncePerSecond,
        }
    }
}

/// Everything about a training run besides the architecture and the data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrainSettings {
    /// What is trained.
    pub task: TrainTask,
    /// What D and G minimise.
    pub objective: Objective,
    /// Pictures in a step, 1 to 1024.
    pub batch: u32,
    /// Steps in total; a resumed run goes on to it. 0 means until stopped.
    pub steps: u64,
    /// Adam's β₁: 0.5 for adversarial training (Radford et al. 2015).
    pub adam_beta1: f64,
    /// Adam's β₂.
    pub adam_beta2: f64,
    /// The target of real pictures for D; 0.9 is one-sided label smoothing (Salimans et al. 2016).
    pub real_label: f64,
    /// Key of every random number of the run.
    pub seed: u64,
    /// Tiles in the live grid of samples.
    pub samples: u32,
    /// Steps between checkpoints; 0 means only at pause, stop and end.
    pub checkpoint_every: u64,
    /// What can be changed while it runs.
    pub live: LiveSettings,
}

impl Default for TrainSettings {
    fn default() -> Self {
        Self {
            task: TrainTask::Model,
            objective: Objective::NonSaturating,
            batch: 32,
            steps: 0,
            adam_beta1: 0.5,
            adam_beta2: 0.999,
            real_label: 1.0,
            seed: 0,
            samples: 36,
            checkpoint_every: 1000,
            live: LiveSettings::default(),
        }
    }
}

impl TrainSettings {
    /// The stated defaults of a family.
    pub fn for_family(family: Family) -> Self {
        let mut settings = Self::default();
        if family == Family::Vae {
            settings.adam_beta1 = 0.9;
            settings.live.lr_generator = 1e-3;
            settings.live.lr_encoder = 1e-3;
        }
        settings
    }

    /// Checks every field.
    ///
    /// # Errors
    /// The first field out of range, with the range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if !(1..=1024).contains(&self.batch) {
            return Err(ConfigError(format!(
                "batch {} is out of range: use 1 to 1024",
                self.batch
            )));
        }
        if !(1..=256).contains(&self.samples) {
            return Err(ConfigError(format!(
                "{} samples are out of range: use 1 to 256",
                self.samples
            )));
        }
        in_range("adam_beta1", self.adam_beta1, 0.0, 0.9999)?;
        in_range("adam_beta2", self.adam_beta2, 0.0, 0.999_999)?;
        in_range("real_label", self.real_label, 0.5, 1.0)?;
        self.live.validate()
    }
}

impl LiveSettings {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field out of range, with the range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        in_range("lr_generator", self.lr_generator, 0.0, 1.0)?;
        in_range("lr_discriminator", self.lr_discriminator, 0.0, 1.0)?;
        in_range("lr_encoder", self.lr_encoder, 0.0, 1.0)?;
        in_range("ema_decay", self.ema_decay, 0.0, 0.999_999)?;
        in_range("beta", self.beta, 0.0, 1e4)?;
        in_range("feature_weight", self.feature_weight, 0.0, 1e4)?;
        in_range("adversarial_weight", self.adversarial_weight, 0.0, 1e4)?;
        in_range("code_weight", self.code_weight, 0.0, 1e4)?;
        in_range("label_weight", self.label_weight, 0.0, 1e4)
    }
}

fn in_range(name: &str, value: f64, low: f64, high: f64) -> Result<(), ConfigError> {
    // A NaN is in no range, so it is refused here too.
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(ConfigError(format!("{name} = {value} is out of range: use {low} to {high}")))
    }
}

#[cfg(test)]
mod tests {
    use super::{Family, LiveSettings, ModelSpec, TrainSettings};

    #[test]
    fn defaults_are_valid() {
        for family in Family::ALL {
            assert!(ModelSpec::for_family(family).validate().is_ok());
            assert!(TrainSettings::for_family(family).validate().is_ok());
            assert_eq!(family.name().parse(), Ok(family));
        }
    }

    #[test]
    fn values_out_of_range_are_named() {
        let spec = ModelSpec { image_size: 48, ..ModelSpec::default() };
        assert!(spec.validate().is_err_and(|e| e.0.contains("48 px")));
        let live = LiveSettings { lr_generator: f64::NAN, ..LiveSettings::default() };
        assert!(live.validate().is_err_and(|e| e.0.contains("lr_generator")));
    }
}
