"""Forged results: they are read as data, or refused in one line, and a pickle in their place is never loaded."""

import copy
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pointes
from pointes import campaign
from pointes.campaign.configuration.schema import Config
from pointes.campaign.files import identity, provenance, store, surrogate
from pointes.campaign.files.results import read_result
from pointes.campaign.files.samples import make
from pointes.campaign.progress import describe_status, read_status
from pointes.campaign.settings import NO_LIMITS, Sampling
from pointes.campaign.simulation import shards
from pointes.campaign.space import Space
from pointes.campaign.steps import warm_start
from pointes.campaign.steps.learning import replay_history, write_assessment
from pointes.learning import GaussianProcessClassifier, StoppingRule

from .conftest import TEXTS, many, mutated_bytes, outcome

RANGES = Space.of({"IKr": (0.0, 1.0), "ICaL": (0.0, 1.0)})
VALUES = [*TEXTS, None, True, -1, 0, 1.5, 10**30, float("nan"), float("inf"), [], {}, [[[]]], {"a": {"b": 1}}]


def signed(content):
    """Return the content of a shard with its checksum."""
    return content + shards.CHECKSUM(content).digest()


@pytest.fixture(scope="module")
def results(folder) -> Iterator[Path]:
    """The folder of a campaign that knows the boundary IKr = 0.6, with all kinds of files.

    They are equal in all revisions and on all computers, so that mutations are.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(provenance, "made", lambda: {"versions": "{}"})
        yield _results(folder)


def _results(folder):
    path = folder / "hostile"
    identity.claim(path, Config(), "f").release()
    points = np.random.default_rng(1).uniform(size=(40, 2))
    points[0] = 0
    labels = (points[:, 0] > 0.6).astype(np.int8)
    classifier = GaussianProcessClassifier.fit(points, labels, RANGES.bounds)
    surrogate.write(path / "surrogate.nc", classifier, RANGES)
    columns = {
        "sample_id": np.arange(40, dtype=np.int32),
        "iteration": np.zeros(40, np.int16),
        "purpose": np.array([5] + [0] * 39, np.int8),
        "predicted_risk": np.full(40, np.nan),
        "label": labels,
        "status": np.zeros(40, np.int8),
        "failure": np.zeros(40, np.int8),
        "key": np.array([f"{k:032x}" for k in range(40)]),
    }
    samples = replace(make(points, RANGES, **columns), attributes={"fingerprint": "f"})
    store.write(path / "simulations.nc", samples)
    (path / "shards").mkdir()
    (path / "shards/hostile.nc").write_bytes(signed((path / "simulations.nc").read_bytes()))
    learner = replay_history([samples], RANGES, Sampling(seed=1, start=4, batch=4, stream_share=0.25))
    (path / "iteration_000").mkdir()
    write_assessment(path / "iteration_000/assessment.json", learner, [samples], asdict(StoppingRule()))
    (path / "learning.csv").write_text("iteration,drift\n0,0.5\n1,\n")
    (path / "points.csv").write_text("IKr,ICaL\n0.5,0.5\n")
    return path


def status(path):
    found = read_status(path)
    json.dumps(found, allow_nan=False)
    return describe_status(found)


def predict(path):
    return campaign.predict_points(path, path / "points.csv")


def take_over(path):
    config = Config(learning=Config().learning.model_copy(update={"warm_start": str(path)}))
    return warm_start.resolve(config, RANGES, "f")


READERS = {
    "campaign.json": [status, predict, pointes.open_campaign, take_over, lambda path: identity.check(path, Config())],
    "iteration_000/assessment.json": [status],
    "surrogate.nc": [predict],
    "simulations.nc": [pointes.open_campaign, take_over],
    "learning.csv": [lambda path: read_result(str(path / "learning.csv"))],
    "shards/hostile.nc": [lambda path: shards.find(path / "shards", np.array([f"{1:032x}"]), "f", NO_LIMITS)[0]],
}
"""Functions that read a file of a results folder."""


def read_all(results, file):
    """Return what each reader of a file makes of it."""
    return [outcome(read, results) for read in READERS[file]]


@pytest.fixture
def forged(results):
    """Returns a function that replaces a file of the results; the file is as before after the test."""
    before = {file: (results / file).read_bytes() for file in READERS}

    def forge(file, content):
        (results / file).write_bytes(content)

    yield forge
    for file, content in before.items():
        (results / file).write_bytes(content)


@pytest.mark.parametrize("file", READERS)
def test_files_as_they_are_written_are_read(results, file):
    assert not any(isinstance(found, list) and isinstance(found[0], str) for found in read_all(results, file))


@pytest.mark.parametrize("file", READERS)
def test_pickles_are_not_loaded(results, forged, effect, file):
    forged(file, effect.pickle)
    for found in read_all(results, file):
        assert found is None or isinstance(found, list)  # nothing or lines, and no results
    effect.check()


@pytest.mark.parametrize("file", ["campaign.json", "iteration_000/assessment.json"])
@pytest.mark.parametrize(
    "content", ["[" * 100_000, "1" * 5000, '{"format": NaN}', "[]", "{}", "null", "\ufeff{}", '{"format": 2}']
)
def test_records_of_another_kind_are_refused(results, forged, file, content):
    forged(file, content.encode())
    for found in read_all(results, file):
        assert isinstance(found, list)


@pytest.fixture(scope="module", params=["campaign.json", "iteration_000/assessment.json"])
def record(request, results):
    return request.param, json.loads((results / request.param).read_text())


@many
@given(data=st.data())
def test_records_with_other_values(results, record, data):
    file, valid = record
    values = copy.deepcopy(valid)
    for _ in range(data.draw(st.integers(1, 3))):
        section = values
        while isinstance(section[name := data.draw(st.sampled_from(sorted(section)))], dict) and section[name]:
            if data.draw(st.integers(0, 3)) == 0:
                break
            section = section[name]
        if data.draw(st.booleans()) and len(section) > 1:
            del section[name]
        else:
            section[name] = copy.deepcopy(data.draw(st.sampled_from(VALUES)))
    (results / file).write_text(json.dumps(values))
    try:
        read_all(results, file)
    finally:
        (results / file).write_text(json.dumps(valid, indent=2) + "\n")


@many
@given(data=st.data(), file=st.sampled_from(["surrogate.nc", "simulations.nc", "shards/hostile.nc"]))
def test_mutated_netcdf_files(results, data, file):
    before = (results / file).read_bytes()
    content = data.draw(mutated_bytes(before))
    (results / file).write_bytes(signed(content) if data.draw(st.booleans()) else content)
    try:
        read_all(results, file)
    finally:
        (results / file).write_bytes(before)


def rewritten(path, change):
    """Write a netCDF file again, with variables and attributes that a function has changed."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        arrays = {name: variable[...] for name, variable in file.variables.items()}
        details = {name: dict(variable.__dict__) for name, variable in file.variables.items()}
        attributes = dict(file.__dict__)
    change(arrays, attributes)
    with netCDF4.Dataset(path, "w") as file:
        file.setncatts(attributes)
        for name, array in arrays.items():
            axes = [f"{name}_{axis}" for axis in range(array.ndim)]
            for axis, size in zip(axes, array.shape, strict=True):
                file.createDimension(axis, size)
            kind = str if array.dtype.kind in "UO" else array.dtype
            variable = file.createVariable(name, kind, axes)
            known = details.get(name, {}).items()
            variable.setncatts({key: value for key, value in known if key not in ("_FillValue", "_Encoding")})
            if array.dtype.kind != "V":
                variable[...] = array if array.dtype.kind != "U" else array.astype(object)


