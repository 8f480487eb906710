"""Who may look, from where, how often, and what the log keeps."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import re
import threading
import time
from asyncio import sleep
from collections import Counter
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wes_biomarkers.serve.answers import fault

LOG = logging.getLogger("wes_biomarkers.serve")
#: No inline script or style, nothing from elsewhere, in no frame of another page.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
#: The same where CRAM files can be shown: their decoder is WebAssembly, which this allows; scripts' eval stays refused.
CRAM_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'")
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
#: Requests a second of one visitor in the long run and at once; wrong tokens a minute of one visitor.
RATE, BURST, WRONG = 50.0, 300.0, 10
#: After these, seconds that each further token waits before it is looked at, and how many of a visitor may wait. A visitor
#: is an address, and behind one address may be a whole hospital: who has the token is slowed too, but not shut out.
WAIT_S, MAX_WAITING = 2.0, 5
#: Bytes of a question.
MAX_BODY = 1_000_000
#: Status of the answer that leaves the cookie.
SENT_ON = 303
_LOOPBACK_NAMES = ("localhost",)


@dataclass
class Bucket:
    """Tokens of one visitor: `level` of them at the moment `at`."""

    level: float
    at: float


@dataclass
class Limiter:
    """How often each visitor may come.

    Attributes:
        rate: a second, in the long run.
        burst: at once.
    """

    rate: float
    burst: float
    buckets: dict[str, Bucket] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def allows(self, visitor: str, cost: float = 1.0) -> bool:
        """Whether the visitor has a visit left; it costs them `cost` then."""
        now = time.monotonic()
        with self.lock:
            if len(self.buckets) > 10_000:
                self.buckets.clear()
            bucket = self.buckets.setdefault(visitor, Bucket(self.burst, now))
            bucket.level = min(self.burst, bucket.level + (now - bucket.at) * self.rate)
            bucket.at = now
            if bucket.level < 1:
                return False
            bucket.level -= cost
            return True


class Guard:
    """The door of the server: host, token, rate, size; and the headers of every answer.

    A visitor shows the token once, as `/?token=...` or `Authorization: Bearer ...`; the page then has a cookie that
    scripts cannot read and other sites cannot send. Without a token only the machine's own names are answered, so
    that no other site's name can be pointed here.
    """

    def __init__(
        self, app: ASGIApp, *, token: str | None = None, secure: bool = False, policy: str = POLICY
    ) -> None:
        self.app, self.token, self.secure = app, token, secure
        self.headers = HEADERS | {"Content-Security-Policy": policy}
        self.visits, self.wrong = Limiter(RATE, BURST), Limiter(WRONG / 60, WRONG)
        secret = hashlib.sha256(f"cookie {token}".encode()).hexdigest()
        self.cookie_name, self.cookie = f"wes_{secret[:12]}", secret[12:]

        self.waiting: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return

        begun: list[bool] = []

        async def sending(message: Message) -> None:
            """The answer with the headers of safety."""
            if message["type"] == "http.response.start":
                begun.append(True)
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers[name] = value
                if "cache-control" not in headers:
                    headers["Cache-Control"] = "no-store"
                _log(scope, message["status"], "token" if named else "-")
            await send(message)

        refused = await self._refused(scope)
        named = self.token is not None and (refused is None or refused.status_code == SENT_ON)
        try:
            await (refused if refused is not None else self.app)(scope, receive, sending)
        except Exception as error:
            LOG.error("%s in %s", type(error).__name__, _route(scope))
            if not begun:
                await fault(500, "Unexpected", "The server could not do this.")(scope, receive, sending)

    async def _refused(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        visitor = (scope.get("client") or ("unknown", 0))[0]
        if headers.get("sec-fetch-site") == "cross-site" and scope["path"].startswith("/api/"):
            return fault(403, "Refused", "Other sites may not ask here.")
        if scope["method"] == "POST" and "content-length" not in headers:
            return fault(411, "Refused", "Say how long the question is.")
        if (
            not headers.get("content-length", "0").isdigit()
            or int(headers.get("content-length", "0")) > MAX_BODY
        ):
            return fault(413, "Refused", "The question is too long.")
        if self.token is None:
            return (
                None
                if _own_name(headers.get("host", ""))
                else fault(421, "Refused", "Ask by the machine's own name.")
            )
        if not self.visits.allows(visitor):
            return fault(429, "Refused", "Too many questions at once. Wait a second.")
        if _same(_cookie(headers.get("cookie", ""), self.cookie_name), self.cookie):
            return None
        return await self._without_cookie(scope, headers, visitor)

    async def _without_cookie(self, scope: Scope, headers: Headers, visitor: str) -> Response | None:
        """None for a visitor with the token; a visitor who shows it in the address is sent on with a cookie."""
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        shown = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if (bearer or shown) and not self.wrong.allows(visitor, 0.0) and not await self._waited(visitor):
            return fault(
                429, "Refused", "Too many wrong tokens from this address. Try again in some seconds."
            )
        if scheme.lower() == "bearer" and _same(bearer.strip(), self.token or ""):
            return None
        if scope["path"] == "/" and shown and _same(shown, self.token or ""):
            found = RedirectResponse("./", status_code=SENT_ON)
            found.set_cookie(
                self.cookie_name, self.cookie, httponly=True, samesite="strict", secure=self.secure, path="/"
            )
            return found
        if shown or bearer:
            self.wrong.allows(visitor)
        return fault(
            401, "Refused", "Open the address with the token that the server printed when it started."
        )

    async def _waited(self, visitor: str) -> bool:
        """Whether the visitor waited; not where too many of that address already do."""
        if self.waiting[visitor] >= MAX_WAITING:
            return False
        self.waiting[visitor] += 1
        try:
            await sleep(WAIT_S)
        finally:
            self.waiting[visitor] -= 1
            self.waiting += Counter()  # forgets those of whom nobody waits
        return True


def _same(given: str, wanted: str) -> bool:
    """Whether two secrets are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())


def _cookie(header: str, name: str) -> str:
    try:
        morsel = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return "" if morsel is None else morsel.value


def _own_name(host: str) -> bool:
    """Whether a Host header names the machine itself."""
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:@/]+))(?::\d*)?", host)
    name = (found[1] or found[2]) if found else ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower().rstrip(".") in _LOOPBACK_NAMES


def _log(scope: Scope, status: int, name: str) -> None:
    """Time, name of the token that was shown, and route: never an address, which may hold a patient's id."""
    LOG.info("%s %s %s %d", time.strftime("%Y-%m-%dT%H:%M:%S%z"), name, _route(scope), status)


def _route(scope: Scope) -> str:
    """The pattern of the address, such as /api/patient/{patient_id}."""
    return str(getattr(scope.get("route"), "path", "-"))
