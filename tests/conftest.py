"""Fixtures for tests of several packages."""

import subprocess
import sys
from contextlib import contextmanager

import pytest


@pytest.fixture
def opened_elsewhere():
    """Returns a context in which another process has a netCDF file open, as a notebook has that was left open."""

    @contextmanager
    def opened(path, mode):
        code = (
            "import sys, netCDF4\n"
            "file = netCDF4.Dataset(sys.argv[1], sys.argv[2])\n"
            "print('open', flush=True)\n"
            "sys.stdin.read()"
        )
        command = [sys.executable, "-c", code, str(path), mode]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            try:
                assert other.stdout.readline() == "open\n"
                yield
            finally:
                other.stdin.close()

    return opened
