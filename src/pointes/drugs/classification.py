"""Separation of the risk categories of drugs by a score, and two simple scores for comparison.

A score is larger for a riskier drug. Its AUC is the probability that it ranks a drug of the riskier group above one of
the other, ties counting one half [1]_. With a few dozen drugs that is a coarse number: read the interval with it.

References
----------
.. [1] Bamber, J. Math. Psychol. 12, 387 (1975). doi:10.1016/0022-2496(75)90001-2
.. [2] Redfern et al., Cardiovasc. Res. 58, 32 (2003). doi:10.1016/S0008-6363(02)00846-5
.. [3] Mistry, PeerJ 6, e4352 (2018). doi:10.7717/peerj.4352
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pointes.drugs.dose_response import block_along_doses
from pointes.drugs.risk import Critical, CriticalStatus
from pointes.drugs.table import DrugTable
from pointes.drugs.uncertainty import draw_hill

SCORED = ("IKr", "ICaL", "INaL")
"""Channels whose block the simple scores need."""


@dataclass(frozen=True)
class Auc:
    """An AUC with 95 % bootstrap bounds; all None when one of the two groups is empty.

    The bounds are too narrow near 0 and 1: where every pair is ranked right, so is every resample.
    """

    value: float | None
    q025: float | None
    q975: float | None


@dataclass(frozen=True)
class Separation:
    """How a score separates the labelled drugs that have one: high risk from the rest, and the rest from low risk."""

    n_drugs: int
    high_vs_rest: Auc
    low_vs_rest: Auc


def separation(score: np.ndarray, risk: Sequence[str], *, n_resamples: int = 2000, seed: int = 1) -> Separation:
    """Return the AUCs of a score for drugs of known risk category; drugs without a label or a score are left out.

    Parameters
    ----------
    score : (n_drugs,) array
        Score of each drug; larger is riskier. Infinite values are ranked like others, equal values are ties, and a drug
        with NaN has no score.
    risk
        Category of each drug: ``"high"``, ``"intermediate"``, ``"low"`` or ``""``.
    n_resamples, seed
        Number of resamples and seed of the bootstrap.
    """
    category = np.asarray(risk)
    labelled = (category != "") & ~np.isnan(score)
    high, low = labelled & (category == "high"), labelled & (category == "low")
    return Separation(
        n_drugs=int(labelled.sum()),
        high_vs_rest=_auc(score[high], score[labelled & ~high], n_resamples, seed),
        low_vs_rest=_auc(score[labelled & ~low], score[low], n_resamples, seed),
    )


def critical_score(critical: Critical) -> np.ndarray:
    """Return minus the logarithm of critical multiples of Cmax, (n,).

    Drugs that reach no critical multiple are tied as the least risky, those below the smallest dose as the riskiest.
    The score of a drug that is not placed on the map is NaN.
    """
    placed = np.isin(
        critical.status, (CriticalStatus.REACHED, CriticalStatus.NOT_REACHED, CriticalStatus.BELOW_SMALLEST_DOSE)
    )
    with np.errstate(divide="ignore"):
        return np.where(placed, -np.log(critical.multiple), np.nan)


def baseline_scores(table: DrugTable, *, n_draws: int = 200, seed: int = 1) -> dict[str, np.ndarray]:
    """Return the simple scores that a simulation should beat, for those whose channels the table has.

    Returns
    -------
    dict of (n_drugs,) array
        ``"hERG margin"``: logarithm of Cmax / IC50 of IKr at the point estimate [2]_; minus infinity without an IC50.
        ``"net block"``: block of IKr less that of ICaL and INaL, mean over 1, 2, 3 and 4 Cmax and over the draws [3]_.
    """
    scores = {}
    if "IKr" in table.channels:
        ic50_nM = table.select(["IKr"]).point_estimate()[0][:, 0]
        scores["hERG margin"] = np.nan_to_num(np.log(table.cmax_nM / ic50_nM), nan=-np.inf)
    if set(SCORED) <= set(table.channels):
        net = table.select(SCORED)
        draws = draw_hill(net, n_draws, seed)
        block = block_along_doses(net.cmax_nM[:, None], draws.ic50_nM, draws.hill, np.arange(1, 5))
        scores["net block"] = (block @ [1.0, -1.0, -1.0]).mean(axis=(1, 2))
    return scores


def wins(riskier: np.ndarray, safer: np.ndarray) -> np.ndarray:
    """Return 1 where the riskier drug of a pair has the larger score, 1/2 where both have the same, and 0 elsewhere."""
    return np.asarray((riskier > safer) + 0.5 * (riskier == safer))


def _auc(riskier: np.ndarray, safer: np.ndarray, n_resamples: int, seed: int) -> Auc:
    """Return the AUC and its percentile interval, drugs redrawn with replacement within each of the two groups."""
    if not (len(riskier) and len(safer)):
        return Auc(None, None, None)
    won = wins(riskier[:, None], safer)
    # Redrawing drugs is weighting the rows and columns of the pairs by how often each was drawn.
    rng = np.random.default_rng(seed)
    rows = rng.multinomial(len(riskier), np.full(len(riskier), 1 / len(riskier)), size=n_resamples)
    columns = rng.multinomial(len(safer), np.full(len(safer), 1 / len(safer)), size=n_resamples)
    resampled = ((rows @ won) * columns).sum(axis=1) / won.size
    q025, q975 = np.quantile(resampled, [0.025, 0.975])
    return Auc(float(won.mean()), float(q025), float(q975))
