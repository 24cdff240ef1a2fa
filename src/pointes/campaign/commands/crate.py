"""A finished campaign as a Workflow Run RO-Crate: its files with checksums, the workflow, and the software that ran it.

The profiles are Process Run Crate and Workflow Run Crate 0.5, https://www.researchobject.org/workflow-run-crate, and
Workflow RO-Crate 1.0, all of RO-Crate 1.1. What is not known is left out: who ran the campaign, and when.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rocrate.model import ContextEntity, Entity
from rocrate.rocrate import ROCrate

from pointes.campaign.files import checksums, identity, store
from pointes.errors import UserError
from pointes.project import PROJECT
from pointes.software import made

RO_CRATE = "1.1"
PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
SHA256 = "https://w3id.org/ro/terms/workflow-run#sha256"
"""Meaning of the property ``sha256``, which the context of RO-Crate 1.1 does not have."""

ENCODINGS = {
    ".nc": "application/x-netcdf",
    ".json": "application/json",
    ".csv": "text/csv",
    ".svg": "image/svg+xml",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".html": "text/html",
}
WORKFLOW = ("rules", "scripts", "workflow/report")
"""Folders of the workflow beside its Snakefile."""

LICENSE = "https://spdx.org/licenses/MIT"
"""License of the workflow."""

NOT_STATED = "not stated: ask those who ran the campaign"
"""License of results whose license is not known; the profiles require one, as an address or in words."""


def write_crate(results: Path, output: Path, license: str | None = None, project: Path | None = None) -> int:
    """Write a finished campaign as a Workflow Run RO-Crate, and return the number of its files.

    Parameters
    ----------
    results
        Results folder of a campaign that has ended.
    output
        New folder, or a file whose name ends with ``.zip``.
    license
        License of the results: the address of its text, or words; None if it is not known.
    project
        Folder of the Snakefile; None stands for the workflow that comes with this package.

    Raises
    ------
    UserError
        The folder is not that of a campaign that has ended, a file is not what was written, or there is no Snakefile.
    """
    record = identity.read(results)
    states = checksums.compare(results)
    if wrong := [f"{name} is {state}" for name, state in states.items() if state != "identical"]:
        raise UserError(
            ", ".join(wrong), expected="files as they were written; `pointes verify` tells more", where=results
        )
    crate = ROCrate(version=RO_CRATE)
    crate.metadata.extra_terms["sha256"] = SHA256
    _describe(crate, record, license)
    attributes = store.read(results / "simulations.nc").attributes
    workflow = _add_workflow(crate, _project(project), attributes)
    outputs = [_add_result(crate, results, name, value) for name, value in checksums.read_sums(results).items()]
    outputs.append(_add_result(crate, results, checksums.SUMS, checksums.sha256(results / checksums.SUMS)))
    inputs = [_add_config(crate, results), *_add_inputs(crate, results)]
    _add_run(crate, record, workflow, inputs, outputs)
    _write(crate, output)
    return len(crate.data_entities)


def _write(crate: ROCrate, output: Path) -> None:
    """Write a crate, which appears whole."""
    with tempfile.TemporaryDirectory(prefix=".", dir=output.absolute().parent) as folder:
        part = Path(folder) / output.name
        (crate.write_zip if output.suffix == ".zip" else crate.write)(part)
        os.replace(part, output)


def _project(project: Path | None) -> Path:
    """Return the folder with the Snakefile."""
    folder = project or PROJECT
    if not ((folder / "Snakefile").is_file() and (folder / "rules").is_dir()):
        raise UserError("no Snakefile of pointes", expected="a clone of pointes, as option --workflow", where=folder)
    return folder


def _describe(crate: ROCrate, record: Mapping[str, Any], license: str | None) -> None:
    """Describe the crate as a whole, with the profiles that it follows."""
    config = record["config"]
    blocks = ", ".join(config["parameters"]["blocks"])
    crate.name = f"pointes campaign {config['name']}"
    crate.description = (
        f"Active learning of where block of {blocks} makes {config['model']['name']} arrhythmic: "
        "simulations, classifier, maps and figures"
    )
    crate.license = license or NOT_STATED
    profiles = [
        _entity(crate, address, {"@type": "CreativeWork", "name": name, "version": version})
        for address, (name, version) in PROFILES.items()
    ]
    crate.root_dataset["conformsTo"] = profiles


def _add_workflow(crate: ROCrate, project: Path, attributes: Mapping[str, Any]) -> Entity:
    """Add the Snakefile with its rules and scripts, and the software that it needs."""
    properties = {"name": "pointes", "license": {"@id": LICENSE}}
    now, then = made()["git_revision"], attributes.get("git_revision", "unknown")
    if now != then:
        properties["description"] = f"the workflow at revision {now}; the results were made at revision {then}"
    versions = json.loads(attributes.get("versions", "{}"))
    workflow = crate.add_workflow(
        project / "Snakefile", "Snakefile", main=True, lang="snakemake", properties=properties
    )
    parts = [path for folder in WORKFLOW for path in sorted((project / folder).iterdir()) if path.is_file()]
    files = [(path, str(path.relative_to(project))) for path in parts]
    workflow["hasPart"] = [_add_file(crate, path, name) for path, name in files]
    workflow["softwareRequirements"] = [
        _entity(crate, f"#{name}", {"@type": "SoftwareApplication", "name": name, "softwareVersion": version})
        for name, version in versions.items()
        if version != "not installed"
    ]
    return workflow


def _add_result(crate: ROCrate, results: Path, name: str, checksum: str) -> Entity:
    return _add_file(crate, results / name, f"results/{name}", checksum)


def _add_config(crate: ROCrate, results: Path) -> Entity:
    """Add the record of the configuration, every key of which has its value."""
    entity = _add_file(crate, results / "campaign.json", "campaign.json")
    entity["description"] = "the configuration of the campaign, with all keys"
    return entity


def _add_inputs(crate: ROCrate, results: Path) -> list[Entity]:
    """Add the files that the configuration names: their content if it is still the same, or else their checksums."""
    entities = []
    for key, given in checksums.read_inputs(results).items():
        path = Path(given["path"])
        if path.is_file() and checksums.sha256(path) == given["sha256"]:
            entity = _add_file(crate, path, f"inputs/{path.name}", given["sha256"])
        else:
            properties = {"@type": "CreativeWork", "name": path.name, "sha256": given["sha256"]}
            entity = _entity(crate, f"#{path.name}", properties)
        entity["description"] = f"file that the configuration names as {key}"
        entities.append(entity)
    return entities


def _add_file(crate: ROCrate, path: Path, name: str, checksum: str | None = None) -> Entity:
    properties = {
        "name": Path(name).name,
        "sha256": checksum or checksums.sha256(path),
        "contentSize": str(path.stat().st_size),
        "encodingFormat": ENCODINGS.get(path.suffix, "text/plain"),
    }
    return crate.add_file(path, name, properties=properties)


def _add_run(
    crate: ROCrate,
    record: Mapping[str, Any],
    workflow: Entity,
    inputs: list[Entity],
    outputs: list[Entity],
) -> None:
    """Add the run of the campaign."""
    name = f"run of the campaign {record['config']['name']} by pointes {record['pointes']}"
    run = crate.add_action(workflow, object=inputs, result=outputs, properties={"name": name})
    crate.root_dataset.append_to("mentions", run)


def _entity(crate: ROCrate, identifier: str, properties: dict[str, Any]) -> Entity:
    return crate.add(ContextEntity(crate, identifier, properties=properties))
