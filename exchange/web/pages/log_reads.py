"""What pages read of the log: counts, lists, and entries checked anew from their bytes."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from exchange.acts.ledger_tables import LedgerEntry
from exchange.acts.participants import Participant, ParticipantKey
from exchange.acts.sealing import FIRST_ACTS
from exchange.clock import from_ms
from exchange.context import proof_of
from exchange.errors import NotFoundError
from exchange.storage.store import Reader
from exchange.storage.tables import Deadline
from exchange.web import current
from exchange.web.pages.marks import SIMULATED, is_simulated
from exchange.working_days import SHANGHAI
from ledger.act import SignedAct, key_name, parse_act_note
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.encoding import unb64
from ledger.entry import Entry, parse_entry
from ledger.errors import LedgerError
from ledger.merkle import leaf_hash
from ledger.note import open_note
from ledger.proof import parse_proof, verify_proof
from ledger.signing import Ed25519Verifier

PAGE = 25
_LIMIT = 2**62


@dataclass(frozen=True, slots=True)
class Head:
    """The last signed head; None fields never occur, an unsigned log has no head."""

    checkpoint: Checkpoint
    note: str
    key: str


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in a list; `name` is its actor's."""

    index: int
    kind: str
    actor: str
    name: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list: which, of how many, and how many things there are in all."""

    page: int
    last: int
    total: int


@dataclass(frozen=True, slots=True)
class Tally:
    """How many there were, and how many of them agents of the simulation did."""

    total: int = 0
    simulated: int = 0

    def plus(self, *, simulated: bool) -> "Tally":
        """Count one more."""
        return Tally(self.total + 1, self.simulated + simulated)

    def with_other(self, other: "Tally") -> "Tally":
        """Count together."""
        return Tally(self.total + other.total, self.simulated + other.simulated)


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """An entry and what checking it just now showed.

    `signature` and `inclusion` say whether the check held; `proof` is the receipt that was
    checked, empty while no signed checkpoint covers the entry.
    """

    index: int
    leaf: bytes
    leaf_hash: bytes
    received_at: datetime
    name: str
    signed: SignedAct
    key: str
    signature: bool
    inclusion: bool
    size: int
    proof: str


def head() -> Head | None:
    """Return the last signed head, its signature verified now; None before the first."""
    note = current.site().last_signed.read()
    if not note:
        return None
    log = current.site().exchange.log
    return Head(open_checkpoint(note, log.verifier), note, log.verifier.vkey)


def counts() -> dict[str, int]:
    """Count the entries of the log by kind of act."""
    columns = LedgerEntry.table().c
    with current.site().engine.connect() as connection:
        rows = connection.execute(select(columns.kind, func.count()).group_by(columns.kind))
        return {str(kind): int(count) for kind, count in rows}


def days_of(kind: str) -> dict[str, Tally]:
    """Count the entries of one kind by the day (Asia/Shanghai) on which they were received."""
    columns, actors = LedgerEntry.table().c, Participant.table().c
    wanted = (
        select(columns.received_ms, actors.name)
        .join_from(LedgerEntry.table(), Participant.table(), columns.actor == actors.id)
        .where(columns.kind == kind)
        .order_by(columns.id)
    )
    days: dict[str, Tally] = {}
    with current.site().engine.connect() as connection:
        for received_ms, name in connection.execute(wanted):
            day = from_ms(received_ms).astimezone(SHANGHAI).date().isoformat()
            days[day] = days.get(day, Tally()).plus(simulated=is_simulated(name))
    return days


def has_simulated() -> bool:
    """Tell whether agents of the simulation took part."""
    columns = Participant.table().c
    wanted = select(columns.id).where(columns.name.startswith(SIMULATED)).limit(1)
    with current.site().engine.connect() as connection:
        return connection.execute(wanted).first() is not None


def page_of(total: int, wanted: str | None, size: int = PAGE) -> Page:
    """Return the page that was asked for, or the nearest there is."""
    last = max(1, -(-total // size))
    number = int(wanted) if wanted and wanted.isascii() and wanted.isdigit() else 1
    return Page(min(max(1, number), last), last, total)


def lines(reader: Reader, page: Page) -> list[Line]:
    """List the entries of a page, latest first."""
    columns = LedgerEntry.table().c
    wanted = (
        select(columns.id, columns.kind, columns.actor, columns.received_ms)
        .order_by(columns.id.desc())
        .limit(PAGE)
        .offset((page.page - 1) * PAGE)
    )
    with current.site().engine.connect() as connection:
        rows = list(connection.execute(wanted))
    return [
        Line(index, kind, actor, name_of(reader, actor), from_ms(received_ms))
        for index, kind, actor, received_ms in rows
    ]


def line_of(reader: Reader, index: int) -> Line | None:
    """Return one entry for a list; None where there is none."""
    row = reader.get(LedgerEntry, index) if 0 <= index < _LIMIT else None
    if row is None:
        return None
    return Line(row.id, row.kind, row.actor, name_of(reader, row.actor), from_ms(row.received_ms))


def name_of(reader: Reader, participant: str) -> str:
    """Return a participant's name; its id where it is unknown."""
    row = reader.get(Participant, participant)
    return participant if row is None else row.name


