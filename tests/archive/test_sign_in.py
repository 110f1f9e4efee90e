"""The way in: two factors, no hints, failures that slow down, recovery by two."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from archive_cast import World, browser_of

from amana.errors import UsageProblem, WeakPassphrase

PASSPHRASE = "five words are easy to keep"
# RFC 6238, appendix B (SHA-1), the last six of eight digits.
VECTORS = [
    (59, "287082"),
    (1111111109, "081804"),
    (1111111111, "050471"),
    (1234567890, "005924"),
    (2000000000, "279037"),
    (20000000000, "353130"),
]


@pytest.mark.parametrize(("moment", "code"), VECTORS)
def test_codes_are_those_of_the_standard(moment: int, code: str) -> None:
    import base64

    from amana_archive.access import second_factor

    secret = base64.b32encode(b"12345678901234567890").decode()
    assert second_factor.code_at(secret, moment // 30) == code
    assert second_factor.check(secret, code, 0, now=moment) == moment // 30
    arabic = code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
    assert second_factor.check(secret, f" {arabic}", 0, now=moment + 29) == moment // 30
    assert second_factor.check(secret, code, moment // 30, now=moment) is None  # once
    assert second_factor.check(secret, code, 0, now=moment + 90) is None


def newcomer(here: World, login: str, role: str = "reviewer") -> tuple[Any, str]:
    """Somebody who was invited and came: (person, authenticator's secret)."""
    from amana_archive.access import accounts, second_factor
    from amana_archive.access.models import Person

    token = accounts.invite(here.opened, here.people["administrator"], login, login, role)
    invitation = accounts.open_invitation(token)
    assert invitation is not None
    code = second_factor.code_at(invitation.totp_secret, second_factor.current_step())
    client = browser_of(None)
    form = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "code": code}
    assert client.get(f"/welcome/{token}").status_code == 200
    assert client.post(f"/welcome/{token}", form)["Location"] == "/sign-in"
    assert client.get(f"/welcome/{token}").status_code == 404
    person = Person.objects.get(login=login)
    Person.objects.filter(pk=person.pk).update(totp_step=0)
    return person, invitation.totp_secret


def enter(client: Any, login: str, passphrase: str, code: str) -> Any:
    first = client.post("/sign-in", {"login": login, "passphrase": passphrase})
    assert (first.status_code, first["Location"]) == (302, "/sign-in/second")
    return client.post("/sign-in/second", {"code": code})


def code_of(secret: str) -> str:
    from amana_archive.access import second_factor

    return second_factor.code_at(secret, second_factor.current_step())


def forgive() -> None:
    from amana_archive.access.models import Attempt

    Attempt.objects.all().delete()


def test_in_by_two_factors_and_a_code_counts_once(here: World) -> None:
    _, secret = newcomer(here, "salma")
    client = browser_of(None)
    code = code_of(secret)
    assert enter(client, "Salma", PASSPHRASE, code)["Location"] == "/review"
    assert client.get("/review").status_code == 200
    assert "amana" in client.cookies
    assert client.cookies["amana"]["httponly"]
    assert client.cookies["amana"]["samesite"] == "Strict"
    assert enter(browser_of(None), "salma", PASSPHRASE, code).status_code == 403
    client.post("/sign-out")
    assert client.get("/review").status_code == 404
    forgive()


def test_no_answer_says_what_was_wrong(here: World) -> None:
    newcomer(here, "farah")
    pages = []
    for login, passphrase in (("farah", "wrong"), ("farah", PASSPHRASE), ("nobody", "wrong")):
        forgive()
        answer = enter(browser_of(None), login, passphrase, "000000")
        assert answer.status_code == 403
        pages.append(_plain(answer.content))
    assert pages[0] == pages[1] == pages[2]
    challenges = []
    for login in ("farah", "nobody"):
        client = browser_of(None)
        client.post("/sign-in", {"login": login, "passphrase": "wrong"})
        options = client.post("/sign-in/passkey").json()["publicKey"]
        challenges.append(set(options) | {str(options.get("allowCredentials"))})
    assert challenges[0] == challenges[1]
    forgive()


