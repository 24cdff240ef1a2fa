"""Repeat the classification of the 28 CiPA drugs by the FDA, from samples of its simulations.

    git clone https://github.com/kit-cml/cml_olr          (commit 9ed7920; it has no licence file)
    python benchmarks/fda_classification.py cml_olr

The repository has mean qNet at 1 to 4 Cmax for 2,000 samples of each drug, from manual patch clamp and from the data of
Charles River, which it calls hybrid. ``--statsmodels`` times the fit beside the one of statsmodels, which has to be
installed. ``--panel`` compares a panel that was simulated from the first of these samples. ``--write`` writes the
summaries of these samples that `benchmarks/data` and the tests keep.
"""

import argparse
import csv
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from machine import described, timed

from pointes.drugs import (
    CATEGORIES,
    Scheme,
    by_sample,
    classify,
    codes,
    fit_ordinal,
    majority,
    measure,
    threshold_interval,
)
from pointes.drugs.method_table import markdown
from pointes.drugs.ordinal import PENALTY
from pointes.files import write_csv
from pointes.netcdf import load_dataset

HERE = Path(__file__).parent
METRICS = HERE / "data/cipa28_torsade_metric.csv"
QUANTILES = HERE.parent / "tests/unit/drugs/fda_torsade_metric.csv"
SOURCES = {"Charles River": "hybrid", "manual": "manual"}
PUBLISHED = QUANTILES.with_name("fda_classification.csv")
COUNT = 40  # quantiles that the tests keep
SUBSETS, SIZES = 20, (16, 32, 64, 256, 500)  # random subsets of the samples, and their numbers of samples
RANKINGS = ("auc_high_vs_rest", "auc_low_vs_rest", "pairwise")


class Samples(NamedTuple):
    """Names of drugs, torsade metric [µC/µF], (n_drugs, n_samples), codes of categories, and training drugs."""

    drugs: list[str]
    metric: np.ndarray
    category: np.ndarray
    training: np.ndarray


def read(checkout: Path, name: str) -> Samples:
    """Read the samples of a data set."""
    parts = ("training", "testing")
    table = pd.concat(
        pd.read_csv(checkout / f"data/{name}_{part}.csv").assign(training=part == "training") for part in parts
    )
    metric = table.pivot_table(index="drug_name", columns="Sample_ID", values="qNet") / 1000
    first = table.groupby("drug_name").first().loc[metric.index]
    return Samples(list(metric.index), metric.to_numpy(), codes(list(first["label"])), first["training"].to_numpy())


def threshold_rows(data: dict[str, Samples]) -> list[list[str]]:
    """Return the thresholds [µC/µF] fitted to all drugs, with intervals over drugs, and to the training drugs."""
    rows = [["data", "fitted to", "penalty", "slope", "low – intermediate", "intermediate – high"]]
    for name, samples in data.items():
        for title, chosen in (("28 drugs", np.ones(28, bool)), ("12 training drugs", samples.training)):
            metric, category = samples.metric[chosen], samples.category[chosen]
            for penalty in (0.0, PENALTY):
                model = fit_ordinal(metric, category, penalty=penalty)
                thresholds = [f"{one:.5f}" for one in model.thresholds()]
                rows.append([name, title, f"{penalty:g}", f"{model.slopes[0]:.2f}", *thresholds])
        ends = zip(*threshold_interval(samples.metric, samples.category), strict=True)
        rows.append([name, "28 drugs, resampled", f"{PENALTY:g}", "", *(f"{low:.4f}–{high:.4f}" for low, high in ends)])
    return rows


