"""The second opinion on a token: the command `openssl ts -verify`, which any court can repeat."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

from amana.errors import NotProved

_TIMEOUT = 60


def available() -> bool:
    return shutil.which("openssl") is not None


def second_opinion(
    note: bytes, reply: bytes, roots_pem: bytes, at: datetime, request: bytes | None = None
) -> None:
    """That OpenSSL, too, accepts `reply` over `note` under the roots, as of the time `at`.

    `at` is the token's own time: certificates of authorities expire, what they signed before
    does not become untrue. With the kept `request` the nonce is compared, too. Raises NotProved.
    """
    with tempfile.TemporaryDirectory(prefix="amana-ts-") as name:
        folder = Path(name)
        (folder / "note").write_bytes(note)
        (folder / "reply.tsr").write_bytes(reply)
        (folder / "roots.pem").write_bytes(roots_pem)
        source = ["-data", "note"]
        _run(folder, [*source, "-attime", str(int(at.timestamp()))])
        if request is not None:
            (folder / "request.tsq").write_bytes(request)
            _run(folder, ["-queryfile", "request.tsq", "-attime", str(int(at.timestamp()))])


def _run(folder: Path, options: list[str]) -> None:
    command = ["openssl", "ts", "-verify", "-in", "reply.tsr", "-CAfile", "roots.pem", *options]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, timeout=_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotProved(what="the time", reason=f"openssl: {error}") from None
    # OpenSSL says it on either stream, and some versions end with 0 after an error.
    if done.returncode != 0 or b"Verification: OK" not in done.stdout + done.stderr:
        lines = (done.stderr + done.stdout).decode("utf-8", "replace").strip().splitlines()
        raise NotProved(what="the time", reason=f"openssl: {lines[-1][:200] if lines else 'no'}")
