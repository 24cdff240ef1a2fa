"""Settings of a site beside a campaign, and what each rule asks of a cluster."""

import re
import subprocess

import yaml

from .conftest import PROJECT, TINY, Run, command

WITHOUT_JOBS = {"all", "figures", "campaign"}
"""Rules that only name targets."""


def planned(folder, site: dict) -> Run:
    """Return the dry run of the tiny campaign with a site file."""
    (folder / "site.yaml").write_text(yaml.safe_dump(site))
    line = [*command(folder, TINY, "--dry-run", "--workflow-profile", "none"), str(folder / "site.yaml")]
    return subprocess.run(line, capture_output=True, text=True, cwd=folder, timeout=120)


def test_site_file_overrides_the_campaign(tmp_path):
    external = {"cluster": "external", "workers": 5, "external": {"address": "tcp://127.0.0.1:1"}}
    run = planned(tmp_path, {"name": "there", "execution": external})
    assert run.returncode == 0, run.stderr
    assert "results/there/iteration_000/simulations.nc" in run.stdout + run.stderr


def test_mistake_names_both_files(tmp_path):
    run = planned(tmp_path, {"execution": {"cluster": "external"}})
    assert run.returncode == 2
    where = f"{tmp_path}/tiny.yaml with {tmp_path}/site.yaml"
    (line,) = [line for line in run.stderr.splitlines() if line.startswith("pointes: ")]
    assert line == f"pointes: {where}: execution.external; expected either an address or a scheduler_file"


def test_every_rule_has_memory_and_runtime():
    found = {}
    for path in (PROJECT / "rules").glob("*.smk"):
        parts = re.split(r"^ *(?:rule|checkpoint) *(\w*):\n", path.read_text(), flags=re.MULTILINE)
        found |= dict(zip([name or "figure" for name in parts[1::2]], parts[2::2], strict=True))
    assert {"simulate", "learn", "figure", "drugs", "replay", "sensitivity"} <= set(found)
    for name in set(found) - WITHOUT_JOBS:
        assert re.search(r"resources:\n +mem_mb=\w+,\n +runtime=\w+,\n", found[name]), name
