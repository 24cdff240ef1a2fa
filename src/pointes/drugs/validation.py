"""Classification of drugs by a model that was fitted to other drugs, for each scheme of validation.

The unit of all schemes is the drug: samples of a drug are never on both sides of a fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pointes.drugs.ordinal import CATEGORIES, PENALTY, UNKNOWN, fit_ordinal
from pointes.errors import UserError


class Scheme(StrEnum):
    """Drugs to which the model that classifies a drug was fitted."""

    IN_SAMPLE = "in sample"  # all drugs, the classified one among them
    LEAVE_ONE_DRUG_OUT = "leave one drug out"  # all other drugs
    FROZEN = "frozen"  # the training drugs; the others are tested


@dataclass(frozen=True, eq=False)
class Classification:
    """Probabilities of the risk categories for each drug and sample, (n_drugs, n_samples, 3); NaN where unknown.

    ``tested``, (n_drugs,), is False for drugs by whose measures the scheme cannot be judged: the training drugs of a
    frozen model.
    """

    probability: np.ndarray
    tested: np.ndarray

    def predicted(self) -> np.ndarray:
        """Return the code of the most likely category, (n_drugs, n_samples); -1 where the probabilities are unknown."""
        known = np.isfinite(self.probability[..., 0])
        return np.where(known, np.nan_to_num(self.probability).argmax(axis=-1), UNKNOWN)

    def frequency(self) -> np.ndarray:
        """Return the share of samples put in each category, (n_drugs, 3), as the FDA reports; NaN without samples."""
        return class_frequency(self.predicted())

    def mean_probability(self) -> np.ndarray:
        """Return the mean probability of each category over the samples, (n_drugs, 3); NaN without samples."""
        known = np.isfinite(self.probability[..., :1])
        return _ratio(np.where(known, self.probability, 0.0).sum(axis=1), known.sum(axis=1))


def class_frequency(predicted: np.ndarray) -> np.ndarray:
    """Return the share of samples put in each category, (n_drugs, 3), of codes (n_drugs, n_samples).

    Samples with code -1 do not count; a drug without any other has NaN.

    Examples
    --------
    >>> class_frequency(np.array([[0, 2, 2, -1]])).round(3)
    array([[0.333, 0.   , 0.667]])
    """
    counts = (predicted[..., None] == np.arange(len(CATEGORIES))).sum(axis=1)
    return _ratio(counts, counts.sum(axis=1, keepdims=True))


def majority(share: np.ndarray) -> np.ndarray:
    """Return the code of the most frequent category of each drug, (n_drugs,); -1 where the shares are NaN."""
    return np.where(np.isnan(share[:, 0]), UNKNOWN, np.nan_to_num(share).argmax(axis=1))


def classify(
    metric: np.ndarray,
    category: np.ndarray,
    scheme: Scheme,
    *,
    training: np.ndarray | None = None,
    compound: Sequence[str] | None = None,
    penalty: float = PENALTY,
) -> Classification:
    """Classify drugs by ordinal regression on their metrics, fitted as a scheme of validation says.

    Parameters
    ----------
    metric : (n_drugs, n_samples) or (n_drugs, n_samples, n_metrics) array
        Metrics; a sample with a NaN is neither fitted nor classified.
    category : (n_drugs,) array
        Codes of the drugs' categories. A drug of unknown category (-1) is classified, and never fitted.
    scheme
        Scheme of validation.
    training : (n_drugs,) array of bool, optional
        Training drugs, for the frozen scheme.
    compound : (n_drugs,) sequence, optional
        Name of the compound of each row, for tables in which several rows are measurements of one compound. Rows of one
        compound are left out together.
    penalty
        Ridge penalty of the regression (`pointes.drugs.ordinal.fit_ordinal`).
    """
    metric = metric[..., None] if metric.ndim == 2 else metric
    probability = np.full((*metric.shape[:2], len(CATEGORIES)), np.nan)
    for fitted, classified in _folds(scheme, len(metric), training, compound):
        model = fit_ordinal(metric, np.where(fitted, category, UNKNOWN), penalty=penalty)
        probability[classified] = model.probability(metric[classified])
    tested = np.ones(len(metric), bool)
    if scheme is Scheme.FROZEN and training is not None:
        tested = ~training
    return Classification(probability, tested)


def _folds(
    scheme: Scheme, n_drugs: int, training: np.ndarray | None, compound: Sequence[str] | None
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return masks of the drugs that are fitted, and of those that the fitted model classifies, (n_drugs,) each."""
    everything = np.ones(n_drugs, bool)
    match scheme:
        case Scheme.IN_SAMPLE:
            return [(everything, everything)]
        case Scheme.LEAVE_ONE_DRUG_OUT:
            names = np.arange(n_drugs) if compound is None else np.asarray(compound)
            return [(names != name, names == name) for name in np.unique(names)]
        case Scheme.FROZEN:
            if training is None or not training.any() or training.all():
                raise UserError("training drugs", expected="some drugs, but not all, for the frozen scheme")
            return [(training, everything)]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    unknown = np.full(np.broadcast(part, whole).shape, np.nan)
    return np.asarray(np.divide(part, whole, out=unknown, where=whole > 0))
