"""The witness as a small HTTP server, and the client that asks one (C2SP tlog-witness)."""

from __future__ import annotations

import hashlib
import http.client
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from amana.core.durable import Disk
from amana.core.merkle import Tree
from amana.core.sign import Signer, Verifier, parse_note
from amana.errors import AmanaError, Malformed, NotProved, UsageProblem, WitnessFailed
from amana.ledger.checkpoint import Checkpoint, parse_checkpoint
from amana.ledger.locking import locked
from amana.ledger.witness import (
    AddCheckpoint,
    Refused,
    add_signatures,
    cosign,
    cosignatures,
    decide,
    origin_of,
    parse_request,
)
from amana.ports import Clock, system_clock

MAX_BODY = 1 << 20
_SIZE_TYPE = "text/x.tlog.size"


class Witness:
    """A witness over the folder that remembers the last note cosigned of each log.

    `logs`: origin → the keys that may sign its checkpoints. `signer`'s name is the witness's.
    """

    def __init__(
        self,
        folder: Path,
        signer: Signer,
        logs: Mapping[str, Sequence[Verifier]],
        *,
        disk: Disk | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.folder, self.signer, self.logs = folder, signer, logs
        self._disk, self._clock = disk or Disk(), clock
        self._disk.make_folder(folder)

    def add_checkpoint(self, body: bytes) -> str:
        """The cosignature line for a good request. Raises Refused, WriteFailed, NoSpace."""
        try:
            request = parse_request(body)
        except Malformed as error:
            raise Refused(400, error.message) from None
        path = self._path(origin_of(request))
        with locked(self.folder / "lock"):
            decide(request, self.logs, self._last(path))
            # Durable before it is signed: what was cosigned once can never be rolled back.
            self._disk.write_whole(path, request.note.encode())
            return cosign(parse_note(request.note).text, self.signer, self._clock()).line()

    def last(self, origin: str) -> str | None:
        """The last note that was cosigned of a log."""
        path = self._path(origin)
        return path.read_text("utf-8") if path.exists() else None

    def _path(self, origin: str) -> Path:
        # Threat: an origin is chosen by others, so it never becomes a file name.
        return self.folder / f"{hashlib.sha256(origin.encode()).hexdigest()}.note"

    def _last(self, path: Path) -> Checkpoint | None:
        return parse_checkpoint(path.read_text("utf-8")) if path.exists() else None


class WitnessServer:
    """`with WitnessServer(witness, "127.0.0.1", 0) as server:` serves in a thread; `server.url`."""

    def __init__(self, witness: Witness, host: str, port: int) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 30

            def do_POST(self) -> None:
                status, kind, body = _respond(witness, self)
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is kept of who asked."""

        self._server = ThreadingHTTPServer((host, port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def url(self) -> str:
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def wait(self) -> None:
        """Serve until the process is told to end."""
        self._thread.join()

    def __enter__(self) -> WitnessServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _respond(witness: Witness, handler: BaseHTTPRequestHandler) -> tuple[int, str, bytes]:
    length = handler.headers.get("Content-Length", "")
    if handler.path.rstrip("/") != "/add-checkpoint":
        return 404, "text/plain", b"only add-checkpoint is served here\n"
    if not length.isdigit() or int(length) > MAX_BODY:
        handler.close_connection = True
        return 400, "text/plain", b"a body with a length of at most 1 MiB is needed\n"
    try:
        return 200, "text/plain", witness.add_checkpoint(handler.rfile.read(int(length))).encode()
    except Refused as refusal:
        if refusal.size is not None:
            return refusal.status, _SIZE_TYPE, f"{refusal.size}\n".encode()
        return refusal.status, "text/plain", f"{refusal}\n".encode()
    except AmanaError as error:  # the disk: then nothing was signed
        return 500, "text/plain", f"{error.message}\n".encode()


# --- the client ------------------------------------------------------------------------------


def ask_witness(
    url: str, note: str, old: int, proof: Sequence[bytes], witness: Verifier, timeout: float = 30
) -> str:
    """`note` with the cosignature of the witness at `url` added.

    Raises WitnessBehind with the size that the witness knows, WitnessFailed, NotProved.
    """
    request = AddCheckpoint(old, tuple(proof), note)
    status, body = _post(f"{url.rstrip('/')}/add-checkpoint", request.to_bytes(), timeout)
    if status == 409 and body.strip().isdigit():
        raise WitnessBehind(url, int(body))
    if status != 200:
        raise WitnessFailed(url=url, reason=f"HTTP status {status}: {body.strip()[:200]}")
    if not cosignatures(parse_note(note).text + "\n" + body, [witness]):
        raise NotProved(what="the head", reason=f"{url} answered with no line by {witness.name}")
    return add_signatures(note, body, [witness])


class WitnessBehind(WitnessFailed):
    __doc__ = WitnessFailed.__doc__

    def __init__(self, url: str, size: int) -> None:
        super().__init__(url=url, reason=f"it knows the ledger at {size} entries")
        self.size = size

    def __reduce__(self) -> tuple[object, ...]:
        return (WitnessBehind, (self.fields["url"], self.size))


def _post(url: str, body: bytes, timeout: float) -> tuple[int, str]:
    if urlsplit(url).scheme not in ("http", "https"):
        raise UsageProblem(what=f"{url!r} is not the address of a witness")
    call = urllib.request.Request(url, body, {"User-Agent": ""})  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(call, timeout=timeout) as answer:  # noqa: S310
            return 200, answer.read(MAX_BODY).decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        return error.code, error.read(MAX_BODY).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise WitnessFailed(url=url, reason=str(getattr(error, "reason", error))[:200]) from None


def cosign_head(url: str, note: str, tree: Tree, witness: Verifier) -> str:
    """Have `note`, the head of `tree`, cosigned, wherever the witness stands.

    A fork that the witness has seen is not to be talked away: it raises. Raises WitnessFailed,
    NotProved.
    """
    try:
        return ask_witness(url, note, 0, [], witness)
    except WitnessBehind as behind:
        size = behind.size
    if size > tree.size:
        raise WitnessFailed(url=url, reason=f"it has seen {size} entries, there are {tree.size}")
    return ask_witness(url, note, size, tree.consistency(size), witness)
