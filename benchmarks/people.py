"""APD90 and QT of simulations beside human tissue and people, for docs/drugs/people.md.

    python benchmarks/people.py

Simulates what is not yet in the folder of results, draws both figures, and writes the tables of the page. The
simulations take about 15 minutes of one core. An interrupted run continues.
"""

import argparse
import csv
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from pages import write_tables

from pointes import drugs
from pointes.campaign.files.results import read_result
from pointes.campaign.panel import human_apd, human_qt
from pointes.campaign.panel.human_apd import PROTOCOLS
from pointes.campaign.panel.measured import write_records
from pointes.campaign.simulation.execution import simulate
from pointes.drugs.agreement import agreement
from pointes.figures import save
from pointes.figures.human_apd import draw as draw_apd
from pointes.figures.human_qt import draw as draw_qt

PROJECT = Path(__file__).parents[1]
PAGE = PROJECT / "docs/drugs/people.md"
IMAGES = PROJECT / "docs/images/drugs"
MEASURED = PROJECT / "config/drugs/people/human_apd90.csv"
CLINICAL = PROJECT / "config/drugs/people/clinical_qt.csv"
PREDICTED = PROJECT / "benchmarks/data/barral2025/predictions.csv"
CABLE = PROJECT / "config/campaigns/cable-plane.yaml"
CHANNELS = ("cipa28", "crumb2016")
SAME_MODEL = {
    ("ohara-cipa-2017", "endo"): "ORd-CiPA",
    ("torord-dyncl", "endo"): "ToR-ORd",
    ("tentusscher-2006", "endo"): "ten Tusscher 2006 endo",
    ("ohara-2011", "endo"): "ORd 2011",
}
"""Cells of pointes that the published predictions have, too."""
OTHER_BLOCK = "thioridazine"
"""Drug whose published predictions are for other blocks."""

Row = Mapping[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, default=PROJECT / "results/people", help="folder of results")
    parser.add_argument("--workers", type=int, default=1, help="number of worker processes")
    parser.add_argument("--models", nargs="+", default=human_qt.MODELS, help="models of the cable")
    parser.add_argument("--channels", nargs="+", default=CHANNELS, help="drug tables in config/drugs, for the cable")
    options = parser.parse_args()
    results = options.results
    run = partial(simulate, workers=options.workers)

    apd = human_apd.simulate_apd90(human_apd.read_measurements(MEASURED), results / "shards/apd", run=run)
    agreements = human_apd.agreements(apd)
    effects = human_qt.read_effects(CLINICAL)
    tables = {name: drugs.read_drug_table(PROJECT / f"config/drugs/{name}.csv", ["IKr"]) for name in options.channels}
    cables = {model: human_qt.cable(CABLE, model) for model in options.models}
    qt = human_qt.simulate_qt(effects, tables, cables, results / "shards/qt", run=run)
    compared = human_qt.effects_at_cmax(effects, qt)
    files = {"human_apd": apd, "human_apd_agreement": agreements, "human_qt": qt, "human_qt_effects": compared}
    for name, rows in files.items():
        write_records(results / f"{name}.csv", rows)

    columns = {name: read_result(str(results / f"{name}.csv"))[1] for name in files}
    save(draw_apd(columns["human_apd"], columns["human_apd_agreement"]), IMAGES / "human_apd.png")
    save(draw_qt(columns["human_qt"], columns["human_qt_effects"]), IMAGES / "human_qt.png")
    write_tables(
        PAGE,
        {
            "apd": apd_table([*agreements, *published(apd)]),
            "check": check_table(apd),
            "channels": channels_table(qt),
            "qt": qt_table(compared),
            "waves": waves_table(compared),
            "order": order_table(compared),
        },
    )


def predictions() -> list[dict[str, str]]:
    with PREDICTED.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def published(apd: Sequence[Row]) -> list[dict[str, Any]]:
    """Return the agreement of the published predictions with the measurements, as `human_apd.agreements` does."""
    rows = []
    for model in list(predictions()[0])[3:]:
        for protocol in PROTOCOLS:
            predicted = [row for row in predictions() if row["protocol"] == protocol]
            measured = [row for row in apd if row["protocol"] == protocol][: len(predicted)]
            found = agreement(
                np.array([float(row[model]) for row in predicted]),
                np.array([row["measured_ms"] for row in measured]),
                np.array([row["measured_sd_ms"] for row in measured]),
                [row["drug"] for row in measured],
            )
            columns = human_apd.agreement_columns(found)
            rows.append({"model": f"*{model}*", "celltype": "", "protocol": protocol, **columns})
    return rows


def header(*names: str) -> Iterator[str]:
    yield f"| {' | '.join(names)} |"
    yield f"| --- {'| ---: ' * (len(names) - 1)}|"


def line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def bounded(row: Row, name: str, digits: int = 0) -> str:
    """Return a value with its 95 % interval; an infinite end is a failure."""
    value, low, high = (row[name + end] for end in ("", "_q025", "_q975"))
    return f"{value:.{digits}f} ({low:.{digits}f}–{high:.{digits}f})".replace("inf", "∞")


