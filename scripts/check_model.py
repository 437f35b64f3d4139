#!/usr/bin/env python3
"""Opens a Latent Atelier model with `safetensors` alone, as anyone outside the program would.

    scripts/check_model.py MODEL.safetensors…

Checks the manifest, the networks' prefixes and that every weight is finite. Exit 0 when all is well,
1 when not. Where `safetensors` or `numpy` is not installed the check is skipped, and says so.
"""
import json
import sys

try:
    import numpy
    from safetensors import safe_open
except ImportError as missing:
    print(f"SKIPPED: {missing.name} is not installed (pip install safetensors numpy)")
    sys.exit(0)

PREFIXES = ("generator.", "encoder.", "discriminator.")


def problems(path):
    with safe_open(path, "numpy") as model:
        texts = model.metadata() or {}
        if list(texts) != ["latent_atelier"]:
            yield f"its metadata has the keys {sorted(texts)}, not the one key latent_atelier"
            return
        manifest = json.loads(texts["latent_atelier"])
        if manifest["format"] != 1:
            yield f"format {manifest['format']}"
        names = list(model.keys())
        if not any(name.startswith("generator.") for name in names):
            yield "no generator"
        values = 0
        for name in names:
            tensor = model.get_tensor(name)
            values += tensor.size
            if not name.startswith(PREFIXES):
                yield f"{name} belongs to no network"
            if not numpy.isfinite(tensor.astype(numpy.float32)).all():
                yield f"{name} is not finite"
        architecture = manifest["architecture"]
        print(f"{path}: {architecture['family']}, {architecture['image_size']} px, "
              f"latent {architecture['latent']}, {len(names)} tensors, {values} values, step {manifest['step']}")


def main(paths):
    if not paths:
        sys.exit(__doc__)
    found = [f"{path}: {problem}" for path in paths for problem in problems(path)]
    for line in found:
        print(line, file=sys.stderr)
    sys.exit(1 if found else 0)


main(sys.argv[1:])
