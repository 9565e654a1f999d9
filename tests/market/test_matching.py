from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.market.matching import (
    FULL_SCORE,
    MATCHES_LIMIT,
    NEAR_LIMIT,
    Candidate,
    Sought,
    propose,
    score_parts,
    weigh,
)
from exchange.market.rules import Needs
from ledger.canonical import encode

NEEDS = Needs(
    columns=("carrier", "delay", "origin"),
    minimum_quality_ppm=800_000,
    budget_fen=50_000,
    questions=5,
    days=30,
)
SOUGHT = Sought("p-buyer", "transport", NEEDS)
FIT = Candidate(
    listing="listing-a",
    supplier="p-supplier",
    topic="transport",
    columns=frozenset({"carrier", "delay", "month"}),
    quality_ppm=900_000,
    price_fen=6_000,
    days=90,
)

COLUMNS = st.sets(st.sampled_from(["carrier", "DELAY", "month", "origin"]))
CANDIDATES = st.lists(
    st.builds(
        Candidate,
        listing=st.integers(0, 99_999).map(lambda number: f"listing-{number:05d}"),
        supplier=st.sampled_from(["p-buyer", "p-x", "p-y", "p-z"]),
        topic=st.sampled_from(["transport", "transport", "weather"]),
        columns=COLUMNS.map(frozenset),
        quality_ppm=st.integers(600_000, 1_000_000),
        price_fen=st.integers(1, 14_000),
        days=st.integers(20, 60),
    ),
    max_size=40,
    unique_by=lambda candidate: candidate.listing,
)


def fits(candidate: Candidate, needs: Needs = NEEDS) -> bool:
    """Say in other words than the code whether a candidate meets SOUGHT."""
    offered = {name.lower() for name in candidate.columns}
    found = [name for name in needs.columns if name.lower() in offered]
    return (
        candidate.supplier != "p-buyer"
        and candidate.topic == "transport"
        and Fraction(len(found)) >= Fraction(len(needs.columns), 2)
        and candidate.quality_ppm >= needs.minimum_quality_ppm
        and Fraction(needs.budget_fen, needs.questions) >= candidate.price_fen
        and not candidate.days < needs.days
    )


def exact_points(candidate: Candidate, needs: Needs = NEEDS) -> list[int]:
    """Compute the parts with fractions, each rounded down at the very end."""
    offered = {name.lower() for name in candidate.columns}
    found = len([name for name in needs.columns if name.lower() in offered])
    cost = Fraction(candidate.price_fen) * needs.questions
    return [
        int(4000 * Fraction(found, len(needs.columns))),
        int(3000 * Fraction(candidate.quality_ppm, 10**6)),
        int(3000 * (1 - cost / needs.budget_fen)),
    ]


def test_a_match_explains_itself() -> None:
    proposal = propose(SOUGHT, [FIT])

    (match,) = proposal.matches
    assert (match.listing, match.score) == ("listing-a", 2_666 + 2_700 + 1_200)
    assert match.reasons() == {
        "constraints": [
            {"name": "parties", "needed": "p-buyer", "offered": "p-supplier", "passed": True},
            {"name": "topic", "needed": "transport", "offered": "transport", "passed": True},
            {"name": "columns", "needed": 2, "offered": 2, "passed": True},
            {"name": "quality", "needed": 800_000, "offered": 900_000, "passed": True},
            {"name": "budget", "needed": 50_000, "offered": 30_000, "passed": True},
            {"name": "term", "needed": 30, "offered": 90, "passed": True},
        ],
        "parts": [
            {"name": "columns", "points": 2_666, "most": 4_000},
            {"name": "quality", "points": 2_700, "most": 3_000},
            {"name": "price", "points": 1_200, "most": 3_000},
        ],
    }
    assert proposal.funnel == {"considered": 1, "rejected": {}, "passed": 1, "near_misses": []}


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({"supplier": "p-buyer"}, "parties"),
        ({"topic": "weather"}, "topic"),
        ({"columns": frozenset({"carrier"})}, "columns"),
        ({"quality_ppm": 799_999}, "quality"),
        ({"price_fen": 10_001}, "budget"),
        ({"days": 29}, "term"),
    ],
)
def test_each_hard_constraint_rejects_and_is_counted(change: dict[str, Any], failed: str) -> None:
    worse = replace(FIT, **change)

    assert [each.name for each in weigh(SOUGHT, worse) if not each.passed] == [failed]
    proposal = propose(SOUGHT, [worse])
    assert proposal.matches == ()
    assert proposal.funnel["rejected"] == {failed: 1}


def test_what_fails_twice_counts_once_under_the_first() -> None:
    worse = replace(FIT, topic="weather", price_fen=99_999)

    assert propose(SOUGHT, [worse]).funnel == {
        "considered": 1,
        "rejected": {"topic": 1},
        "passed": 0,
        "near_misses": [],
    }


def test_near_misses_name_the_one_thing_that_is_missing_nearest_first() -> None:
    dear = replace(FIT, listing="listing-b", price_fen=11_200)
    poor = replace(FIT, listing="listing-c", quality_ppm=760_000)
    far_too_dear = replace(FIT, listing="listing-d", price_fen=12_501)
    foreign = replace(FIT, listing="listing-e", topic="weather")

    assert propose(SOUGHT, [foreign, far_too_dear, dear, poor]).funnel["near_misses"] == [
        {
            "listing": "listing-c",
            "constraint": "quality",
            "needed": 800_000,
            "offered": 760_000,
            "short_ppm": 50_000,
        },
        {
            "listing": "listing-b",
            "constraint": "budget",
            "needed": 50_000,
            "offered": 56_000,
            "short_ppm": 120_000,
        },
    ]


