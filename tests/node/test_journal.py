"""The journal: charged once, never beyond the limit, one owner for each place."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from exchange.node.journal import (
    BudgetError,
    Charge,
    ConflictingQuestionError,
    Ending,
    Followed,
    Journal,
    Kept,
    Progress,
    TakenError,
)

F, G = b"f" * 32, b"g" * 32


def test_a_question_is_charged_once_and_another_under_its_id_not_at_all() -> None:
    journal = Journal(None)
    journal.charge("q", F, Charge("n", 5))
    journal.charge("q", F, Charge("n", 5))
    assert journal.used("n") == 1
    with pytest.raises(ConflictingQuestionError):
        journal.charge("q", G, Charge("n", 5))
    assert journal.used("n") == 1
    assert journal.find("q") == Kept(F, 1, None, None, None, None, None)


def test_the_limit_holds_and_a_refused_charge_leaves_nothing() -> None:
    journal = Journal(None)
    journal.charge("q1", F, Charge("n", 1))
    with pytest.raises(BudgetError):
        journal.charge("q2", F, Charge("n", 1))
    assert journal.used("n") == 1
    assert journal.find("q2") is None
    journal.charge("q3", F, Charge("other", 1))
    assert journal.used("other") == 1


def test_eight_threads_never_overspend(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "j.sqlite")
    released = []

    def spend(worker: int) -> None:
        for turn in range(20):
            try:
                journal.charge(f"q-{worker}-{turn}", F, Charge("n", 50))
            except BudgetError:
                continue
            released.append((worker, turn))

    threads = [threading.Thread(target=spend, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(released), journal.used("n")) == (50, 50)
    journal.close()


def test_the_first_ending_stands() -> None:
    journal = Journal(None)
    first = journal.end("q", F, Ending("answer.receipt", {"a": 1}, {"rows": []}, b"s"))
    second = journal.end("q", F, Ending("answer.refuse", {"b": 2}))
    assert first == second == Kept(F, 0, "answer.receipt", {"a": 1}, {"rows": []}, b"s", None)
    with pytest.raises(ConflictingQuestionError):
        journal.end("q", G, Ending("answer.refuse", {}))
    journal.sign("q", "note")
    assert journal.find("q") == Kept(F, 0, "answer.receipt", {"a": 1}, {"rows": []}, b"s", "note")


def test_a_place_has_one_owner_until_it_is_let_go_or_confirmed() -> None:
    journal = Journal(None)
    journal.hold(5, "q1", 1)
    journal.hold(5, "q1", 2)
    with pytest.raises(TakenError):
        journal.hold(5, "q2", 3)
    assert journal.holder(5) == ("q1", 1)
    journal.let_go(5, "q2")
    assert journal.holder(5) == ("q1", 1)
    journal.let_go(5, "q1")
    assert journal.holder(5) is None
    journal.hold(5, "q2", 3)
    journal.follow(Progress(Followed(1, (b"h" * 32,), 9), b"r" * 32, ()), 5)
    assert journal.holder(5) is None


def test_everything_survives_closing(tmp_path: Path) -> None:
    path = tmp_path / "j.sqlite"
    journal = Journal(path)
    journal.charge("q", F, Charge("n", 5))
    progress = Progress(Followed(3, (b"a" * 32, b"b" * 32), 7), b"r" * 32, ((0, b"x"), (2, b"y")))
    journal.follow(progress, 0)
    journal.close()

    again = Journal(path)
    assert again.used("n") == 1
    assert again.followed() == progress.followed
    assert list(again.kept_leaves()) == [(0, b"x"), (2, b"y")]
    assert (again.root_at(3), again.root_at(2)) == (b"r" * 32, None)
    assert path.stat().st_mode & 0o777 == 0o600
    again.close()


def test_only_the_latest_trees_are_remembered() -> None:
    journal = Journal(None)
    for size in range(1, 1_011):
        journal.follow(Progress(Followed(size, (), size), b"r" * 32, ()), 0)
    assert journal.root_at(10) is None
    assert journal.root_at(11) == b"r" * 32
    assert journal.root_at(1_010) == b"r" * 32


def test_a_step_that_fails_leaves_no_half() -> None:
    journal = Journal(None)
    journal.follow(Progress(Followed(1, (), 1), b"r" * 32, ((0, b"x"),)), 0)
    journal.hold(1, "q", 1)
    with pytest.raises(Exception, match="UNIQUE"):
        journal.follow(Progress(Followed(2, (), 2), b"s" * 32, ((1, b"y"), (0, b"x"))), 1)
    assert journal.followed() == Followed(1, (), 1)
    assert journal.holder(1) == ("q", 1)
    assert list(journal.kept_leaves()) == [(0, b"x")]
