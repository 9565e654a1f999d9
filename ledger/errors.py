"""Everything that the ledger refuses, with codes that stay the same between releases."""


class LedgerError(Exception):
    """Base of all refusals of this package.

    Attributes:
        code: Stable name of the refusal, such as `act.format`; callers may show and compare it.
        text: One sentence for a person; it never repeats the refused bytes.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text

    def __str__(self) -> str:
        return self.text


class EncodingError(LedgerError):
    """A base64 text or a decimal number is not written in its one accepted way."""


class CanonicalError(LedgerError):
    """A value has no canonical JSON encoding, or bytes are not one."""


class NoteError(LedgerError):
    """A signed note is malformed or not signed by a known key."""


class ActError(LedgerError):
    """An act breaks the act format."""


class EntryError(LedgerError):
    """A log entry breaks the entry format."""


class CheckpointError(LedgerError):
    """A checkpoint breaks its format or speaks for another log."""


class ProofError(LedgerError):
    """A Merkle proof is malformed or does not lead to the root."""


class TileError(LedgerError):
    """A tile, an entry bundle or its path is malformed."""


class KeyStateError(LedgerError):
    """An act is not signed by a key that is valid at its place in the log."""


class WeakKeyError(LedgerError):
    """A public key is not a canonical curve point, or has small order."""
