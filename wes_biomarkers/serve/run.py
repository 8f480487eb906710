"""Starting the server: its socket, its token, its certificate."""

from __future__ import annotations

import errno
import ipaddress
import logging
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wes_biomarkers.errors import Fault, InputError


@dataclass(frozen=True)
class Place:
    """Where the browser is served.

    Attributes:
        host: name or address to listen at.
        port: 0 for any that is free.
        certificate, key: PEM files of TLS; both or neither.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    certificate: Path | None = None
    key: Path | None = None

    @property
    def is_own(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    @property
    def secure(self) -> bool:
        """Whether it is reached by TLS."""
        return self.certificate is not None


def new_token() -> str:
    """A token nobody can guess: 32 bytes of chance."""
    return secrets.token_urlsafe(32)


def listen(place: Place) -> socket.socket:
    """The socket.

    Raises:
        InputError: the port is taken, or the host is none of this machine.
    """
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # Named as TCP, so that asyncio sends answers at once (TCP_NODELAY) instead of up to 40 ms later.
    found = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((place.host, place.port))
        found.listen(128)
    except OSError as error:
        found.close()
        if error.errno == errno.EADDRINUSE:
            rule, remedy = "the port is taken", "Take another by --port, or 0 for any free one."
        elif error.errno == errno.EACCES:
            rule, remedy = "no permission for this port", "Take one above 1023 by --port."
        else:
            rule, remedy = "cannot listen there", "Give an address of this machine by --host."
        raise InputError([Fault(rule, remedy, value=f"{place.host}:{place.port}")]) from None
    return found


def address(place: Place, opened: socket.socket, token: str | None) -> str:
    """What to open in a browser."""
    host = f"[{place.host}]" if ":" in place.host else place.host
    base = f"{'https' if place.secure else 'http'}://{host}:{opened.getsockname()[1]}/"
    return base if token is None else f"{base}?token={token}"


def run(app: Any, place: Place, opened: socket.socket) -> None:
    """Serve until interrupted.

    Raises:
        InputError: certificate or key cannot be used.
    """
    import uvicorn

    log = logging.getLogger("wes_biomarkers.serve")
    if not log.handlers:
        log.addHandler(logging.StreamHandler())
    log.setLevel(logging.INFO)
    log.propagate = False
    config = uvicorn.Config(
        app, access_log=False, log_level="warning", server_header=False, date_header=False, proxy_headers=False,
        ssl_certfile=place.certificate, ssl_keyfile=place.key, timeout_keep_alive=30, limit_concurrency=500,
    )  # fmt: skip
    try:
        config.load()
    except OSError as error:
        remedy = "Give a PEM certificate and its key, readable, without a passphrase."
        raise InputError([Fault(f"TLS cannot start: {type(error).__name__}", remedy)]) from None
    uvicorn.Server(config).run(sockets=[opened])
