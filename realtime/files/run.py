"""Sends one file through the engine: windows wait for the model, answers are taken in order."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from realtime.engine.edge import attempt
from realtime.engine.engine import Engine
from realtime.errors import DecodeFailed, NotReady, Overloaded
from realtime.files.borders import last_border
from realtime.files.cutter import CutSpan, Cutter
from realtime.files.merge import DecodedSpan, with_words
from realtime.files.options import Checkpoint, FileOptions, Piece, Progress, fitted
from realtime.files.sentences import invented, sentences, together
from realtime.files.threads import in_thread
from realtime.files.track import Tracks
from realtime.speakers.embedding import SpeakerNetwork
from realtime.speakers.stretches import Stretch
from realtime.speakers.voices import Voices
from realtime.types import SAMPLE_RATE, Hypothesis, Urgency, Window

WINDOWS_AHEAD = 16
"""Windows of one file that wait or are being decoded: two batches for each of two workers.
With one file alone, fewer would leave batches unfilled; more would only take memory."""
WINDOWS_AHEAD_BOUNDED = 8
"""Two for each of two workers, and as many waiting."""
LANGUAGE_WINDOWS = 3
"""Windows that decide together which language a file is in."""
ATTEMPTS = 3
"""Decodes of one window before its file fails."""
PATIENCE_S = 120.0
"""How long a window waits for a model that is not ready or overloaded: a reload takes seconds."""
SHORTER = 0.75
"""Share of a window that is decoded again where the model repeated itself: more than the part that
the next window does not hear."""
PAUSE_S = 0.5
"""Pause between two attempts at an engine that is not ready or overloaded."""


@dataclass(slots=True, eq=False)
class _Pending:
    """A window on its way through the engine."""

    cut: CutSpan
    before: asyncio.Task[DecodedSpan] | None
    """The previous window of its channel."""
    task: asyncio.Task[DecodedSpan]
    voices: asyncio.Task[list[Stretch]] | None
    """None where speakers are not told apart."""


class FileRun:
    """One file in progress. Call `fill`, `settle` and `piece` in turn until `over` or `too_long`,
    then `cancel`."""

    def __init__(
        self,
        engine: Engine,
        cutter: Cutter,
        threads: ThreadPoolExecutor,
        options: FileOptions,
        begun: Checkpoint,
        voices: Voices | None,
    ) -> None:
        self._engine = engine
        self._cutter = cutter
        self._threads = threads
        options, self._warnings = fitted(options, engine.traits)
        self._options = options
        self._tracks = Tracks(cutter.channels, options, begun)
        self._language = options.language or begun.language or None
        self._ahead = WINDOWS_AHEAD_BOUNDED if options.bounded else WINDOWS_AHEAD
        # Words of a translation have no times of their own.
        self._by_sentence = engine.traits.file_sentences and options.task == "transcribe"
        self._pending: deque[_Pending] = deque()
        self._newest: dict[int, asyncio.Task[DecodedSpan]] = {}
        """For each channel, the window that was started last."""
        self._cost_usd = begun.cost_usd
        self._voices = voices
        self._clustering = voices.clustering(begun.speakers) if voices is not None else None
        self.too_long = False
        """In the language that was detected, the text of such long windows does not fit into one
        decode: begin again, with that `language`. No segment was returned yet."""
        self.over = False
        """Everything was read and settled, and the last piece was returned."""

    @property
    def language(self) -> str:
        """ISO code; empty until it is detected from the file's first windows."""
        return self._language or ""

    async def fill(self) -> None:
        """Read on until enough windows are pending, the oldest is done, or a minute gave none."""
        ahead = LANGUAGE_WINDOWS if self._language is None else self._ahead
        while len(self._pending) < ahead and not self._cutter.over:
            if self._language is not None and self._pending and self._pending[0].task.done():
                return
            cuts = await in_thread(self._threads, self._cutter.advance)
            for cut in cuts:
                before = self._newest.get(cut.channel)
                task = self._newest[cut.channel] = self._start(cut, before)
                self._pending.append(_Pending(cut, before, task, self._listen(cut)))
            if not cuts:
                return

    async def settle(self) -> None:
        """Take the answers that have arrived; wait for one where no more windows can be started."""
        full = self._cutter.over or len(self._pending) >= self._ahead
        if self._language is None:
            if not self._cutter.over and len(self._pending) < LANGUAGE_WINDOWS:
                return
            await self._agree_on_language()
            if self.too_long:
                return
        while self._pending and (full or self._pending[0].task.done()):
            first = self._pending[0]
            decoded = await first.task
            if self._clustering is not None and first.voices is not None:
                # Where there are no words, the sound was not a voice.
                stretches = await first.voices if decoded.hypothesis.text else []
                turns = self._clustering.turns(stretches)
                decoded = with_words(decoded.span, replace(decoded.hypothesis, turns=turns))
            self._pending.popleft()
            self._cost_usd += decoded.hypothesis.cost_usd
            self._tracks.receive(first.cut.channel, decoded)
            full = False

    def piece(self) -> Piece:
        """The part of the transcript that is new since the last piece."""
        cutter = self._cutter
        self.over = cutter.over and not self._pending
        horizons = [cutter.settled(channel) for channel in range(cutter.channels)]
        for pending in reversed(self._pending):
            horizons[pending.cut.channel] = pending.cut.span.start
        language = self.language
        segments, checkpoint = self._tracks.take(horizons, language, over=self.over)
        known = self._clustering.state if self._clustering is not None else ()
        checkpoint = replace(
            checkpoint,
            cost_usd=self._cost_usd,
            speakers=known,
            warnings=(*cutter.warnings, *self._warnings),
        )
        done = cutter.position if self.over else min(horizons)
        total_s = cutter.position / SAMPLE_RATE if cutter.over else cutter.total_s
        return Piece(segments, Progress(done / SAMPLE_RATE, total_s), language, checkpoint)

    def cancel(self) -> None:
        """Cancel the tasks in progress."""
        tasks = [task for pending in self._pending for task in (pending.task, pending.voices)]
        for task in tasks:
            if task is not None and task.done() and not task.cancelled():
                task.exception()  # marked as retrieved: the first failure was raised
            elif task is not None:
                task.cancel()

    async def _agree_on_language(self) -> None:
        """Choose the language by the first windows, weighted by length and probability; decode
        those in another language again."""
        votes: dict[str, float] = {}
        for pending in self._pending:
            hypothesis = (await pending.task).hypothesis
            alone = ((hypothesis.language, hypothesis.language_probability),)
            for code, probability in (hypothesis.languages or alone) if hypothesis.text else ():
                votes[code] = votes.get(code, 0.0) + probability * pending.cut.span.length
        if not votes:
            return
        self._language = max(votes, key=votes.__getitem__)
        if self._has_no_room():
            self.too_long = True
            return
        again: dict[asyncio.Task[DecodedSpan] | None, asyncio.Task[DecodedSpan]] = {}
        for pending in self._pending:
            hypothesis = pending.task.result().hypothesis
            follows = self._by_sentence and pending.cut.span.shared and pending.before in again
            if follows or hypothesis.language != self._language:
                self._cost_usd += hypothesis.cost_usd
                before = again.get(pending.before, pending.before)
                again[pending.task] = self._start(pending.cut, before)
                pending.before, pending.task = before, again[pending.task]
                self._newest[pending.cut.channel] = pending.task

    def _has_no_room(self) -> bool:
        """Whether there are or will be windows whose text is longer than a decoder can write."""
        longest_s = self._engine.traits.longest_s(self.language, self._options.task)
        longest = min(round(longest_s * SAMPLE_RATE), self._cutter.longest)
        if self._cutter.over:
            return any(pending.cut.span.length > longest for pending in self._pending)
        return longest < self._cutter.longest

    def _listen(self, cut: CutSpan) -> asyncio.Task[list[Stretch]] | None:
        """Start finding who speaks in a window; None where speakers are not told apart."""
        voices = self._voices
        if voices is None:
            return None
        listening = in_thread(self._threads, lambda: _stretches(voices.network(), cut))
        return asyncio.get_running_loop().create_task(listening)

    def _start(
        self, cut: CutSpan, before: asyncio.Task[DecodedSpan] | None
    ) -> asyncio.Task[DecodedSpan]:
        """Start decoding a window. `before`: the previous window of its channel."""
        return asyncio.get_running_loop().create_task(self._transcribe(cut, before, self._language))

    async def _transcribe(
        self, cut: CutSpan, before: asyncio.Task[DecodedSpan] | None, language: str | None
    ) -> DecodedSpan:
        options = self._options
        if self._by_sentence and cut.span.shared and before is not None:
            cut = _following(cut, await before)
        # Where windows share audio, the seam is found by the word times.
        times = options.word_times or cut.span.overlaps or self._by_sentence
        decode = replace(options.decode, language=language, word_times=times)
        start, speech = cut.span.start, cut.span.heard_speech
        window = Window(cut.samples, start, True, decode, speech, cut.voice)
        hypothesis = await _decode(self._engine, window)
        parts = sentences(window, hypothesis.words) if self._by_sentence else []
        if cut.span.shares and invented(parts):
            # The next window hears the rest.
            window = replace(window, samples=window.samples[: round(SHORTER * cut.span.length)])
            hypothesis = await _decode(self._engine, window)
            parts = sentences(window, hypothesis.words)
        if len(parts) > 1:
            # A sentence that the window cuts off is heard whole by the next window.
            whole = parts[:-1] if cut.span.shares else parts
            alone = [
                _decode(self._engine, Window(one.samples, one.start, True, decode)) for one in whole
            ]
            hypothesis = together(hypothesis, parts, await asyncio.gather(*alone))
        return with_words(cut.span, hypothesis)


