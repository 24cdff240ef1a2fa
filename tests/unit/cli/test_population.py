"""The command `pointes population` as a user meets it."""

import json
from functools import partial

import numpy as np
import pytest
import xarray

from pointes import cells

QUICK = ["--celltype", "mid", "--beats", 2, "--workers", 1]


@pytest.fixture
def run(run):
    """Run `pointes population`."""
    return partial(run, "population")


def test_population_is_drawn_paced_and_calibrated(run, tmp_path, check_file):
    output = tmp_path / "population.nc"
    drawn = ["--n", 16, "--scale", "IKr=0:2", "--scale", "ICaL=0:2", "--seed", 5]
    code, out, _ = run("ohara-2011", *QUICK, *drawn, "--calibrate", "-o", output, "--json")
    summary = json.loads(out)
    assert code == 0
    with xarray.open_dataset(output) as opened:
        assert opened.sizes["variant"] == 16
        assert summary["accepted"] == int(opened["accepted"].sum())
        assert 0 <= opened["IKr"].min() < 0.2 < 1.8 < opened["IKr"].max() <= 2
    code, out, _ = run("ohara-2011", *QUICK, *drawn, "--calibrate", "-o", output)
    check_file(output, "population.nc")
    most = max(summary["outside"], key=summary["outside"].get)
    assert f"{most} has excluded most: {summary['outside'][most]} of 16" in out
    assert f"accepted {summary['accepted']} -> " in out.replace("\n", " ")


def test_population_of_a_table_from_a_saved_state(run, tmp_path, check_file):
    table = tmp_path / "variants.csv"
    table.write_text("IKr,ICaL\n1,1\n0.5,1.2\n")
    states, output = tmp_path / "states.nc", tmp_path / "out.nc"
    assert run("ohara-2011", *QUICK, "--variants", table, "--save-state", states, "-o", output)[0] == 0
    check_file(states)
    second = ["--block", "IKr=0.5", "--initial-state", states]
    assert run("ohara-2011", *QUICK, "--variants", table, *second, "-o", output)[0] == 0
    model = cells.load("ohara-2011", "mid")
    values = {
        model.conductances[current]: model.parameters[model.conductances[current]] * np.array(factors)
        for current, factors in {"IKr": [1, 0.5], "ICaL": [1, 1.2]}.items()
    }
    state = cells.pace(model, {}, values=values, beats=2, label_beats=2, final_state=True)["state"]
    expected = cells.pace(model, {"IKr": 0.5}, values=values, beats=2, label_beats=2, initial_state=state)
    with xarray.open_dataset(output) as opened:
        np.testing.assert_array_equal(opened["apd90_ms"], expected["apd90_ms"])
        assert "accepted" not in opened


def test_variants_are_drawn_until_enough_are_accepted(run, tmp_path):
    output = tmp_path / "out.nc"
    drawn = ["--accepted", 3, "--scale", "IKr=0:2", "--scale", "ICaL=0:2"]
    summary = json.loads(run("ohara-2011", *QUICK, *drawn, "--calibrate", "-o", output, "--json")[1])
    with xarray.open_dataset(output) as opened:
        assert summary["accepted"] == int(opened["accepted"].sum()) == 3
        assert summary["variants"] == opened.sizes["variant"] > 3


def test_own_ranges_calibrate(run, tmp_path):
    ranges, output = tmp_path / "ranges.csv", tmp_path / "out.nc"
    ranges.write_text("biomarker,min,max\nrmp_mV,0,100\n")
    drawn = ["--n", 2, "--scale", "IKr=lognormal:0.1"]
    out = run("ohara-2011", *QUICK, *drawn, "--ranges", ranges, "-o", output, "--json")[1]
    assert json.loads(out)["outside"] == {"rmp_mV": 2}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ohara-2011"], "expected variants either drawn (--scale, with --n) or from a file (--variants)"),
        (["ohara-2011", "--scale", "IKr=0:1", "--variants", "no.csv"], "expected variants either drawn"),
        (["ohara-2011", "--variants", "no.csv", "--n", "5"], "expected variants either drawn"),
        (["ohara", "--scale", "IKr=0:1"], "unknown model 'ohara'"),
        (["ohara-2011", "--scale", "Ikr=0:1"], "did you mean IKr?"),
        (["ohara-2011", "--scale", "no.such=0:1"], "unknown parameter 'no.such'"),
        (["ohara-2011", "--scale", "IKr=2:0.5"], "--scale: 'IKr=2:0.5'; expected factors 0 <= LOW < HIGH"),
        (["ohara-2011", "--scale", "IKr"], "--scale: 'IKr'; expected NAME=LOW:HIGH"),
        (["ohara-2011", "--scale", "IKr=0:1", "--accepted", "5"], "--accepted: 5; expected drawn variants"),
        (["ohara-2011", "--variants", "a.csv", "--calibrate", "--accepted", "5"], "--accepted: 5; expected drawn"),
        (["ohara-2011", "--variants", "no.csv"], "no.csv: cannot be read"),
        (["ohara-2011", "--scale", "IKr=0:1", "--ranges", "no.csv"], "no.csv: cannot be read"),
        (["ohara-2011", "--scale", "IKr=0:1", "--celltype", "top"], "unknown cell type 'top'"),
        (
            ["ohara-2011", "--celltype", "mid", "--scale", "IKr=0:1", "--beats", "0"],
            "last beats: 0; expected at least 1",
        ),
        (["ohara-2011", "--celltype", "mid", "--scale", "IKr=0:1", "--block", "IKr"], "--block: 'IKr'"),
        (["ohara-2011", "--celltype", "mid", "--scale", "IKr=0:1", "--sampler", "grid"], "unknown sampler 'grid'"),
        (["ohara-2011", "--celltype", "mid", "--scale", "IKr=0:1", "--initial-state", "no.nc"], "cannot read states"),
    ],
)
def test_mistake_ends_with_one_line_and_code_2(run, tmp_path, arguments, message):
    code, out, err = run(*arguments, "-o", tmp_path / "out.nc")
    assert code == 2
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_factor_that_is_negative_is_refused(run, tmp_path):
    table = tmp_path / "variants.csv"
    table.write_text("IKr\n1\n-0.5\n")
    code, _, err = run("ohara-2011", *QUICK, "--variants", table, "-o", tmp_path / "out.nc")
    assert code == 2
    assert "row 2: factor of IKr: -0.5; expected a finite number, 0 or more" in err
    assert err.count("\n") == 1


def test_output_needs_a_folder(run, tmp_path):
    code, _, err = run("ohara-2011", "--scale", "IKr=0:1", "-o", tmp_path / "no/out.nc")
    assert code == 2
    assert "no folder" in err


def test_population_says_why_variants_failed(run, tmp_path):
    variants = tmp_path / "variants.csv"
    variants.write_text("INa,ICaL\n1,1\n0,0\n")
    _, out, _ = run("ohara-2011", "--variants", variants, "--beats", "1", "-o", tmp_path / "out.nc")
    assert out.splitlines()[0] == "1 of 2 variants failed: 1 did not capture"
