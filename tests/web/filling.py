"""Filling in the forms of pages as a person would: open, type, send, follow."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.web.reading import Form, Page

Typed = str | list[str]


def page_of(answer: TestResponse) -> Page:
    """Read a page."""
    return Page(answer.get_data(as_text=True))


def form_to(client: FlaskClient, path: str, action: str) -> Form:
    """Return the form of a page that goes to an address, as it stands before anybody types."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    (found, *_) = [form for form in page_of(answer).forms if form.action == action]
    return found


def send(client: FlaskClient, path: str, action: str | None = None, **typed: Typed) -> TestResponse:
    """Fill in the form of a page and send it; `action` is the page's own address if not given."""
    target = action or path.split("?", maxsplit=1)[0]
    values = MultiDict(
        (name, value)
        for name, sent in form_to(client, path, target).values.items()
        for value in sent
        if name not in typed
    )
    for name, sent in typed.items():
        values.setlist(name, [sent] if isinstance(sent, str) else sent)
    return client.post(target, data=values)


def done(answer: TestResponse) -> str:
    """Return where a sent form led, the flash line's entry cut off."""
    assert answer.status_code == 303, page_of(answer).text
    return str(answer.headers["Location"]).split("?")[0]
