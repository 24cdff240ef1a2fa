"""Tables and pictures of docs/drugs/index.md, from the results of the campaign config/campaigns/cipa.yaml.

    python benchmarks/cipa_study.py results/cipa

Compares the panel with the reference values of the FDA (`data/cipa8_reference_metrics.csv`), writes a compact summary
of the panel to docs/drugs/cipa_panel.csv, and replaces the tables of the page, each of which follows a comment with its
name. Core-hours are those that the shards of the simulations have recorded.
"""

import argparse
import csv
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from machine import described
from pages import write_tables

from pointes.campaign.simulation import shards
from pointes.files import write_csv
from pointes.netcdf import load_dataset

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "docs/drugs/index.md"
SUMMARY = PROJECT / "docs/drugs/cipa_panel.csv"
IMAGES = PROJECT / "docs/images/drugs"
REFERENCE = PROJECT / "benchmarks/data/cipa8_reference_metrics.csv"
FIGURES = ("torsade_ranking", "qnet_doses", "roc", "confusion", "class_flips", "drug_clusters")
FIGURES += ("failing_cells", "cell_clusters", "trajectories", "attribution")
WHOLE_STUDY = 2000  # samples
QUANTILES = {"median": 0.5, "q025": 0.025, "q975": 0.975}
SUMMARISED = {"qnet_uC_per_uF": ".5f", "apd90_ms": ".1f", "catd90_ms": ".1f"}


def summary_rows(panel: Any) -> list[dict[str, Any]]:
    """Return quantiles over the samples of each drug and dose, and the share of samples with EADs."""
    rows = []
    for drug in panel["drug"].values.astype(str):
        for dose in panel["dose"].values:
            at = panel.sel(drug=drug, dose=dose)
            row = {"drug": drug, "dose_x_cmax": f"{dose:g}", "samples": int((at["status"] == 0).sum())}
            for name, text in SUMMARISED.items():
                values = at[name].values[np.isfinite(at[name].values)]
                row |= {f"{name}_{end}": format(np.quantile(values, p), text) for end, p in QUANTILES.items()}
            rows.append(row | {"ead_share": f"{float((at['ead'] == 1).mean()):.4f}"})
    return rows


def reference_table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return how far the panel is from the reference: one row per drug, the largest deviation over the doses."""
    with REFERENCE.open(encoding="utf-8", newline="") as file:
        reference = {(row["drug"], row["dose_x_cmax"]): row for row in csv.DictReader(file)}
    lines = ["| drug | median | 2.5 % | 97.5 % |", "| --- | --- | --- | --- |"]
    worst = {end: 0.0 for end in QUANTILES}
    for drug in sorted({drug for drug, _ in reference}):
        found = {end: 0.0 for end in QUANTILES}
        for row in rows:
            if row["drug"] == drug:
                expected = reference[drug, row["dose_x_cmax"]]
                for end in QUANTILES:
                    deviation = float(row[f"qnet_uC_per_uF_{end}"]) / float(expected[f"qNet_uC_{end}"]) - 1
                    found[end] = max(found[end], deviation, key=abs)
        worst = {end: max(worst[end], found[end], key=abs) for end in QUANTILES}
        lines.append(f"| {drug} | {' | '.join(f'{100 * found[end]:+.2f} %' for end in QUANTILES)} |")
    return [*lines, f"| **largest** | {' | '.join(f'{100 * worst[end]:+.2f} %' for end in QUANTILES)} |"]


def cost_table(results: Path, scenarios: dict[str, Any]) -> list[str]:
    """Return the measured core-hours of each scenario, and those that 2,000 samples would take."""
    lines = ["| scenario | cells | beats on average | core-seconds per cell | core-hours | with 2,000 samples |"]
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for name, scenario in scenarios.items():
        panel = load_dataset(results / f"scenarios/{name}/panel.nc")
        fingerprint = panel.attrs["fingerprint"]
        cells = seconds = 0.0
        for folder in sorted((results / f"scenarios/{name}/shards").iterdir()):
            for shard in shards.read_shards(folder, fingerprint) if folder.is_dir() else ():
                cells, seconds = cells + len(shard), seconds + shard.attributes[shards.COST]
        n = panel["status"].size
        whole = "–"
        if not scenario.get("population"):
            whole = f"{seconds / cells * n / panel.sizes['sample'] * WHOLE_STUDY / 3600:.1f} (extrapolated)"
        beats = float(panel["beats"].mean())
        lines.append(
            f"| {name} | {n} | {beats:.0f} | {seconds / cells:.3f} | {seconds / cells * n / 3600:.2f} | {whole} |"
        )
    return lines


def flip_table(results: Path) -> list[str]:
    """Return how often drugs change class within and between scenarios."""
    with (results / "classification.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["scheme"] == "in sample"]
    pairs = list(dict.fromkeys((row["scenario"], row["fitted_to"]) for row in rows))
    by_pair = {pair: [row for row in rows if (row["scenario"], row["fitted_to"]) == pair] for pair in pairs}
    majority = {row["drug"]: row["majority"] for row in by_pair[pairs[0]]}
    lines = [
        "| scenario | thresholds of | samples outside the drug's class | right of 28 | drugs whose class changes |"
    ]
    lines.append("| --- | --- | --- | --- | --- |")
    for (scenario, fitted_to), found in by_pair.items():
        flipped = 100 * np.mean([float(row["flipped"]) for row in found])
        right = sum(row["category"] == row["majority"] for row in found)
        changed = [row["drug"] for row in found if row["majority"] != majority[row["drug"]]]
        names = f"{len(changed)}: {', '.join(changed)}" if changed else "0"
        lines.append(f"| {scenario} | {fitted_to} | {flipped:.1f} % | {right} | {names} |")
    return lines


def markdown_table(cells: Sequence[Sequence[str]]) -> list[str]:
    header, *rows = [f"| {' | '.join(row)} |" for row in cells]
    return [header, f"| {' | '.join(['---'] * len(cells[0]))} |", *rows]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="results folder of the campaign")
    results = parser.parse_args().results
    record = json.loads((results / "campaign.json").read_text(encoding="utf-8"))
    scenarios = record["config"]["panel"]["scenarios"]
    rows = summary_rows(load_dataset(results / f"scenarios/{next(iter(scenarios))}/panel.nc"))
    write_csv(SUMMARY, rows)
    methods = json.loads((results / "methods.json").read_text(encoding="utf-8"))
    write_tables(
        PAGE,
        {
            "reference": reference_table(rows),
            "cost": cost_table(results, scenarios),
            "methods": markdown_table(methods["methods"]),
            "differences": markdown_table(methods["differences"]),
            "unfitted": markdown_table(methods["unfitted"]),
            "flips": flip_table(results),
        },
    )
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name in FIGURES:
        shutil.copyfile(results / f"figures/{name}.png", IMAGES / f"{name}.png")
    print(described())


if __name__ == "__main__":
    main()
