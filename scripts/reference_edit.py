"""Prints what NumPy and scikit-image say of an edit's constraints (the numbers in src/edit/reference.rs).

    pip install numpy scikit-image && python scripts/reference_edit.py > src/edit/reference.rs

Written for clarity and apart from the program: pixel by pixel, in double precision, angles by atan2. Gradients are central
differences of the values printed with them.
"""

import numpy as np
from skimage.feature import hog

SIZE, CELL, BINS = 16, 8, 8
GRADIENT_EPSILON, NORM_EPSILON, WARP_EDGES = 0.05, 0.05, 0.1
# The stroke of every constraint, as `reference_stroke()` in src/edit/tests.rs has it.
PATH, PRESSURE = [(0.2, 0.3), (0.7, 0.6)], [1.0, 0.5]
BRUSH, SOFTNESS = 0.5, 0.6


def picture(shift: float) -> np.ndarray:
    """As `picture()` in src/edit/tests.rs has it, rounded as pictures are: [3, S, S] in [-1, 1]."""
    c, y, x = np.mgrid[0:3, 0:SIZE, 0:SIZE].astype(np.float64)
    wave = 0.6 * np.sin(0.31 * x * (c + 1.0) + 0.17 * y + shift) * np.cos(0.43 * y - 0.11 * x * c + shift)
    return (wave + 0.3 * np.sin(0.05 * x * y + c + 2.0 * shift)).astype(np.float32).astype(np.float64)


def mask(brush_px: float, softness: float, pressure, by=(0.0, 0.0)) -> np.ndarray:
    """Strength 1 times pressure times falloff of the distance to one straight line."""
    (x0, y0), (x1, y1) = [(x * SIZE, y * SIZE) for x, y in PATH]
    radius = brush_px / 2.0
    inner, outer = radius * (1.0 - softness), radius
    if outer - inner < 1.0:
        inner, outer = radius - 0.5, radius + 0.5
    found = np.zeros((SIZE, SIZE))
    for row in range(SIZE):
        for column in range(SIZE):
            px, py = column + 0.5 - x0, row + 0.5 - y0
            along = np.clip((px * (x1 - x0) + py * (y1 - y0)) / ((x1 - x0) ** 2 + (y1 - y0) ** 2), 0.0, 1.0)
            distance = np.hypot(px - along * (x1 - x0), py - along * (y1 - y0))
            t = np.clip((outer - distance) / (outer - inner), 0.0, 1.0)
            found[row, column] = (pressure[0] + along * (pressure[1] - pressure[0])) * t * t * (3.0 - 2.0 * t)
    return moved(found, by)


def moved(plane: np.ndarray, by) -> np.ndarray:
    """Shifted by shares of the width and height, bilinear, zeros from outside."""
    out = np.zeros_like(plane)
    for row in range(SIZE):
        for column in range(SIZE):
            y, x = row - by[1] * SIZE, column - by[0] * SIZE
            for near_y in (int(np.floor(y)), int(np.floor(y)) + 1):
                for near_x in (int(np.floor(x)), int(np.floor(x)) + 1):
                    if 0 <= near_y < SIZE and 0 <= near_x < SIZE:
                        out[row, column] += (1.0 - abs(y - near_y)) * (1.0 - abs(x - near_x)) * plane[near_y, near_x]
    return out


def luminance(x: np.ndarray) -> np.ndarray:
    return 0.299 * x[0] + 0.587 * x[1] + 0.114 * x[2]


