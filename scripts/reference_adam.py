"""Prints what torch.optim.Adam does to three weights in four updates (the numbers in src/train/tests.rs).

    pip install torch && python scripts/reference_adam.py
"""

import torch

weights = torch.tensor([0.5, -1.0, 2.0], requires_grad=True)
adam = torch.optim.Adam([weights], lr=0.01, betas=(0.5, 0.999), eps=1e-8)
for step in range(4):
    adam.zero_grad()
    # A loss whose gradient is known without autodiff: g = w * (step + 1) + 0.1.
    weights.grad = (weights.detach() * (step + 1) + 0.1).clone()
    adam.step()
    print([f"{value:.8f}" for value in weights.detach().tolist()])
