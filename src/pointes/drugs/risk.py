"""The risk of a drug along its dose, and the multiple of Cmax at which it becomes more likely than not."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pointes.drugs.dose_response import block_along_doses, hill_block
from pointes.drugs.table import DrugTable
from pointes.drugs.uncertainty import draw_hill

Risk = Callable[[np.ndarray], np.ndarray]  # (n, n_channels) blocks -> (n,) probability of arrhythmia

_PER_DECADE = 20  # with Hill coefficients below 2, block changes by less than 0.06 from one grid dose to the next
_HALVINGS = 12


@dataclass(frozen=True, eq=False)
class DrugRisks:
    """What a risk function says about the drugs of a table.

    Attributes
    ----------
    multiples : (n_doses,) doses [multiples of Cmax]
    block : (n_drugs, n_doses, n_channels) block at the point estimate [-]
    risk : (n_drugs, n_doses) probability of arrhythmia there
    risk_q025, risk_q975 : (n_drugs, n_doses) 95 % interval of that probability over the draws
    critical_best_fit : (n_drugs,) critical multiple of Cmax of the best fit
    critical_q025, critical_median, critical_q975 : (n_drugs,) critical multiple of Cmax over the draws
    share_never : (n_drugs,) share of draws without a crossing up to the largest dose (critical multiple infinite)
    share_always : (n_drugs,) share of draws above one half at the smallest dose already (critical multiple 0)

    The bounds are NaN for a drug without any posterior quantiles: its uncertainty is unknown, not zero.
    """

    multiples: np.ndarray
    block: np.ndarray
    risk: np.ndarray
    risk_q025: np.ndarray
    risk_q975: np.ndarray
    critical_best_fit: np.ndarray
    critical_q025: np.ndarray
    critical_median: np.ndarray
    critical_q975: np.ndarray
    share_never: np.ndarray
    share_always: np.ndarray


def assess_drugs(
    table: DrugTable,
    risk: Risk,
    multiples: np.ndarray,
    *,
    n_draws: int = 200,
    seed: int = 1,
    smallest: float = 0.001,
    largest: float = 1000.0,
) -> DrugRisks:
    """Place every drug of a table on the map of a risk function, with the uncertainty of its Hill parameters.

    Parameters
    ----------
    table
        With exactly the channels that ``risk`` takes, in its order (``table.select``).
    risk
        Probability of arrhythmia for blocks (n, n_channels).
    multiples : (n_doses,) array
        Doses at which block and risk are reported [multiples of Cmax].
    n_draws, seed
        As for :func:`draw_hill`.
    smallest, largest
        Range of the search for the critical multiple, as for :func:`critical_multiple`.
    """
    multiples = np.asarray(multiples, dtype=float)
    draws = draw_hill(table, n_draws, seed)
    block = block_along_doses(table.cmax_nM, *table.point_estimate(), multiples)
    over_draws = _risk_of(risk, block_along_doses(table.cmax_nM[:, None], draws.ic50_nM, draws.hill, multiples))
    ic50_nM = np.concatenate([table.ic50_nM[:, None], draws.ic50_nM], axis=1)  # (n_drugs, 1 + n_draws, n_channels)
    hill = np.concatenate([table.hill[:, None], draws.hill], axis=1)
    critical = np.array(
        [
            critical_multiple(risk, *drug, smallest=smallest, largest=largest)
            for drug in zip(table.cmax_nM, ic50_nM, hill, strict=True)
        ]
    )
    risk_q025, _, risk_q975 = _quantiles(over_draws)
    critical_q025, critical_median, critical_q975 = _quantiles(critical[:, 1:])
    uncertain = np.isfinite(table.ic50_posterior_nM).any(axis=(1, 2))
    return DrugRisks(
        multiples=multiples,
        block=block,
        risk=_risk_of(risk, block),
        risk_q025=np.where(uncertain[:, None], risk_q025, np.nan),
        risk_q975=np.where(uncertain[:, None], risk_q975, np.nan),
        critical_best_fit=critical[:, 0],
        critical_q025=np.where(uncertain, critical_q025, np.nan),
        critical_median=critical_median,
        critical_q975=np.where(uncertain, critical_q975, np.nan),
        share_never=np.isinf(critical[:, 1:]).mean(axis=1),
        share_always=(critical[:, 1:] == 0).mean(axis=1),
    )


def critical_multiple(
    risk: Risk,
    cmax_nM: float,
    ic50_nM: np.ndarray,
    hill: np.ndarray,
    *,
    smallest: float = 0.001,
    largest: float = 1000.0,
) -> np.ndarray:
    """Return the smallest dose at which the risk reaches one half, larger meaning safer [multiples of Cmax].

    Risk is followed along a logarithmic grid of doses and the first crossing refined by bisection, to 0.002 %. With
    block of several channels it may fall again at higher doses; only the first crossing counts.

    Parameters
    ----------
    risk
        Probability of arrhythmia for blocks (n, n_channels).
    cmax_nM
        Free peak plasma concentration of the drug [nM].
    ic50_nM, hill : (n, n_channels) array
        n variants of the drug's Hill parameters [nM], [-]; a NaN IC50 means no block.
    smallest, largest
        Range of doses [multiples of Cmax].

    Returns
    -------
    (n,) array
        0 where the risk is above one half at the smallest dose already, infinity where it nowhere is.
    """

    def above(log_multiples: np.ndarray, variants: np.ndarray) -> np.ndarray:
        concentration = cmax_nM * np.exp(log_multiples)[..., None]
        blocks = hill_block(concentration, ic50_nM[variants, None], hill[variants, None])
        return _risk_of(risk, blocks) >= 0.5

    n_grid = int(np.ceil(np.log10(largest / smallest) * _PER_DECADE)) + 1
    grid = np.linspace(np.log(smallest), np.log(largest), n_grid)
    reached = above(grid[None, :], np.arange(len(ic50_nM)))
    critical = np.where(reached[:, 0], 0.0, np.inf)

    crossing = np.flatnonzero(reached.any(axis=1) & ~reached[:, 0])
    if not crossing.size:
        return critical
    first = reached[crossing].argmax(axis=1)
    low, high = grid[first - 1], grid[first]
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        beyond = above(middle[:, None], crossing)[:, 0]
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    critical[crossing] = np.exp((low + high) / 2)
    return critical


def _risk_of(risk: Risk, blocks: np.ndarray) -> np.ndarray:
    """Apply a risk function of points (n, n_channels) to blocks (..., n_channels)."""
    return risk(blocks.reshape(-1, blocks.shape[-1])).reshape(blocks.shape[:-1])


def _quantiles(values: np.ndarray) -> np.ndarray:
    """Return the 2.5, 50 and 97.5 % quantiles over axis 1, each one of the values: infinity cannot be interpolated."""
    return np.quantile(values, [0.025, 0.5, 0.975], axis=1, method="inverted_cdf")
