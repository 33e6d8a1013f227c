"""Exports of a checkpoint in the three formats in which Whisper models are distributed."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

import ctranslate2
import torch
import whisper
from torch import Tensor
from transformers import (
    GenerationConfig,
    WhisperConfig,
    WhisperFeatureExtractor,
    WhisperForConditionalGeneration,
)

from realtime.backends.whisper.tiktoken import tokenizer_of
from realtime.backends.whisper.traits import POLICY_FILE
from realtime.backends.whisper.weights import hugging_face_name
from realtime.weights.bundled import bundled_dir
from recipes.micro_whisper.model import (
    AUDIO_CONTEXT,
    DECODER_LAYERS,
    ENCODER_LAYERS,
    HEAD_WIDTH,
    MEL_BINS,
    TEXT_CONTEXT,
    TIMING_HEAD,
    WIDTH,
    MicroWhisper,
    dimensions,
)
from recipes.micro_whisper.tokens import WHOLE_VOCABULARY, Vocabulary, tokenizer

State = dict[str, Tensor]

_EMBEDDING = "decoder.token_embedding.weight"
_MASK = "decoder.mask"
_TOKENIZER_FILES = ("tokenizer.json", "preprocessor_config.json")


def whole_state(model: MicroWhisper, known: Vocabulary) -> State:
    """Parameters under OpenAI's names, with all 51,865 tokens.

    Each token that no sentence uses gets the shared row unchanged, and so keeps the logit from
    training, where tens of thousands of such tokens together got almost no probability.
    """
    state = {name: value.float().cpu() for name, value in model.whisper.state_dict().items()}
    rows = state[_EMBEDDING]
    whole = rows[known.unused_row].repeat(WHOLE_VOCABULARY, 1)
    whole[torch.tensor(known.tokens)] = rows[: len(known)]
    state[_EMBEDDING] = whole
    state.pop(_MASK, None)
    return state


def export(model: MicroWhisper, known: Vocabulary, out: Path, quantization: str = "int8") -> None:
    """Write `out/openai.pt`, `out/hf/` and `out/ct2/`, replacing existing ones.

    Raises `OSError` where they cannot be written.
    """
    state = whole_state(model, known)
    export_openai(state, out / "openai.pt")
    export_hugging_face(state, out / "hf")
    export_ctranslate2(out / "hf", out / "ct2", quantization)


def export_openai(state: Mapping[str, Tensor], path: Path) -> None:
    """Write a file for `whisper.load_model(path)`, in float16."""
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {name: value.half() for name, value in state.items()}
    dims = asdict(dimensions(WHOLE_VOCABULARY))
    torch.save({"dims": dims, "model_state_dict": weights}, path)


def export_hugging_face(state: Mapping[str, Tensor], folder: Path) -> None:
    """Write a folder for `WhisperForConditionalGeneration.from_pretrained`: float16, tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    special = tokenizer()
    heads = WIDTH // HEAD_WIDTH
    config = WhisperConfig(
        vocab_size=WHOLE_VOCABULARY,
        num_mel_bins=MEL_BINS,
        encoder_layers=ENCODER_LAYERS,
        encoder_attention_heads=heads,
        decoder_layers=DECODER_LAYERS,
        decoder_attention_heads=heads,
        d_model=WIDTH,
        encoder_ffn_dim=4 * WIDTH,
        decoder_ffn_dim=4 * WIDTH,
        max_source_positions=AUDIO_CONTEXT,
        max_target_positions=TEXT_CONTEXT,
        decoder_start_token_id=special.sot,
        eos_token_id=special.eot,
        bos_token_id=special.eot,
        pad_token_id=special.eot,
        suppress_tokens=None,
        begin_suppress_tokens=None,
    )
    model = WhisperForConditionalGeneration(config)
    model.load_state_dict(_hugging_face_state(state))
    model.generation_config = _generation_config()
    model.half().save_pretrained(folder)  # type: ignore[no-untyped-call]
    features = WhisperFeatureExtractor(feature_size=MEL_BINS)  # type: ignore[no-untyped-call]
    features.save_pretrained(folder)
    write_tokenizer(folder)


def export_ctranslate2(hugging_face: Path, folder: Path, quantization: str) -> None:
    """Write a folder for faster-whisper, from one that `export_hugging_face` wrote."""
    converter = ctranslate2.converters.TransformersConverter(
        str(hugging_face), copy_files=list(_TOKENIZER_FILES), load_as_float16=True
    )
    converter.convert(str(folder), quantization=quantization, force=True)


def _hugging_face_state(state: Mapping[str, Tensor]) -> State:
    renamed: State = {}
    for name, value in state.items():
        renamed[hugging_face_name(name)] = value.contiguous()
    renamed["proj_out.weight"] = renamed["model.decoder.embed_tokens.weight"]
    return renamed


def _generation_config() -> GenerationConfig:
    special = tokenizer()
    # Tokens that openai-whisper suppresses by default, `suppress_tokens="-1"`: unspoken symbols.
    unsaid = [*special.non_speech_tokens, special.translate, special.transcribe]
    unsaid += [special.sot_lm, special.sot_prev, special.no_speech]
    return GenerationConfig(  # type: ignore[no-untyped-call]
        decoder_start_token_id=special.sot,
        eos_token_id=special.eot,
        bos_token_id=special.eot,
        pad_token_id=special.eot,
        no_timestamps_token_id=special.no_timestamps,
        prev_sot_token_id=special.sot_prev,
        is_multilingual=True,
        lang_to_id={
            f"<|{code}|>": special.to_language_token(code) for code in special.all_language_codes
        },
        task_to_id={"transcribe": special.transcribe, "translate": special.translate},
        alignment_heads=[[DECODER_LAYERS - 1, TIMING_HEAD]],
        max_length=TEXT_CONTEXT,
        return_timestamps=False,
        begin_suppress_tokens=[*special.encoding.encode(" "), special.eot],
        suppress_tokens=sorted(unsaid),
    )


# --- tokenizer.json -------------------------------------------------------------------------------


def write_tokenizer(folder: Path) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json`, from the ranks in openai-whisper."""
    assets = Path(whisper.__file__).parent / "assets"
    ranks: dict[bytes, int] = {}
    for line in (assets / "multilingual.tiktoken").read_bytes().splitlines():
        if line:
            token, rank = line.split()
            ranks[base64.b64decode(token)] = int(rank)
    made = tokenizer_of(ranks, tokenizer().special_tokens)
    made.save(str(folder / "tokenizer.json"), pretty=False)
    config = {"tokenizer_class": "WhisperTokenizerFast", "model_max_length": TEXT_CONTEXT}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def pack(folder: Path, out: Path) -> None:
    """Copy a CTranslate2 folder for the package: the same model with smaller JSON files.

    The context policy comes from the bundled model: it holds for every model trained on the same
    windows. Raises `OSError` where the copy cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    policy = bundled_dir() / POLICY_FILE
    (out / POLICY_FILE).write_bytes(policy.read_bytes())
    for file in folder.iterdir():
        if file.suffix != ".json":
            shutil.copyfile(file, out / file.name)
            continue
        content = json.loads(file.read_text(encoding="utf-8"))
        if file.name == "tokenizer.json":
            # The older notation of merge rules, "a b" instead of ["a", "b"], saves 200 kB.
            merges = content["model"]["merges"]
            content["model"]["merges"] = [m if isinstance(m, str) else " ".join(m) for m in merges]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (out / file.name).write_text(f"{text}\n", encoding="utf-8")
