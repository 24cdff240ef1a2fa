"""Generated files and the default configuration follow the models."""

import difflib
from pathlib import Path

import pytest
import yaml

from pointes.campaign.configuration import reference
from pointes.campaign.configuration import schema as config
from pointes.campaign.configuration.panel import PanelConfig
from pointes.vocabulary import TOLERANCE

CONFIG = Path(__file__).parents[4] / "config"


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("config.schema.json", reference.schema),
        ("panel.schema.json", lambda: reference.schema(PanelConfig)),
        ("README.md", reference.key_reference),
    ],
)
def test_generated_file_is_fresh(name, make):
    found = (CONFIG / name).read_text(encoding="utf-8").splitlines()
    difference = "\n".join(
        difflib.unified_diff(found, make().splitlines(), f"config/{name}", "the models", lineterm="")
    )
    assert not difference, f"run `python -m pointes.campaign.configuration.reference`:\n{difference}"


def test_every_key_of_the_default_file_has_a_comment():
    lines = (CONFIG / "config.yaml").read_text(encoding="utf-8").splitlines()
    sections = {name for name, value in yaml.safe_load("\n".join(lines)).items() if isinstance(value, dict)}
    for number, line in enumerate(lines):
        key = line.strip().partition(":")[0]
        if not line.strip() or line.strip().startswith("#") or key in sections or line.startswith("    "):
            continue
        assert lines[number - 1].strip().startswith("#"), f"{key} has no comment above it"


def test_default_tolerance_is_that_of_the_cell_engine():
    assert config.TOLERANCE == TOLERANCE
