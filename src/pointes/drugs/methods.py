"""Methods that tell risky drugs from others, each judged on the same drugs, under the same schemes of validation.

A method is a score or several metrics for each drug, with one sample or many. Its probabilities of the risk categories
come from ordinal regression (`pointes.drugs.ordinal`) under a scheme of validation. Nothing of a method may depend on
the categories of drugs that a scheme leaves out: what is chosen here was chosen before, and is marked ``ASSUME``.

References
----------
.. [1] Mistry, PeerJ 6, e4352 (2018). doi:10.7717/peerj.4352
.. [2] Kramer et al., Sci. Rep. 3, 2100 (2013). doi:10.1038/srep02100
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from pointes.drugs.classification import SCORED, Separation, baseline_scores, separation
from pointes.drugs.dose_response import block_along_doses
from pointes.drugs.measures import Difference, Measures, difference, measure
from pointes.drugs.ordinal import CATEGORIES, PENALTY, UNKNOWN, codes
from pointes.drugs.table import DrugTable
from pointes.drugs.validation import Classification, Scheme, classify

LEAST_LOG_MARGIN = -3.0
"""Smallest log10 of Cmax / IC50 that is told apart from no block."""
# ASSUME: at a thousandth of the IC50, 0.1 % of a channel is blocked, and an IC50 fitted to so little is a guess

COMBINED_PENALTY = 0.01
"""Ridge penalty of a method with several metrics."""
# ASSUME: with 28 drugs, a normal prior of standard deviation 1.9 for the slope of each standardised metric


@dataclass(frozen=True, eq=False)
class DrugSet:
    """Drugs of known risk category on which methods are compared.

    ``category`` has their codes, (n_drugs,); ``training`` tells which drugs a frozen model is fitted to; ``compound``
    names the compound of each row where several rows are measurements of one compound.
    """

    name: str
    drugs: tuple[str, ...]
    category: np.ndarray
    training: np.ndarray | None = None
    compound: tuple[str, ...] | None = None

    @property
    def schemes(self) -> tuple[Scheme, ...]:
        """Schemes of validation under which methods are compared."""
        frozen = () if self.training is None else (Scheme.FROZEN,)
        return (Scheme.IN_SAMPLE, Scheme.LEAVE_ONE_DRUG_OUT, *frozen)


@dataclass(frozen=True, eq=False)
class Method:
    """Metrics of drugs, (n_drugs,), (n_drugs, n_samples) or (n_drugs, n_samples, n_metrics); NaN where not applicable.

    A single metric is a score: larger is riskier.
    """

    name: str
    metric: np.ndarray
    penalty: float = PENALTY

    def samples(self) -> np.ndarray:
        """Return the metrics as (n_drugs, n_samples) or (n_drugs, n_samples, n_metrics)."""
        return self.metric[:, None] if self.metric.ndim == 1 else self.metric

    def median(self) -> np.ndarray | None:
        """Return the median score of each drug, (n_drugs,), or None for a method with several metrics."""
        if self.metric.ndim == 3:
            return None
        known = np.isfinite(self.samples()).any(axis=1)
        median = np.full(len(self.metric), np.nan)
        median[known] = np.nanmedian(self.samples()[known], axis=1)
        return median


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A method on a set of drugs under a scheme, with its measures by the shares that order the drugs."""

    method: str
    drug_set: str
    scheme: Scheme
    metric: np.ndarray = field(repr=False)  # score of each drug and sample; NaN for several metrics
    classification: Classification = field(repr=False)
    by_probability: Measures
    by_frequency: Measures


