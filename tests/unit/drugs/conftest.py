"""Drug tables written by the tests, and the one that ships with pointes."""

from pathlib import Path

import numpy as np
import pytest

from pointes.drugs import read_drug_table

CIPA28 = Path(__file__).parents[3] / "config" / "drugs" / "cipa28.csv"


@pytest.fixture
def write(tmp_path):
    """Write lines to a drug table and return its path."""

    def write(*lines):
        path = tmp_path / "drugs.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="session")
def cipa28():
    return read_drug_table(CIPA28, ["IKr", "ICaL"])


@pytest.fixture(scope="session")
def published_net_block(cipa28):
    """Return mean, 2.5 % and 97.5 % of net block over the published samples, (28, 3) [%], drugs as in the table."""
    rows = np.genfromtxt(Path(__file__).with_name("published_net_block.csv"), delimiter=",", dtype=str)[1:]
    assert tuple(rows[:, 0]) == cipa28.names
    return rows[:, 1:].astype(float)
