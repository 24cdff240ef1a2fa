"""Surrogates and simulators of results, called by clients of UM-Bridge at a server in a process of its own."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import requests
import umbridge
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from pointes.campaign.commands import um_bridge
from pointes.campaign.commands.serve import MISSING, offer
from pointes.campaign.commands.um_bridge import UmBridgeServer
from pointes.campaign.configuration.loading import parse
from pointes.campaign.configuration.panel import PanelConfig
from pointes.campaign.exploration import explored
from pointes.campaign.files import store, surrogate
from pointes.campaign.files.identity import claim
from pointes.campaign.files.targets import with_classes
from pointes.campaign.prepare import Campaign, model_fingerprint
from pointes.campaign.settings import Sampling
from pointes.campaign.steps.learning import nothing_learned, replay_history
from pointes.campaign.target import Target
from pointes.errors import UserError

from .conftest import CELLS, TISSUE, finished

LONG = {**CELLS, "name": "long", "learning": {**CELLS["learning"], "target": "apd90_ms > 250"}}
"""A class that the cells of two beats have, none of which is arrhythmic."""

QUANTITIES = {
    **CELLS,
    "name": "quantities",
    "parameters": {
        "IKr": {"block": [0, 0.5]},
        "GKs": {"scale": [0.5, 2], "log": True},
        "cycle_length": {"value": [400, 800]},
    },
    "learning": {**CELLS["learning"], "target": ["apd90_ms", "vpeak_mV"]},
}
POINT = [0.3, 1.5, 600.0]


def learned(folder):
    """Add the surrogate to the results in a folder, as the workflow does, and return the folder."""
    config = parse(json.loads((folder / "campaign.json").read_text())["config"], "test")
    target = Target.parse(config.learning.target)
    simulations = with_classes(store.read(folder / "simulations.nc"), target)
    learner = replay_history([simulations], simulations.space, Sampling.of(config))
    reason = nothing_learned([simulations], target=target)
    surrogate.write(
        folder / "surrogate.nc", learner.surrogate, simulations.space, reason, target=config.learning.target
    )
    return folder


@contextmanager
def served(folder, *options):
    """Start a server of results at a free port, and yield its process, what it has printed, and its address."""
    command = [sys.executable, "-m", "pointes.cli", "serve", str(folder), "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            lines = []
            for line in process.stdout:
                lines.append(line.rstrip("\n"))
                if found := re.fullmatch(r"serving at (http://\S+) until Ctrl-C\n", line):
                    yield process, lines, found[1]
                    break
            else:
                raise AssertionError(process.stderr.read())
        finally:
            process.kill()


@pytest.fixture(scope="module")
def of_class(tmp_path_factory):
    """Results of a class, and the address of their server."""
    folder = learned(finished(tmp_path_factory.mktemp("class"), LONG))
    with served(folder) as (_, lines, url):
        yield folder, lines, url


@pytest.fixture(scope="module")
def of_quantities(tmp_path_factory):
    """Results of quantities, and the address of their server."""
    folder = learned(finished(tmp_path_factory.mktemp("quantities"), QUANTITIES))
    with served(folder) as (_, lines, url):
        yield folder, lines, url


def complaint(url, model, values):
    """Return type and message of the error with which a server answers, which a client raises as well."""
    answer = requests.post(f"{url}/Evaluate", json={"name": model, "input": values, "config": {}})
    assert answer.status_code == 400
    error = answer.json()["error"]
    with pytest.raises(Exception, match=re.escape(error["message"])):
        umbridge.HTTPModel(url, model)(values)
    return error["type"], error["message"]


def test_surrogate_of_a_class_gives_the_risk(of_class):
    folder, lines, url = of_class
    assert lines[0] == "surrogate: IKr, ICaL -> risk"
    assert umbridge.supported_models(url) == ["surrogate", "simulator"]
    model = umbridge.HTTPModel(url, "surrogate")
    assert (model.get_input_sizes(), model.get_output_sizes()) == ([2], [1])
    assert not model.supports_gradient()
    classifier, space = surrogate.read(folder / "surrogate.nc")
    points = space.at(np.random.default_rng(0).random((5, 2)))
    risk = classifier.predict_proba(space.coordinates(points))
    assert np.ptp(risk) > 0.01
    assert [model([point])[0][0] for point in points.tolist()] == [pytest.approx(one, abs=1e-12) for one in risk]


def test_surrogate_of_quantities_gives_means_deviations_and_where_they_are_regular(of_quantities):
    folder, lines, url = of_quantities
    outputs = "apd90_ms, vpeak_mV, apd90_ms_sd, vpeak_mV_sd, regular"
    assert lines[0] == f"surrogate: IKr, GKs, cycle_length [ms] -> {outputs}"
    model = umbridge.HTTPModel(url, "surrogate")
    assert (model.get_input_sizes(), model.get_output_sizes()) == ([3], [5])
    learner, space = surrogate.read(folder / "surrogate.nc")
    at = space.coordinates(np.array([POINT]))
    mean, sd = learner.predict(at)
    (found,) = model([POINT])
    assert found == pytest.approx([*mean[0], *sd[0], *learner.probability_regular(at)], rel=1e-12)
    assert 200 < found[0] < 350


@pytest.mark.parametrize(
    ("results", "point", "label", "quantities"),
    [("of_class", [0.5, 0.1], 1.0, ["apd90_ms"]), ("of_quantities", POINT, 0.0, ["apd90_ms", "vpeak_mV"])],
)
def test_simulator_is_a_direct_run(request, results, point, label, quantities):
    folder, lines, url = request.getfixturevalue(results)
    assert lines[1].endswith(f"-> label, status, {', '.join(quantities)}")
    (found,) = umbridge.HTTPModel(url, "simulator")([point])
    direct = simulator(folder).run(np.array([point]), list(store.read(folder / "simulations.nc").space))
    assert found == [label, 0.0, *(direct[name][0] for name in quantities)]


def simulator(folder):
    """Return the simulator of the campaign in a folder."""
    config = parse(json.loads((folder / "campaign.json").read_text())["config"], "test")
    space, roles = explored(config, "test")
    return Campaign(config, model_fingerprint(config, "test"), folder, space, roles).simulator


def test_client_of_the_documentation_runs(of_class, capsys):
    page = (Path(__file__).parents[4] / "docs/serving.md").read_text(encoding="utf-8")
    client = re.search("```python\n(.*?)```", page, re.DOTALL)[1].replace("http://127.0.0.1:4242", of_class[2])
    exec(client)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "[2] [1]"
    assert lines[-1] in page  # the error


def test_points_outside_are_refused_with_their_distance(of_class, of_quantities):
    assert complaint(of_class[2], "surrogate", [[1.25, -0.5]]) == (
        "InvalidInput",
        "outside the ranges that were explored: IKr 1.25 is 0.25 above 1, ICaL -0.5 is 0.5 below 0",
    )
    _, message = complaint(of_quantities[2], "surrogate", [[0.2, -1.0, 600.0]])
    assert message == "outside the ranges that were explored: GKs -1 is 1.5 below 0.5"
    # The simulator takes whatever cells can have
    assert umbridge.HTTPModel(of_quantities[2], "simulator")([[0.6, 3.0, 1000.0]])[0][1] == 0.0
    _, message = complaint(of_class[2], "simulator", [[1.25, 0.5]])
    assert message == "blocks.IKr: 1.25; expected a fraction in [0, 1]"


@pytest.mark.parametrize("model", ["surrogate", "simulator"])
@pytest.mark.parametrize("values", [[[0.1]], [[0.1, 0.2, 0.3]], [[]], [], [[0.1, 0.2], [0.1]]])
def test_wrong_lengths_are_refused(of_class, model, values):
    kind, message = complaint(of_class[2], model, values)
    assert kind == "InvalidInput"
    assert "length" in message or "Number of input parameters" in message


@pytest.mark.parametrize("value", ["null", "NaN", "Infinity", '"much"', "[0.1]", "{}", "1" + "0" * 400])
def test_inputs_are_finite_numbers(of_class, value):
    body = f'{{"name": "simulator", "input": [[0.1, {value}]]}}'
    answer = requests.post(f"{of_class[2]}/Evaluate", data=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].endswith("expected a finite number for each of IKr, ICaL")


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "{}", '{"name": 1}', '{"name": "surrogate"}', '{"name": "surrogate", "input": [1, 2]}']
)
def test_what_is_no_request_is_told(of_class, body):
    answer = requests.post(f"{of_class[2]}/Evaluate", data=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "InvalidInput"
    answer = requests.post(f"{of_class[2]}/Evaluate", data=body, headers={"Content-Type": "text/plain; charset=no"})
    assert answer.status_code == 400


def test_unknown_models_and_pages(of_class):
    url = of_class[2]
    assert requests.post(f"{url}/InputSizes", json={"name": "other"}).json()["error"]["type"] == "ModelNotFound"
    assert requests.get(f"{url}/other").status_code == 404


def test_a_fault_of_a_model_is_told_and_logged(caplog):
    async def divide(request):
        return 1 / 0

    request = make_mocked_request("GET", "/Info", app=web.Application())
    answer = asyncio.run(um_bridge._in_protocol(request, divide))
    assert answer.status == 500
    assert json.loads(answer.text)["error"] == {
        "type": "InternalError",
        "message": "ZeroDivisionError: division by zero",
    }
    assert "1 / 0" in caplog.text


def test_memory_is_not_shared(of_class, capsys):
    model = umbridge.HTTPModel(of_class[2], "surrogate", use_shmem=True)
    assert "Using HTTP instead" in capsys.readouterr().out
    assert 0 < model([[0.5, 0.5]])[0][0] < 1


def test_only_the_address_is_listened_at(of_class):
    """A server at all addresses would answer at another one of loopback, too."""
    host, port = of_class[2].removeprefix("http://").split(":")
    assert host == "127.0.0.1"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", int(port)), timeout=10)


def test_ports_that_are_taken_and_unknown_hosts_are_one_line():
    taken = UmBridgeServer("127.0.0.1", 0)
    with pytest.raises(
        UserError, match=rf"^cannot listen at port {taken.port} of '127.0.0.1' \(Address already in use\)$"
    ):
        UmBridgeServer("127.0.0.1", taken.port)
    taken.socket.close()
    with pytest.raises(UserError, match=r"^cannot listen at port 80 of 'a host'"):
        UmBridgeServer("a host", 80)


OPEN = "pointes: everybody who reaches this address can use the models: there is no password\n"
SLOW = {"name": "simulator", "input": [[0.1, 0.1]]}


@pytest.mark.parametrize(("told", "host"), [(signal.SIGINT, "127.0.0.1"), (signal.SIGTERM, "0.0.0.0")])
def test_server_ends_at_once_whatever_is_being_simulated(tmp_path, told, host):
    folder = learned(finished(tmp_path, LONG))
    record = json.loads((folder / "campaign.json").read_text())
    record["config"]["protocol"]["beats"] = 1_000_000
    (folder / "campaign.json").write_text(json.dumps(record))
    with served(folder, "--host", host) as (process, _, url):
        with pytest.raises(requests.Timeout):
            requests.post(f"{url}/Evaluate", json=SLOW, timeout=1)
        process.send_signal(told)
        assert process.wait(timeout=20) == 0
        assert process.stderr.read() == (OPEN if host == "0.0.0.0" else "")


def test_without_anything_learned_only_the_simulator_is_served(tmp_path):
    offered = offer(learned(finished(tmp_path, CELLS)))
    assert offered.notes == ("only the simulator is served: nothing was learned, because no simulation was arrhythmic",)
    (model,) = offered.models
    assert model.outputs == ("label", "status", "apd90_ms", "qnet_uC_per_uF")
    ((label, status, apd90, qnet),) = model([[0.2, 0.0]], {})
    assert (label, status) == (0.0, 0.0)
    assert 250 < apd90 < 350
    assert qnet == MISSING  # of a model without one of its currents


def test_a_sweep_serves_its_simulator(tmp_path):
    config = parse({**CELLS, "sweep": {"design": "grid", "n": 3}}, "test")
    claim(tmp_path / "sweep", config, "of another version").release()
    offered = offer(tmp_path / "sweep")
    assert [model.name for model in offered.models] == ["simulator"]
    changed, of_sweep = offered.notes
    assert "cell model or numerical method have changed" in changed
    assert of_sweep == "only the simulator is served, as a sweep learns nothing"


def test_a_sweep_of_tissue_serves_its_simulator(tmp_path):
    tissue = {"simulation": {"scale": "cable", "tissue": TISSUE}, "sweep": {"design": "grid", "n": 3}}
    config = parse({**CELLS, **tissue}, "test")
    folder = tmp_path / "tissue"
    claim(folder, config, model_fingerprint(config, "test")).release()
    point = [0.4, 0.0]
    with served(folder) as (_, lines, url):
        assert lines[0] == "simulator: IKr, ICaL -> label, status, qt_ms, apd90_mean_ms"
        (found,) = umbridge.HTTPModel(url, "simulator")([point])
    direct = simulator(folder).run(np.array([point]), ["IKr", "ICaL"])
    assert found[1] == 0.0
    assert found[2] == MISSING  # in an ECG of so short a cable
    assert found[3] == direct["apd90_mean_ms"][0]


def test_other_folders_are_refused(finish, tmp_path):
    with pytest.raises(UserError, match="not the results folder of a campaign"):
        offer(tmp_path)
    with pytest.raises(UserError, match=r"no surrogate.nc yet; let `snakemake` finish this campaign first"):
        offer(finish(CELLS))
    claim(tmp_path / "panel", PanelConfig(), "f").release()
    with pytest.raises(UserError, match="results of a panel, which have no surrogate"):
        offer(tmp_path / "panel")
