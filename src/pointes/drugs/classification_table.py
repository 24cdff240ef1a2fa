"""Table of a classification with one row per drug, which figures show.

| column | content |
| --- | --- |
| `scenario` | way in which the drugs were simulated |
| `fitted_to` | scenario to which the thresholds were fitted |
| `scheme` | scheme of validation (`pointes.drugs.validation.Scheme`) |
| `drug`, `category` | name and true risk category |
| `samples` | number of samples that were classified |
| `metric`, `metric_low`, `metric_high` | median of the metric over the samples, and its 95 % interval |
| `frequency_low`, `frequency_intermediate`, `frequency_high` | share of the samples put in each category |
| `probability_low`, `probability_intermediate`, `probability_high` | mean probability of each category |
| `majority` | most frequent category |
| `flipped` | share of the samples outside it |
| `threshold_low_intermediate`, `threshold_intermediate_high` | thresholds; blank where they differ between drugs |
"""

from collections.abc import Sequence

import numpy as np

from pointes.drugs.ordinal import CATEGORIES, UNKNOWN, Thresholds
from pointes.drugs.validation import Classification, majority


def classification_rows(
    classification: Classification,
    drugs: Sequence[str],
    category: np.ndarray,
    *,
    scenario: str,
    fitted_to: str,
    scheme: str,
    metric: np.ndarray,
    thresholds: Thresholds | None = None,
) -> list[dict[str, object]]:
    """Return the rows of the drugs that were tested.

    Parameters
    ----------
    classification
        Classification of the drugs.
    drugs, category
        Names of the drugs, and codes of their true categories, (n_drugs,).
    scenario, fitted_to, scheme
        Texts of these columns.
    metric : (n_drugs, n_samples) array
        Metric that was classified.
    thresholds
        Thresholds of the metric, if all drugs have the same.
    """
    frequency, probability = classification.frequency(), classification.mean_probability()
    most, samples = majority(frequency), (classification.predicted() != UNKNOWN).sum(axis=1)
    rows: list[dict[str, object]] = []
    for k, drug in enumerate(drugs):
        if not classification.tested[k]:
            continue
        values = metric[k][np.isfinite(metric[k])]
        low, median, high = np.quantile(values, [0.025, 0.5, 0.975]) if len(values) else [np.nan] * 3
        numbers = {
            **{"metric": median, "metric_low": low, "metric_high": high},
            **{f"frequency_{name}": share for name, share in zip(CATEGORIES, frequency[k], strict=True)},
            **{f"probability_{name}": share for name, share in zip(CATEGORIES, probability[k], strict=True)},
            "flipped": 1 - frequency[k].max(),
            "threshold_low_intermediate": thresholds.low_intermediate if thresholds else np.nan,
            "threshold_intermediate_high": thresholds.intermediate_high if thresholds else np.nan,
        }
        rows.append(
            {
                **{"scenario": scenario, "fitted_to": fitted_to, "scheme": str(scheme), "drug": drug},
                **{"category": _name(category[k]), "samples": int(samples[k]), "majority": _name(most[k])},
                **{column: "" if np.isnan(value) else f"{value:.6g}" for column, value in numbers.items()},
            }
        )
    return rows


def _name(code: int) -> str:
    return "" if code == UNKNOWN else CATEGORIES[code]
