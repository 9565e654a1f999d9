"""Lowering: what has a translation is translated, everything else is refused by its code."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.node.lowering import lower_sql
from exchange.node.rule_file import parse_rule
from exchange.node.scope import View
from exchange.protocol.codes import RefusalCode, RefusedError
from exchange.protocol.question import (
    Aggregate,
    And,
    Between,
    Column,
    Comparator,
    Comparison,
    Function,
    GroupKey,
    IsNull,
    Join,
    Literal,
    Membership,
    Not,
    Or,
    Parameter,
    Question,
    ValueType,
)
from tests.node.scene import RULE, World

VIEW = View(parse_rule(RULE.encode()))
COUNT = Aggregate(Function.COUNT, None, "count")
CITY = Column("trips", "city")
LINE = Column("trips", "line")


def text(value: str) -> Literal:
    """Make a text literal."""
    return Literal(ValueType.TEXT, value)


def integer(value: int) -> Literal:
    """Make an integer literal."""
    return Literal(ValueType.INTEGER, str(value))


def test_a_whole_question_becomes_a_tree() -> None:
    sql = """
    SELECT l.label AS name, T.City, COUNT(*), COUNT(DISTINCT t.rider) AS riders, SUM(fare), AVG(stops)
    FROM Trips AS t INNER JOIN lines l ON l.line = t.line
    WHERE 3 > t.line AND (city = '福州' OR city IS NULL) AND NOT t.line IN (1, -2)
      AND fare BETWEEN 1 AND 2.50 AND day >= DATE '2026-01-05' AND night = true
      AND left_at <> '2026-01-01 10:00:00'
    GROUP BY label, t.city
    """
    assert lower_sql(sql, VIEW) == Question(
        "trips",
        (Join(LINE, Column("lines", "line")),),
        And(
            (
                Or(
                    (
                        Comparison(CITY, Comparator.EQ, text("福州")),
                        IsNull(CITY),
                    )
                ),
                Not(Membership(LINE, (integer(1), integer(-2)))),
                Comparison(
                    Column("trips", "day"),
                    Comparator.GE,
                    Literal(ValueType.DATE, "2026-01-05"),
                ),
                Between(
                    Column("trips", "fare"),
                    Literal(ValueType.DECIMAL, "1"),
                    Literal(ValueType.DECIMAL, "2.5"),
                ),
                Comparison(
                    Column("trips", "left_at"),
                    Comparator.NE,
                    Literal(ValueType.TIMESTAMP, "2026-01-01 10:00:00"),
                ),
                Comparison(LINE, Comparator.LT, integer(3)),
                Comparison(
                    Column("trips", "night"), Comparator.EQ, Literal(ValueType.BOOLEAN, "true")
                ),
            )
        ),
        (Column("lines", "label"), CITY),
        (
            GroupKey(Column("lines", "label"), "name"),
            GroupKey(CITY, "city"),
            COUNT,
            Aggregate(Function.COUNT_UNITS, None, "riders"),
            Aggregate(Function.SUM, Column("trips", "fare"), "sum_fare"),
            Aggregate(Function.AVG, Column("trips", "stops"), "avg_stops"),
        ),
    )


@pytest.mark.parametrize(
    "clone",
    [
        "select COUNT(*) from trips where line = 1 and city = 'x'",
        "SELECT count ( * ) FROM \"trips\" WHERE ((city = 'x')) AND (1 = line) -- a comment",
        "SELECT COUNT(*) AS count FROM trips t /* or */ WHERE t.line = 1 AND 'x' = t.city;",
    ],
)
def test_clones_become_one_tree(clone: str) -> None:
    honest = lower_sql("SELECT COUNT(*) FROM trips WHERE city = 'x' AND line = 1", VIEW)
    assert lower_sql(clone, VIEW) == honest


def test_parameters_exist_for_templates_alone() -> None:
    sql = "SELECT COUNT(*) FROM trips WHERE city = :city"
    view = replace(VIEW, parameters=frozenset({"city"}))
    assert lower_sql(sql, view).where == Comparison(CITY, Comparator.EQ, Parameter("city"))
    assert refusal(sql) == "question.shape"


def refusal(sql: str, view: View = VIEW) -> str:
    """Return the code with which a text is refused."""
    with pytest.raises(RefusedError) as caught:
        lower_sql(sql, view)
    return caught.value.code.value


Q = "question."
C = "SELECT COUNT(*) FROM trips"
HOSTILE = [
    # raw rows
    ("SELECT * FROM trips", "raw_rows"),
    ("SELECT trips.* FROM trips", "raw_rows"),
    ("SELECT city, fare FROM trips LIMIT 1", "raw_rows"),
    ("SELECT city FROM trips", "raw_rows"),
    ("SELECT rider, fare FROM trips", "raw_rows"),
    ("SELECT fare, COUNT(*) FROM trips GROUP BY city", "raw_rows"),
    ("SELECT COLUMNS('fa.*') FROM trips", "raw_rows"),
    ("SELECT * EXCLUDE (city) FROM trips", "raw_rows"),
    ("FROM trips", "raw_rows"),
    ("SELECT DISTINCT city FROM trips", "raw_rows"),
    ("SELECT * FROM read_csv('/etc/passwd')", "raw_rows"),
    # pinning a unit
    (f"{C} WHERE rider = 'r1'", "pins_unit"),
    (f"{C} WHERE 'r1' <> trips.rider", "pins_unit"),
    (f"{C} WHERE city = 'x' AND NOT (rider IN ('r1'))", "pins_unit"),
    (f"{C} WHERE rider BETWEEN 'a' AND 'b'", "pins_unit"),
    (f"{C} WHERE rider IS NULL", "pins_unit"),
    (f"{C} WHERE rider LIKE 'r%'", "shape"),
    (f"{C} WHERE rider", "pins_unit"),
    ("SELECT rider, COUNT(*) FROM trips GROUP BY rider", "pins_unit"),
    ("SELECT COUNT(*), rider FROM trips", "pins_unit"),
    ("SELECT SUM(rider) FROM trips", "pins_unit"),
    # unknown, hidden, ambiguous
    ("SELECT COUNT(*), SUM(secret) FROM trips", "column"),
    (f"{C} WHERE secret = 'x'", "column"),
    (f"{C} WHERE nothing = 'x'", "column"),
    (f"{C} WHERE odd_canary_column = 'x'", "column"),
    (f"{C} WHERE rowid = 1", "column"),
    ("SELECT COUNT(*) FROM other", "column"),
    ("SELECT COUNT(*) FROM information_schema.tables", "column"),
    ("SELECT COUNT(*) FROM main.trips", "column"),
    ("SELECT COUNT(*) FROM '/etc/passwd'", "column"),
    ("SELECT COUNT(*) FROM duckdb_settings", "column"),
    ("SELECT COUNT(*) FROM secret_df", "column"),
    ("SELECT COUNT(*) FROM trips JOIN lines ON trips.line = lines.line WHERE line = 1", "column"),
    ("SELECT day, COUNT(*) FROM trips GROUP BY day", "column"),
    ("SELECT AVG(line) FROM trips", "column"),
    ("SELECT fare, COUNT(*) FROM trips GROUP BY fare", "column"),
    ("SELECT COUNT(*) FROM trips JOIN lines ON trips.stops = lines.line", "column"),
    ("SELECT COUNT(*) FROM trips JOIN lines ON trips.rider = lines.label", "column"),
    # functions
    *(
        (f"SELECT {name} FROM trips", "function")
        for name in (
            *("MIN(fare)", "MAX(fare)", "MEDIAN(fare)", "MODE(city)", "FIRST(city, fare)"),
            *(
                "first(city)",
                "last(city)",
                "list(city)",
                "array_agg(city)",
                "string_agg(city, ',')",
            ),
            *("arg_min(city, fare)", "max_by(city, fare)", "quantile_cont(fare, 0.5)", "mad(fare)"),
            *("histogram(city)", "approx_top_k(city, 3)", "bit_or(line)", "bit_xor(line)"),
            *("product(line)", "entropy(city)", "stddev(fare)", "var_pop(fare)", "bool_or(night)"),
            *(
                "reservoir_quantile(fare, 0.5)",
                "COUNT(city)",
                "COUNT(DISTINCT city)",
                "SUM(abs(fare))",
            ),
            *("error(city)", "chr(-1)", "query('SELECT 1')", "getenv('HOME')", "COUNT_IF(night)"),
            *(
                "upper(city)",
                "to_json(city)",
                "current_setting('threads')",
                "COUNT(DISTINCT rider, city)",
            ),
        )
    ),
    ("SELECT COUNT(*) FROM read_csv('/etc/passwd')", "function"),
    ("SELECT COUNT(*) FROM read_parquet('trips.parquet')", "function"),
    ("SELECT COUNT(*) FROM glob('/*')", "function"),
    ("SELECT COUNT(*) FROM query_table('trips')", "function"),
    ("SELECT COUNT(*) FROM range(10)", "function"),
    (f"{C} WHERE hash(city) % 2 = 0", "shape"),
    (f"{C} WHERE length(city) = 2", "function"),
    (f"{C} WHERE 'x' = upper(city)", "function"),
    (f"{C} WHERE city = lower('X')", "function"),
    (f"{C} WHERE regexp_matches(city, 'x')", "function"),
    # shapes
    (f"{C} HAVING COUNT(*) < 2", "shape"),
    (f"{C} ORDER BY 1", "shape"),
    (f"{C} LIMIT 1", "shape"),
    (f"{C} OFFSET 1", "shape"),
    (f"{C} QUALIFY row_number() OVER () = 1", "shape"),
    (f"{C} USING SAMPLE 10%", "shape"),
    ("SELECT COUNT(*) FROM trips TABLESAMPLE 10%", "shape"),
    ("SELECT DISTINCT COUNT(*) FROM trips", "shape"),
    ("SELECT DISTINCT ON (city) COUNT(*) FROM trips GROUP BY city", "shape"),
    ("SELECT COUNT(*) FILTER (WHERE line = 1) FROM trips", "shape"),
    ("SELECT SUM(fare) OVER (PARTITION BY city) FROM trips", "shape"),
    ("SELECT SUM(CASE WHEN rider = 'r1' THEN fare ELSE 0 END) FROM trips", "shape"),
    ("SELECT SUM(fare * 10) FROM trips", "shape"),
    ("SELECT SUM(fare + line) FROM trips", "shape"),
    ("SELECT SUM(fare) - 1 FROM trips", "shape"),
    ("SELECT SUM(fare::INTEGER) FROM trips", "shape"),
    ("SELECT SUM(DISTINCT fare) FROM trips", "shape"),
    ("SELECT AVG(fare ORDER BY fare) FROM trips", "shape"),
    ("SELECT 1, COUNT(*) FROM trips", "shape"),
    ("SELECT any_value(city) FROM trips", "shape"),
    ("SELECT (SELECT COUNT(*) FROM trips) FROM trips", "shape"),
    ("SELECT COUNT(*), COUNT(*) FROM trips", "shape"),
    ("SELECT COUNT(*)", "shape"),
    ("SELECT COUNT(*) FROM (SELECT * FROM trips)", "shape"),
    ("SELECT COUNT(*) FROM (VALUES (1)) v(x)", "shape"),
    ("SELECT COUNT(*) FROM trips, lines", "shape"),
    ("SELECT COUNT(*) FROM trips, trips AS t", "shape"),
    ("SELECT COUNT(*) FROM trips JOIN trips t ON trips.line = t.line", "shape"),
    ("SELECT COUNT(*) FROM trips LEFT JOIN lines ON trips.line = lines.line", "shape"),
    ("SELECT COUNT(*) FROM trips FULL JOIN lines ON trips.line = lines.line", "shape"),
    ("SELECT COUNT(*) FROM trips CROSS JOIN lines", "shape"),
    ("SELECT COUNT(*) FROM trips JOIN lines USING (line)", "shape"),
    ("SELECT COUNT(*) FROM trips NATURAL JOIN lines", "shape"),
    ("SELECT COUNT(*) FROM trips ASOF JOIN lines ON trips.line >= lines.line", "shape"),
    ("SELECT COUNT(*) FROM trips SEMI JOIN lines ON trips.line = lines.line", "shape"),
    ("SELECT COUNT(*) FROM trips JOIN lines ON trips.line > lines.line", "shape"),
    ("SELECT COUNT(*) FROM trips JOIN lines ON trips.line = lines.line OR true", "shape"),
    ("SELECT COUNT(*) FROM trips JOIN LATERAL (SELECT 1) x ON true", "shape"),
    ("SELECT COUNT(*) FROM trips t(a, b)", "shape"),
    ("SELECT city, COUNT(*) FROM trips GROUP BY ALL", "shape"),
    ("SELECT city, COUNT(*) FROM trips GROUP BY CUBE (city)", "shape"),
    ("SELECT city, COUNT(*) FROM trips GROUP BY ROLLUP (city)", "shape"),
    ("SELECT city, COUNT(*) FROM trips GROUP BY GROUPING SETS ((city), ())", "shape"),
    ("SELECT city, COUNT(*) FROM trips GROUP BY 1", "shape"),
    ("SELECT city, COUNT(*) FROM trips GROUP BY city, city", "shape"),
    (f"{C} WHERE EXISTS (SELECT 1)", "shape"),
    (f"{C} WHERE city IN (SELECT city FROM trips)", "shape"),
    (f"{C} WHERE line = (SELECT 1)", "shape"),
    (f"{C} WHERE line = ANY (SELECT 1)", "shape"),
    (f"{C} WHERE line + 0 = 1", "shape"),
    (f"{C} WHERE 1 // (line - 1) = 1", "shape"),
    (f"{C} WHERE line = 1 + 1", "shape"),
    (f"{C} WHERE line = stops", "shape"),
    (f"{C} WHERE CAST(city AS INTEGER) = 1", "shape"),
    (f"{C} WHERE city = CAST(1 AS VARCHAR)", "shape"),
    (f"{C} WHERE TRY_CAST(city AS INTEGER) = 1", "shape"),
    (f"{C} WHERE city = NULL", "shape"),
    (f"{C} WHERE city IS TRUE", "shape"),
    (f"{C} WHERE city IS NOT DISTINCT FROM 'x'", "shape"),
    (f"{C} WHERE city LIKE '%'", "shape"),
    (f"{C} WHERE city GLOB '*'", "shape"),
    (f"{C} WHERE city SIMILAR TO '.*'", "shape"),
    (f"{C} WHERE city COLLATE nocase = 'x'", "shape"),
    (f"{C} WHERE (city, line) = ('x', 1)", "shape"),
    (f"{C} WHERE city[1] = 'x'", "shape"),
    (f"{C} WHERE true", "shape"),
    (f"{C} WHERE 1 = 1", "shape"),
    (f"{C} WHERE line", "shape"),
    (f"{C} WHERE line = $1", "shape"),
    (f"{C} WHERE line = ?", "shape"),
    (f"{C} WHERE line = :line", "shape"),
    (f"{C} WHERE line IN ()", "shape"),
    (f"{C} UNION ALL {C}", "shape"),
    (f"{C} EXCEPT {C}", "shape"),
    ("WITH t AS (SELECT 1) SELECT COUNT(*) FROM trips", "shape"),
    ("WITH RECURSIVE t AS (SELECT 1) SELECT COUNT(*) FROM trips", "shape"),
    ("PIVOT trips ON city USING COUNT(*)", "shape"),
    ("SELECT COUNT(*) FROM trips PIVOT (COUNT(*) FOR city IN ('x'))", "shape"),
    ("DESCRIBE trips", "shape"),
    ("SUMMARIZE trips", "shape"),
    ("SHOW TABLES", "shape"),
    ("EXPLAIN ANALYZE SELECT 1", "shape"),
    ("ATTACH '/tmp/x.db'", "shape"),
    ("COPY trips TO '/tmp/x.csv'", "shape"),
    ("INSTALL httpfs", "shape"),
    ("LOAD httpfs", "shape"),
    ("SET threads = 1", "shape"),
    ("PRAGMA database_list", "shape"),
    ("CALL enable_logging(storage='file')", "shape"),
    ("CREATE TEMP TABLE x AS SELECT * FROM trips", "shape"),
    ("DROP TABLE trips", "shape"),
    ("DELETE FROM trips", "shape"),
    ("UPDATE trips SET fare = 0", "shape"),
    ("INSERT INTO trips VALUES (1)", "shape"),
    ("PREPARE p AS SELECT 1", "shape"),
    ("EXPORT DATABASE '/tmp/x'", "parse"),
    ("CREATE SECRET s (TYPE s3)", "shape"),
    # no single statement
    ("", "parse"),
    (";", "parse"),
    ("-- nothing", "parse"),
    ("SELECT", "shape"),
    ("SELECT COUNT(* FROM trips", "parse"),
    ("this is no SQL", "shape"),
    (f"{C}; {C}", "parse"),
    (f"{C}; DROP TABLE trips", "parse"),
    ("SELECT '", "parse"),
    ("(" * 40 + "1" + ")" * 40, "parse"),
    (f"{C} WHERE {'NOT ' * 3000} line = 1", "parse"),
    (f"{C} WHERE {'(' * 31}line = 1{')' * 31}", None),
    (f"{C} WHERE " + " OR ".join(["line = 1"] * 300), "shape"),
    # values
    (f"{C} WHERE line = '1'", "parameter"),
    (f"{C} WHERE line = 1.5", "parameter"),
    (f"{C} WHERE line = 99999999999999999999", "parameter"),
    (f"{C} WHERE line = 1e3", "parameter"),
    (f"{C} WHERE city = 1", "parameter"),
    (f"{C} WHERE city = '{'x' * 201}'", "parameter"),
    (f"{C} WHERE day = '2026-02-30'", "parameter"),
    (f"{C} WHERE day = 'today'", "parameter"),
    (f"{C} WHERE fare = 'NaN'", "parameter"),
    (f"{C} WHERE night = 1", "parameter"),
    (f"{C} WHERE left_at > '2026-01-01 25:00:00'", "parameter"),
    (f"{C} WHERE city = '{'x' * 17_000}'", "too_long"),
    (f"{C} -- {'福' * 6_000}", "too_long"),
]


@pytest.mark.parametrize(("sql", "code"), HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_text_is_refused_by_its_code(sql: str, code: str | None) -> None:
    if code is None:
        assert lower_sql(sql, VIEW).outputs == (COUNT,)
    else:
        assert refusal(sql) == Q + code


def test_there_are_many_hostile_texts() -> None:
    assert len(HOSTILE) > 150


def test_no_hostile_text_is_answered_or_charged(world: World) -> None:
    for sql, code in HOSTILE:
        if code is not None and len(sql) < 60_000:
            assert world.code(sql) == Q + code
    assert world.used() == 0
    acts = [leaf for leaf in world.log.leaves if b"answer.receipt" in leaf]
    assert acts == []


def test_a_function_that_the_rule_leaves_out_is_refused() -> None:
    rule = replace(VIEW.rule, functions=(Function.COUNT,))
    assert refusal("SELECT SUM(fare) FROM trips", View(rule)) == "question.function"
    assert lower_sql(C, View(rule)).outputs == (COUNT,)


def test_rows_as_units_cannot_be_counted_apart() -> None:
    rule = replace(VIEW.rule, unit=None)
    sql = "SELECT COUNT(DISTINCT rider) FROM trips"
    assert refusal(sql, View(rule)) == "question.column"


def test_columns_outside_the_grant_look_like_unknown_ones() -> None:
    view = View(VIEW.rule, frozenset({"trips.city"}))
    assert lower_sql(f"{C} WHERE city = 'x'", view).where is not None
    assert refusal(f"{C} WHERE line = 1", view) == "question.column"
    counted = lower_sql("SELECT COUNT(DISTINCT rider) FROM trips", view).outputs
    assert counted == (Aggregate(Function.COUNT_UNITS, None, "count_units"),)


def test_every_code_of_the_lowering_is_covered() -> None:
    lowered = {code for code in RefusalCode if code.value.startswith(Q)}
    elsewhere = {RefusalCode.UNAPPROVED, RefusalCode.BUDGET}
    assert {Q + code for _, code in HOSTILE if code} == {c.value for c in lowered - elsewhere}