def _plain(page: bytes) -> bytes:
    import re

    return re.sub(rb'name="csrfmiddlewaretoken" value="[^"]*"', b"", page)


def test_half_a_session_is_none(here: World) -> None:
    newcomer(here, "huda")
    client = browser_of(None)
    client.post("/sign-in", {"login": "huda", "passphrase": PASSPHRASE})
    assert client.get("/review").status_code == 404
    assert client.get("/account").status_code == 404


def test_failures_slow_down(here: World) -> None:
    from django.utils import timezone

    from amana_archive.access import throttle
    from amana_archive.access.models import Attempt

    _, secret = newcomer(here, "maya")
    forgive()
    names = throttle.names(here.opened.attempt_key, "maya", "127.0.0.1")
    enter(browser_of(None), "maya", "wrong", "000000")
    # The wrong passphrase and the wrong code after it each count.
    assert {a.failures for a in Attempt.objects.filter(name__in=names)} == {2}
    now = timezone.now()
    waits = []
    for failures in (throttle.FREE - 1, throttle.FREE, throttle.FREE + 1, 99):
        Attempt.objects.filter(name__in=names).update(failures=failures, last=now)
        waits.append(throttle.wait(names, now))
    assert waits == [0, 2, 4, throttle.LONGEST]
    assert throttle.wait(names, now + timedelta(seconds=throttle.LONGEST - 1)) == 1
    assert throttle.wait(names, now + timedelta(seconds=throttle.LONGEST)) == 0
    # Even the right words do not count now, and the answer is the same.
    answer = enter(browser_of(None), "maya", PASSPHRASE, code_of(secret))
    assert answer.status_code == 403
    assert b"Wait" in answer.content
    assert not Attempt.objects.filter(name__contains="maya").exists()
    assert not Attempt.objects.filter(name__contains="127").exists()
    forgive()
    assert enter(browser_of(None), "maya", PASSPHRASE, code_of(secret)).status_code == 302


def test_behind_the_proxy_a_stranger_slows_only_himself(here: World) -> None:
    """The last address of the list is the proxy's own word; what a stranger wrote is not."""
    from django.test import override_settings

    from amana_archive.access import throttle
    from amana_archive.access.models import Attempt

    def failures(forged: str, address: str) -> None:
        client = browser_of(None)
        client.defaults["HTTP_X_FORWARDED_FOR"] = f"{forged}, {address}"
        client.post("/sign-in", {"login": "nobody", "passphrase": "wrong"})

    def counted(address: str) -> int:
        _, name = throttle.names(here.opened.attempt_key, "other", address)
        return sum(a.failures for a in Attempt.objects.filter(name=name))

    forgive()
    with override_settings(HTTPS=True):
        for n in range(2):
            failures(f"198.51.100.{n}", "203.0.113.9")
    assert counted("203.0.113.9") == 2
    assert [counted(a) for a in ("127.0.0.1", "198.51.100.1")] == [0, 0]
    failures("198.51.100.7", "203.0.113.9")  # no proxy: nobody's word is taken
    assert (counted("203.0.113.9"), counted("127.0.0.1")) == (2, 1)
    forgive()


def test_sessions_end_by_idleness_and_by_age(here: World) -> None:
    from django.utils import timezone

    from amana_archive.access.models import SignIn

    person = here.people["auditor"]
    for column, seconds in (("seen", 1801), ("created", 10 * 3600 + 1)):
        client = browser_of(person)
        row = SignIn.objects.filter(person=person).latest("pk")
        assert client.get("/log").status_code == 200
        SignIn.objects.filter(pk=row.pk).update(
            **{column: timezone.now() - timedelta(seconds=seconds)}
        )
        assert client.get("/log").status_code == 404


