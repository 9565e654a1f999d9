"""Every class of tampering that shows offline: named by rule and place, and nothing else named."""

from collections.abc import Callable
from typing import Any

import pytest

from ledger.act import MAX_ACT_BYTES, Act, Pin, sign_act
from ledger.audit import audit
from ledger.encoding import b64
from ledger.entry import parse_entry
from ledger.merkle import root
from ledger.note import Note, Signature, format_note, sign_note
from ledger.signing import Ed25519Signer

Named = list[tuple[int | None, str]]


def named(log: Any, leaves: list[bytes] | None = None, checkpoint: str | None = None) -> Named:
    """Audit a log, or other leaves under its checkpoint, and return place and rule of each fault."""
    report = audit(
        log.leaves if leaves is None else leaves,
        origin=log.origin,
        log_verifier=log.verifier,
        checkpoint_note=log.checkpoint() if checkpoint is None else checkpoint,
    )
    assert report.ok == (not report.faults)
    return [(fault.index, fault.rule) for fault in report.faults]


def note_at(log: Any, index: int) -> str:
    return parse_entry(log.leaves[index]).act_note


def changed(log: Any, index: int, old: str, new: str) -> list[bytes]:
    leaf = log.leaves[index].decode()
    assert old in leaf
    return [*log.leaves[:index], leaf.replace(old, new, 1).encode(), *log.leaves[index + 1 :]]


@pytest.fixture
def log(new_log: Callable[[], Any]) -> Any:
    """0 and 1: a and b join. 2 to 9: they act in turn; from 6 on they have seen the first four."""
    log = new_log()
    for actor in "ab":
        log.register(actor)
    for index in range(2, 10):
        if index == 6:
            log.pin = Pin(4, root(log.hashes[:4]))
        log.do("ab"[index % 2], body={"n": index})
    return log


def rechained(new_log: Callable[[], Any], notes: list[str]) -> Any:
    """The same notes as a lying operator would log them: header, tree and checkpoint made anew."""
    liar = new_log()
    for note in notes:
        liar.append_note(note)
    return liar


def test_the_honest_log_has_no_fault(log: Any) -> None:
    assert named(log) == []


# -- changed bytes --------------------------------------------------------------------------


@pytest.mark.parametrize("index", range(2, 9))
def test_a_changed_act(log: Any, index: int) -> None:
    assert named(log, changed(log, index, '"n":', '"m":')) == [(index, "key.signature")]


def test_a_changed_last_act(log: Any) -> None:
    assert named(log, changed(log, 9, '"n":', '"m":')) == [
        (9, "key.signature"),
        (None, "checkpoint.root"),
    ]


@pytest.mark.parametrize("index", range(9))
def test_a_changed_time(log: Any, index: int) -> None:
    time = 1_700_000_000_000 + 7 * index
    assert named(log, changed(log, index, str(time), str(time + 1))) == [(index, "entry.altered")]


def test_a_changed_time_that_overtakes_what_follows_is_blamed_alone(log: Any) -> None:
    assert named(log, changed(log, 4, " 17", " 18")) == [(4, "entry.altered")]


def test_a_changed_time_of_the_last_entry(log: Any) -> None:
    assert named(log, changed(log, 9, "0063 ", "0064 ")) == [(9, "checkpoint.root")]


def test_a_time_set_back(log: Any) -> None:
    assert named(log, changed(log, 4, " 17", " 16")) == [(4, "entry.time")]


@pytest.mark.parametrize("index", range(1, 10))
def test_a_changed_link(log: Any, index: int) -> None:
    previous = b64(log.hashes[index - 1])
    leaves = changed(log, index, previous, b64(bytes(32)))
    expected: Named = [(index, "entry.chain")]
    assert named(log, leaves) == expected + ([(None, "checkpoint.root")] if index == 9 else [])


@pytest.mark.parametrize("index", range(1, 9))
def test_a_changed_number(log: Any, index: int) -> None:
    leaves = changed(log, index, f"v1 {index} ", "v1 77 ")
    assert named(log, leaves) == [(index, "entry.index")]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("fdx-entry/v1", "fdx-entry/v2", "entry.format"),
        ("v1 4", "v1 04", "entry.format"),
        ("fdx-act/v1", "fdx-act/v2", "act.format"),
        ("demo.fdx.example/ledger", "demo.fdx.example/other", "key.origin"),
        ("order.place", "order.cancel", "key.signature"),
        ('{"n"', '{ "n"', "canonical.form"),
        ("— a.", "— b.", "key.unknown"),
        ("— a.", "—  a.", "note.line"),
        ("\n\n", "\n", "note.form"),
    ],
)
def test_a_changed_form(log: Any, old: str, new: str, rule: str) -> None:
    assert named(log, changed(log, 4, old, new)) == [(4, rule)]


