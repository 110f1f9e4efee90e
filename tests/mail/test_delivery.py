"""Budgets, quiet hours, refusals and several accounts: a week passes in a moment."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mail_cast import THERE, Cast, Memory, arrived, drop, make_packs

from amana.errors import AmanaError, MailRefused, MailUnreachable
from amana.mail.delivery import Outlet
from amana.mail.fetch import fetch
from amana.mail.folder import EmlFolder
from amana.mail.outbox import Gone
from amana.mail.plan import Redundancy
from amana.mail.schedule import DAY, Limits, backoff, parse_amount, parse_quiet, pause, wait
from amana.mail.send import Sender, SendReport

NOON = datetime(2031, 5, 6, 12, 0, tzinfo=UTC)


class Hours:
    """A clock that moves only when somebody sleeps."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


def run(
    cast: Cast, folder: Path, outlets: list[Outlet], hours: Hours, patience: float = 1e9
) -> SendReport:
    sender = Sender(
        cast.kit,
        [THERE, "second@example.net"],
        outlets,
        Redundancy(),
        clock=hours,
        sleep=hours.sleep,
        patience=patience,
    )
    return sender.run(folder / "packs", folder / "state", lambda *_: None)


def test_a_daily_budget_is_kept_over_days_and_runs(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [300_000] * 2)
    hours, mailer = Hours(), Memory()
    limits = Limits(letters_per_day=10)
    report = run(cast, tmp_path, [Outlet("a@x.org", mailer, limits)], hours, patience=60)
    assert (report.letters_sent, report.letters_waiting) == (10, 18)
    assert report.again_at == "2031-05-07T12:00:00Z"
    assert report.why == "the day's budget"
    assert DAY * 0.5 < report.seconds_left < DAY * 2
    hours.now += timedelta(hours=1)
    again = run(cast, tmp_path, [Outlet("a@x.org", mailer, limits)], hours, patience=60)
    assert again.letters_sent == 0
    rest = run(cast, tmp_path, [Outlet("a@x.org", mailer, limits)], hours)
    assert rest.letters_sent == 18
    assert hours.now - NOON >= timedelta(days=2)
    assert len(mailer.messages) == 28


def test_letters_are_spread_over_accounts_and_addresses(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [300_000])
    mailers = [Memory(), Memory(), Memory()]
    outlets = [Outlet(f"{name}@x.org", m) for name, m in zip("abc", mailers, strict=True)]
    run(cast, tmp_path, outlets, Hours())
    counts = [len(m.messages) for m in mailers]
    assert sum(counts) == 14
    assert max(counts) <= 6
    recipients = [r for m in mailers for r in m.recipients]
    assert 5 <= recipients.count(THERE) <= 9


def test_a_passing_refusal_is_waited_out(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [300_000])
    hours, mailer = Hours(), Memory(refuse=[0, 451, 451, 421])
    report = run(cast, tmp_path, [Outlet("a@x.org", mailer)], hours)
    assert (report.letters_sent, report.refused) == (14, [])
    assert hours.slept == sorted(hours.slept)
    assert 20 <= hours.slept[0] <= 25
    assert len(hours.slept) == 3


def test_a_lasting_refusal_sends_the_letter_by_another_account(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [300_000])
    full, open_ = Memory(refuse=[552] * 99), Memory()
    outlets = [Outlet("a@x.org", full), Outlet("b@x.org", open_)]
    report = run(cast, tmp_path, outlets, Hours())
    assert len(open_.messages) == report.letters_sent == 14
    assert 99 - len(full.refuse) == 5


def test_a_letter_that_nobody_takes_is_set_aside_and_the_rest_goes(
    cast: Cast, tmp_path: Path, inbox: Path
) -> None:
    contents = make_packs(tmp_path / "packs", [300_000])
    mailer = Memory(refuse=[0, 550, 550])
    report = run(cast, tmp_path, [Outlet("a@x.org", mailer)], Hours())
    assert (report.letters_sent, report.letters_waiting, len(report.refused)) == (13, 1, 1)
    again = run(cast, tmp_path, [Outlet("a@x.org", mailer)], Hours())
    assert (again.letters_sent, again.letters_waiting) == (1, 0)
    fetch(EmlFolder(drop(tmp_path / "mail", mailer.messages)), inbox, cast.mailbox, cast.senders)
    assert arrived(inbox) == contents


class Broken:
    """A line that is down."""

    def limit(self) -> int:
        raise MailUnreachable(server="mail", reason="down")

    def send(self, sender: str, recipient: str, message: bytes) -> None:
        raise MailUnreachable(server="mail", reason="down")


def test_nothing_reachable_is_said_at_once(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [300_000])
    hours = Hours()
    with pytest.raises(MailUnreachable):
        run(cast, tmp_path, [Outlet("a@x.org", Broken())], hours)
    assert not hours.slept
    report = run(cast, tmp_path, [Outlet("a@x.org", Broken()), Outlet("b@x.org", Memory())], hours)
    assert report.letters_sent == 14


def test_everything_refused_is_an_error_that_names_the_reason(cast: Cast, tmp_path: Path) -> None:
    make_packs(tmp_path / "packs", [300_000])
    with pytest.raises(MailRefused, match="554"):
        run(cast, tmp_path, [Outlet("a@x.org", Memory(refuse=[554] * 99))], Hours())


# --- the schedule by itself --------------------------------------------------------------------


@given(
    st.lists(st.tuples(st.integers(0, 3 * DAY), st.integers(1, 1000)), max_size=30),
    st.integers(1, 10),
    st.integers(1000, 5000),
)
def test_no_window_of_a_day_exceeds_the_budget(
    wishes: list[tuple[int, int]], letters: int, size: int
) -> None:
    limits = Limits(letters_per_day=letters, bytes_per_day=size)
    now, spent = NOON, []
    for later, wanted in wishes:
        now += timedelta(seconds=later % 7200)
        now += timedelta(seconds=wait(limits, now, spent, wanted))
        spent.append(Gone("a", int(now.timestamp()), wanted))
        window = [g for g in spent if g.at > now.timestamp() - DAY]
        assert len(window) <= letters
        assert sum(g.size for g in window) <= size


@pytest.mark.parametrize(
    ("hour", "hours_to_wait"), [(12, 0), (22, 0), (23, 8), (0, 7), (6, 1), (7, 0)]
)
def test_quiet_hours_cross_midnight(hour: int, hours_to_wait: int) -> None:
    limits = Limits(quiet=parse_quiet("23:00-07:00"))
    assert wait(limits, NOON.replace(hour=hour), [], 1) == hours_to_wait * 3600


def test_waits_grow_up_to_an_hour_and_spacing_is_uneven() -> None:
    waits = [backoff(n) for n in range(1, 20)]
    assert 20 <= waits[0] <= 25
    assert 3600 <= waits[-1] <= 4500
    spacings = {pause(Limits(spacing=(20, 180)), 1) for _ in range(20)}
    assert len(spacings) > 10
    assert min(spacings) >= 20
    assert pause(Limits(per_second=1000), 50_000) == 50


def test_amounts_and_hours_are_read_strictly() -> None:
    assert [parse_amount(x) for x in ("500", "20k", "5M", "1G")] == [500, 20_000, 5_000_000, 10**9]
    assert parse_quiet("22:00-06:30") == (time(22), time(6, 30))
    for bad in ("", "0", "-5", "5x", "k"):
        with pytest.raises(AmanaError):
            parse_amount(bad)
    with pytest.raises(AmanaError):
        parse_quiet("late")
