"""Settings → the steps after the transcript."""

from __future__ import annotations

from urllib.parse import urlsplit

from realtime.errors import SetupError
from realtime.postprocess.agent import ChatAgent
from realtime.postprocess.assisted import AssistedClassifier, AssistedPrivacy
from realtime.postprocess.base import Classifier, PrivacyRemover
from realtime.postprocess.by_rules import RulePrivacy
from realtime.postprocess.classification.rules import RuleClassifier
from realtime.postprocess.classification.taxonomy import load_taxonomy
from realtime.postprocess.llm import Chat, ChatOptions
from realtime.postprocess.pipeline import Pipeline
from realtime.postprocess.questions import ChatAnswerer
from realtime.postprocess.summary import ChatSummariser
from realtime.postprocess.translation import ChatTranslator
from realtime.settings import Settings


def make_postprocessor(settings: Settings) -> Pipeline:
    """The built-in steps, and the language model's where one is configured. Raises SetupError."""
    taxonomy = load_taxonomy(settings.taxonomy)
    classifier: Classifier = RuleClassifier(taxonomy)
    chat = _chat(settings)
    if chat is not None and settings.llm_steps == "all":
        classifier = AssistedClassifier(chat, taxonomy)
    return Pipeline(
        make_privacy(settings),
        classifier,
        ChatAgent(chat) if chat is not None else None,
        ChatSummariser(chat) if chat is not None else None,
        answerer=ChatAnswerer(chat) if chat is not None else None,
        translator=ChatTranslator(chat) if chat is not None else None,
        masks_for_model=chat is not None and settings.llm_masked,
    )


def make_privacy(settings: Settings) -> PrivacyRemover:
    """The step that masks transcripts, when they are made or when they are read.

    Raises SetupError.
    """
    chat = _chat(settings)
    if chat is not None and settings.llm_steps == "all":
        return AssistedPrivacy(chat, settings.privacy_style)
    return RulePrivacy(settings.privacy_style)


def has_language_model(settings: Settings) -> bool:
    """Whether a language model is configured."""
    return bool(settings.llm_url and settings.llm_model)


def _chat(settings: Settings) -> Chat | None:
    """None where no language model is configured. Raises SetupError."""
    if not has_language_model(settings):
        return None
    if not _is_address(settings.llm_url):
        raise SetupError(
            f"llm_url={settings.llm_url} is not an address: set one such as http://localhost:11434/v1."
        )
    key = settings.llm_api_key.get_secret_value() if settings.llm_api_key else ""
    return Chat(ChatOptions(settings.llm_url, settings.llm_model, key, settings.llm_timeout_s))


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # such as a port beyond 65535
        return False
