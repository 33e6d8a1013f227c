"""Texts of errors and of live warnings for users, in Korean and English. Codes never change;
sentences may."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, Literal

from realtime.errors import RealtimeError

Language = Literal["ko", "en"]

TITLES: Final[Mapping[str, tuple[str, str]]] = {
    "access_denied": ("접근 금지", "access denied"),
    "bad_message": ("잘못된 메시지", "bad message"),
    "bad_option": ("잘못된 옵션", "bad option"),
    "bad_request": ("잘못된 요청", "bad request"),
    "busy": ("요청 과다", "too many requests"),
    "cancelled": ("취소됨", "cancelled"),
    "conflict": ("이미 진행 중", "conflict"),
    "decode_failed": ("전사 실패", "transcription failed"),
    "disk_full": ("디스크 부족", "disk full"),
    "draining": ("서버 종료 중", "shutting down"),
    "file_not_found": ("파일 없음", "file not found"),
    "gone": ("더는 쓸 수 없음", "gone"),
    "idle": ("소리 없음", "no audio"),
    "internal": ("서버 오류", "server error"),
    "load_failed": ("모델 로드 실패", "the model could not be loaded"),
    "method_not_allowed": ("허용되지 않는 메서드", "method not allowed"),
    "model_not_found": ("모델 없음", "model not found"),
    "not_audio": ("오디오 아님", "not audio"),
    "not_found": ("찾을 수 없음", "not found"),
    "not_ready": ("준비 안 됨", "not ready"),
    "out_of_memory": ("메모리 부족", "out of memory"),
    "outdated": ("그사이 바뀜", "changed meanwhile"),
    "overloaded": ("서버 과부하", "overloaded"),
    "provider_auth": ("외부 서비스 인증 실패", "the provider refused the key"),
    "provider_unreachable": ("외부 서비스 연결 실패", "the provider cannot be reached"),
    "session_not_found": ("세션 없음", "session not found"),
    "slow_consumer": ("수신이 너무 느림", "reads too slowly"),
    "slow_upload": ("업로드가 너무 느림", "upload too slow"),
    "too_large": ("파일이 너무 큼", "file too large"),
    "unauthorized": ("인증 필요", "key needed"),
}
"""Code → `error` in Korean and English."""

SPEAKERS_OFF: Final = (
    "이 서버는 화자를 구분하지 못합니다. 사람 목소리로 학습한 화자 "
    "모델이 없고, 내장 화자 모델은 합성 음성으로만 학습해 쓰지 않습니다. 서버에서 `realtime models "
    "download speakers`를 실행하거나 --speaker-model FILE.onnx를 지정하세요."
)

KOREAN: Final[Mapping[str, str]] = {
    "access_denied": "이 요청은 허용되지 않습니다. 서버의 allowed_origins와 allowed_hosts 설정을 "
    "확인하세요.",
    "access_denied+allowed_directory": "{allowed_directory} 폴더 안의 일반 파일만 지정할 수 있으며 "
    "링크는 사용할 수 없습니다. 파일을 그 폴더에 두거나 업로드하세요.",
    "bad_message": '텍스트 메시지는 {{"type":"flush"}} 같은 JSON 객체여야 하며, type은 start, '
    "flush, end, clear, keepalive, ping, ack 중 하나입니다. 오디오는 바이너리로 보내세요.",
    "bad_option": "옵션 값이 올바르지 않습니다. 값을 확인하세요.",
    "bad_option+available": "없는 이름입니다. 사용할 수 있는 이름: {available}.",
    "bad_option+speakers_off": SPEAKERS_OFF,
    "bad_option+field=language": "language에는 ko, en, Korean처럼 언어의 코드나 이름, 또는 auto를 "
    "쓰세요.",
    "bad_option+field=languages": "languages에는 ko,en처럼 언어의 코드나 이름을 쉼표로 구분해 "
    "쓰세요.",
    "bad_option+choices": "'{field}'에는 다음 중 하나를 쓰세요: {choices}.",
    "bad_option+range": "'{field}'에는 {range} 범위의 숫자를 쓰세요.",
    "bad_option+field=overlap_duration": "overlap_duration은 chunk_duration보다 1초 이상 짧게 "
    "쓰세요.",
    "bad_option+field": "'{field}' 값을 사용할 수 없습니다. 값이 올바른지, 서버와 모델이 "
    "지원하는 기능인지 확인하세요.",
    "bad_request": "요청을 이해할 수 없습니다. 형식을 확인하세요.",
    "bad_request+missing": "'{missing}' 값이 없습니다. 값을 넣어 다시 보내세요.",
    "bad_request+choices": "'{field}'에는 다음 중 하나를 쓰세요: {choices}.",
    "bad_request+field": "'{field}' 값이 없거나 올바르지 않습니다. 값을 고쳐 다시 보내세요.",
    "busy": "지금은 처리 중인 요청이 많습니다. Retry-After에 적힌 시간(초)이 지난 뒤 "
    "다시 보내세요.",
    "busy+reason=key_hours": "이 키로 오늘(UTC) 쓸 수 있는 음성 시간을 모두 썼습니다. 내일 다시 "
    "보내거나 관리자에게 문의하세요.",
    "busy+reason=key_streams": "이 키로 열 수 있는 스트림이 모두 열려 있습니다. 하나를 닫고 다시 "
    "연결하세요.",
    "busy+reason=sessions": "서버에 저장된 세션이 너무 많습니다. 필요 없는 세션을 먼저 삭제하세요.",
    "busy+reason=voices": "기억해 둔 목소리가 한도에 이르렀습니다. 필요 없는 목소리를 "
    "먼저 삭제하세요.",
    "busy+reason=wrong_keys": "이 주소에서 잘못된 키를 너무 많이 보냈습니다. 키를 확인하고 "
    "Retry-After에 적힌 시간(초)이 지난 뒤 다시 보내세요.",
    "cancelled": "요청에 따라 취소되었습니다.",
    "conflict": "같은 작업이 이미 진행 중입니다. 끝난 뒤에 다시 시도하세요.",
    "conflict+idempotency_key": "이 Idempotency-Key는 이미 다른 요청에 사용되었습니다. 새 작업에는 "
    "새 키를 사용하세요.",
    "conflict+job_status": "작업이 {job_status} 상태라서 요청을 처리할 수 없습니다. 작업 상태를 "
    "확인하세요.",
    "decode_failed": "음성을 전사하지 못했습니다. 다시 시도하거나 다른 파일로 확인하세요.",
    "disk_full": "서버의 디스크가 가득 찼습니다. 나중에 다시 시도하거나 STT_DATA_DIR의 공간을 "
    "확보하세요.",
    "draining": "서버가 종료되는 중입니다. 다른 서버에 연결하거나 잠시 후 다시 시도하세요.",
    "gone": "이 링크는 만료되었거나 철회되었습니다. 새 링크를 요청하세요.",
    "file_not_found": "파일을 찾을 수 없습니다. 경로를 확인하세요.",
    "file_not_found+file_path": "{file_path} 파일을 찾을 수 없습니다. 경로를 확인하세요.",
    "idle": "연결한 뒤 소리가 오지 않아 연결을 닫았습니다. 보낼 소리가 있을 때 연결하세요.",
    "internal": "서버에 문제가 발생했습니다. 다시 시도하고, 계속되면 서버 로그를 확인하세요.",
    "load_failed": "모델을 불러오지 못해 이전 모델을 계속 사용합니다. 설치된 패키지와 모델을 "
    "확인하세요.",
    "load_failed+reason": "새 백엔드를 불러오지 못해 이전 백엔드를 계속 사용합니다. 이유: {reason}",
    "method_not_allowed+usual_port": "WebSocket 포트입니다. 파일은 HTTP API(보통 {usual_port} "
    "포트)로 보내세요.",
    "method_not_allowed": "이 주소에서는 {allowed} 메서드만 사용할 수 있습니다.",
    "model_not_found+available": "그런 모델이 없습니다. model을 빼거나 다음 중 하나를 쓰세요: "
    "{available}.",
    "model_not_found": "모델을 찾을 수 없습니다. 모델 이름을 확인하세요.",
    "not_audio": "오디오로 읽을 수 없는 파일입니다. 다른 형식으로 변환해 다시 보내세요.",
    "not_audio+reason=damaged": "파일이 손상되었거나 중간에서 잘렸습니다. 원본 파일을 다시 "
    "보내세요.",
    "not_audio+reason=no_samples": "파일에 머리말만 있고 소리가 없습니다. 녹음이 끝까지 되었는지 "
    "확인하세요.",
    "not_audio+reason=no_track": "이 파일에는 소리(오디오 트랙)가 없습니다. 소리가 있는 파일을 "
    "보내세요.",
    "not_audio+size_bytes": "빈 파일입니다(0바이트). 녹음이 되었는지 확인하고 다시 보내세요.",
    "not_found+stream_paths": "이 주소에는 스트림이 없습니다. {stream_paths}에 연결하세요.",
    "not_found+usual_address": "HTTP 포트입니다. 실시간 스트림은 WebSocket 포트(보통 "
    "{usual_address})에 연결하세요.",
    "not_found+probes": "WebSocket 포트입니다. /에 WebSocket으로 연결하거나, 파일은 HTTP API(보통 "
    "8003 포트)로 보내거나, GET {probes}를 쓰세요.",
    "not_found+docs": "이 주소에는 아무것도 없습니다. {docs}에서 주소를 확인하세요.",
    "not_found": "찾을 수 없습니다. 주소와 ID를 확인하세요.",
    "not_ready": "모델이 아직 준비되지 않았습니다. 잠시 후 다시 시도하세요.",
    "out_of_memory": "지금은 이 파일을 처리할 메모리가 부족합니다. 나중에 다시 시도하세요.",
    "out_of_memory+suggestion": "지금은 이 파일을 처리할 메모리가 부족합니다. {suggestion}로 "
    "보내거나 나중에 다시 시도하세요.",
    "outdated": "그사이 다른 곳에서 고쳤습니다. 지금 내용을 읽고 합친 뒤 다시 저장하세요.",
    "overloaded": "서버가 처리할 수 있는 한도에 이르렀습니다. 잠시 후 다시 시도하세요.",
    "provider_auth": "외부 서비스가 키를 거부했습니다. 서버의 OPENAI_API_KEY를 확인하세요.",
    "provider_unreachable": "외부 서비스에 연결할 수 없습니다. 나중에 다시 시도하세요.",
    "session_not_found": "이 세션을 찾을 수 없거나 이어받을 수 있는 시간이 지났습니다. 새 세션을 "
    "시작하세요.",
    "slow_consumer": "클라이언트가 전사 결과를 읽지 않아 연결을 닫았습니다. 결과를 읽거나 나중에 "
    "세션을 이어받으세요.",
    "slow_upload": "업로드가 너무 느려 중단했습니다. 더 빠른 네트워크에서 다시 보내세요.",
    "too_large": "파일이 너무 큽니다. 더 작은 파일이나 압축한 파일을 보내세요.",
    "too_large+limit_bytes": "파일이 한도({limit_bytes}바이트)보다 큽니다. 더 작은 파일이나 압축한 "
    "파일을 보내세요.",
    "unauthorized+reason=wrong_key": "보낸 키는 이 서버의 키가 아닙니다. 키를 확인하거나 "
    "운영자에게 문의하세요.",
    "unauthorized": "이 서버를 사용하려면 키가 필요합니다. 'Authorization: Bearer 키' 헤더로 "
    "보내세요.",
}
"""Code, code+detail where the error has that detail, or code+detail=value → sentence; of several
that fit, the first stands. The English sentence is the message of the error itself."""

KOREAN_WARNINGS: Final[Mapping[str, str]] = {
    "audio_suspect+reason=clipping": "샘플이 백 개에 하나 이상 최댓값에 걸립니다. 마이크 볼륨을 "
    "낮추거나 `encoding`을 확인하세요.",
    "audio_suspect+reason=container_as_pcm": "파일 형식(WAV, WebM, Ogg, MP3, MP4, FLAC 등)으로 "
    "시작하지만 원시 샘플로 읽고 있습니다. `encoding=auto`로 설정하세요.",
    "audio_suspect+reason=f32_as_s16": "float32 샘플로 보이지만 s16le로 읽고 있습니다. "
    "`encoding=f32le`로 설정하세요.",
    "audio_suspect+reason=not_finite": "NaN이나 무한대인 샘플이 있어 무음으로 바꾸었습니다. 녹음 "
    "프로그램을 확인하거나 `encoding`을 실제 형식으로 설정하세요.",
    "audio_suspect+reason=s16_as_f32": "정수 샘플로 보이지만 float32로 읽고 있습니다. "
    "`encoding=s16le`(또는 `s32le`)로 설정하세요.",
    "audio_suspect+reason=sample_rate": "소리가 {sample_rate} Hz의 속도로 오는데 16000 Hz로 읽고 "
    "있습니다. 보내는 소리가 그 속도라면 sample_rate={sample_rate}로 설정하세요.",
    "audio_suspect+reason=sides_cancel": "채널들이 서로 상쇄되어 합치면 거의 들리지 않으므로 더 큰 "
    "채널만 전사합니다. 한 채널의 극성을 바로잡거나, 채널 하나만 보내거나, `multichannel`을 "
    "설정하세요.",
    "audio_suspect+reason=too_loud": "float 샘플이 -1 … 1을 크게 벗어나 잘라 냈습니다. 정수 샘플은 "
    "32768로 나누거나 `encoding=s16le`로 보내세요.",
    "backlog": "전사가 소리보다 {lag_ms} ms 늦습니다.",
    "context_off": "이 모델은 문맥 텍스트를 받지 않으므로 prompt와 hotwords를 쓰지 않습니다.",
    "dropped_partials": "모델이 바빠서 중간 결과를 더 드물게 보냅니다.",
    "idle_soon": "소리가 오지 않아 곧 연결을 닫습니다.",
    "partials_off": "이 모델은 중간 결과를 내지 않으므로 발화가 끝난 뒤에 결과를 보냅니다.",
    "sample_rate_guessed": "샘플 레이트가 주어지지 않아 {sample_rate} Hz로 읽습니다. 실제 값을 "
    "?sample_rate={sample_rate}처럼 알려 주세요.",
    "session_soon": "허용된 최대 길이에 이르러 곧 스트림이 끝납니다.",
    "speakers_off": SPEAKERS_OFF,
    "word_times_estimated": "이 모델은 단어의 시각을 알려 주지 않으므로 단어의 시각은 추정한 "
    "값입니다.",
}
"""Sentences of live warnings, by the same keys. The English ones stand where they are raised."""

_PREFERENCE = re.compile(r"\s*([a-zA-Z*]{1,8})(?:-[\w-]+)?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")


def title(code: str, language: Language) -> str:
    """The field `error` of a response; the code itself where it has no title."""
    korean, english = TITLES.get(code, (code, code))
    return korean if language == "ko" else english


def sentence(error: RealtimeError, language: Language) -> str:
    """The field `message` of a response: what is wrong and what to do."""
    if language == "en":
        return error.message
    return _korean(KOREAN, error.code, {**error.details, **error.hints}) or KOREAN["internal"]


def warning_sentence(
    code: str, message: str, details: Mapping[str, Any], language: Language
) -> str:
    """The field `message` of a live warning. `message`: the English sentence, which also stands
    where there is no Korean one."""
    if language == "en":
        return message
    return _korean(KOREAN_WARNINGS, code, details) or message


def error_detail(error: RealtimeError, language: Language) -> dict[str, Any]:
    """The value of `detail` in a response, and of `error` for a file of a batch."""
    return {
        **{name: plain(value) for name, value in error.details.items()},
        "code": error.code,
        "error": title(error.code, language),
        "message": sentence(error, language),
    }


def preferred(accept_language: str | None, default: Language = "ko") -> Language:
    """The available language that a client prefers (RFC 9110, 12.5.4)."""
    best, quality = default, 0.0
    for part in (accept_language or "").split(",")[:32]:
        match = _PREFERENCE.fullmatch(part)
        if match is None:
            continue
        name, weight = match[1].lower(), float(match[2] or 1)
        if name in ("ko", "en") and weight > quality:
            best, quality = ("ko" if name == "ko" else "en"), weight
        elif name == "*" and weight > quality:
            best, quality = default, weight
    return best


def plain(value: object) -> object:
    """The value as types that JSON has."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    return str(value)


def _korean(sentences: Mapping[str, str], code: str, details: Mapping[str, Any]) -> str:
    """The sentence that fits the code and its details; empty where there is none."""
    given = {name: value for name, value in details.items() if value is not None}
    fitting = {f"{code}+{name}" for name in given}
    fitting |= {f"{code}+{name}={value}" for name, value in given.items()}
    text = next((sentences[key] for key in sentences if key in fitting), None)
    return (text or sentences.get(code, "")).format_map(_shown(details))


def _shown(details: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        for name, value in details.items()
    }
