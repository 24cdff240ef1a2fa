"""Beats until the rhythm is steady, plain and with leaps, and the distance to 1,000 and 3,000 plain beats.

    python benchmarks/steady.py [--cycle-length 1000] [--population 160] [--models NAME ...]

The first table has a row for each model and block: differences in APD90 and in the peak of calcium, and the largest
difference of a state. The second one has a row for each model: variants with random blocks of up to seven currents.
"""

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from pointes import cells

MODELS = {
    "ohara-2011": "endo",
    "ohara-cipa-2017": "endo",
    "torord-fkatp": "endo",
    "torord-dyncl": "endo",
    "tentusscher-2006": "epi",
    "trovato-2020": "purkinje",
    "stewart-2009": "purkinje",
}
BLOCKS = [{}, {"IKr": 0.5}, {"IKr": 0.9}, {"ICaL": 0.5}, {"IKr": 0.7, "ICaL": 0.3}]
LARGEST = {"IKr": 1.0, "ICaL": 0.8, "INaL": 0.8, "IKs": 0.9, "INa": 0.4, "INaK": 0.3, "INaCa": 0.4}  # of random blocks
FIELD_STANDARD, FAR, FARTHER = 1000, 3000, 5000  # beats

Result = dict[str, np.ndarray]


def state_error(model: cells.CellModel, result: Result, plain: Result) -> np.ndarray:
    """Return the largest difference of a state, relative to its size, for each cell."""
    sizes = np.maximum(model.kernel.SCALES, np.abs(plain["state"]))
    return (np.abs(result["state"] - plain["state"]) / sizes).max(axis=1)


def of_blocks(model: cells.CellModel, cycle_length: float) -> None:
    """Print a row for each block."""
    blocks = {name: np.array([block.get(name, 0.0) for block in BLOCKS]) for name in ("IKr", "ICaL")}
    protocol = {"cycle_length": cycle_length, "final_state": True}
    plain = cells.pace(model, blocks, beats=FIELD_STANDARD, **protocol)
    far = cells.pace(model, blocks, beats=FAR - FIELD_STANDARD, initial_state=plain["state"], **protocol)
    without = cells.pace(model, blocks, beats=FIELD_STANDARD, until_steady=True, accelerate=False, **protocol)
    result = cells.pace(model, blocks, beats=FIELD_STANDARD, until_steady=True, **protocol)
    drift = far["apd90_ms"] - plain["apd90_ms"]
    errors = [
        f"{result['apd90_ms'][k] - one['apd90_ms'][k]:+.2f} | "
        f"{100 * (result['cai_peak_mM'][k] / one['cai_peak_mM'][k] - 1):+.2f} | {100 * error[k]:.2f}"
        for k in range(len(BLOCKS))
        for one, error in [(plain, state_error(model, result, plain)), (far, state_error(model, result, far))]
    ]
    for k, block in enumerate(BLOCKS):
        name = ", ".join(f"{current} {100 * value:.0f} %" for current, value in block.items()) or "none"
        print(
            f"| {model.name} | {name} | {without['beats'][k]} | {result['beats'][k]} | {result['period'][k]} "
            f"| {drift[k]:+.2f} | {errors[2 * k]} | {errors[2 * k + 1]} |",
            flush=True,
        )


def of_population(model: cells.CellModel, cycle_length: float, n: int) -> None:
    """Print a row for a population: what was found steady against as many plain beats."""
    rng = np.random.default_rng(0)
    blocks = {name: top * rng.random(n) * (rng.random(n) < 0.6) for name, top in LARGEST.items()}
    blocks = {name: values for name, values in blocks.items() if name in model.conductances}
    protocol = {"cycle_length": cycle_length, "final_state": True}
    plain = cells.pace(model, blocks, beats=FIELD_STANDARD, label_beats=4, **protocol)
    result = cells.pace(model, blocks, beats=FIELD_STANDARD, label_beats=4, until_steady=True, **protocol)
    steady = result["period"] > 0
    labels = (result["label"] != plain["label"])[steady].sum()
    differ = np.flatnonzero((result["period"] == 1) & ~agree(result["apd90_ms"], plain["apd90_ms"]))
    if len(differ):
        far = cells.pace(
            model,
            {name: values[differ] for name, values in blocks.items()},
            beats=FARTHER - FIELD_STANDARD,
            initial_state=plain["state"][differ],
            **protocol,
        )
        still = (~agree(result["apd90_ms"][differ], far["apd90_ms"])).sum()
    print(
        f"| {model.name} | {n} | {steady.sum()} | {(result['period'] == 2).sum()} | {result['beats'].mean():.0f} "
        f"| {result['beats'][steady].mean() if steady.any() else np.nan:.0f} | {labels} "
        f"| {len(differ)} | {still if len(differ) else 0} |",
        flush=True,
    )


def agree(apd90: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return whether durations [ms] agree within 0.5 ms or 0.2 %."""
    return (np.isnan(apd90) & np.isnan(other)) | (np.abs(apd90 - other) <= np.maximum(0.5, 0.002 * other))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cycle-length", type=float, default=1000.0, help="ms")
    parser.add_argument("--population", type=int, default=160, help="variants in the second table")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=list(MODELS))
    options = parser.parse_args()
    models = [cells.load(name, MODELS[name]) for name in options.models]
    errors = "APD90 [ms] | Ca [%] | states [%]"
    print("| model | block | beats | with leaps | period | drift of APD90 [ms]", errors, errors, "", sep=" | ")
    print("| --- | --- " + "| ---: " * 10 + "|")
    for model in models:
        of_blocks(model, options.cycle_length)
    print("\n| model | variants | steady | period 2 | beats | if steady | labels differ | APD90 differs | by then |")
    print("| --- " + "| ---: " * 8 + "|")
    for model in models:
        of_population(model, options.cycle_length, options.population)


if __name__ == "__main__":
    main()
