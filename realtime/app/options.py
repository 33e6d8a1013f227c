"""Settings → the options of each part."""

from __future__ import annotations

import ssl
from pathlib import Path

from realtime.app.languages import ui_language
from realtime.app.process.descriptors import available
from realtime.app.process.memory import trim
from realtime.engine.engine import Engine
from realtime.errors import NotReady, SetupError
from realtime.keys.holder import Quota
from realtime.keys.key_file import KeyFile
from realtime.languages import AUTO
from realtime.server.admission import AdmissionOptions
from realtime.server.idle_connections import MOST_IDLE
from realtime.server.websocket.context import ConnectionOptions
from realtime.server.websocket.server import ServerOptions
from realtime.settings import Settings
from realtime.traits import Traits
from realtime.wire.config import StreamConfig


def admission_options(settings: Settings) -> AdmissionOptions:
    """Who is admitted, and how many. Raises SetupError where the file of keys cannot be read."""
    quota = Quota(settings.max_per_key, settings.audio_hours_per_key)
    return AdmissionOptions(
        api_keys=tuple(key.get_secret_value() for key in settings.api_keys),
        key_file=None if settings.keys_file is None else KeyFile(settings.keys_file, quota),
        quota=quota,
        allowed_origins=tuple(settings.allowed_origins),
        allowed_hosts=tuple(settings.allowed_hosts),
        max_sessions=settings.max_sessions,
        max_per_address=settings.max_per_address,
        trusted_proxies=settings.trusted_proxies,
        root_path=settings.root_path,
        most_idle=_most_idle(),
    )


def api_key(settings: Settings) -> str:
    """The key that is sent to the API at `api_url`: the first of `api_keys`, or ""."""
    return settings.api_keys[0].get_secret_value() if settings.api_keys else ""


def _most_idle() -> int:
    """The limit of idle connections: at most a quarter of the available file descriptors."""
    descriptors = available()
    return MOST_IDLE if descriptors is None else max(1, min(MOST_IDLE, descriptors // 4))


def server_options(settings: Settings) -> ServerOptions:
    """Options of the WebSocket server. Raises SetupError where the certificate cannot be used."""
    return ServerOptions(
        host=settings.host,
        port=settings.port,
        tls=tls_context(settings.tls_cert, settings.tls_key),
        resume_s=settings.resume_s,
        drain_s=settings.drain_s,
        text_language=ui_language(settings),
        give_back=trim,
        connection=ConnectionOptions(
            max_message_bytes=settings.max_message_bytes,
            max_session_s=settings.max_session_s,
            first_audio_s=settings.first_audio_s,
            max_backlog_s=settings.max_backlog_s,
            ping_interval_s=settings.ping_interval_s,
            ping_timeout_s=settings.ping_timeout_s,
            send_timeout_s=settings.send_timeout_s,
        ),
    )


def tls_context(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """None without a certificate. Raises SetupError where it cannot be used."""
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise SetupError(
            f"The certificate {certificate} cannot be used ({error}): give a PEM file with "
            "--tls-cert, and its key with --tls-key."
        ) from error
    return context


def default_language(settings: Settings, traits: Traits | None) -> str:
    """Language of streams and files that name none: the setting, or what the model can do
    instead of it. `traits`: None while the model is loading."""
    language = None if settings.language == AUTO else settings.language
    return (language if traits is None else traits.spoken(language)) or AUTO


def engine_language(settings: Settings, engine: Engine) -> str:
    """`default_language` for the model that is loaded or will be."""
    try:
        traits = engine.traits
    except NotReady:
        return default_language(settings, None)
    return default_language(settings, traits)


def beam_size(settings: Settings, engine: Engine) -> int:
    """Beam size of finals and files: the setting, else 5 on a GPU, where it costs little, and 1 on
    a CPU."""
    try:
        on_gpu = engine.info.device.startswith("cuda")
    except NotReady:
        on_gpu = False
    return settings.beam_size or (5 if on_gpu else 1)


def stream_defaults(settings: Settings, engine: Engine) -> StreamConfig:
    """Default options of a stream, for the model that is loaded or will be."""
    spoken = engine_language(settings, engine)
    return StreamConfig(
        language=None if spoken == AUTO else spoken,
        chunk_duration=settings.chunk_duration,
        overlap_duration=settings.overlap_duration,
        hop=settings.hop,
        endpoint_ms=settings.endpoint_ms,
        endpoint=settings.endpoint,
        beam_size=beam_size(settings, engine),
        vad=settings.vad,
        idle_flush_ms=settings.idle_flush_ms,
        idle_close_ms=settings.idle_close_ms,
    )