def test_a_request_that_names_no_columns_gives_full_points_for_them() -> None:
    sought = Sought("p-buyer", "transport", replace(NEEDS, columns=()))

    assert [part.points for part in score_parts(sought, FIT)] == [4_000, 2_700, 1_200]


def test_letter_case_does_not_part_columns() -> None:
    shouting = replace(FIT, columns=frozenset({"CARRIER", "Delay", "ORIGIN"}))

    assert score_parts(SOUGHT, shouting)[0].points == 4_000


@given(CANDIDATES)
def test_a_proposal_holds_exactly_what_fits_best_first(candidates: list[Candidate]) -> None:
    proposal = propose(SOUGHT, candidates)

    fitting = [candidate for candidate in candidates if fits(candidate)]
    ranked = sorted(fitting, key=lambda fit: (-sum(exact_points(fit)), fit.listing))
    assert [match.listing for match in proposal.matches] == [
        candidate.listing for candidate in ranked[:MATCHES_LIMIT]
    ]
    by_id = {candidate.listing: candidate for candidate in candidates}
    for match in proposal.matches:
        points = exact_points(by_id[match.listing])
        assert [part.points for part in match.parts] == points
        assert match.score == sum(points)
        assert 0 <= match.score <= 10_000
    assert proposal.funnel["passed"] == len(fitting)
    assert sum(proposal.funnel["rejected"].values()) == len(candidates) - len(fitting)
    assert len(proposal.funnel["near_misses"]) <= NEAR_LIMIT


@given(CANDIDATES, st.randoms(use_true_random=False))
def test_the_order_of_the_candidates_does_not_show(candidates: list[Candidate], dice: Any) -> None:
    shuffled = list(candidates)
    dice.shuffle(shuffled)

    assert propose(SOUGHT, shuffled) == propose(SOUGHT, candidates)


@given(CANDIDATES, st.integers(0, 100_000), st.integers(0, 5_000))
def test_better_quality_or_a_lower_price_never_lowers_the_rank(
    candidates: list[Candidate], better_ppm: int, cheaper_fen: int
) -> None:
    others = [candidate for candidate in candidates if candidate.listing != FIT.listing]
    improved = replace(
        FIT,
        quality_ppm=min(FIT.quality_ppm + better_ppm, 1_000_000),
        price_fen=max(FIT.price_fen - cheaper_fen, 1),
    )

    def rank(candidate: Candidate) -> int:
        matches = propose(SOUGHT, [*others, candidate]).matches
        listings = [match.listing for match in matches]
        return listings.index(FIT.listing) if FIT.listing in listings else MATCHES_LIMIT

    assert rank(improved) <= rank(FIT)


def test_the_largest_proposal_fits_an_act() -> None:
    names = tuple(f"{'c' * 130}{number}" for number in range(20))
    needs = Needs(names, 0, 10**13, 10**6, 1_096)
    id_ = "listing-k3q7v2m5x6za"
    crowd = [
        Candidate(f"{id_}{number:02d}", id_, "manufacturing", frozenset(names), 10**6, 9, 1_096)
        for number in range(40)
    ]
    near = [replace(each, listing=f"{each.listing}n", days=1_095) for each in crowd]
    proposal = propose(Sought("p-k3q7v2m5x6za", "manufacturing", needs), [*crowd, *near])

    matches = [
        {"match": id_, "listing": each.listing, "score": each.score, "reasons": each.reasons()}
        for each in proposal.matches
    ]
    body = {"request": id_, "matches": matches, "funnel": proposal.funnel}
    assert (len(matches), len(proposal.funnel["near_misses"])) == (20, 5)
    assert len(encode(body)) < 30_000


def test_what_is_just_enough_passes_and_just_too_far_is_no_near_miss() -> None:
    needs = replace(NEEDS, columns=("carrier", "delay", "origin", "dest"))
    sought = Sought("p-buyer", "transport", needs)
    just = replace(FIT, quality_ppm=800_000, price_fen=10_000, days=30)
    perfect = replace(
        FIT, columns=frozenset(needs.columns), quality_ppm=1_000_000, price_fen=1, days=30
    )
    edge = replace(FIT, listing="listing-edge", price_fen=12_500)
    beyond = replace(FIT, listing="listing-far", price_fen=12_501)

    assert propose(sought, [just]).matches[0].score == 2_000 + 2_400 + 0
    assert FULL_SCORE == 10_000
    assert propose(sought, [perfect]).matches[0].score == 9_999
    near = propose(sought, [edge, beyond]).funnel["near_misses"]
    assert [miss["listing"] for miss in near] == ["listing-edge"]


def test_equal_near_misses_stand_by_their_listing() -> None:
    dear = [replace(FIT, listing=f"listing-{name}", price_fen=11_000) for name in "cab"]
    near = propose(SOUGHT, dear).funnel["near_misses"]

    assert [miss["listing"] for miss in near] == ["listing-a", "listing-b", "listing-c"]
