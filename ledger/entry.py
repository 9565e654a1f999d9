"""Log entries: the operator's header line and the act verbatim. An entry is one leaf of the tree."""

import re
from dataclasses import dataclass

from ledger.encoding import MAX_DECIMAL, b64, decimal, unb64
from ledger.errors import EncodingError, EntryError
from ledger.merkle import HASH_LENGTH, leaf_hash

FORMAT = "fdx-entry/v1"
"""First word of every entry."""

MAX_ENTRY_BYTES = 65_535
"""Largest entry that a tile bundle can carry (C2SP tlog-tiles)."""

_HEADER = re.compile(re.escape(FORMAT) + r" ([^\n ]+) ([^\n ]+) ([^\n ]+)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log.

    Attributes:
        index: Its place, from 0.
        received_ms: When the operator received the act, in milliseconds since 1970 UTC.
        previous: Leaf hash of the entry before; None exactly at index 0.
        act_note: The act's whole note as received.

    Raises:
        EntryError: `entry.index`, `entry.time`, `entry.previous`, `entry.act` or `entry.size`.
    """

    index: int
    received_ms: int
    previous: bytes | None
    act_note: str

    def __post_init__(self) -> None:
        if not 0 <= self.index <= MAX_DECIMAL:
            raise EntryError("entry.index", "entries are counted from 0")
        if not 0 <= self.received_ms <= MAX_DECIMAL:
            raise EntryError("entry.time", "a time is milliseconds since 1970")
        if (self.previous is None) != (self.index == 0):
            raise EntryError("entry.previous", "exactly the first entry has no entry before it")
        if self.previous is not None and len(self.previous) != HASH_LENGTH:
            raise EntryError("entry.previous", "a leaf hash has 32 bytes")
        if not self.act_note:
            raise EntryError("entry.act", "an entry carries an act")

    @property
    def leaf_hash(self) -> bytes:
        """The entry's hash as a leaf of the tree."""
        return leaf_hash(encode_entry(self))


def encode_entry(entry: Entry) -> bytes:
    """Return the leaf bytes of an entry.

    Raises:
        EntryError: `entry.size`, or `entry.utf8` for an act that is not valid Unicode.
    """
    previous = "-" if entry.previous is None else b64(entry.previous)
    header = f"{FORMAT} {entry.index} {entry.received_ms} {previous}\n"
    try:
        data = f"{header}{entry.act_note}".encode()
    except UnicodeEncodeError as error:
        raise EntryError("entry.utf8", "an entry is valid UTF-8") from error
    _check_size(data)
    return data


def parse_entry(data: bytes) -> Entry:
    """Read an entry from its leaf bytes; the act inside is not looked at.

    Raises:
        EntryError: `entry.size`, `entry.utf8`, `entry.format`, or what `Entry` raises.
    """
    _check_size(data)
    try:
        header, _, act_note = data.decode().partition("\n")
    except UnicodeDecodeError as error:
        raise EntryError("entry.utf8", "an entry is valid UTF-8") from error
    match = _HEADER.fullmatch(header)
    if match is None:
        raise EntryError("entry.format", "the header line of an entry is malformed")
    index, received_ms, previous = match.groups()
    try:
        return Entry(
            index=decimal(index),
            received_ms=decimal(received_ms),
            previous=None if previous == "-" else unb64(previous, HASH_LENGTH),
            act_note=act_note,
        )
    except EncodingError as error:
        raise EntryError("entry.format", f"an entry holds a malformed value: {error}") from error


def _check_size(data: bytes) -> None:
    if len(data) > MAX_ENTRY_BYTES:
        raise EntryError("entry.size", f"an entry has at most {MAX_ENTRY_BYTES} bytes")
