"""The first Slurm run of docs/clusters.md, word by word, in a copy of the project with a smaller default campaign."""

import subprocess
from pathlib import Path

import yaml

from ..pages import PROJECT, blocks, copy_project
from .campaigns import SHORT, data, run_campaign

PAGE = PROJECT / "docs/clusters.md"
EDITS = {"workers: 16": "workers: 2", "cores: 4": "cores: 1", "memory: 8 GB": "memory: 1 GB"}
"""What the reader changes in the site file, for a node of two cores."""


def first_run() -> list[str]:
    """Return the commands of the section, block by block."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    begin = lines.index("## Your first Slurm run")
    end = next(number for number, line in enumerate(lines) if number > begin and line.startswith("## "))
    return [block.text for block in blocks(PAGE) if begin < block.line < end]


def test_commands_of_the_page(slurm, tmp_path):
    copy_project(tmp_path, yaml.safe_dump({**SHORT, "drugs": None}, sort_keys=False))
    install, copy, look, *others = first_run()
    assert install.startswith("make install\n.venv/bin/pip install")
    before = slurm.last()
    printed = ""
    for block in (copy, look, *others):
        command = ["bash", "-euo", "pipefail", "-c", block]
        done = subprocess.run(command, cwd=tmp_path, env=slurm.environment, capture_output=True, text=True, timeout=400)
        assert done.returncode == 0, f"{block}{done.stdout}{done.stderr}"
        printed += done.stdout
        if block is copy:
            site = tmp_path / "config/site/mine.yaml"
            text = site.read_text()
            for old, new in EDITS.items():
                assert old in text
                text = text.replace(old, new)
            site.write_text(text)
    assert "safe 1, arrhythmic 1, failed 0, lost 0" in printed
    assert "The report is in results/tiny/report.html" in printed
    assert (tmp_path / "results/tiny/report.html").exists()
    states = slurm.states(since=before)
    assert len(states) == 4  # one for two points, two for the four batches of the start, one for the next iteration
    assert not {"PENDING", "RUNNING"} & set(states)
    logs = tmp_path / "results/tiny/logs/workers"
    assert len(list(logs.glob("*.log"))) == 3
    assert not list(logs.glob(".tls-*"))
    assert data(tmp_path / "results").items() >= local_data(tmp_path / "local", slurm).items()


def local_data(folder: Path, slurm) -> dict[str, str]:
    """Return the hashes of what the campaign leaves up to its simulations when it runs on this machine alone."""
    folder.mkdir()
    done = run_campaign(folder, {"execution": {"workers": 2}, "drugs": None}, slurm.environment)
    assert done.returncode == 0, done.stderr
    return data(folder / "results")
