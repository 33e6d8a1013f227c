"""Settings → the steps after the transcript."""

from __future__ import annotations

from realtime.postprocess.base import PostProcessor
from realtime.postprocess.classification.rules import RuleClassifier
from realtime.postprocess.classification.taxonomy import load_taxonomy
from realtime.postprocess.pipeline import Pipeline
from realtime.postprocess.privacy.remover import RulePrivacy
from realtime.settings import Settings


def make_postprocessor(settings: Settings) -> PostProcessor:
    """The embedded steps, and the language model's where one is configured. Raises SetupError."""
    privacy = RulePrivacy(settings.privacy_style)
    classifier = RuleClassifier(load_taxonomy(settings.taxonomy))
    return Pipeline(privacy, classifier, None)
