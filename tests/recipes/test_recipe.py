"""From nothing to a model that three libraries load: a few steps of every phase."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `recipe` is not installed")

import whisper
from faster_whisper import WhisperModel
from transformers import AutoTokenizer, WhisperForConditionalGeneration

from realtime.backends.whisper.traits import traits_for
from realtime.errors import SetupError
from realtime.weights.bundled import bundled_dir
from realtime.weights.inflate import inflate
from recipes.micro_whisper.__main__ import average
from recipes.micro_whisper.batches import Batches, collate
from recipes.micro_whisper.dataset import Clip
from recipes.micro_whisper.diet import Diet
from recipes.micro_whisper.evaluate import transcribe
from recipes.micro_whisper.export import export, pack, whole_state
from recipes.micro_whisper.model import MicroWhisper, log_mel
from recipes.micro_whisper.phases import PHASES, schedule, shortened
from recipes.micro_whisper.tokens import Vocabulary, encode, vocabulary
from recipes.micro_whisper.train import Progress, load, losses, save, train
from recipes.micro_whisper.windows import WindowMaker

pytestmark = pytest.mark.slow

_TEXT = "Hello, how can I help you today? 안녕하세요. 010-2468-1357"


@pytest.fixture(scope="module")
def known() -> Vocabulary:
    return vocabulary(draws=6000)


@pytest.fixture(scope="module")
def trained(clips: list[Clip], known: Vocabulary) -> tuple[MicroWhisper, dict[str, list[Progress]]]:
    """A model after a few steps of every phase, and the progress of each phase."""
    torch.manual_seed(0)
    torch.set_num_threads(1)  # threads that wait for each other are slow on a busy machine
    model = MicroWhisper(len(known))
    history: dict[str, list[Progress]] = {}
    for phase in PHASES:
        # Few shapes, because oneDNN compiles new kernels for each.
        plan = shortened(phase, 12 if phase is PHASES[0] else 2, 4, longest_s=4.0)
        progress = history.setdefault(phase.name, [])
        train(model, clips, known, plan, report=progress.append)
    return model, history


@pytest.fixture(scope="module")
def exported(
    trained: tuple[MicroWhisper, object],
    known: Vocabulary,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    out = tmp_path_factory.mktemp("exported")
    export(trained[0], known, out)
    return out


def test_the_losses_fall_in_training(
    trained: tuple[MicroWhisper, dict[str, list[Progress]]],
) -> None:
    _, history = trained
    assert list(history) == [phase.name for phase in PHASES]
    first = history["sentences"]
    assert [p.step for p in first] == list(range(1, 13))
    assert sum(p.text for p in first[-3:]) < 0.85 * sum(p.text for p in first[:3])
    assert sum(p.ctc for p in first[-3:]) < sum(p.ctc for p in first[:3])
    for progress in (p for phase in history.values() for p in phase):
        assert np.isfinite([progress.text, progress.ctc, progress.timing]).all()


def test_faster_whisper_transcribes_with_the_export(exported: Path) -> None:
    model = WhisperModel(str(exported / "ct2"), device="cpu", local_files_only=True)
    audio = np.random.default_rng(0).normal(0, 0.1, 32000).astype(np.float32)
    assert isinstance(transcribe(model, audio, "en", 4.0), str)
    assert model.supported_languages[:2] == ["af", "am"]
    assert model.hf_tokenizer.decode(model.hf_tokenizer.encode(_TEXT).ids) == _TEXT


def test_transformers_and_openai_whisper_load_the_same_weights(exported: Path) -> None:
    theirs = WhisperForConditionalGeneration.from_pretrained(exported / "hf")
    theirs = torch.nn.Module.float(theirs).eval()
    openai = whisper.load_model(str(exported / "openai.pt"), device="cpu").float()
    mel = torch.randn(1, 80, 3000)
    tokens = torch.tensor([[50258, 50259, 50359, 50363, *encode("Hello, the server")]])
    with torch.no_grad():
        expected = openai.logits(tokens, openai.encoder(mel))
        got = theirs(input_features=mel, decoder_input_ids=tokens).logits
    torch.testing.assert_close(got, expected, atol=2e-3, rtol=1e-3)
    assert theirs.generation_config.alignment_heads == [[2, 1]]
    tokenizer = AutoTokenizer.from_pretrained(exported / "hf")
    words = tokenizer.encode(_TEXT, add_special_tokens=False)
    assert tokenizer.decode(words) == _TEXT


def test_ctranslate2_computes_the_same_as_openai_whisper(
    trained: tuple[MicroWhisper, object], known: Vocabulary, tmp_path: Path
) -> None:
    import ctranslate2

    export(trained[0], known, tmp_path, quantization="float32")
    openai = whisper.load_model(str(tmp_path / "openai.pt"), device="cpu").float()
    mel = np.random.default_rng(1).normal(size=(1, 80, 3000)).astype(np.float32)
    with torch.no_grad():
        expected = openai.encoder(torch.from_numpy(mel)).numpy()
    model = ctranslate2.models.Whisper(str(tmp_path / "ct2"), compute_type="float32")
    got = np.array(model.encode(ctranslate2.StorageView.from_array(mel), to_cpu=True))
    np.testing.assert_allclose(got, expected, atol=5e-3)


def test_the_packed_model_can_take_the_place_of_the_bundled_one(
    exported: Path, tmp_path: Path
) -> None:
    pack(exported / "ct2", tmp_path / "micro")
    bundled = {file.name for file in bundled_dir().iterdir()}
    assert {file.name for file in (tmp_path / "micro").iterdir()} == bundled
    assert (tmp_path / "micro" / "tokenizer.json").read_bytes() == (
        bundled_dir() / "tokenizer.json"
    ).read_bytes()
    assert traits_for(tmp_path / "micro") == traits_for(bundled_dir())
    inflated = inflate(tmp_path / "micro", "tiny", tmp_path / "tiny")
    model = WhisperModel(str(inflated), device="cpu", local_files_only=True)
    assert model.hf_tokenizer.encode(_TEXT).ids == (
        WhisperModel(str(tmp_path / "micro"), device="cpu", local_files_only=True)
        .hf_tokenizer.encode(_TEXT)
        .ids
    )


def test_tokens_that_no_sentence_uses_share_one_row(
    trained: tuple[MicroWhisper, object], known: Vocabulary
) -> None:
    rows = whole_state(trained[0], known)["decoder.token_embedding.weight"]
    unused = [token for token in range(51865) if token not in known.rows]
    assert rows.shape == (51865, 128)
    assert (rows[unused] == rows[unused[0]]).all()
    used = list(known.tokens)
    trained_rows = trained[0].whisper.decoder.token_embedding.weight.detach()
    torch.testing.assert_close(rows[used], trained_rows[: len(known)])


def test_training_continues_from_a_checkpoint(
    trained: tuple[MicroWhisper, object], known: Vocabulary, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoint.pt"
    save(trained[0], known, path)
    model, tokens = load(path)
    assert list(tokens.tokens) == list(known.tokens)
    for name, value in trained[0].state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], value)
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.pt"]


def test_checkpoints_are_averaged(
    trained: tuple[MicroWhisper, object], known: Vocabulary, tmp_path: Path
) -> None:
    """The average of the same weights times 1 and times 3 is the weights times 2."""
    scaled = MicroWhisper(len(known))
    for factor in (1, 3):
        state = trained[0].state_dict()
        scaled.load_state_dict({name: factor * value for name, value in state.items()})
        save(scaled, known, tmp_path / f"{factor}.pt")
    average(tmp_path, ["1", "3"])
    model, tokens = load(tmp_path / "checkpoint.pt")
    assert list(tokens.tokens) == list(known.tokens)
    for name, value in trained[0].state_dict().items():
        torch.testing.assert_close(model.state_dict()[name], 2 * value)


def test_a_file_that_is_not_a_checkpoint_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.pt").write_bytes(b"no")
    for name in ("other.pt", "missing.pt"):
        with pytest.raises(SetupError, match="make one with `train`"):
            load(tmp_path / name)


def test_the_features_are_whispers() -> None:
    audio = torch.from_numpy(np.random.default_rng(2).normal(0, 0.1, 16000).astype(np.float32))
    expected = whisper.log_mel_spectrogram(audio)
    torch.testing.assert_close(log_mel(audio[None])[0], expected, atol=1e-4, rtol=1e-4)


def test_the_timing_loss_rewards_attention_on_the_word(
    trained: tuple[MicroWhisper, object], clips: list[Clip], known: Vocabulary
) -> None:
    maker = WindowMaker(clips, known, Diet(silent=0.0, translated=0.0), "timing")
    batch = collate([maker.make(4.0) for _ in range(4)], 4.0, [False] * 4, known)
    first, last = batch.spans
    assert (last >= first).all()
    assert (last >= 0).any()
    with torch.no_grad():
        part = losses(trained[0], batch, PHASES[-1], known)
    assert part.timing > 0


def test_batches_of_a_phase_have_its_shapes(clips: list[Clip], known: Vocabulary) -> None:
    phase = shortened(PHASES[-1], 1, 3)
    shapes = {(c.batch, round(c.seconds * 16000)) for c in phase.contexts}
    for batch, _ in zip(Batches(clips, known, phase, 0), range(6), strict=False):
        assert tuple(batch.audio.shape) in shapes
        assert batch.inputs.shape == batch.targets.shape == batch.spans.shape[1:]
        assert batch.inputs.shape[1] % 8 == 0


def test_the_learning_rate_rises_then_falls() -> None:
    rates = [schedule(step, PHASES[0]) for step in range(PHASES[0].steps)]
    peak = rates.index(max(rates))
    assert 0 < peak <= PHASES[0].warmup
    assert rates[:peak] == sorted(rates[:peak])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)
    assert rates[-1] == pytest.approx(0.04, abs=1e-3)


def test_the_command_says_in_one_sentence_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "recipes.micro_whisper", "train", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "make it with the command `speak`" in done.stderr
    assert "Traceback" not in done.stderr
