"""The command `pointes plan`."""

import json

CONFIG = """
name: planned
model: {name: tentusscher-2006, celltype: epi}
protocol: {cycle_length: 500, beats: 2, label_beats: 1}
learning: {start: 8, batch: 4, max_simulations: 18}
drugs: null
replays: {enabled: false}
"""


def test_plan_of_a_campaign_leaves_nothing(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "planned.yaml"
    config.write_text(CONFIG)
    code, out, err = run("plan", config, "--workers", 3)
    assert (code, err) == (0, "")
    text = " ".join(out.split())
    assert "9 at the start, then 4 in each of at most 2 iterations: at most 17" in text
    assert "wall time on 3 workers" in text
    assert "times may be 2 times as short or as long" in text
    plan = json.loads(run("plan", config, "--json")[1])
    assert plan["most"] == 17
    assert plan["core_hours"]["low"] < plan["core_hours"]["estimate"] < plan["core_hours"]["high"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["planned.yaml"]


def test_mistakes_are_found_before_anything_is_measured(run, tmp_path):
    config = tmp_path / "planned.yaml"
    config.write_text(CONFIG.replace("beats: 2", "beats: none"))
    code, out, err = run("plan", config)
    assert (code, out) == (2, "")
    assert "protocol.beats: 'none'" in err
    assert run("plan", config, "--workers", 0)[0] == 2
