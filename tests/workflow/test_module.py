"""The workflow as a module of another one, which is in another folder."""

import json

from pointes.campaign.files import store

from .conftest import TINY, run_module, write_module


def test_module_with_prefixes_has_a_campaign_of_its_own(tmp_path):
    """Results are below the prefix, the drug table is the project's, and the folder is claimed without `onstart`."""
    config = {**TINY, "learning": {"start": 8, "batch": 4, "max_simulations": 13}, "replays": {"enabled": False}}
    write_module(tmp_path, config, prefix='prefix: "heart"', names="as ep_*")
    ran = run_module(tmp_path, "ep_drugs", "ep_figure_risk_map")
    assert ran.returncode == 0, ran.stderr
    assert not (tmp_path / "results").exists()
    results = tmp_path / "heart/results/tiny"
    assert len(store.read(results / "simulations.nc")) == 13
    assert (results / "drugs.csv").stat().st_size > 0
    assert (results / "figures/risk_map.svg").stat().st_size > 0
    assert json.loads((results / "campaign.json").read_text())["config"]["name"] == "tiny"
    assert (results / ".lock").is_file()
    assert ran.stdout.count("iteration  simulations") == 1
    assert "Nothing to be done" in run_module(tmp_path, "ep_drugs").stderr
    write_module(tmp_path, {**config, "seed": 2}, prefix='prefix: "heart"', names="as ep_*")
    refused = run_module(tmp_path, "--dry-run")
    assert refused.returncode == 2
    (line,) = [line for line in refused.stderr.splitlines() if line.startswith("pointes: ")]
    assert line.startswith("pointes: config.yaml: heart/results/tiny: these results have another meaning: seed was 1")
