"""The numbers that the tests of `metrics/ssim.rs` compare with. Needs numpy and scikit-image.

    python3 scripts/reference_inversion.py
"""

import numpy as np
from skimage.metrics import structural_similarity


def picture(shift):
    y, x = np.mgrid[0:16, 0:16]
    return ((x * 7 + y * 13 + shift * x * y) % 17) / 8.0 - 1.0


a, b = picture(0), picture(1)
value = structural_similarity(
    a, b, data_range=2.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False
)
print(f"ssim {value:.9f}")
