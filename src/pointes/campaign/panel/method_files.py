"""Files of the comparison of methods: measures, classifications, and the tables of a paper."""

from collections.abc import Sequence
from pathlib import Path

from pointes.drugs import Evaluation, Method, method_cells, method_classification_rows, method_rows
from pointes.drugs.method_table import columns_of, difference_cells, latex, unfitted_cells
from pointes.drugs.methods import DrugSet
from pointes.files import replacing, write_csv, write_json


def write_methods(
    measures: Path,
    classification: Path,
    tables: Path,
    drugs: DrugSet,
    methods: Sequence[Method],
    evaluations: Sequence[Evaluation],
) -> None:
    """Write the measures and the classification of each method as CSV, and tables as JSON and LaTeX.

    The LaTeX file has the name of ``tables`` with the suffix ``.tex``.
    """
    write_csv(measures, method_rows(evaluations))
    write_csv(classification, method_classification_rows(evaluations, drugs))
    cells = {
        "methods": method_cells(evaluations, columns_of(drugs)),
        "differences": difference_cells(evaluations, drugs),
        "unfitted": unfitted_cells(methods, drugs),
    }
    write_json(tables, cells)
    with replacing(tables.with_suffix(".tex")) as path:
        path.write_text("\n\n".join(latex(rows) for rows in cells.values()) + "\n", encoding="utf-8")
