"""Runs the steps one after the other; a failed step never loses the transcript."""

from __future__ import annotations

import structlog

from realtime.postprocess.base import (
    Agent,
    AgentAnswer,
    Answerer,
    Classification,
    Classifier,
    PrivacyIncomplete,
    PrivacyRemover,
    PrivacyResult,
    Processed,
    StepError,
    StepFailed,
    Steps,
    Summariser,
    Summary,
    TranscriptAnswer,
    Translation,
    Translator,
)
from realtime.types import Transcript

log = structlog.get_logger(__name__)

NOT_CONFIGURED = StepError(
    "not_configured", "No language model is configured: set STT_LLM_URL and STT_LLM_MODEL."
)
INTERNAL = StepError("internal", "The step failed on the server: see its log, then try again.")


class Pipeline:
    """Removes personal data first, so that later steps and their models see only masked text."""

    def __init__(
        self,
        privacy: PrivacyRemover,
        classifier: Classifier,
        agent: Agent | None,
        summariser: Summariser | None = None,
        *,
        answerer: Answerer | None = None,
        translator: Translator | None = None,
        masks_for_model: bool = False,
    ) -> None:
        """`masks_for_model`: later steps see masked text even without privacy removal selected."""
        self._privacy = privacy
        self._classifier = classifier
        self._agent = agent
        self._summariser = summariser
        self._answerer = answerer
        self._translator = translator
        self._masks_for_model = masks_for_model

    async def process(self, transcript: Transcript, steps: Steps) -> Processed:
        """Run the selected steps. A failed one is in `errors`, not in `completed`.

        An error in the privacy rules themselves is raised: a transcript that should be masked and
        is not must not be returned.
        """
        completed: list[str] = []
        errors: list[tuple[str, StepError]] = []
        privacy: PrivacyResult | None = None
        if steps.privacy_removal:
            try:
                privacy = await self._privacy.remove(transcript)
                completed.append("privacy_removal")
            except PrivacyIncomplete as incomplete:
                privacy = incomplete.result
                errors.append(("privacy_removal", incomplete.error))
            transcript = privacy.transcript
        seen = transcript
        if not steps.privacy_removal and steps.names:
            seen = await self._seen(transcript)
        classification: Classification | None = None
        if steps.classification:
            try:
                classification = await self._classifier.classify(seen)
                completed.append("classification")
            except Exception as error:  # whatever a step raises, the transcript is returned
                errors.append(("classification", _why("classification", error)))
        agent: AgentAnswer | None = None
        if steps.ai_agent:
            try:
                agent = await self._ask(seen)
                completed.append("ai_agent")
            except Exception as error:  # the same
                errors.append(("ai_agent", _why("ai_agent", error)))
        summary: Summary | None = None
        if steps.summary:
            try:
                summary = await self._summarise(seen)
                completed.append("summary")
            except Exception as error:  # the same
                errors.append(("summary", _why("summary", error)))
        return Processed(
            transcript, privacy, classification, agent, tuple(completed), tuple(errors), summary
        )

    async def ask(self, transcript: Transcript, question: str) -> TranscriptAnswer | StepError:
        """Answer a question about a transcript."""
        if self._answerer is None:
            return NOT_CONFIGURED
        try:
            return await self._answerer.answer(await self._seen(transcript), question)
        except Exception as error:  # as for the steps
            return _why("ask", error)

    async def translate(self, transcript: Transcript, language: str) -> Translation | StepError:
        """Translate a transcript, segment by segment."""
        if self._translator is None:
            return NOT_CONFIGURED
        try:
            texts = [segment.text for segment in (await self._seen(transcript)).segments]
            return await self._translator.translate(texts, language)
        except Exception as error:  # as for the steps
            return _why("translate", error)

    async def _seen(self, transcript: Transcript) -> Transcript:
        """What a language model may see of a transcript."""
        return await self._masked(transcript) if self._masks_for_model else transcript

    async def _masked(self, transcript: Transcript) -> Transcript:
        """Mask a transcript; by the rules alone if the language model fails."""
        try:
            return (await self._privacy.remove(transcript)).transcript
        except PrivacyIncomplete as incomplete:
            return incomplete.result.transcript

    async def _ask(self, transcript: Transcript) -> AgentAnswer:
        if self._agent is None:
            raise StepFailed(NOT_CONFIGURED.code, NOT_CONFIGURED.message)
        return await self._agent.answer(transcript)

    async def _summarise(self, transcript: Transcript) -> Summary:
        if self._summariser is None:
            raise StepFailed(NOT_CONFIGURED.code, NOT_CONFIGURED.message)
        return await self._summariser.summarise(transcript)


def _why(step: str, error: Exception) -> StepError:
    if isinstance(error, StepFailed):
        log.warning("step.failed", step=step, code=error.error.code)
        return error.error
    # Only the type is logged: an error's text may quote the transcript.
    log.error("step.failed", step=step, error=type(error).__name__)
    return INTERNAL
