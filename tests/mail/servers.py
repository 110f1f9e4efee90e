"""Postfix and Dovecot from Debian, as throw-away servers on high loopback ports.

Postfix takes mail by SMTP (STARTTLS; and once more with a small size limit) and hands it by LMTP to
Dovecot, which serves it by IMAP. Certificates are self-signed, made for the run, and checked.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mail_cast import free_port

PASSWORD = "correct-horse"


def missing() -> str | None:
    """What this machine lacks, or None."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    absent = [name for name in ("postfix", "dovecot") if not shutil.which(name, path=path)]
    if absent:
        return f"not installed: {', '.join(absent)}"
    return None if os.geteuid() == 0 else "Postfix's master must be root"


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """(certificate, key and certificate in one file) for localhost and 127.0.0.1."""
    key, certificate, both = folder / "key.pem", folder / "cert.pem", folder / "both.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return certificate, both


@dataclass
class MailServers:
    """Where the servers listen. Any user logs in with PASSWORD; mail goes to `user@localhost`."""

    folder: Path
    certificate: Path
    smtp: int
    small: int
    imap: int
    imaps: int
    lmtp: int
    _dovecot: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls) -> MailServers:
        folder = Path(tempfile.mkdtemp(prefix="amana-mail-"))
        folder.chmod(0o755)
        certificate, both = make_certificate(folder)
        servers = cls(folder, certificate, *(free_port() for _ in range(5)))
        try:
            servers._start_dovecot(both)
            servers._start_postfix(both)
            for port in (servers.smtp, servers.small, servers.imap, servers.imaps, servers.lmtp):
                _wait_for(port)
        except BaseException:
            servers.stop()
            raise
        return servers

    def stop(self) -> None:
        if self._dovecot is not None:
            self._dovecot.terminate()
            self._dovecot.wait(10)
        pid = self.folder / "postfix/queue/pid/master.pid"
        if pid.exists():
            subprocess.run(
                ["postfix", "-c", str(self.folder / "postfix"), "stop"],
                check=False,
                capture_output=True,
                env=_environment(),
            )
            # `postfix stop` has been seen to leave its master running.
            with suppress(ProcessLookupError, ValueError):
                os.kill(int(pid.read_text()), signal.SIGTERM)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _start_dovecot(self, both: Path) -> None:
        folder = self.folder / "dovecot"
        mail = self.folder / "mail"
        for path in (folder, folder / "run", folder / "state", mail):
            path.mkdir()
        nobody = pwd.getpwnam("nobody")
        os.chown(mail, nobody.pw_uid, nobody.pw_gid)
        (folder / "dovecot.conf").write_text(
            f"""
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
first_valid_uid = 1
auth_username_format = %Ln
auth_mechanisms = plain login
disable_plaintext_auth = yes
mail_location = maildir:{mail}/%u
ssl = yes
ssl_cert = <{both}
ssl_key = <{both}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={nobody.pw_uid} gid={nobody.pw_gid} home={mail}/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = {self.imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self.lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  mailbox Junk {{
    auto = create
  }}
}}
"""
        )
        self._dovecot = subprocess.Popen(
            ["dovecot", "-F", "-c", str(folder / "dovecot.conf")],
            env=_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def _start_postfix(self, both: Path) -> None:
        folder = self.folder / "postfix"
        for path in (folder, folder / "queue", folder / "data"):
            path.mkdir()
        postfix = pwd.getpwnam("postfix")
        os.chown(folder / "data", postfix.pw_uid, postfix.pw_gid)
        (folder / "main.cf").write_text(
            f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = localhost
mydestination =
virtual_mailbox_domains = localhost
virtual_mailbox_maps =
virtual_transport = lmtp:inet:127.0.0.1:{self.lmtp}
message_size_limit = 40000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
smtpd_tls_chain_files = {both}
smtpd_tls_security_level = may
smtpd_relay_restrictions = reject_unauth_destination
smtpd_recipient_restrictions =
alias_maps =
local_recipient_maps =
"""
        )
        internal = """
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
        (folder / "master.cf").write_text(
            f"127.0.0.1:{self.smtp} inet n - n - - smtpd\n"
            f"127.0.0.1:{self.small} inet n - n - - smtpd -o message_size_limit=60000" + internal
        )
        done = subprocess.run(
            ["postfix", "-c", str(folder), "start"],
            check=False,
            capture_output=True,
            env=_environment(),
        )
        if done.returncode:
            raise RuntimeError(done.stderr.decode("utf-8", "replace"))

    def maildir(self, user: str) -> Path:
        return self.folder / "mail" / user

    def count(self, user: str) -> int:
        return sum(len(list((self.maildir(user) / place).glob("*"))) for place in ("new", "cur"))

    def settle(self, user: str, count: int, seconds: float = 40) -> None:
        """Wait until `count` messages lie in the mailbox of `user`."""
        until = time.monotonic() + seconds
        while self.count(user) < count:
            if time.monotonic() > until:
                raise AssertionError(f"{self.count(user)} of {count} messages came")
            time.sleep(0.05)

    def account(self, user: str, **more: str) -> str:
        """An account file for `user`."""
        cover = more.get("cover", "")
        return f"""
address = "{user}@localhost"
{more.get("top", "")}
[smtp]
host = "localhost"
port = {more.get("smtp", self.smtp)}
authorities = "{self.certificate}"
[imap]
host = "localhost"
port = {self.imaps}
username = "{user}"
password = "{PASSWORD}"
authorities = "{self.certificate}"
{more.get("imap", "")}
{cover}
"""

    def inject(self, user: str, message: bytes) -> None:
        """Hand a message to Dovecot itself, as a gateway behind Postfix would."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as line:
            line.sendmail("gateway@localhost", [f"{user}@localhost"], message)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def _environment() -> dict[str, str]:
    return {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
