"""The command `pointes serve`."""

import os
import sys
from typing import Annotated

import typer

from pointes import campaign
from pointes.cli import options, terminal


def serve(
    results: options.Results,
    port: Annotated[int, typer.Option(help="Port; 0: a free one.", min=0, max=65535)] = 4242,
    host: Annotated[str, typer.Option(help="Address at which to listen; only this computer by default.")] = "127.0.0.1",
) -> None:
    """Serve the surrogate and the simulator of a finished campaign as models of UM-Bridge, until Ctrl-C."""
    offered = campaign.offer(results)
    for note in offered.notes:
        terminal.print_note(f"{results}: {note}")
    server = campaign.UmBridgeServer(host, port)
    if not server.is_local:
        terminal.print_note("everybody who reaches this address can use the models: there is no password")
    for model in offered.models:
        print(model.signature)
    print(f"serving at {server.url} until Ctrl-C", flush=True)
    server.answer(offered.models)
    # A simulation that nobody waits for any more would keep the process until its end
    sys.stdout.flush()
    os._exit(0)
