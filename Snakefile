"""The DAG of a campaign. Run `snakemake` for the default one, `snakemake --configfile config/campaigns/x.yaml` for another.

design -> [simulate -> learn] until learned -> collect -> drugs, traces, risk map, replays -> figures and summary
"""

import json
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

from pointes import __version__
from pointes.campaign import ending, identity, loading, progress
from pointes.campaign.job import complain
from pointes.campaign.replays import DESIGNS
from pointes.campaign.start import prepare
from pointes.errors import UserError

min_version("9.0")

if workflow.output_settings.quiet:
    progress.hide_chatter()

PROJECT = Path(workflow.basedir)


report: "workflow/report/workflow.rst"


if not workflow.overwrite_configfiles:

    configfile: "config/config.yaml" if Path("config/config.yaml").exists() else PROJECT / "config/config.yaml"


try:
    for file in workflow.configfiles:
        loading.read(file)  # Snakemake has read it, but lets a key that is given twice pass
    CAMPAIGN = prepare(config, where=str(workflow.configfiles[-1]), project=PROJECT)
except UserError as error:
    complain(error)
    sys.exit(2)


include: "rules/common.smk"
include: "rules/design.smk"
include: "rules/simulate.smk"
include: "rules/learn.smk"
include: "rules/outcome.smk"
include: "rules/sensitivity.smk"
include: "rules/replays.smk"
include: "rules/figures.smk"


rule all:
    default_target: True
    input:
        rules.figures.input,
        f"{RESULTS}/summary.html",


LOCKS = []  # held as long as this process lives


onstart:
    try:
        LOCKS.append(identity.claim(CAMPAIGN.folder, CAMPAIGN.config, CAMPAIGN.fingerprint))
        progress.introduce(CAMPAIGN.config, CAMPAIGN.notes)
    except UserError as error:
        complain(error)
        sys.exit(2)


onsuccess:
    progress.conclude(CAMPAIGN.folder)