def apd_table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield a line for each model: first the guess and our cells, then the published predictions by their RMSE."""
    yield from header(
        "model",
        *(f"RMSE, {protocol} (ms)" for protocol in PROTOCOLS),
        "median error (ms)",
        "within 1 SD",
        "failed",
        "better than no change",
    )
    models = dict.fromkeys((row["model"], row["celltype"]) for row in rows)
    for model, celltype in models:
        both = [row for row in rows if (row["model"], row["celltype"]) == (model, celltype)]
        guess = model == human_apd.NO_CHANGE
        yield line(
            f"**{model}**" if guess else f"{model} {celltype}".strip(),
            *(bounded(row, "rmse_ms") for row in both),
            " / ".join(f"{row['median_error_ms']:.1f}" for row in both),
            " / ".join(f"{row['within_sd']:.2f}" for row in both),
            " / ".join(str(row["failed"]) for row in both),
            "" if guess else " / ".join(f"{row['better_than_no_change']:.2f}" for row in both),
        )


def check_table(apd: Sequence[Row]) -> Iterator[str]:
    """Yield how far our changes are from the published ones of the same model, without the drug of other blocks."""
    yield from header("cell", "published as", "points", "median difference (ms)", "largest difference (ms)")
    predicted = [row for row in predictions() if row["drug"] != OTHER_BLOCK]
    for (model, celltype), name in SAME_MODEL.items():
        ours = [
            row for row in apd if (row["model"], row["celltype"]) == (model, celltype) and row["drug"] != OTHER_BLOCK
        ]
        differences = [abs(one["simulated_ms"] - float(row[name])) for one, row in zip(ours, predicted, strict=True)]
        median, largest = np.median(differences), max(differences)
        yield line(f"{model} {celltype}", name, str(len(differences)), f"{median:.2f}", f"{largest:.1f}")


def channels_table(qt: Sequence[Row]) -> Iterator[str]:
    """Yield the free concentration of each drug at its peak, and the block of its channels there."""
    currents = [name.removesuffix("_block") for name in qt[0] if name.endswith("_block")]
    yield from header("drug, study", "channels", "total (nM)", "free (nM)", *(f"{name} (%)" for name in currents))
    peaks = {(row["drug"], row["study"], row["channels"]): row for row in qt if row["drug"]}  # the last dose
    for (drug, study, channels), row in peaks.items():
        blocks = (f"{100 * row[f'{name}_block']:.1f}" for name in currents)
        yield line(f"{drug}, {study}", channels, f"{row['total_nM']:.4g}", f"{row['free_nM']:.4g}", *blocks)


def qt_table(compared: Sequence[Row]) -> Iterator[str]:
    """Yield the effect on QT at the peak in people and of each model, and the ratio of the slopes."""
    models = list(dict.fromkeys(row["model"] for row in compared))
    yield from header(
        "drug, study", "channels", "people (ms)", *(f"{model} (ms)" for model in models), "slope, simulated / clinical"
    )
    for rows in cases(compared, "QTc"):
        first = rows[models[0]]
        ratios = " / ".join(
            "–" if np.isnan(rows[model]["slope_ratio"]) else f"{rows[model]['slope_ratio']:.2f}" for model in models
        )
        effects = (simulated(rows[model]) for model in models)
        yield line(f"{first['drug']}, {first['study']}", first["channels"], clinical(first), *effects, ratios)


def waves_table(compared: Sequence[Row]) -> Iterator[str]:
    """Yield the effects on J--T-peak and T-peak--T-end of the drugs of the trial."""
    models = list(dict.fromkeys(row["model"] for row in compared))
    yield from header("drug", "channels", "interval", "people (ms)", *(f"{model} (ms)" for model in models))
    for measure in ("J-Tpeak", "Tpeak-Tend"):
        for rows in cases(compared, measure):
            first = rows[models[0]]
            effects = (simulated(rows[model]) for model in models)
            yield line(first["drug"], first["channels"], measure, clinical(first), *effects)


def order_table(compared: Sequence[Row]) -> Iterator[str]:
    """Yield how the effects on QT of each model and table of channels agree with those in people."""
    yield from header(
        "model", "channels", "effects", "Spearman", "Kendall", "signs", "RMSE (ms)", "RMSE of no change (ms)"
    )
    groups = dict.fromkeys((row["model"], row["channels"]) for row in compared)
    for model, channels in groups:
        rows = [
            row
            for row in compared
            if (row["model"], row["channels"], row["measure"]) == (model, channels, "QTc")
            and np.isfinite(row["simulated_effect_ms"])
        ]
        found = human_qt.rank_correlations(rows)
        people, ours = (np.array([row[f"{kind}_effect_ms"] for row in rows]) for kind in ("clinical", "simulated"))
        yield line(
            model,
            channels,
            str(found["drugs"]),
            f"{found['spearman']:.2f}",
            f"{found['kendall']:.2f}",
            f"{found['same_sign']} of {found['signed']}",
            f"{np.sqrt(np.mean((ours - people) ** 2)):.0f}",
            f"{np.sqrt(np.mean(people**2)):.0f}",
        )


def cases(compared: Sequence[Row], measure: str) -> list[dict[str, Row]]:
    """Return the rows of a measure by model, for each drug, study and table of channels."""
    found: dict[tuple[str, str, str], dict[str, Row]] = {}
    for row in compared:
        if row["measure"] == measure:
            found.setdefault((row["drug"], row["study"], row["channels"]), {})[row["model"]] = row
    return list(found.values())


def clinical(row: Row) -> str:
    low, high = row["clinical_effect_q025_ms"], row["clinical_effect_q975_ms"]
    interval = "" if np.isnan(low) else f" ({low:+.0f} to {high:+.0f})"
    return f"{row['clinical_effect_ms']:+.0f}{interval}"


def simulated(row: Row) -> str:
    if np.isnan(row["simulated_effect_ms"]):
        return f"{row['failed']} of {len(human_qt.DOSES)} doses without it"
    return f"{row['simulated_effect_ms']:+.0f}"


if __name__ == "__main__":
    main()
