r"""Tables of methods: one row per evaluation for CSV files, and one row per method for documents.

A document has a column for each `Column`, whose cells hold a value and its 95 % interval over drugs.
"""

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import numpy as np

from pointes.drugs.classification import Auc
from pointes.drugs.classification_table import classification_rows
from pointes.drugs.measures import Estimate, Measures
from pointes.drugs.methods import DrugSet, Evaluation, Method, compare, unfitted
from pointes.drugs.validation import Scheme

NOT_APPLICABLE = "–"
_LATEX = {"&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}"}
_LATEX |= {"^": r"\textasciicircum{}", "\\": r"\textbackslash{}", "–": "--", "×": r"$\times$", "−": "$-$"}


class Column(NamedTuple):
    """Column of a table of methods: a measure on a set of drugs under a scheme."""

    heading: str
    drug_set: str
    scheme: Scheme
    measure: str  # field of `pointes.drugs.Measures`
    ranking: Literal["probability", "frequency"] = "probability"  # shares that order the drugs


def method_rows(evaluations: Iterable[Evaluation]) -> list[dict[str, object]]:
    """Return one row per evaluation and order of the drugs, with ``_low`` and ``_high`` ends of each measure."""
    return [
        {
            "method": one.method,
            "drug_set": one.drug_set,
            "scheme": str(one.scheme),
            "ranked_by": ranked_by,
            "drugs": measures.n_drugs,
            **{
                f"{name}{end}": "" if np.isnan(value) else f"{value:.4g}"
                for name, estimate in _estimates(measures).items()
                for end, value in zip(("", "_low", "_high"), estimate, strict=True)
            },
        }
        for one in evaluations
        for ranked_by, measures in (("probability", one.by_probability), ("frequency", one.by_frequency))
    ]


def method_classification_rows(evaluations: Iterable[Evaluation], drugs: DrugSet) -> list[dict[str, object]]:
    """Return one row per evaluation and drug (`pointes.drugs.classification_table`), with the method as scenario."""
    return [
        row
        for one in evaluations
        for row in classification_rows(
            one.classification,
            drugs.drugs,
            drugs.category,
            scenario=one.method,
            fitted_to=one.method,
            scheme=one.scheme,
            metric=one.metric,
        )
    ]


def method_cells(evaluations: Sequence[Evaluation], columns: Sequence[Column]) -> list[list[str]]:
    """Return a header and one row per method, in the order of their first evaluation."""
    found = {(one.method, one.drug_set, one.scheme): one for one in evaluations}
    rows = [["method", *(column.heading for column in columns)]]
    for method in dict.fromkeys(one.method for one in evaluations):
        row = [method]
        for column in columns:
            one = found.get((method, column.drug_set, column.scheme))
            row.append(_cell(one, column) if one else NOT_APPLICABLE)
        rows.append(row)
    return rows


def columns_of(drugs: DrugSet) -> list[Column]:
    """Return the columns of a document on a set of drugs: AUCs, pairs and accuracy under each scheme of validation."""
    measures = {"auc_high_vs_rest": "high vs rest", "auc_low_vs_rest": "low vs rest"}
    measures |= {"pairwise": "pairs", "accuracy": "accuracy"}
    schemes = {Scheme.LEAVE_ONE_DRUG_OUT: "left out"}
    if drugs.training is not None:
        schemes[Scheme.FROZEN] = f"{drugs.training.sum()}/{(~drugs.training).sum()}"
    return [
        Column(f"{scheme_text}: {text}", drugs.name, scheme, measure)
        for scheme, scheme_text in schemes.items()
        for measure, text in measures.items()
    ]


def unfitted_cells(methods: Iterable[Method], drugs: DrugSet) -> list[list[str]]:
    """Return a header and the AUCs of the median scores, to which nothing was fitted."""
    rows = [["score", "high vs rest", "low vs rest"]]
    for method in methods:
        if found := unfitted(method, drugs):
            rows.append([method.name, *map(_auc_text, (found.high_vs_rest, found.low_vs_rest))])
    return rows


def difference_cells(evaluations: Iterable[Evaluation], drugs: DrugSet) -> list[list[str]]:
    """Return a header and how much better each method ranks the drugs left out than the first method does."""
    first, *others = [one for one in evaluations if one.scheme is Scheme.LEAVE_ONE_DRUG_OUT]
    rows = [[f"left out, minus {first.method}", "high vs rest", "low vs rest", "pairs"]]
    for one in others:
        better = compare(one, first, drugs)
        estimates = (better.auc_high_vs_rest, better.auc_low_vs_rest, better.pairwise)
        rows.append([one.method, *map(estimate_text, estimates)])
    return rows


def markdown(rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown; the first row is its header.

    Examples
    --------
    >>> print(markdown([["method", "AUC"], ["net block", "0.85"]]))
    | method | AUC |
    | --- | --- |
    | net block | 0.85 |
    """
    header, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([header, f"| {' | '.join(['---'] * len(rows[0]))} |", *body])


def latex(rows: Sequence[Sequence[str]]) -> str:
    r"""Return a table in LaTeX for the package booktabs; the first row is its header.

    Examples
    --------
    >>> print(latex([["method", "AUC, 95 %"], ["net block", "0.85"]]))
    \begin{tabular}{ll}
    \toprule
    method & AUC, 95 \% \\
    \midrule
    net block & 0.85 \\
    \bottomrule
    \end{tabular}
    """
    header, *body = [" & ".join(map(_escaped, row)) + r" \\" for row in rows]
    begin = rf"\begin{{tabular}}{{{'l' * len(rows[0])}}}"
    return "\n".join([begin, r"\toprule", header, r"\midrule", *body, r"\bottomrule", r"\end{tabular}"])


def rounded(cell: str) -> str:
    """Return a number with three significant digits; another text is returned as it is.

    Examples
    --------
    >>> [rounded(cell) for cell in ("0.0501203", "500", "high", "")]
    ['0.0501', '500', 'high', '']
    """
    try:
        number = float(cell)
    except ValueError:
        return cell
    return cell if not math.isfinite(number) or number == int(number) else f"{number:.3g}"


def estimate_text(estimate: Estimate) -> str:
    """Return a value and its interval as text.

    Examples
    --------
    >>> estimate_text(Estimate(0.988, 0.9473, 1.0))
    '0.988 (0.947–1.000)'
    >>> estimate_text(Estimate(0.05, -0.02, 0.11))
    '0.050 (−0.020 to 0.110)'
    """
    if np.isnan(estimate.value):
        return NOT_APPLICABLE
    between = " to " if estimate.q025 < 0 else "–"
    return f"{estimate.value:.3f} ({estimate.q025:.3f}{between}{estimate.q975:.3f})".replace("-", "−")


def _auc_text(auc: Auc) -> str:
    if auc.value is None or auc.q025 is None or auc.q975 is None:
        return NOT_APPLICABLE
    return estimate_text(Estimate(auc.value, auc.q025, auc.q975))


def _cell(evaluation: Evaluation, column: Column) -> str:
    measures = evaluation.by_probability if column.ranking == "probability" else evaluation.by_frequency
    return estimate_text(_estimates(measures)[column.measure])


def _estimates(measures: Measures) -> dict[str, Estimate]:
    return {name: value for name, value in measures._asdict().items() if isinstance(value, Estimate)}


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in text)
