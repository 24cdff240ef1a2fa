r"""Measures of a classification of drugs into low, intermediate and high risk, with bootstrap intervals over drugs.

Two shares of each category describe a drug (`pointes.drugs.validation.Classification`): the *class frequency*, which is
the share of its samples put in that category, and the *mean probability* over its samples. Class frequencies judge
decisions: the accuracy of the most frequent category, the mean error, and the likelihood ratios. AUCs and the pairwise
ranking need an order of the drugs. Class frequencies give many ties there and mean probabilities almost none, so that
`measure` takes the shares that order the drugs as an argument of their own.

The measures are those of the validation of CiPA [1]_, which gives their spread over samples (`by_sample`), while the
drugs stay the same. Intervals of `measure` are wider: they are over drugs.

References
----------
.. [1] Li et al., Clin. Pharmacol. Ther. 105, 466 (2019). doi:10.1002/cpt.1184
.. [2] Efron and Tibshirani, Statist. Sci. 1, 54 (1986). doi:10.1214/ss/1177013815
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pointes.drugs.classification import wins
from pointes.drugs.ordinal import UNKNOWN
from pointes.drugs.validation import majority
from pointes.statistics import bootstrap_weights


class Estimate(NamedTuple):
    """A value with the ends of its 95 % interval; NaN where a group that it needs has no drug.

    Like all percentile intervals, the one of a perfect score is a point: every resample is perfect, too.
    """

    value: float
    q025: float
    q975: float


class Measures(NamedTuple):
    """Measures of a classification. For the AUCs, the pairwise ranking and the accuracy 1 is best, for the error 0."""

    n_drugs: int
    auc_low_vs_rest: Estimate  # drugs of intermediate or high risk above those of low risk
    auc_high_vs_rest: Estimate
    pairwise: Estimate  # share of pairs of drugs of different category that are ranked right
    accuracy: Estimate  # share of drugs whose most frequent category is right
    mean_error: Estimate  # mean number of categories between the predicted and the true one
    lr_plus_low_vs_rest: Estimate  # likelihood ratio of a result "intermediate or high"
    lr_minus_low_vs_rest: Estimate  # likelihood ratio of a result "low", for intermediate or high risk
    lr_plus_high_vs_rest: Estimate
    lr_minus_high_vs_rest: Estimate


def measure(
    frequency: np.ndarray,
    category: np.ndarray,
    *,
    ranking: np.ndarray | None = None,
    tested: np.ndarray | None = None,
    compound: Sequence[str] | None = None,
    n_resamples: int = 2000,
    seed: int = 1,
) -> Measures:
    """Return the measures of a classification.

    Parameters
    ----------
    frequency : (n_drugs, 3) array
        Class frequencies of the drugs; one with NaN is left out.
    category : (n_drugs,) array
        Codes of the true categories; drugs of unknown category (-1) are left out.
    ranking : (n_drugs, 3) array, optional
        Shares that order the drugs; the class frequencies by default.
    tested : (n_drugs,) array of bool, optional
        Drugs that are judged; all by default. The pairwise ranking also counts pairs of such a drug with another one.
    compound : (n_drugs,) sequence, optional
        Name of the compound of each row; rows of one compound are drawn together.
    n_resamples, seed
        Number of resamples of the bootstrap [2]_ and its seed. Drugs are drawn with replacement within each category.
    """
    ranking = frequency if ranking is None else ranking
    known = (category != UNKNOWN) & ~np.isnan(frequency[:, 0]) & ~np.isnan(ranking[:, 0])
    tested = known if tested is None else known & tested
    names = np.arange(len(category)) if compound is None else np.asarray(compound)
    weights = bootstrap_weights(category[known], names[known], n_resamples, seed)
    of_judged, truth, shares = weights[:, tested[known]], category[tested], frequency[tested]
    low, high, pairs = _rankings(ranking[known], category[known], tested[known], weights)
    right = majority(shares) == truth
    distance = (shares * np.abs(np.arange(3) - truth[:, None])).sum(axis=1)
    low_plus, low_minus = _likelihood_ratios(1 - shares[:, 0], truth > 0, of_judged)
    high_plus, high_minus = _likelihood_ratios(shares[:, 2], truth == 2, of_judged)
    return Measures(
        n_drugs=int(tested.sum()),
        auc_low_vs_rest=_estimate(low),
        auc_high_vs_rest=_estimate(high),
        pairwise=_estimate(pairs),
        accuracy=_estimate(_mean(right, of_judged)),
        mean_error=_estimate(_mean(distance, of_judged)),
        lr_plus_low_vs_rest=_estimate(low_plus),
        lr_minus_low_vs_rest=_estimate(low_minus),
        lr_plus_high_vs_rest=_estimate(high_plus),
        lr_minus_high_vs_rest=_estimate(high_minus),
    )


class Difference(NamedTuple):
    """How much better one classification ranks the same drugs than another, with intervals over the same resamples."""

    auc_low_vs_rest: Estimate
    auc_high_vs_rest: Estimate
    pairwise: Estimate


def difference(
    ranking: np.ndarray,
    other: np.ndarray,
    category: np.ndarray,
    *,
    tested: np.ndarray | None = None,
    compound: Sequence[str] | None = None,
    n_resamples: int = 2000,
    seed: int = 1,
) -> Difference:
    """Return the measures of one order of the drugs minus those of another, positive where the first is better.

    An interval that holds 0 means that these drugs do not tell the two apart. Parameters are those of `measure`; drugs
    that one of the two orders lacks are left out of both.
    """
    known = (category != UNKNOWN) & ~np.isnan(ranking[:, 0] + other[:, 0])
    judged = known if tested is None else known & tested
    names = np.arange(len(category)) if compound is None else np.asarray(compound)
    weights = bootstrap_weights(category[known], names[known], n_resamples, seed)
    first, second = (_rankings(one[known], category[known], judged[known], weights) for one in (ranking, other))
    return Difference(*(_estimate(a - b) for a, b in zip(first, second, strict=True)))


def rank_key(share: np.ndarray) -> np.ndarray:
    """Return a number that orders drugs or samples as CiPA does, (...); larger is riskier.

    The most likely category comes first. Within high risk the probability of high risk decides, and within the two
    others that of low risk.

    Examples
    --------
    >>> rank_key(np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])).tolist()
    [0.4, 1.8, 2.7]
    """
    first = np.nan_to_num(share).argmax(axis=-1)
    return np.asarray(first + np.where(first == 2, share[..., 2], 1 - share[..., 0]))


def by_sample(probability: np.ndarray, category: np.ndarray, tested: np.ndarray) -> dict[str, np.ndarray]:
    """Return the AUCs and the pairwise ranking within each sample, (n_samples,), as CiPA reports them.

    Sample k has the k-th sample of every drug. A sample that some drug lacks is NaN.

    Parameters
    ----------
    probability : (n_drugs, n_samples, 3) array
        Probabilities of the categories.
    category, tested : (n_drugs,) array
        Codes of the true categories, and the drugs that are judged.
    """
    labelled = category != UNKNOWN
    probability, category, tested = probability[labelled], category[labelled], tested[labelled]
    complete = np.isfinite(probability).all(axis=(0, 2))
    judged, truth = probability[tested], category[tested]

    def within(score: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        riskier, safer = np.nonzero(pairs)
        return np.where(complete, wins(score[riskier], score[safer]).mean(axis=0), np.nan)

    low, high = truth == 0, truth == 2
    return {
        "auc_low_vs_rest": within(1 - judged[..., 0], ~low[:, None] & low),
        "auc_high_vs_rest": within(judged[..., 2], high[:, None] & ~high),
        "pairwise": within(rank_key(probability), _pairs(category, tested)),
    }


def _estimate(values: np.ndarray) -> Estimate:
    """Return a measure whose first value is of all drugs and whose others are of resamples."""
    value, *resampled = values.tolist()
    known = [one for one in resampled if not np.isnan(one)]
    if np.isnan(value) or not known:
        return Estimate(value, np.nan, np.nan)
    # A likelihood ratio may be infinite, which must not be interpolated
    low, high = np.quantile(known, [0.025, 0.975], method="inverted_cdf").tolist()
    return Estimate(value, low, high)


def _rankings(
    share: np.ndarray, category: np.ndarray, judged: np.ndarray, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both AUCs and the pairwise ranking for each row of weights of drugs, (n,) each."""
    both = judged[:, None] & judged
    low, high = category == 0, category == 2
    return (
        _ranked(1 - share[:, 0], ~low[:, None] & low & both, weights),
        _ranked(share[:, 2], high[:, None] & ~high & both, weights),
        _ranked(rank_key(share), _pairs(category, judged), weights),
    )


def _pairs(category: np.ndarray, judged: np.ndarray) -> np.ndarray:
    """Return which pairs count, (n_drugs, n_drugs): a riskier drug and a safer one, at least one of them judged."""
    return np.asarray((category[:, None] > category) & (judged[:, None] | judged))


def _ranked(score: np.ndarray, pairs: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the weighted share of pairs in which the first drug has the larger score."""
    won = np.where(pairs, wins(score[:, None], score), 0.0)
    return _divide(((weights @ won) * weights).sum(axis=1), ((weights @ pairs) * weights).sum(axis=1))


def _likelihood_ratios(positive: np.ndarray, riskier: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how much likelier a positive and a negative result are for drugs of the riskier group.

    ``positive`` is the share of a drug's samples with a positive result.
    """
    sensitivity, false_alarms = (_mean(positive[group], weights[:, group]) for group in (riskier, ~riskier))
    return _divide(sensitivity, false_alarms), _divide(1 - sensitivity, 1 - false_alarms)


def _mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return _divide(weights @ values, weights.sum(axis=1))


def _divide(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Return a quotient, infinite where only the divisor is 0, and NaN where both are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(part / whole)
