"""Campaigns as Workflow Run RO-Crates, which rocrate-validator passes without the network."""

import json
import zipfile
from pathlib import Path

import pytest
from requests_cache import CachedRequest, CachedResponse, CachedSession
from rocrate_validator.models import Severity
from rocrate_validator.services import ValidationSettings, validate

from pointes.campaign.commands.crate import write_crate
from pointes.campaign.files import checksums
from pointes.errors import UserError

from .conftest import CELLS

# The libraries of the validator use functions of each other that are to be removed
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

CONTEXT = Path(__file__).parents[3] / "data/ro-crate-1.1-context.jsonld"
ADDRESS = "https://w3id.org/ro/crate/1.1/context"


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """A cache of the web that holds the context of RO-Crate 1.1, which the validator does not bring."""
    path = tmp_path_factory.mktemp("web") / "cache"
    headers = {"Accept": "application/ld+json, application/json"}
    request = CachedRequest(method="GET", url=ADDRESS, headers=headers)
    content = {"Content-Type": "application/ld+json"}
    with CachedSession(cache_name=str(path), backend="sqlite", expire_after=-1) as session:
        session.cache.save_response(
            CachedResponse(url=ADDRESS, content=CONTEXT.read_bytes(), status_code=200, headers=content, request=request)
        )
    return path


def issues(crate, cache):
    """Return what a crate lacks of what Workflow Run Crate 0.5 and the profiles beneath it require."""
    settings = ValidationSettings(
        rocrate_uri=str(crate),
        profile_identifier="workflow-run-crate",
        requirement_severity=Severity.REQUIRED,
        offline=True,
        cache_path=str(cache),
    )
    return [issue.message for issue in validate(settings).get_issues()]


def entities(crate):
    graph = json.loads((crate / "ro-crate-metadata.json").read_text())["@graph"]
    return {entity["@id"]: entity for entity in graph}


def test_crate_is_valid(finish, tmp_path, cache):
    table = tmp_path / "drugs.csv"
    table.write_text("drug")
    folder = finish(CELLS)
    checksums.write_inputs(folder / checksums.INPUTS, {"drugs.table": table, "model.name": table})
    checksums.write_sums(folder / checksums.SUMS, [folder / name for name in checksums.read_sums(folder)])
    crate = tmp_path / "crate"
    write_crate(folder, crate)
    assert issues(crate, cache) == []

    found = entities(crate)
    run = next(entity for entity in found.values() if entity["@type"] == "CreateAction")
    assert run["instrument"] == {"@id": "Snakefile"}
    assert "ComputationalWorkflow" in found["Snakefile"]["@type"]
    assert {"@id": "rules/simulate.smk"} in found["Snakefile"]["hasPart"]
    assert {"@id": "inputs/drugs.csv"} in run["object"]
    assert {"@id": "results/simulations.nc"} in run["result"]
    assert not {"agent", "startTime", "endTime"} & set(run)  # nobody has said who and when
    assert found["#numpy"]["softwareVersion"]
    files = [entity for entity in found.values() if "File" in entity["@type"] and "sha256" in entity]
    assert len(files) > 40
    for file in files:
        assert checksums.sha256(crate / file["@id"]) == file["sha256"]


def test_a_crate_without_a_workflow_is_found_out(finish, tmp_path, cache):
    """The validator does look: the same crate without its main entity fails."""
    crate = tmp_path / "crate"
    write_crate(finish(CELLS), crate)
    metadata = crate / "ro-crate-metadata.json"
    content = json.loads(metadata.read_text())
    for entity in content["@graph"]:
        entity.pop("mainEntity", None)
    metadata.write_text(json.dumps(content))
    assert issues(crate, cache)


def test_an_input_that_has_changed_is_no_part_of_the_crate(finish, tmp_path):
    table = tmp_path / "drugs.csv"
    table.write_text("drug")
    folder = finish(CELLS)
    checksums.write_inputs(folder / checksums.INPUTS, {"drugs.table": table})
    checksums.write_sums(folder / checksums.SUMS, [folder / name for name in checksums.read_sums(folder)])
    recorded = checksums.sha256(table)
    table.write_text("another")
    write_crate(folder, tmp_path / "crate")
    assert not (tmp_path / "crate/inputs").exists()
    assert entities(tmp_path / "crate")["#drugs.csv"]["sha256"] == recorded


def test_crate_as_an_archive_with_a_license(finish, tmp_path):
    license = "https://creativecommons.org/licenses/by/4.0/"
    count = write_crate(finish(CELLS), tmp_path / "crate.zip", license)
    with zipfile.ZipFile(tmp_path / "crate.zip") as archive:
        names = set(archive.namelist())
        graph = json.loads(archive.read("ro-crate-metadata.json"))["@graph"]
    assert {"Snakefile", "campaign.json", "results/SHA256SUMS"} <= names
    assert len(names) == count + 1
    (root,) = (entity for entity in graph if entity["@id"] == "./")
    assert root["license"] == license
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_what_cannot_be_packed_is_refused(finish, tmp_path):
    folder = finish(CELLS)
    with pytest.raises(UserError, match="no Snakefile of pointes"):
        write_crate(folder, tmp_path / "crate", project=tmp_path)
    (folder / "simulations.nc").write_bytes(b"")
    with pytest.raises(UserError, match=r"simulations\.nc is changed; expected files as they were written"):
        write_crate(folder, tmp_path / "crate")
    assert not (tmp_path / "crate").exists()
