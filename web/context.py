"""What a request's view can reach: made once when the process starts, carried by the application."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request

from campaigns.database.group_commit import GroupCommit
from campaigns.petitions.confirming import Confirmation, Confirmed
from campaigns.petitions.signing import Signed, Submission
from campaigns.settings import Settings
from campaigns.tokens import Keyring
from web.public.campaign_pages import CampaignPages
from web.public.home_pages import HomePages
from web.public.site import Site
from web.public.wordings import Wordings
from web.templating import Templating


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    settings: Settings
    keys: Keyring
    templating: Templating
    site: Site
    wordings: Wordings
    home_pages: HomePages
    campaign_pages: CampaignPages
    signing: GroupCommit[Submission, Signed]
    confirming: GroupCommit[Confirmation, Confirmed]


def context(request: Request) -> Context:
    found: Context = request.state.context
    return found
