"""Reading drug tables: what is understood, and every mistake in one clear line."""

import re

import numpy as np
import pytest

from pointes.drugs import read_drug_table
from pointes.errors import UserError

HEADER = "drug,risk,cmax_nM,hERG_ic50_nM,hERG_hill,ICaL_ic50_nM"
POSTERIOR = "drug,cmax_nM,IKr_ic50_nM,IKr_ic50_q025_nM,IKr_ic50_median_nM,IKr_ic50_q975_nM,IKr_correlation"


def message(path, channels=("IKr", "ICaL")):
    with pytest.raises(UserError) as error:
        read_drug_table(path, channels)
    text = str(error.value)
    assert "\n" not in text
    assert str(path) in text
    return text.replace(f"{path}", "FILE")


def test_values_land_where_their_columns_say(write):
    table = read_drug_table(
        write("notes,ICaL_ic50_nM,drug,hERG_hill,cmax_nM,hERG_ic50_nM,risk", "x, 4e3 ,a b,1.5,20,300,high"),
        ["IKr", "ICaL"],
    )
    assert (table.names, table.risk, table.channels) == (("a b",), ("high",), ("IKr", "ICaL"))
    assert table.cmax_nM.tolist() == [20]
    assert table.ic50_nM.tolist() == [[300, 4000]]
    assert table.hill.tolist() == [[1.5, 1]]


def test_channels_come_as_asked_and_further_ones_follow(write):
    table = read_drug_table(write("drug,cmax_nM,INa_ic50_nM,IKr_ic50_nM,ICaL_ic50_nM", "a,1,2,3,4"), ["ICaL", "IKr"])
    assert table.channels == ("ICaL", "IKr", "INa")
    assert table.ic50_nM.tolist() == [[4, 3, 2]]


def test_a_campaign_may_ask_for_a_channel_beyond_the_seven(write):
    table = read_drug_table(write("drug,cmax_nM,INaK_ic50_nM", "a,1,5"), ["INaK"])
    assert table.channels == ("INaK",)


def test_blank_ic50_is_unknown_blank_hill_one_blank_risk_no_label(write):
    table = read_drug_table(write(HEADER, "a,,20,300,,"), ["IKr", "ICaL"])
    assert table.risk == ("",)
    assert table.hill[0, 0] == 1
    assert np.isnan(table.ic50_nM[0, 1])
    assert np.isnan(table.ic50_posterior_nM).all()


def test_blank_lines_and_a_byte_order_mark_are_no_rows(tmp_path):
    path = tmp_path / "excel.csv"
    path.write_text(f"{HEADER}\r\n\r\na,low,20,300,1,\r\n,,,,,\r\n", encoding="utf-8-sig", newline="")
    assert read_drug_table(path, ["IKr"]).names == ("a",)


def test_posterior_columns_fill_the_quantiles(write):
    table = read_drug_table(write(POSTERIOR, "a,1,100,50,110,300,-0.4", "b,1,100,,,,", "c,1,100,50,,300,"), ["IKr"])
    assert table.ic50_posterior_nM[0, 0].tolist() == [50, 110, 300]
    assert table.correlation[:, 0].tolist() == [-0.4, 0, 0]
    assert np.isnan(table.ic50_posterior_nM[1]).all()
    assert table.ic50_posterior_nM[2, 0].tolist() == [50, 100, 300], "a blank median is the best fit"


def test_point_estimate_is_the_posterior_median_else_the_best_fit(write):
    ic50, hill = read_drug_table(write(POSTERIOR, "a,1,100,50,110,300,", "b,1,70,,,,"), ["IKr"]).point_estimate()
    assert ic50[:, 0].tolist() == [110, 70]
    assert hill[:, 0].tolist() == [1, 1]


def test_select_keeps_channels_in_the_order_given(cipa28):
    chosen = cipa28.select(["ICaL", "IKr"])
    assert chosen.channels == ("ICaL", "IKr")
    np.testing.assert_array_equal(chosen.ic50_posterior_nM, cipa28.ic50_posterior_nM[:, [1, 0]])
    np.testing.assert_array_equal(chosen.cmax_nM, cipa28.cmax_nM)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a,high,20,0,1,", "hERG_ic50_nM is '0'; expected a finite number above 0, or blank for no block known"),
        ("a,high,20,-3,1,", "hERG_ic50_nM is '-3'; expected a finite number above 0, or blank for no block known"),
        ("a,high,20,inf,1,", "hERG_ic50_nM is 'inf'; expected a finite number above 0, or blank for no block known"),
        ("a,high,20,nan,1,", "hERG_ic50_nM is 'nan'; expected a finite number above 0, or blank for no block known"),
        ("a,high,20,>300,1,", "hERG_ic50_nM is '>300'; expected a finite number above 0, or blank for no block known"),
        ("a,high,20,300,0,", "hERG_hill is '0'; expected a finite number above 0, or blank for 1"),
        ("a,high,20,300,-1,", "hERG_hill is '-1'; expected a finite number above 0, or blank for 1"),
        ("a,high,0,300,1,", "cmax_nM is '0'; expected a finite number above 0"),
        ("a,high,-2,300,1,", "cmax_nM is '-2'; expected a finite number above 0"),
        ("a,high,,300,1,", "cmax_nM is ''; expected a finite number above 0"),
        ("a,high,20,300,1,n/a", "ICaL_ic50_nM is 'n/a'; expected a finite number above 0, or blank for no block known"),
    ],
)
def test_a_bad_cell_is_named_with_line_drug_column_and_what_was_expected(write, row, expected):
    assert message(write(HEADER, "good,low,1,2,1,3", "", row)) == f"FILE, line 4 (a): {expected}"


