"""Risk of a drug along its dose, and the multiple of Cmax from which on arrhythmia is more likely than not."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from pointes.drugs.dose_response import block_along_doses, hill_block
from pointes.drugs.table import DrugTable
from pointes.drugs.uncertainty import draw_hill

Risk = Callable[[np.ndarray], np.ndarray]
"""(n, n_channels) blocks -> (n,) probability of arrhythmia, NaN where it is not known."""

SMALLEST, LARGEST = 0.001, 1000.0
"""Doses between which a critical multiple is searched by default [multiples of Cmax]."""

_PER_DECADE = 20  # with Hill coefficients below 2, block changes by less than 0.06 from one grid dose to the next
_HALVINGS = 12


class CriticalStatus(IntEnum):
    """Knowledge about a critical multiple of Cmax."""

    REACHED = 0  # the risk is above one half from that dose on
    NOT_REACHED = 1  # the risk is one half or less at all doses that were searched
    BELOW_SMALLEST_DOSE = 2  # the risk is above one half at the smallest dose that was searched
    BEYOND_MAP = 3  # the risk is one half or less up to a dose whose blocks lie outside the explored ranges
    NOTHING_LEARNED = 4  # the risk is known at no dose
    UNCERTAINTY_UNKNOWN = 5  # the table gives no uncertainty of the drug's IC50 values; for bounds only


class Critical(NamedTuple):
    """Doses, (n,), up to which the risk is known to be one half or less, and the `CriticalStatus` of each, (n,).

    A dose is 0 if the risk is larger at the smallest dose, infinite if it is one half or less at the largest, and NaN
    where the uncertainty is unknown. The critical multiple of Cmax is known where the status is ``REACHED``.
    """

    multiple: np.ndarray
    status: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """The critical multiples where they are known, NaN elsewhere."""
        return np.where(self.status == CriticalStatus.REACHED, self.multiple, np.nan)


@dataclass(frozen=True, eq=False)
class DrugRisks:
    """Risks of the drugs of a table along their doses, and their critical multiples of Cmax.

    The bounds are unknown for a drug without any posterior quantiles or limits: its uncertainty is unknown, not zero.
    Draws whose blocks lie outside the map widen both intervals: their risk may be anything from 0 to 1, and their
    critical multiple counts from the dose at which they leave the map. A quantile that falls on one is not known.
    """

    multiples: np.ndarray  # doses [multiples of Cmax], (n_doses,)
    block: np.ndarray  # block at the point estimate [-], (n_drugs, n_doses, n_channels)
    risk: np.ndarray  # probability of arrhythmia there, (n_drugs, n_doses); NaN where it is not known
    risk_q025: np.ndarray  # 2.5 % quantile of that probability over the draws
    risk_q975: np.ndarray  # 97.5 % quantile of that probability over the draws
    best_fit: Critical  # critical multiples of the best fits, for n_drugs
    q025: Critical  # quantiles of the critical multiples over the draws, for n_drugs
    median: Critical
    q975: Critical
    smallest: float  # range of the search for critical multiples [multiples of Cmax]
    largest: float


def assess_drugs(
    table: DrugTable,
    risk: Risk,
    multiples: np.ndarray,
    *,
    n_draws: int = 200,
    seed: int = 1,
    smallest: float = SMALLEST,
    largest: float = LARGEST,
    unknown: CriticalStatus = CriticalStatus.BEYOND_MAP,
) -> DrugRisks:
    """Place every drug of a table on the map of a risk function, with the uncertainty of its Hill parameters.

    Parameters
    ----------
    table
        Table with exactly the channels that ``risk`` takes, in its order (``table.select``).
    risk
        Probability of arrhythmia for blocks (n, n_channels).
    multiples : (n_doses,) array
        Doses at which block and risk are reported [multiples of Cmax].
    n_draws, seed
        Number of draws and seed, for :func:`draw_hill`.
    smallest, largest
        Doses between which critical multiples are searched [multiples of Cmax].
    unknown
        Status of a search that ends at a risk of NaN.
    """
    multiples = np.asarray(multiples, dtype=float)
    draws = draw_hill(table, n_draws, seed)
    block = block_along_doses(table.cmax_nM, *table.point_estimate(), multiples)
    at_estimate = _risk_of(risk, block)
    over_draws = _risk_of(risk, block_along_doses(table.cmax_nM[:, None], draws.ic50_nM, draws.hill, multiples))
    ic50_nM = np.concatenate([table.ic50_nM[:, None], draws.ic50_nM], axis=1)  # (n_drugs, 1 + n_draws, n_channels)
    hill = np.concatenate([table.hill[:, None], draws.hill], axis=1)
    variants = (
        np.repeat(table.cmax_nM, 1 + n_draws),
        *(values.reshape(-1, values.shape[-1]) for values in (ic50_nM, hill)),
    )
    critical = critical_multiple(risk, *variants, smallest=smallest, largest=largest, unknown=unknown)
    multiple, status = (values.reshape(len(table.names), -1) for values in critical)  # (n_drugs, 1 + n_draws)
    of_draws = Critical(multiple[:, 1:], status[:, 1:])
    uncertain = np.isfinite(table.ic50_posterior_nM).any(axis=(1, 2))
    bounded = uncertain[:, None] & ~np.isnan(at_estimate)
    q025, median, q975 = (_critical_quantile(of_draws, p) for p in (0.025, 0.5, 0.975))
    return DrugRisks(
        multiples=multiples,
        block=block,
        risk=at_estimate,
        risk_q025=np.where(bounded, _quantile(np.nan_to_num(over_draws, nan=0.0), 0.025), np.nan),
        risk_q975=np.where(bounded, _quantile(np.nan_to_num(over_draws, nan=1.0), 0.975), np.nan),
        best_fit=Critical(multiple[:, 0], status[:, 0]),
        q025=_where_uncertain(uncertain, q025),
        median=median,
        q975=_where_uncertain(uncertain, q975),
        smallest=smallest,
        largest=largest,
    )


def critical_multiple(
    risk: Risk,
    cmax_nM: np.ndarray | float,
    ic50_nM: np.ndarray,
    hill: np.ndarray,
    *,
    smallest: float = SMALLEST,
    largest: float = LARGEST,
    unknown: CriticalStatus = CriticalStatus.BEYOND_MAP,
) -> Critical:
    """Return the smallest dose at which the risk is above one half, larger meaning safer [multiples of Cmax].

    Risk is followed upward along a logarithmic grid of doses and the first crossing refined by bisection, to 0.002 %.
    With block of several channels it may fall again at higher doses; only the first crossing counts. The search ends
    where the risk is not known.

    Parameters
    ----------
    risk
        Probability of arrhythmia for blocks (n, n_channels).
    cmax_nM : (n,) array or float
        Free peak plasma concentration of each drug [nM].
    ic50_nM, hill : (n, n_channels) array
        Hill parameters of n drugs, or variants of them, [nM], [-]; a NaN IC50 means no block.
    smallest, largest
        Range of doses [multiples of Cmax].
    unknown
        Status of a search that ends at a risk of NaN.

    Returns
    -------
    Critical
        Critical multiples of the n drugs.
    """
    cmax_nM = np.broadcast_to(cmax_nM, len(ic50_nM))

    def judged(log_multiples: np.ndarray, drugs: np.ndarray) -> np.ndarray:
        concentration = cmax_nM[drugs] * np.exp(log_multiples)
        risks = risk(hill_block(concentration[:, None], ic50_nM[drugs], hill[drugs]))
        return np.select([np.isnan(risks), risks > 0.5], [unknown, CriticalStatus.REACHED], CriticalStatus.NOT_REACHED)

    n_grid = int(np.ceil(np.log10(largest / smallest) * _PER_DECADE)) + 1
    grid = np.linspace(np.log(smallest), np.log(largest), n_grid)
    status = np.full(len(ic50_nM), CriticalStatus.NOT_REACHED)
    last = np.full(len(ic50_nM), n_grid)  # position of the dose that ends the search, beyond the grid if none does
    searched = np.arange(len(ic50_nM))
    for position, dose in enumerate(grid):
        status[searched] = judged(np.full(len(searched), dose), searched)
        ended = status[searched] != CriticalStatus.NOT_REACHED
        last[searched[ended]] = position
        searched = searched[~ended]
        if not searched.size:
            break
    multiple = np.where(last == 0, 0.0, np.inf)
    status[(last == 0) & (status == CriticalStatus.REACHED)] = CriticalStatus.BELOW_SMALLEST_DOSE

    crossing = np.flatnonzero((last > 0) & (last < n_grid))
    if not crossing.size:
        return Critical(multiple, status)
    low, high = grid[last[crossing] - 1], grid[last[crossing]]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        there = judged(middle, crossing)
        beyond = there != CriticalStatus.NOT_REACHED
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
        status[crossing] = np.where(beyond, there, status[crossing])
    multiple[crossing] = np.exp((low + high) / 2)
    return Critical(multiple, status)


def _risk_of(risk: Risk, blocks: np.ndarray) -> np.ndarray:
    """Apply a risk function of points (n, n_channels) to blocks (..., n_channels)."""
    return risk(blocks.reshape(-1, blocks.shape[-1])).reshape(blocks.shape[:-1])


def _quantile(values: np.ndarray, p: float) -> np.ndarray:
    """Return a quantile over axis 1 that is one of the values."""
    return np.asarray(np.quantile(values, p, axis=1, method="inverted_cdf"))


def _critical_quantile(over_draws: Critical, p: float) -> Critical:
    """Return a quantile over axis 1 that is one of the draws: infinity cannot be interpolated."""
    order = np.argsort(over_draws.multiple, axis=1, kind="stable")
    n_draws = order.shape[1]
    chosen = order[:, [int(np.quantile(np.arange(n_draws), p, method="inverted_cdf"))]]
    return Critical(*(np.take_along_axis(values, chosen, axis=1)[:, 0] for values in over_draws))


def _where_uncertain(uncertain: np.ndarray, bound: Critical) -> Critical:
    """Return a bound that is unknown for drugs of unknown uncertainty, unless nothing was learned at all."""
    known = uncertain | (bound.status == CriticalStatus.NOTHING_LEARNED)
    return Critical(
        np.where(known, bound.multiple, np.nan), np.where(known, bound.status, CriticalStatus.UNCERTAINTY_UNKNOWN)
    )
