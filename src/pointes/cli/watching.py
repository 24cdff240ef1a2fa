"""The command `pointes status`."""

from contextlib import suppress
from typing import Annotated

import typer

from pointes import campaign
from pointes.cli import live, options, terminal
from pointes.errors import UserError

IN_LOG = 10.0  # time between two looks at a campaign whose stand goes to a log [s]


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
    if live.can_show(live.STDOUT):
        live.follow(campaign.watch(results, live.EVERY))
        return
    before = ""
    for status in campaign.watch(results, IN_LOG):
        if (line := campaign.describe_line(status)) != before:
            campaign.say(line)
            before = line