def test_unknown_risk_category(write):
    assert message(write(HEADER, "a,High,20,300,1,")) == (
        "unknown risk category 'High' in column risk of FILE, line 2 (a); "
        "expected one of high, intermediate, low; did you mean high?"
    )


def test_duplicate_drug_whatever_its_capitals(write):
    assert message(write(HEADER, "sotalol,high,20,300,1,", "b,,1,1,,", "Sotalol,high,20,300,1,")) == (
        "FILE, line 4 (Sotalol): drug is 'Sotalol'; expected every drug once; it is on line 2 already"
    )


def test_drug_without_a_name(write):
    assert message(write(HEADER, ",high,20,300,1,")) == "FILE, line 2: drug is ''; expected a name"


@pytest.mark.parametrize("column", ["drug", "cmax_nM", "ICaL_ic50_nM"])
def test_missing_required_column(write, column):
    columns = ["drug", "cmax_nM", "hERG_ic50_nM", "ICaL_ic50_nM"]
    columns.remove(column)
    found = ", ".join(columns)
    assert (
        message(write(",".join(columns), "1,2,3"))
        == f"FILE has no column '{column}'; expected it among its columns {found}"
    )


def test_missing_ikr_names_both_spellings(write):
    assert message(write("drug,cmax_nM,ICaL_ic50_nM", "a,1,2")).startswith(
        "FILE has no column 'IKr_ic50_nM' or 'hERG_ic50_nM'; expected"
    )


def test_unknown_channel(write):
    assert message(write(f"{HEADER},Ikr_ic50_nM", "a,high,20,300,1,,5")) == (
        "unknown channel 'Ikr' in column 'Ikr_ic50_nM' of FILE; "
        "expected one of hERG, IKr, ICaL, INaL, INa, Ito, IKs, IK1; did you mean IKr?"
    )


@pytest.mark.parametrize(("column", "meant"), [("IKr_hil", "IKr_hill"), ("risks", "risk"), ("cmax", "cmax_nM")])
def test_misspelt_column_is_not_taken_for_another(write, column, meant):
    text = message(write(f"{HEADER},{column}", "a,high,20,300,1,,5"))
    assert text == f"FILE: column '{column}' is unknown; expected {meant}, or a name less like it"


def test_other_columns_are_not_read(write):
    table = read_drug_table(write(f"{HEADER},risk_code,hERG_dataset", "a,high,20,300,1,,2,crl"), ["IKr", "ICaL"])
    assert table.names == ("a",)


@pytest.mark.parametrize("again", ["cmax_nM", "IKr_ic50_nM"])
def test_column_twice_also_under_its_other_name(write, again):
    text = message(write(f"{HEADER},{again}", "a,high,20,300,1,,5"))
    assert text == f"FILE: column '{again}' is there twice; expected once (hERG and IKr are one channel)"


def test_row_of_another_length(write):
    assert message(write(HEADER, "a,high,20,300,1,,", "b,low,1,2,3,4")) == (
        "FILE, line 2 has 7 cells; expected 6, as the header has"
    )


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a,1,100,200,110,300,", "IKr_ic50_q025_nM, IKr_ic50_median_nM, IKr_ic50_q975_nM are 200, 110, 300; "
         "expected three rising numbers"),
        ("a,1,100,50,,,", "IKr_ic50_q025_nM, IKr_ic50_median_nM, IKr_ic50_q975_nM are 50, nan, nan; "
         "expected three rising numbers"),
        ("a,1,,50,110,300,", "IKr_ic50_nM is ''; expected a finite number above 0, because its quantiles are given"),
        ("a,1,100,0,110,300,", "IKr_ic50_q025_nM is '0'; expected a finite number above 0, or blank for not published"),
        ("a,1,100,50,110,300,1.2", "IKr_correlation is '1.2'; expected a number between -1 and 1"),
        ("a,1,100,50,110,300,x", "IKr_correlation is 'x'; expected a number between -1 and 1"),
    ],
)  # fmt: skip
def test_bad_posterior(write, row, expected):
    assert message(write(POSTERIOR, row), ["IKr"]) == f"FILE, line 2 (a): {expected}"


@pytest.mark.parametrize("text", ["", "\n\n", f"{HEADER}\n"])
def test_table_without_drugs(tmp_path, text):
    path = tmp_path / "empty.csv"
    path.write_text(text)
    assert message(path) == "FILE holds no drug; expected a header line and then one line per drug"


def test_unreadable_files(tmp_path):
    reason = re.escape("; expected a CSV file in UTF-8")
    assert re.fullmatch(f"cannot read the drug table FILE: No such file .*{reason}", message(tmp_path / "none.csv"))
    assert re.fullmatch(f"cannot read the drug table FILE: Is a directory{reason}", message(tmp_path))
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"drug,\xff\xfe\n")
    assert re.fullmatch(f"cannot read the drug table FILE: .*can't decode byte.*{reason}", message(binary))