FORGERIES = {
    "other shape": lambda a, _: a.update(labels=a["labels"][:-1]),
    "other inputs": lambda a, _: a.update(points=a["points"][:, :1]),
    "other bounds": lambda a, _: a.update(bounds=a["bounds"][:1]),
    "no bounds": lambda a, _: a.pop("bounds"),
    "empty bounds": lambda a, _: a.update(bounds=np.zeros((2, 2))),
    "nan": lambda a, _: a.update(points=a["points"] * np.nan),
    "infinite": lambda a, _: a.update(length_scales=a["length_scales"] * np.inf),
    "zero": lambda a, _: a.update(length_scales=a["length_scales"] * 0),
    "text": lambda a, _: a.update(points=np.array([["__import__('os')"] * 2] * 40, object)),
    "scalar": lambda a, _: a.update(points=np.array(1.0)),
    "vector": lambda a, _: a.update(trend=np.ones(3)),
    "other class": lambda _, b: b.update(classifier="os.system"),
    "class of numbers": lambda _, b: b.update(classifier=[1, 2]),
    "too few names": lambda _, b: b.update(parameters="IKr"),
    "no names": lambda _, b: b.pop("parameters"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_forged_classifiers_are_refused(results, forged, forgery):
    rewritten(results / "surrogate.nc", FORGERIES[forgery])
    (line,) = outcome(predict, results)
    assert "surrogate.nc" in line


@pytest.mark.parametrize("file", ["surrogate.nc", "simulations.nc"])
def test_sizes_that_are_declared_and_not_there_take_no_memory(results, forged, file):
    with netCDF4.Dataset(results / file, "a") as opened:
        opened.createDimension("huge", 2**40)
        opened.createVariable("huge", "f8", ("huge",))
    for found in read_all(results, file):
        (line,) = found
        assert "GB in a file of" in line


def test_classifiers_of_too_many_points_are_refused(results, forged):
    rewritten(results / "surrogate.nc", lambda a, _: a.update(points=np.zeros((100_000, 2))))
    (line,) = outcome(predict, results)
    assert "more than 20000 points" in line


@pytest.mark.parametrize(
    "change",
    [
        lambda a, b: b.pop("parameters"),
        lambda a, b: b.update(parameters="IKr os.system"),
        lambda a, b: a.update(label=a["label"][:-1]),
        lambda a, b: a.update(IKr=np.array(["__import__('os')"] * 40, object)),
        lambda a, b: a.update(status=np.array(0)),
    ],
    ids=["no names", "other names", "short column", "text", "scalar"],
)
def test_forged_samples_are_refused(results, forged, change):
    rewritten(results / "simulations.nc", change)
    (line,) = outcome(take_over, results)
    assert "simulations.nc" in line


def test_text_of_results_is_escaped_in_the_terminal(results, forged):
    rewritten(results / "surrogate.nc", lambda _, b: b.update(nothing_learned="\x1b[2Jboo"))
    _, reason = outcome(predict, results)
    assert reason == "\x1b[2Jboo"


def test_tables_of_results(results, forged):
    for content in (b"", b"a,b\n1\n", b"a\n1,2\n", b"\xff", b'a\n"', b"a\n" + b"x" * 200_000, b"a\n\0\n"):
        forged("learning.csv", content)
        (found,) = read_all(results, "learning.csv")
        assert isinstance(found, list | tuple)
