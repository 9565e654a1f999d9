"""`fdx ledger verify` and `fdx audit` on an exchange's folder, and over HTTP from what is public."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from click.testing import CliRunner, Result

from exchange.actors import Role
from exchange.acts.ledger_tables import LedgerEntry
from exchange.acts.sealing import Custody
from exchange.bootstrap import open_exchange
from exchange.cli.main import main
from exchange.context import Acting
from exchange.errors import UnavailableError
from exchange.market.rules import Needs
from exchange.market.service import PostRequest, post_request
from exchange.parties.service import Admit, Join, admit, join
from exchange.settings import Settings
from ledger.signing import public_key_of
from ledger.tiles import TILE_WIDTH, encode_entry_bundle, entries_path


def give_up() -> None:
    raise AssertionError("the store failed")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make an exchange with a few acts, as `fdx serve` would leave it behind."""
    settings = Settings.from_environment({"FDX_DATA": str(tmp_path / "exchange")})
    running = open_exchange(settings, give_up)
    for number in range(1, 6):
        seed = bytes([number]) * 32
        wish = Join(f"公司 {number}", (Role.BUYER,), public_key_of(seed), custody=True)
        running.exchange.perform(Acting(f"p-{number}", Custody("k1", seed)), join, wish)
        running.exchange.operate(admit, Admit(f"p-{number}", (Role.BUYER,)))
    buyer = Acting("p-1", Custody("k1", bytes([1]) * 32))
    until = running.exchange.clock.now() + timedelta(days=9)
    needs = Needs(("delay",), 500_000, 1_000, 5, 30)
    wanted = PostRequest("航班延误", "说明", "transport", needs, until)
    running.exchange.perform(buyer, post_request, wanted)
    running.close()
    return settings.data


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def change(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "exchange.db")) as connection, connection:
        assert connection.execute(statement).rowcount == 1


def test_an_honest_exchange_is_in_order(folder: Path) -> None:
    for command in (("ledger", "verify", str(folder)), ("audit", str(folder))):
        told = run(*command, "--json")
        assert told.exit_code == 0, told.output
        assert json.loads(told.stdout)["ok"] is True
        assert json.loads(told.stdout)["size"] == 13
        assert run(*command).exit_code == 0


def test_the_exchange_reopens_where_it_stopped(folder: Path) -> None:
    before = (folder / "last-signed").read_text("utf-8")
    running = open_exchange(Settings.from_environment({"FDX_DATA": str(folder)}), give_up)
    running.close()
    assert (folder / "last-signed").read_text("utf-8") == before
    assert (folder / "log.key").stat().st_mode & 0o077 == 0


def test_on_sqlite_one_process_runs_an_exchange(folder: Path) -> None:
    settings = Settings.from_environment({"FDX_DATA": str(folder)})
    running = open_exchange(settings, give_up)
    with pytest.raises(UnavailableError) as refusal:
        open_exchange(settings, give_up)
    assert refusal.value.code == "exchange.running"
    told = CliRunner().invoke(main, ["serve", "--data", str(folder)])
    assert (told.exit_code, "another process" in told.output) == (1, True)
    running.close()


def test_one_changed_byte_of_a_leaf_is_named_by_both(folder: Path) -> None:
    change(
        folder,
        "UPDATE ledger_entry SET leaf = CAST(replace(CAST(leaf AS TEXT), '公司 3', '公司 4') "
        "AS BLOB) WHERE id = 6",
    )
    verified = run("ledger", "verify", str(folder), "--json")
    assert (verified.exit_code, json.loads(verified.stdout)["first_index"]) == (1, 6)
    audited = run("audit", str(folder), "--json")
    assert audited.exit_code == 1
    assert json.loads(audited.stdout)["faults"][0]["index"] == 6
    assert "entry 6" in run("audit", str(folder)).stdout


