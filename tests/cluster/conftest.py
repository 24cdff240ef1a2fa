"""What the tests of clusters and faults share. They need root, and the packages of ``install.sh``."""

from pathlib import Path

import pytest

from .slurm import Slurm, running_slurm


@pytest.fixture(scope="session")
def slurm(tmp_path_factory) -> Slurm:
    """A Slurm of one node with two cores on this machine, one in each process that runs tests."""
    # Sockets have short paths
    folder = Path(tmp_path_factory.mktemp("slurm"))
    with running_slurm(folder) as running:
        yield running
