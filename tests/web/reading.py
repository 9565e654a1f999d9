"""Reading a page as a browser would: its outline, forms, links, and in which language it speaks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"br", "hr", "img", "input", "link", "meta"}
HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass
class Form:
    """A form: where it goes, how, and the names and values that it sends."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """What a test asks a page; `faults` lists what is wrong with its markup."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.lang = ""
        self.headings = 0
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.forms: list[Form] = []
        self.faults: list[str] = []
        self.foreign: list[str] = []
        self.text = ""
        self._open: list[tuple[str, str]] = []
        self._ids: set[str] = set()
        self._labelled: set[str] = set()
        self._asked: list[tuple[str, bool]] = []
        self.feed(html)
        self.close()
        self.faults += [f"{tag} is left open" for tag, _ in self._open]
        self.faults += [
            f"no label for {key}"
            for key, wrapped in self._asked
            if not wrapped and key not in self._labelled
        ]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self._check(tag, found)
        if tag == "html":
            self.lang = found.get("lang", "")
        self.headings += tag == "h1"
        if "href" in found:
            (self.loaded if tag == "link" else self.links).append(found["href"])
        if "src" in found:
            self.loaded.append(found["src"])
        self._form(tag, found)
        if tag not in VOID:
            inherited = self._open[-1][1] if self._open else ""
            self._open.append((tag, found.get("lang", inherited)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._check(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1][0] != tag:
            self.faults.append(f"{tag} closes nothing")
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        tags = [tag for tag, _ in self._open]
        speaks = self._open[-1][1] if self._open else ""
        if (
            HAN.search(data)
            and speaks != "zh-CN"
            and not {"code", "pre", "textarea", "title"} & set(tags)
        ):
            self.foreign.append(data.strip())

    def _check(self, tag: str, found: dict[str, str]) -> None:
        if tag in {"script", "style"} or "style" in found:
            self.faults.append(f"{tag} brings script or style")
        self.faults += [f"{name} on {tag}" for name in found if name.startswith("on")]
        key = found.get("id")
        if key is not None and key in self._ids:
            self.faults.append(f"two elements of id {key}")
        self._ids.add(key or "")

    def _form(self, tag: str, found: dict[str, str]) -> None:
        if tag == "form":
            self.forms.append(Form(found.get("action", ""), found.get("method", "get")))
        if tag == "label":
            self._labelled.add(found.get("for", ""))
        if tag not in {"input", "select", "textarea"}:
            return
        if found.get("type") != "hidden":
            wrapped = any(tag == "label" for tag, _ in self._open)
            self._asked.append((found.get("id", f"{tag} {found.get('name')}"), wrapped))
        chosen = found.get("type") not in {"checkbox", "radio"} or "checked" in found
        if self.forms and chosen:
            self.forms[-1].values.setdefault(found.get("name", ""), []).append(
                found.get("value", "")
            )


def faults_of(page: Page, lang: str) -> list[str]:
    """List what every page must not do, in any language and for anybody."""
    faults = list(page.faults)
    if page.headings != 1:
        faults.append(f"{page.headings} first headings")
    if page.lang != lang:
        faults.append(f"lang is {page.lang}")
    faults += [f"loads {url}" for url in page.loaded if not url.startswith("/static/")]
    faults += [f"leads to {url}" for url in page.links if not url.startswith(("/", "#"))]
    faults += [
        f"a form without its token: {form.action}"
        for form in page.forms
        if form.method == "post" and not form.values.get("csrf", [""])[0]
    ]
    if lang == "en":
        faults += [f"Chinese in English: {text}" for text in page.foreign]
    return faults
