"""The project: the folder with the Snakefile, its rules and scripts, the configurations, drug tables and profiles."""

from pathlib import Path

_PACKAGE = Path(__file__).parent
_IN_WHEEL = _PACKAGE / "workflow"

PROJECT = _IN_WHEEL if _IN_WHEEL.is_dir() else _PACKAGE.parents[1]
"""Folder of the project: a folder of the package that was installed from a wheel, or else the root of the clone."""