def gradients(y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    down, right = np.zeros_like(y), np.zeros_like(y)
    down[1:-1] = y[2:] - y[:-2]
    right[:, 1:-1] = y[:, 2:] - y[:, :-2]
    return down, right


def cells(y: np.ndarray) -> np.ndarray:
    """[8, S/8, S/8]: mean smooth magnitudes, shared out between the two nearest of twice the orientations."""
    down, right = gradients(y)
    step = 2.0 * np.pi / BINS
    found = np.zeros((BINS, SIZE // CELL, SIZE // CELL))
    for row in range(SIZE):
        for column in range(SIZE):
            square = down[row, column] ** 2 + right[row, column] ** 2
            size = square / np.sqrt(square + GRADIENT_EPSILON**2)
            # In steps from the middle of the first bin, which is half a step beyond angle 0.
            place = (2.0 * np.arctan2(down[row, column], right[row, column]) / step - 0.5) % BINS
            below = int(place) % BINS
            angle = (place - int(place)) * step
            cell = (row // CELL, column // CELL)
            found[(below, *cell)] += size * np.sin(step - angle) / np.sin(step) / CELL**2
            found[((below + 1) % BINS, *cell)] += size * np.sin(angle) / np.sin(step) / CELL**2
    return found


def features(y: np.ndarray) -> np.ndarray:
    found = cells(y)
    return found / np.sqrt((found**2).sum(0) + NORM_EPSILON**2)


def pooled(m: np.ndarray) -> np.ndarray:
    return m.reshape(SIZE // CELL, CELL, SIZE // CELL, CELL).sum((1, 3))


def ratio(m: np.ndarray, cost: np.ndarray) -> float:
    return float((m * cost).sum() / m.sum())


def edges(m: np.ndarray, x: np.ndarray, like: np.ndarray) -> float:
    return ratio(pooled(m), ((features(luminance(x)) - features(like)) ** 2).sum(0))


def laplacian(x: np.ndarray) -> np.ndarray:
    wide = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")
    return wide[:, :-2, 1:-1] + wide[:, 2:, 1:-1] + wide[:, 1:-1, :-2] + wide[:, 1:-1, 2:] - 4.0 * x


START, PHOTO, X = picture(0.0), picture(1.0), picture(2.0)
M = mask(BRUSH * SIZE, SOFTNESS, PRESSURE)
LINE = 2.0 * mask(2.0, 0.0, [1.0, 1.0]) - 1.0
BY = (0.13, -0.08)
INSIDE = moved(np.ones((SIZE, SIZE)), BY)
M_MOVED = mask(BRUSH * SIZE, SOFTNESS, PRESSURE, BY) * INSIDE
PATCH = np.stack([moved(plane, BY) / np.maximum(INSIDE, 1e-6) for plane in START])
COLOUR = (np.array([200.0, 40.0, 90.0]) / 127.5 - 1.0)[:, None, None]
lighter = lambda x, share: ratio(M, (luminance(x) - np.clip(luminance(START) + 2.0 * share, -1.0, 1.0)) ** 2)


def no_edges(x: np.ndarray) -> float:
    down, right = gradients(luminance(x))
    square = down**2 + right**2
    return ratio(M, square / np.sqrt(square + GRADIENT_EPSILON**2))




def sampled(x: np.ndarray, column: float, row: float) -> np.ndarray:
    """Bilinear, a place outside brought to the border."""
    column, row = np.clip(column, 0.0, SIZE - 1.0), np.clip(row, 0.0, SIZE - 1.0)
    left, top = min(int(column), SIZE - 2), min(int(row), SIZE - 2)
    beside, below = column - left, row - top
    upper = (1.0 - beside) * x[:, top, left] + beside * x[:, top, left + 1]
    lower = (1.0 - beside) * x[:, top + 1, left] + beside * x[:, top + 1, left + 1]
    return (1.0 - below) * upper + below * lower


def drag(x: np.ndarray) -> float:
    """Motion supervision with START as the features that were tracked, X as those a step later."""
    handle, target = [(px * SIZE - 0.5, py * SIZE - 0.5) for px, py in PATH]
    way = np.hypot(target[0] - handle[0], target[1] - handle[1])
    step = ((target[0] - handle[0]) / way, (target[1] - handle[1]) / way)
    off = []
    for row in (-1, 0, 1):
        for column in (-1, 0, 1):
            at = (handle[0] + column, handle[1] + row)
            off.append(np.abs(sampled(x, at[0] + step[0], at[1] + step[1]) - sampled(START, *at)).mean())
    return float(np.mean(off) / np.abs(START).mean() + way)


CONSTRAINTS = {
    "COLOUR": lambda x: ratio(M, ((x - COLOUR) ** 2).mean(0)),
    "LIGHTEN": lambda x: lighter(x, 0.2),
    "DARKEN": lambda x: lighter(x, -0.15),
    "EDGE": lambda x: edges(M, x, LINE),
    "NO_EDGE": no_edges,
    "KEEP": lambda x: ratio(M, ((x - PHOTO) ** 2).mean(0)),
    "WARP": lambda x: ratio(M_MOVED, ((x - PATCH) ** 2).mean(0)) + WARP_EDGES * edges(M_MOVED, x, luminance(PATCH)),
    "ERASE": lambda x: ratio(1.0 - M, ((x - PHOTO) ** 2).mean(0)),
    "SMOOTH": lambda x: ratio(M, (laplacian(x) ** 2).mean(0)),
}


def show(name: str, values) -> None:
    flat = np.asarray(values, dtype=np.float64).reshape(-1)
    print(f"pub const {name}: [f64; {len(flat)}] = [{', '.join(f'{value:.9e}' for value in flat)}];")


print("//! Written by `scripts/reference_edit.py`: what NumPy and scikit-image say.")
print()
print("#![cfg_attr(rustfmt, rustfmt_skip)]")
print('#![expect(clippy::unreadable_literal, reason = "printed by a program")]')
print()
show("MASK", M)
show("FEATURES", features(luminance(X)))
# Hard votes, no smoothing but scikit-image's own of the norm; a cell at a time, orientations last.
skimage = hog(luminance(X), BINS, (CELL, CELL), (1, 1), block_norm="L2", feature_vector=False)
show("SKIMAGE", np.moveaxis(skimage.reshape(SIZE // CELL, SIZE // CELL, BINS), 2, 0))
PLACES = list(range(5, 3 * SIZE * SIZE, 37))
print(f"pub const PLACES: [usize; {len(PLACES)}] = {PLACES};")
# Where a dragged point looks: the pixels around it, in all channels.
DRAG_PLACES = [c * SIZE * SIZE + row * SIZE + column for c in range(3) for row in (3, 4, 6) for column in (2, 4, 5)]
print(f"pub const DRAG_PLACES: [usize; {len(DRAG_PLACES)}] = {DRAG_PLACES};")
for name, value in (CONSTRAINTS | {"DRAG": drag}).items():
    show(name, [value(X)])
    gradient = []
    for place in DRAG_PLACES if name == "DRAG" else PLACES:
        step = np.zeros(X.size)
        step[place] = 1e-6
        step = step.reshape(X.shape)
        gradient.append((value(X + step) - value(X - step)) / 2e-6)
    show(f"{name}_GRADIENT", gradient)
