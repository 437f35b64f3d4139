//! Losses, each a scalar `[1]`.

use burn::tensor::Tensor;

use crate::models::Posterior;

/// Fixed variance of the Gaussian likelihood of a pixel in [-1, 1]: a standard deviation of 0.5.
///
/// Neighbouring pixels err together, so a likelihood that takes them as independent overstates what a
/// picture tells about z. With the 0.1 that a single pixel's error suggests, β = 1 leaves the codes so
/// sharp that they fill little of the prior and samples from it look like nothing in the data.
pub const PIXEL_VARIANCE: f64 = 0.25;

/// −log σ(x) = softplus(−x) and its mirror: log(1 + eˣ) without overflow, elementwise.
pub fn softplus(x: Tensor<1>) -> Tensor<1> {
    let positive = x.clone().clamp_min(0.0);
    positive + x.abs().neg().exp().log1p()
}

/// Binary cross-entropy of logits against one target t: −t log σ(a) − (1 − t) log(1 − σ(a)), mean.
pub fn cross_entropy(logit: Tensor<1>, target: f64) -> Tensor<1> {
    // −log σ(a) = softplus(−a) = softplus(a) − a, so the sum is softplus(a) − t·a.
    (softplus(logit.clone()) - logit.mul_scalar(target)).mean()
}

/// Binary cross-entropy of logits against labels, softplus(a) − t·a: mean over pictures and labels, in
/// nats. ln 2 for logits of 0.
///
/// # Shapes
/// both `[N, L]`, labels 0 or 1.
pub fn label_cross_entropy(logits: Tensor<2>, labels: Tensor<2>) -> Tensor<1> {
    let [n, count] = logits.dims();
    let flat = |x: Tensor<2>| x.reshape([n * count]);
    (softplus(flat(logits.clone())) - flat(labels * logits)).mean()
}

/// Mean squared difference over all elements.
pub fn mean_squared<const D: usize>(a: Tensor<D>, b: Tensor<D>) -> Tensor<1> {
    (a - b).square().mean()
}

/// −log p(x given z) per value for the Gaussian likelihood, without its constant:
/// (x − x̂)² / (2 s²), mean over all values.
pub fn gaussian_nll(mean_squared: Tensor<1>) -> Tensor<1> {
    mean_squared.div_scalar(2.0 * PIXEL_VARIANCE)
}

/// −log p(x given z) per value for the Bernoulli likelihood: binary cross-entropy of the pixels
/// p = (x + 1)/2 against the logits 2a, where the picture is tanh(a).
///
/// # Shapes
/// both `[N, C, S, S]`, images in [-1, 1].
pub fn bernoulli_nll(pre_image: Tensor<4>, images: Tensor<4>) -> Tensor<1> {
    let logit = pre_image.mul_scalar(2.0);
    let target = images.add_scalar(1.0).mul_scalar(0.5);
    let positive = logit.clone().clamp_min(0.0);
    let tail = logit.clone().abs().neg().exp().log1p();
    (positive + tail - target * logit).mean()
}

/// KL(q(z given x) ‖ N(0, I)) = ½ Σ (μ² + σ² − 1 − log σ²) in nats: the mean over the batch.
pub fn kl_divergence(posterior: &Posterior) -> Tensor<1> {
    let [n, _] = posterior.mean.dims();
    kl_per_dimension(posterior).sum().div_scalar(n as f64)
}

/// The same, per picture and dimension, `[N, d]`.
pub fn kl_per_dimension(posterior: &Posterior) -> Tensor<2> {
    let log_variance = posterior.log_variance.clone();
    (posterior.mean.clone().square() + log_variance.clone().exp() - log_variance)
        .sub_scalar(1.0)
        .mul_scalar(0.5)
}
