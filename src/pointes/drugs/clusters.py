"""Clusters of drugs by their simulated effects, or of cells by their phenotype, and how stable the clusters are.

Rows are clustered hierarchically by Ward's method. A tree always has clusters, whether the rows fall into groups or
not: look at the silhouette [1]_, and at the clusters of resampled data, which are compared with those of all data by
the adjusted Rand index [2]_ and by how often two rows come to lie in one cluster.

References
----------
.. [1] Rousseeuw, J. Comput. Appl. Math. 20, 53 (1987). doi:10.1016/0377-0427(87)90125-7
.. [2] Hubert and Arabie, J. Classif. 2, 193 (1985). doi:10.1007/BF01908075
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import scipy

from pointes.errors import UserError
from pointes.libraries import sklearn

MOST_CLUSTERS = 8

Replicate = tuple[np.ndarray, np.ndarray]
"""Indices of the rows of a replicate, (k,), and their features, (k, n_features)."""


@dataclass(frozen=True, eq=False)
class Clusters:
    """Clusters of n rows, numbered from 0 along the dendrogram."""

    tree: np.ndarray  # merges in the format of `scipy.cluster.hierarchy.linkage`, (n - 1, 4)
    cluster: np.ndarray  # cluster of each row, (n,)
    silhouette: float  # mean over the rows, from -1 to 1; about 0 where clusters touch


@dataclass(frozen=True, eq=False)
class Stability:
    """Agreement of the clusters of replicates with those of all data."""

    agreement: np.ndarray  # adjusted Rand index, 1 for the same clusters and about 0 by chance, (n_replicates,)
    together: np.ndarray  # share of the replicates with both rows that put them into one cluster, (n, n)

    def of_clusters(self, cluster: np.ndarray) -> np.ndarray:
        """Return how often two rows of one cluster stay together, on average, by cluster; NaN for a single row."""
        apart = np.where(np.eye(len(cluster), dtype=bool), np.nan, self.together)
        rows = [np.flatnonzero(cluster == one) for one in np.unique(cluster)]
        return np.array([np.nanmean(apart[np.ix_(row, row)]) if len(row) > 1 else np.nan for row in rows])


def effects(
    values: Mapping[str, np.ndarray], control: Mapping[str, np.ndarray | float]
) -> tuple[list[str], np.ndarray]:
    """Return the effects of drugs on biomarkers, as features of the drugs.

    The effect of a sample is the change x of a biomarker against the control, averaged over the doses at which the
    biomarker exists, as arsinh(x / m) with the median m of all changes in size. It is linear in small changes and
    logarithmic in large ones; otherwise the few drugs of the largest effects have clusters of their own, and all others
    share one. The unit is the standard deviation over all drugs and samples.

    Parameters
    ----------
    values
        Values by biomarker, (n_drugs, n_doses, n_samples) each; NaN where a simulation has none.
    control
        Value of each biomarker without a drug, a scalar or (n_samples,), such as those of the cells of a population.

    Returns
    -------
    names
        The n_names biomarkers that differ between drugs or samples.
    features : (n_drugs, n_samples, n_names) array
        Effects by drug and sample; NaN where a biomarker exists at no dose.
    """
    changes = {name: _compressed(_mean(array - control[name], axis=1)) for name, array in values.items()}
    return _in_spreads(changes, "drugs")


def phenotypes(values: Mapping[str, np.ndarray]) -> tuple[list[str], np.ndarray]:
    """Return the biomarkers of cells in units of their standard deviation around their mean, as features of the cells.

    ``values`` has (n_cells,) values by biomarker, NaN where a cell has none. The features are (n_cells, n_names), for
    the biomarkers that differ between cells.
    """
    return _in_spreads({name: column - np.nanmean(column) for name, column in values.items()}, "cells")


def cluster(features: np.ndarray, n_clusters: int | None = None) -> Clusters:
    """Cluster rows by Ward's method.

    Parameters
    ----------
    features : (n, n_features) array
        Standardised features. Where a row lacks some, distances are those of the features that two rows share, scaled
        up to all of them.
    n_clusters
        Number of clusters; by default that with the largest silhouette, from 2 to `MOST_CLUSTERS`.

    Raises
    ------
    UserError
        There are fewer than three rows, more clusters than rows, or two rows without a common feature.
    """
    n = len(features)
    if n < 3:
        raise UserError("rows to cluster", n, "at least 3")
    if n_clusters is not None and not 2 <= n_clusters < n:
        raise UserError("n_clusters", n_clusters, f"2 to {n - 1}")
    distances = sklearn.metrics.nan_euclidean_distances(features)
    if np.isnan(distances).any():
        raise UserError("two rows have no feature in common", expected="biomarkers that exist in all rows")
    tree = scipy.cluster.hierarchy.ward(distances[np.triu_indices(n, 1)])
    numbers = [n_clusters] if n_clusters else range(2, min(MOST_CLUSTERS, n - 1) + 1)
    cuts = [_cut(tree, k) for k in numbers]
    scores = [float(sklearn.metrics.silhouette_score(distances, cut, metric="precomputed")) for cut in cuts]
    best = int(np.argmax(scores))
    return Clusters(tree, cuts[best], scores[best])


def each_sample(features: np.ndarray) -> Iterator[Replicate]:
    """Yield replicates of drugs, one for each sample: what one draw of their pharmacology, or one cell, would give.

    ``features`` are (n_drugs, n_samples, n_features), as `effects` returns them. Drugs without a feature are left out.
    """
    for sample in features.transpose(1, 0, 2):
        rows = np.flatnonzero(~np.isnan(sample).all(axis=1))
        yield rows, sample[rows]


def subsamples(features: np.ndarray, n_replicates: int = 200, share: float = 0.8, seed: int = 1) -> Iterator[Replicate]:
    """Yield replicates that hold a share of the rows of the features (n, n_features), drawn without replacement."""
    rng = np.random.default_rng(seed)
    for _ in range(n_replicates):
        rows = np.sort(rng.choice(len(features), round(share * len(features)), replace=False))
        yield rows, features[rows]


def stability(clusters: Clusters, replicates: Iterable[Replicate]) -> Stability:
    """Cluster replicates into as many clusters, and compare them with the clusters of all data."""
    n, k = len(clusters.cluster), int(clusters.cluster.max()) + 1
    together, seen = np.zeros((n, n)), np.zeros((n, n))
    agreement = []
    for rows, features in replicates:
        found = cluster(features, k).cluster
        agreement.append(float(sklearn.metrics.adjusted_rand_score(clusters.cluster[rows], found)))
        seen[np.ix_(rows, rows)] += 1
        together[np.ix_(rows, rows)] += found[:, None] == found
    with np.errstate(invalid="ignore"):
        return Stability(np.array(agreement), together / seen)


def median_effects(features: np.ndarray) -> np.ndarray:
    """Return the medians over the samples, axis 1 of features; NaN where half of the samples or more have no value."""
    known = (~np.isnan(features)).mean(axis=1) > 0.5
    medians = np.nanmedian(np.where(known[:, None], features, 0.0), axis=1)
    return np.where(known, medians, np.nan)


def _mean(values: np.ndarray, axis: int) -> np.ndarray:
    """Return the means of the values that are known; NaN where none is."""
    return np.asarray(np.ma.masked_invalid(values).mean(axis=axis).filled(np.nan))


def _compressed(changes: np.ndarray) -> np.ndarray:
    sizes = np.abs(changes[np.nan_to_num(changes) != 0])
    return np.arcsinh(changes / np.median(sizes)) if len(sizes) else changes


def _in_spreads(columns: Mapping[str, np.ndarray], things: str) -> tuple[list[str], np.ndarray]:
    """Return the names of the columns whose values differ, and these in units of their standard deviations."""
    spreads = {name: float(np.nanstd(column)) for name, column in columns.items()}
    names = [name for name, spread in spreads.items() if spread > 0]
    if not names:
        raise UserError(f"biomarkers that differ between {things}", 0, "at least 1")
    return names, np.stack([columns[name] / spreads[name] for name in names], axis=-1)


def _cut(tree: np.ndarray, k: int) -> np.ndarray:
    """Return the clusters of the rows of a tree that is cut into k, numbered in the order of its leaves."""
    number = scipy.cluster.hierarchy.fcluster(tree, k, criterion="maxclust")
    order = scipy.cluster.hierarchy.leaves_list(tree)
    first = {one: place for place, one in reversed(list(enumerate(number[order])))}
    ranks = {one: rank for rank, one in enumerate(sorted(first, key=first.__getitem__))}
    return np.array([ranks[one] for one in number])
