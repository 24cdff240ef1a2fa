"""The DAG of a campaign. Run `snakemake` for the default one, `snakemake --configfile config/campaigns/x.yaml` for another.

design -> [simulate -> learn] until learned -> collect -> drugs, traces, risk map, replays -> figures and pages

A panel campaign: samples -> simulate each drug -> panel of each scenario -> classification -> figures and pages
"""

import itertools
import json
import re
import sys
import time
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version, update_config

from pointes import __version__
from pointes.campaign import interruption, panel_progress, progress, stopping
from pointes.campaign.configuration import loading
from pointes.campaign.configuration.meaning import is_panel
from pointes.campaign.files import identity
from pointes.campaign.job import complain
from pointes.campaign.prepare_panel import prepare_any
from pointes.campaign.settings import FailureLimits, Limits, Sampling, cluster_settings
from pointes.cli import live
from pointes.errors import UserError
from pointes.project import PROJECT
from pointes.vocabulary import DESIGNS

min_version("9.0")

# All rules run in the environment that this file runs in: one package and its dependencies, at the versions of
# constraints.txt. That is why no rule names a conda environment or a container, which `snakemake --lint` asks for;
# docs/reproducibility.md shows how to put the whole workflow into one.

if workflow.output_settings.quiet:
    progress.hide_scheduling()

BEGAN = int(time.time())  # s


if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml" if Path("config/config.yaml").exists() else PROJECT / "config/config.yaml"


try:
    for file in workflow.configfiles:
        loading.read(file)  # Snakemake has read it, but lets a key that is given twice pass
    where = loading.together(workflow.configfiles) or "config"
    overrides = {key: value for key, value in workflow.config_settings.config.items() if key in config}
    if overrides:
        update_config(config, loading.typed(overrides))
        where += " with --config"
    # Snakemake puts the prefix of a module before the paths in its rules; code that opens files itself must do so, too
    results = Path(workflow.modifier.path_modifier.replace_prefix("results/"))
    IS_PANEL = is_panel(config)
    CAMPAIGN = prepare_any(config, where=where, project=PROJECT, results=results)
except UserError as error:
    complain(error)
    sys.exit(2)


report: "workflow/report/panel.rst" if IS_PANEL else "workflow/report/workflow.rst"


include: "rules/paths.smk"


if IS_PANEL:

    include: "rules/panel.smk"
    include: "rules/explore_panel.smk"

else:

    include: "rules/common.smk"
    include: "rules/simulate.smk"

    if IS_SWEEP:

        include: "rules/sweep.smk"

    else:

        include: "rules/design.smk"
        include: "rules/learn.smk"

    if IS_SWEEP:
        pass
    elif OF_CLASS:

        include: "rules/outcome.smk"
        include: "rules/sensitivity.smk"
        include: "rules/replays.smk"

        if CAMPAIGN.places_drugs:

            include: "rules/drugs.smk"

    else:

        include: "rules/quantities.smk"

    if CONFIG.uncertainty:

        include: "rules/uncertainty.smk"
    include: "rules/figures.smk"

    if not IS_SWEEP:

        include: "rules/explore.smk"
    include: "rules/checksums.smk"


rule all:
    default_target: True
    input:
        rules.figures.input,
        PAGES,
        f"{RESULTS}/SHA256SUMS",


# These two mainly print messages. They are not called for a module of another workflow.
onstart:
    interruption.end_when_interrupted(live.end)  # once more, because Snakemake's scheduler has taken SIGTERM over
    panel_progress.introduce_any(CAMPAIGN)
    live.show([CAMPAIGN.folder])


onsuccess:
    live.end()
    panel_progress.conclude_any(CAMPAIGN)


onerror:
    live.end()
