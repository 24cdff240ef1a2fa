"""The workflow as a module of another one, which is in another folder."""

import json
import subprocess
import sys
from pathlib import Path

import yaml

from pointes.campaign.files import store

from .conftest import PROJECT, TINY, Run, times

MODULE = """
configfile: "config.yaml"

module pointes:
    snakefile: "{snakefile}"
    config: config
    {prefix}

use rule * from pointes {names}
"""


def write(folder: Path, config: dict, prefix: str = "", names: str = "") -> None:
    """Write a workflow that uses this one as a module."""
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    text = MODULE.format(snakefile=PROJECT / "workflow/Snakefile", prefix=prefix, names=names)
    (folder / "Snakefile").write_text(text)


def run(folder: Path, *options: str) -> Run:
    """Run that workflow."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=300)


def test_module_goes_on_where_the_workflow_was(copy):
    """Rules, paths and parameters of a module without a prefix are those of the workflow itself."""
    write(copy, TINY)
    before = times(copy, "results/tiny/**/*")
    again = run(copy)
    assert "Nothing to be done" in again.stderr, again.stderr
    assert times(copy, "results/tiny/**/*") == before
    (copy / "results/tiny/figures/risk_map.svg").unlink()
    drawn = run(copy, "figures")
    assert drawn.returncode == 0, drawn.stderr
    assert (copy / "results/tiny/figures/risk_map.svg").is_file()
    assert times(copy, "results/tiny/**/*.nc").items() <= before.items()


def test_module_with_prefixes_has_a_campaign_of_its_own(tmp_path):
    """Results are below the prefix, the drug table is the project's, and the folder is claimed without `onstart`."""
    config = {**TINY, "learning": {"start": 8, "batch": 4, "max_simulations": 13}, "replays": {"enabled": False}}
    write(tmp_path, config, prefix='prefix: "heart"', names="as ep_*")
    ran = run(tmp_path, "ep_drugs", "ep_figure_risk_map")
    assert ran.returncode == 0, ran.stderr
    assert not (tmp_path / "results").exists()
    results = tmp_path / "heart/results/tiny"
    assert len(store.read(results / "simulations.nc")) == 13
    assert (results / "drugs.csv").stat().st_size > 0
    assert (results / "figures/risk_map.svg").stat().st_size > 0
    assert json.loads((results / "campaign.json").read_text())["config"]["name"] == "tiny"
    assert (results / ".lock").is_file()
    assert ran.stdout.count("iteration  simulations") == 1
    assert "Nothing to be done" in run(tmp_path, "ep_drugs").stderr
    write(tmp_path, {**config, "seed": 2}, prefix='prefix: "heart"', names="as ep_*")
    refused = run(tmp_path, "--dry-run")
    assert refused.returncode == 2
    (line,) = [line for line in refused.stderr.splitlines() if line.startswith("pointes: ")]
    assert line.startswith("pointes: config.yaml: heart/results/tiny: these results have another meaning: seed was 1")
