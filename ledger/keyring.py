"""Who may sign: keys as a pure function of the log before an act.

A key comes in with its actor's first act, which it signs itself, and is valid until an act revokes
it. Nothing else decides: no clock, no certificate, no list beside the log.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from ledger.act import Act, SignedAct, key_name
from ledger.encoding import unb64
from ledger.errors import EncodingError, KeyStateError
from ledger.signing import KEY_LENGTH, Ed25519Verifier

REGISTERING_KINDS = frozenset({"key.register", "node.register"})
"""Kinds of an actor's first act, which brings its first key."""

REVOKING_KIND = "key.revoke"
"""Kind of the act by which an actor gives up a key of its own."""

_KEY = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """One key of one actor and its life in the log.

    Attributes:
        name: The key name on signature lines.
        actor: The participant.
        key: The key's short name within the actor, such as `k1`.
        public_key: Its 32 bytes.
        registered_at: Index of the entry that registered it.
        revoked_at: Index of the entry that revoked it, the last one it may sign; None while valid.
    """

    name: str
    actor: str
    key: str
    public_key: bytes
    registered_at: int
    revoked_at: int | None = None


class Keyring:
    """The keys that a beginning of one log has registered.

    Args:
        origin: The log; acts meant for another one are refused.
        records: Keys of the beginning already read, from `records` of another keyring.
    """

    __slots__ = ("_actors", "_public_keys", "_records", "_verifiers", "origin")

    def __init__(self, origin: str, records: Iterable[KeyRecord] = ()) -> None:
        self.origin = origin
        self._records: dict[str, KeyRecord] = {}
        self._verifiers: dict[str, Ed25519Verifier] = {}
        self._actors: set[str] = set()
        self._public_keys: set[bytes] = set()
        for record in records:
            self._add(record, Ed25519Verifier(record.name, record.public_key))

    @property
    def records(self) -> tuple[KeyRecord, ...]:
        """Every key that was ever registered, in the order of registration."""
        return tuple(self._records.values())

    def find(self, actor: str, key: str) -> KeyRecord | None:
        """Return an actor's key by its short name, revoked or not; None when there is none."""
        return self._records.get(key_name(self.origin, actor, key))

    def copy(self) -> "Keyring":
        """Return an independent keyring with the same keys."""
        twin = Keyring(self.origin)
        twin._records = dict(self._records)
        twin._verifiers = dict(self._verifiers)
        twin._actors = set(self._actors)
        twin._public_keys = set(self._public_keys)
        return twin

    def check(self, entry_index: int, signed: SignedAct) -> KeyRecord:
        """Check that an act may stand at an index and return the key that signed it.

        An actor's count and chain of acts are not looked at, except that a registration comes first.

        Raises:
            KeyStateError: `key.origin`, `key.signatures` for more than one signature line,
                `key.unknown`, `key.revoked`, `key.signature`; of a registration also `key.first`,
                `key.actor`, `key.body`, `key.used`; of a revocation `key.body`, `key.unknown`,
                `key.revoked`.
            WeakKeyError: `key.weak`, of a registration.
        """
        return self._judge(entry_index, signed)[0]

    def fold(self, entry_index: int, signed: SignedAct) -> KeyRecord:
        """Check an act as `check` does, then take in what it does to the keys."""
        record, verifier = self._judge(entry_index, signed)
        if record.name not in self._records:
            self._add(record, verifier)
        elif signed.act.kind == REVOKING_KIND:
            revoked = self._revoked_key(entry_index, signed.act)
            self._records[revoked.name] = replace(revoked, revoked_at=entry_index)
        return record

    def _add(self, record: KeyRecord, verifier: Ed25519Verifier) -> None:
        self._records[record.name] = record
        self._verifiers[record.name] = verifier
        self._actors.add(record.actor)
        self._public_keys.add(record.public_key)

    def _judge(self, entry_index: int, signed: SignedAct) -> tuple[KeyRecord, Ed25519Verifier]:
        act, note = signed.act, signed.note
        if act.origin != self.origin:
            raise KeyStateError("key.origin", "the act is meant for another log")
        if len(note.signatures) != 1:
            raise KeyStateError("key.signatures", "an act carries exactly one signature")
        signature = note.signatures[0]
        if act.kind in REGISTERING_KINDS:
            record = self._new_key(entry_index, act)
            verifier = Ed25519Verifier(record.name, record.public_key)
        else:
            record = self._valid_key(entry_index, act.actor, signature.name)
            verifier = self._verifiers[record.name]
        named = (signature.name, signature.key_id) == (verifier.name, verifier.key_id)
        if not named or not verifier.verify(note.text.encode(), signature.signature):
            raise KeyStateError("key.signature", "the signature does not verify")
        if act.kind == REVOKING_KIND:
            self._revoked_key(entry_index, act)
        return record, verifier

    def _valid_key(self, entry_index: int, actor: str, name: str) -> KeyRecord:
        record = self._records.get(name)
        if record is None or record.actor != actor or record.registered_at >= entry_index:
            raise KeyStateError("key.unknown", "the actor has no such key at this place")
        if record.revoked_at is not None and record.revoked_at < entry_index:
            raise KeyStateError("key.revoked", "the key was revoked before this place")
        return record

    def _new_key(self, entry_index: int, act: Act) -> KeyRecord:
        if act.seq != 1:
            raise KeyStateError("key.first", "a registration is an actor's first act")
        if act.actor in self._actors:
            raise KeyStateError("key.actor", "the actor is registered already")
        key = self._key_in(act)
        try:
            public_key = unb64(act.body.get("public_key", ""), KEY_LENGTH)
        except (EncodingError, TypeError) as error:
            raise KeyStateError("key.body", "the body lacks a public key of 32 bytes") from error
        if public_key in self._public_keys:
            raise KeyStateError("key.used", "the public key was registered before")
        name = key_name(self.origin, act.actor, key)
        return KeyRecord(name, act.actor, key, public_key, entry_index)

    def _revoked_key(self, entry_index: int, act: Act) -> KeyRecord:
        name = key_name(self.origin, act.actor, self._key_in(act))
        return self._valid_key(entry_index, act.actor, name)

    @staticmethod
    def _key_in(act: Act) -> str:
        key = act.body.get("key")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise KeyStateError("key.body", "the body lacks the short name of a key")
        return key
