"""A Dask cluster that the user has started, and that goes on when the simulations have ended."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pointes.batches.certificates import security
from pointes.batches.cluster import ClusterSettings, ExternalSettings
from pointes.errors import UserError
from pointes.files import read_text
from pointes.libraries import distributed

if TYPE_CHECKING:
    from distributed import Client

WHERE = "execution.external"
ALIKE = ("python", "pointes", "dask", "distributed", "cloudpickle", "numpy", "numba")
"""What must have the same version everywhere: tasks travel between processes, and results are to be the same bits."""


@contextmanager
def external_cluster(workers: int, settings: ClusterSettings) -> Iterator["Client"]:
    """Yield a client of a cluster that runs already; ``workers`` batches run at a time, if it has as many workers."""
    external = settings.external
    with _connected(external) as client:
        try:
            client.wait_for_workers(1, timeout=external.timeout)
        except TimeoutError:
            expected = f"one within {external.timeout:g} s"
            raise UserError("no worker has joined the cluster", expected=expected, where=WHERE) from None
        check_versions(client.get_versions(packages=["pointes", "numba"]))
        yield client


def _connected(external: ExternalSettings) -> "Client":
    address = external.address or _address_in(Path(str(external.scheduler_file)))
    files = (external.tls_ca_file, external.tls_cert, external.tls_key)
    try:
        secured = security(*filter(None, files)) if all(files) else None
        return distributed.Client(address, security=secured, timeout=external.timeout)
    except (OSError, TypeError, ValueError) as error:  # a TypeError if the address asks for TLS and there are no files
        expected = f"a Dask scheduler that answers within {external.timeout:g} s"
        raise UserError(f"{WHERE}.address", address, f"{expected} ({' '.join(str(error).split())})") from None


def _address_in(scheduler_file: Path) -> str:
    try:
        return str(json.loads(read_text(scheduler_file))["address"])
    except (ValueError, KeyError, TypeError):
        raise UserError(f"{WHERE}.scheduler_file", scheduler_file, "a file that a Dask scheduler has written") from None


def check_versions(found: dict[str, Any]) -> None:
    """Refuse a cluster in which the scheduler or a worker has another version of something than this process."""
    here = found["client"]["packages"]
    places = {"the scheduler": found["scheduler"], **{f"worker {name}": one for name, one in found["workers"].items()}}
    for place, one in places.items():
        for name in ALIKE:
            there = one["packages"].get(name)
            if there != here[name]:
                raise UserError(f"{name} of {place}", there or "none", f"{here[name]}, as in this process", WHERE)