@pytest.mark.parametrize(
    ("statement", "table", "key"),
    [
        ("UPDATE participant SET roles = '[\"operator\"]' WHERE id = 'p-2'", "participant", "p-2"),
        ("DELETE FROM participant_key WHERE id = 'p-3/k1'", "participant_key", "p-3/k1"),
        ("UPDATE ledger_entry SET kind = 'party.suspend' WHERE id = 5", "ledger_entry", "5"),
        ("UPDATE ledger_head SET size = 11", "ledger_head", "1"),
        ("UPDATE ledger_head SET received_ms = 1", "ledger_head", "1"),
        ("UPDATE ledger_tile SET hashes = zeroblob(384)", "ledger_tile", "0/0"),
        ("DELETE FROM actor_head WHERE id = 'p-4'", "actor_head", "p-4"),
        ("UPDATE ledger_checkpoint SET note = 'x' WHERE id = 3", "ledger_checkpoint", "3"),
        ("DELETE FROM payload", "payload", "text"),
        ("UPDATE payload SET text = 'other'", "payload", "text"),
        ("INSERT INTO payload (id, salt, text) VALUES ('x', zeroblob(16), 'y')", "payload", "x"),
        # Cells of which no row can be made.
        ("UPDATE participant SET state = 'nonsense' WHERE id = 'p-2'", "participant", "p-2"),
        ("UPDATE participant SET roles = '{not json' WHERE id = 'p-2'", "participant", "p-2"),
        ("UPDATE participant SET entry = 'five' WHERE id = 'p-2'", "participant", "p-2"),
        ("UPDATE participant_key SET custody = 2 WHERE id = 'p-2/k1'", "participant_key", "p-2/k1"),
        ("UPDATE request SET funnel = x'00' WHERE buyer = 'p-1'", "request", "request"),
        # Text that is no UTF-8.
        (
            "UPDATE participant SET state = CAST(x'e16a' AS TEXT) WHERE id = 'p-2'",
            "participant",
            "p-2",
        ),
        ("UPDATE payload SET text = CAST(x'ff41' AS TEXT)", "payload", "text"),
        (
            "UPDATE ledger_checkpoint SET note = CAST(x'ff' AS TEXT) WHERE id = 3",
            "ledger_checkpoint",
            "3",
        ),
    ],
)
def test_a_changed_row_is_named_by_the_audit(
    folder: Path, statement: str, table: str, key: str
) -> None:
    change(folder, statement)
    told = run("audit", str(folder), "--json")
    assert told.exit_code == 1
    named = [(f["table"], f["key"]) for f in json.loads(told.stdout)["findings"]]
    # Keys that are drawn anew in each run are named by their table here.
    assert (table, key) in named or (key in {"text", "request"} and table in dict(named))


def test_a_leaf_that_is_no_bytes_is_named(folder: Path) -> None:
    change(folder, "UPDATE ledger_entry SET leaf = CAST(x'ff' AS TEXT) WHERE id = 4")
    for command in (("ledger", "verify"), ("audit",)):
        told = run(*command, str(folder))
        assert told.exit_code == 1
        assert "entry 4" in told.stdout


def test_what_no_checkpoint_covers_is_counted(folder: Path) -> None:
    (folder / "last-signed").unlink()
    told = run("ledger", "verify", str(folder), "--json")
    assert (told.exit_code, json.loads(told.stdout)["uncovered"]) == (0, 1)
    with closing(sqlite3.connect(folder / "exchange.db")) as connection, connection:
        connection.execute("DELETE FROM ledger_checkpoint")
    assert run("audit", str(folder)).exit_code == 1
    told = run("ledger", "verify", str(folder))
    assert told.exit_code == 1
    assert "13 entries are covered by no signed checkpoint" in told.stdout


def test_a_cut_tail_is_noticed(folder: Path) -> None:
    change(folder, "DELETE FROM ledger_entry WHERE id = 12")
    told = run("ledger", "verify", str(folder), "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["faults"]


@pytest.mark.parametrize("where", ["nowhere", "http://127.0.0.1:1/ledger"])
def test_what_cannot_be_read_ends_with_two_and_says_what_to_do(where: str) -> None:
    told = run("ledger", "verify", where)
    assert told.exit_code == 2
    assert "--log-key" in told.stderr


def test_what_is_no_database_cannot_be_audited(folder: Path) -> None:
    (folder / "log.vkey").write_bytes(b"\xff")
    assert run("audit", str(folder)).exit_code == 2
    for name in ("exchange.db", "exchange.db-wal", "exchange.db-shm"):
        (folder / name).unlink(missing_ok=True)
    (folder / "exchange.db").write_bytes(b"no database at all, but long enough to look at" * 50)
    assert run("audit", str(folder)).exit_code == 2


def test_an_empty_folder_is_no_exchange(tmp_path: Path) -> None:
    told = run("audit", str(tmp_path))
    assert told.exit_code == 2
    assert "no exchange" in told.stderr


@pytest.fixture
def mirror(folder: Path) -> Iterator[str]:
    """Serve the public files from plain bytes, as any mirror could."""
    with closing(sqlite3.connect(folder / "exchange.db")) as connection:
        name = LedgerEntry.table().name
        leaves = [row[0] for row in connection.execute(f"SELECT leaf FROM {name} ORDER BY id")]
    assert len(leaves) < TILE_WIDTH
    files = {
        "/ledger/checkpoint": (folder / "last-signed").read_bytes(),
        f"/ledger/{entries_path(0, len(leaves))}": encode_entry_bundle(leaves),
    }

    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            assert format
            assert args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Files)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ledger"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_url_is_verified_with_a_pinned_key(folder: Path, mirror: str) -> None:
    key = (folder / "log.vkey").read_text("utf-8").strip()
    told = run("ledger", "verify", mirror, "--log-key", key, "--json")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["size"] == 13


def test_a_url_without_or_with_another_key_is_not_believed(mirror: str) -> None:
    assert run("ledger", "verify", mirror).exit_code == 2
    other = "demo.fdx.example/ledger+00000000+AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    assert run("ledger", "verify", mirror, "--log-key", other).exit_code == 2
