#!/usr/bin/env python3
"""Time the same DCGAN training step in PyTorch that `latent-atelier bench` times, and, with --layers, its convolutions;
with --inversion, the loop that brings a picture back to z instead.

One JSON line per figure on stdout: name, value (the best repetition), unit, processor time over all threads, and the
setting. Needs only `torch`. With --beside, the program's own benchmark runs in turns with PyTorch and the
answer is one table, or with --inversion one line per figure with `peer` and `ratio`; `scripts/bench-torch` sees to all.

The step is the program's own: D on real and on detached fakes, one Adam update; then G through D with D's weights frozen,
reusing the fakes of the D step, one Adam update. Batch norm in both networks except the first layer of D; Adam with
lr 2e-4, betas (0.5, 0.999), eps 1e-8; kernels 4x4, non-saturating loss.

The inversion is the built-in model's, its batch norm's running statistics folded into the weights in both programs: mean
squared difference of the pixels per start, Adam on z with lr 0.1, betas (0.9, 0.999), eps 1e-8. Every start is one row of
a batch. Each program tells the least loss of any start in the first 20 steps; where the two differ by more than 1e-4 of
it, the loops are not the same and nothing is reported.
"""

import argparse
import json
import math
import os
import platform
import resource
import statistics
import struct
import subprocess
import sys
import time
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F


def generator(size: int, width: int, latent: int) -> nn.Sequential:
    doublings = size.bit_length() - 4
    channels = width * 2**doublings
    layers = [nn.ConvTranspose2d(latent, channels, 4, 1, 0, bias=False), nn.BatchNorm2d(channels), nn.ReLU()]
    for _ in range(doublings):
        layers += [
            nn.ConvTranspose2d(channels, channels // 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(channels // 2),
            nn.ReLU(),
        ]
        channels //= 2
    layers += [nn.ConvTranspose2d(channels, 3, 4, 2, 1), nn.Tanh()]
    return nn.Sequential(*layers)


def discriminator(size: int, width: int) -> nn.Sequential:
    doublings = size.bit_length() - 4
    layers = [nn.Conv2d(3, width, 4, 2, 1), nn.LeakyReLU(0.2)]
    channels = width
    for _ in range(doublings):
        layers += [
            nn.Conv2d(channels, channels * 2, 4, 2, 1, bias=False),
            nn.BatchNorm2d(channels * 2),
            nn.LeakyReLU(0.2),
        ]
        channels *= 2
    layers += [nn.Conv2d(channels, 1, 4, 1, 0)]
    return nn.Sequential(*layers)


class Step:
    """One DCGAN training step on fixed random data."""

    def __init__(self, size: int, width: int, batch: int, channels_last: bool, latent: int = 100):
        torch.manual_seed(0)
        self.format = torch.channels_last if channels_last else torch.contiguous_format
        self.generator = generator(size, width, latent).to(memory_format=self.format)
        self.discriminator = discriminator(size, width).to(memory_format=self.format)
        settings = dict(lr=2e-4, betas=(0.5, 0.999), eps=1e-8)
        self.g_optimizer = torch.optim.Adam(self.generator.parameters(), **settings)
        self.d_optimizer = torch.optim.Adam(self.discriminator.parameters(), **settings)
        self.real = torch.rand(batch, 3, size, size).mul_(2).sub_(1).to(memory_format=self.format)
        self.z = torch.randn(batch, latent, 1, 1)

    def __call__(self) -> None:
        fake = self.generator(self.z)
        self.d_optimizer.zero_grad(set_to_none=True)
        d_loss = F.softplus(-self.discriminator(self.real)).mean()
        d_loss = d_loss + F.softplus(self.discriminator(fake.detach())).mean()
        d_loss.backward()
        self.d_optimizer.step()

        self.g_optimizer.zero_grad(set_to_none=True)
        self.discriminator.requires_grad_(False)
        F.softplus(-self.discriminator(fake)).mean().backward()
        self.g_optimizer.step()
        self.discriminator.requires_grad_(True)


def timed(run, repeats: int) -> tuple[list[float], list[float]]:
    """Wall-clock and processor seconds of each repetition, after two warm-up runs."""
    run()
    run()
    wall, cpu = [], []
    for _ in range(repeats):
        start, cpu_start = time.perf_counter(), time.process_time()
        run()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - cpu_start)
    return wall, cpu