def scheme_rows(data: dict[str, Samples]) -> list[list[str]]:
    """Return the measures under each scheme, with the drugs ordered in three ways."""
    rows = [["data", "scheme", "ordered by", "high vs rest", "low vs rest", "pairs", "accuracy", "error", "wrong"]]
    for name, samples in data.items():
        for scheme in Scheme:
            found = classify(samples.metric, samples.category, scheme, training=samples.training)
            frequency = found.frequency()
            wrong = found.tested & (majority(frequency) != samples.category)
            names = ", ".join(drug for drug, one in zip(samples.drugs, wrong, strict=True) if one)
            for title, ranking in (("class frequency", frequency), ("mean probability", found.mean_probability())):
                one = measure(frequency, samples.category, ranking=ranking, tested=found.tested)
                right = f"{round(one.accuracy.value * one.n_drugs)} of {one.n_drugs}"
                aucs = [f"{getattr(one, ranking).value:.3f}" for ranking in RANKINGS]
                rows.append([name, scheme, title, *aucs, right, f"{one.mean_error.value:.3f}", names])
            within = by_sample(found.probability, samples.category, found.tested)
            rows.append([name, scheme, "each sample", *(_range(within[one]) for one in RANKINGS), "", "", ""])
    return rows


def published_difference(samples: Samples) -> int:
    """Return the largest difference to the class counts that the FDA published, over drugs, categories and schemes."""
    with PUBLISHED.open(encoding="utf-8") as file:
        counts = {
            (row["dataset"], row["drug"]): np.array([int(row[name]) for name in CATEGORIES])
            for row in csv.DictReader(file)
        }
    schemes = {"crl_28_training_fit": Scheme.IN_SAMPLE, "crl_28_loocv": Scheme.LEAVE_ONE_DRUG_OUT}
    largest = 0
    for dataset, scheme in schemes.items():
        predicted = classify(samples.metric, samples.category, scheme).predicted()
        for drug, codes_of_drug in zip(samples.drugs, predicted, strict=True):
            found = np.bincount(codes_of_drug, minlength=len(CATEGORIES))
            largest = max(largest, int(np.abs(found - counts[dataset, drug]).max()))
    return largest


def panel_rows(samples: Samples, path: Path) -> list[list[str]]:
    """Return the differences of the torsade metric of a panel to that of the FDA, in the same samples of each drug.

    They agree where hERG, ICaL, INaL and INa alone are blocked, also for drugs whose other channels were measured.
    """
    panel = load_dataset(path)
    qnet = panel["qnet_uC_per_uF"].sel(dose=[1, 2, 3, 4]).transpose("drug", "dose", "sample").values.mean(axis=1)
    rows = [["drug", "median difference [%]", "largest [%]", "difference of medians [%]"]]
    for name, mine in zip(panel["drug"].values, qnet, strict=True):
        theirs = samples.metric[samples.drugs.index(str(name)), : len(mine)]
        differences = 100 * np.abs(mine / theirs - 1)
        medians = 100 * (np.nanmedian(mine) / np.median(theirs) - 1)
        rows.append([str(name), f"{np.nanmedian(differences):.3f}", f"{np.nanmax(differences):.2f}", f"{medians:.2f}"])
    return rows


def subset_rows(samples: Samples) -> list[list[str]]:
    """Return how measures of the scheme that leaves drugs out depend on the number of samples."""
    rows = [["samples", "right of 28", "high vs rest, mean probability", "high vs rest, class frequency"]]
    rng = np.random.default_rng(0)
    for size in SIZES:
        found = []
        for _ in range(SUBSETS):
            chosen = samples.metric[:, rng.choice(samples.metric.shape[1], size, replace=False)]
            one = classify(chosen, samples.category, Scheme.LEAVE_ONE_DRUG_OUT)
            by_probability, by_frequency = (
                measure(one.frequency(), samples.category, ranking=ranking, n_resamples=1)
                for ranking in (one.mean_probability(), one.frequency())
            )
            aucs = (by_probability.auc_high_vs_rest.value, by_frequency.auc_high_vs_rest.value)
            found.append((28 * by_probability.accuracy.value, *aucs))
        texts = zip(*([f"{one:.3g}" for one in np.quantile(found, q, axis=0)] for q in (0.5, 0, 1)), strict=True)
        rows.append([str(size), *(f"{median} ({low}–{high})" for median, low, high in texts)])
    return rows


