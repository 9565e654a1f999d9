import pickle

from ledger.errors import EntryError, LedgerError


def test_an_error_carries_a_stable_code_and_shows_its_sentence() -> None:
    error = EntryError("entry.size", "too long")
    assert (error.code, error.text, str(error)) == ("entry.size", "too long", "too long")
    assert isinstance(error, LedgerError)


def test_an_error_crosses_process_borders() -> None:
    twin = pickle.loads(pickle.dumps(EntryError("entry.size", "too long")))
    assert (type(twin), twin.code, twin.text) == (EntryError, "entry.size", "too long")
