"""Kinds of Dask cluster on which batches run, and the settings that they get.

A kind of cluster is a function that takes the number of workers and a `ClusterSettings`, and returns a context
manager. It yields a client of a cluster, and ends what it has started with the block. Each worker must be a process
with a single thread, for netCDF is not thread-safe, and must see the results folder under the same path. Another
package adds a kind by an entry point of the group ``pointes.clusters``; `pointes.registry` shows how.
"""

import json
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pointes.errors import UserError
from pointes.libraries import dask, distributed
from pointes.registry import Registry

if TYPE_CHECKING:
    from distributed import Client

    ClusterKind = Callable[[int, "ClusterSettings"], AbstractContextManager[Client]]

LOCAL = "local"
SLURM = "slurm"
EXTERNAL = "external"
CLUSTERS: "Registry[ClusterKind]" = Registry(
    "cluster",
    "pointes.clusters",
    {
        LOCAL: "pointes.batches.local:local_cluster",
        SLURM: "pointes.batches.slurm:slurm_cluster",
        EXTERNAL: "pointes.batches.external:external_cluster",
    },
)
"""Kinds of cluster by the name that the configuration has for them."""

START_TIMEOUT = 300
"""Longest time until all local workers have started [s]; the first start on a machine compiles the kernel."""


@dataclass(frozen=True)
class SlurmSettings:
    """Jobs of Slurm that hold workers; see the section ``execution.slurm`` of the configuration."""

    partition: str | None = None
    account: str | None = None
    walltime: float = 60.0  # of each job [min]
    drain: float = 5.0  # time before the walltime from which on workers take no new batch [min]
    cores: int = 1  # of each job
    memory: str = "2 GB"  # of each job
    interface: str | None = None  # network interface of scheduler and workers; None: that of the default route
    directives: Sequence[str] = ()  # further options of sbatch
    prologue: Sequence[str] = ()  # shell commands before the workers of a job


@dataclass(frozen=True)
class ExternalSettings:
    """A cluster that runs already; see the section ``execution.external`` of the configuration."""

    address: str | None = None
    scheduler_file: str | None = None
    tls_ca_file: str | None = None
    tls_cert: str | None = None
    tls_key: str | None = None
    timeout: float = 60.0  # longest time until scheduler and a worker answer [s]


@dataclass(frozen=True)
class ClusterSettings:
    """The kind of a cluster and what it is told; kinds of other packages get the same."""

    kind: str = LOCAL
    threads: int = 1  # cores that each worker needs
    memory: str | None = None  # beyond which a worker is ended, such as "2 GB"; None: no limit
    dashboard: int | None = None  # port of Dask's dashboard, on loopback only; None: no dashboard
    folder: Path = Path()  # folder that all computers share, for logs of workers
    slurm: SlurmSettings = SlurmSettings()
    external: ExternalSettings = ExternalSettings()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the settings that `to_json` has turned into text."""
        values = json.loads(text)
        sections = {SLURM: SlurmSettings(**values[SLURM]), EXTERNAL: ExternalSettings(**values[EXTERNAL])}
        return cls(**values | sections | {"folder": Path(values["folder"])})

    def to_json(self) -> str:
        """Return the settings as text, as a resource of Snakemake can hold them."""
        return json.dumps(asdict(self), default=str)


def cpu_count() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


def leave_out_settings() -> None:
    """Give Dask its own defaults in this process: a user's settings are meant for clusters that others may use."""
    try:
        dask.config  # noqa: B018  loads the user's settings
        distributed.config  # noqa: B018  adds the defaults
    except ValueError as error:  # a settings file of the user's is not valid YAML
        raise UserError(" ".join(str(error).split())) from None
    dask.config.paths.clear()  # workers read their files again
    dask.config.refresh(env={})