def _following(cut: CutSpan, before: DecodedSpan) -> CutSpan:
    """The window for a model that cannot begin in mid-sentence: it begins after the last sentence
    that ended within the audio shared with the window before."""
    if not before.hypothesis.words:  # their times would be estimates
        return cut
    first_s, last_s = cut.span.start / SAMPLE_RATE, before.span.end / SAMPLE_RATE
    border = last_border(before.words, first_s, last_s)
    if border is None:
        return cut
    whole = cut.span.pieces[0][1] - cut.span.start  # up to the first silence that was left out
    begin = border.sample(cut.samples[:whole], cut.span.start)
    span = cut.span.begun_at(min(max(begin, cut.span.start), before.span.end - 1))
    return replace(cut, span=span, samples=cut.samples[cut.span.length - span.length :])


def _stretches(network: SpeakerNetwork, cut: CutSpan) -> list[Stretch]:
    """The voices in a span; none where that fails, so that the words are not lost too."""

    def listen() -> list[Stretch]:
        found, at = [], 0
        for start, end in cut.span.pieces:
            found += network.stretches(cut.samples[at : at + end - start], start)
            at += end - start
        return found

    try:
        return attempt(
            listen,
            DecodeFailed,
            "The speakers could not be told apart",
        )
    except DecodeFailed:
        return []  # logged


async def _decode(engine: Engine, window: Window) -> Hypothesis:
    """Decode, and try again where that may help. Raises the engine's last error."""
    give_up_at = time.monotonic() + PATIENCE_S
    attempt = 1
    while True:
        try:
            return await engine.decode(window, Urgency.FILE)
        except DecodeFailed:
            if attempt == ATTEMPTS:
                raise
            attempt += 1
        except (NotReady, Overloaded):
            if time.monotonic() > give_up_at:
                raise
            await asyncio.sleep(PAUSE_S)
