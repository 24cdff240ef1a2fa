"""Several campaigns in one run, which share its cores: each is a module of its own, with its results folder and lock.

    snakemake --snakefile workflow/many.smk --keep-going --config 'campaigns=["a.yaml", "b.yaml"]'

Keys besides `campaigns` are laid over the configuration of every campaign, such as where to simulate in a site file.
"""

import os
import re
import sys
from pathlib import Path

from snakemake.utils import min_version, update_config

from pointes.campaign import interruption, panel_progress, progress
from pointes.campaign.configuration import loading
from pointes.campaign.job import complain
from pointes.campaign.prepare_panel import prepare_any
from pointes.cli import live
from pointes.errors import UserError
from pointes.project import PROJECT

min_version("9.27")  # names of modules that are values

os.environ[progress.SEVERAL] = "1"

CAMPAIGNS = []


def configurations():
    """Return the configuration of each campaign by a name that rules may have."""
    files, shared = config.get("campaigns"), {key: config[key] for key in config if key != "campaigns"}
    if not isinstance(files, list) or not files:
        raise UserError("campaigns", files, 'a list of files, as --config \'campaigns=["a.yaml", "b.yaml"]\'')
    found = {}
    for file in map(str, files):
        values = loading.read(Path(file))
        loading.parse_any(values, where=file)
        update_config(values, loading.typed(shared))
        # The modules check their configurations, too, but know them by no file
        campaign = prepare_any(values, where=file, project=PROJECT)
        name = re.sub(r"\W", "_", campaign.config.name)
        if name in found:
            raise UserError("name", campaign.config.name, "another name than that of an earlier campaign", file)
        found[name] = values
        CAMPAIGNS.append(campaign)
    return found


try:
    CONFIGURATIONS = configurations()
except UserError as error:
    complain(error)
    sys.exit(2)


for NAME, VALUES in CONFIGURATIONS.items():
    MODULE, PREFIX = f"campaign_{NAME}", f"{NAME}_"

    module:
        name: MODULE
        snakefile:
            "../Snakefile"
        config:
            VALUES

    use rule * from MODULE as PREFIX*


rule campaigns:
    default_target: True
    input:
        [getattr(rules, f"{name}_all").input for name in CONFIGURATIONS],


def conclude():
    """Say of each campaign that has begun how it ended."""
    live.end()
    for campaign in CAMPAIGNS:
        if (campaign.folder / "campaign.json").is_file():
            panel_progress.conclude_any(campaign)


onstart:
    interruption.end_when_interrupted(live.end)
    for campaign in CAMPAIGNS:
        panel_progress.introduce_any(campaign)
    live.show([campaign.folder for campaign in CAMPAIGNS])


onsuccess:
    conclude()


onerror:
    conclude()
