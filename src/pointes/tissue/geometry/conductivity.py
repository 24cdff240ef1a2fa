"""Diffusivity tensors of cardiac muscle from its fibre directions."""

import numpy as np

from pointes.errors import UserError

ALONG, ACROSS = 0.0952984, 0.0125758
"""Diffusivities [mm²/ms] along and across fibres: harmonic means of the intra- and extracellular conductivities of
Niederer et al. 2011 (doi:10.1098/rsta.2011.0139), over 140 /mm and 0.01 µF/mm²."""


def tensors(fibres: np.ndarray, along: float, across: float) -> np.ndarray:
    """Return D = across·I + (along − across)·f fᵀ, (n, 3, 3) [mm²/ms], for unit vectors f along fibres, (n, 3)."""
    f = np.asarray(fibres, float)
    tensors: np.ndarray = across * np.eye(3) + (along - across) * f[:, :, None] * f[:, None, :]
    return tensors


def check(tensor: np.ndarray) -> None:
    """Raise a UserError unless all tensors, (3, 3) or (n, 3, 3) [mm²/ms], are symmetric and positive definite."""
    tensor = np.asarray(tensor, float).reshape(-1, 3, 3)
    if not np.isfinite(tensor).all() or not np.allclose(tensor, tensor.transpose(0, 2, 1), rtol=1e-6, atol=0):
        raise UserError("diffusivity", expected="finite, symmetric tensors [mm²/ms]")
    smallest = np.linalg.eigvalsh(tensor)[:, 0]
    if (smallest <= 0).any():
        raise UserError(
            f"smallest diffusivity in any direction, at {(smallest <= 0).sum()} of {len(smallest)} nodes",
            float(smallest.min()),
            "a positive number [mm²/ms]",
        )
