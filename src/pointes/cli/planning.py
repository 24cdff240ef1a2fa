"""The command `pointes plan`."""

from dataclasses import asdict
from typing import Annotated

import typer

from pointes import campaign
from pointes.cli import options, terminal


def plan(
    config: options.Config,
    workers: Annotated[int | None, typer.Option(help="Workers; those of the configuration by default.", min=1)] = None,
    as_json: options.Json = False,
) -> None:
    """Say what a campaign will take before anything of it runs: simulations, core-hours, wall time, memory and disk.

    A handful of its simulations is run for some seconds to learn what they cost on this machine.
    """
    found = campaign.plan(config, workers)
    if as_json:
        most = {"most": found.counts.most} if isinstance(found, campaign.Plan) else {}
        terminal.print_json(asdict(found) | most)
    else:
        terminal.print_values(campaign.describe_plan(found))
