"""The configuration of a campaign: one frozen pydantic model per section, each key with its unit, default and range.

`pointes.campaign.configuration.loading` reads and checks files with them; `pointes.campaign.configuration.reference`
generates the JSON Schema and the key reference in ``config/``.
"""

import math
import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from pointes.campaign.configuration.axes import Parameters
from pointes.campaign.configuration.fields import Count, Name, Section, at_most, key, numbers
from pointes.campaign.configuration.learning import Learning
from pointes.campaign.configuration.meaning import meaning
from pointes.campaign.configuration.sweep import Sweep
from pointes.campaign.configuration.tissue import SimulationSection
from pointes.campaign.configuration.uncertainty import Uncertainty
from pointes.campaign.target import Target
from pointes.vocabulary import CYCLE_LENGTHS_MS, TOLERANCE


def _increase(values: Sequence[float]) -> bool:
    return len(values) > 0 and all(a < b for a, b in zip((0, *values), (*values, math.inf), strict=True))


def _not_zero(value: float) -> float:
    if value == 0 or not math.isfinite(value):
        raise ValueError("expected a finite number other than 0")
    return value


def _size(value: str) -> str:
    if not re.fullmatch(r"\d+(\.\d+)? *[kMGT]i?B", value):
        raise ValueError("expected a number with its unit, such as 2 GB")
    return value


Size = Annotated[str, AfterValidator(_size)]
StimulusLevel = Annotated[float, AfterValidator(_not_zero)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)] | None
Memory = Annotated[str, Field(pattern=r"^[1-9]\d*(\.\d+)? ?[MGT]i?B$")] | None
Multiples = Annotated[tuple[float, ...], numbers("increasing positive numbers", _increase)]


def tolerance_key() -> Any:
    """Return the field of the tolerance of a cell's integration."""
    return key(
        TOLERANCE,
        "Tolerance of the error of an integration step; 1 stands for 100 mV or a whole gate.",
        "1",
        ge=1e-7,
        le=1e-2,
    )


class Model(Section):
    """The cell model."""

    name: str = key(
        "ohara-2011", "Cell model: a name that `pointes models` lists, or the path of a .mmt or .cellml file."
    )
    celltype: str | None = key(None, "Cell type of the model; null: its first one.")


class ExploredModel(Model):
    """The cell model of a campaign with a space of its own."""

    constants: dict[str, float] = key(
        {},
        "Values of constants of the model file that differ from the published ones, by qualified name such as "
        "extracellular.ko, in the units of the file.",
    )


class Protocol(Section):
    """The pacing of each cell; cells of a tissue are paced like this before they are put together."""

    cycle_length: float = key(2000.0, "Time between stimuli.", "ms", ge=CYCLE_LENGTHS_MS[0], le=CYCLE_LENGTHS_MS[1])
    beats: Count = key(30, "Number of beats that each cell is paced, from the initial state of the model.", "beats")
    label_beats: Annotated[Count, at_most("protocol.beats")] = key(
        4,
        "Number of last beats in which an EAD or a repolarisation failure makes a cell arrhythmic.",
        "beats",
        validate_default=True,
    )
    tolerance: float = tolerance_key()
    until_steady: bool = key(
        False,
        "Whether the pacing of a cell ends when its rhythm is steady; `beats` is then the largest number of beats.",
    )
    stimulus_duration: Annotated[float, Field(gt=0)] | None = key(
        None,
        "Duration of each stimulus of a cell, shorter than the cycle length; null: the model's own duration.",
        "ms",
    )
    stimulus_level: StimulusLevel | None = key(
        None,
        "Value of the model's variable `pace` during a stimulus of a cell, as in Myokit's protocols: where the model's "
        "own level is 1, 2 means twice the stimulus current; null: the model's own level.",
        "1",
    )

    @field_validator("stimulus_duration")
    @classmethod
    def _ends_before_the_next(cls, duration: float | None, info: ValidationInfo) -> float | None:
        cycle_length = info.data.get("cycle_length", math.inf)
        if duration is not None and duration >= cycle_length:
            raise ValueError(f"expected less than protocol.cycle_length, which is {cycle_length:g} ms")
        return duration


class Slurm(Section):
    """The jobs of Slurm that hold the workers of `execution.cluster: slurm`."""

    partition: str | None = key(None, "Partition of Slurm; null: its default one.")
    account: str | None = key(None, "Account that is charged; null: the user's default one.")
    walltime: float = key(60.0, "Walltime of each job; a job that has ended is replaced by another.", "min", ge=1)
    drain: float = key(
        5.0,
        "Time before the end of the walltime from which on workers take no new batch: longer than a batch lasts.",
        "min",
        gt=0,
    )
    cores: Count = key(1, "Number of cores of each job, which has as many workers as fit.", "cores")
    memory: Size = key("2 GB", "Memory of each job, with its unit.")
    interface: str | None = key(
        None, "Network interface of scheduler and workers, such as ib0; null: that of the default route."
    )
    directives: tuple[str, ...] = key((), "Further options of sbatch, such as --qos=long.", strict=False)
    prologue: tuple[str, ...] = key(
        (), "Shell commands before the workers of a job, such as module load.", strict=False
    )