def checked_entry(reader: Reader, index: int) -> CheckedEntry:
    """Return an entry with its signature and its inclusion checked now, from its bytes.

    Raises:
        NotFoundError: there is no such entry (`entry.unknown`).
    """
    row = reader.get(LedgerEntry, index) if 0 <= index < _LIMIT else None
    if row is None:
        raise NotFoundError("entry.unknown", "the ledger has no such entry")
    entry = parse_entry(row.leaf)
    signed = parse_act_note(entry.act_note)
    key, signature = _signature(reader, entry, signed)
    size, proof = _proof(reader, index)
    return CheckedEntry(
        index=index,
        leaf=row.leaf,
        leaf_hash=leaf_hash(row.leaf),
        received_at=from_ms(entry.received_ms),
        name=name_of(reader, signed.act.actor),
        signed=signed,
        key=key,
        signature=signature,
        inclusion=bool(proof) and entry.index == index and _included(proof, row.leaf),
        size=size,
        proof=proof,
    )


def checked_leaf(reader: Reader, leaf: bytes) -> CheckedEntry | None:
    """Return the entry of a leaf hash, checked now; None if the log has no such leaf."""
    found = reader.find(LedgerEntry, leaf_hash=leaf)
    return checked_entry(reader, found[0].id) if found else None


def _signature(reader: Reader, entry: Entry, signed: SignedAct) -> tuple[str, bool]:
    """Check the act's signature under the key that its actor had at that place."""
    act, (signature, *others) = signed.act, signed.note.signatures
    for name, public_key in _keys(reader, entry.index, signed):
        if name == signature.name and not others:
            try:
                open_note(entry.act_note, [Ed25519Verifier(name, public_key)])
            except LedgerError:
                return name, False
            return name, True
    return key_name(act.origin, act.actor, "?"), False


def _keys(reader: Reader, index: int, signed: SignedAct) -> list[tuple[str, bytes]]:
    act = signed.act
    if act.kind in FIRST_ACTS and act.seq == 1:
        name = key_name(act.origin, act.actor, str(act.body["key"]))
        return [(name, unb64(str(act.body["public_key"]), 32))]
    return [
        (key_name(act.origin, act.actor, key.label), key.public_key)
        for key in reader.find(ParticipantKey, participant=act.actor)
        if key.registered < index and (key.revoked is None or index <= key.revoked)
    ]


def _proof(reader: Reader, index: int) -> tuple[int, str]:
    standing = head()
    if standing is None or index >= standing.checkpoint.size:
        return 0, ""
    log = current.site().exchange.log
    return standing.checkpoint.size, proof_of(reader, log, index, standing.note)


def _included(proof: str, leaf: bytes) -> bool:
    try:
        verify_proof(parse_proof(proof), leaf, current.site().exchange.log.verifier)
    except LedgerError:
        return False
    return True


def overdue(now_ms: int, most: int = 50) -> list[str]:
    """List the keys of deadlines that have passed, the oldest first."""
    columns = Deadline.table().c
    wanted = select(columns.id).where(columns.due_ms <= now_ms).order_by(columns.due_ms).limit(most)
    with current.site().engine.connect() as connection:
        return [str(key) for key in connection.scalars(wanted)]
