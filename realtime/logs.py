"""Logging: structlog and the libraries' stdlib loggers, in one format, to standard error.

Keys never reach a log. Transcripts, prompts and audio reach it only at the level `debug`: at all
others, fields with such names are dropped.
"""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path
from typing import Literal

import structlog
import structlog.tracebacks
from structlog.typing import EventDict, Processor, WrappedLogger

from realtime.errors import HIDDEN, without_passwords

SECRET_FIELDS = frozenset(
    {"api_key", "api_keys", "authorization", "cookie", "key", "password", "secret", "token"}
)
SPOKEN_FIELDS = frozenset(
    {"audio", "hotwords", "prompt", "samples", "stable", "text", "transcript"}
)
Level = Literal["debug", "info", "warning", "error"]
Format = Literal["console", "json"]
FILE_NAME, FILE_BYTES, OLD_FILES = "realtime.log", 10 << 20, 5
"""In `log_dir`: a full file becomes `realtime.log.1`, and so on up to `.5`; 60 MiB at most."""


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the values of secret fields, and passwords in addresses, whatever the level."""
    return {
        name: HIDDEN if name.lower() in SECRET_FIELDS else _shown(value)
        for name, value in event.items()
    }


def _shown(value: object) -> object:
    return without_passwords(value) if isinstance(value, str) else value


def drop_speech(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Leave out fields that hold speech or text."""
    return {name: value for name, value in event.items() if name.lower() not in SPOKEN_FIELDS}


class _StandardError(logging.Handler):
    """Writes to the `sys.stderr` of the moment: a progress display replaces it, so that lines
    appear above the display and not inside it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        try:
            sys.stderr.write(self.format(record) + "\n")
            sys.stderr.flush()
        except (OSError, ValueError):
            self.handleError(record)


def set_up(level: Level = "info", form: Format = "console", folder: Path | None = None) -> None:
    """Configure all logging of this process. May be called again; the last call counts.

    `folder`: gets the same lines as a file. Where that cannot be written, a warning is logged and
    the process continues, since its service matters more than the file.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_secrets,
    ]
    if level != "debug":
        shared.append(drop_speech)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_formatted(_StandardError(), shared, form)]
    root.setLevel(threshold)
    if folder is not None:
        _write_to(folder, shared, form)
    # At debug, websockets logs request lines and frames, thus tokens and audio. At info, it logs
    # every connection, and the others every request to the model hub, which nobody needs.
    for name in ("websockets", "httpx", "httpx2", "httpcore", "httpcore2"):
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    # Logs every odd byte in a form, and at debug the form's contents.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


def _formatted(handler: logging.Handler, shared: list[Processor], form: Format) -> logging.Handler:
    colours = isinstance(handler, _StandardError) and sys.stderr.isatty()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(form, colours),
            ],
        )
    )
    return handler


def _write_to(folder: Path, shared: list[Processor], form: Format) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            folder / FILE_NAME, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8"
        )
    except OSError as error:
        structlog.get_logger(__name__).warning(
            "log.no_file",
            folder=str(folder),
            reason=f"The log is not written to a file ({error.strerror}): correct the folder's "
            "permissions, or name another (STT_LOG_DIR).",
        )
        return
    logging.getLogger().addHandler(_formatted(handler, shared, form))


def _renderers(form: Format, colours: bool) -> list[Processor]:
    """Renderers of a format. Tracebacks omit local variables, which hold audio and prompts."""
    if form == "json":
        as_values = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(as_values),
            structlog.processors.JSONRenderer(),
        ]
    return [
        structlog.dev.ConsoleRenderer(
            colors=colours, exception_formatter=structlog.dev.plain_traceback
        )
    ]
