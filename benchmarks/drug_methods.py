"""Compare methods that tell risky drugs from others, on drug sets of `config/drugs`, beside published figures.

    python benchmarks/drug_methods.py
    python benchmarks/drug_methods.py --panel "qNet, dynamic hERG=panel.nc" --output results/methods

A panel adds a method to the CiPA drugs: its score is minus the mean qNet over 1, 2, 3 and 4 x Cmax, for each sample.
``--scores NAME=file.csv`` adds one from a table with the columns ``drug`` and ``score``, larger being riskier. With
``--output`` the tables are also written as CSV and LaTeX files, and the ROC curves drawn.
"""

import argparse
import csv
from pathlib import Path

import numpy as np

from pointes.campaign.files.results import read_result
from pointes.drugs import read_drug_table
from pointes.drugs.method_table import (
    Column,
    columns_of,
    difference_cells,
    latex,
    markdown,
    method_cells,
    method_classification_rows,
    method_rows,
    unfitted_cells,
)
from pointes.drugs.methods import DrugSet, Method, drug_set, evaluate, table_methods
from pointes.drugs.validation import Scheme
from pointes.figures import roc, save
from pointes.files import write_csv
from pointes.netcdf import load_dataset

TABLES = Path(__file__).parents[1] / "config/drugs"
PUBLISHED = Path(__file__).with_name("data") / "published_drug_methods.csv"
CIPA = "CiPA, 28 drugs"
BINARY = {
    "McMillan, 41": "mcmillan41",
    "Kramer, 35 of 55": "kramer55",  # drugs with a label
    "Lancaster–Sobie, 60 of 98": "lancaster-sobie98",
}
OUT = Scheme.LEAVE_ONE_DRUG_OUT
BINARY_COLUMNS = [Column(name, name, OUT, "auc_high_vs_rest") for name in BINARY]
METRIC_DOSES = (1, 2, 3, 4)  # multiples of Cmax


def cells_of(path: Path) -> dict[str, list[str]]:
    """Return the cells of a CSV file by column."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def panel_score(path: Path, drugs: tuple[str, ...]) -> np.ndarray:
    """Return minus the torsade metric of each drug and sample of a panel, NaN for drugs that it lacks."""
    panel = load_dataset(path)
    qnet = panel["qnet_uC_per_uF"].sel(dose=list(METRIC_DOSES)).transpose("drug", "dose", "sample").values
    rows = {str(name): -qnet[k].mean(axis=0) for k, name in enumerate(panel["drug"].values)}
    return np.array([rows.get(name, np.full(qnet.shape[2], np.nan)) for name in drugs])


def table_score(path: Path, drugs: tuple[str, ...]) -> np.ndarray:
    """Return the scores of a CSV file, NaN for drugs that it lacks."""
    table = cells_of(path)
    scores = dict(zip(table["drug"], map(float, table["score"]), strict=True))
    return np.array([scores.get(name, np.nan) for name in drugs])


def cipa(panels: dict[str, Path], scores: dict[str, Path]) -> tuple[DrugSet, list[Method]]:
    """Return the CiPA drugs and the methods that are applied to them."""
    path = TABLES / "cipa28.csv"
    table = read_drug_table(path, ["IKr", "ICaL", "INaL"])
    training = np.array([one == "training" for one in cells_of(path)["set"]])
    methods = table_methods(table)
    methods += [Method(name, panel_score(file, table.names)) for name, file in panels.items()]
    methods += [Method(name, table_score(file, table.names)) for name, file in scores.items()]
    return drug_set(CIPA, table, training), methods


def binary(name: str) -> tuple[DrugSet, list[Method]]:
    """Return a set of drugs with binary labels and the methods that need its table only."""
    path = TABLES / f"{BINARY[name]}.csv"
    table = read_drug_table(path, ["IKr", "ICaL"])
    return drug_set(name, table, compound=cells_of(path).get("compound")), table_methods(table)


def published_rows() -> list[list[str]]:
    """Return published figures with their schemes of validation."""
    table = cells_of(PUBLISHED)
    names = (
        "study",
        "method",
        "drugs",
        "scheme",
        "auc_high_vs_rest",
        "auc_low_vs_rest",
        "pairwise",
        "accuracy",
        "evidence",
    )
    headings = ["study", "method", "drugs", "scheme", "high vs rest", "low vs rest", "pairs", "accuracy", "evidence"]
    return [headings, *(list(row) for row in zip(*(table[name] for name in names), strict=True))]


def named(text: str) -> tuple[str, Path]:
    """Return name and path of an option such as ``NAME=file``."""
    name, _, path = text.rpartition("=")
    return name, Path(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--panel", type=named, action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--scores", type=named, action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--output", type=Path, metavar="FOLDER")
    args = parser.parse_args()

    drugs, methods = cipa(dict(args.panel), dict(args.scores))
    evaluations = [evaluate(method, drugs, scheme) for method in methods for scheme in drugs.schemes]
    others = [
        evaluate(method, others, scheme)
        for others, table in map(binary, BINARY)
        for method in table
        for scheme in others.schemes
    ]
    tables = {
        "cipa": method_cells(evaluations, columns_of(drugs)),
        "cipa_unfitted": unfitted_cells(methods, drugs),
        "cipa_differences": difference_cells(evaluations, drugs),
        "binary": method_cells(others, BINARY_COLUMNS),
        "published": published_rows(),
    }
    for name, rows in tables.items():
        print(f"{name}\n\n{markdown(rows)}\n")
        if args.output:
            args.output.mkdir(parents=True, exist_ok=True)
            (args.output / f"{name}.tex").write_text(latex(rows) + "\n", encoding="utf-8")
    if args.output:
        write_csv(args.output / "methods.csv", method_rows([*evaluations, *others]))
        write_csv(args.output / "method_classification.csv", method_classification_rows(evaluations, drugs))
        shown = read_result(str(args.output / "method_classification.csv"))[1]
        save(roc.draw(shown), args.output / "roc.svg", args.output / "roc.png")


if __name__ == "__main__":
    main()
