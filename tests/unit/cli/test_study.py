"""`pointes new`: it says what to do next, and refuses in one line."""

from pointes.project import PROJECT


def test_new_study_and_the_commands_that_come_next(run, tmp_path):
    study = tmp_path / "my study"
    code, out, err = run("new", study, "--campaign", "qnet")
    assert (code, err) == (0, "")
    assert out.splitlines()[1:] == [f"    cd '{study}'", "    snakemake"]
    text = (PROJECT / "config/campaigns/qnet.yaml").read_text()
    assert (study / "config/config.yaml").read_text() == text.replace("../config.schema", "config.schema")


def test_study_is_refused_in_one_line(run, tmp_path):
    (tmp_path / "notes.txt").touch()
    code, out, err = run("new", tmp_path)
    assert (code, out) == (2, "")
    assert err == f"pointes: {tmp_path}: exists already; expected the name of a new folder, or an empty one\n"
    assert run("new", tmp_path / "study", "--campaign", "nothing")[0] == 2
    assert not (tmp_path / "study").exists()
