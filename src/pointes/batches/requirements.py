"""What a kind of cluster needs on this machine, checked before the first job."""

import shutil
from importlib.util import find_spec

from pointes.batches.cluster import CLUSTERS, EXTERNAL, LOCAL, SLURM, ClusterSettings, ExternalSettings
from pointes.errors import UserError, unknown

LIBRARIES = {SLURM: {"dask_jobqueue": "dask-jobqueue", "cryptography": "cryptography"}}
"""Packages of each kind of cluster by the module to import."""


def check_cluster(settings: ClusterSettings, workers: int | str) -> None:
    """Refuse settings of a cluster that cannot be opened here, by the key that has to change."""
    kind = settings.kind
    if kind not in CLUSTERS:
        raise unknown("cluster", kind, CLUSTERS, where="execution.cluster")
    if kind != LOCAL and workers == "auto":
        raise UserError("execution.workers", workers, f"a number with execution.cluster {kind}")
    for module, package in LIBRARIES.get(kind, {}).items():
        check_library(module, package, f"execution.cluster {kind}", "slurm")
    if settings.dashboard is not None:
        check_library("bokeh", "bokeh", "execution.dashboard", "dashboard")
    if kind == SLURM:
        _check_slurm(settings)
    if kind == EXTERNAL:
        _check_external(settings.external)


def check_library(module: str, package: str, what: str, extra: str) -> None:
    """Refuse what needs a package that is not installed, and name the extra of pointes that has it."""
    if find_spec(module) is None:
        raise UserError(f"{what} needs {package}, which is not installed", expected=f"pip install 'pointes[{extra}]'")


def _check_slurm(settings: ClusterSettings) -> None:
    slurm = settings.slurm
    if shutil.which("sbatch") is None:
        raise UserError("execution.cluster", SLURM, "a machine with Slurm's command sbatch, such as a login node")
    if slurm.drain >= slurm.walltime:
        raise UserError("execution.slurm.drain", slurm.drain, f"less than execution.slurm.walltime, {slurm.walltime:g}")
    if slurm.interface is not None:
        import psutil  # slow to import, and only needed here

        interfaces = psutil.net_if_addrs()
        if slurm.interface not in interfaces:
            raise unknown("interface", slurm.interface, interfaces, where="execution.slurm.interface")


def _check_external(external: ExternalSettings) -> None:
    if (external.address is None) == (external.scheduler_file is None):
        raise UserError("execution.external", expected="either an address or a scheduler_file")
    files = (external.tls_ca_file, external.tls_cert, external.tls_key)
    if any(files) and not all(files):
        raise UserError("execution.external", expected="tls_ca_file, tls_cert and tls_key together, or none of them")
