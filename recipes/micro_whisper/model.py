"""openai-whisper's blocks with a small vocabulary, an encoder for any length and a CTC head."""

from __future__ import annotations

from typing import NamedTuple

import torch
import whisper
from torch import Tensor, nn
from torch.nn import functional
from whisper.model import ModelDimensions, Whisper

from realtime.types import SAMPLE_RATE

MEL_BINS = 80
WIDTH, ENCODER_LAYERS, DECODER_LAYERS = 128, 4, 3
HEAD_WIDTH = 64
AUDIO_CONTEXT, TEXT_CONTEXT = 1500, 448
TIMING_HEAD = 1
"""The head of the last decoder layer that is trained to attend to the time of each word."""
CTC_STRIDE = 2
"""Encoder steps (0.02 s) per step of the CTC head."""

_FFT, _HOP = 400, 160


class Decoded(NamedTuple):
    """Output of the decoder for a batch of token sequences."""

    hidden: Tensor
    """(batch, tokens, width), after the last layer norm."""
    timing: Tensor
    """(batch, tokens, encoder steps): attention logits of the timing head."""


def dimensions(vocabulary: int) -> ModelDimensions:
    """Dimensions of micro-whisper for this number of tokens."""
    heads = WIDTH // HEAD_WIDTH
    return ModelDimensions(
        n_mels=MEL_BINS,
        n_audio_ctx=AUDIO_CONTEXT,
        n_audio_state=WIDTH,
        n_audio_head=heads,
        n_audio_layer=ENCODER_LAYERS,
        n_vocab=vocabulary,
        n_text_ctx=TEXT_CONTEXT,
        n_text_state=WIDTH,
        n_text_head=heads,
        n_text_layer=DECODER_LAYERS,
    )


class MicroWhisper(nn.Module):
    """A Whisper to train. `tokens`: rows of the embedding, except the shared last one."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.whisper = Whisper(dimensions(tokens + 1))
        nn.init.normal_(self.whisper.decoder.token_embedding.weight, std=0.05)
        nn.init.normal_(self.whisper.decoder.positional_embedding, std=0.01)
        self.ctc = nn.Linear(WIDTH, tokens + 1)

    def encode(self, mel: Tensor) -> Tensor:
        """(batch, 80, frames) → (batch, frames / 2, width). OpenAI's accepts only 3,000 frames."""
        encoder = self.whisper.encoder
        x = functional.gelu(encoder.conv1(mel))
        x = functional.gelu(encoder.conv2(x)).permute(0, 2, 1)
        x = (x + encoder.positional_embedding[: x.shape[1]]).to(x.dtype)
        for block in encoder.blocks:
            x = block(x)
        encoded: Tensor = encoder.ln_post(x)
        return encoded

    def decode(self, rows: Tensor, encoded: Tensor) -> Decoded:
        """Run the decoder with teacher forcing on (batch, tokens) rows of the embedding."""
        decoder = self.whisper.decoder
        x = decoder.token_embedding(rows) + decoder.positional_embedding[: rows.shape[-1]]
        x = x.to(encoded.dtype)
        for block in decoder.blocks[:-1]:
            x = block(x, encoded, mask=decoder.mask)
        last = decoder.blocks[-1]
        x = x + last.attn(last.attn_ln(x), mask=decoder.mask)[0]
        asking = last.cross_attn_ln(x)
        head = slice(TIMING_HEAD * HEAD_WIDTH, (TIMING_HEAD + 1) * HEAD_WIDTH)
        query = last.cross_attn.query(asking)[..., head]
        key = last.cross_attn.key(encoded)[..., head]
        timing = (query @ key.transpose(1, 2)).float() * HEAD_WIDTH**-0.5
        x = x + last.cross_attn(asking, encoded)[0]
        x = x + last.mlp(last.mlp_ln(x))
        return Decoded(decoder.ln(x), timing)

    def logits(self, hidden: Tensor) -> Tensor:
        """Logits of the embedding's rows (it is the output projection too); the last is shared."""
        return functional.linear(hidden, self.whisper.decoder.token_embedding.weight).float()


def log_mel(audio: Tensor) -> Tensor:
    """Whisper's features: (batch, samples) at 16 kHz → (batch, 80, samples / 160).

    The formula of `whisper.audio.log_mel_spectrogram`, except that each item has its own peak.
    """
    window = torch.hann_window(_FFT, device=audio.device)
    stft = torch.stft(audio, _FFT, _HOP, window=window, return_complex=True)
    filters: Tensor = whisper.audio.mel_filters(str(audio.device), MEL_BINS)
    power = filters @ (stft[..., :-1].abs() ** 2)
    log = power.clamp(min=1e-10).log10()
    log = torch.maximum(log, log.amax(dim=(1, 2), keepdim=True) - 8.0)
    return (log + 4.0) / 4.0


FRAMES_PER_SECOND = SAMPLE_RATE // _HOP
