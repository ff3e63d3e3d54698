"""Logs: one line per event, JSON or for a console, with the request's or job's id and no personal data.

Every line of every library passes through the same last processors: exceptions lose their messages
(`exceptions.py`), every string is masked (`masking.py`), and an object that is none of the plain kinds is
written as its type, so that no `repr` of a row can slip in.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Any, TextIO
from uuid import UUID

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from campaigns.errors import SettingError
from campaigns.observability.exceptions import told, told_with_frames, without_messages
from campaigns.observability.masking import mask
from campaigns.settings import Settings

OUR_PACKAGES = ("campaigns", "workers", "web", "email_templates")

# Loggers that would tell too much, whatever level is asked for.
QUIETED = {
    "arq": logging.WARNING,  # its info lines print the arguments and the result of every job
    "asyncpg": logging.WARNING,
    "tortoise": logging.WARNING,
    "tortoise.db_client": logging.CRITICAL,  # its debug lines are the SQL with the values
    "httpx": logging.WARNING,  # its info lines print whole URLs
    "httpcore": logging.WARNING,
    "mail.log": logging.CRITICAL,  # aiosmtpd: every command with the client's address
    "flufl.bounce": logging.CRITICAL,  # a line for each of its patterns, and mails in tracebacks
    "uvicorn.access": logging.CRITICAL,  # raw paths hold tokens; `web/middleware/access.py` writes ours
}

_DEEPEST_VALUE = 6


def configure_logs(settings: Settings, *, stream: TextIO | None = None) -> None:
    """Send structlog's and every library's lines to `stream` (standard output); may be called again.

    Start uvicorn with `log_config=None, access_log=False` and arq by `run_worker()`, or they undo this.
    `log_level` rules our own packages; libraries never speak below info, where they print what they handle.
    Raises SettingError for a level or a format there is not.
    """
    level = _level(settings)
    render = _renderer(settings)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                without_exception_messages,
                mask_every_value,
                render,
            ],
        )
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(max(level, logging.INFO))
    for package in OUR_PACKAGES:
        logging.getLogger(package).setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "arq", "tortoise", "asyncpg"):
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
    for name, quiet in QUIETED.items():
        logging.getLogger(name).setLevel(quiet)


def without_exception_messages(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Turn `exc_info` into `exception`: type, code and frames. Its words leave the event text as well."""
    error = _exception(event.pop("exc_info", None))
    event.pop("stack_info", None)
    if error is not None:
        event["event"] = without_messages(str(event.get("event", "")), error)
        event["exception"] = told_with_frames(error)
    return event


def mask_every_value(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask keys and values alike; values of unknown types become `<TypeName>`."""
    return {mask(str(key)): _plain(value, _DEEPEST_VALUE) for key, value in event.items()}


def _plain(value: Any, depth: int) -> Any:
    if isinstance(value, Enum):
        return _plain(value.value, depth)
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, datetime | date | timedelta | UUID):
        return str(value)
    if isinstance(value, BaseException):
        return told(value)
    if depth and isinstance(value, Mapping):
        return {mask(str(key)): _plain(each, depth - 1) for key, each in value.items()}
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_plain(each, depth - 1) for each in value]
    return f"<{type(value).__name__}>"


def _exception(exc_info: object) -> BaseException | None:
    """The exception behind any of the shapes `exc_info` may have."""
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple) and len(exc_info) == 3:
        error = exc_info[1]
        return error if isinstance(error, BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _level(settings: Settings) -> int:
    level = logging.getLevelNamesMapping().get(settings.log_level.upper())
    if level is None:
        raise SettingError("LOG_LEVEL", "must be one of: debug, info, warning, error, critical")
    return level


def _renderer(settings: Settings) -> Processor:
    if settings.log_format == "json":
        return structlog.processors.JSONRenderer(sort_keys=True)
    if settings.log_format == "console":
        return structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())
    raise SettingError("LOG_FORMAT", "must be one of: json, console")


class _Handler(logging.StreamHandler[Any]):
    """Python's own handler prints the arguments of a line it cannot format; this one says where it stands."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name logging calls
        where = f"{record.module}:{record.lineno}"
        sys.stderr.write(f"a log line at {where} could not be written: {type(sys.exc_info()[1]).__name__}\n")
