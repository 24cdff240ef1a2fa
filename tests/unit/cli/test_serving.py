"""Mistakes in calls of `pointes serve`; tests of the campaign's commands start servers."""

from pointes.batches import requirements


def test_serve_needs_a_campaign(run, tmp_path):
    code, out, err = run("serve", tmp_path)
    assert (code, out) == (2, "")
    assert err == f"pointes: {tmp_path}: not the results folder of a campaign (no campaign.json)\n"
    assert run("serve", tmp_path, "--port", 65536)[0] == 2


def test_missing_package_is_one_line(run, tmp_path, monkeypatch):
    monkeypatch.setattr(requirements, "find_spec", lambda name: None)
    code, out, err = run("serve", tmp_path)
    assert (code, out) == (2, "")
    assert (
        err == "pointes: pointes serve needs umbridge, which is not installed; expected pip install 'pointes[serve]'\n"
    )
