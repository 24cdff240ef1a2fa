"""A block that is too slow ends its process, and the next attempt is refused with the place where the first one was."""

import subprocess
import sys

import pytest

from pointes.batches.time_limit import TimeLimitError, time_limit

HANG = """
import sys, numba
from pathlib import Path
from pointes.batches.time_limit import time_limit

@numba.njit
def never_returns(x):
    while x > 0:
        x += 1.0
    return x

with time_limit(1.0, Path(sys.argv[1])):
    never_returns(1.0)
"""


def test_machine_code_that_holds_the_interpreter_is_ended(tmp_path):
    note = tmp_path / "note"
    done = subprocess.run([sys.executable, "-c", HANG, str(note)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    with pytest.raises(TimeLimitError, match="Timeout"), time_limit(1.0, note):
        raise AssertionError("the block is not run a second time")


def test_a_block_in_time_leaves_nothing(tmp_path):
    for _ in range(2):
        with time_limit(60.0, tmp_path / "note"):
            pass
    with pytest.raises(ZeroDivisionError), time_limit(60.0, tmp_path / "note"):
        1 / 0  # noqa: B018
    with time_limit(60.0, tmp_path / "note"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_no_limit_writes_nothing(tmp_path):
    with time_limit(None, tmp_path / "missing/note"):
        pass
