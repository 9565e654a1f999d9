from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ledger.audit import AuditState, Fault, Report, audit
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.merkle import EMPTY_ROOT, root
from ledger.note import sign_note
from ledger.signing import Ed25519Signer

GrownLog = Callable[[int, int], Any]


def run(log: Any, leaves: list[bytes] | None = None, **options: Any) -> Report:
    arguments: dict[str, Any] = {
        "origin": log.origin,
        "log_verifier": log.verifier,
        "checkpoint_note": log.checkpoint(),
    } | options
    return audit(log.leaves if leaves is None else leaves, **arguments)


def pairs(report: Report) -> list[tuple[int | None, str]]:
    return [(fault.index, fault.rule) for fault in report.faults]


@pytest.mark.parametrize("number", range(120))
def test_honest_logs_of_any_shape_have_no_fault(grown_log: GrownLog, number: int) -> None:
    log = grown_log(number, number)
    report = run(log)
    assert (report.faults, report.ok, report.first_index) == ((), True, None)
    assert (report.size, report.root) == (len(log.leaves), root(log.hashes))


def test_an_empty_log_is_sound(new_log: Callable[[], Any]) -> None:
    report = run(new_log())
    assert (report.size, report.root, report.ok) == (0, EMPTY_ROOT, True)


def test_every_changed_byte_is_blamed_on_its_entry(grown_log: GrownLog) -> None:
    log = grown_log(11, 13)
    checkpoint = log.checkpoint()
    for index, leaf in enumerate(log.leaves):
        for place in range(len(leaf)):
            byte = leaf[place] ^ (1 << (place + index) % 8)
            altered = leaf[:place] + bytes([byte]) + leaf[place + 1 :]
            leaves = [*log.leaves[:index], altered, *log.leaves[index + 1 :]]
            report = run(log, leaves, checkpoint_note=checkpoint)
            assert report.first_index == index, (index, place, report.faults)
            assert report.root != root(log.hashes)


@pytest.mark.parametrize("cut", [1, 2, 20, 39, 40])
def test_an_audit_goes_on_from_an_earlier_one(grown_log: GrownLog, cut: int) -> None:
    log = grown_log(3, 40)
    first = run(log, log.leaves[:cut], checkpoint_note=log.checkpoint(cut))
    second = run(log, log.leaves[cut:], previous=first.state)
    assert (first.ok, second.ok) == (True, True)
    assert (second.size, second.root) == (40, root(log.hashes))
    assert second.state.keyring.records == run(log).state.keyring.records


def test_an_earlier_state_is_not_changed_by_going_on(grown_log: GrownLog) -> None:
    log = grown_log(3, 40)
    first = run(log, log.leaves[:25], checkpoint_note=log.checkpoint(25))
    for _ in range(2):
        assert run(log, log.leaves[25:], previous=first.state).ok
    assert (first.state.history.size, first.state.checkpoint_size) == (25, 25)


def test_going_on_names_places_in_the_whole_log(grown_log: GrownLog) -> None:
    log = grown_log(3, 40)
    state = run(log, log.leaves[:25], checkpoint_note=log.checkpoint(25)).state
    wrong = log.leaves[25:]
    wrong[5] = wrong[5].replace(b'{"', b'{ "')
    assert pairs(run(log, wrong, previous=state)) == [(30, "canonical.form")]


def test_going_on_from_another_history_is_named(grown_log: GrownLog) -> None:
    log, other = grown_log(3, 40), grown_log(4, 40)
    state = run(other, other.leaves[:25], checkpoint_note=other.checkpoint(25)).state
    faults = pairs(run(log, log.leaves[25:], previous=state))
    assert faults[0] == (25, "entry.chain")
    assert faults[-1] == (None, "checkpoint.root")


def test_a_log_that_rewrote_what_was_audited_is_named(grown_log: GrownLog) -> None:
    """Nothing was added, but the log now signs another root for the same size."""
    log, other = grown_log(3, 40), grown_log(4, 40)
    state = run(log).state
    assert pairs(run(log, [], previous=state, checkpoint_note=other.checkpoint())) == [
        (None, "checkpoint.root")
    ]


