"""Ways to call the workflow: its other Snakefile, options of Snakemake, and results that cannot be written."""

import re
import subprocess
import sys

import yaml

from .conftest import PROJECT, TINY, Run, command, snakemake

LINTED = {"Specify a conda environment or container for each rule."}
"""What `snakemake --lint` says of rules, and the Snakefile argues in a comment."""


def complaints(run: Run) -> list[str]:
    return [line for line in run.stderr.splitlines() if line.startswith("pointes: ")]


def test_lint_finds_nothing_but_what_is_argued(tmp_path):
    for config in ("config.yaml", "campaigns/seven-channels.yaml", "campaigns/cell-cable-plane.yaml"):
        options = ["--lint", "--configfile", str(PROJECT / "config" / config)]
        line = [sys.executable, "-m", "snakemake", "--snakefile", str(PROJECT / "Snakefile"), *options]
        run = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, timeout=120)
        found = set(re.findall(r"^    \* (.*?):?$", run.stderr, re.MULTILINE))
        assert {text.rstrip(":") for text in found} == LINTED, run.stderr
    assert "That is why no rule names a conda environment" in (PROJECT / "Snakefile").read_text()


def test_catalogue_finds_what_it_looks_for(tmp_path):
    """The files of its standardized usage; the Snakefile there is the workflow."""
    usage = yaml.safe_load((PROJECT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert set(usage) == {"mandatory-flags", "software-stack-deployment", "report"}
    assert (PROJECT / "config/README.md").is_file()
    line = command(tmp_path, TINY, "--dry-run")
    line[line.index(str(PROJECT / "Snakefile"))] = str(PROJECT / "workflow/Snakefile")
    run = subprocess.run(line, capture_output=True, text=True, cwd=tmp_path, timeout=120)
    assert run.returncode == 0, run.stderr
    assert "simulate_replays" in run.stdout + run.stderr


def test_nested_keys_are_given_on_the_command_line(tmp_path):
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(TINY))
    line = [sys.executable, "-m", "snakemake", "--snakefile", str(PROJECT / "Snakefile"), "--cores", "2", "--dry-run"]

    def planned(*options: str) -> Run:
        whole = [*line, *options, "--configfile", str(path)]
        return subprocess.run(whole, capture_output=True, text=True, cwd=tmp_path, timeout=120)

    given = 'learning={"start": 12, "stopping": {"verified": false}}'
    run = planned("--config", given, 'drugs={"multiples": [1, 2.5]}', 'model={"celltype": null}', "--printshellcmds")
    assert run.returncode == 0, run.stderr
    for options, message in (
        (
            ['learning={"max_simulations": 4}'],
            "learning.max_simulations: 4; expected at least the control and learning.start, which are 9 simulations",
        ),
        (['learning={"max_simulations": many}'], "learning.max_simulations: 'many'; expected a valid integer"),
        (["learning=20"], "learning: 20; expected a mapping of keys"),
    ):
        refused = planned("--config", *options)
        assert refused.returncode == 2
        assert complaints(refused) == [f"pointes: {path} with --config: {message}"]


def test_targets_stand_before_the_configuration(tmp_path):
    """As README.md has it: Snakemake takes all that follows --configfile for further files."""
    assert "snakemake figures --configfile" in (PROJECT / "README.md").read_text()
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump(TINY))
    line = [sys.executable, "-m", "snakemake", "--snakefile", str(PROJECT / "Snakefile"), "--dry-run"]
    run = subprocess.run(
        [*line, "figures", "--configfile", "tiny.yaml"], capture_output=True, text=True, cwd=tmp_path, timeout=120
    )
    assert run.returncode == 0, run.stderr
    planned = run.stdout + run.stderr
    assert "figure_risk_map" in planned
    assert "summary" not in planned


def test_results_that_cannot_be_written_are_one_line(tmp_path):
    """The kernel's own folder refuses even root."""
    (tmp_path / "results").write_text("mine")
    (by_file,) = complaints(snakemake(tmp_path, TINY))
    assert by_file.endswith("tiny.yaml: results: a file; expected a folder for the results")
    (tmp_path / "results").unlink()
    (tmp_path / "results").symlink_to("/proc")
    run = snakemake(tmp_path, TINY)
    assert complaints(run) == ["pointes: results/tiny: cannot be written (No such file or directory)"]
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
