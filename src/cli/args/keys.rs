//! What `--help` says below the options of each command: the output and its keys.

pub(super) const TRAIN_KEYS: &str = "\
JSON lines (with --json, or when standard output is not a terminal), at most one a second; the first and the
last step always get one:
  step_from, step   the steps that the means cover
  steps_total       where it ends
  mean losses, those that the family has, null when not finite (\"value\": one pixel's one channel, -1 to 1):
    loss      what encoder and decoder minimise, in nats a value: recon/0.5 + beta*kl/values of a picture (with
              --likelihood bernoulli the pixels' cross-entropy in place of recon/0.5); of a VAE-GAN also
              feature-weight*features, but not the game; with the label term also label-weight*labels
    recon     mean squared error of the reconstructions, a value
    kl        KL divergence of the codes from the prior, in nats a picture
    features  VAE-GAN: mean squared difference of reconstructions in the discriminator's features, unweighted
    d_loss    cross-entropy of D on data plus that on generated pictures, in nats a picture; 1.39 by guessing
    g_loss    cross-entropy of generated pictures judged as real, in nats a picture, unweighted; 0.69 by guessing
    labels    with --label-weight: cross-entropy of the labels' classifier, in nats a label; 0.69 by guessing
    with --encoder-for: loss (all as weighted), recon, generated, code, adversarial: the squared errors of real and
              of generated pictures and of the latter's codes, -log of D's trust
  images_per_sec, elapsed_secs
The last line: result (DIR/model.safetensors), step, reason (finished or stopped), skipped (how many files of the
data could not be used), skipped_files (path and reason of each; --verbose lists them on standard error), labels
(null unless --labels or --label-pattern was given, else an object: labelled, unlabelled (pictures),
rows_without_picture, ambiguous_rows, repeated_rows, remarks).

FILE.toml has the tables [model], [train] and [data] with the names of the options above, e.g.
  [model]
  family = \"vae\"
  size = 32
  [train]
  steps = 5000
  lr-d = 1e-4
  [data]
  data = \"pictures\"
Options on the command line win.";

pub(super) const SAMPLE_KEYS: &str =
    "JSON line: written (the file), model, count and seed (of samples drawn from the prior).
A .png is a sheet; a .safetensors holds the tensor `images`, N×C×H×W in the model's own range.";

pub(super) const SHEETS_KEYS: &str = "\
JSON line: samples, reconstructions, sliders (the files in DIR; reconstructions is null without an encoder),
ranking (latent-kl or sensitivity), dimensions (of the rows of sliders, counted from 0), model, seed.
  samples.png          16x16 samples of the prior
  reconstructions.png  rows of 16 held-out pictures, each above the row of their reconstructions
  sliders.png          the ten most active latent dimensions, a row each, from -3 to +3 sigma (from end to
                       end of a uniform prior), the others as in the first sample
All are written when all are drawn, or none.";

pub(super) const INTERPOLATE_KEYS: &str = "\
The path goes through --count random latents, or those of --latents, or with --walk wherever chance leads, without
a seam. JSON line: written (the file or folder), model, frames, fps, seed.
  .gif    256 colours a picture; delays are hundredths of a second
  .apng   every colour, and alpha
  .webp   the same, in fewer bytes
  .mp4, .webm   need ffmpeg on the PATH
  a name without ending is a folder, new or empty, for 00001.png, 00002.png, …";

pub(super) const ATTRIBUTES_KEYS: &str = "\
A direction is the mean code of the pictures with a label less that of those without; adding it once is one
step of its slider. Pictures of which the label is not known count on neither side. It is judged on held-out pictures.
JSON lines, one per direction:
  name, step (the vector), origin (labels), with, without (pictures it was made from), accuracy, auc (on
  held-out codes), cosines (with every direction, in this order)
With --report, one more per direction, moved one step on random samples and judged by the oracle of Portraits:
  name, n, plain and orthogonal (made so to all other attributes): reached (share of samples whose decision
  changed), kept (share of the other attributes' decisions that did not), changes (per attribute, mean change
  of its probability)
The last line: summary, n, reached, kept, reached_orthogonal, kept_orthogonal (means), written, seconds,
  data (what they were found from: --data, else the run's own where the model is a run folder, else Portraits).";

pub(super) const DIRECTIONS_KEYS: &str = "\
JSON lines, one a direction, the strongest first: name, step (the vector that is added once), origin, and
  pca          index, explained (its share of the codes' variance); a step is one standard deviation of the codes
  layer-pca    layer, index, explained (its share of the activations' variance), fit (squared correlation of the
               place along it with the component); a step is one unit of the prior, as in all that follow
  sefa         index, value (singular value); the weight includes the running scale of a batch norm after it
  jacobian     index, value (how far one unit moves the picture); the origin is called tangent
  sensitivity  dim, sensitivity (mean absolute change of the picture between -1 and 1 standard deviation, over
               four samples or the first of those of --latents), kl (of the encoder, or null); the origin is dimension
The last line: summary, n, method, written, picture (the files, or null), seconds.
The picture has a row a direction: the sample, or the latent of --latents, moved along it to both sides.";

pub(super) const GRID_KEYS: &str = "\
JSON line: written (the file), model, x, y (names, or null), columns, rows, reach, scale, seed.
The middle of a direction is the sample of --seed, or the latent of --latents, itself; a dimension takes the
numbers beside it as its values. The limit is 100 million pixels.";

pub(super) const ENCODE_KEYS: &str = "JSON line: written (the file), model, images (how many).
The file holds the tensor `z`, N×d, and `mu` and `logvar` where the encoder gives them.";

pub(super) const EXPORT_KEYS: &str =
    "JSON line: written (the file), model, weights (f32 or f16), bytes.
A value that f16 cannot hold is refused with its tensor's name, and nothing is written.";

pub(super) const DEVICES_KEYS: &str = "JSON lines, one a device: choice (for --device), name, backend, kind, memory_bytes (or null), \
memory_note, chosen (whether --device takes it), reason.";

pub(super) const INSPECT_KEYS: &str =
    "JSON line: file, format, program, step, weights, description, dataset, labels, value_range, \
architecture (an object), tensors, parameters (an object: generator, encoder, discriminator).
With --tensors one line follows for each tensor: name, shape.";

pub(super) const EVALUATE_KEYS: &str = "\
JSON lines: for Portraits one an attribute: name, data_rate, sample_rate, ratio (of the variance of yes/no
answers among samples to that among data); for other labelled data and a model with an encoder one a label: name, n,
psnr_db (of the held-out pictures with it); then summary, n, psnr_db, psnr_worst_db (null without an encoder),
swd, swd_baseline, swd_ratio (sliced Wasserstein distance of samples to held-out pictures, and of pixels drawn
independently), seconds, model.";

pub(super) const ORACLE_KEYS: &str = "\
JSON lines: one a question: name, accuracy (on held-out renders where the answer is clear), n; then summary, n,
worst.";

pub(super) const BENCH_KEYS: &str = "JSON lines, one a figure: name, value, unit, device, and peer and ratio where another program \
was timed, or says itself how fast it is: edit_64_64px (solver steps/s with 64 candidates at 64 px) beside iGAN's at most 30 on a \
Titan X.";

pub(super) const MAP_KEYS: &str = "\
At most 50,000 points in all. JSON line: written (the file), model, method, points, data, samples, explained (share
of variance of each principal component; empty for t-SNE), clusters (points in each, the largest first), seconds, seed; for a .png legend (name, points, colour, mark of each group).
  .json   method, plane (origin, axes), clusters (points, centre), points (x, y, what: data or sample, number,
          labels, cluster counted from 0)
  .csv    the points alone
  .png    the points, coloured by labels where no picture has two, else by clusters, else data and samples
The same seed gives the same map. t-SNE is given one thread, so that it does: 5,000, 20,000 and 50,000 points of 64
dimensions take about 4, 24 and 90 seconds of processor time (Zen 3).";

pub(super) const INVERT_KEYS: &str = "\
JSON lines with --image, one per step and picture:
  image, method, step, seconds (computing time of the picture's batch), loss: total, mse (values in [-1, 1]), pixel,
  feature, prior, domain
and one per picture and method: image, target (file), method, steps, seconds, loss, psnr_db (peak 2), ssim, norm
(of z), truth_distance and caught_up_secs (null here), restarts, stalled, latent.
With --pivotal one more per picture: image, method, steps, seconds, before_db, after_db, locality_db, locality_mse,
delta_bytes, generator_bytes, at_goal (true where the latent's picture was as near as the goal before: nothing was
tuned), delta (the file; null then), file_bytes.
The last line: written (DIR/latents.safetensors), model, pictures, seconds. DIR holds latents.safetensors (the tensor
z, N x d; of a race z.optimise, z.encode and z.hybrid), report.jsonl (the lines per picture, and their settings) and
per picture NNNN-NAME-target.png, -METHOD.png and -METHOD-residual.png (half the difference around gray).
JSON lines with --report, one per picture and method as above: target is generated (a random latent's picture;
truth_distance is the latent's distance to it by the root of d) or held-out; caught_up_secs is when the hybrid was
where optimisation ended. The last line: summary, n, seconds, rows (target, method, n, psnr_mean_db, psnr_median_db,
psnr_worst_db, reached (share with at least 35 dB), mse, ssim, seconds), catch_up (target, share, time_ratio).";

pub(super) const EDIT_KEYS: &str = "\
A script is JSON, as the window writes it (export the edit there to see one), or written by hand:
  {\"format\": 1, \"plan\": {\"strokes\": [
    {\"tool\": {\"colour\": [200, 60, 30]}, \"brush\": {\"size\": 0.2}, \"points\": [{\"x\": 0.3, \"y\": 0.2}, {\"x\": 0.7, \"y\": 0.2}]},
    {\"tool\": \"erase\", \"brush\": {\"size\": 0.1}, \"points\": [{\"x\": 0.5, \"y\": 0.7}]}]}}
  tool      {\"colour\": [r, g, b]}, {\"lighten\": 0.3}, {\"darken\": 0.3}, \"edge\", \"no-edge\", \"keep\",
            {\"warp\": [right, down]}, \"drag\" (first point to last), \"erase\", \"smooth\", \"latent\"
  brush     size (diameter), strength, softness; lengths are shares of the picture's width, places run from 0 to 1
  points    x, y, and pressure from 0 to 1; beside them mirrored, weight, on
beside \"strokes\": \"area\" (only here may change: strokes, inverted, grow, feather), \"settings\" (candidates, steps,
distance_weight, rest_weight, realism_weight, learning_rate, spread, seed), \"adopted\"; beside \"plan\": \"start\" (z0) and \"shift\".
JSON lines, one a step: stage (adopted or candidates), step, seconds, and of the best place of the result so far
total, constraints, distance, realism, each (a number a stroke, before its strength). The last line: steps (of the
result and of the others), total, constraints, distance, realism, each, strokes (whose costs each has, from 0),
candidates (distinct ones), inversion_psnr_db (null unless a photo was brought back), remarks, solve_seconds, seconds,
written, model. DIR holds before.png, edited.png (G of z0 and of the result), mask.png, of a photo composite.png (in the
model's size) and photo.png (the whole photo with what changed), candidates/NN.png, latents.safetensors (z, z0,
candidates), script.json (with z0 in it: it repeats the edit without bringing the photo back) and report.jsonl.
JSON lines with --report, one a task: task (hair, darken, smile, erase), held_out (its number; null for a sample),
attribute, delta_e (CIE76 of the painted region's mean colour from the stroke's, before and after), probability (the
oracle's, before and after), reached, kept (share of the other attributes' decisions), lost (their names), steps,
settled, outside (steps of a byte), total and so on as loss, hole_psnr_db (the edit, the mean, diffusion),
inversion_psnr_db, seconds. The last line: summary, n, rows (task, held_out, n, reached, kept, steps_median, settled
(share within 40 steps), outside, hole_psnr_db, better, seconds), passed_over, seed, seconds, model.";
