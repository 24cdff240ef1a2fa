"""Fixtures for tests of several packages."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from contextlib import contextmanager, suppress
from pathlib import Path

import netCDF4
import pytest
from hypothesis import HealthCheck, settings

from pointes.campaign.files import file_reference
from pointes.cells.model import prepare_myokit

COUNTED = {"sample_id", "iteration", "repeat", "variant", "sample", "cluster", "size", "logarithmic"}
"""Numbers of things, which have no units."""

OF_SEVERAL_UNITS = {"binding", "value", "direct", "surrogate_low", "surrogate_high"}
"""Constants of binding, values of several axes and quantiles of several quantities, each in a unit of its own."""

# Tests import modules that import Myokit, in several processes at once
prepare_myokit()

# Every run tries the same examples, however slow the machine is
slow = [HealthCheck.too_slow]  # measures the machine, not the code
settings.register_profile(
    "pointes", deadline=None, derandomize=True, max_examples=50, database=None, suppress_health_check=slow
)
settings.load_profile("pointes")

PAGE = Path(__file__).parents[1] / "docs/files.md"


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


@pytest.fixture
def on_terminal():
    """Returns a function that runs a command on a terminal of its own, and returns what was written to it.

    Standard output and error go to a pseudo-terminal with so many columns and 30 lines.
    """

    def run(command, columns=80, **environment):
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 30, columns, 0, 0))
        variables = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
        variables |= {"TERM": "xterm-256color", **environment}
        with subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=variables, start_new_session=True):
            os.close(its)
            written = b""
            with suppress(OSError):  # the other end is closed
                while chunk := os.read(ours, 65536):
                    written += chunk
        os.close(ours)
        return written.decode().replace("\r\n", "\n")

    return run


@pytest.fixture(scope="session")
def check_file(tmp_path_factory):
    """Returns a check of a netCDF file: conventions, provenance, meanings and units, and its table in the docs."""
    from compliance_checker.runner import CheckSuite, ComplianceChecker

    CheckSuite.load_all_available_checkers()
    report = str(tmp_path_factory.mktemp("conventions") / "report.txt")

    def check(path, section=None):
        passed, broken = ComplianceChecker.run_checker(
            str(path), ["cf:1.11"], 0, "normal", output_filename=report, output_format=["text"]
        )
        assert passed, Path(report).read_text()
        assert not broken, "the checker itself broke"
        with netCDF4.Dataset(path) as file:
            assert {"Conventions", "title", "history", "versions", "host", "git_revision"} <= set(file.ncattrs())
            for name, variable in file.variables.items():
                assert variable.long_name, name
                explained = {"units", "flag_values", "_Encoding"} & set(variable.ncattrs())
                assert explained or name in COUNTED | OF_SEVERAL_UNITS, name
        if section:
            tables = file_reference.sections(PAGE.read_text(encoding="utf-8"))
            hint = f"write it anew: python -m pointes.campaign.files.file_reference {path}"
            assert tables[section] == file_reference.table(path), hint

    return check
