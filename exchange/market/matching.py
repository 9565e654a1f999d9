"""Which listings meet a request, and why: hard constraints, then a score that explains itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from exchange.market.rules import PPM, Needs
from exchange.money import half_up

#: Matches in one proposal, near misses in its funnel.
MATCHES_LIMIT: Final = 20
NEAR_LIMIT: Final = 5

#: Points for the parts of a score; they add up to 10,000.
COLUMNS_POINTS: Final = 4_000
QUALITY_POINTS: Final = 3_000
PRICE_POINTS: Final = 3_000
FULL_SCORE: Final = COLUMNS_POINTS + QUALITY_POINTS + PRICE_POINTS

#: A listing that fails one constraint by no more than this is a near miss.
NEAR_PPM: Final = 250_000


@dataclass(frozen=True, slots=True)
class Sought:
    """A request as matching sees it."""

    buyer: str
    topic: str
    needs: Needs


@dataclass(frozen=True, slots=True)
class Candidate:
    """A listing as matching sees it; `columns` are those that a buyer's question may name."""

    listing: str
    supplier: str
    topic: str
    columns: frozenset[str]
    quality_ppm: int
    price_fen: int
    days: int


@dataclass(frozen=True, slots=True)
class Constraint:
    """One demand beside what is offered; `short_ppm` says by how much a figure fails, if it does.

    None for `short_ppm` means that it passed, or failed where there is no more or less.
    """

    name: str
    needed: int | str
    offered: int | str
    passed: bool
    short_ppm: int | None = None

    def to_body(self) -> dict[str, Any]:
        """Write the constraint as a match's reasons hold it."""
        return {
            "name": self.name,
            "needed": self.needed,
            "offered": self.offered,
            "passed": self.passed,
        }


@dataclass(frozen=True, slots=True)
class Part:
    """A named part of a score: the points given, and the most that could be."""

    name: str
    points: int
    most: int

    def to_body(self) -> dict[str, Any]:
        """Write the part as a match's reasons hold it."""
        return {"name": self.name, "points": self.points, "most": self.most}


@dataclass(frozen=True, slots=True)
class Scored:
    """A listing that passes every constraint, with its score and the parts of it."""

    listing: str
    constraints: tuple[Constraint, ...]
    parts: tuple[Part, ...]

    @property
    def score(self) -> int:
        """The sum of the parts, 0 to 10,000."""
        return sum(part.points for part in self.parts)

    def reasons(self) -> dict[str, Any]:
        """Write constraints and parts as the act's body holds them."""
        return {
            "constraints": [constraint.to_body() for constraint in self.constraints],
            "parts": [part.to_body() for part in self.parts],
        }


@dataclass(frozen=True, slots=True)
class Proposal:
    """The best matches, best first, and what became of all that was looked at."""

    matches: tuple[Scored, ...]
    funnel: dict[str, Any]


def propose(sought: Sought, candidates: Iterable[Candidate]) -> Proposal:
    """Match a request with listings.

    The result depends on what the candidates are and never on their order: equal scores
    stand by the listing's id. The funnel counts each rejected listing once, under the first
    constraint that it fails.
    """
    rejected: dict[str, int] = {}
    passed: list[Scored] = []
    near: list[tuple[int, str, Constraint]] = []
    considered = sorted(candidates, key=lambda candidate: candidate.listing)
    for candidate in considered:
        constraints = weigh(sought, candidate)
        failed = [constraint for constraint in constraints if not constraint.passed]
        if not failed:
            passed.append(Scored(candidate.listing, constraints, score_parts(sought, candidate)))
            continue
        rejected[failed[0].name] = rejected.get(failed[0].name, 0) + 1
        short_ppm = failed[0].short_ppm
        if len(failed) == 1 and short_ppm is not None and short_ppm <= NEAR_PPM:
            near.append((short_ppm, candidate.listing, failed[0]))
    passed.sort(key=lambda scored: (-scored.score, scored.listing))
    near.sort(key=lambda miss: miss[:2])
    funnel = {
        "considered": len(considered),
        "rejected": rejected,
        "passed": len(passed),
        "near_misses": [_near_miss(*miss) for miss in islice(near, NEAR_LIMIT)],
    }
    return Proposal(tuple(passed[:MATCHES_LIMIT]), funnel)


def weigh(sought: Sought, candidate: Candidate) -> tuple[Constraint, ...]:
    """Check every hard constraint, always all of them and in this order."""
    needs = sought.needs
    cost_fen = candidate.price_fen * needs.questions
    return (
        Constraint("parties", sought.buyer, candidate.supplier, sought.buyer != candidate.supplier),
        Constraint("topic", sought.topic, candidate.topic, sought.topic == candidate.topic),
        _at_least("columns", (len(needs.columns) + 1) // 2, _found(needs, candidate)),
        _at_least("quality", needs.minimum_quality_ppm, candidate.quality_ppm),
        _at_most("budget", needs.budget_fen, cost_fen),
        _at_least("term", needs.days, candidate.days),
    )


def score_parts(sought: Sought, candidate: Candidate) -> tuple[Part, ...]:
    """Give the points of a listing that passes every constraint, each rounded down.

    Columns: the share of the named columns that are there. Quality: the share of full
    quality. Price: the share of the budget that is left.
    """
    needs = sought.needs
    left_fen = needs.budget_fen - candidate.price_fen * needs.questions
    assert left_fen >= 0, "only a listing within the budget is scored"
    wanted = len(needs.columns)
    columns = COLUMNS_POINTS * _found(needs, candidate) // wanted if wanted else COLUMNS_POINTS
    return (
        Part("columns", columns, COLUMNS_POINTS),
        Part("quality", QUALITY_POINTS * candidate.quality_ppm // PPM, QUALITY_POINTS),
        Part("price", PRICE_POINTS * left_fen // needs.budget_fen, PRICE_POINTS),
    )


def _found(needs: Needs, candidate: Candidate) -> int:
    offered = {name.casefold() for name in candidate.columns}
    return sum(name.casefold() in offered for name in needs.columns)


def _at_least(name: str, needed: int, offered: int) -> Constraint:
    if offered >= needed:
        return Constraint(name, needed, offered, passed=True)
    short_ppm = half_up((needed - offered) * PPM, needed)
    return Constraint(name, needed, offered, passed=False, short_ppm=short_ppm)


def _at_most(name: str, needed: int, offered: int) -> Constraint:
    if offered <= needed:
        return Constraint(name, needed, offered, passed=True)
    over_ppm = half_up((offered - needed) * PPM, needed)
    return Constraint(name, needed, offered, passed=False, short_ppm=over_ppm)


def _near_miss(short_ppm: int, listing: str, constraint: Constraint) -> dict[str, Any]:
    return {
        "listing": listing,
        "constraint": constraint.name,
        "needed": constraint.needed,
        "offered": constraint.offered,
        "short_ppm": short_ppm,
    }
