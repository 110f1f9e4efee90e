"""`amana archive serve | unlock | lock | invite`: the archive abroad, on the web."""

from __future__ import annotations

from pathlib import Path

import typer

from amana.cli import output
from amana.cli.unlock import IdentityOption, SharesOption
from amana.errors import UsageProblem

ArchiveOption = typer.Option(..., "--archive", help="The archive's folder.", metavar="DIR")


def serve(
    archive: Path = ArchiveOption,
    host: str = typer.Option(
        "127.0.0.1", help="The address to listen on; put TLS before any other."
    ),
    port: int = typer.Option(8000, help="The port of the pages."),
    watch_port: int = typer.Option(0, help="The port of /health and /metrics; 0: any free one."),
    share: list[Path] = SharesOption,
    identity: Path = IdentityOption,
) -> None:
    """Serve the archive's pages until Ctrl-C. It starts locked, unless shares are given here.

    Example: amana archive serve --archive ./archive --port 8000
    """
    start = _web("server").start
    served = start(archive, host=host, port=port, watch_port=watch_port)
    try:
        if share or identity:
            from amana.cli.unlock import unlock as joined

            served.lockup.open_with(joined(archive, share, identity))
        state = "locked" if served.lockup.status().locked else "unlocked"
        output.say(f"the archive is served at {served.address}, {state}; Ctrl-C locks and ends it")
        output.say(f"health and metrics: {served.watch_address}")
        _until_ended()
    finally:
        served.close()


def unlock(
    archive: Path = ArchiveOption,
    share: list[Path] = SharesOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Give a share to the running server; the second one opens it. Two people may do it apart.

    Example: amana archive unlock --archive ./archive
    """
    words = [path.read_text(encoding="utf-8", errors="replace") for path in share or []]
    if not words:
        words = [output.read_passphrase("one trustee: the words of the share", None)]
    answer: dict[str, object] = {}
    for one in words:
        answer = _tell(archive, "/share", one.encode())
    output.show(answer, as_json, output.rows)


def lock(archive: Path = ArchiveOption, as_json: bool = output.JsonOption) -> None:
    """Lock the running server at once. It hurts nobody: unlocking loses nothing.

    Example: amana archive lock --archive ./archive
    """
    output.show(_tell(archive, "/lock", b""), as_json, output.rows)


def invite(
    archive: Path = ArchiveOption,
    login: str = typer.Option(..., help="Letters and digits."),
    name: str = typer.Option(..., help="As others see it."),
    role: str = typer.Option("administrator", help="administrator, reviewer, liaison, ..."),
    share: list[Path] = SharesOption,
    identity: Path = IdentityOption,
    as_json: bool = output.JsonOption,
) -> None:
    """Make an account and print its invitation: how the first administrator comes in.

    Example: amana archive invite --archive ./archive --login nadia --name Nadia
    """
    from amana.cli.unlock import unlock as joined

    lockup = _web("server").prepare(archive)
    lockup.open_with(joined(archive, share, identity))
    try:
        from importlib import import_module

        accounts = import_module("amana_archive.access.accounts")
        token = accounts.invite(lockup.opened, None, login, name, role)
    finally:
        lockup.lock("invited")
    output.show({"path": f"/welcome/{token}", "ends": "in three days"}, as_json, output.rows)


def _web(module: str):  # type: ignore[no-untyped-def]
    """The web part, which `amana` itself never imports. Raises UsageProblem where it is missing."""
    from importlib import import_module
    from importlib.util import find_spec

    if find_spec("amana_archive") is None or find_spec("django") is None:
        raise UsageProblem(what="the web part is not installed: pip install 'amana[archive]'")
    return import_module(f"amana_archive.{module}")


def _tell(archive: Path, command: str, body: bytes) -> dict[str, object]:
    """Speak to the server that runs on this archive, over loopback. Raises UsageProblem."""
    import json
    import urllib.error
    import urllib.request

    try:
        control = json.loads((archive / "web" / "control.json").read_bytes())
    except (OSError, ValueError):
        raise UsageProblem(what="no server runs on this archive") from None
    request = urllib.request.Request(  # noqa: S310 - the address is our own server's
        control["watch"] + command,
        body,
        {"Authorization": f"Bearer {control['token']}", "Content-Type": "text/plain"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return dict(json.load(answer))
    except urllib.error.HTTPError as error:
        problem = json.load(error).get("problem", "it was refused")
        raise UsageProblem(what=str(problem)) from None
    except (urllib.error.URLError, OSError):
        raise UsageProblem(what="no server answers for this archive") from None


def serve_demo(rehearsed: Path, families: dict[str, str]) -> None:
    """Fill the web archive with what a rehearsal brought, print an account a role, and serve it
    until Ctrl-C. `families`: the passphrases of the family store, by login. Where the archive's
    extra is not installed, one line says so."""
    from importlib.util import find_spec

    if not all(find_spec(name) for name in ("django", "sqlcipher3", "waitress")):
        output.say("the archive on the web is left out: it needs pip install 'amana[archive]'")
        return
    from amana.core.unseal import Identity

    folder = rehearsed / "archive"
    identity = Identity.from_file((rehearsed / "trustees" / "archive-identity.txt").read_text())
    output.say("the archive on the web is being filled …")
    accounts = _web("demo").fill(folder, identity)
    served = _web("server").start(folder, port=0)
    try:
        served.lockup.open_with(identity)
        factor = _web("access.second_factor")
        for account in accounts:
            code = factor.code_at(account.totp_secret, factor.current_step())
            output.say(
                f"  {account.role:<14} {account.login:<8} passphrase {account.passphrase}  "
                f"second factor {account.totp_secret} (now {code})"
            )
        for login, passphrase in families.items():
            output.say(f"  family store   {login:<8} passphrase {passphrase}")
        output.say(f"the filled archive is at {served.address}, unlocked; Ctrl-C ends it")
        _until_ended()
    finally:
        served.close()


def _until_ended() -> None:
    import signal
    import threading

    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    try:
        while not ended.wait(1):
            pass
    except KeyboardInterrupt:
        return  # the way to end it, and no failure
