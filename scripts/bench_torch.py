#!/usr/bin/env python3
"""Time the same DCGAN training step in PyTorch that `latent-atelier bench` times, and, with --layers, its convolutions.

One JSON line per figure on stdout: name, value (the best repetition), unit, processor time over all threads, and the
setting. Needs only `torch`. With --beside, the program's own benchmark runs in turns with PyTorch and the
answer is one table; `scripts/bench-torch` sees to both.

The step is the program's own: D on real and on detached fakes, one Adam update; then G through D with D's weights frozen,
reusing the fakes of the D step, one Adam update. Batch norm in both networks except the first layer of D; Adam with
lr 2e-4, betas (0.5, 0.999), eps 1e-8; kernels 4x4, non-saturating loss.
"""

import argparse
import json
import platform
import statistics
import subprocess
import time

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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 64], help="image sides, pixels")
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 64], help="channels of D's first layer")
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 64])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=0, help="0: PyTorch's own choice")
    parser.add_argument("--beside", metavar="PROGRAM", help="the built benchmark `step`, to run in turns with PyTorch")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each, with --beside")
    parser.add_argument("--layers", action="store_true", help="time single convolutions instead of steps")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    if args.beside:
        return compare(args)
    (bench_layers if args.layers else bench_steps)(args)


if __name__ == "__main__":
    main()
