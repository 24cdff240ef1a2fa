"""Effects of drugs without their categories: clusters of drugs, clusters of cells, and the cells that fail."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pointes import netcdf
from pointes.campaign.files.results import variable
from pointes.cells.results import MEASURED
from pointes.drugs import (
    abnormal_shares,
    cluster,
    contrast,
    each_sample,
    effects,
    median_effects,
    phenotypes,
    stability,
    subsamples,
)
from pointes.drugs.clusters import FEWEST_ROWS
from pointes.libraries import xarray
from pointes.netcdf import Variable

FACTOR = "factor_"
BOUND = "estimate, lower and upper end of the 95 % interval"
STANDARD = "standard deviations"


def drug_clusters(path: Path) -> dict[str, Variable]:
    """Return the clusters of the compounds of a scenario's file by their effects on all biomarkers.

    Compounds without a known effect are left out. With fewer than three others there are no clusters.
    """
    panel = netcdf.load_dataset(path)
    names = [name for name in MEASURED if f"control_{name}" in panel.attrs and panel[name].notnull().any()]
    if not names or panel.sizes["drug"] < FEWEST_ROWS:
        return {**_named(panel)}
    values = {name: panel[name].transpose("drug", "dose", "sample").values for name in names}
    biomarkers, features = effects(values, {name: panel.attrs[f"control_{name}"] for name in names})
    known = ~np.isnan(median_effects(features)).all(axis=1)
    panel, features = panel.isel(drug=known), features[known]
    if len(features) < FEWEST_ROWS:
        return {**_named(panel)}
    clusters = cluster(median_effects(features))
    stable = stability(clusters, each_sample(features))
    return {
        **_named(panel),
        "biomarker": variable(("biomarker",), np.array(biomarkers), "biomarker"),
        "effect": variable(
            ("drug", "biomarker"),
            median_effects(features),
            "median compressed change against the control, in standard deviations over drugs and samples",
            "1",
            fill_value=np.nan,
        ),
        "tree": variable(("merge", "link"), clusters.tree, "merges of Ward's method, as SciPy has them", "1"),
        "cluster": variable(("drug",), clusters.cluster.astype("i4"), "number of the cluster"),
        "together": variable(
            ("drug", "other_drug"), stable.together, "share of the samples that put two drugs into one cluster", "1"
        ),
        **_stability(stable.agreement, clusters.silhouette),
    }


def failing_cells(path: Path) -> dict[str, Variable]:
    """Return the shares of cells of a population that fail, and the conductances that set them apart."""
    panel = netcdf.load_dataset(path)
    label = panel["label"].transpose("drug", "dose", "sample").values
    factors = {name.removeprefix(FACTOR): panel[name].values for name in map(str, panel) if name.startswith(FACTOR)}
    contrasts = [contrast(np.column_stack(list(factors.values())), row) for row in label[:, -1]]
    return {
        **_named(panel),
        "dose": variable(("dose",), panel["dose"].values, "concentration as a multiple of free Cmax", "1"),
        "factor": variable(("factor",), np.array(list(factors)), "current whose conductance differs between cells"),
        "share": variable(
            ("drug", "dose", "bound"), abnormal_shares(label).share, f"share of cells that fail: {BOUND}", "1"
        ),
        "auc": variable(
            ("drug", "factor", "bound"),
            np.array([one.auc for one in contrasts]),
            f"probability that a failing cell has the larger factor, at the largest dose: {BOUND}",
            "1",
            fill_value=np.nan,
        ),
    }


def cell_clusters(path: Path, population: Path) -> dict[str, Variable]:
    """Return the clusters of the cells of a population by their phenotype, and how many of each fail under drugs.

    With fewer than three cells there are no clusters.
    """
    panel, cells = netcdf.load_dataset(path), netcdf.load_dataset(population)
    accepted = cells.isel(variant=np.flatnonzero(cells["accepted"].values == 1))
    if accepted.sizes["variant"] < FEWEST_ROWS:
        return {**_named(panel)}
    known = [name for name in MEASURED if name in accepted and accepted[name].notnull().all()]
    names, features = phenotypes({name: accepted[name].values for name in known})
    clusters = cluster(features)
    stable = stability(clusters, subsamples(features))
    members = [clusters.cluster == one for one in np.unique(clusters.cluster)]
    label = panel["label"].transpose("drug", "dose", "sample").values[:, -1]
    return {
        **_named(panel),
        "biomarker": variable(("biomarker",), np.array(names), "biomarker"),
        "phenotype": variable(
            ("cluster", "biomarker"),
            np.array([np.nanmean(features[rows], axis=0) for rows in members]),
            f"mean of the cluster in {STANDARD} of the population",
            "1",
        ),
        "size": variable(("cluster",), np.array([rows.sum() for rows in members], "i4"), "number of cells"),
        "together": variable(
            ("cluster",),
            stable.of_clusters(clusters.cluster),
            "how often two cells of the cluster stay together when the population is resampled",
            "1",
        ),
        "failing": variable(
            ("cluster", "drug"),
            np.array([abnormal_shares(label[:, rows]).share[:, 0] for rows in members]),
            "share of the cells that fail at the largest dose",
            "1",
        ),
        "dose": variable((), panel["dose"].values[-1], "largest dose, as a multiple of free Cmax", "1"),
        **_stability(stable.agreement, clusters.silhouette),
    }


def _named(panel: "xarray.Dataset") -> Mapping[str, Variable]:
    return {
        "drug": variable(("drug",), panel["drug"].values.astype(str), "drug or combination of drugs"),
        "category": variable(("drug",), panel["category"].values.astype(str), "published risk category"),
    }


def _stability(agreement: np.ndarray, silhouette: float) -> Mapping[str, Variable]:
    return {
        "agreement": variable(
            ("replicate",), agreement, "adjusted Rand index of the clusters of a replicate with those of all data", "1"
        ),
        "silhouette": variable((), np.array(silhouette), "mean silhouette of the clusters", "1"),
    }
