"""Mutated questions: each is understood or refused, none escapes as another error."""

from __future__ import annotations

import random

from exchange.node.lowering import lower_sql
from exchange.node.rendering import render
from exchange.node.rule_file import parse_rule
from exchange.node.scope import View
from exchange.protocol.codes import RefusedError
from tests.node.scene import RULE, World

SEEDS = (
    "SELECT city, COUNT(*) AS trips, SUM(fare) FROM trips WHERE line = 1 GROUP BY city",
    (
        "SELECT l.label, AVG(t.stops) FROM trips t JOIN lines l ON t.line = l.line"
        " WHERE t.day BETWEEN '2026-01-01' AND '2026-01-09' AND NOT (city IN ('a', 'b')) GROUP BY l.label"
    ),
    "SELECT COUNT(DISTINCT rider) FROM trips WHERE fare >= 1.5 OR night = true AND city IS NULL",
)
PARTS = (
    *("SELECT", "FROM", "WHERE", "GROUP BY", "(", ")", ",", "*", "'", '"', ";", "--", "/*", "*/"),
    *("$1", ":x", "?", "->", "::", "[1]", "{", "}", "!", "#1", "x'41'", "5!", "<=>", "LATERAL"),
    *(
        "rider",
        "secret",
        "COLUMNS(*)",
        "UNION",
        "OVER ()",
        "FILTER",
        "limit",
        "\x00",
        "\u2028",
        "福",
    ),
)


def mutate(text: str, stream: random.Random) -> str:
    """Delete, double, swap or insert a few pieces."""
    for _ in range(stream.randint(1, 4)):
        at = stream.randrange(len(text) + 1)
        until = min(len(text), at + stream.randint(0, 12))
        piece = stream.choice((stream.choice(PARTS), text[at:until], "", " "))
        text = text[:at] + piece + text[stream.choice((at, until)) :]
    return text


def test_every_mutation_is_understood_or_refused(world: World) -> None:
    stream = random.Random(20260302)
    rule = parse_rule(RULE.encode())
    view = View(rule)
    understood = 0
    for _ in range(1_000):
        text = mutate(stream.choice(SEEDS), stream)
        try:
            question = lower_sql(text, view)
        except RefusedError:
            continue
        understood += 1
        world.asset.engine.run(render(question, rule))
    assert understood > 50
