from __future__ import annotations

from benchmarks.ledger import ACTORS, append_all, audit_whole, build_log, verify_bare

SIZE = 3 * ACTORS + 5


def test_the_measured_log_is_honest_and_every_loop_covers_it() -> None:
    log = build_log(SIZE)

    assert len(log.leaves) == len(log.checks) == SIZE
    verify_bare(log)
    audit_whole(log)
    append_all(log)


def test_the_measured_log_is_the_same_in_every_run() -> None:
    assert build_log(SIZE).checkpoint_note == build_log(SIZE).checkpoint_note
