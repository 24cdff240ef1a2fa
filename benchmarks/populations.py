"""The 28 drugs on a calibrated population: shares of failing cells, what sets these apart, and clusters.

    python benchmarks/populations.py [--variants 500] [--doses 1 5 25] [--table TABLE] [--figures FOLDER]

Variants of the O'Hara–Rudy endocardial cell with nine conductances from 0 to 200 % are calibrated to human ranges, and
the accepted ones are paced under each drug (static block, point estimates) from their own state, for at most 150 beats.
"""

import argparse
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import xarray
from machine import described, timed

from pointes import cells, figures, populations
from pointes.cells.results import MEASURED
from pointes.drugs import DrugTable, block_along_doses, read_drug_table
from pointes.drugs.abnormality import abnormal_shares, contrast
from pointes.drugs.clusters import (
    Clusters,
    cluster,
    each_sample,
    effects,
    median_effects,
    phenotypes,
    stability,
    subsamples,
)
from pointes.populations.calibration import accepted

FACTORS = ("INa", "INaL", "Ito", "ICaL", "IKr", "IKs", "IK1", "INaCa", "INaK")
TABLE = Path(__file__).parents[1] / "config" / "drugs" / "cipa28.csv"
PROTOCOL = populations.PopulationProtocol("ohara-2011", "endo", beats=300, until_steady=True)

Results = dict[str, np.ndarray]


def population(n: int) -> tuple[np.ndarray, Results]:
    """Return factors, (n_cells, n_factors), and results of the accepted ones of n variants without a drug."""
    scale = dict.fromkeys(FACTORS, populations.Uniform(0, 2))
    variants = populations.draw(PROTOCOL.load(), scale, n, seed=1)
    results = PROTOCOL.run(variants)
    kept = accepted(results, populations.read_ranges())
    factors = np.column_stack([variants.columns[name] for name in FACTORS])
    return factors[kept], {name: column[kept] for name, column in results.items()}


def treated(table: DrugTable, doses: np.ndarray, factors: np.ndarray, control: Results) -> Results:
    """Return the results of all cells under all drugs at all doses, (n_drugs, n_doses, n_cells) each."""
    model = PROTOCOL.load()
    block = block_along_doses(table.cmax_nM, *table.point_estimate(), doses)
    shape = (*block.shape[:2], len(factors))
    blocks = {channel: np.repeat(block[..., k].ravel(), len(factors)) for k, channel in enumerate(table.channels)}
    values = {
        model.conductances[name]: model.parameters[model.conductances[name]] * np.tile(column, shape[0] * shape[1])
        for name, column in zip(FACTORS, factors.T, strict=True)
    }
    states = np.tile(control["state"], (shape[0] * shape[1], 1))
    results = cells.pace(
        model, blocks, values=values, initial_state=states, beats=150, label_beats=4, until_steady=True
    )
    return {name: column.reshape(shape) for name, column in results.items()}


def failing_cells(table: DrugTable, doses: np.ndarray, factors: np.ndarray, label: np.ndarray) -> xarray.Dataset:
    """Return what `pointes.figures.failing_cells` shows."""
    contrasts = [contrast(factors, row) for row in label[:, -1]]
    return xarray.Dataset(
        {
            "share": (("drug", "dose", "bound"), abnormal_shares(label).share),
            "auc": (("drug", "factor", "bound"), [one.auc for one in contrasts]),
            "category": ("drug", list(table.risk)),
        },
        {"drug": list(table.names), "dose": doses, "factor": list(FACTORS)},
    )


def drug_clusters(table: DrugTable, values: Results, control: Results) -> tuple[xarray.Dataset, Clusters]:
    """Return what `pointes.figures.drug_clusters` shows, and the clusters."""
    names, features = effects(values, control)
    clusters = cluster(median_effects(features))
    stable = stability(clusters, each_sample(features))
    dataset = xarray.Dataset(
        {
            "effect": (("drug", "biomarker"), median_effects(features)),
            "tree": (("merge", "link"), clusters.tree),
            "cluster": ("drug", clusters.cluster),
            "category": ("drug", list(table.risk)),
            "together": (("drug", "other_drug"), stable.together),
            "agreement": ("replicate", stable.agreement),
            "silhouette": clusters.silhouette,
        },
        {"drug": list(table.names), "biomarker": names},
    )
    return dataset, clusters


