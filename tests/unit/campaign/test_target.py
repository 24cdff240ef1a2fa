import numpy as np
import pytest

from pointes.campaign.files import store
from pointes.campaign.files.samples import make
from pointes.campaign.files.targets import with_classes
from pointes.campaign.space import Space
from pointes.campaign.target import THE_LABEL, Target
from pointes.vocabulary import Failure, Status, class_as_text

SPACE = Space.of({"IKr": (0, 1), "ICaL": (0, 1)})
RESULTS = {
    "label": np.array([0, 1, -1, 0], np.int8),
    "status": np.array([0, 0, 1, 0], np.int8),
    "failure": np.array([0, 0, Failure.NO_CAPTURE, 0], np.int8),
    "apd90_ms": np.array([300.0, np.nan, np.nan, 600.0]),
    "qnet_uC_per_uF": np.array([0.07, 0.01, np.nan, 0.02]),
}


@pytest.mark.parametrize(
    ("text", "results", "sign", "threshold"),
    [
        ("label", ("label",), "", 0.0),
        ("apd90_ms", ("apd90_ms",), "", 0.0),
        ("apd90_ms > 500", ("apd90_ms",), ">", 500.0),
        ("qnet_uC_per_uF<-0.05e0", ("qnet_uC_per_uF",), "<", -0.05),
        (["apd90_ms", "qt_ms"], ("apd90_ms", "qt_ms"), "", 0.0),
    ],
)
def test_texts_are_parsed(text, results, sign, threshold):
    assert Target.parse(text) == Target(results, sign, threshold)


@pytest.mark.parametrize("text", ["", "apd90_ms >", "> 500", "apd90_ms == 3", "a b"])
def test_other_texts_are_refused(text):
    with pytest.raises(ValueError, match="expected label, capture, alternans, a result, or a comparison"):
        Target.parse(text)


def test_threshold_makes_classes_and_what_has_no_value_has_none():
    found = Target.parse("apd90_ms > 500").classified(RESULTS)
    assert found["label"].tolist() == [0, -1, -1, 1]
    assert found["arrhythmic"].tolist() == [0, 1, -1, 0]
    assert found["status"].tolist() == [0, 0, 1, 0]
    assert Target.parse("qnet_uC_per_uF < 0.05").classified(RESULTS)["label"].tolist() == [0, 1, -1, 1]


def test_where_capture_is_learned_its_failure_is_a_class_and_no_failed_simulation():
    found = Target.parse("capture").classified(RESULTS)
    assert found["label"].tolist() == [0, 0, 1, 0]
    assert found["status"].tolist() == [Status.OK] * 4
    assert found["failure"].tolist() == [Failure.NONE] * 4


def test_steady_alternans_is_a_class():
    found = Target.parse("alternans").classified(RESULTS | {"alternans": np.array([0, 1, -1, 1])})
    assert found["label"].tolist() == [0, 1, -1, 1]


def test_quantities_are_regular_where_the_cell_is_safe_and_has_them_all():
    target = Target.parse(["apd90_ms", "qnet_uC_per_uF"])
    assert not target.is_class
    assert target.regular(RESULTS).tolist() == [True, False, False, True]
    assert target.values(RESULTS).shape == (4, 2)


def test_the_label_is_learned_as_it_is():
    samples = make(np.zeros((4, 2)), SPACE, **RESULTS)
    assert with_classes(samples, THE_LABEL) is samples
    assert THE_LABEL.learned(RESULTS) is RESULTS


def test_classes_and_their_names_survive_the_file(tmp_path):
    samples = with_classes(make(np.zeros((4, 2)), SPACE, **RESULTS), Target.parse("apd90_ms > 500"))
    store.write(tmp_path / "a.nc", samples)
    store.write(tmp_path / "b.nc", store.read(tmp_path / "a.nc"))  # as where iterations are put together
    import xarray

    with xarray.open_dataset(tmp_path / "b.nc") as opened:
        names = opened["label"].attrs["flag_meanings"].split()
        assert names == ["apd90_ms<=500", "apd90_ms>500"]
        assert opened["arrhythmic"].attrs["flag_meanings"] == "safe arrhythmic"
        np.testing.assert_array_equal(opened["label"].values[[0, 3]], [0, 1])


def test_names_of_classes_as_text():
    assert [class_as_text(name) for name in Target.parse("apd90_ms > 500").classes] == [
        "apd90_ms <= 500",
        "apd90_ms > 500",
    ]
    assert class_as_text("no_capture") == "no capture"
