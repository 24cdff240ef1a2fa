"""The command `pointes status`."""

import sys
from contextlib import suppress
from typing import Annotated

import typer

from pointes import campaign
from pointes.cli import options, terminal
from pointes.errors import UserError

ON_TERMINAL, IN_LOG = 2.0, 10.0  # time between two looks at a campaign that is watched [s]


def status(
    results: options.Results,
    watch: Annotated[bool, typer.Option("--watch", help="Go on until no run of the campaign is at work.")] = False,
    as_json: options.Json = False,
) -> None:
    """Say where a campaign stands."""
    if watch and as_json:
        raise UserError("--watch with --json", expected="only one of the two")
    if watch:
        with suppress(KeyboardInterrupt):
            _watch(results)
    elif as_json:
        terminal.print_json(campaign.stand(results))
    else:
        terminal.print_values(campaign.describe_stand(campaign.stand(results)))


def _watch(results: options.Results) -> None:
    """Show one table on a terminal; in a log print a line whenever there is something new."""
    if sys.stdout.isatty():
        terminal.show_values(map(campaign.describe_stand, campaign.watch(results, ON_TERMINAL)))
        return
    before = ""
    for status in campaign.watch(results, IN_LOG):
        if (line := campaign.describe_line(status)) != before:
            campaign.say(line)
            before = line