def test_bytes_that_are_no_text(log: Any) -> None:
    leaves = [*log.leaves[:4], log.leaves[4][:-2] + b"\xff\n", *log.leaves[5:]]
    assert named(log, leaves) == [(4, "entry.utf8")]


def test_a_changed_registration_leaves_the_actor_without_key(log: Any) -> None:
    faults = named(log, changed(log, 1, "b 1 key", "c 1 key"))
    assert (
        faults
        == [(1, "key.signature")]
        + [(n, "key.unknown") for n in (3, 5, 7)]
        + [
            (9, "key.unknown"),
            (None, "checkpoint.root"),
        ][:1]
    )


# -- entries missing, moved, repeated -------------------------------------------------------


def test_a_deleted_entry(log: Any) -> None:
    leaves = log.leaves[:4] + log.leaves[5:]
    assert named(log, leaves) == [(4, "entry.index"), (5, "actor.gap"), (9, "log.truncated")]


def test_a_deleted_first_entry(log: Any) -> None:
    faults = named(log, log.leaves[1:])
    assert faults[0] == (0, "entry.index")
    assert faults[-1] == (9, "log.truncated")


def test_a_cut_tail(log: Any) -> None:
    assert named(log, log.leaves[:7]) == [(7, "log.truncated")]
    assert named(log, []) == [(0, "log.truncated")]


def test_two_neighbours_exchanged(log: Any) -> None:
    leaves = [*log.leaves[:4], log.leaves[5], log.leaves[4], *log.leaves[6:]]
    assert named(log, leaves)[0] == (4, "entry.index")


def test_an_entry_given_twice(log: Any) -> None:
    leaves = [*log.leaves[:5], log.leaves[4], *log.leaves[5:]]
    faults = named(log, leaves)
    assert faults[:2] == [(5, "entry.index"), (5, "actor.replay")]


def test_an_act_dropped_and_everything_after_it_chained_anew(
    log: Any, new_log: Callable[[], Any]
) -> None:
    """The actor's own count tells, whatever the operator signs."""
    notes = [note_at(log, n) for n in range(10) if n != 4]
    assert named(rechained(new_log, notes))[0] == (5, "actor.gap")


def test_two_actors_acts_reordered_and_chained_anew(log: Any, new_log: Callable[[], Any]) -> None:
    """The acts after them name leaf hashes that are no more."""
    order = [0, 1, 2, 3, 5, 4, 6, 7, 8, 9]
    liar = rechained(new_log, [note_at(log, n) for n in order])
    assert named(liar) == [(index, "actor.prev") for index in range(6, 10)]


def test_an_act_logged_again(log: Any) -> None:
    log.append_note(note_at(log, 4))
    log.do("a")
    assert named(log) == [(10, "actor.replay")]


def test_a_registration_logged_again(log: Any) -> None:
    log.append_note(note_at(log, 0))
    log.do("b")
    assert named(log) == [(10, "actor.replay")]


def test_a_revocation_logged_again(log: Any) -> None:
    at = log.do("b", "key.revoke", {"key": "k1"})
    log.append_note(note_at(log, at))
    assert named(log) == [(11, "actor.replay")]


def test_two_different_acts_of_one_number(log: Any) -> None:
    fork = log.act("a", "order.place", {"n": 99})
    log.do("a")
    log.append_note(sign_act(fork, log.signer("a")))
    assert named(log) == [(11, "actor.replay")]


def test_an_act_that_leaves_out_another(log: Any) -> None:
    seq, head = log.heads["a"]
    log.append_note(sign_act(log.act("a", "order.place", {}, seq=seq + 3), log.signer("a")))
    assert named(log) == [(10, "actor.gap")]
    assert head == log.hashes[8]


