"""A time-stamp authority of one's own, for rehearsals and tests: `openssl ts` behind loopback HTTP.

It is real in form (a root, a signer with the critical extended key usage timeStamping, RFC 3161
over HTTP), and worth nothing as evidence: nobody but us stands behind it.
"""

from __future__ import annotations

import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

_MAX_REQUEST = 1 << 16
_CONFIG = """\
[req]
distinguished_name = names
prompt = no
[names]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = authority
[authority]
serial = ./serial
crypto_device = builtin
signer_cert = ./signer.pem
signer_key = ./signer.key
certs = ./root.pem
signer_digest = sha256
digests = sha256, sha384, sha512
default_policy = 1.3.6.1.4.1.32473.1
accuracy = secs:1
ordering = yes
ess_cert_id_alg = sha256
"""


class LocalAuthority:
    """`with LocalAuthority(folder, "name") as authority:` then `authority.url`,
    `authority.ca_pem` (PEM bytes of its root). `failures` makes the next answers fail."""

    def __init__(self, folder: Path, name: str = "time authority") -> None:
        self.folder = folder
        self.name = name
        self.failures = 0
        self.asked = 0
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.server_address[1]}/{self.name.replace(' ', '-')}"

    @property
    def ca_pem(self) -> bytes:
        return (self.folder / "root.pem").read_bytes()

    def __enter__(self) -> LocalAuthority:
        if not (self.folder / "signer.pem").exists():
            self._make_keys()
        authority = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = min(int(self.headers.get("Content-Length", "0")), _MAX_REQUEST)
                status, reply = authority.answer(self.rfile.read(length))
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, format: str, *args: object) -> None:
                """Standard error is for people."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: bytes) -> tuple[int, bytes]:
        """(HTTP status, TimeStampResp) to a TimeStampReq."""
        with self._lock:  # the serial number is a file
            self.asked += 1
            if self.failures:
                self.failures -= 1
                return 503, b""
            (self.folder / "request.tsq").write_bytes(request)
            done = self._openssl("ts", "-reply", "-queryfile", "request.tsq", "-out", "reply.tsr")
            return (200, (self.folder / "reply.tsr").read_bytes()) if done else (400, b"")

    def _make_keys(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "openssl.cnf").write_text(_CONFIG, encoding="ascii")
        (self.folder / "serial").write_text("01\n", encoding="ascii")
        new_key = ["-newkey", "rsa:2048", "-nodes"]
        subject = f"/O=Amana rehearsal/CN={self.name}"
        root = ["-keyout", "root.key", "-out", "root.pem", "-subj", f"{subject} root"]
        self._must("req", "-x509", *new_key, *root, "-days", "7300", "-extensions", "root")
        signer = ["-keyout", "signer.key", "-out", "signer.csr", "-subj", subject]
        self._must("req", *new_key, *signer)
        issue = ["-in", "signer.csr", "-out", "signer.pem", "-CA", "root.pem", "-CAkey", "root.key"]
        self._must("x509", "-req", *issue, "-CAcreateserial", "-days", "3650", extensions="signer")

    def _must(self, *arguments: str, extensions: str | None = None) -> None:
        if not self._openssl(*arguments, extensions=extensions):
            raise RuntimeError(f"openssl {arguments[0]} failed in {self.folder}")

    def _openssl(self, *arguments: str, extensions: str | None = None) -> bool:
        config = ["-config", "openssl.cnf"]
        if extensions:
            config = ["-extfile", "openssl.cnf", "-extensions", extensions]
        done = subprocess.run(
            ["openssl", *arguments, *config], cwd=self.folder, capture_output=True, check=False
        )
        return done.returncode == 0
