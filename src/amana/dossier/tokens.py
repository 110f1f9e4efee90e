"""Timestamp tokens, verified by the `openssl` command: what a court's own expert would use.

spec/dossier.md, section 5. The certificate chain is checked at the time that the token states, so
that a token stays good when the authority's certificate has long run out.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from amana.dossier.ledger_rules import Token
from amana.errors import NotProved

_STAMP = re.compile(
    r"^Time stamp: (\w{3} +\d+ \d\d:\d\d:\d\d)(?:\.\d+)? (\d{4}) GMT$", re.MULTILINE
)
_CERTIFICATE = re.compile(
    b"-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n"
)
_WHAT = "the token"


def openssl_token_check(token: Token) -> datetime:
    """The time `token` states. Raises NotProved."""
    with tempfile.TemporaryDirectory(prefix="amana-") as name:
        folder = Path(name)
        for file, data in (
            ("stamped", token.stamped),
            ("request", token.request),
            ("response", token.response),
            ("chain", token.chain),
            ("root", root_of(token.chain)),
        ):
            (folder / file).write_bytes(data)
        text = _openssl(folder, "-reply", "-in", "response", "-text")
        match = _STAMP.search(text)
        if not match:
            raise NotProved(what=_WHAT, reason="it states no time")
        stated = f"{' '.join(match.group(1).split())} {match.group(2)}"
        time = datetime.strptime(stated, "%b %d %H:%M:%S %Y").replace(tzinfo=UTC)
        trust = ["-CAfile", "root", "-untrusted", "chain", "-attime", str(int(time.timestamp()))]
        _openssl(folder, "-verify", "-in", "response", "-data", "stamped", *trust)
        _openssl(folder, "-verify", "-in", "response", "-queryfile", "request", *trust)
        return time


def root_of(chain: bytes) -> bytes:
    """The last certificate of a PEM chain: the one to trust. Raises NotProved."""
    found = _CERTIFICATE.findall(chain)
    if not found or b"".join(found) != chain:
        raise NotProved(what=_WHAT, reason="its certificates are not plain PEM")
    return bytes(found[-1])


def _openssl(folder: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["openssl", "ts", *arguments], cwd=folder, capture_output=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotProved(what=_WHAT, reason=f"openssl cannot be run: {error}") from None
    if done.returncode:
        lines = [x for x in done.stderr.decode("utf-8", "replace").splitlines() if "error:" in x]
        reason = lines[0].rsplit(":", 3)[1] if lines and lines[0].count(":") > 3 else "refused"
        raise NotProved(what=_WHAT, reason=f"openssl says: {reason}")
    return done.stdout.decode("utf-8", "replace")
