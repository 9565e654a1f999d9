"""Reading who takes part."""

from dataclasses import dataclass

from exchange.acts.participants import Participant, ParticipantKey, ParticipantState
from exchange.storage.store import Reader, require


@dataclass(frozen=True, slots=True)
class KeyView:
    """A participant's key; `custody` says whether the exchange keeps its private half."""

    label: str
    public_key: bytes
    custody: bool
    registered: int
    revoked: int | None


@dataclass(frozen=True, slots=True)
class ParticipantView:
    """A participant as everybody may see it: what it asked for, and the roles it has."""

    id: str
    name: str
    state: ParticipantState
    asked: tuple[str, ...]
    roles: tuple[str, ...]
    keys: tuple[KeyView, ...]


def participant(reader: Reader, key: str) -> ParticipantView:
    """Return one participant.

    Raises:
        NotFoundError: there is none (`participant.unknown`).
    """
    return _view(reader, require(reader, Participant, key))


def participants(reader: Reader, state: ParticipantState | None = None) -> list[ParticipantView]:
    """List the participants in one state, or all of them, ordered by id."""
    states = tuple(ParticipantState) if state is None else (state,)
    rows = [row for one in states for row in reader.find(Participant, state=one)]
    return [_view(reader, row) for row in sorted(rows, key=lambda row: row.id)]


def _view(reader: Reader, row: Participant) -> ParticipantView:
    keys = reader.find(ParticipantKey, participant=row.id)
    return ParticipantView(
        id=row.id,
        name=row.name,
        state=row.state,
        asked=tuple(row.asked),
        roles=tuple(row.roles),
        keys=tuple(
            KeyView(key.label, key.public_key, key.custody, key.registered, key.revoked)
            for key in keys
        ),
    )
