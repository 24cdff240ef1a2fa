"""The `pointes` command, run in this process."""

import sys

import pytest

from pointes import cli


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command; return exit code, standard output and standard error."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["pointes", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        return (end.value.code or 0, *capsys.readouterr())

    return call