def test_sessions_are_listed_and_ended(here: World) -> None:
    """One's own, one by one or all the others; somebody's, by an administrator."""
    person, _ = newcomer(here, "nour")
    here_, there, elsewhere = (browser_of(person) for _ in range(3))
    page = here_.get("/account").content.decode()
    assert page.count("/account/sessions/") == 4  # three, and all the others at once
    assert here_.post("/account/sessions/end-others").status_code == 302
    assert [c.get("/review").status_code for c in (here_, there, elsewhere)] == [200, 404, 404]
    office = browser_of(here.people["administrator"])
    assert b"Sign out everywhere" in office.get(f"/people/{person.pk}").content
    assert office.post(f"/people/{person.pk}/sessions/end").status_code == 302
    assert here_.get("/review").status_code == 404
    assert b"Sign out everywhere" not in office.get(f"/people/{person.pk}").content


def test_a_stopped_account_is_out_at_once(here: World) -> None:
    from amana_archive.access.models import Person

    person, _ = newcomer(here, "yara")
    client = browser_of(Person.objects.get(pk=person.pk))
    assert client.get("/review").status_code == 200
    administrator = browser_of(here.people["administrator"])
    administrator.post(f"/people/{person.pk}/activity", {"active": "0"})
    assert client.get("/review").status_code == 404


def test_recovery_takes_two_administrators(here: World) -> None:
    from amana_archive.access import accounts
    from amana_archive.access.models import Person, Recovery

    person, secret = newcomer(here, "rim")
    first, second = here.people["administrator"], here.people["administrator-outsider"]
    inside = browser_of(person)
    where = f"/people/{person.pk}/recover"
    browser_of(first).post(where, {"reason": "lost her telephone"})
    asked = Recovery.objects.get(person=person)
    alone = browser_of(first).post(where, {"recovery": asked.pk})
    assert alone.status_code == 400
    shown = browser_of(second).post(where, {"recovery": asked.pk}).content.decode()
    token = shown.split("/welcome/")[1].split("<")[0]
    invitation = accounts.open_invitation(token)
    assert invitation is not None
    accounts.accept(here.opened, invitation, "another passphrase", code_of(invitation.totp_secret))
    Person.objects.filter(pk=person.pk).update(totp_step=0)
    assert inside.get("/review").status_code == 404
    assert enter(browser_of(None), "rim", PASSPHRASE, code_of(secret)).status_code == 403
    forgive()
    new = code_of(invitation.totp_secret)
    assert enter(browser_of(None), "rim", "another passphrase", new).status_code == 302


def test_weak_passphrases_and_late_invitations(here: World) -> None:
    from django.utils import timezone

    from amana_archive.access import accounts
    from amana_archive.access.models import Invitation

    token = accounts.invite(here.opened, None, "late", "Late", "reviewer")
    invitation = accounts.open_invitation(token)
    assert invitation is not None
    with pytest.raises(WeakPassphrase):
        accounts.accept(here.opened, invitation, "short", code_of(invitation.totp_secret))
    with pytest.raises(UsageProblem):
        accounts.accept(here.opened, invitation, PASSPHRASE, "000000")
    Invitation.objects.update(expires=timezone.now() - timedelta(seconds=1))
    assert accounts.open_invitation(token) is None


def test_nothing_secret_lies_in_the_catalogue(here: World) -> None:
    """Tokens and passphrases only as digests."""
    from amana_archive.access.models import Invitation, Person, SignIn

    client = browser_of(here.people["auditor"])
    token = client.cookies["amana"].value
    assert not SignIn.objects.filter(token=token).exists()
    assert not Invitation.objects.filter(token__contains="-").exists()
    kept = Person.objects.exclude(passphrase="").values_list("passphrase", flat=True)
    assert all(p.startswith("scrypt$") for p in kept)


def test_forms_of_others_are_refused(here: World) -> None:
    from django.test import Client

    signed_in = browser_of(here.people["reviewer"])
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in.cookies
    answer = strict.post(f"/items/{here.things['item'].pk}/note", {"text": "forged"})
    assert answer.status_code == 403
