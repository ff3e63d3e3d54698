"""The local mailbox: what the local adapter wrote, as pages. Exists in development only."""

from __future__ import annotations

import asyncio
import email
import email.policy
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from campaigns.errors import NotFound
from campaigns.languages import DEFAULT_LANGUAGE
from web.context import context
from web.development.pages import MailboxPage, MailItem, MailPage
from web.middleware.security_headers import CONTENT_SECURITY_POLICY
from web.responses import send_page

MOST_LISTED = 200
MAIL_ID = re.compile(r"[A-Za-z0-9._,=-]{1,200}")
# The mail may style itself, as it does in a mail program; it can run and load nothing. What its links open is an
# ordinary page again: a sandboxed one could not send the form that confirms.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
# Our pages refuse to be shown in a frame, so every link leaves it.
_LINKS_LEAVE_THE_FRAME = '<base target="_blank">'


def mailbox_routes() -> list[BaseRoute]:
    return [
        Route("/mailbox/", mailbox, methods=["GET"]),
        Route("/mailbox/{mail}", one_mail, methods=["GET"]),
        Route("/mailbox/{mail}/html", mail_html, methods=["GET"]),
    ]


async def mailbox(request: Request) -> Response:
    here = context(request)
    items = await asyncio.to_thread(newest_mails, here.settings.mailbox_dir)
    return _page(request, "development/mailbox.html", MailboxPage(mails=items))


async def one_mail(request: Request) -> Response:
    message, path = await _mail(request)
    return _page(
        request,
        "development/mail.html",
        MailPage(
            mailbox_url="/mailbox/",
            html_url=f"/mailbox/{path.name}/html",
            to=str(message["To"]),
            subject=str(message["Subject"]),
            received_at=_received_at(path),
            text=_part(message, "plain"),
            headers=[(name, str(value)) for name, value in message.items()],
        ),
    )


async def mail_html(request: Request) -> Response:
    message, _ = await _mail(request)
    html = _part(message, "html").replace("<head>", f"<head>{_LINKS_LEAVE_THE_FRAME}", 1)
    return Response(
        html,
        media_type="text/html",
        headers={
            "content-security-policy": MAIL_POLICY,
            "x-frame-options": "SAMEORIGIN",
            "cache-control": "no-store",
        },
    )


def newest_mails(folder: Path) -> Sequence[MailItem]:
    """The newest 200 mails of the maildir, newest first; none where nothing was sent yet."""
    inbox = folder / "new"
    paths = sorted(inbox.iterdir(), key=_received_at, reverse=True) if inbox.is_dir() else []
    items = []
    for path in paths[:MOST_LISTED]:
        message = _read(path)
        items.append(
            MailItem(
                id=path.name,
                url=f"/mailbox/{path.name}",
                to=str(message["To"]),
                subject=str(message["Subject"]),
                received_at=_received_at(path),
            )
        )
    return items


async def _mail(request: Request) -> tuple[EmailMessage, Path]:
    name = request.path_params["mail"]
    path = context(request).settings.mailbox_dir / "new" / name
    if not MAIL_ID.fullmatch(name) or name.startswith(".") or not path.is_file():
        raise NotFound
    return await asyncio.to_thread(_read, path), path


def _read(path: Path) -> EmailMessage:
    return email.message_from_bytes(path.read_bytes(), policy=email.policy.default)


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part else ""


def _received_at(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _page(request: Request, template: str, page: object) -> Response:
    text = context(request).templating.render(template, language=DEFAULT_LANGUAGE, path="/", page=page)
    # A mail is shown in a frame of its own, which no other page of the site may hold.
    policy = f"{CONTENT_SECURITY_POLICY}; frame-src 'self'"
    return send_page(request, text, headers={"content-security-policy": policy})
