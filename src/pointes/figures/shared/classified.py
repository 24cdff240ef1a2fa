"""What figures of a panel of drugs have in common: rows of its classification table, and the order of the drugs.

The table has one row per drug and scenario (`pointes.drugs.classification_table` describes its columns). A campaign
writes it to ``classification.csv``.
"""

from collections.abc import Mapping, Sequence

import numpy as np

Columns = Mapping[str, np.ndarray]
"""Columns of a CSV file."""

RISKS = ("high", "intermediate", "low")
"""Risk categories, the riskiest first."""
OUT, IN_SAMPLE, FROZEN = "leave one drug out", "in sample", "frozen"
"""Schemes of validation."""
SCHEMES = {
    IN_SAMPLE: "fitted to all drugs",
    OUT: "each drug left out of its fit",
    FROZEN: "fitted to the training drugs",
}
"""Descriptions of the schemes of validation, in the order of figures."""


def rows_of(classification: Columns, **cells: str) -> dict[str, np.ndarray]:
    """Return the rows in which columns have these texts.

    Examples
    --------
    >>> rows_of({"drug": np.array(["a", "b"]), "scheme": np.array(["in sample", "frozen"])}, scheme="frozen")["drug"]
    array(['b'], dtype='<U1')
    """
    chosen = np.ones(len(classification["drug"]), bool)
    for column, text in cells.items():
        chosen &= classification[column] == text
    return {column: values[chosen] for column, values in classification.items()}


def names(classification: Columns, column: str) -> list[str]:
    """Return the different texts of a column in the order in which they come."""
    return list(dict.fromkeys(classification[column].tolist()))


def first_scenario(classification: Columns, scheme: str) -> dict[str, np.ndarray]:
    """Return the rows of a scheme for the first scenario with thresholds of its own: that of reference."""
    name = names(classification, "scenario")[0]
    return rows_of(classification, scenario=name, fitted_to=name, scheme=scheme)


def by_risk(categories: Sequence[str], value: np.ndarray) -> list[int]:
    """Return the places of drugs by category, the riskiest first and unknown ones last, and then by a rising value."""
    order = {risk: k for k, risk in enumerate(RISKS)}
    return sorted(range(len(value)), key=lambda k: (order.get(categories[k], len(RISKS)), value[k]))