def evaluate(method: Method, drugs: DrugSet, scheme: Scheme, *, n_resamples: int = 2000, seed: int = 1) -> Evaluation:
    """Classify the drugs by a method under a scheme, and measure the result.

    Parameters
    ----------
    method
        Method with metrics of the drugs of ``drugs``.
    drugs
        Drugs on which the method is judged.
    scheme
        Scheme of validation.
    n_resamples, seed
        Number of resamples of the bootstrap over drugs, and its seed.
    """
    found = classify(
        method.samples(),
        drugs.category,
        scheme,
        training=drugs.training,
        compound=drugs.compound,
        penalty=method.penalty,
    )
    by_probability, by_frequency = (
        measure(
            found.frequency(),
            drugs.category,
            ranking=ranking,
            tested=found.tested,
            compound=drugs.compound,
            n_resamples=n_resamples,
            seed=seed,
        )
        for ranking in (found.mean_probability(), found.frequency())
    )
    score = method.samples() if method.samples().ndim == 2 else np.full(found.predicted().shape, np.nan)
    return Evaluation(method.name, drugs.name, scheme, score, found, by_probability, by_frequency)


def compare(
    evaluation: Evaluation, other: Evaluation, drugs: DrugSet, *, n_resamples: int = 2000, seed: int = 1
) -> Difference:
    """Return how much better one method ranks the drugs than another under the same scheme, by mean probabilities."""
    return difference(
        evaluation.classification.mean_probability(),
        other.classification.mean_probability(),
        drugs.category,
        tested=evaluation.classification.tested,
        compound=drugs.compound,
        n_resamples=n_resamples,
        seed=seed,
    )


def unfitted(method: Method, drugs: DrugSet, *, n_resamples: int = 2000, seed: int = 1) -> Separation | None:
    """Return the AUCs of the median score itself, to which nothing was fitted; None for several metrics."""
    median = method.median()
    if median is None:
        return None
    risk = ["" if code == UNKNOWN else CATEGORIES[code] for code in drugs.category]
    return separation(median, risk, n_resamples=n_resamples, seed=seed)


def drug_set(
    name: str, table: DrugTable, training: np.ndarray | None = None, compound: Sequence[str] | None = None
) -> DrugSet:
    """Return the drugs of a table as a set on which methods are compared."""
    return DrugSet(name, table.names, codes(table.risk), training, None if compound is None else tuple(compound))


def table_methods(table: DrugTable, *, n_draws: int = 200, seed: int = 1) -> list[Method]:
    """Return the methods that need no simulation, for the channels that a table has.

    Returns
    -------
    list of Method
        ``"hERG margin"``: log10 of Cmax / IC50 of IKr at the point estimate. ``"net block"``: mean block of IKr less
        that of ICaL and INaL over 1 to 4 Cmax and the draws [1]_, without INaL in a table that lacks it [2]_.
        ``"logistic on IC50s"``: log10 of Cmax / IC50 of IKr, ICaL and INaL as three metrics, as far as the table has
        them.
    """
    methods = []
    scores = baseline_scores(table, n_draws=n_draws, seed=seed)
    if "hERG margin" in scores:
        score = scores["hERG margin"] / np.log(10)
        methods.append(Method("hERG margin", np.maximum(score, score[np.isfinite(score)].min(initial=0) - 1)))
    if {"IKr", "ICaL"} <= set(table.channels):
        channels = [channel for channel in SCORED if channel in table.channels]
        net = scores.get("net block", _net_block(table, channels))
        methods.append(Method("net block", net))
        margins = np.stack([log_margin(table, channel) for channel in channels], axis=-1)
        methods.append(Method("logistic on IC50s", margins[:, None, :], COMBINED_PENALTY))
    return methods


def log_margin(table: DrugTable, channel: str) -> np.ndarray:
    """Return log10 of Cmax / IC50 of a channel at the point estimate, (n_drugs,), at least `LEAST_LOG_MARGIN`."""
    ic50_nM = table.select([channel]).point_estimate()[0][:, 0]
    margin = np.nan_to_num(np.log10(table.cmax_nM / ic50_nM), nan=LEAST_LOG_MARGIN)
    return np.asarray(np.maximum(margin, LEAST_LOG_MARGIN))


def _net_block(table: DrugTable, channels: Iterable[str]) -> np.ndarray:
    chosen = table.select(channels)
    block = block_along_doses(chosen.cmax_nM, *chosen.point_estimate(), np.arange(1, 5)).mean(axis=1)
    return np.asarray(block[:, 0] - block[:, 1:].sum(axis=1))
