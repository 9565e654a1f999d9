"""Checking the ledger's own tables against its leaves: columns, head, tiles, checkpoints, texts."""

import hashlib
from collections.abc import Iterator
from typing import Any

from exchange.acts.kinds import Fact
from exchange.acts.ledger_tables import (
    ActorHead,
    LedgerCheckpoint,
    LedgerEntry,
    LedgerHead,
    LedgerTile,
    Payload,
)
from exchange.audit.findings import Finding, Stored, compare, rows_of
from exchange.clock import to_ms
from exchange.storage.store import Tables
from exchange.storage.tables import stored_form
from ledger.checkpoint import open_checkpoint
from ledger.encoding import b64
from ledger.errors import LedgerError
from ledger.history import History
from ledger.signing import Ed25519Verifier
from ledger.tiles import TileBuilder

#: Members of bodies that name a text by its salted commitment.
COMMITTED = ("detail", "grounds", "reasons", "remarks", "sql", "statement")
_COMMITMENT_LENGTH = 44


def check_log_tables(
    tables: Tables, leaves: list[bytes], hashes: list[bytes], facts: list[Fact]
) -> Iterator[Finding]:
    """Compare entries, head, tiles, actors' heads and texts with what the leaves give.

    `hashes` are the leaf hashes in order, `facts` the acts that could be read.
    """
    entries = {
        fact.index: stored_form(
            LedgerEntry(
                id=fact.index,
                leaf=leaves[fact.index],
                leaf_hash=fact.leaf_hash,
                received_ms=to_ms(fact.received_at),
                actor=fact.actor,
                actor_seq=fact.seq,
                kind=fact.kind,
            )
        )
        for fact in facts
    }
    readable = {key: row for key, row in rows_of(tables, LedgerEntry).items() if key in entries}
    yield from compare("ledger_entry", entries, readable, entry="id")
    yield from _indexes(tables)
    yield from compare("ledger_tile", _tiles(hashes), rows_of(tables, LedgerTile))
    yield from compare("ledger_head", _head(hashes, facts), rows_of(tables, LedgerHead))
    yield from compare("actor_head", _actors(facts), rows_of(tables, ActorHead))
    yield from _payloads(tables, facts)


def check_checkpoints(
    tables: Tables, hashes: list[bytes], log: Ed25519Verifier
) -> Iterator[Finding]:
    """Check that every kept checkpoint is signed and is one of this log's."""
    history = History()
    for each in hashes:
        history.append(each)
    for key, row in rows_of(tables, LedgerCheckpoint).items():
        try:
            checkpoint = open_checkpoint(str(row["note"]), log)
        except LedgerError as error:
            text = f"the checkpoint does not open: {error.code}"
            yield Finding("ledger_checkpoint", str(key), None, text)
            continue
        known = checkpoint.size == key and checkpoint.size <= history.size
        if not known or history.root(checkpoint.size) != checkpoint.root:
            yield Finding("ledger_checkpoint", str(key), None, "the log never had this root")


def _indexes(tables: Tables) -> Iterator[Finding]:
    for position, key in enumerate(rows_of(tables, LedgerEntry)):
        if key != position:
            yield Finding("ledger_entry", str(key), position, "an index is missing before it")
            return


def _tiles(hashes: list[bytes]) -> dict[Any, Stored]:
    builder = TileBuilder()
    for each in hashes:
        builder.append(each)
    rows = (
        LedgerTile(id=f"{level}/{index}", hashes=content)
        for (level, index), content in builder.touched().items()
    )
    return {row.id: stored_form(row) for row in rows}


def _head(hashes: list[bytes], facts: list[Fact]) -> dict[Any, Stored]:
    if not hashes:
        return {}
    history = History()
    for each in hashes:
        history.append(each)
    received_ms = to_ms(facts[-1].received_at) if facts else 0
    row = LedgerHead(
        id=1,
        size=len(hashes),
        leaf_hash=hashes[-1],
        received_ms=received_ms,
        range=b"".join(history.compact().hashes),
    )
    return {1: stored_form(row)}


def _actors(facts: list[Fact]) -> dict[Any, Stored]:
    heads = {fact.actor: fact for fact in facts}
    rows = (
        ActorHead(id=actor, seq=fact.seq, leaf_hash=fact.leaf_hash) for actor, fact in heads.items()
    )
    return {row.id: stored_form(row) for row in rows}


def _payloads(tables: Tables, facts: list[Fact]) -> Iterator[Finding]:
    """Find texts that are missing, unknown to every act, or other than their commitments."""
    named = {commitment: fact.index for fact in facts for commitment in _commitments(fact)}
    found = rows_of(tables, Payload)
    for commitment, index in named.items():
        if commitment not in found:
            yield Finding("payload", commitment, index, "the text that the act names is missing")
    for key, row in found.items():
        if key not in named:
            yield Finding("payload", str(key), None, "no act names this text")
        elif not _fits(row):
            yield Finding("payload", str(key), named[key], "the text does not fit its commitment")


def _commitments(fact: Fact) -> Iterator[str]:
    for member in COMMITTED:
        value = fact.body.get(member)
        if isinstance(value, str) and len(value) == _COMMITMENT_LENGTH:
            yield value


def _fits(row: Stored) -> bool:
    salt, text = row["salt"], row["text"]
    if not isinstance(salt, bytes) or not isinstance(text, str):
        return False
    return bool(
        b64(hashlib.sha256(salt + text.encode("utf-8", "surrogateescape")).digest()) == row["id"]
    )
