"""Trajectories of drugs through the plane of two channel blocks as the concentration rises."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit

from pointes.libraries import xarray

MARKED = (1.0, 10.0)
"""Multiples of Cmax at which a trajectory gets a marker."""

STEPS = 200


class Trajectory(NamedTuple):
    """Blocks [fraction] of two channels by a drug: ``path`` (n, 2) at rising doses, ``marks`` (2, 2) at `MARKED`."""

    drug: str
    category: str
    path: np.ndarray
    marks: np.ndarray


def log_odds(share: ArrayLike) -> np.ndarray:
    """Return log(p / (1 - p)), which is kept finite for 0 and 1."""
    return np.asarray(logit(np.clip(share, 1e-12, 1 - 1e-12)))


def interpolate(block: np.ndarray, multiple: np.ndarray, at: ArrayLike) -> np.ndarray:
    """Interpolate blocks (n,) [fraction] at rising multiples (n,) of Cmax to other multiples (m,).

    Between doses, logit(block) is linear over log(dose), as in a Hill curve. Nothing is extrapolated: the result (m,)
    is nan outside the range of ``multiple``.

    Examples
    --------
    >>> dose = np.array([1.0, 16.0])
    >>> interpolate(dose / (dose + 4), dose, np.array([4.0, 32.0])).round(6)  # half-block at 4 x Cmax
    array([0.5, nan])
    """
    return np.asarray(expit(np.interp(np.log(at), np.log(multiple), log_odds(block), left=np.nan, right=np.nan)))


def summarise(drugs: "xarray.Dataset", x: str, y: str) -> list[Trajectory]:
    """Return the trajectories of drugs in the plane of the parameters ``x`` and ``y``, in the order of the dataset."""
    drugs = drugs.sortby("multiple")
    multiple = drugs["multiple"].values
    along = np.clip(np.geomspace(multiple[0], multiple[-1], STEPS), multiple[0], multiple[-1])  # rounding may overstep
    trajectories = []
    for number, (drug, category) in enumerate(zip(drugs["drug"].values, drugs["category"].values, strict=True)):
        blocks = [drugs[name].transpose("drug", "multiple").values[number] for name in (x, y)]
        path = np.column_stack([interpolate(block, multiple, along) for block in blocks])
        marks = np.column_stack([interpolate(block, multiple, MARKED) for block in blocks])
        trajectories.append(Trajectory(str(drug), str(category), path, marks))
    return trajectories