def test_an_act_that_follows_another_history_of_its_actor(log: Any) -> None:
    act = log.act("a", "order.place", {}, prev=log.hashes[9])
    log.append_note(sign_act(act, log.signer("a")))
    assert named(log) == [(10, "actor.prev")]


# -- acts that nobody signed so --------------------------------------------------------------


def test_an_act_that_the_operator_made_up(log: Any) -> None:
    forger = Ed25519Signer(log.signer("a").name, b"f" * 32)
    log.append_note(sign_act(log.act("a", "order.place", {}), forger))
    log.do("a")
    assert named(log) == [(10, "key.signature")]


def test_an_act_of_an_actor_who_never_joined(log: Any) -> None:
    log.do("c")
    assert named(log) == [(10, "key.unknown")]


def test_an_act_from_another_log(log: Any, new_log: Callable[[], Any]) -> None:
    other = new_log()
    other.origin = "demo.fdx.example/other"
    act = Act(other.origin, "a", 6, "order.place", log.hashes[8])
    log.append_note(sign_act(act, log.signer("a")))
    assert named(log) == [(10, "key.origin")]


def test_a_forged_key_id(log: Any) -> None:
    act = log.act("a", "order.place", {})
    signer = log.signer("a")
    line = Signature(signer.name, signer.key_id, log.signer("b").sign(act.text().encode()))
    log.append_note(format_note(Note(act.text(), (line,))))
    assert named(log) == [(10, "key.signature")]


def test_a_second_key_put_under_an_actor(log: Any) -> None:
    forger = Ed25519Signer(log.signer("a").name, b"f" * 32)
    body = {"key": "k1", "public_key": b64(forger.public_key)}
    act = log.act("a", "key.register", body, seq=1, prev=None)
    log.append_note(sign_act(act, forger))
    assert named(log) == [(10, "key.actor")]


def test_a_key_registered_twice(log: Any) -> None:
    log.signers["c.demo.fdx.example/k1"] = Ed25519Signer("c.demo.fdx.example/k1", b"x" * 32)
    log.signers["d.demo.fdx.example/k1"] = Ed25519Signer("d.demo.fdx.example/k1", b"x" * 32)
    log.register("c")
    log.register("d")
    assert named(log) == [(11, "key.used")]


def test_a_weak_key(log: Any) -> None:
    weak = b"\1" + bytes(31)
    act = log.act("c", "key.register", {"key": "k1", "public_key": b64(weak)})
    line = Signature("c.demo.fdx.example/k1", bytes(4), weak + bytes(32))
    log.append_note(format_note(Note(act.text(), (line,))))
    assert named(log) == [(10, "key.weak")]


def test_an_act_under_a_revoked_key(log: Any) -> None:
    log.do("b", "key.revoke", {"key": "k1"})
    log.do("b")
    assert named(log) == [(11, "key.revoked")]


def test_an_act_before_its_key_was_registered(log: Any, new_log: Callable[[], Any]) -> None:
    early = new_log()
    early.append_note(note_at(log, 2))
    early.append_note(note_at(log, 0))
    assert named(early)[0] == (0, "key.unknown")


def test_a_second_signature(log: Any) -> None:
    act = log.act("a", "order.place", {})
    log.append_note(sign_note(act.text(), log.signer("a"), log.signer("b")))
    assert named(log) == [(10, "key.signatures")]


# -- validly signed, and still wrong ---------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ('{"n":1,"n":1}', "canonical.form"),
        ('{"n":1,"n":2}', "canonical.form"),
        ('{"n":1.5}', "canonical.type"),
        ('{"z":1,"a":2}', "canonical.form"),
        ("[1]", "act.body"),
        ('{"n":1', "canonical.json"),
    ],
)
def test_an_ambiguous_body(log: Any, body: str, rule: str) -> None:
    text = log.act("a", "order.place", {}).text().replace("{}", body)
    log.append_note(sign_note(text, log.signer("a")))
    assert named(log) == [(10, rule)]


def test_an_act_above_the_limit(log: Any) -> None:
    text = log.act("a", "order.place", {"n": "x" * MAX_ACT_BYTES}).text()
    log.append_note(sign_note(text, log.signer("a")))
    assert named(log) == [(10, "act.size")]


def test_a_time_before_the_entry_before(log: Any) -> None:
    log.now_ms -= 1000
    log.do("a")
    log.do("b")
    assert named(log) == [(10, "entry.time")]