class External(Section):
    """The cluster of `execution.cluster: external`, which runs already."""

    address: str | None = key(None, "Address of the scheduler, such as tls://10.0.0.1:8786.")
    scheduler_file: str | None = key(None, "Path of the file that the scheduler has written, instead of an address.")
    tls_ca_file: str | None = key(None, "Path of the certificate of the authority; null: connections without TLS.")
    tls_cert: str | None = key(None, "Path of the certificate of this process.")
    tls_key: str | None = key(None, "Path of the key of this process.")
    timeout: float = key(60.0, "Longest time until scheduler and a worker answer.", "s", gt=0)


class Execution(Section):
    """The place where simulations run, which never changes a result."""

    cluster: str = key(
        "local",
        "Kind of cluster: `local` for processes on this machine, `slurm` for jobs of Slurm, `external` for a Dask "
        "cluster that runs already, or the name of one that another package adds.",
        examples=["local", "slurm", "external"],
    )
    workers: Count | Literal["auto"] = key(
        "auto",
        "Number of worker processes; `auto` takes one per core of this machine, and needs the cluster `local`.",
        "processes",
    )
    threads: Count = key(
        1,
        "Number of threads of each simulation of a tissue; there are fewer workers, so that both fit the cores.",
        "threads",
    )
    batch_size: Count | Literal["auto"] = key(
        "auto", "Number of samples per task; `auto` balances the workers, with one tissue per task.", "samples"
    )
    time_limit: Seconds = key(
        None,
        "Longest time for a tissue, or for eight cells at once, before the sample is lost; null: no limit.",
        "s",
    )
    memory: Memory = key(
        None,
        "Memory of a local worker beyond which it is ended and its sample lost, such as `2 GB`; null: no limit.",
    )
    dashboard: int | None = key(
        None,
        "Port of Dask's dashboard while simulations run, at 127.0.0.1 only; null: no dashboard.",
        ge=1,
        le=65535,
    )
    slurm: Slurm = key(Slurm(), "Jobs of Slurm that hold the workers of the cluster `slurm`.")
    external: External = key(External(), "Cluster that runs already, of the kind `external`.")


class Failure(Section):
    """What becomes of samples that end their workers."""

    max_fraction: float = key(
        0.25,
        "Largest fraction of the samples of a job that may be lost; with more the job fails. Of jobs with more than "
        "256 samples, those that have ended are judged.",
        "1",
        ge=0,
        le=1,
    )


class Drugs(Section):
    """The drugs that are placed on the map."""

    table: str = key("config/drugs/cipa28.csv", "CSV table of drugs, relative to the working directory or the project.")
    multiples: Multiples = key((1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0), "Concentrations of each drug.", "Cmax")
    largest_multiple: float = key(
        1000.0, "Largest concentration up to which a risk above 0.5 is searched.", "Cmax", ge=1, le=1e6
    )
    draws: Count = key(200, "Number of draws from the uncertainty of each drug's IC50 values.", "draws")


class Replays(Section):
    """The comparison with Sobol and random sampling by the same classifier; simulated and counted separately."""

    enabled: bool | Literal["auto"] = key(
        "auto",
        "Whether the comparison is made; `auto`: only in campaigns of cells, as it takes about a thousand simulations.",
    )
    repeats: Count = key(3, "Number of independent point sets of either kind, Sobol and random.", "sets")
    grid: int = key(24, "Number of points along each axis of the reference grid.", "points", ge=2, le=1000)


class Config(Section):
    """A campaign."""

    name: Name = key(
        "ikr-ical-plane", "Name of the campaign and of its folder under results/: letters, digits, '.', '_' and '-'."
    )
    seed: int = key(1, "Seed of all random numbers: the same seed gives the same campaign.", ge=0, lt=2**32)
    model: ExploredModel = key(ExploredModel(celltype="mid"), "Cell model.")
    protocol: Protocol = key(Protocol(), "Pacing of each cell.")
    simulation: SimulationSection = key(SimulationSection(), "Scale at which each point is simulated.")
    parameters: Parameters = key(Parameters(), "Space that is explored.")
    learning: Learning = key(Learning(), "Choice of points.")
    uncertainty: Uncertainty | None = key(
        None, "Distributions of the axes, which are propagated through what was learned; null: none."
    )
    sweep: Sweep | None = key(
        None, "Points that are simulated without learning, so that the keys of `learning` have no meaning; null: none."
    )
    execution: Execution = key(Execution(), "Place where simulations run, which never changes a result.")
    failure: Failure = key(Failure(), "What becomes of samples that end their workers.")
    drugs: Drugs | None = key(Drugs(), "Drugs that are placed on the map; null: none.")
    replays: Replays = key(Replays(), "Comparison with Sobol and random sampling.")

    @property
    def simulation_threads(self) -> int:
        """Number of threads of each simulation: a cell is paced by one."""
        return 1 if self.simulation.scale == "cell" else self.execution.threads

    @property
    def is_compared(self) -> bool:
        """Whether the campaign is compared with Sobol and random sampling, by about a thousand further simulations."""
        if self.sweep is not None:
            return False
        of_cells = self.simulation.scale == "cell" and Target.parse(self.learning.target).is_class
        return of_cells if self.replays.enabled == "auto" else self.replays.enabled

    @property
    def compared_sizes(self) -> list[int]:
        """Numbers of simulations at which the comparison looks, from the control and the start on."""
        learning = self.learning
        return list(range(1 + learning.start, learning.max_simulations + 1, learning.batch))

    @property
    def meaning(self) -> dict[str, Any]:
        """The keys that define what results mean, by dotted path, in JSON form."""
        return meaning(self.model_dump(mode="json"))
