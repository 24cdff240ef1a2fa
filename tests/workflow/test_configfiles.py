"""Hostile configurations on the way through Snakemake, which reads them before pointes does."""

import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import PROJECT

LAUGHS = "".join(f"l{k}: &l{k} [{', '.join([f'*l{k - 1}'] * 9)}]\n" for k in range(1, 12)).replace("*l0", "lol")
TEMPLATE = "__use_yte__: true\nname: ?__import__('pathlib').Path('effect').touch() or 'mine'\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: !!python/object/apply:os.mkdir [effect]", "not valid JSON or YAML"),
        ("name: !!python/object/new:os.mkdir [effect]", "not valid JSON or YAML"),
        ("name: !!python/name:os.mkdir", "not valid YAML: could not determine a constructor"),
        ("seed: 1\nseed: 2", "seed is given twice, first in line 1"),
        (LAUGHS, "its aliases make 3.97e+10 keys and values"),
    ],
    ids=["apply", "new", "name", "twice", "laughs"],
)
def test_snakemake_runs_no_tag_and_the_workflow_refuses_the_rest(tmp_path, text, message):
    (tmp_path / "c.yaml").write_text(text + "\n")
    command = [sys.executable, "-m", "snakemake", "--snakefile", PROJECT / "Snakefile", "--cores", "1", "-n"]
    done = subprocess.run(
        [*command, "--configfile", "c.yaml"], capture_output=True, text=True, cwd=tmp_path, timeout=120, check=False
    )
    assert done.returncode != 0
    assert message in done.stdout + done.stderr
    assert not (tmp_path / "effect").exists()
    assert not (tmp_path / "results").exists()


def test_make_campaign_refuses_a_template_before_snakemake_could_run_it(tmp_path):
    """Snakemake runs the expressions in a file with the key __use_yte__; `pointes check` comes first and only reads."""
    (tmp_path / "c.yaml").write_text(TEMPLATE)
    make = ["make", "-f", PROJECT / "Makefile", "-o", ".venv/installed", "campaign", "CONFIG=c.yaml"]
    done = subprocess.run(
        [*make, f"BIN={Path(sys.executable).parent}"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.returncode != 0
    assert (
        "pointes: c.yaml: __use_yte__: True; expected no template: Snakemake runs the expressions in one" in done.stderr
    )
    assert list(tmp_path.iterdir()) == [tmp_path / "c.yaml"]
