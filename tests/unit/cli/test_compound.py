"""The command `pointes drug` as a user meets it."""

import json

import pytest

COMPOUND = ("drug", "IKr=120nM h=1.1", "ICaL=3uM")
FAST = ("--samples", "1", "--workers", "1")


def test_a_compound_gets_a_class_the_channels_that_explain_it_and_a_card(run, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    code, out, err = run(*COMPOUND, "--cmax", "50nM", "--name", "TP 1", *FAST, "--card", tmp_path / "cards")
    assert code == 0
    assert "IKr block lowers mean qNet by" in out
    assert "the spread of hERG between laboratories is assumed" in out
    assert "TP 1, free Cmax 50 nM" in out
    assert err == f"-> {tmp_path}/cards/TP_1.html\n-> {tmp_path}/cards/TP_1.pdf\n"
    assert (tmp_path / "cards/TP_1.pdf").read_bytes().startswith(b"%PDF")
    assert "TP 1" in (tmp_path / "cards/TP_1.html").read_text()


def test_a_table_is_scored_row_by_row(run, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    path = tmp_path / "drugs.csv"
    path.write_text("drug,cmax_uM,hERG_ic50_nM,ICaL_ic50_uM\na,0.05,120,3\nb,0.1,,0.01\n")
    options = ("drug", "--table", path, *FAST, "--laboratory-sd", "0")
    code, out, _ = run(*options)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[2:4]] == ["a", "b"]
    assert "b is outside the domain: at 4 × Cmax block of ICaL is 0.98" in out
    code, out, _ = run(*options, "--json")
    compounds = json.loads(out)["compounds"]
    assert code == 0
    assert [one["name"] for one in compounds] == ["a", "b"]
    assert compounds[0]["channels"][0]["attribution"] < 0
    assert compounds[1]["risk_class"] == "outside the domain"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (COMPOUND, "no --cmax; expected the free peak plasma concentration with its unit, such as 50nM"),
        ((*COMPOUND, "--cmax", "50"), "unit of --cmax is missing: '50'; expected nM or uM after the number"),
        ((*COMPOUND, "--cmax", "0nM"), "--cmax: '0nM'; expected a number above 0"),
        ((*COMPOUND, "--cmax", "50nM", "--name", ""), "--name: ''; expected a name"),
        (("drug", "--cmax", "50nM"), "no channel; expected CHANNEL=IC50 with its unit"),
        (("drug", "IKr=120", "--cmax", "50nM"), "unit of IC50 of IKr is missing"),
        ((*COMPOUND, "--cmax", "50nM", "--laboratory-sd", "2"), "--laboratory-sd: 2; expected a number from 0 to 0.5"),
        ((*COMPOUND, "--cmax", "50nM", "--panel", "nowhere"), "nowhere: no such file or folder"),
        ((*COMPOUND, "--cmax", "50nM", "--map", "nowhere"), "nowhere: "),
        ((*COMPOUND, "--table", "x.csv"), "CHANNEL=IC50 with --table; expected either a table, or a compound"),
        (("drug", "--table", "x.csv", "--cmax", "50nM"), "--cmax with --table; expected either a table"),
        (("drug", "--table", "x.csv", "--name", "x"), "--name with --table; expected either a table"),
        (("drug", "--table", "x.csv"), "x.csv: "),
    ],
)
def test_a_mistake_is_one_line(run, arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments, *FAST)
    assert (code, out) == (2, "")
    assert err.startswith(f"pointes: {message}")
    assert err.count("\n") == 1


def test_two_cards_of_one_name_and_a_folder_that_cannot_be_made_are_refused(run, tmp_path):
    path = tmp_path / "drugs.csv"
    path.write_text("drug,cmax_nM,hERG_ic50_nM\na b,50,120\na_b,50,120\n")
    code, _, err = run("drug", "--table", path, *FAST, "--card", tmp_path / "cards")
    assert code == 2
    assert err == "pointes: two compounds whose cards would be named a_b: 'a_b'; expected different names\n"
    code, _, err = run(*COMPOUND, "--cmax", "50nM", *FAST, "--card", path)
    assert (code, err.startswith(f"pointes: {path}: cannot be made a folder")) == (2, True)
