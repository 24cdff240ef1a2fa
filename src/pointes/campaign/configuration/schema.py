"""The configuration of a campaign: one frozen pydantic model per section, each key with its unit, default and range.

`pointes.campaign.configuration.loading` reads and checks files with them; `pointes.campaign.configuration.reference`
generates the JSON Schema and the key reference in ``config/``.
"""

import math
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator

from pointes.campaign.configuration.fields import Count, Name, Section, at_most, key, numbers
from pointes.campaign.configuration.tissue import SimulationSection, TissueScale
from pointes.vocabulary import CYCLE_LENGTHS_MS, LOW_PER_HIGH, TOLERANCE


def _block_range(value: Any) -> Any:
    if not (numbers(value) and len(value) == 2 and 0 <= value[0] < value[1] <= 1):
        raise ValueError("expected two numbers, the lower first, both in [0, 1]")
    return tuple(value)


def _multiples(value: Any) -> Any:
    if not (numbers(value) and value and all(a < b for a, b in zip((0, *value), (*value, math.inf), strict=True))):
        raise ValueError("expected increasing positive numbers")
    return tuple(value)


def _two_currents(value: dict[str, Any]) -> dict[str, Any]:
    if len(value) < 2:
        raise ValueError("expected at least two currents")
    return value


def _two_scales(value: Any) -> Any:
    pairs = [["cell", scale] for scale in get_args(TissueScale)]
    if not (value is None or (isinstance(value, list | tuple) and list(value) in pairs)):
        raise ValueError("expected null or two scales, cell and that of a tissue, as [cell, cable]")
    return value if value is None else tuple(value)


def _not_zero(value: float) -> float:
    if value == 0 or not math.isfinite(value):
        raise ValueError("expected a finite number other than 0")
    return value


StimulusLevel = Annotated[float, AfterValidator(_not_zero)]
BlockRange = Annotated[tuple[float, float], BeforeValidator(_block_range)]
Hours = Annotated[float, Field(gt=0)] | None
Multiples = Annotated[tuple[float, ...], BeforeValidator(_multiples)]
Fidelities = Annotated[tuple[Literal["cell"], TissueScale] | None, BeforeValidator(_two_scales)]
Blocks = Annotated[dict[str, BlockRange], AfterValidator(_two_currents)]


class Model(Section):
    """The cell model."""

    name: str = key(
        "ohara-2011", "Cell model: a name that `pointes models` lists, or the path of a .mmt or .cellml file."
    )
    celltype: str | None = key(None, "Cell type of the model; null stands for its first one.")


class Protocol(Section):
    """How each cell is paced; at the scale of a tissue before it becomes a part of it."""

    cycle_length: float = key(
        2000.0, "Time from one stimulus to the next.", "ms", ge=CYCLE_LENGTHS_MS[0], le=CYCLE_LENGTHS_MS[1]
    )
    beats: Count = key(30, "Beats from the model's initial state.", "beats")
    label_beats: Annotated[Count, at_most("protocol.beats")] = key(
        4, "Last beats in which an EAD or a repolarisation failure counts.", "beats", validate_default=True
    )
    tolerance: float = key(
        TOLERANCE, "Error of an integration step: 1 stands for 100 mV or a whole gate.", "1", ge=1e-7, le=1e-2
    )
    stimulus_duration: Annotated[float, Field(gt=0)] | None = key(
        None,
        "Duration of each stimulus of a cell, shorter than the cycle length; null: that of the model's own stimulus.",
        "ms",
    )
    stimulus_level: StimulusLevel | None = key(
        None,
        "Value of the model's variable `pace` during a stimulus of a cell, as in Myokit's protocols: where the model's "
        "own level is 1, 2 stands for twice the stimulus current; null: the model's own level.",
        "1",
    )

    @field_validator("stimulus_duration")
    @classmethod
    def _ends_before_the_next(cls, duration: float | None, info: ValidationInfo) -> float | None:
        cycle_length = info.data.get("cycle_length", math.inf)
        if duration is not None and duration >= cycle_length:
            raise ValueError(f"expected less than protocol.cycle_length, which is {cycle_length:g} ms")
        return duration


class Parameters(Section):
    """The space that is explored."""

    blocks: Blocks = key(
        {"IKr": (0.0, 1.0), "ICaL": (0.0, 1.0)},
        "Range of the blocked fraction of each current, by name; the first two span the risk map.",
        "1",
    )


class Stopping(Section):
    """When the campaign has learned enough; all conditions must hold."""

    largest_drift: float = key(
        0.01, "Share of the space whose predicted class may change from one iteration to the next.", "1", gt=0, le=1
    )
    checks: Count = key(3, "Last iterations that must not drift more.", "iterations")
    largest_expected_error: float = key(
        0.0125, "Share of the space that the classifier itself may expect to have wrong.", "1", gt=0, le=1
    )
    window: Count = key(8, "Last stream points that are looked at; there must be as many.", "simulations")
    errors: Annotated[int, at_most("learning.stopping.window")] = key(
        0, "How many of them may have been predicted wrong.", "simulations", ge=0
    )
    verified: bool = key(
        True,
        "Whether simulations along the boundary, which are asked for once all the rest holds by the defaults, must "
        "bear the classifier out.",
    )


