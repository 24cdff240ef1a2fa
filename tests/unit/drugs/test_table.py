"""Reading drug tables: what is understood, and every mistake in one clear line."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointes.drugs import CHANNELS, read_drug_table
from pointes.errors import UserError
from pointes.files import write_csv

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


IC50 = "a finite number above 0, or blank for no block known, or a limit such as >30000"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a,high,20,0,1,", f"hERG_ic50_nM: '0'; expected {IC50}"),
        ("a,high,20,-3,1,", f"hERG_ic50_nM: '-3'; expected {IC50}"),
        ("a,high,20,inf,1,", f"hERG_ic50_nM: 'inf'; expected {IC50}"),
        ("a,high,20,nan,1,", f"hERG_ic50_nM: 'nan'; expected {IC50}"),
        ("a,high,20,<300,1,", f"hERG_ic50_nM: '<300'; expected {IC50}"),
        ("a,high,20,>,1,", "hERG_ic50_nM: '>'; expected a number above 0 and below 1e10 nM after >"),
        ("a,high,20,>-3,1,", "hERG_ic50_nM: '>-3'; expected a number above 0 and below 1e10 nM after >"),
        ("a,high,20,>2e10,1,", "hERG_ic50_nM: '>2e10'; expected a number above 0 and below 1e10 nM after >"),
        ("a,high,20,300,>1,", "hERG_hill: '>1'; expected a finite number above 0, or blank for 1"),
        (
            'a,high,"1,5",300,1,',
            "cmax_nM: '1,5'; expected a finite number above 0 (with a decimal point: no comma is read)",
        ),
        ("a,high,20,300,0,", "hERG_hill: '0'; expected a finite number above 0, or blank for 1"),
        ("a,high,20,300,-1,", "hERG_hill: '-1'; expected a finite number above 0, or blank for 1"),
        ("a,high,0,300,1,", "cmax_nM: '0'; expected a finite number above 0"),
        ("a,high,-2,300,1,", "cmax_nM: '-2'; expected a finite number above 0"),
        ("a,high,,300,1,", "cmax_nM: ''; expected a finite number above 0"),
        ("a,high,20,300,1,n/a", f"ICaL_ic50_nM: 'n/a'; expected {IC50}"),
    ],
)
def test_a_bad_cell_is_named_with_line_drug_column_and_what_was_expected(write, row, expected):
    assert message(write(HEADER, "good,low,1,2,1,3", "", row)) == f"FILE: line 4 (a): {expected}"


def test_unknown_risk_category(write):
    assert message(write(HEADER, "a,High,20,300,1,")) == (
        "unknown risk category 'High' in column risk of FILE: line 2 (a); "
        "expected one of high, intermediate, low; did you mean high?"
    )


def test_duplicate_drug_whatever_its_capitals(write):
    assert message(write(HEADER, "sotalol,high,20,300,1,", "b,,1,1,,", "Sotalol,high,20,300,1,")) == (
        "FILE: line 4 (Sotalol): drug: 'Sotalol'; expected every drug once; it is on line 2 already"
    )


def test_drug_without_a_name(write):
    assert message(write(HEADER, ",high,20,300,1,")) == "FILE: line 2: drug: ''; expected a name"


@pytest.mark.parametrize(
    ("column", "named"),
    [
        ("drug", "'drug'"),
        ("cmax_nM", "'cmax_nM' (free Cmax), or 'cmax_total_nM' and 'fraction_unbound'"),
        ("ICaL_ic50_nM", "'ICaL_ic50_nM'"),
    ],
)
def test_missing_required_column(write, column, named):
    columns = ["drug", "cmax_nM", "hERG_ic50_nM", "ICaL_ic50_nM"]
    columns.remove(column)
    found = ", ".join(columns)
    assert (
        message(write(",".join(columns), "1,2,3")) == f"FILE: no column {named}; expected it among the columns {found}"
    )


def test_missing_ikr_names_both_spellings(write):
    assert message(write("drug,cmax_nM,ICaL_ic50_nM", "a,1,2")).startswith(
        "FILE: no column 'IKr_ic50_nM' or 'hERG_ic50_nM'; expected"
    )


def test_misspelt_channel(write):
    assert message(write(f"{HEADER},Ikr_ic50_nM", "a,high,20,300,1,,5")) == (
        "unknown channel 'Ikr' in column 'Ikr_ic50_nM' of FILE; "
        "expected one of hERG, IKr, ICaL, INaL, INa, Ito, IKs, IK1; did you mean IKr?"
    )


@pytest.mark.parametrize("column", ["IKur_hill", "IKur_ic50_q025_nM"])
def test_channel_without_an_ic50(write, column):
    assert message(write(f"{HEADER},{column}", "a,high,20,300,1,,5")).startswith(
        f"unknown channel 'IKur' in column '{column}' of FILE; expected one of hERG, IKr, ICaL"
    )


def test_columns_for_other_currents_are_allowed_told_and_not_checked(write):
    """Of the currents beyond those asked for only the ones that a simple score needs are read."""
    header = "drug,cmax_nM,IKr_ic50_nM,INaK_ic50_uM,INaK_hill,Nav1.5-late_ic50_nM,INaL_ic50_nM,IKs_ic50_nM"
    table = read_drug_table(write(header, "a,1,2,n.d.,n.d.,?,3,n.d."), ["IKr"], ["IKr", "INaL"])
    assert table.channels == ("IKr", "INaL")
    assert table.notes == ("columns for currents that are not explored: INaK, Nav1.5-late, INaL, IKs",)


def test_nothing_is_told_of_a_table_that_is_used_as_it_is(write):
    path = write(HEADER, "a,high,20,300,1,")
    assert read_drug_table(path, ["IKr", "ICaL"]).notes == ()
    assert read_drug_table(path, (), ["IKr", "ICaL", "INaCa"]).notes == ()


def test_micromolar_is_converted_and_told(write):
    header = "drug,cmax_uM,hERG_ic50_uM,hERG_ic50_q025_μM,hERG_ic50_q975_µM,ICaL_ic50_nM"
    table = read_drug_table(write(header, "a,0.02,0.3,0.1,0.9,4000"), ["IKr", "ICaL"])
    assert table.cmax_nM.tolist() == [20]
    assert table.ic50_nM.tolist() == [[300, 4000]]
    np.testing.assert_allclose(table.ic50_posterior_nM[0, 0], [100, 300, 900])
    assert table.notes == ("µM converted to nM: cmax_uM, hERG_ic50_uM, hERG_ic50_q025_μM, hERG_ic50_q975_µM",)


def test_free_cmax_is_the_unbound_fraction_of_the_total_one(write):
    path = write("drug,cmax_nM,cmax_total_uM,fraction_unbound,IKr_ic50_nM", "a,,2,0.05,5", "b,7,2,0.05,5", "c,7,,,5")
    table = read_drug_table(path, ["IKr"])
    assert table.cmax_nM.tolist() == [100, 7, 7]
    assert "free Cmax computed from total Cmax and fraction unbound: 1 drugs" in table.notes


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (",0.05", "cmax_total_nM: ''; expected a finite number above 0"),
        ("20,", "fraction_unbound: ''; expected a fraction above 0 and not above 1"),
        ("20,5", "fraction_unbound: '5'; expected a fraction above 0 and not above 1"),
        ("20,0", "fraction_unbound: '0'; expected a fraction above 0 and not above 1"),
    ],
)
def test_free_cmax_needs_both_the_total_and_its_fraction(write, cells, expected):
    path = write("drug,cmax_total_nM,fraction_unbound,IKr_ic50_nM", f"a,{cells},5")
    assert message(path, ["IKr"]) == f"FILE: line 2 (a): {expected}"


def test_total_cmax_alone_is_no_free_one(write):
    assert message(write("drug,cmax_total_nM,IKr_ic50_nM", "a,20,5"), ["IKr"]).startswith(
        "FILE: no column 'cmax_nM' (free Cmax), or 'cmax_total_nM' and 'fraction_unbound'; expected"
    )


@pytest.mark.parametrize("cell", [">30", "> 30.0", "≥30", ">=3e1"])
def test_limit_of_an_ic50_is_no_block_up_to_there(write, cell):
    table = read_drug_table(write("drug,cmax_nM,IKr_ic50_nM,ICaL_ic50_uM", f"a,20,300,{cell}"), ["IKr", "ICaL"])
    np.testing.assert_array_equal(table.limit_nM, [[np.nan, 3e4]])
    np.testing.assert_array_equal(table.ic50_nM, [[300, np.nan]])
    np.testing.assert_array_equal(table.point_estimate()[0], [[300, np.nan]])
    # Flat in the logarithm from the limit to 1e10 nM
    expected = np.log10(3e4) + np.array([0.025, 0.5, 0.975]) * (10 - np.log10(3e4))
    np.testing.assert_allclose(np.log10(table.ic50_posterior_nM[0, 1]), expected)
    assert table.select(["ICaL"]).limit_nM.tolist() == [[3e4]]
    assert "IC50 values that are limits (>), read as no block up to there: 1" in table.notes


def test_limit_with_quantiles_is_a_contradiction(write):
    assert message(write(POSTERIOR, "a,1,>100,50,110,300,"), ["IKr"]) == (
        "FILE: line 2 (a): IKr_ic50_nM: '>100'; expected a finite number above 0, because its quantiles are given"
    )


@pytest.mark.parametrize(
    ("column", "meant"), [("IKr_hil", "IKr_hill"), ("risks", "risk"), ("cmax", "cmax_nM"), ("cmax_mM", "cmax_nM")]
)
def test_misspelt_column_is_not_taken_for_another(write, column, meant):
    text = message(write(f"{HEADER},{column}", "a,high,20,300,1,,5"))
    assert text == f"FILE: unknown column: '{column}'; expected {meant}, or a name less like it"


def test_other_columns_are_not_read(write):
    table = read_drug_table(write(f"{HEADER},risk_code,hERG_dataset", "a,high,20,300,1,,2,crl"), ["IKr", "ICaL"])
    assert table.names == ("a",)


@pytest.mark.parametrize("again", ["cmax_nM", "cmax_uM", "IKr_ic50_nM", "IKr_ic50_µM"])
def test_column_twice_also_under_its_other_name(write, again):
    text = message(write(f"{HEADER},{again}", "a,high,20,300,1,,5"))
    assert text == f"FILE: repeated column: '{again}'; expected one, in one unit (hERG and IKr are one channel)"


def test_row_of_another_length(write):
    assert message(write(HEADER, "a,high,20,300,1,,", "b,low,1,2,3,4")) == (
        "FILE: line 2: number of cells: 7; expected 6, as in the header (a decimal comma splits a number in two)"
    )
    assert message(write(HEADER, "a,high,20")) == "FILE: line 2: number of cells: 3; expected 6, as in the header"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("a,1,100,200,110,300,", "IKr_ic50_q025_nM, IKr_ic50_median_nM, IKr_ic50_q975_nM: [200, 110, 300]; "
         "expected three rising numbers"),
        ("a,1,100,50,,,", "IKr_ic50_q025_nM, IKr_ic50_median_nM, IKr_ic50_q975_nM: [50, nan, nan]; "
         "expected three rising numbers"),
        ("a,1,,50,110,300,", "IKr_ic50_nM: ''; expected a finite number above 0, because its quantiles are given"),
        ("a,1,100,0,110,300,", "IKr_ic50_q025_nM: '0'; expected a finite number above 0, or blank for not published"),
        ("a,1,100,50,110,300,1.2", "IKr_correlation: '1.2'; expected a number between -1 and 1"),
        ("a,1,100,50,110,300,x", "IKr_correlation: 'x'; expected a number between -1 and 1"),
    ],
)  # fmt: skip
def test_bad_posterior(write, row, expected):
    assert message(write(POSTERIOR, row), ["IKr"]) == f"FILE: line 2 (a): {expected}"


@pytest.mark.parametrize("text", ["", "\n\n", f"{HEADER}\n"])
def test_table_without_drugs(tmp_path, text):
    path = tmp_path / "empty.csv"
    path.write_text(text)
    assert message(path) == "FILE: no drug; expected a header line and then one line per drug"


def test_unreadable_files(tmp_path):
    reason = "; expected a CSV file in UTF-8, as spreadsheet programs export it under that name"
    assert re.fullmatch(rf"FILE: cannot be read \(No such file .*\){reason}", message(tmp_path / "none.csv"))
    assert re.fullmatch(rf"FILE: cannot be read \(Is a directory\){reason}", message(tmp_path))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"drug,\xb5\n", "FILE: byte 5 cannot be read as UTF-8"),
        (b"\xff\xfed", "FILE: byte 2 cannot be read as UTF-16"),
        (HEADER.encode("utf-16-le"), "FILE: zero bytes, as in UTF-16 without a byte order mark"),
        (b"PK\x03\x04rest of a workbook", "FILE: workbook of a spreadsheet program"),
    ],
)
def test_other_encodings_and_formats_are_named(tmp_path, content, expected):
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    assert message(path) == (
        f"{expected}; expected a CSV file in UTF-8, as spreadsheet programs export it under that name"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_what_spreadsheet_programs_write_is_read(tmp_path, encoding, ending):
    path = tmp_path / "table.csv"
    path.write_bytes(ending.join([HEADER, "é,high,20,300,1,", ""]).encode(encoding))
    assert read_drug_table(path, ["IKr", "ICaL"]).names == ("é",)


@pytest.mark.parametrize(
    ("separator", "row", "named"),
    [
        (";", "a;high;20;300;1;", "semicolons between cells"),
        (";", "a;high;1,5;300;1;", "semicolons between cells and decimal commas in numbers"),
        ("\t", "a\thigh\t1,5\t300\t1\t", "tabs between cells and decimal commas in numbers"),
    ],
)
def test_another_separator_is_named(write, separator, row, named):
    assert message(write(HEADER.replace(",", separator), row)) == (
        f"FILE: {named}; expected commas between cells and decimal points in numbers, as a spreadsheet program with "
        "English settings exports them"
    )


def test_the_example_of_the_documentation_is_a_table(write):
    text = (Path(__file__).parents[3] / "config/drugs/README.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```csv\n(.*?)```", text, re.DOTALL)
    table = read_drug_table(write(*example.splitlines()), ["IKr", "ICaL"])
    assert table.names == ("compound-1", "compound-2", "compound-3")
    np.testing.assert_array_equal(table.limit_nM[:, 1], [np.nan, np.nan, 30000])


POSITIVE = st.floats(1e-6, 1e9)
QUANTILES = st.lists(POSITIVE, min_size=3, max_size=3).map(sorted)
COLUMNS = ("ic50_q025_nM", "ic50_median_nM", "ic50_q975_nM", "hill_q025", "hill_median", "hill_q975")


@st.composite
def parameters(draw):
    """What a table says of one channel of a drug: IC50, Hill, quantiles of both, and correlation."""
    quantiles = [*draw(QUANTILES), *draw(QUANTILES)] if draw(st.booleans()) else [np.nan] * 6
    return [draw(POSITIVE), draw(POSITIVE), *quantiles, draw(st.floats(-0.999, 0.999))]


@st.composite
def drug_tables(draw):
    """Channels, and by drug its risk category, free Cmax [nM] and parameters of each channel."""
    channels = draw(st.lists(st.sampled_from(CHANNELS), min_size=1, max_size=3, unique=True))
    names = draw(st.lists(st.from_regex("[a-z][a-z ,]{0,6}[a-z]", fullmatch=True), min_size=1, max_size=3, unique=True))
    risk = st.sampled_from(["high", "intermediate", "low", ""])
    each = st.lists(parameters(), min_size=len(channels), max_size=len(channels))
    return channels, {name: (draw(risk), draw(POSITIVE), draw(each)) for name in names}


def as_cells(values):
    return ["" if np.isnan(value) else repr(value) for value in values]


@given(drugs=drug_tables())
def test_a_written_table_is_read_as_it_is(tmp_path_factory, drugs):
    channels, by_name = drugs
    rows = []
    for name, (risk, cmax, values) in by_name.items():
        row = {"drug": name, "risk": risk, "cmax_nM": repr(cmax)}
        for channel, of_channel in zip(channels, values, strict=True):
            titles = [f"{channel}_{quantity}" for quantity in ("ic50_nM", "hill", *COLUMNS, "correlation")]
            row |= dict(zip(titles, as_cells(of_channel), strict=True))
        rows.append(row)
    path = tmp_path_factory.getbasetemp() / "drawn.csv"
    write_csv(path, rows)
    table = read_drug_table(path, channels, ())
    assert (table.names, table.channels) == (tuple(by_name), tuple(channels))
    assert table.risk == tuple(risk for risk, _, _ in by_name.values())
    assert table.cmax_nM.tolist() == [cmax for _, cmax, _ in by_name.values()]
    expected = np.array([values for _, _, values in by_name.values()])
    read = [table.ic50_nM[..., None], table.hill[..., None], table.ic50_posterior_nM, table.hill_posterior]
    np.testing.assert_array_equal(np.concatenate([*read, table.correlation[..., None]], axis=-1), expected)
    assert np.isnan(table.limit_nM).all()
    assert table.notes == ()
