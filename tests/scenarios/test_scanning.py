"""The search itself: what it must find however it is packed, and what it must not take for it."""

from __future__ import annotations

import base64
import gzip
import html
import json
import zlib
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from tests.scenarios.scanning import Finding, Needles, Scanner

NAME = "Zq0123456789abKj"
BIRDS = "鸢鸾鹈鹕鹗鹘鹚鹛鹞鹣鹦鹧"
ROW = ("EWR", "2013", "17.99", "N14228", "2013-01-01 05:00:00")
NEEDLES = Needles({"name": NAME, "birds": BIRDS}, {"row": ROW})
SCANNER = Scanner(NEEDLES)

PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "lower case": bytes.lower,
    "upper case": bytes.upper,
    "base64": base64.b64encode,
    "base64 for addresses": base64.urlsafe_b64encode,
    "base64 without padding": lambda data: base64.b64encode(data).rstrip(b"="),
    "base64 in lines": base64.encodebytes,
    "base64 in lines in JSON": lambda data: json.dumps(base64.encodebytes(data).decode()).encode(),
    "hex": lambda data: data.hex().encode(),
    "HEX": lambda data: data.hex().upper().encode(),
    "percent": lambda data: "".join(f"%{byte:02x}" for byte in data).encode(),
    "Python's bytes": lambda data: "".join(f"\\x{byte:02x}" for byte in data).encode(),
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "zlib at its worst": lambda data: zlib.compress(data, 0),
    "gzip in base64": lambda data: base64.b64encode(gzip.compress(data)),
    "zlib in hex": lambda data: zlib.compress(data).hex().encode(),
    "base64 in gzip in base64": lambda data: base64.b64encode(
        gzip.compress(base64.b64encode(data))
    ),
}
SPELLINGS: dict[str, Callable[[str], bytes]] = {
    "UTF-8": str.encode,
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, big end first": lambda text: text.encode("utf-16-be"),
    "JSON": lambda text: json.dumps(text).encode(),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)).encode(),
    "all escaped": lambda text: "".join(f"\\u{ord(each):04X}" for each in text).encode(),
    "address": lambda text: quote(text, safe="").encode(),
    "form": lambda text: quote_plus(text).encode(),
    "entities": lambda text: "".join(f"&#{ord(each)};" for each in text).encode(),
    "hex entities": lambda text: "".join(f"&#x{ord(each):x};" for each in text).encode(),
}
ROWS = {
    "CSV": ",".join(ROW),
    "CSV with quotes": ", ".join(f'"{cell}"' for cell in ROW),
    "semicolons": ";".join(ROW),
    "tabs": "\t".join(ROW),
    "lines": "\n".join(ROW),
    "bars": " | ".join(ROW),
    "JSON": json.dumps(ROW),
    "JSON, numbers bare": '["EWR",2013,17.99,"N14228","2013-01-01 05:00:00"]',
    "Python's tuple": str(("EWR", 2013, 17.99, "N14228", "2013-01-01 05:00:00")),
    "HTML": "<tr>" + "".join(f"<td class=n>{cell}</td>\n" for cell in ROW) + "</tr>",
    "an attribute": f"<p data-row='{','.join(ROW)}'>row</p>",
    "an escaped attribute": f'<p data-row="{html.escape(json.dumps(ROW))}">row</p>',
}


def found(content: bytes) -> set[str]:
    return {finding.needle for finding in SCANNER.scan([("here", content)])}


@pytest.mark.parametrize("before", ["", "x", "xx", "xxx"])
@pytest.mark.parametrize("packing", PACKINGS)
def test_a_text_is_found_in_every_packing_at_every_place(packing: str, before: str) -> None:
    packed = PACKINGS[packing](f"{before} {NAME} and more".encode())
    assert found(packed) == {"name"}
    assert found(b"\x00\x07header/" + packed + b"/trailer\xff\xfe") == {"name"}


@pytest.mark.parametrize("text", [NAME, BIRDS], ids=["ASCII", "Chinese"])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_text_is_found_in_every_spelling(spelling: str, text: str) -> None:
    spelled = SPELLINGS[spelling](f"see {text}!")
    assert found(spelled) == {"name" if text == NAME else "birds"}
    assert found(base64.b64encode(b"." + gzip.compress(spelled))) == found(spelled)


def test_chinese_is_found_in_gb18030() -> None:
    assert found(f"见{BIRDS}".encode("gb18030")) == {"birds"}


@pytest.mark.parametrize("joined", ROWS)
def test_a_row_is_found_whatever_stands_between_its_cells(joined: str) -> None:
    content = ROWS[joined].encode()
    assert found(content) == {"row"}
    assert found(b"see " + base64.b64encode(zlib.compress(content))) == {"row"}
    assert found(ROWS[joined].encode("utf-16-le")) == {"row"}


def test_cells_of_different_rows_are_no_row() -> None:
    assert found(b"EWR,2013,17.98,N14228,2013-01-01 05:00:00") == set()


def test_what_came_before_a_damage_is_still_read() -> None:
    packed = zlib.compress(b"".join(f"{NAME} {place:09d} ".encode() for place in range(2000)))
    damaged = packed[:2000] + bytes(200) + packed[2200:]
    assert found(damaged) == {"name"}


def test_a_finding_says_where_and_through_what() -> None:
    packed = base64.b64encode(gzip.compress(NAME.encode()))
    assert SCANNER.scan([("log", packed), ("page", b"nothing")]) == [
        Finding("name", "log", ("base64", "gzip"))
    ]


def test_other_bytes_hold_nothing() -> None:
    noise = b"".join(
        zlib.crc32(bytes([place % 256, place // 256])).to_bytes(4, "big") for place in range(65_536)
    )
    assert found(noise) == set()
    assert found(base64.b64encode(noise)) == set()


@pytest.mark.parametrize(
    "needles", [Needles({"name": "short"}, {}), Needles({}, {"row": ("EWR", "2013")})]
)
def test_what_chance_could_write_is_no_needle(needles: Needles) -> None:
    with pytest.raises(AssertionError, match="too short"):
        Scanner(needles)