def report(name: str, value: float, unit: str, **setting) -> None:
    print(json.dumps({"name": name, "value": value, "unit": unit, "threads": torch.get_num_threads(), **setting}), flush=True)


def bench_steps(args) -> None:
    for size, width, batch in settings(args):
        for channels_last in (False, True):
            wall, cpu = timed(Step(size, width, batch, channels_last), args.repeats)
            report(
                "dcgan_step",
                min(wall) * 1e3,
                "ms",
                median=statistics.median(wall) * 1e3,
                cpu=min(cpu) * 1e3,
                size=size,
                width=width,
                batch=batch,
                channels_last=channels_last,
            )


def bench_layers(args) -> None:
    """Forward, and forward + gradients in input and weights, of the discriminator's and the generator's layers."""
    for batch in args.batches:
        for width in args.widths:
            large = [(3, width, 64), (width, 2 * width, 32), (2 * width, 4 * width, 16), (4 * width, 8 * width, 8)]
            for transposed in (False, True):
                for narrow, wide, side in large:
                    for channels_last in (False, True):
                        bench_layer(args, batch, narrow, wide, side, transposed, channels_last)


def bench_layer(args, batch, narrow, wide, side, transposed, channels_last) -> None:
    torch.manual_seed(0)
    memory_format = torch.channels_last if channels_last else torch.contiguous_format
    if transposed:
        x = torch.randn(batch, wide, side // 2, side // 2)
        layer = nn.ConvTranspose2d(wide, narrow, 4, 2, 1, bias=False)
    else:
        x = torch.randn(batch, narrow, side, side)
        layer = nn.Conv2d(narrow, wide, 4, 2, 1, bias=False)
    layer = layer.to(memory_format=memory_format)
    x = x.to(memory_format=memory_format).requires_grad_()
    with torch.no_grad():
        grad = torch.randn_like(layer(x))

    def forward():
        with torch.no_grad():
            layer(x)

    def forward_backward():
        x.grad = None
        layer.weight.grad = None
        layer(x).backward(grad)

    flops = 2 * batch * narrow * wide * 16 * (side // 2) ** 2
    for name, run, passes in (("forward", forward, 1), ("forward_backward", forward_backward, 3)):
        wall, cpu = timed(run, args.repeats)
        report(
            name,
            passes * flops / min(wall) / 1e9,
            "GFLOPS",
            per_cpu_second=passes * flops / min(cpu) / 1e9,
            layer=f"{'conv_transpose' if transposed else 'conv'} {narrow}-{wide}@{side}",
            batch=batch,
            channels_last=channels_last,
        )


def settings(args):
    return ((size, width, batch) for size in args.sizes for width in args.widths for batch in args.batches)


def ours(program: str, size: int, width: int, batch: int) -> dict:
    """The program's own benchmark for one setting: the best of its repetitions, in milliseconds."""
    options = ["--size", size, "--width", width, "--batch", batch, "--repeats", 2]
    done = subprocess.run([program, *map(str, options)], check=True, capture_output=True, text=True)
    line = json.loads(done.stdout)
    return {"ours": (line["value"], line["cpu"]), "burn": (line["peer"], line["peer_cpu"])}


def theirs(size: int, width: int, batch: int) -> dict:
    """PyTorch's best for one setting, in milliseconds of wall clock and of processor time."""
    best = {}
    for name, channels_last in (("torch", False), ("channels-last", True)):
        wall, cpu = timed(Step(size, width, batch, channels_last), 3)
        best[name] = (min(wall) * 1e3, min(cpu) * 1e3)
    return best


def compare(args) -> None:
    """Rounds of ours and PyTorch's in turns, so that whatever else the machine does meets both; the best of all."""
    names = ("burn", "ours", "torch", "channels-last")
    print("| px | width | batch | time | " + " | ".join(names) + " | torch / ours | channels-last / ours |")
    print("| --- " * 10 + "|")
    for size, width, batch in settings(args):
        best = {name: (float("inf"), float("inf")) for name in names}
        for _ in range(args.rounds):
            found = ours(args.beside, size, width, batch) | theirs(size, width, batch)
            best = {name: tuple(map(min, best[name], found[name])) for name in names}
        for index, kind in enumerate(("wall", "processor")):
            row = [best[name][index] for name in names]
            cells = " | ".join(f"{value:.0f} ms" for value in row)
            ratios = " | ".join(f"{value / row[1]:.2f}" for value in row[2:])
            print(f"| {size} | {width} | {batch} | {kind} | {cells} | {ratios} |", flush=True)
    print(f"\n{platform.machine()}, {torch.get_num_threads()} threads, PyTorch {torch.__version__}, best of {args.rounds} rounds")


BUILT_IN = Path(__file__).resolve().parent.parent / "checkpoints" / "portraits-64.safetensors"
# Steps before the loss is told and the clock started; as in `benches/inversion.rs`.
TOLD = 20
# Of the loss, between two programs that do the same in another order.
TOLERANCE = 1e-4


def tensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of a model file: 8 bytes of length, a JSON header of that length, then the values."""
    data = path.read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)
    types = {"F32": torch.float32, "F16": torch.float16}
    found = {}
    for name, entry in header.items():
        begin, end = (start + place for place in entry["data_offsets"])
        values = torch.frombuffer(bytearray(data[begin:end]), dtype=types[entry["dtype"]])
        found[name] = values.float().reshape(entry["shape"])
    return found


def folded_generator(weights: dict[str, torch.Tensor]) -> nn.Sequential:
    """The model's generator with its batch norm's running statistics folded into weights and biases."""
    ups = sum(name.startswith("generator.up.") and name.endswith(".norm.weight") for name in weights)
    layers = []
    for place, name in enumerate(["project", *(f"up.{level}" for level in range(ups)), "to_image"]):
        layer = {key: weights[f"generator.{name}.{key}"] for key in ("weight", "bias") if f"generator.{name}.{key}" in weights}
        weight, bias = layer["weight"], layer.get("bias")
        if name != "to_image":
            gamma, beta, mean, variance = (
                weights[f"generator.{name}.norm.{key}"] for key in ("weight", "bias", "running_mean", "running_var")
            )
            scale = gamma / (variance + 1e-5).sqrt()
            weight = weight * scale.reshape(1, -1, 1, 1)
            bias = beta - mean * scale + (0.0 if bias is None else bias * scale)
        geometry = (4, 1, 0) if place == 0 else (4, 2, 1)
        convolution = nn.ConvTranspose2d(*weight.shape[:2], *geometry)
        with torch.no_grad():
            convolution.weight.copy_(weight)
            convolution.bias.copy_(bias)
        layers += [convolution, nn.Tanh() if name == "to_image" else nn.ReLU(inplace=True)]
    return nn.Sequential(*layers).requires_grad_(False).eval()


def latents(count: int, dims: int) -> torch.Tensor:
    """The latents of `benches/inversion.rs`."""
    values = [math.sin(0.37 * (k * k) + k) * math.sqrt(2.0) for k in range(count * dims)]
    return torch.tensor(values, dtype=torch.float64).float().reshape(count, dims, 1, 1)


class Inversion:
    """One picture of the model's own, brought back to z from several starts at once."""

    def __init__(self, starts: int, channels_last: bool):
        memory_format = torch.channels_last if channels_last else torch.contiguous_format
        self.generator = folded_generator(tensors(BUILT_IN)).to(memory_format=memory_format)
        dims = self.generator[0].in_channels
        # The last row is the picture's own latent, which no start has.
        every = latents(starts + 1, dims)
        with torch.no_grad():
            self.picture = self.generator(every[starts:])
        self.z = every[:starts].clone().to(memory_format=memory_format).requires_grad_()
        self.optimizer = torch.optim.Adam([self.z], lr=0.1, betas=(0.9, 0.999), eps=1e-8)
        self.least = math.inf

    def __call__(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        losses = (self.generator(self.z) - self.picture).square().mean((1, 2, 3))
        losses.sum().backward()
        self.optimizer.step()
        self.least = min(self.least, losses.min().item())


def bench_inversion(args) -> None:
    for starts in args.starts:
        for channels_last in args.layouts:
            run = Inversion(starts, channels_last)
            for _ in range(TOLD):
                run()
            loss = run.least
            wall, cpu = [], time.process_time()
            for _ in range(args.repeats):
                start = time.perf_counter()
                run()
                wall.append(time.perf_counter() - start)
            report(
                f"inversion_{starts}",
                1.0 / statistics.median(wall),
                "steps/s",
                cpu=(time.process_time() - cpu) / args.repeats * 1e3,
                loss=loss,
                memory=peak_memory_mib(),
                channels_last=channels_last,
            )


def peak_memory_mib() -> float:
    """The most memory that this process has held, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def compare_inversion(args) -> None:
    """Rounds of ours and both of PyTorch's memory formats in turns, each in a process of its own with the same number of
    threads; the best of all. Nobody else's memory is in a process's peak, and what the machine does meets all three."""
    threads = str(args.threads or os.cpu_count())
    environment = os.environ | {"RAYON_NUM_THREADS": threads}
    for starts in args.starts:
        repeats = ["--repeats", str(args.repeats)]
        here = [sys.executable, __file__, "--inversion", "--starts", str(starts), "--threads", threads, *repeats]
        commands = {
            "ours": [args.beside, "--starts", str(starts), *repeats],
            "torch": [*here, "--layouts", "plain"],
            "channels_last": [*here, "--layouts", "channels-last"],
        }
        best = {}
        for _ in range(args.rounds):
            for name, command in commands.items():
                done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
                line = json.loads(done.stdout)
                kept = best.setdefault(name, line)
                kept["value"] = max(kept["value"], line["value"])
                kept["cpu"] = min(kept["cpu"], line["cpu"])
                kept["memory"] = max(kept["memory"], line["memory"])
        tell_inversion(starts, best, f"{platform.machine()}, {threads} threads, PyTorch {torch.__version__}")


def tell_inversion(starts: int, best: dict, device: str) -> None:
    """Steps a second, processor time and memory beside each of PyTorch's, as `latent-atelier bench` tells figures."""
    ours = best["ours"]
    for peer in ("torch", "channels_last"):
        theirs = best[peer]
        if abs(theirs["loss"] - ours["loss"]) > TOLERANCE * ours["loss"]:
            sys.exit(f"inversion_{starts}: after {TOLD} steps {ours['loss']} here, {theirs['loss']} in PyTorch: not the same loop")
        # Above 1 is better for the program: more steps, or less time and memory.
        figures = (("value", "", "steps/s", ours["value"] / theirs["value"]),) + tuple(
            (key, suffix, unit, theirs[key] / ours[key]) for key, suffix, unit in (("cpu", "_processor", "ms"), ("memory", "_memory", "MiB"))
        )
        for key, suffix, unit, ratio in figures:
            line = {"name": f"inversion_{starts}{suffix}", "value": ours[key], "unit": unit, "device": device}
            line |= {"peer": theirs[key], "ratio": ratio, "peer_name": peer, "loss": ours["loss"], "peer_loss": theirs["loss"]}
            print(json.dumps(line), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64], help="image sides, pixels")
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 64], help="channels of D's first layer")
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--repeats", type=int, help="5, or 100 steps of inversion")
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    parser.add_argument("--beside", metavar="PROGRAM", help="the built benchmark `step`, or `inversion`, to run in turns with PyTorch")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each, with --beside")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--layers", action="store_true", help="time single convolutions instead of steps")
    kinds.add_argument("--inversion", action="store_true", help="time the inversion loop instead of steps")
    parser.add_argument("--starts", type=int, nargs="+", default=[1, 16, 64], help="latents at once, with --inversion")
    parser.add_argument("--layouts", nargs="+", choices=("plain", "channels-last"), default=["plain", "channels-last"], help="with --inversion")
    args = parser.parse_args()
    args.layouts = [layout == "channels-last" for layout in args.layouts]
    args.repeats = args.repeats or (100 if args.inversion else 5)
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.inversion:
        return (compare_inversion if args.beside else bench_inversion)(args)
    if args.beside:
        return compare(args)
    (bench_layers if args.layers else bench_steps)(args)


if __name__ == "__main__":
    main()
