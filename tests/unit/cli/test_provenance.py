"""Mistakes in calls of `pointes verify` and `pointes crate`; the workflow's tests call both on a campaign."""


def test_verify_needs_a_campaign(run, tmp_path):
    code, out, err = run("verify", tmp_path)
    assert (code, out) == (2, "")
    assert err == f"pointes: {tmp_path}: not the results folder of a campaign (no campaign.json)\n"
    assert run("verify", tmp_path, "--samples", -1)[0] == 2


def test_crate_overwrites_nothing(run, tmp_path):
    code, out, err = run("crate", tmp_path, "-o", tmp_path)
    assert (code, out) == (2, "")
    assert err == f"pointes: {tmp_path}: exists already; expected the name of a new file or folder\n"
    code, _, err = run("crate", tmp_path, "-o", tmp_path / "no/crate.zip")
    assert code == 2
    assert "no folder" in err
