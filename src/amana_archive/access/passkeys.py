"""Passkeys (W3C WebAuthn level 2) by Yubico's `fido2`: discoverable, with user verification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from amana_archive.access.models import Passkey, Person

LABEL = 60


def _server(request: HttpRequest) -> Fido2Server:
    """For the host that was asked (one of ALLOWED_HOSTS), and no other origin."""
    host = request.get_host()
    scheme = "https" if settings.HTTPS else "http"
    party = PublicKeyCredentialRpEntity(name="Amana", id=host.rsplit(":", 1)[0])
    return Fido2Server(party, verify_origin=lambda origin: origin == f"{scheme}://{host}")


def begin_adding(request: HttpRequest, person: Person) -> tuple[dict[str, Any], Any]:
    """(what the browser is told, what the session keeps)."""
    held = [_credential(p) for p in person.passkeys.all()]
    user = PublicKeyCredentialUserEntity(
        name=person.login, id=str(person.pk).encode(), display_name=person.name
    )
    options, state = _server(request).register_begin(
        user,
        credentials=held,
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options), state


def finish_adding(
    request: HttpRequest, person: Person, state: Any, answer: Mapping[str, Any], label: str
) -> bool:
    try:
        made = _server(request).register_complete(state, answer)
    except (ValueError, KeyError, TypeError):
        return False
    data = made.credential_data
    if data is None:
        return False
    Passkey.objects.create(
        person=person,
        credential=data.credential_id,
        public=bytes(data),
        uses=made.counter,
        label=label.strip()[:LABEL] or f"{timezone.now():%Y-%m-%d}",
    )
    return True


def begin_use(request: HttpRequest) -> tuple[dict[str, Any], Any]:
    options, state = _server(request).authenticate_begin(
        None, user_verification=UserVerificationRequirement.REQUIRED
    )
    return dict(options), state


def finish_use(request: HttpRequest, person: Person, state: Any, answer: Mapping[str, Any]) -> bool:
    """Whether `answer` is of one of this person's passkeys, and of one that was not copied."""
    held = list(person.passkeys.all())
    try:
        used = _server(request).authenticate_complete(state, [_credential(p) for p in held], answer)
        count = _counter(answer)
    except (ValueError, KeyError, TypeError):
        return False
    key = next(p for p in held if bytes(p.credential) == used.credential_id)
    if key.uses and count <= key.uses:
        return False  # a counter that stands still is an authenticator that was cloned
    Passkey.objects.filter(pk=key.pk).update(uses=count)
    return True


def _counter(answer: Mapping[str, Any]) -> int:
    from fido2.webauthn import AuthenticationResponse

    return int(AuthenticationResponse.from_dict(answer).response.authenticator_data.counter)


def _credential(key: Passkey) -> AttestedCredentialData:
    return AttestedCredentialData(bytes(key.public))
