"""The arrhythmia label of a run of a tissue, and the observations that decide it.

- **Ectopic activation**: an activation that cannot be traced back, from neighbour to neighbour at plausible conduction
  delays, to a stimulated node (`pointes.tissue.observers.waves`). Ectopic activations are counted by their origins.
- **Propagation failure**: fewer than 95 % of the nodes activate between a stimulus and the next one. A beat with a
  capture failure has none, as it has no wave that could propagate.
- **Capture failure**: all stimulated nodes are fully recovered when a stimulus comes, as cells are
  (`pointes.cells.biomarkers.RECOVERY`), and none of them activates.
- **Sustained re-entry**: some node is activated again by a wave whose source is older than 500 ms. A wave from a
  stimulus or an ectopic origin passes a heart of 250 mm at 0.5 m/s in 500 ms, and each node once. Only a wave that
  finds its way back into recovered tissue lasts longer.
- **Repolarisation failure**: V above -60 mV at the end of the run, as in the cell.
- **Arrhythmic** is a tissue with an ectopic activation, sustained re-entry, propagation or repolarisation failure in
  the label beats. Without any of them, a tissue with a capture failure in a label beat is `failed`. A tissue whose
  potential left all bounds is always `failed`.

The **EAD margin** of a tissue is the largest one of its nodes (`pointes.tissue.observers.ead_margin`). Above 0, some
node has an early afterdepolarisation. This alone does not make the tissue arrhythmic, as it may not spread; together
with a capture failure it does.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from pointes.tissue.observers import waves
from pointes.vocabulary import Failure, Status

if TYPE_CHECKING:
    from pointes.tissue.geometry.grid import Grid
    from pointes.tissue.observers.activation import Activations
    from pointes.tissue.observers.ead_margin import EadMargins
    from pointes.tissue.solver.stimuli import Stimulus

# ASSUME: share of the nodes that a wave must reach; those in corners or almost enclosed by scar may not activate
REACHED = 0.95
SUSTAINED = 500.0  # ms
# ASSUME: stimuli with closer onsets belong to one beat, as those of an endocardial activation sequence
ONE_BEAT = 50.0  # ms

LABELS = {
    "label": ("1", "arrhythmic: ectopic activation, sustained re-entry, propagation or repolarisation failure"),
    "margin_V_per_s": ("V s-1", "largest cell margin over the nodes"),
    "status": ("1", "outcome of the simulation"),
    "failure": ("1", "why the simulation failed"),
    "ectopic_origins": ("1", "origins of activations that no stimulus explains"),
    "reentry_ms": ("ms", "longest time from the source of a wave to its activating a node again"),
    "sustained_reentry": ("1", "re-entry longer than 500 ms"),
    "reached": ("1", "smallest share of the nodes that activate after a stimulus"),
    "propagation_failure": ("1", "fewer than 95 % of the nodes activate after a stimulus without capture failure"),
    "repolarisation_failure": ("1", "membrane potential above -60 mV at the end in any node"),
    "capture_failure": ("1", "a stimulus of the label beats excites no stimulated node, all of them fully recovered"),
}


class Capture(NamedTuple):
    """Capture of each beat, (n_beats,) arrays."""

    onset_ms: np.ndarray  # time of the first stimulus
    reached: np.ndarray  # share of the nodes that activate
    failure: np.ndarray  # whether no stimulated node activates although all are fully recovered


def beat_onsets(stimuli: Sequence["Stimulus"]) -> np.ndarray:
    """Return the start of each beat [ms]: onsets of stimuli that are `ONE_BEAT` or more later than the one before."""
    onsets = np.unique(np.concatenate([stimulus.times_ms for stimulus in stimuli]))
    return onsets[np.diff(onsets, prepend=-np.inf) >= ONE_BEAT]


def capture(
    activations: "Activations",
    stimuli: Sequence["Stimulus"],
    n: int,
    end_ms: float,
    depolarised: np.ndarray | None = None,
) -> Capture:
    """Return how much of a tissue of n nodes activates in each beat of a run.

    Nodes that are ``depolarised``, above -60 mV at the start of the run, are not recovered until they activate.
    """
    onsets = beat_onsets(stimuli)
    onsets = onsets[onsets < end_ms]
    ends = np.append(onsets[1:], end_ms)
    stimulated = np.zeros(n, bool)
    for stimulus in stimuli:
        stimulated[stimulus.nodes] = True
    activated = [activations.counts(*beat) > 0 for beat in zip(onsets, ends, strict=True)]

    def recovered(onset: float) -> np.ndarray:
        nodes = activations.recovered(onset)
        if depolarised is not None:
            nodes &= (activations.counts(end_ms=onset) > 0) | ~depolarised
        return nodes

    return Capture(
        onsets,
        np.array([nodes.mean() for nodes in activated]),
        np.array(
            [
                recovered(onset)[stimulated].all() and not nodes[stimulated].any()
                for onset, nodes in zip(onsets, activated, strict=True)
            ],
            bool,
        ),
    )


def label(
    grid: "Grid",
    activations: "Activations",
    ead_margins: "EadMargins",
    stimuli: Sequence["Stimulus"],
    end_ms: float,
    start_ms: float = 0.0,
    breakdown: int = Failure.NONE,
    depolarised: np.ndarray | None = None,
) -> dict[str, float]:
    """Return the entries of `LABELS` for a run.

    The label beats begin at ``start_ms``: earlier activations may explain later ones but do not count. ``breakdown`` is
    the `Failure` that ended the run early, and ``depolarised`` has the nodes that are so at its start, as in `capture`.

    A wave that passes a gap of nodes that do not reach 0 mV, or that starts from nodes above it at the start of the
    run, looks like an ectopic one.
    """
    n = len(grid.nodes)
    beats = capture(activations, stimuli, n, end_ms, depolarised)
    counted = beats.onset_ms >= start_ms
    reached = float(beats.reached[counted].min(initial=1.0))
    not_captured = bool(beats.failure[counted].any())
    blocked = bool((beats.reached < REACHED)[counted & ~beats.failure].any())
    sources = waves.trace(grid, activations, stimuli)
    late = activations.time_ms >= start_ms
    origins = int((sources.origin & late).sum())
    reentry = float((activations.time_ms - sources.time_ms)[sources.again & late].max(initial=0.0))
    unrepolarised = bool(ead_margins.unrepolarised().any())
    ead_margin = float(np.fmax.reduce(ead_margins.ead_margin_V_per_s))
    arrhythmic = origins > 0 or reentry > SUSTAINED or blocked or unrepolarised or (not_captured and ead_margin > 0)
    failure = breakdown or (Failure.NO_CAPTURE if not_captured and not arrhythmic else Failure.NONE)
    failed = failure != Failure.NONE
    return {
        "label": -1 if failed else int(arrhythmic),
        "margin_V_per_s": np.nan if failed else ead_margin,
        "status": Status.FAILED if failed else Status.OK,
        "failure": failure,
        "ectopic_origins": origins,
        "reentry_ms": reentry,
        "sustained_reentry": int(reentry > SUSTAINED),
        "reached": reached,
        "propagation_failure": int(blocked),
        "repolarisation_failure": int(unrepolarised),
        "capture_failure": int(not_captured),
    }
