"""Settings that go from a campaign's configuration to its jobs by params of Snakemake, which are plain values."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from pointes.batches.cluster import ClusterSettings, ExternalSettings, SlurmSettings
from pointes.campaign.target import LABEL

if TYPE_CHECKING:
    from pointes.campaign.configuration.panel import PanelConfig
    from pointes.campaign.configuration.schema import Config


DEFAULT_ACQUISITION = "sur"
"""Acquisition of classes by default, in whose place quantities have a default of their own."""


@dataclass(frozen=True)
class Sampling:
    """Settings by which a campaign chooses its points; see the section ``learning`` of the configuration."""

    seed: int
    start: int  # points of the Sobol start
    batch: int  # points per iteration
    stream_share: float  # share of each batch that continues the unbiased stream
    acquisition: str = DEFAULT_ACQUISITION  # name of the acquisition that chooses the other points
    fidelities: tuple[str, str] | None = None  # scales of the low and the high fidelity; None with one fidelity
    target: str | tuple[str, ...] = LABEL  # what is learned, as `Target.parse` reads it
    low_target: str | tuple[str, ...] | None = None  # results of the low fidelity that inform quantities

    @classmethod
    def of(cls, config: "Config") -> Self:
        """Return the settings in a configuration."""
        return cls(seed=config.seed, **config.learning.model_dump(include=_names(cls)))

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Return the settings that `to_params` has turned into a dictionary."""
        lists = {name: tuple(value) for name, value in params.items() if isinstance(value, list)}
        return cls(**{**params, **lists})

    def to_params(self) -> dict[str, Any]:
        """Return the settings, without optional ones at their default, which older results do not have."""
        optional = {field.name: field.default for field in fields(self)}
        return {name: value for name, value in asdict(self).items() if value != optional[name]}


@dataclass(frozen=True)
class Limits:
    """Caps of a campaign; see the section ``learning`` of the configuration."""

    batch: int  # points of a further iteration
    max_simulations: int
    max_core_hours: float | None = None  # CPU time of the simulations [h]; None: no cap
    max_wall_hours: float | None = None  # time at work [h]; None: no cap

    @classmethod
    def of(cls, config: "Config") -> Self:
        """Return the caps in a configuration."""
        return cls.from_params(config.learning.model_dump())

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Self:
        """Return the caps among the keys of the section ``learning``, of a record or of `to_params`."""
        return cls(**{name: params[name] for name in _names(cls) if name in params})

    def to_params(self) -> dict[str, Any]:
        """Return the caps by key."""
        return asdict(self)


@dataclass(frozen=True)
class FailureLimits:
    """What a simulation may take before it is lost, and how many may be lost; see the sections of the configuration."""

    max_fraction: float = 1.0  # of the samples of a job
    time_limit: float | None = None  # of the samples that are simulated at once [s]; None: no limit
    memory: str | None = None  # of each worker, as the cluster is told it; None: no limit

    @classmethod
    def of(cls, config: "Config | PanelConfig") -> Self:
        """Return the limits in a configuration."""
        return cls(config.failure.max_fraction, config.execution.time_limit, config.execution.memory)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the limits that `to_json` has turned into text."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        """Return the limits as text, as a resource of Snakemake can hold them."""
        return json.dumps(asdict(self))

    @property
    def of_samples(self) -> str:
        """The limits that decide whether a sample is lost, as text."""
        return json.dumps([self.time_limit, self.memory])


NO_LIMITS = FailureLimits()


def _names(cls: type[Sampling] | type[Limits]) -> set[str]:
    return {field.name for field in fields(cls)}


def cluster_settings(config: "Config | PanelConfig", folder: Path) -> ClusterSettings:
    """Return what the cluster of a configuration is told; ``folder`` is for logs of workers, and on all computers."""
    execution = config.execution
    return ClusterSettings(
        kind=execution.cluster,
        threads=config.simulation_threads,
        memory=execution.memory,
        dashboard=execution.dashboard,
        folder=folder,
        slurm=SlurmSettings(**execution.slurm.model_dump()),
        external=ExternalSettings(**execution.external.model_dump()),
    )
