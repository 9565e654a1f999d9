"""Looking for texts in bytes, also where they were packed or spelled in another way.

Not the needles are encoded but the haystack is unpacked, layer by layer, so that packings may
stand inside one another and inside anything else.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

LEAST = 12
#: How many packings may stand inside one another.
DEPTH = 3
_INFLATED_BYTES = 1 << 24
_CHUNK = 512
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}")
_LINE_ENDS = re.compile(rb"\r?\n|(?:\\+r)?\\+n|&#(?:13|10);")
_HEX = re.compile(rb"[0-9A-Fa-f]{24,}")
# Patterns begin with one fixed byte where they can: that makes them ten times as fast.
_UNICODE = re.compile(rb"\\\\*(?:u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2}))")
_PERCENT = re.compile(rb"%[0-9A-Fa-f]{2}")
_ENTITY = re.compile(rb"&(?:#[0-9]{2,7}|#[xX][0-9A-Fa-f]{2,6}|quot|amp|lt|gt|apos);")
_TAG = re.compile(rb"<[^<>]{1,300}>")
_WIDE = re.compile(rb"\0[ -~]\0+[ -~]\0")
#: How much is unpacked with a spelling that stands for one character: longer than any needle.
_MARGIN = 512
_GZIP = re.compile(rb"\x1f\x8b\x08")
_ZLIB = re.compile(rb"[\x08\x18\x28\x38\x48\x58\x68\x78][\x01-\xff]")
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_PRINTABLE = re.compile(rb"[ -~]{%d,}" % LEAST)
_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
#: What may stand between the cells of a row, in CSV, JSON, Python or a table of HTML.
_BETWEEN = b" \t\r\n\0,;:|\"'`()[]{}=+\\<>/"
_SQUEEZED = bytes.maketrans(_BETWEEN, b" " * len(_BETWEEN))


@dataclass(frozen=True, slots=True)
class Needles:
    """What to look for, by name: `texts` as they stand, `rows` whatever stands between cells.

    A row is given as its cells in order.
    """

    texts: Mapping[str, str]
    rows: Mapping[str, tuple[str, ...]]

    def names(self) -> set[str]:
        """Return the names of all needles."""
        return {*self.texts, *self.rows}


@dataclass(frozen=True, slots=True)
class Finding:
    """A needle that was found: where, and through which packings, outermost first."""

    needle: str
    source: str
    packing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """Bytes on some level of packing."""

    content: bytes
    packing: tuple[str, ...]


class Scanner:
    """Looks for the same needles in many places."""

    def __init__(self, needles: Needles) -> None:
        self._texts, self._wide, self._rows = [], [], []
        for name, text in needles.texts.items():
            assert len(text) >= LEAST, f"{name} is too short to be told from chance"
            if text.isascii():
                self._texts.append((name, text.encode().lower()))
            else:
                self._wide += [(name, text.encode(form).lower()) for form in _ENCODINGS]
        for name, cells in needles.rows.items():
            row = squeeze(" ".join(cells).encode("ascii").lower())
            assert len(row) >= LEAST, f"{name} is too short to be told from chance"
            self._rows.append((name, row))

    def scan(self, sources: Iterable[tuple[str, bytes]]) -> list[Finding]:
        """Return what is found in named contents; each needle once for a source and packing."""
        found: dict[Finding, None] = {}
        for source, content in sources:
            for layer in unpack(content):
                for name in self._search(layer.content.lower()):
                    found[Finding(name, source, layer.packing)] = None
        return [*found]

    def _search(self, folded: bytes) -> Iterator[str]:
        plain, squeezed = _printable(folded), _printable(squeeze(folded))
        if b"</" in folded:
            squeezed += b"\n" + _printable(squeeze(_TAG.sub(b" ", folded)))
        for forms, content in (
            (self._wide, folded),
            (self._texts, plain),
            (self._rows, squeezed),
        ):
            for name, form in forms:
                if form in content:
                    yield name


def unpack(content: bytes, depth: int = DEPTH, packing: tuple[str, ...] = ()) -> Iterator[Layer]:
    """Yield the content itself, and whatever can be unpacked from it."""
    yield Layer(content, packing)
    if not depth:
        return
    for name, unpacked in _PACKINGS.items():
        inner = unpacked(content)
        if inner:
            yield from unpack(inner, depth - 1, (*packing, name))


def squeeze(content: bytes) -> bytes:
    """Put one blank in the place of whatever stands between cells."""
    return b" ".join(content.translate(_SQUEEZED).split())


def _printable(content: bytes) -> bytes:
    """Return only what is long enough, and printable, to hold a needle in ASCII."""
    return b"\n".join(_PRINTABLE.findall(content))


def _base64(content: bytes) -> bytes:
    """Decode every run of the alphabet, also one broken into lines, from each of four places."""
    decoded = []
    for found in _BASE64.finditer(_LINE_ENDS.sub(b"", content)):
        run = found[0].translate(_TO_STANDARD)
        for start in range(4):
            quanta = run[start:]
            # One character more than whole quanta holds no byte.
            quanta = quanta[: len(quanta) - (len(quanta) % 4 == 1)]
            decoded.append(base64.b64decode(quanta + b"=" * (-len(quanta) % 4)))
    return b"\n".join(decoded)


def _hex(content: bytes) -> bytes:
    decoded = []
    for found in _HEX.finditer(content):
        for start in (0, 1):
            digits = found[0][start:]
            decoded.append(binascii.unhexlify(digits[: len(digits) // 2 * 2]))
    return b"\n".join(decoded)


def _escaped(content: bytes) -> bytes:
    return _UNICODE.sub(lambda found: _character(found[1], found[2]), _near(_UNICODE, content))


def _character(wide: bytes | None, byte: bytes | None) -> bytes:
    if wide is not None:
        return chr(int(wide, 16)).encode("utf-8", "surrogatepass")
    assert byte is not None
    return bytes([int(byte, 16)])


def _percent(content: bytes) -> bytes:
    return unquote_to_bytes(_near(_PERCENT, content))


def _entities(content: bytes) -> bytes:
    text = html.unescape(_near(_ENTITY, content).decode("utf-8", "surrogateescape"))
    return text.encode("utf-8", "surrogatepass")


def _wide(content: bytes) -> bytes:
    """Take the empty bytes out of UTF-16 and UTF-32, of either byte order."""
    return _near(_WIDE, content).replace(b"\0", b"")


def _near(pattern: re.Pattern[bytes], content: bytes) -> bytes:
    """Return what stands around the matches of a pattern, without the rest."""
    spans: list[tuple[int, int]] = []
    for found in pattern.finditer(content):
        start, end = max(0, found.start() - _MARGIN), found.end() + _MARGIN
        if spans and start <= spans[-1][1]:
            start = spans.pop()[0]
        spans.append((start, end))
    return b"\n".join(content[start:end] for start, end in spans)


def _gzip(content: bytes) -> bytes:
    starts = (found.start() for found in _GZIP.finditer(content))
    return b"\n".join(_inflated(content, starts, zlib.MAX_WBITS | 16))


def _zlib(content: bytes) -> bytes:
    """Inflate from whatever can be the two bytes at the head of a stream (RFC 1950)."""
    starts = (
        found.start()
        for found in _ZLIB.finditer(content)
        if not int.from_bytes(found[0], "big") % 31
    )
    return b"\n".join(_inflated(content, starts, zlib.MAX_WBITS))


def _inflated(content: bytes, starts: Iterator[int], window: int) -> Iterator[bytes]:
    """Inflate piece by piece, to keep what came before a damage."""
    for start in starts:
        engine, parts, size = zlib.decompressobj(window), [], 0
        try:
            for place in range(start, len(content), _CHUNK):
                part = engine.decompress(content[place : place + _CHUNK])
                parts.append(part)
                size += len(part)
                if engine.eof or size > _INFLATED_BYTES:
                    break
        except zlib.error:
            pass
        if size >= LEAST:
            yield b"".join(parts)


_PACKINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "base64": _base64,
    "hex": _hex,
    "escapes": _escaped,
    "percent": _percent,
    "entities": _entities,
    "wide": _wide,
    "gzip": _gzip,
    "zlib": _zlib,
}
