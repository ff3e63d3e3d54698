"""Whoever changes the audit log is found out, by the log itself or by what was noted of it."""

from __future__ import annotations

import asyncio
import os
import sys

import asyncpg
import pytest

from campaigns.audit import verifying
from campaigns.audit.recording import FIRST
from campaigns.audit.verifying import verify_chain
from tests.campaigns.audit.deeds import did
from tests.factories.rows import value

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("database")]


async def tamper(database_url: str, *statements: str) -> None:
    """As somebody with all rights would, who can switch triggers off."""
    settings = {"session_replication_role": "replica"}
    connection = await asyncpg.connect(database_url, server_settings=settings)
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit_entry SET verb = 'mandate.ended' WHERE seq = 3", "changed"),
        ("UPDATE audit_entry SET at = at - interval '1 microsecond' WHERE seq = 3", "changed"),
        ("UPDATE audit_entry SET actor_id = NULL WHERE seq = 3", "changed"),
        ("UPDATE audit_entry SET organization_id = subject_id::uuid WHERE seq = 3", "changed"),
        ("UPDATE audit_entry SET subject_id = '4' WHERE seq = 3", "changed"),
        ("UPDATE audit_entry SET subject_type = 'account' WHERE seq = 3", "changed"),
        ("""UPDATE audit_entry SET facts = '{"role": "administrator"}' WHERE seq = 3""", "changed"),
        ("DELETE FROM audit_entry WHERE seq = 3", "missing"),
    ],
)
async def test_the_first_entry_that_was_touched_is_named(
    database_url: str, monkeypatch: pytest.MonkeyPatch, statement: str, problem: str
) -> None:
    monkeypatch.setattr(verifying, "BATCH", 2)
    for number in range(5):
        await did(minute=number, role="viewer")
    await tamper(database_url, statement)
    verdict = await verify_chain()
    assert (verdict.entries, verdict.broken, verdict.problem) == (2, 3, problem)


async def test_what_was_noted_down_finds_a_log_that_was_cut_or_made_anew(database_url: str) -> None:
    for number in range(3):
        await did(minute=number)
    noted = (3, await value("SELECT hash FROM audit_entry WHERE seq = 3"))
    assert (await verify_chain(expected=noted)).broken is None
    await tamper(database_url, "DELETE FROM audit_entry WHERE seq = 3")
    assert (await verify_chain()).broken is None, "nothing within the log tells that its end is gone"
    cut = await verify_chain(expected=noted)
    assert (cut.broken, cut.problem) == (3, "missing")
    await did("account.disabled")
    anew = await verify_chain(expected=noted)
    assert (anew.broken, anew.problem) == (3, "not the one expected")


async def by_command(database_url: str, *arguments: str) -> tuple[int | None, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-W", "error", "-m", "campaigns.audit.verifying", *arguments),
        env={
            **os.environ,
            "ENVIRONMENT": "development",
            "DATABASE_URL": database_url,
            "REDIS_URL": "redis://",
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode, output.decode()


async def test_a_command_verifies_the_chain(database_url: str) -> None:
    await did()
    await did(minute=1)
    newest = await value("SELECT hash FROM audit_entry WHERE seq = 2")
    assert await by_command(database_url) == (0, f"2 entries, all sound; newest 2:{newest}\n")
    await tamper(database_url, "UPDATE audit_entry SET verb = 'mandate.ended' WHERE seq = 2")
    assert await by_command(database_url) == (1, "entry 2 is changed; 1 before it are sound\n")


@pytest.mark.parametrize("argument", ["2", "two:" + FIRST, "2:abc"])
async def test_the_command_says_what_it_takes(argument: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert verifying.main([argument]) == 2
    assert "NUMBER:HASH" in capsys.readouterr().err
