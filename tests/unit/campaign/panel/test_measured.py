import numpy as np
import pytest

from pointes.campaign.panel.measured import read_records, write_records
from pointes.errors import UserError

NUMBERS = {"block": (0.0, 1.0), "bound": (-np.inf, np.inf)}


def written(tmp_path, *lines):
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["drug,block,bound,source", *lines]) + "\n", encoding="utf-8")
    return path


def test_rows_are_texts_and_numbers(tmp_path):
    path = written(tmp_path, "a,0.5,-1,paper", "b,1,,paper")
    first, second = read_records(path, ["drug"], NUMBERS, optional=["bound"])
    assert first == {"drug": "a", "block": 0.5, "bound": -1.0}
    assert second["drug"] == "b"
    assert np.isnan(second["bound"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a,1.5,0,", "block: '1.5'; expected a number from 0 to 1"),
        ("a,,0,", "block: ''; expected a number from 0 to 1"),
        ("a,half,0,", "block: 'half'; expected a number from 0 to 1"),
        ("a,0.5,,", "bound: ''; expected a number from -inf to inf"),
        (",0.5,0,", "drug: ''; expected a text that is not blank"),
    ],
)
def test_a_mistake_names_its_place(tmp_path, line, message):
    path = written(tmp_path, "a,0.5,0,", line)
    with pytest.raises(UserError) as error:
        read_records(path, ["drug"], NUMBERS)
    assert str(error.value) == f"{path}: line 3: {message}"


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(UserError, match="no column 'sd'"):
        read_records(written(tmp_path, "a,0.5,0,"), ["drug"], {**NUMBERS, "sd": (0.0, 1.0)})


def test_what_is_not_known_is_blank(tmp_path):
    path = tmp_path / "rows.csv"
    write_records(path, [{"drug": "a", "change_ms": 1 / 3}, {"drug": "b", "change_ms": np.nan}])
    assert path.read_text(encoding="utf-8").splitlines() == ["drug,change_ms", "a,0.333333", "b,"]
