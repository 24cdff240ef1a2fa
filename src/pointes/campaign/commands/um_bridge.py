"""The server that answers requests of UM-Bridge, by the package umbridge. Only `pointes serve` imports this module."""

import socket
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from unittest.mock import patch

import umbridge
from aiohttp import web
from aiohttp.web import run_app

from pointes.campaign.commands.serve import ServedModel
from pointes.errors import UserError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

LAST_ANSWERS = 1.0
"""Time that requests have to be answered after the server was told to end [s]."""


class UmBridgeServer:
    """Server at one address and no other; its port is taken when it is made, so that requests wait for answers."""

    def __init__(self, host: str, port: int) -> None:
        """Listen at a port of a host; 0 stands for a free port."""
        try:
            family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            self.socket = socket.create_server(address[:2], family=family)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UserError(f"cannot listen at port {port} of {host!r} ({reason.partition(' (')[0]})") from None
        self.host, self.port = self.socket.getsockname()[:2]

    @property
    def url(self) -> str:
        """Address as clients need it."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def is_local(self) -> bool:
        """Whether only programs on this computer reach the server."""
        return ip_address(self.host).is_loopback

    def answer(self, models: Sequence[ServedModel]) -> None:
        """Answer requests, one after the other, until the process is interrupted (SIGINT) or told to end (SIGTERM)."""

        def run_at_socket(app: web.Application, port: int) -> None:
            app.middlewares.append(_in_protocol)
            run_app(app, sock=self.socket, print=None, access_log=None, shutdown_timeout=LAST_ANSWERS)

        # umbridge ends with web.run_app(app, port=port), which listens at all addresses of the computer, and has no
        # option for another one. Should a later version call something else, that fails, as the port is taken.
        with patch.object(web, "run_app", run_at_socket):
            umbridge.serve_models(list(models), port=self.port)


@web.middleware
async def _in_protocol(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what umbridge does not in the form that UM-Bridge has for errors, which clients show."""
    if request.path.endswith("ShMem"):  # clients then take HTTP: no memory is shared with other programs
        return _error("UnsupportedFeature", "shared memory is not supported", 400)
    if request.method == "POST" and not await _is_call(request):
        return _error("InvalidInput", "expected JSON with the name of a model, and vectors as input", 400)
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except UserError as error:
        return _error("InvalidInput", str(error), 400)
    except Exception as error:
        request.app.logger.exception("a model failed")
        return _error("InternalError", f"{type(error).__name__}: {error}", 500)


async def _is_call(request: web.Request) -> bool:
    """Return whether the body of a request has what umbridge takes from it without a check."""
    try:
        call = await request.json()
    except (ValueError, LookupError, RecursionError):
        return False
    if not isinstance(call, dict) or not isinstance(call.get("name"), str):
        return False
    vectors = call.get("input")
    return request.path != "/Evaluate" or (isinstance(vectors, list) and all(isinstance(one, list) for one in vectors))


def _error(kind: str, message: str, status: int) -> web.Response:
    return web.json_response({"error": {"type": kind, "message": message}}, status=status)