def statsmodels_rows(samples: Samples) -> list[list[str]]:
    """Return CPU time and coefficients of the fit beside those of statsmodels, and both where categories separate."""
    from statsmodels import __version__
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    separated = Samples([], np.arange(12.0)[:, None], np.repeat([0, 1, 2], 4), np.zeros(12, bool))
    rows = [["samples", "fit", "CPU time [s]", "slope", "intercepts"]]
    for title, one in (("Charles River", samples), ("separated", separated)):
        seconds, model = timed(lambda one=one: fit_ordinal(one.metric, one.category, penalty=PENALTY), repeats=3)
        intercepts = ", ".join(f"{value:.4f}" for value in model.intercepts)
        rows.append([title, "pointes", f"{seconds:.3f}", f"{model.slopes[0]:.4f}", intercepts])
        peer = OrderedModel(np.repeat(one.category, one.metric.shape[1]), one.metric.reshape(-1, 1), distr="logit")
        for method in ("bfgs", "lbfgs", "newton"):
            try:
                fit = partial(peer.fit, method=method, disp=0, maxiter=500)
                seconds, result = timed(fit, repeats=3)
            except Exception as error:
                rows.append([title, f"statsmodels {__version__}, {method}", "", type(error).__name__, str(error)])
                continue
            slope, *_ = result.params
            lower = -peer.transform_threshold_params(result.params)[1:3]
            converged = "" if result.mle_retvals["converged"] else " (not converged)"
            intercepts = ", ".join(f"{value:.4f}" for value in lower)
            name = f"statsmodels {__version__}, {method}{converged}"
            rows.append([title, name, f"{seconds:.3f}", f"{slope:.4f}", intercepts])
    return rows


def _range(values: np.ndarray) -> str:
    low, median, high = np.nanquantile(values, [0.025, 0.5, 0.975])
    return f"{median:.3f} ({low:.2f}–{high:.2f})"


def write(data: dict[str, Samples]) -> None:
    """Write the summaries that are kept in this repository."""
    summaries: list[dict[str, object]] = []
    for name, samples in data.items():
        quantiles = np.quantile(samples.metric, [0.5, 0.025, 0.975], axis=1).T
        for k, drug in enumerate(samples.drugs):
            summaries.append(
                {
                    "drug": drug,
                    "category": CATEGORIES[samples.category[k]],
                    "set": "training" if samples.training[k] else "validation",
                    "data": name,
                    **{
                        f"{which}_uC_per_uF": f"{value:.6f}"
                        for which, value in zip(("median", "q025", "q975"), quantiles[k], strict=True)
                    },
                }
            )
    write_csv(METRICS, summaries)
    samples = data["Charles River"]
    quantiles = np.quantile(samples.metric, (np.arange(COUNT) + 0.5) / COUNT, axis=1).T
    rows = [
        {"drug": drug, "category": CATEGORIES[code], **{f"q{k + 1}": f"{value:.6f}" for k, value in enumerate(values)}}
        for drug, code, values in zip(samples.drugs, samples.category, quantiles, strict=True)
    ]
    write_csv(QUANTILES, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--panel", type=Path, help="panel.nc of the same samples, to be compared")
    parser.add_argument("--statsmodels", action="store_true")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    data = {name: read(args.checkout, source) for name, source in SOURCES.items()}
    for rows in (threshold_rows(data), scheme_rows(data), subset_rows(data["Charles River"])):
        print(markdown(rows), end="\n\n")
    difference = published_difference(data["Charles River"])
    print(f"largest difference to the class counts of the FDA: {difference} of 2,000 samples\n")
    if args.panel:
        print(markdown(panel_rows(data["Charles River"], args.panel)), end="\n\n")
    if args.statsmodels:
        print(described(), markdown(statsmodels_rows(data["Charles River"])), sep="\n\n")
    if args.write:
        write(data)


if __name__ == "__main__":
    main()