def cell_clusters(table: DrugTable, dose: float, control: Results, label: np.ndarray) -> xarray.Dataset:
    """Return what `pointes.figures.cell_clusters` shows, from labels (n_drugs, n_cells) at a dose."""
    names, features = phenotypes(control)
    clusters = cluster(features)
    stable = stability(clusters, subsamples(features))
    members = [clusters.cluster == one for one in np.unique(clusters.cluster)]
    return xarray.Dataset(
        {
            "phenotype": (("cluster", "biomarker"), [np.nanmean(features[rows], axis=0) for rows in members]),
            "size": ("cluster", [rows.sum() for rows in members]),
            "together": ("cluster", stable.of_clusters(clusters.cluster)),
            "failing": (("cluster", "drug"), [abnormal_shares(label[:, rows]).share[:, 0] for rows in members]),
            "agreement": ("replicate", stable.agreement),
            "silhouette": clusters.silhouette,
            "dose": dose,
        },
        {"drug": list(table.names), "biomarker": names},
    )


def agreement(dataset: xarray.Dataset) -> str:
    low, middle, high = np.quantile(dataset["agreement"], [0.025, 0.5, 0.975])
    return f"silhouette {float(dataset['silhouette']):.2f}, adjusted Rand index {middle:.2f} ({low:.2f} to {high:.2f})"


def apart(auc: np.ndarray) -> str:
    """Return the three factors with the most distant AUC, (n_factors, 3), whose interval leaves out one half."""
    clear = (auc[:, 1] > 0.5) | (auc[:, 2] < 0.5)
    order = [k for k in np.argsort(-np.abs(auc[:, 0] - 0.5)) if clear[k]]
    return ", ".join(f"{FACTORS[k]} {auc[k, 0]:.2f}" for k in order[:3])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--variants", type=int, default=500, help="drawn, before calibration")
    parser.add_argument("--doses", type=float, nargs="+", default=[1.0, 5.0, 25.0], help="multiples of Cmax")
    parser.add_argument("--table", type=Path, default=TABLE)
    parser.add_argument("--figures", type=Path, help="folder for the three figures")
    options = parser.parse_args()
    table, doses = read_drug_table(options.table, ["IKr"]), np.array(sorted(options.doses))
    print(described())
    factors, control = population(options.variants)
    elapsed, results = timed(lambda: treated(table, doses, factors, control))
    n_paced = results["label"].size
    print(f"{len(factors)} of {options.variants} variants accepted; {elapsed:.0f} s of CPU time for {n_paced} cells")
    biomarkers = [name for name in MEASURED if not np.isnan(control[name]).any()]
    of_drugs, clusters = drug_clusters(
        table, {name: results[name] for name in biomarkers}, {name: control[name] for name in biomarkers}
    )
    failing = failing_cells(table, doses, factors, results["label"])
    of_cells = cell_clusters(table, doses[-1], {name: control[name] for name in biomarkers}, results["label"][:, -1])
    columns = [f"failing at {dose:g} × Cmax [%]" for dose in doses]
    print(f"\n| drug | category | {' | '.join(columns)} | no label | what sets them apart (AUC) |")
    print("| --- " * (5 + len(doses)) + "|")
    for row, name in enumerate(table.names):
        shares = " | ".join("{:.0f} ({:.0f} to {:.0f})".format(*(100 * one)) for one in failing["share"].values[row])
        unlabelled = (results["label"][row] < 0).sum()
        print(f"| {name} | {table.risk[row]} | {shares} | {unlabelled} | {apart(failing['auc'].values[row])} |")
    print(f"\ndrugs: {len(np.unique(clusters.cluster))} clusters, {agreement(of_drugs)}")
    for one in np.unique(clusters.cluster):
        print(f"- {', '.join(np.array(table.names)[clusters.cluster == one])}")
    print(f"cells: {of_cells.sizes['cluster']} clusters of {of_cells['size'].values.tolist()}, {agreement(of_cells)}")
    if options.figures:
        for name, shown in (("drug_clusters", of_drugs), ("failing_cells", failing), ("cell_clusters", of_cells)):
            figures.save(getattr(figures, name).draw(shown), options.figures / f"{name}.png")


if __name__ == "__main__":
    main()
