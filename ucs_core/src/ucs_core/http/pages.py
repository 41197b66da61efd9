"""The two pages for people, each complete in itself: no script, style, font or image comes from anywhere else."""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from importlib.metadata import version
from importlib.resources import files
from string import Template

from starlette.requests import Request
from starlette.responses import Response

from ucs_core.http.responses import respond
from ucs_core.readiness import Phase, Readiness
from ucs_core.settings import Settings

PHASES: Mapping[Phase, tuple[str, str]] = {
    Phase.STARTING: ("正在启动", "Starting"),
    Phase.SERVING: ("运行中", "Serving"),
    Phase.DRAINING: ("正在停止", "Stopping"),
}

_HTML = "text/html; charset=utf-8"


class Pages:
    """The page that says what runs here, and the explorer."""

    def __init__(self, readiness: Readiness, settings: Settings) -> None:
        self._readiness = readiness
        self._settings = settings
        self._version = version("ucs-core")
        self._index_style = _read("base.css") + _read("index.css")
        self._index = Template(_read("index.html"))
        style = _read("base.css") + _read("explorer.css")
        script = "".join(map(_read, ("explorer-texts.js", "explorer-schema.js", "explorer.js")))
        page = Template(_read("explorer.html")).substitute(style=style, script=script, version=self._version)
        self._explorer = page.encode()
        self._explorer_headers = _headers(style, script)

    async def index(self, request: Request) -> Response:
        """What runs here, where its doors are, and how to get in."""
        request.state.verb = "index"
        phase = self._readiness.phase
        zh, en = PHASES[phase]
        values = {
            "phase": phase.value,
            "phase_zh": zh,
            "phase_en": en,
            "grpc": self._settings.grpc,
            "base": f"{request.url.scheme}://{request.headers.get('host', self._settings.http)[:200]}",
            "version": self._version,
            "origin": self._settings.origin,
        }
        escaped = {name: html.escape(value) for name, value in values.items()}
        page = self._index.substitute(escaped, style=self._index_style)
        return respond(page.encode(), _HTML, headers=_headers(self._index_style))

    async def explorer(self, request: Request) -> Response:
        """A page to write queries on and to browse the schema. It asks with the reader's own token."""
        request.state.verb = "explorer"
        return respond(self._explorer, _HTML, headers=self._explorer_headers)


def _read(name: str) -> str:
    return files("ucs_core.http").joinpath("assets", name).read_text("utf-8")


def _headers(style: str, script: str = "") -> dict[str, str]:
    """A policy that lets exactly this style and script run, and the script speak to its own origin alone."""
    rules = ["default-src 'none'", f"style-src {_hash(style)}", "img-src data:"]
    if script:
        rules += [f"script-src {_hash(script)}", "connect-src 'self'"]
    rules += ["base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"]
    return {"Content-Security-Policy": "; ".join(rules)}


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
