"""Logging in by signing a challenge with a key that the participant keeps itself."""

import hashlib
from base64 import b64encode
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete

from exchange.acts.participants import ParticipantKey
from exchange.errors import ExchangeError, Kind
from exchange.identity.models import LoginNonce
from exchange.identity.sessions import Holder
from exchange.identity.store import IdentityStore
from exchange.storage.store import Reader
from ledger.act import check_actor, key_name
from ledger.encoding import b64
from ledger.errors import LedgerError
from ledger.note import Note, open_note, parse_note
from ledger.signing import Ed25519Verifier

LIFE = timedelta(minutes=2)
HEADER = "fdx-login/v1"


class LoginError(ExchangeError):
    """The log-in failed; why is nobody's business."""

    def __init__(self) -> None:
        super().__init__(Kind.UNAUTHENTICATED, "login.failed", "the log-in failed")


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a participant has to sign: `text`, as a note under one of its keys."""

    nonce: str
    text: str


def challenge(store: IdentityStore, origin: str, participant: str) -> Challenge:
    """Make a challenge that serves once within two minutes, whether the participant exists or not.

    Raises:
        LoginError: nobody can have this name.
    """
    try:
        check_actor(participant)
    except LedgerError as error:
        raise LoginError from error
    nonce = b64(store.ids.token(32))
    row = LoginNonce(id=_digest(nonce), participant=participant, expires_ms=store.later_ms(LIFE))
    with store.writing() as tables:
        tables.insert(row)
    return Challenge(nonce, login_text(origin, participant, nonce))


def login_text(origin: str, participant: str, nonce: str) -> str:
    """Write the text that proves possession of a key to the exchange of this origin."""
    return f"{HEADER}\n{origin}\n{participant}\n{nonce}\n"


def accept(store: IdentityStore, reader: Reader, origin: str, note: str) -> Holder:
    """Spend the challenge that a note answers and say whose it is.

    Raises:
        LoginError: the challenge is spent or unknown, or no valid key of the participant signed.
    """
    try:
        parsed = parse_note(note)
        participant, nonce = _read(parsed, origin)
        names = {signature.name for signature in parsed.signatures}
        keys = reader.find(ParticipantKey, participant=participant)
        verifiers = [
            Ed25519Verifier(name, key.public_key)
            for key in keys
            if key.revoked is None and (name := key_name(origin, participant, key.label)) in names
        ]
        if len(parsed.signatures) != 1 or not verifiers:
            raise LoginError
        open_note(note, verifiers)
    except LedgerError as error:
        raise LoginError from error
    _spend(store, participant, nonce)
    return Holder(participant, None, None)


def _read(note: Note, origin: str) -> tuple[str, str]:
    lines = note.text.split("\n")
    expected = 5
    if len(lines) != expected or lines[0] != HEADER or lines[1] != origin or lines[4]:
        raise LoginError
    return lines[2], lines[3]


def _spend(store: IdentityStore, participant: str, nonce: str) -> None:
    # Deleting tells who was first: of two that bring the same answer, one finds nothing.
    table = LoginNonce.table()
    ours = (
        table.c.id == _digest(nonce),
        table.c.participant == participant,
        table.c.expires_ms > store.now_ms(),
    )
    with store.engine.execution_options(fdx_write=True).begin() as connection:
        spent = connection.execute(delete(table).where(*ours)).rowcount
    if spent != 1:
        raise LoginError


def _digest(nonce: str) -> str:
    return b64encode(hashlib.sha256(nonce.encode()).digest()).decode("ascii")
