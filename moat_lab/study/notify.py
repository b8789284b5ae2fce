"""A notice at the end of a long command, sent to an address of the user's."""

from __future__ import annotations

import json
from http.client import HTTPException
from urllib.request import Request, urlopen

from moat_lab.errors import UserError, first_line
from moat_lab.report.units import duration

_PATIENCE_S = 10


def check_address(url: str) -> None:
    """Raises UserError unless the text is an address that a notice can be sent to."""
    if not url.startswith(("http://", "https://")):
        raise UserError(f"--notify needs an address that begins with http:// or https://; got '{url:.80}'")


def ending_text(name: str, exit_code: int | None, seconds: float) -> str:
    """What has happened, in one sentence; no exit code is that of a command that could not go on."""
    words = {0: "has finished", 130: "was stopped"}
    ended = words.get(exit_code, "has failed") if exit_code is not None else "has failed"
    return f"moat-lab study {name} {ended} after {duration(seconds)}"


def send(url: str, text: str) -> str:
    """Sends {"text": TEXT} by POST, as Slack, Mattermost and others read it; gives a warning if it fails."""
    data = json.dumps({"text": text}).encode()
    try:
        with urlopen(Request(url, data, {"Content-Type": "application/json"}), timeout=_PATIENCE_S):
            return ""
    except (OSError, ValueError, HTTPException) as error:
        return f"The notice could not be sent: {first_line(error)}"