def _points_at_start(start: int, fidelities: Any) -> int:
    return start * (1 + LOW_PER_HIGH) if fidelities else start


class Learning(Section):
    """How points are chosen."""

    fidelities: Fidelities = key(
        None,
        "Two scales, the cheap one first, whose simulations inform the boundary of the other, which is "
        "`simulation.scale`; null: that one alone. The cell is that of `model.celltype`.",
    )
    warm_start: str | None = key(
        None, "Results folder of an earlier campaign of the same model and protocol, to begin with its simulations."
    )
    start: int = key(
        16,
        "Points of the scrambled Sobol start, after the control; of two scales at the expensive one, with "
        f"{LOW_PER_HIGH} times as many at the cheap one.",
        "simulations",
        ge=4,
    )
    batch: Count = key(8, "Points chosen per iteration.", "simulations")
    stream_share: float = key(
        0.25, "Share of each batch kept for the unbiased Sobol stream that measures accuracy.", "1", ge=0, le=1
    )
    stopping: Stopping = key(Stopping(), "When the campaign has learned enough.")
    max_simulations: Count = key(
        96,
        "The campaign never simulates more points than this, the control included, of both scales if there are two.",
        "simulations",
        validate_default=True,
    )
    max_core_hours: Hours = key(
        None, "The campaign ends with the iteration by which its simulations have taken this CPU time.", "h"
    )
    max_wall_hours: Hours = key(
        None, "The campaign ends with the iteration by which it has worked for this long; pauses do not count.", "h"
    )

    @property
    def points_at_start(self) -> int:
        """Sobol points of the start, of both scales."""
        return _points_at_start(self.start, self.fidelities)

    @field_validator("max_simulations")
    @classmethod
    def _covers_start(cls, max_simulations: int, info: ValidationInfo) -> int:
        fidelities = info.data.get("fidelities")
        first = len(fidelities or [""]) + _points_at_start(info.data.get("start", 0), fidelities)
        if max_simulations < first:
            start = (
                f"the controls and the start of both scales, 2 and {1 + LOW_PER_HIGH} times learning.start, which are"
                if fidelities
                else "the control and learning.start, which are"
            )
            raise ValueError(f"expected at least {start} {first} simulations")
        return max_simulations


class Execution(Section):
    """Where simulations run; never changes a result."""

    cluster: str = key(
        "local",
        "Kind of cluster: `local` for processes on this machine, or the name of one that another package adds.",
        examples=["local"],
    )
    workers: Count | Literal["auto"] = key(
        "auto", "Number of worker processes; `auto` takes one per core of this machine.", "processes"
    )
    threads: Count = key(
        1, "Threads of each simulation of a tissue; as many fewer workers, so that both fit the cores.", "threads"
    )
    batch_size: Count | Literal["auto"] = key(
        "auto", "Samples per task; `auto` balances the workers, and takes one tissue at a time.", "samples"
    )


class Drugs(Section):
    """The drugs placed on the map."""

    table: str = key("config/drugs/cipa28.csv", "CSV table of drugs, relative to the working directory or the project.")
    multiples: Multiples = key((1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0), "Concentrations.", "Cmax")
    largest_multiple: float = key(
        1000.0,
        "Largest concentration at which a risk above 0.5 is searched; a drug without it is told as not reached up to "
        "there.",
        "Cmax",
        ge=1,
        le=1e6,
    )
    draws: Count = key(200, "Draws from each drug's IC50 uncertainty.", "draws")


class Replays(Section):
    """Sobol and random sampling with the same surrogate, for comparison; simulated and counted separately."""

    enabled: bool | Literal["auto"] = key(
        "auto",
        "Whether the comparison is part of the campaign; `auto`: of cells only, as it takes a thousand simulations.",
    )
    repeats: Count = key(3, "Independent Sobol and random point sets each.", "sets")
    grid: int = key(24, "Points along each axis of the reference grid.", "points", ge=2)


class Config(Section):
    """A campaign."""

    name: Name = key(
        "ikr-ical-plane",
        "Name of the campaign and of its folder under results/: letters, digits, '.', '_' and '-'.",
    )
    seed: int = key(1, "Seed of every random stream.", ge=0, lt=2**32)
    model: Model = key(Model(celltype="mid"), "The cell model.")
    protocol: Protocol = key(Protocol(), "How each cell is paced.")
    simulation: SimulationSection = key(SimulationSection(), "At which scale each point is simulated.")
    parameters: Parameters = key(Parameters(), "The space that is explored.")
    learning: Learning = key(Learning(), "How points are chosen.")
    execution: Execution = key(Execution(), "Where simulations run; never changes a result.")
    drugs: Drugs | None = key(Drugs(), "The drugs placed on the map; null: none.")
    replays: Replays = key(Replays(), "Comparison with Sobol and random sampling.")
