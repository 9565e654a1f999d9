"""The ledger for readers: its head, its entries, and each one checked anew."""

from flask import Blueprint, Response, render_template, request

from exchange.assets.queries import certificate_of
from exchange.errors import NotFoundError
from exchange.web import current
from exchange.web.pages import log_reads
from exchange.web.pages.places import see_other

BLUEPRINT = Blueprint("log", __name__)


@BLUEPRINT.get("/ledger")
def ledger() -> str | Response:
    """Show the signed head and the entries, latest first; `?n=` leads to one entry."""
    wanted = request.args.get("n", "").strip()
    if wanted.isascii() and wanted.isdigit():
        return see_other(f"/ledger/entries/{int(wanted)}")
    with current.site().exchange.snapshot() as reader:
        pages = log_reads.page_of(sum(log_reads.counts().values()), request.args.get("page"))
        return render_template(
            "ledger.html",
            head=log_reads.head(),
            lines=log_reads.lines(reader, pages),
            pages=pages,
        )


@BLUEPRINT.get("/ledger/entries/<int:index>")
def entry(index: int) -> str:
    """Show one entry: its bytes, the act in words, and what checking it now shows."""
    with current.site().exchange.snapshot() as reader:
        checked = log_reads.checked_entry(reader, index)
        body = checked.signed.act.body
        return render_template(
            "entry.html", checked=checked, body=body, text=checked.leaf.decode("utf-8")
        )


@BLUEPRINT.get("/ledger/entries/<int:index>.tlog-proof")
def proof(index: int) -> Response:
    """Hand out the C2SP tlog-proof of an entry under the last signed checkpoint.

    Raises:
        NotFoundError: there is no such entry, or nothing signed covers it yet.
    """
    with current.site().exchange.snapshot() as reader:
        checked = log_reads.checked_entry(reader, index)
    if not checked.proof:
        raise NotFoundError("entry.unknown", "no signed checkpoint covers this entry yet")
    return _download(checked.proof.encode(), f"{index}.tlog-proof", "text/plain; charset=utf-8")


@BLUEPRINT.get("/ledger/entries/<int:index>.leaf")
def leaf(index: int) -> Response:
    """Hand out the bytes of an entry, over which its leaf hash is taken."""
    with current.site().exchange.snapshot() as reader:
        checked = log_reads.checked_entry(reader, index)
    return _download(checked.leaf, f"{index}.leaf", "application/octet-stream")


@BLUEPRINT.get("/verify")
def verify_form() -> str | Response:
    """Ask for a certificate's code."""
    code = request.args.get("code", "").strip()
    if code and len(code) <= 32 and code.isascii() and code.replace("-", "").isalnum():  # noqa: PLR2004 - longest code
        return see_other(f"/verify/{code.upper()}")
    return render_template("verify_form.html", code=code)


@BLUEPRINT.get("/verify/<code>")
def verify(code: str) -> str:
    """Show a registration certificate and check it now against the ledger.

    Raises:
        NotFoundError: no registration in force has this code.
    """
    with current.site().exchange.snapshot() as reader:
        certificate = certificate_of(reader, code)
        checked = log_reads.checked_entry(reader, certificate.entry)
        said = checked.signed.act.body
        return render_template(
            "verify.html",
            certificate=certificate,
            checked=checked,
            agrees=said.get("code") == code and said.get("asset") == certificate.asset.id,
        )


def _download(content: bytes, name: str, media_type: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
