"""What the engine asks of a speech model. Files beside this one are alternatives."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Protocol

from realtime.backends.pace import longest_s
from realtime.types import Hypothesis, Task, Window, WindowShape

LONGEST_S = 30.0
"""What a Whisper hears at once."""


@dataclass(frozen=True, slots=True)
class ContextPolicy:
    """Which encoder contexts a model may be given, and what else it was (not) trained for.

    Whisper's encoder takes any length up to 30 s, but stock weights were trained at 30 s only and
    go astray on short ones; models trained for it may use short contexts throughout.
    """

    partial_buckets_s: tuple[float, ...] = (8.0, 15.0, 30.0)
    """Ascending; the smallest that holds window + margin is taken."""
    final_buckets_s: tuple[float, ...] = (8.0, 15.0, 30.0)
    """The same for finals. Stock `base` on recordings of people, 1,551 words in English and 412
    Korean syllables: 5.8 % of the words wrong and 13.8 % of the syllables at a third of the time of
    30 s alone (5.2 and 10.9 %); with what `earlier_s` adds 5.3 and 13.8 %."""
    earlier_s: float = 14.0
    """Where the model is not sure of a final, it hears it again behind earlier audio of the stream:
    both together are no longer than this. 0: never."""
    margin_s: float = 1.0
    """Real silence kept behind the audio inside a bucket."""
    left_context_s: float = 0.0
    """Audio before a cut that the model wants to hear again: for models never taught to begin in
    mid-sentence. A stream's overlap is heard in any case."""
    file_window_s: float = 29.0
    """The most audio that one window of a file should hold; Whisper hears 30 s at most."""
    file_cut_from: float = 0.8
    """A full window is cut at a pause behind this part of it. Where every window costs 30 s, early
    cuts are dear; a model that does badly on long windows wants the best pause of all."""
    file_silence_s: float = 0.6
    """The longest silence inside a file's window; of a longer one only so much is heard, half at
    each side. A window then holds more speech, for a model that can take so much at once."""
    file_pause_s: float = 30.0
    """A silence so long ends a file's window, whether it is full or not. At most `file_silence_s`:
    nothing is ever left out inside a window."""
    file_sentences: bool = False
    """For a model that does best with one sentence at a time: each of several in a file's window is
    heard once more by itself, and where two windows share audio, the later one begins with one."""
    previous_text: bool = True
    """Whether text (earlier finals, prompt, hotwords) may be given as context."""
    timestamps: bool = True
    """Whether the model was taught to tell times as it writes: a window of which it left something
    out is then heard again so."""
    partials: bool = True
    """Whether live streams may ask for partials: not where every request costs money."""
    no_speech_limit: float = 0.6
    silence_logprob: float = -1.0
    """Text is dropped where the no-speech probability is above the one and the mean log-probability
    below the other. Defaults: openai/whisper, transcribe.py."""

    sure: float = 0.7
    """Words of partials: probability from which two hypotheses that agree are enough. On 1,551
    words of people 5.4 % are wrong without stable words, 5.9 % with this and 6.2 % with 0.5."""
    unsure_hearings: int = 4
    """So many agree on a word of which the model is not sure."""
    hold_s: float = 0.3
    """Words that end less than this before the end of the audio may be half heard."""
    hold_words: int = 1
    """And so may the last ones of a hypothesis, however early they seem to end."""

    text_bound: bool = True
    """Whether the decoder writes `pace.MOST_TOKENS` for a window at most; a cloud may go on."""

    def longest_s(self, language: str, task: Task) -> float:
        """The most audio, in seconds, whose text one window has room for; a translation is English.

        `language`: an ISO code; empty where it is not known yet.
        """
        if not self.text_bound or not language or task == "translate":
            return LONGEST_S
        return min(longest_s(language), LONGEST_S)


@dataclass(frozen=True, slots=True)
class BackendInfo:
    """What a backend says of itself, for `ready`, `/health` and the log."""

    backend: str
    """faster-whisper, transformers, openai-whisper, openai-api, scripted"""
    model: str
    """Shown name: `small`, `micro (bundled demo)` …"""
    backend_type: str = "WhisperModel"
    device: str = "cpu"
    compute_type: str = "int8"
    model_path: str = ""
    multilingual: bool = True


class Backend(Protocol):
    """One loaded model. Stateless between calls, so any number of streams may share it."""

    @property
    def info(self) -> BackendInfo: ...

    @property
    def policy(self) -> ContextPolicy: ...

    @property
    def max_batch(self) -> int:
        """The most windows of streams that one call of `decode` takes."""
        ...

    @property
    def max_file_batch(self) -> int:
        """The same for windows of files, which nobody waits for word by word."""
        ...

    @property
    def workers(self) -> int:
        """How many threads may call `decode` at once."""
        ...

    @property
    def file_workers(self) -> int:
        """How many of them only windows of files may use, so that no file ever delays a stream."""
        ...

    def group_key(self, shape: WindowShape) -> Hashable:
        """Windows whose shapes have equal keys may share one `decode`.

        Audio may grow a little between the shape and the window: `decode` takes the largest bucket
        needed.
        """
        ...

    def cost_s(self, key: Hashable, batch: int) -> float:
        """Expected seconds for a batch of `batch` windows of this key; learned as it runs."""
        ...

    def decode(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """One hypothesis a window, in order.

        Blocking; called from a worker thread. Raises whatever the model raises: the engine then
        tries the windows one by one, so that only the poisoned one fails. After ModelEnded it loads
        the model again first.
        """
        ...

    @property
    def lost(self) -> bool:
        """Whether it can never decode again, since the process that held the model is gone."""
        ...

    def kill(self) -> None:
        """End a call that hangs, and give the memory back at once, where that is possible: then
        `lost` is true, and calls in progress raise ModelEnded. A thread cannot be ended."""
        ...

    def close(self) -> None:
        """Give the memory back."""
        ...
