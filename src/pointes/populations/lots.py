"""Populations of a given size: variants are drawn and paced lot after lot until enough are accepted."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pointes.batches.cluster import cpu_count
from pointes.errors import UserError
from pointes.populations.calibration import Ranges, accepted
from pointes.populations.execution import Batch, PopulationProtocol, batches, load_results, opened, pace_all
from pointes.populations.run import checked_start, write
from pointes.populations.variants import Variants

DRAWN_PER_ACCEPTED = 1000
"""Largest number of variants drawn per accepted one. Ranges that fewer variants fulfil do not give a population."""


def simulate_until_accepted(
    protocol: PopulationProtocol,
    draw_lot: Callable[[int], Variants],
    wanted: int,
    output: Path,
    ranges: Ranges,
    *,
    initial_state: Path | None = None,
    save_state: Path | None = None,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Pace lots of variants until enough are accepted, and write all variants up to the last one that was wanted.

    Parameters
    ----------
    protocol
        Model and protocol.
    draw_lot
        Function that returns the variants of the lot with a given index, from 0, always the same ones, by
        `pointes.populations.draw`.
    wanted
        Number of accepted variants at which drawing ends. It also ends after `DRAWN_PER_ACCEPTED` times as many drawn
        variants; the file then holds fewer accepted ones.
    output, ranges, save_state, workers
        Arguments of `pointes.populations.simulate`.
    initial_state
        File with one state from which all variants start; by default the published state.
    progress
        Function that is called after each lot with the number of accepted variants and with ``wanted``.

    Returns
    -------
    dict
        Summary that `pointes.populations.simulate` returns.

    Raises
    ------
    UserError
        There is a mistake in the protocol, the variants, the ranges or the files; nothing was paced then.
    """
    if wanted < 1:
        raise UserError("accepted variants", wanted, "at least 1")
    variants = draw_lot(0)
    start = checked_start(protocol, variants, output, ranges, initial_state, save_state, workers)
    if start is not None and len(start) > 1:
        expected = "one cell, from which all variants start"
        raise UserError("states of several cells", expected=expected, where=initial_state)
    folder = output.with_name(f".{output.name}.parts")
    processes = workers or cpu_count()
    with opened(folder, protocol, variants, start):
        done = _pace(protocol, variants, start, folder / "0", processes)
        found = _accepted(done, ranges)
        lots = 1
        while found.sum() < wanted and len(found) < DRAWN_PER_ACCEPTED * wanted:
            progress(int(found.sum()), wanted)
            lot = draw_lot(lots)
            paced = _pace(protocol, lot, start, folder / str(lots), processes, first_row=len(variants))
            done, found = done + paced, np.concatenate([found, _accepted(paced, ranges)])
            variants, lots = variants.followed_by(lot), lots + 1
        progress(min(int(found.sum()), wanted), wanted)
        rows = np.flatnonzero(found)[:wanted]
        kept = variants.part(slice(rows[-1] + 1)) if len(rows) == wanted else variants
        needed = [batch for batch in done if batch.rows.start < len(kept)]
        summary = write(output, save_state, protocol, kept, needed, ranges)
        shutil.rmtree(folder)
    return summary


def _pace(
    protocol: PopulationProtocol,
    variants: Variants,
    start: np.ndarray | None,
    folder: Path,
    workers: int,
    first_row: int = 0,
) -> list[Batch]:
    """Pace a lot and return its batches, whose rows are counted from the first one of the population."""
    folder.mkdir(exist_ok=True)
    pace_all(protocol, variants, start, folder, workers, lambda done, total: None)
    return [
        replace(batch, rows=slice(first_row + batch.rows.start, first_row + batch.rows.stop))
        for batch in batches(variants, start, folder)
    ]


def _accepted(paced: list[Batch], ranges: Ranges) -> np.ndarray:
    """Return which variants, (n,) booleans, of paced batches are accepted."""
    return np.concatenate([accepted(load_results(batch.file), ranges) for batch in paced])
