"""The project is the root of the clone here; `tests/release/test_distributions.py` looks for it in a wheel."""

from pathlib import Path

from pointes.project import PROJECT


def test_project_is_the_clone():
    assert Path(__file__).parents[2] == PROJECT
    assert (PROJECT / "Snakefile").is_file()
    assert (PROJECT / "config/drugs/cipa28.csv").is_file()
