"""OpenAI's cloud as a backend, against a real server that speaks its API."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("openai")

import stamina

from realtime.backends.openai_api import CloudOptions, OpenAIBackend
from realtime.errors import (
    DecodeFailed,
    LimitReached,
    LoadFailed,
    ProviderAuth,
    ProviderUnreachable,
)
from realtime.types import SAMPLE_RATE, DecodeOptions, Window
from realtime.weights.bundled import Sample, samples
from tests.backends.cloud import KEY, Cloud, Refusal, cloud

SAMPLES = {sample.name: sample for sample in samples()}
HELLO = SAMPLES["en-hello"]


@pytest.fixture(scope="module")
def provider() -> Iterator[Cloud]:
    with cloud() as running:
        yield running


@pytest.fixture
def server(provider: Cloud) -> Cloud:
    provider.refusals.clear()
    provider.forms.clear()
    return provider


def options(server: Cloud, **changes: Any) -> CloudOptions:
    return replace(CloudOptions(KEY, server.url), **changes)


@pytest.fixture
def backend(server: Cloud) -> Iterator[OpenAIBackend]:
    made = OpenAIBackend(options(server))
    yield made
    made.close()


def window(sample: Sample = HELLO, final: bool = True, start_s: int = 0, **given: Any) -> Window:
    chosen = replace(DecodeOptions(language=sample.language), **given)
    return Window(sample.read(), start_s * SAMPLE_RATE, final, chosen)


@pytest.mark.parametrize("name", ["en-hello", "ko-call"])
@pytest.mark.parametrize("told", [True, False])
def test_the_providers_words_are_returned(backend: OpenAIBackend, name: str, told: bool) -> None:
    sample = SAMPLES[name]
    heard = window(sample, start_s=100, word_times=True)
    heard = heard if told else window(sample, start_s=100, word_times=True, language=None)
    [hypothesis] = backend.decode([heard])
    assert hypothesis.text == sample.text
    assert hypothesis.language == sample.language
    assert -0.5 < hypothesis.avg_logprob < 0.0
    assert [word.text for word in hypothesis.words] == [word.text for word in sample.words]
    times = [t - 100 for word in hypothesis.words for t in (word.start_s, word.end_s)]
    assert times == sorted(times)
    off = [
        abs(word.start_s - 100 - said.start_s)
        for word, said in zip(hypothesis.words, sample.words, strict=True)
    ]
    assert np.median(off) < 0.15


def test_every_request_costs_by_its_audio(server: Cloud) -> None:
    with_price = OpenAIBackend(options(server, usd_per_minute=0.6))
    [hypothesis] = with_price.decode([window()])
    assert hypothesis.cost_usd == pytest.approx(0.01 * window().duration_s)
    with_price.close()


def test_partials_and_clicks_are_not_sent(backend: OpenAIBackend, server: Cloud) -> None:
    before = server.requests
    click = replace(window(), samples=np.zeros(SAMPLE_RATE // 20, np.float32))
    for free in (window(final=False), click):
        [hypothesis] = backend.decode([free])
        assert (hypothesis.text, hypothesis.cost_usd) == ("", 0.0)
    assert server.requests == before
    assert not backend.traits.partials
    assert backend.cost_s(backend.group_key(window(final=False).shape), 1) == 0.0


def test_silence_costs_nothing_and_gives_no_text(backend: OpenAIBackend) -> None:
    quiet = replace(window(), samples=np.zeros(2 * SAMPLE_RATE, np.float32))
    [hypothesis] = backend.decode([quiet])
    assert hypothesis.text == ""
    assert hypothesis.cost_usd > 0.0


def test_options_are_passed_on(backend: OpenAIBackend, server: Cloud) -> None:
    backend.decode([window(hotwords="Anna", prompt="A call.", previous_text="Hello.")])
    (form,) = server.forms
    assert form["prompt"] == ["Anna A call. Hello."]
    assert form["language"] == ["en"]
    assert form["timestamp_granularities[]"] == ["word", "segment"]
    server.forms.clear()
    backend.decode([window(task="translate")])
    assert "language" not in server.forms[0]


def test_models_without_times_get_words_spread_over_the_sound(server: Cloud) -> None:
    plain = OpenAIBackend(options(server, model="gpt-4o-transcribe"))
    [hypothesis] = plain.decode([window(word_times=True)])
    assert hypothesis.text == HELLO.text
    assert "".join(word.text for word in hypothesis.words).strip() == HELLO.text
    assert hypothesis.words[-1].end_s <= window().duration_s
    assert hypothesis.language == "en"
    plain.close()


def test_the_provider_decides_when_to_try_again(backend: OpenAIBackend, server: Cloud) -> None:
    server.refusals[:] = [Refusal(429, headers={"Retry-After": "0.05"}), Refusal(429)]
    [hypothesis] = backend.decode([window()])
    assert hypothesis.text == HELLO.text
    assert server.refusals == []


def test_a_wait_that_is_too_long_is_passed_on(backend: OpenAIBackend, server: Cloud) -> None:
    server.refusals[:] = [Refusal(429, headers={"Retry-After": "3600"})]
    with pytest.raises(LimitReached) as refused:
        backend.decode([window()])
    assert refused.value.http_status == 429
    assert refused.value.retry_after_s == 3600


def test_it_gives_up_after_some_tries(backend: OpenAIBackend, server: Cloud) -> None:
    server.refusals[:] = [Refusal(429)] * 9
    with stamina.set_testing(True, attempts=3), pytest.raises(LimitReached):
        backend.decode([window()])
    assert len(server.refusals) == 6


def test_an_account_without_credit_is_not_tried_again(
    backend: OpenAIBackend, server: Cloud
) -> None:
    server.refusals[:] = [Refusal(429, "insufficient_quota")] * 2
    with pytest.raises(LimitReached, match="credit"):
        backend.decode([window()])
    assert len(server.refusals) == 1


def test_a_server_error_is_tried_again(backend: OpenAIBackend, server: Cloud) -> None:
    server.refusals[:] = [Refusal(500), Refusal(503)]
    with stamina.set_testing(True, attempts=4):
        assert backend.decode([window()])[0].text == HELLO.text
    server.refusals[:] = [Refusal(500)] * 9
    with stamina.set_testing(True, attempts=2), pytest.raises(ProviderUnreachable):
        backend.decode([window()])


def test_a_refusal_is_not_tried_again(backend: OpenAIBackend, server: Cloud) -> None:
    server.refusals[:] = [Refusal(400, "invalid_value")] * 2
    with pytest.raises(DecodeFailed, match="400"):
        backend.decode([window()])
    assert len(server.refusals) == 1


def test_a_wrong_key_is_named_and_never_shown(server: Cloud) -> None:
    wrong = options(server, api_key="sk-secret-and-wrong")
    assert "secret" not in repr(wrong)
    with pytest.raises(ProviderAuth, match="OPENAI_API_KEY") as refused:
        OpenAIBackend(wrong)
    assert refused.value.http_status == 502
    assert "secret" not in str(refused.value)


def test_a_model_that_the_provider_lacks_is_refused(server: Cloud) -> None:
    with pytest.raises(LoadFailed, match="openai_model"):
        OpenAIBackend(options(server, model="whisper-77"))


def test_a_server_without_a_list_of_models_works(server: Cloud) -> None:
    server.refusals[:] = [Refusal(404, "not_found")]
    backend = OpenAIBackend(options(server))
    assert backend.decode([window()])[0].text == HELLO.text
    backend.close()


def test_an_unreachable_server_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    gone = CloudOptions(KEY, f"http://127.0.0.1:{port}/v1")
    with stamina.set_testing(True, attempts=2), pytest.raises(ProviderUnreachable) as failed:
        OpenAIBackend(gone)
    assert failed.value.http_status == 502


def test_the_backend_describes_itself(backend: OpenAIBackend, server: Cloud) -> None:
    assert backend.info.backend == "openai-api"
    assert backend.info.model == "whisper-1"
    assert backend.info.model_path == server.url
    assert backend.workers > 1
