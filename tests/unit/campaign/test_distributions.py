import numpy as np
import pytest

from pointes.campaign.configuration.loading import parse
from pointes.campaign.distributions import distributions_of, sample_files
from pointes.campaign.space import Axis, Space
from pointes.errors import UserError

SPACE = Space.of({"IKr": (0, 1), "GKs": Axis(0.1, 10, "scale", log=True, control=1.0)})


def found(given, files=None):
    return distributions_of(given, files or {}, SPACE)


def test_axes_without_distribution_are_held():
    first, second = found({"IKr": {"normal": {"mean": 0.4, "sd": 0.05}}})
    assert first.quantile(np.array([0.5])) == pytest.approx(0.4)
    np.testing.assert_array_equal(second.quantile(np.array([0.1, 0.9])), [1.0, 1.0])


def test_samples_come_from_the_column_of_a_file(tmp_path):
    (tmp_path / "s.csv").write_text("drug,block\na,0.2\nb,0.4\n")
    config = parse({"uncertainty": {"distributions": {"IKr": {"samples": "s.csv", "column": "block"}}}}, "c.yaml")
    files = sample_files(config, tmp_path)
    given = config.uncertainty.model_dump(mode="json")["distributions"]
    assert found(given, files)[0].quantile(np.array([0.25, 0.75])).tolist() == [0.2, 0.4]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"IKs": {"normal": {"mean": 0.4, "sd": 0.05}}}, "unknown axis 'IKs' in uncertainty.distributions"),
        ({"IKr": {"normal": {"mean": 0.9, "sd": 0.1}}}, "uncertainty.distributions.IKr: normal (mean 0.9, sd 0.1)"),
        ({"GKs": {"uniform": {"low": 0.01, "high": 1}}}, "outside the explored range from 0.1 to 10"),
    ],
)
def test_mistakes_are_one_line(given, message):
    with pytest.raises(UserError) as refused:
        found(given)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("cell", ["x", "nan", ""])
def test_a_sample_that_is_no_number_is_named_with_its_line(tmp_path, cell):
    (tmp_path / "s.csv").write_text(f"block,x\n0.2,1\n{cell},2\n")
    with pytest.raises(UserError, match=r"s\.csv: line 3: block"):
        found({"IKr": {"samples": "s.csv", "column": "block"}}, {"IKr": tmp_path / "s.csv"})
