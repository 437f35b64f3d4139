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
