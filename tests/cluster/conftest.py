"""What the tests of clusters and faults share. They need root, and the packages of ``install.sh``."""

from pathlib import Path

import pytest

from .slurm import Slurm, running_slurm


@pytest.fixture(scope="session")
def slurm(tmp_path_factory) -> Slurm:
    """A Slurm of one node with two cores on this machine."""
    # Sockets have short paths
    folder = Path(tmp_path_factory.mktemp("slurm"))
    with running_slurm(folder) as running:
        yield running


OF_SLURM = ("test_first_run", "test_slurm", "test_slurm_itself")
"""Files whose tests share the one Slurm of this machine."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a file in one process, and those of all files of `OF_SLURM`, when two processes share them."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            group = "slurm" if item.path.stem in OF_SLURM else item.path.stem
            item.add_marker(pytest.mark.xdist_group(group))