def test_a_wrong_link_that_the_log_itself_made(log: Any) -> None:
    note = sign_act(log.act("a", "order.place", {}), log.signer("a"))
    log.append_note(note, "a", previous=bytes(32))
    log.do("b")
    faults = named(log)
    assert faults[0] == (9, "entry.altered")


def test_a_wrong_number_that_the_log_itself_made(log: Any) -> None:
    note = sign_act(log.act("a", "order.place", {}), log.signer("a"))
    log.append_note(note, "a", index=12)
    log.do("b")
    assert named(log) == [(10, "entry.index")]


# -- what participants have seen ------------------------------------------------------------


def test_a_pin_of_a_history_that_is_not_ours(log: Any) -> None:
    log.pin = Pin(6, bytes(32))
    log.do("a")
    log.do("b")
    assert named(log) == [(10, "seen.root")]


def test_a_pin_beyond_the_act_itself(log: Any) -> None:
    log.pin = Pin(11, bytes(32))
    log.do("a")
    assert named(log) == [(10, "seen.size")]


def test_a_pin_that_only_its_signer_made_up_does_not_hide_a_later_one(log: Any) -> None:
    for pin in (Pin(4, bytes(32)), Pin(7, root(log.hashes[:7])), Pin(8, bytes(32))):
        log.pin = pin
        log.do("a")
    assert named(log) == [(10, "seen.root"), (12, "seen.root")]


def test_pins_that_follow_from_the_first_disagreement_are_not_named_again(log: Any) -> None:
    for pin in (Pin(6, bytes(32)), Pin(9, bytes(32)), Pin(5, bytes(32))):
        log.pin = pin
        log.do("a")
    assert named(log) == [(10, "seen.root"), (12, "seen.root")]


def test_a_history_made_anew_convicts_itself_by_a_pin(new_log: Callable[[], Any]) -> None:
    """Actor b saw entry 1; the log then put another act of a in its place."""
    log, liar = new_log(), new_log()
    for each, n in ((log, 1), (liar, 2)):
        each.register("a")
        each.do("a", body={"n": n})
    log.see()
    liar.pin = log.pin
    liar.register("b")
    assert named(liar) == [(2, "seen.root")]


# -- several faults --------------------------------------------------------------------------


def test_the_walk_goes_on_after_a_fault(log: Any) -> None:
    leaves = changed(log, 2, '"n":', '"m":')
    leaves[5] = changed(log, 5, "order.place", "order.plaze")[5]
    leaves[8] = changed(log, 8, "0056 ", "0057 ")[8]
    assert named(log, leaves) == [
        (2, "key.signature"),
        (5, "key.signature"),
        (8, "entry.altered"),
    ]


def test_without_a_checkpoint_a_broken_last_link_is_blamed_on_the_entry_before(log: Any) -> None:
    leaves = changed(log, 9, b64(log.hashes[8]), b64(bytes(32)))
    report = audit(leaves, origin=log.origin, log_verifier=log.verifier, checkpoint_note=None)
    assert [(f.index, f.rule) for f in report.faults] == [(8, "entry.altered")]


def test_the_checkpoint_decides_who_broke_the_last_link(log: Any) -> None:
    assert named(log, changed(log, 8, "0056 ", "0057 ")) == [(8, "entry.altered")]
    older = log.checkpoint(9)
    assert named(log, changed(log, 8, "0056 ", "0057 "), older) == [(8, "entry.altered")]
    leaves = changed(log, 9, b64(log.hashes[8]), b64(bytes(32)))
    assert named(log, leaves, older) == [(9, "entry.chain")]
    assert named(log, leaves, log.checkpoint(5)) == [(8, "entry.altered")]


def test_a_malformed_entry_cannot_speak_for_the_one_before_it(log: Any) -> None:
    leaves = changed(log, 4, "0028 ", "0029 ")
    leaves[6] = b"junk"
    assert named(log, leaves) == [(4, "entry.altered"), (6, "entry.format")]


def test_two_malformed_neighbours(log: Any) -> None:
    leaves = [*log.leaves[:4], b"junk", b"junk", *log.leaves[6:]]
    faults = named(log, leaves)
    assert faults[:2] == [(4, "entry.format"), (5, "entry.format")]
    assert {index for index, _ in faults} <= {4, 5, 6, 7, None}
