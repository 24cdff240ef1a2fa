"""Class flips: drugs whose risk category depends on the sample, on the laboratory or on the cell model.

A *scenario* is one way to simulate the same drugs, such as another cell model or a wider spread of IC50 values. Its
samples are classified with thresholds fitted to the scenario itself, and, where the metric means the same, with those
of a reference scenario. The first asks whether a study that had been done in this way would have classified the drug
differently, the second whether new data would fall on another side of published thresholds.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pointes.drugs.classification_table import classification_rows
from pointes.drugs.ordinal import PENALTY, UNKNOWN, ProportionalOdds, Thresholds, fit_ordinal
from pointes.drugs.validation import Classification, Scheme, majority


@dataclass(frozen=True, eq=False)
class Flips:
    """Classification of the drugs in a scenario, in sample.

    ``fitted_to`` is the name of the scenario that the thresholds come from, and ``metric`` is (n_drugs, n_samples).
    """

    scenario: str
    fitted_to: str
    metric: np.ndarray
    classification: Classification
    thresholds: Thresholds

    def flipped(self) -> np.ndarray:
        """Return the share of each drug's samples outside its most frequent category, (n_drugs,)."""
        return np.asarray(1 - self.classification.frequency().max(axis=1))


def class_flips(
    metrics: Mapping[str, np.ndarray],
    category: np.ndarray,
    *,
    reference: str,
    comparable: Collection[str] = (),
    penalty: float = PENALTY,
) -> list[Flips]:
    """Classify the samples of drugs in several scenarios.

    Parameters
    ----------
    metrics
        Metric of each drug and sample by scenario, (n_drugs, n_samples) each; the drugs are the same in all.
    category : (n_drugs,) array
        Codes of the drugs' true categories.
    reference
        Name of the reference scenario.
    comparable
        Scenarios, other than the reference, that are also classified with the thresholds of the reference.
    penalty
        Ridge penalty of the regressions (`pointes.drugs.ordinal.fit_ordinal`).
    """
    models = {name: fit_ordinal(metric, category, penalty=penalty) for name, metric in metrics.items()}
    pairs = [(name, name) for name in metrics]
    pairs += [(name, reference) for name in metrics if name in comparable and name != reference]
    return [_flips(name, fitted_to, metrics[name], models[fitted_to]) for name, fitted_to in pairs]


def majority_changes(flips: Sequence[Flips], reference: str) -> dict[tuple[str, str], np.ndarray]:
    """Return whether the most frequent category of each drug differs from that in the reference scenario.

    Returns
    -------
    dict of (n_drugs,) array of bool
        By scenario and the scenario of the thresholds; a drug without samples in one of the two has not changed.
    """
    by_key = {(one.scenario, one.fitted_to): majority(one.classification.frequency()) for one in flips}
    expected = by_key[reference, reference]
    return {
        key: (found != expected) & (found != UNKNOWN) & (expected != UNKNOWN)
        for key, found in by_key.items()
        if key != (reference, reference)
    }


def flip_rows(flips: Sequence[Flips], drugs: Sequence[str], category: np.ndarray) -> list[dict[str, object]]:
    """Return a table of scenarios with one row per drug (`pointes.drugs.classification_table`)."""
    return [
        row
        for one in flips
        for row in classification_rows(
            one.classification,
            drugs,
            category,
            scenario=one.scenario,
            fitted_to=one.fitted_to,
            scheme=Scheme.IN_SAMPLE,
            metric=one.metric,
            thresholds=one.thresholds,
        )
    ]


def _flips(scenario: str, fitted_to: str, metric: np.ndarray, model: ProportionalOdds) -> Flips:
    classification = Classification(model.probability(metric[..., None]), np.ones(len(metric), bool))
    return Flips(scenario, fitted_to, metric, classification, model.thresholds())
