"""The language of the server's messages to clients that do not state theirs."""

from __future__ import annotations

import os
from collections.abc import Mapping

from realtime.languages import ENGLISH
from realtime.settings import Settings
from realtime.wire.texts import Language

LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
"""In the order in which POSIX reads them."""
NO_LANGUAGE = frozenset({"", "C", "POSIX"})


def ui_language(settings: Settings, environment: Mapping[str, str] = os.environ) -> Language:
    """The setting; for `auto`, English or Korean by the locale, else by the speech that the server
    expects, else Korean."""
    if settings.ui_language != "auto":
        return settings.ui_language
    named = next((value for key in LOCALE_VARIABLES if (value := environment.get(key))), "")
    locale = named.partition(".")[0].partition("_")[0]
    if locale in NO_LANGUAGE:
        return "en" if settings.language == ENGLISH else "ko"
    return "ko" if locale == "ko" else "en"
