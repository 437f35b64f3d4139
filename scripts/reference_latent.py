"""Prints what NumPy and scikit-learn say of a small set of codes (the numbers in src/latent/reference.rs).

    pip install numpy scikit-learn && python scripts/reference_latent.py > src/latent/reference.rs
"""

import warnings

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.mixture import GaussianMixture

warnings.filterwarnings("ignore")
N, D = 60, 3
i, j = np.meshgrid(np.arange(N), np.arange(D), indexing="ij")
# The same formula as `codes()` in src/latent/tests.rs, in double precision, then rounded as codes are.
codes = (np.sin(1.3 * i + 0.7 * j) * (1.0 + j) + 2.0 * np.cos(0.37 * i * (j + 1)) + (i % 3) * (2.0 - j)).astype(np.float32)
codes = codes.astype(np.float64)
labels = codes[:, 0] + 0.5 * codes[:, 1] + np.sin(5.0 * np.arange(N)) > 1.0


def show(name: str, values, kind: str = "f64") -> None:
    flat = np.asarray(values).reshape(-1)
    text = ", ".join(repr(float(v)) if kind == "f64" else str(int(v)) for v in flat)
    print(f"pub const {name}: [{kind}; {len(flat)}] = [{text}];")


print("//! Written by `scripts/reference_latent.py`: what NumPy and scikit-learn say.")
print()
print("#![cfg_attr(rustfmt, rustfmt_skip)]")
print('#![expect(clippy::unreadable_literal, reason = "printed by a program")]')
print()

pca = PCA().fit(codes)
signs = np.sign(pca.components_[np.arange(D), np.abs(pca.components_).argmax(1)])
show("PCA_COMPONENTS", pca.components_ * signs[:, None])
show("PCA_VARIANCE", pca.explained_variance_)
show("PCA_EXPLAINED", pca.explained_variance_ratio_)

_, singular, right = np.linalg.svd(codes[:10], full_matrices=False)
signs = np.sign(right[np.arange(D), np.abs(right).argmax(1)])
show("SVD_VALUES", singular)
show("SVD_RIGHT", right * signs[:, None])

# Activations of a layer, as `activations()` has them: their components, and GANSpace's regression.
i, j = np.meshgrid(np.arange(D), np.arange(40), indexing="ij")
layer = 0.4 * np.sin(1.1 * i + 0.5 * j + i * j)
activations = np.tanh(codes @ layer + 0.3 * np.cos(np.arange(40))).astype(np.float32).astype(np.float64)
wide = PCA(3, svd_solver="full").fit(activations)
signs = np.sign(wide.components_[np.arange(3), np.abs(wide.components_).argmax(1)])
coordinates = wide.transform(activations) * signs
regression = np.linalg.lstsq(coordinates, codes - codes.mean(0), rcond=None)[0]
regression /= np.linalg.norm(regression, axis=1, keepdims=True)
show("LAYER_EXPLAINED", wide.explained_variance_ratio_)
show("LAYER_COMPONENT", wide.components_[0] * signs[0])
show("LAYER_DIRECTIONS", regression)
show("LAYER_FIT", [np.corrcoef(codes @ regression[k], coordinates[:, k])[0, 1] ** 2 for k in range(3)])

# A small generator, its numbers as `small_generator()` has them, its layers written out.
SHAPES = {
    "project.norm.bias": (2,),
    "project.norm.running_mean": (2,),
    "project.norm.running_var": (2,),
    "project.norm.weight": (2,),
    "project.weight": (3, 2, 4, 4),
    "to_image.bias": (1,),
    "to_image.weight": (2, 1, 4, 4),
}
arrays = {}
for number, (name, shape) in enumerate(sorted(SHAPES.items())):
    k = np.arange(np.prod(shape))
    values = 0.5 * np.sin(0.9 * k + 0.05 * k * k + number)
    arrays[name] = (values + (1.5 if name.endswith("running_var") else 0.0)).reshape(shape)
norm = {key: arrays[f"project.norm.{key}"][:, None, None] for key in ("weight", "bias", "running_mean", "running_var")}
scale = norm["weight"] / np.sqrt(norm["running_var"] + 1e-5)


def image(z):
    x = np.einsum("c,cohw->ohw", z, arrays["project.weight"])
    x = np.maximum((x - norm["running_mean"]) * scale + norm["bias"], 0.0)
    out = np.full((1, 10, 10), arrays["to_image.bias"][0])
    for row in range(4):
        for column in range(4):
            out[:, 2 * row : 2 * row + 4, 2 * column : 2 * column + 4] += np.einsum(
                "c,cohw->ohw", x[:, row, column], arrays["to_image.weight"]
            )
    return np.tanh(out[:, 1:9, 1:9])


def directions_of(columns):
    """Right singular vectors of a map, given by its columns, and its singular values."""
    _, values, right = np.linalg.svd(np.stack(columns, 1), full_matrices=False)
    signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(1)])
    return values, right * signs[:, None]


values, right = directions_of([(weight * scale).reshape(-1) for weight in arrays["project.weight"]])
show("SEFA_VALUES", values)
show("SEFA_RIGHT", right)
z, step = np.array([0.3, -0.7, 0.5]), 1e-6
columns = [(image(z + step * unit) - image(z - step * unit)).reshape(-1) / (2 * step) for unit in np.eye(3)]
values, right = directions_of(columns)
show("JACOBIAN_VALUES", values)
show("JACOBIAN_RIGHT", right)

difference = codes[labels].mean(0) - codes[~labels].mean(0)
show("DIFFERENCE_OF_MEANS", difference)
show("AUC", [roc_auc_score(labels, codes @ difference)])
ridge = 0.5
fit = LogisticRegression(C=1.0 / ridge, tol=1e-10, max_iter=10_000).fit(codes, labels)
show("LOGISTIC_WEIGHTS", fit.coef_)
show("LOGISTIC_BIAS", fit.intercept_)

rows = codes[:5]
unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
show("COSINES", unit @ unit.T)
basis = np.linalg.qr(rows[1:3].T)[0]
show("ORTHOGONALISED", rows[0] - basis @ (basis.T @ rows[0]))


def slerp(a, b, t):
    angle = np.arccos(np.dot(a, b) / np.linalg.norm(a) / np.linalg.norm(b))
    return (np.sin((1 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)


show("SLERP", slerp(rows[0], rows[1], 0.3))

begin = codes[:3].copy()
means = KMeans(3, init=begin, n_init=1, tol=0, max_iter=300).fit(codes)
show("KMEANS_CENTRES", means.cluster_centers_)
show("KMEANS_INERTIA", [means.inertia_])
show("KMEANS_MEMBERS", means.labels_, "usize")

shares = np.eye(3)[means.labels_]
mixture = GaussianMixture(3, tol=1e-6, max_iter=200, reg_covar=1e-6)
# Expectation maximisation from k-means' clusters, as ours begins.
mixture._initialize_parameters = lambda x, random_state, **_: mixture._initialize(x, shares)
mixture.fit(codes)
show("MIXTURE_WEIGHTS", mixture.weights_)
show("MIXTURE_MEANS", mixture.means_)
show("MIXTURE_COVARIANCES", mixture.covariances_)
show("MIXTURE_LOG_LIKELIHOOD", [mixture.score(codes)])
