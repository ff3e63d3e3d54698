"""The list of one's devices, and signing them out from afar."""

from __future__ import annotations

import re

import httpx
import pytest

from campaigns.ids import new_id
from tests.factories.accounts import account
from tests.web.console.people import FIREFOX, is_signed_in, sign_in
from tests.web.site import RunningSite

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("petition")]

DEVICES = "/console/devices"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


def keys_on(page: httpx.Response) -> list[str]:
    return re.findall(r'name="device" value="([0-9a-f]{32})"', page.text)


async def test_each_device_is_named_and_the_others_can_be_signed_out(site: RunningSite) -> None:
    jonas = await account("jonas@example.org")
    async with site.visitor() as phone, site.visitor() as laptop, site.visitor() as tablet:
        phone.headers["user-agent"], laptop.headers["user-agent"] = SAFARI, FIREFOX
        for number, each in enumerate((phone, laptop, tablet)):
            await sign_in(site, each, jonas, second=number)
        page = await laptop.get(DEVICES)
        assert "Safari on iPhone" in page.text
        assert "Firefox on Android" in page.text
        assert "Unknown device" in page.text
        assert len(keys_on(page)) == 2

        answer = await laptop.post(DEVICES, data={"device": keys_on(page)[0]})
        assert answer.headers["location"] == f"{DEVICES}?done=ended"
        assert [await is_signed_in(each) for each in (phone, tablet)].count(True) == 1
        await laptop.post(DEVICES, data={"device": "others"})
        assert [await is_signed_in(each) for each in (phone, tablet, laptop)] == [False, False, True]


async def test_the_list_can_be_used_to_sign_out_oneself(site: RunningSite) -> None:
    jonas = await account("jonas@example.org")
    async with site.visitor() as here, site.visitor() as there:
        await sign_in(site, here, jonas)
        await sign_in(site, there, jonas, second=1)
        (of_here,) = keys_on(await there.get(DEVICES))
        answer = await here.post(DEVICES, data={"device": of_here})
        assert answer.headers["location"] == "/console/sign-in"
        assert not await is_signed_in(here)
        assert await is_signed_in(there)


async def test_the_devices_of_somebody_else_are_not_there(site: RunningSite) -> None:
    async with site.visitor() as amina, site.visitor() as phone, site.visitor() as stranger:
        theirs = await account("amina@example.org")
        await sign_in(site, amina, theirs)
        await sign_in(site, phone, theirs, second=1)
        await sign_in(site, stranger, await account("stranger@example.org"))
        (key,) = keys_on(await amina.get(DEVICES))
        for wrong in (key, new_id().hex, "", "x", "é", "others?"):
            assert (await stranger.post(DEVICES, data={"device": wrong})).status_code == 404
        assert await is_signed_in(phone)
        assert not keys_on(await stranger.get(DEVICES))


async def test_who_is_not_signed_in_sees_and_ends_nothing(site: RunningSite) -> None:
    async with site.visitor() as nobody:
        for answer in (await nobody.get(DEVICES), await nobody.post(DEVICES, data={"device": "others"})):
            assert (answer.status_code, answer.headers["location"]) == (303, "/console/sign-in")
