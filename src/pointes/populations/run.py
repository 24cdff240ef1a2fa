"""Run of a population: variants are paced, calibrated and written to a file."""

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from pointes import netcdf
from pointes.batches.cluster import cpu_count
from pointes.cells import CellModel
from pointes.errors import UserError
from pointes.netcdf import Variable
from pointes.populations import states
from pointes.populations.calibration import MEASURED, Ranges, accepted, check_ranges, outside
from pointes.populations.execution import Batch, PopulationProtocol, batches, load_results, opened, pace_all
from pointes.populations.variants import NUMBER, Variants, variable_name
from pointes.software import made
from pointes.status import count_failures
from pointes.vocabulary import Failure, Status, meanings

FLAGS = {
    "label": ("safe", "arrhythmic"),
    "status": meanings(Status),
    "failure": meanings(Failure),
    "ead": ("no", "yes"),
    "repolarisation_failure": ("no", "yes"),
    "accepted": ("no", "yes"),
}
"""Meanings of the values 0, 1, ... of the variables that hold flags."""

ACCEPTED = ("1", "all calibrated biomarkers in range, neither failed nor arrhythmic")
"""Unit and meaning of the variable that a calibration adds."""


def simulate(
    protocol: PopulationProtocol,
    variants: Variants,
    output: Path,
    *,
    ranges: Ranges | None = None,
    initial_state: Path | None = None,
    save_state: Path | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Pace the variants of a population and write them with their biomarkers.

    Parameters
    ----------
    protocol
        Model and protocol.
    variants
        n variants from `draw` or `read_variants`.
    output
        netCDF4 file for the results, with the dimension ``variant``; it appears when all variants are paced. A run that
        was interrupted continues from the batches in the folder ``.<output>.parts`` beside it.
    ranges
        Ranges of biomarkers from `read_ranges`, by which variants are accepted; without them none is judged.
    initial_state
        File with one initial state for all variants or one for each; by default the published state.
    save_state
        File for the states of all variants at the end.
    workers
        Worker processes, one core each; by default as many as there are cores.
    progress
        Function that is called with the number of paced variants and the number of all variants.

    Returns
    -------
    dict
        Numbers of ``variants``, ``failed`` and ``arrhythmic`` ones; ``failures``, the number of failed ones by reason
        (`pointes.status.WORDS`); with ranges also the number of ``accepted`` ones, and ``outside``, the number of
        variants out of range among those that did not fail, by biomarker.

    Raises
    ------
    UserError
        There is a mistake in the protocol, the variants, the ranges or the files; nothing was paced then.
    """
    start = checked_start(protocol, variants, output, ranges, initial_state, save_state, workers)
    folder = output.with_name(f".{output.name}.parts")
    with opened(folder, protocol, variants, start):
        pace_all(protocol, variants, start, folder, workers or cpu_count(), progress)
        done = list(batches(variants, start, folder))
        summary = write(output, save_state, protocol, variants, done, ranges)
        shutil.rmtree(folder)
    return summary


def checked_start(
    protocol: PopulationProtocol,
    variants: Variants,
    output: Path,
    ranges: Ranges | None,
    initial_state: Path | None,
    save_state: Path | None,
    workers: int | None,
) -> np.ndarray | None:
    """Raise the errors of `simulate`, and return the states in the file ``initial_state``, or None without a file."""
    model = protocol.load()
    variants.check(model)
    check_ranges(ranges or {}, model, protocol.until_steady)
    if workers is not None and workers < 1:
        raise UserError("workers", workers, "at least 1")
    if save_state is not None:
        states.check_path(save_state, len(variants))
        if save_state.absolute() == output.absolute():
            raise UserError("results and states in one file", expected="two files", where=output)
    start = None if initial_state is None else states.read_states(initial_state, model, variants.numbers)
    protocol.check(variants, start)
    return start


def write(
    output: Path,
    save_state: Path | None,
    protocol: PopulationProtocol,
    variants: Variants,
    done: Sequence[Batch],
    ranges: Ranges | None,
) -> dict[str, Any]:
    """Write the results and the states from the files of paced batches; return the summary that `simulate` returns.

    Batches may hold more variants than ``variants``; those beyond the last one are left out.
    """
    model = protocol.load()
    if save_state is not None:
        _write_states(save_state, model, variants, done)
    return _write_results(output, protocol, model, variants, done, ranges)


def _kept(variants: Variants, done: Sequence[Batch]) -> Iterator[tuple[slice, dict[str, np.ndarray]]]:
    """Yield the results of batches for rows of the variants, batch by batch."""
    for batch in done:
        rows = slice(batch.rows.start, min(batch.rows.stop, len(variants)))
        yield rows, {name: column[: rows.stop - rows.start] for name, column in load_results(batch.file).items()}


def _write_states(path: Path, model: CellModel, variants: Variants, done: Sequence[Batch]) -> None:
    if path.suffix == ".csv":
        for _, results in _kept(variants, done):
            states.write_states(path, model, results["state"])
        return
    with states.open_states(path, model, variants.numbers) as write_rows:
        for rows, results in _kept(variants, done):
            write_rows(rows, results["state"])


def _write_results(
    output: Path,
    protocol: PopulationProtocol,
    model: CellModel,
    variants: Variants,
    done: Sequence[Batch],
    ranges: Ranges | None,
) -> dict[str, Any]:
    """Write variants and their results, batch by batch; return the summary that `simulate` returns."""
    counts: dict[str, Any] = {"variants": len(variants), "failed": 0, "arrhythmic": 0, "failures": Counter()}
    if ranges is not None:
        counts |= {"accepted": 0, "outside": dict.fromkeys(ranges, 0)}
    with netcdf.writing(output, _attributes(protocol, model, variants, ranges)) as file:
        netcdf.add(file, NUMBER, Variable((NUMBER,), variants.numbers, {"long_name": "number of the variant"}))
        for name, column in variants.columns.items():
            factor = {"long_name": f"factor of the conductance of {name}", "units": "1"}
            value = {"long_name": f"value of {name} in the units of the model file"}
            attributes = factor if name in model.conductances else value
            netcdf.add(file, variable_name(name), Variable((NUMBER,), column, attributes))
        for rows, results in _kept(variants, done):
            del results["state"]
            if ranges is not None:
                results["accepted"] = accepted(results, ranges).astype(np.int8)
            _count(counts, results, ranges)
            for name, column in results.items():
                # A variant that failed has no label, which -1 stands for.
                fill_value = np.int8(-1) if name == "label" else None
                netcdf.add(file, name, Variable((NUMBER,), column, _described(name, ranges), fill_value), rows)
    return counts


def _count(counts: dict[str, Any], results: Mapping[str, np.ndarray], ranges: Ranges | None) -> None:
    """Add the results of a batch to the counts."""
    sound = results["status"] == Status.OK
    counts["failed"] += int(np.sum(~sound))
    counts["failures"].update(count_failures(results["status"], results["failure"]))
    counts["arrhythmic"] += int(np.sum(results["label"] == 1))
    if ranges is not None:
        counts["accepted"] += int(results["accepted"].sum())
        for name, out in outside(results, ranges).items():
            counts["outside"][name] += int(np.sum(out & sound))


def _described(name: str, ranges: Ranges | None) -> dict[str, Any]:
    """Return the attributes of a result, with its range if it was calibrated."""
    units, long_name = {**MEASURED, "accepted": ACCEPTED}[name]
    attributes: dict[str, Any] = {"long_name": long_name}
    if name in FLAGS:
        values = np.arange(len(FLAGS[name]), dtype="i1")
        attributes |= {"flag_values": values, "flag_meanings": " ".join(FLAGS[name])}
    else:
        attributes["units"] = units
    if ranges is not None and name in ranges:
        attributes["accepted_range"] = np.array(ranges[name])
    return attributes


def _attributes(
    protocol: PopulationProtocol, model: CellModel, variants: Variants, ranges: Ranges | None
) -> dict[str, str]:
    title = "Population of variants of a cell model" + (", calibrated" if ranges is not None else "")
    return {
        **made(),
        "title": title,
        "source": f"{model.name} {model.celltype}".strip() + f", paced every {protocol.cycle_length:g} ms",
        "parameters": " ".join(variants.columns),
        "variants": variants.origin,
        "simulation": json.dumps(asdict(protocol)),
        "fingerprint": model.fingerprint,
    }