def test_an_older_checkpoint_than_the_audited_one_is_named(grown_log: GrownLog) -> None:
    log = grown_log(3, 40)
    state = run(log).state
    assert run(log, [], previous=state).ok
    older = run(log, [], previous=state, checkpoint_note=log.checkpoint(39))
    assert pairs(older) == [(None, "checkpoint.regress")]


def test_a_checkpoint_may_cover_less_than_was_given(grown_log: GrownLog) -> None:
    log = grown_log(3, 40)
    report = run(log, checkpoint_note=log.checkpoint(30))
    assert (report.ok, report.size, report.state.checkpoint_size) == (True, 40, 30)


def test_without_a_checkpoint_the_chain_is_still_checked(grown_log: GrownLog) -> None:
    log = grown_log(3, 40)
    assert run(log, checkpoint_note=None).ok
    assert run(log, log.leaves[:39], checkpoint_note=None).ok
    assert run(log, log.leaves[1:], checkpoint_note=None).first_index == 0


STRANGER = Ed25519Signer("demo.fdx.example/ledger", b"s" * 32)


@pytest.mark.parametrize(
    ("forge", "faults"),
    [
        (
            lambda log: log.checkpoint(30).replace("\n30\n", "\n31\n"),
            [(None, "checkpoint.signature")],
        ),
        (
            lambda log: sign_checkpoint(Checkpoint(log.origin, 40, root(log.hashes)), STRANGER),
            [(None, "checkpoint.signature")],
        ),
        (lambda _: "junk", [(None, "checkpoint.signature")]),
        (
            lambda log: sign_note(f"{log.origin}\n40\njunk\n", log.log),
            [(None, "checkpoint.format")],
        ),
        (
            lambda log: sign_checkpoint(Checkpoint(log.origin, 40, bytes(32)), log.log),
            [(39, "checkpoint.root")],
        ),
        (
            lambda log: sign_checkpoint(Checkpoint(log.origin, 30, bytes(32)), log.log),
            [(None, "checkpoint.root")],
        ),
        (
            lambda log: sign_checkpoint(Checkpoint(log.origin, 41, bytes(32)), log.log),
            [(40, "log.truncated")],
        ),
    ],
)
def test_false_checkpoints_are_named(
    grown_log: GrownLog, forge: Callable[[Any], str], faults: list[tuple[int | None, str]]
) -> None:
    log = grown_log(3, 40)
    assert pairs(run(log, checkpoint_note=forge(log))) == faults


def test_a_checkpoint_of_another_log_is_named(grown_log: GrownLog) -> None:
    log = grown_log(3, 2)
    other = Ed25519Signer("other.example/ledger", b"o" * 32)
    note = sign_checkpoint(Checkpoint(other.name, 2, root(log.hashes)), other)
    report = run(log, checkpoint_note=note, log_verifier=other.verifier())
    assert pairs(report) == [(None, "checkpoint.origin")]
    assert report.first_index is None


def test_entries_of_another_log_are_named(grown_log: GrownLog) -> None:
    log = grown_log(3, 2)
    report = run(log, origin="other.example/ledger", checkpoint_note=None)
    assert pairs(report) == [(0, "key.origin"), (1, "key.origin")]


def test_progress_is_told_now_and_then_and_at_the_end(new_log: Callable[[], Any]) -> None:
    log = new_log()
    log.register("a")
    leaves = [log.leaves[0]] * 2500
    told: list[int] = []
    run(log, leaves, progress=told.append)
    assert told == [1024, 2048, 2500]
    told.clear()
    run(log, [], progress=told.append)
    assert told == []


def test_leaves_are_read_one_by_one(grown_log: GrownLog) -> None:
    log = grown_log(3, 40)
    read: list[int] = []

    def leaves() -> Iterator[bytes]:
        for index, leaf in enumerate(log.leaves):
            read.append(index)
            yield leaf

    told: list[int] = []
    report = audit(
        leaves(),
        origin=log.origin,
        log_verifier=log.verifier,
        checkpoint_note=log.checkpoint(),
        progress=lambda done: told.append(len(read) - done),
    )
    assert (report.ok, told) == (True, [0])


def test_a_fault_is_a_plain_value() -> None:
    assert Fault(1, "a", "b") == Fault(1, "a", "b")
    assert AuditState.fresh("a.example").history.size == 0
