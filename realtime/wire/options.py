"""The table of a stream's options: name, kind, default, meaning, and where else it is offered.

A query, a `start` message, and any dialect's handshake may set them. Settings, fields of HTTP
forms, the JSON Schema of the protocol and the tables of the documents are made from this table;
tests compare with it what must be written out again (the checked options, the Python client, flags,
the page).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_args

from realtime.encodings import ENCODINGS
from realtime.wire.option import Door, Option
from realtime.wire.values import (
    Choice,
    Flag,
    Language,
    Languages,
    Name,
    Seconds,
    Secret,
    SessionId,
    Text,
    Whole,
)

if TYPE_CHECKING:  # it imports numpy, which reading settings does not need
    from realtime.types import Task

Endpoint: TypeAlias = Literal["fixed", "smart"]
Detector: TypeAlias = Literal["silero", "webrtc", "energy", "off"]

ENDPOINTS: Final[tuple[Endpoint, ...]] = get_args(Endpoint)
DETECTORS: Final[tuple[Detector, ...]] = get_args(Detector)
TASKS: Final[tuple[Task, ...]] = ("transcribe", "translate")
PRESETS: Final[Mapping[str, Mapping[str, float]]] = {
    "low-latency": {"chunk_duration": 2.0, "overlap_duration": 0.2, "hop": 0.25, "beam_size": 1},
    "balanced": {"chunk_duration": 5.0, "overlap_duration": 0.5},
    "accuracy": {"chunk_duration": 10.0, "overlap_duration": 1.0, "beam_size": 5},
}
"""Preset → its defaults; a key that the client gives itself wins."""
MIN_ADVANCE_S: Final = 1.0
"""Least new audio between two cuts outside a pause: a chunk exceeds its overlap by this much."""
SERVERS = ("the server's", "서버 설정")
NONE = ("none", "없음")

ENCODING = Option(
    "encoding",
    Choice(ENCODINGS),
    "f32le",
    (
        "How samples are written; auto: the bytes are a container (webm, ogg, wav, mp3, mp4, "
        "flac), told apart by its first bytes.",
        "샘플의 형식. auto: 컨테이너(webm, ogg, wav, mp3, mp4, flac)이며 첫 바이트로 구별합니다.",
    ),
    at=("client", "command"),
)
RATE: Option[int | None] = Option(
    "sample_rate",
    Whole(8_000, 192_000, "Hz"),
    None,
    (
        "Sample rate of the audio, which is resampled to 16,000 Hz without seams between packets.",
        "음성의 샘플레이트. 패킷 경계에서 끊김 없이 16,000 Hz로 바꿉니다.",
    ),
    ("16000; guessed for browsers", "16000. 브라우저는 추정"),
    at=("client", "command"),
)
CHANNELS = Option(
    "channels",
    Whole(1, 8),
    1,
    (
        "Number of interleaved channels, which are mixed to one.",
        "인터리브된 채널 수. 하나로 섞습니다.",
    ),
    at=("client", "command"),
)
MULTICHANNEL = Option(
    "multichannel",
    Flag(),
    False,
    (
        "Transcribe each channel separately; results name the channel.",
        "채널마다 따로 전사하고, 결과에 채널을 표시합니다.",
    ),
    at=("files", "client"),
)
DIARIZE = Option(
    "diarize",
    Flag(),
    False,
    (
        "Tell speakers apart: results have `speaker`. Not together with multichannel.",
        "화자를 구분해 결과에 `speaker`를 표시합니다. multichannel과 함께 쓸 수 없습니다.",
    ),
    at=("files", "openai", "client", "command", "library", "page"),
)
PRIVACY = Option(
    "privacy",
    Flag(),
    False,
    (
        "Mask personal data before any text is sent.",
        "텍스트를 보내기 전에 개인정보를 가립니다.",
    ),
    at=("client", "command", "page"),
    renamed={"files": "privacy_removal"},
)
LANGUAGE = Option(
    "language",
    Language(),
    None,
    (
        "Code, locale or English name of the language (ko, ko-KR, kor, Korean), or auto.",
        "언어의 코드, 로캘, 영어 이름(ko, ko-KR, kor, Korean) 또는 auto.",
    ),
    ("the server's (`ko`)", "서버 설정(`ko`)"),
    at=("setting", "files", "openai", "client", "command", "library", "page"),
    changeable=True,
)
LANGUAGES: Option[tuple[str, ...]] = Option(
    "languages",
    Languages(),
    (),
    (
        "Languages to choose from when the model detects the language, such as ko,en.",
        "모델이 언어를 감지할 때 고를 수 있는 언어. 예: ko,en.",
    ),
    ("all", "전체"),
    at=("files", "openai", "client", "command"),
    changeable=True,
)
TASK = Option(
    "task",
    Choice(TASKS),
    "transcribe",
    ("translate gives English text.", "translate는 영어로 번역합니다."),
    at=("files", "client", "library", "page"),
    changeable=True,
)
MODEL: Option[str | None] = Option(
    "model",
    Name(),
    None,
    ("Name of a model of this server.", "이 서버에 있는 모델의 이름."),
    SERVERS,
    at=("client", "page"),
)
PROMPT = Option(
    "prompt",
    Text(),
    "",
    (
        "Text that gives the model context, as if it had been said before.",
        "앞서 말한 내용처럼 모델에 문맥으로 주는 텍스트.",
    ),
    NONE,
    at=("files", "openai", "client", "page"),
    renamed={"library": "initial_prompt"},
    changeable=True,
)
HOTWORDS = Option(
    "hotwords",
    Text(),
    "",
    ("Names and terms that are likely to be said.", "나올 가능성이 큰 이름과 용어."),
    NONE,
    at=("files", "client", "page"),
    renamed={"openai": "keywords"},
    changeable=True,
)
CHUNK = Option(
    "chunk_duration",
    Seconds(2, 28),
    15.0,
    ("Longest audio that one final covers.", "최종 결과 하나가 담는 가장 긴 음성."),
    at=("setting", "client", "library"),
)
OVERLAP = Option(
    "overlap_duration",
    Seconds(0, 5),
    1.0,
    (
        "Audio decoded again after a cut in the middle of speech, where less than 1 s counts as "
        "1 s; at least 1 s less than chunk_duration.",
        "쉬지 않는 말이 중간에 잘렸을 때 다시 처리하는 음성의 길이. 1초보다 짧으면 1초로 봅니다. "
        "chunk_duration보다 1초 이상 짧아야 합니다.",
    ),
    at=("setting", "client", "library"),
)
HOP = Option(
    "hop",
    Seconds(0.1, 10),
    0.5,
    ("New audio between two partials.", "중간 결과 두 개 사이의 새 음성 길이."),
    at=("setting", "client"),
)
ENDPOINT_MS = Option(
    "endpoint_ms",
    Whole(100, 10_000, "ms"),
    500,
    (
        "Silence that ends an utterance. A client that sets it gets endpoint=fixed.",
        "이 시간 동안 말이 없으면 발화를 확정합니다. 클라이언트가 정하면 endpoint=fixed가 됩니다.",
    ),
    ("500 (300 with `diarize`)", "500 (`diarize`는 300)"),
    at=("setting", "client"),
)
ENDPOINT = Option(
    "endpoint",
    Choice(ENDPOINTS),
    "fixed",
    (
        "What ends an utterance: endpoint_ms of silence alone (fixed), or less silence after a "
        "finished sentence and more in mid-sentence, 250 to 1,000 ms (smart).",
        "발화를 확정하는 기준. fixed는 endpoint_ms만 보고, smart는 끝난 문장 뒤에서 더 짧게, 문장 "
        "중간에서 더 길게(250~1,000ms) 기다립니다.",
    ),
    at=("setting", "client"),
)
PRESET: Option[str | None] = Option(
    "preset",
    Choice(tuple(PRESETS)),
    None,
    (
        "Other defaults of chunk_duration, overlap_duration, hop and beam_size.",
        "chunk_duration, overlap_duration, hop, beam_size의 기본값을 바꿉니다.",
    ),
    NONE,
    at=("client", "command", "page"),
)
BEAM = Option(
    "beam_size",
    Whole(1, 10),
    1,
    (
        "Beam size of finals; partials are always greedy.",
        "최종 결과의 빔 크기. 중간 결과는 항상 greedy입니다.",
    ),
    ("5 on a GPU, else 1", "GPU 5, 그 외 1"),
    at=("setting", "client", "library"),
)
VAD = Option(
    "vad",
    Choice(DETECTORS),
    "silero",
    ("Detector that finds speech in the audio.", "음성에서 말소리를 찾는 검출기."),
    at=("setting", "client", "library"),
)
WORDS = Option(
    "words",
    Flag(),
    False,
    (
        "List the words with their times and probabilities.",
        "단어별 시간과 확률을 넣습니다.",
    ),
    at=("client", "command", "library", "page"),
    renamed={"files": "word_timestamps"},
    changeable=True,
)
PARTIALS = Option(
    "partials",
    Flag(),
    True,
    ("Send partial results.", "중간 결과를 보냅니다."),
    at=("client", "library"),
)
VAD_EVENTS = Option(
    "vad_events",
    Flag(),
    False,
    ("Send `speech_start` and `speech_end`.", "`speech_start`, `speech_end`를 보냅니다."),
    at=("client", "page"),
)
IDLE_FLUSH = Option(
    "idle_flush_ms",
    Whole(0, 3_600_000, "ms"),
    2_000,
    (
        "Finalise when no audio arrives for this long in mid-speech. 0: never.",
        "말하는 도중 이 시간 동안 음성이 오지 않으면 확정합니다. 0이면 확정하지 않습니다.",
    ),
    at=("setting", "client"),
)
IDLE_CLOSE = Option(
    "idle_close_ms",
    Whole(0, 86_400_000, "ms"),
    0,
    (
        "Finish and close the stream when no audio arrives for this long. 0: never.",
        "이 시간 동안 음성이 오지 않으면 마무리하고 연결을 닫습니다. 0이면 닫지 않습니다.",
    ),
    at=("setting", "client"),
)
TOKEN: Option[str | None] = Option(
    "token",
    Secret(),
    None,
    (
        "API key. Over a network prefer a header, which appears in fewer logs.",
        "API 키. 네트워크에서는 로그에 덜 남는 헤더로 보내는 편이 좋습니다.",
    ),
    NONE,
    at=("client", "command"),
)
SESSION: Option[str | None] = Option(
    "session",
    SessionId(),
    None,
    (
        "Id from an earlier `ready`: resume that stream.",
        "앞서 받은 `ready`의 id. 그 스트림을 이어 갑니다.",
    ),
    ("a new stream", "새 스트림"),
)
VOICES_FROM: Option[str | None] = Option(
    "voices_from",
    SessionId(),
    None,
    (
        "With diarize: the session whose speakers keep their numbers in this one.",
        "diarize와 함께: 이 세션의 화자들이 이번에도 같은 번호를 씁니다.",
    ),
    NONE,
)

_ALL: tuple[Option[Any], ...] = (
    *(ENCODING, RATE, CHANNELS, MULTICHANNEL, DIARIZE, PRIVACY, LANGUAGE, LANGUAGES, TASK, MODEL),
    *(PROMPT, HOTWORDS, CHUNK, OVERLAP, HOP, ENDPOINT_MS, ENDPOINT, PRESET, BEAM, VAD, WORDS),
    *(PARTIALS, VAD_EVENTS, IDLE_FLUSH, IDLE_CLOSE, TOKEN, SESSION, VOICES_FROM),
)
OPTIONS: Final[Mapping[str, Option[Any]]] = {option.name: option for option in _ALL}
"""By key, in the order in which they are documented."""


def offered_at(door: Door) -> dict[str, Option[Any]]:
    """The options offered at a door, by their names there."""
    return {each.doors[door]: each for each in OPTIONS.values() if door in each.doors}
