"""The words of the pages: Chinese is the source, English stands beside it in one place."""

from typing import Literal

from exchange.web.words.about import ABOUT
from exchange.web.words.dealing import DEALING
from exchange.web.words.desks import DESKS
from exchange.web.words.public import PUBLIC
from exchange.web.words.terms import TERMS

_TABLES = (PUBLIC, ABOUT, DESKS, DEALING)

#: Every text of the pages: Chinese → English.
ENGLISH: dict[str, str] = {zh: en for table in _TABLES for zh, en in table.items()}
assert len(ENGLISH) == sum(len(table) for table in _TABLES), "one text stands in two tables"


def english(chinese: str) -> str:
    """Return the English of a page's text; the text itself where there is none."""
    return ENGLISH.get(chinese, chinese)


def term_of(code: str, language: Literal["zh", "en"]) -> str:
    """Return the word for a code; the code itself where there is none."""
    found = TERMS.get(code)
    return code if found is None else found[language == "en"]
