"""One voice for everything that Amana prints.

Results go to standard output, as a table for people or, with --json, as one JSON object; progress,
warnings and errors go to standard error. An error is lower case, without a full stop, followed by
its hint: what is safe, and what to do next.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from amana.errors import AmanaError, Interrupted, UsageProblem

if TYPE_CHECKING:
    from rich.console import Console

    from amana.ports import Progress

JsonOption = typer.Option(False, "--json", help="Print one JSON object on standard output.")
PassphraseFdOption = typer.Option(
    None, "--passphrase-fd", help="Read the passphrase from this file descriptor.", metavar="N"
)
PASSPHRASE_VARIABLE = "AMANA_PASSPHRASE"  # noqa: S105 - a variable's name
_SHOW_PROGRESS_AFTER = 2.0


def errors() -> Console:
    """The console of people who wait: standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def say(text: str) -> None:
    """One line for people, on standard error."""
    print(text, file=sys.stderr)  # noqa: T201 - this is the one place that prints for people


def show(
    result: Mapping[str, Any], as_json: bool, human: Callable[[Mapping[str, Any]], str]
) -> None:
    """Print a command's result: the object itself, or what `human` makes of it."""
    text = json.dumps(result, ensure_ascii=False, indent=2) if as_json else human(result)
    print(text)  # noqa: T201 - results are the one thing on standard output


def rows(result: Mapping[str, Any]) -> str:
    """The plainest table: one field a line, names padded. Lists are counted, then listed."""
    lines: list[str] = []
    width = max((len(name) for name in result), default=0) + 2
    for name, value in result.items():
        label = name.replace("_", " ").ljust(width)
        if isinstance(value, list):
            lines.append(f"{label}{len(value)}")
            lines += [f"  - {_cell(item)}" for item in value]
        else:
            lines.append(label + _cell(value))
    return "\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{k}: {_cell(v)}" for k, v in value.items())
    return str(value)


def read_passphrase(what: str, fd: int | None, *, confirm: bool = False) -> str:
    """The passphrase of `what`: from a file descriptor, from the environment variable
    AMANA_PASSPHRASE, or asked without echo. Raises UsageProblem where nobody can be asked."""
    if fd is not None:
        with os.fdopen(fd, "r", encoding="utf-8") as stream:
            return stream.readline().rstrip("\r\n")
    if PASSPHRASE_VARIABLE in os.environ:
        return os.environ[PASSPHRASE_VARIABLE]
    if not sys.stdin.isatty():
        raise UsageProblem(
            what=f"the passphrase of {what} is needed: a terminal, --passphrase-fd or "
            f"{PASSPHRASE_VARIABLE} must give it"
        )
    import getpass

    passphrase = getpass.getpass(f"Passphrase of {what}: ")
    if confirm and getpass.getpass("The same once more: ") != passphrase:
        raise UsageProblem(what="the two passphrases differ")
    return passphrase


@contextmanager
def progress(as_json: bool = False) -> Iterator[Progress]:
    """A progress bar with time left, on standard error, once the work takes over two seconds.

    Without a terminal a plain line is written every ten seconds instead, so that a log shows that
    the work goes on.
    """
    if sys.stderr.isatty() and not as_json:
        with _bar() as update:
            yield update
    else:
        yield _line_progress()


@contextmanager
def _bar() -> Iterator[Progress]:
    from rich.progress import (
        BarColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import (
        Progress as RichProgress,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    bar = RichProgress(*columns, console=errors(), transient=True)
    tasks: dict[str, Any] = {}
    started = time.monotonic()

    def update(done: int, total: int | None, what: str) -> None:
        if what not in tasks:
            tasks[what] = bar.add_task(what, total=total)
        bar.update(tasks[what], completed=done, total=total)
        if not bar.live.is_started and time.monotonic() - started > _SHOW_PROGRESS_AFTER:
            bar.start()

    try:
        yield update
    finally:
        if bar.live.is_started:
            bar.stop()


def _line_progress() -> Progress:
    last = time.monotonic()

    def update(done: int, total: int | None, what: str) -> None:
        nonlocal last
        if time.monotonic() - last >= 10:
            last = time.monotonic()
            say(f"{what}: {done} of {total}" if total else f"{what}: {done}")

    return update


def guarded(app: Callable[[], Any]) -> int:
    """Run the command line; turn every error into one clear message and its exit code."""
    try:
        app()
    except KeyboardInterrupt:
        return _explain(Interrupted())
    except AmanaError as error:
        return _explain(error)
    except BrokenPipeError:
        # The reader of our output went away (head, less): nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0


def _explain(error: AmanaError) -> int:
    say(f"amana: {error.message}")
    if error.hint:
        say(f"  {error.hint}")
    return error.exit_code
