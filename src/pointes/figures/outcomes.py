"""The unbiased stream: points that were predicted before they were simulated, and what the simulations then said."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import xarray as xr


class Outcomes(NamedTuple):
    """Predicted risks (n,) and the labels (n,) that came out, 1 for arrhythmic."""

    risk: np.ndarray
    label: np.ndarray


def purposes(simulations: "xr.Dataset") -> np.ndarray:
    """Return why each sample was simulated, as the words of the flag's meanings."""
    return np.array(simulations["purpose"].attrs["flag_meanings"].split())[simulations["purpose"].values.astype(int)]


def stream(simulations: "xr.Dataset") -> Outcomes:
    """Return the stream's outcomes; failed simulations have none."""
    kept = (purposes(simulations) == "stream") & (simulations["status"].values == 0)
    return Outcomes(simulations["predicted_risk"].values[kept], simulations["label"].values[kept].astype(int))


def clopper_pearson(hits: int, total: int, level: float = 0.95) -> tuple[float, float]:
    """Return the exact confidence interval of a share of which ``hits`` of ``total`` were seen.

    References
    ----------
    .. [1] Clopper and Pearson, Biometrika 26, 404 (1934). doi:10.1093/biomet/26.4.404

    Examples
    --------
    >>> [round(bound, 3) for bound in clopper_pearson(20, 20)]  # 0.025 ** (1 / 20)
    [0.832, 1.0]
    """
    from scipy.special import betaincinv

    tail = (1 - level) / 2
    low = float(betaincinv(hits, total - hits + 1, tail)) if hits else 0.0
    high = float(betaincinv(hits + 1, total - hits, 1 - tail)) if hits < total else 1.0
    return low, high
