"""Amazon SES, version 2 of its API: one mail as MIME in JSON, signed.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html. SES has no key under which it takes a mail
once, and puts its own Message-ID over ours; the reference travels as a tag and comes back with every event.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx

from campaigns import clock
from campaigns.mail.port import OutgoingMail
from workers.adapters.aws_signature import AwsKey, signed
from workers.adapters.http_mailer import CONNECTIONS, Answer, HttpMailer
from workers.adapters.mime import content

PATH = "/v2/email/outbound-emails"

# The errors SendEmail documents, and those of AWS as a whole that may last.
_KNOWN = frozenset(
    {
        "AccountSuspendedException",
        "BadRequestException",
        "LimitExceededException",
        "MailFromDomainNotVerifiedException",
        "MessageRejected",
        "SendingPausedException",
        "ThrottlingException",
    }
)
# What BadRequestException says of an address; there is no code for it.
_BAD_ADDRESS = (
    "illegal address",
    "local address contains",
    "domain contains",
    "domain starts with",
    "missing final '@domain'",
    "user name is missing",
)


class SesMailer:
    """Sends in one region. Codes are SES's own names of errors: `ses-MessageRejected`."""

    connections = CONNECTIONS

    def __init__(
        self,
        *,
        access_key: str,
        secret_key: str,
        region: str,
        configuration_set: str = "",
        api: str = "",
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._key = AwsKey(access_key=access_key, secret_key=secret_key, region=region, service="ses")
        self._configuration_set = configuration_set
        self._http = HttpMailer("ses", api or f"https://email.{region}.amazonaws.com", transport=transport)

    async def send(self, mail: OutgoingMail) -> None:
        """Hand one mail over. Raises MailRefused (this recipient, this mail) or MailDelayed (anything else)."""
        body = json.dumps(self._request(mail)).encode()
        headers = signed(
            self._key,
            method="POST",
            path=PATH,
            headers={"host": self._http.host, "content-type": "application/json"},
            body=body,
            now=clock.now(),
        )
        answer = await self._http.post(PATH, content=body, headers=headers)
        if answer.accepted:
            return
        error = _error(answer)
        if _is_about_the_mail(error, answer):
            raise self._http.refused(error)
        raise self._http.delayed(error if error in _KNOWN else f"http-{answer.status}")

    def _request(self, mail: OutgoingMail) -> dict[str, Any]:
        recipient = self._http.recipient(mail, any_script=False)  # SES has no SMTPUTF8
        request: dict[str, Any] = {
            "Content": {"Raw": {"Data": base64.b64encode(content(mail)).decode()}},
            "Destination": {"ToAddresses": [recipient]},
        }
        if mail.reference:
            request["EmailTags"] = [{"Name": "reference", "Value": mail.reference}]
        if mail.return_path:
            request["FeedbackForwardingEmailAddress"] = mail.return_path
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        return request

    async def close(self) -> None:
        await self._http.close()


def _error(answer: Answer) -> str:
    """The name of the error: `MessageRejected`, or `MessageRejected:http://...` from some of AWS's gateways."""
    name = answer.headers.get("x-amzn-errortype") or str(answer.fields.get("__type"))
    return name.partition(":")[0].rpartition("#")[2]


def _is_about_the_mail(error: str, answer: Answer) -> bool:
    """An identity that is not verified is our trouble, though SES calls it a rejected message."""
    words = answer.words("message")
    if error == "MessageRejected":
        return "not verified" not in words
    return error == "BadRequestException" and any(each in words for each in _BAD_ADDRESS)
