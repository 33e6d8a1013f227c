"""Containers (WebM, Ogg, WAV, MP3, MP4, FLAC) → sample frames, decoded while the bytes arrive.

A demuxer must be able to wait inside its read for bytes that have not come yet, so it runs in a
thread of its own. The thread and its caller take turns and never run at once: `feed` returns when
the decoder has taken every byte and asks for more, or when enough audio waits to be read. So the
result depends on the bytes alone, and neither bytes nor samples pile up.
"""

from __future__ import annotations

import io
import itertools
import threading
import weakref
from contextlib import closing
from dataclasses import dataclass

from realtime.audio.demux import ByteSource, DecodedFrame, decoded_frames, to_sample_frames
from realtime.audio.format import SampleFrames
from realtime.audio.pcm import Bytes
from realtime.audio.sniff import (
    ACCEPTED,
    RESYNC_BYTES,
    SNIFF_BYTES,
    Container,
    mp4_index_comes_first,
    sniff,
    sniff_within,
)
from realtime.errors import DecodeFailed, NotAudio

MAX_WAITING_S = 10.0  # decoded audio that may wait for `read`, before decoding pauses
MAX_SPOOL_BYTES = 32 * 2**20  # largest MP4 with its index last: half an hour of AAC at 128 kbit/s
# FFmpeg's MP3 demuxer looks ahead for a second frame and loses the first one if it cannot step
# back, as after reads of a few bytes. So until the first frame is out, it gets whole blocks.
_MP3_BLOCK_BYTES = 4096
_MAX_TURN_S = 20.0  # a turn takes milliseconds; beyond this the data has confused the decoder


@dataclass(frozen=True, slots=True, eq=False)
class DecodedBlock:
    """Sample frames as the container holds them."""

    sample_rate: int
    """Hz; it may change within a stream, as in chained Ogg."""
    frames: SampleFrames


class ContainerDecoder:
    """Decodes one stream of container bytes. Use from one thread at a time; `close` it at the end.

    A decoder that is dropped without `close` ends its thread when it is collected.
    """

    def __init__(self, max_spool_bytes: int = MAX_SPOOL_BYTES) -> None:
        """`max_spool_bytes`: how much of an MP4 with its index at the end is stored."""
        self._exchange = _Exchange()
        self._max_spool_bytes = max_spool_bytes
        self._head: bytearray | None = bytearray()  # None once the thread has taken over
        self._next_try = SNIFF_BYTES
        """Bytes with which the container is looked for again; doubled by every try."""
        self._finalizer = weakref.finalize(self, self._exchange.close)

    @property
    def more(self) -> bool:
        """Whether the bytes already fed hold more audio or an error: call `read`, then `feed(b"")`
        or `finish`, then `read` again."""
        return self._exchange.paused or self._exchange.failed

    def feed(self, data: Bytes) -> None:
        """Take the next bytes of the stream and decode what they complete.

        Bytes after the container's own end are ignored. Raises `NotAudio` if the first
        `RESYNC_BYTES` belong to no accepted container, or if an MP4 with its index at the end grows
        beyond `max_spool_bytes`; `read` raises later errors.
        """
        if self._head is None:
            self._exchange.put(data)
            self._exchange.run()
            return
        self._head += data
        if len(self._head) >= self._next_try:
            self._try_start(ended=False)

    def read(self) -> list[DecodedBlock]:
        """Take the audio decoded so far.

        Raises `NotAudio` for broken data, once all audio before the damage has been taken.
        """
        return self._exchange.take()

    def finish(self) -> None:
        """Declare the end of the stream and decode the rest; call again while `more` is true.

        Raises `NotAudio` if the few bytes of a short stream are no accepted container.
        """
        if self._head is None:
            self._exchange.end()
            self._exchange.run()
        elif self._head:
            self._try_start(ended=True)

    def close(self) -> None:
        """End the thread and drop unread audio. Harmless when repeated."""
        self._finalizer()

    def _try_start(self, *, ended: bool) -> None:
        """Start the thread once the container, and how it must be read, is known."""
        assert self._head is not None
        begin = bytes(self._head[:RESYNC_BYTES])
        kind = sniff(begin[:SNIFF_BYTES]) or sniff_within(begin)
        if kind is None and not ended and len(begin) < RESYNC_BYTES:
            self._next_try = min(2 * len(begin), RESYNC_BYTES)
            return
        if kind is None:
            raise NotAudio(
                f"With encoding=auto the stream must be {ACCEPTED}; these bytes are none of "
                "them. For raw samples set `encoding` to their format, such as s16le."
            )
        streams = kind != "mp4" or mp4_index_comes_first(bytes(self._head))
        if not streams and not ended:
            if len(self._head) > self._max_spool_bytes:
                raise NotAudio(
                    "This MP4 has its index at the end and is too long to be buffered until then; "
                    "write it with the index first (ffmpeg: -movflags +faststart), or send WebM."
                )
            return
        head, self._head = bytes(self._head), None
        source: ByteSource = self._exchange
        if kind == "mp3":
            self._exchange.least_read = _MP3_BLOCK_BYTES
        if streams:
            self._exchange.put(head)
        else:
            source = io.BytesIO(head)
        if ended:
            self._exchange.end()
        threading.Thread(
            target=_decode_all, args=(self._exchange, source, kind), name="container", daemon=True
        ).start()
        self._exchange.run()


class _Exchange:
    """Passes bytes and audio between a decoder thread and its caller, turn by turn.

    To the demuxer it looks like a file that can only be read forward.
    """

    def __init__(self) -> None:
        self._turn = threading.Condition()
        self._decoder_runs = False
        self._bytes = bytearray()
        self._frames: list[DecodedFrame] = []
        self._waiting_s = 0.0
        self._ended = False
        self._done = False
        self._error: Exception | None = None
        self.least_read = 1
        """Bytes that a read waits for, until the first frame is delivered."""
        self.closed = False
        self.paused = False

    # The caller's side.

    @property
    def failed(self) -> bool:
        """Whether `take` will raise an error once all audio before it has been taken."""
        return self._error is not None

    def put(self, data: Bytes) -> None:
        """Add bytes for the decoder's next turn."""
        if data and not self._done:
            self._bytes += data

    def end(self) -> None:
        """Declare that no more bytes follow."""
        self._ended = True

    def run(self) -> None:
        """Give the decoder its turn and wait until it gives it back."""
        with self._turn:
            if self._done or self.closed:
                return
            self.paused = False
            self._decoder_runs = True
            self._turn.notify_all()
            if not self._turn.wait_for(lambda: not self._decoder_runs, _MAX_TURN_S):
                self.closed = True
                self.fail(NotAudio("The audio could not be decoded in time; its data is broken."))

    def take(self) -> list[DecodedBlock]:
        """The blocks decoded so far. Once all are taken, raises the error that ended decoding."""
        frames, self._frames = self._frames, []
        self._waiting_s = 0.0
        if not frames and self._error is not None:
            raise self._error
        return [
            DecodedBlock(kind.sample_rate, to_sample_frames(kind, [frame.values for frame in run]))
            for kind, run in itertools.groupby(frames, key=lambda frame: frame.kind)
        ]

    def close(self) -> None:
        """Make the decoder thread end, wherever it waits."""
        with self._turn:
            self.closed = True
            self.paused = False
            self._bytes.clear()
            self._frames.clear()
            self._turn.notify_all()

    # The decoder's side.

    def read(self, size: int) -> bytes:
        """Up to `size` bytes, as soon as `least_read` are there; empty at the stream's end."""
        while len(self._bytes) < min(size, self.least_read) and not (self._ended or self.closed):
            self._give_turn()
        piece = bytes(self._bytes[:size])
        del self._bytes[:size]
        return piece

    def deliver(self, frame: DecodedFrame) -> None:
        """Pass a frame to the caller; waits while `MAX_WAITING_S` of audio have not been taken."""
        self.least_read = 1
        self._frames.append(frame)
        self._waiting_s += frame.duration_s
        if self._waiting_s >= MAX_WAITING_S and not self.closed:
            self.paused = True
            self._give_turn()

    def fail(self, error: Exception) -> None:
        """Store an error for the caller; only the first one counts."""
        self._error = self._error or error

    def done(self) -> None:
        """Record that the decoder has ended and takes no more turns."""
        with self._turn:
            self._done = True
            self._decoder_runs = False
            self._bytes.clear()
            self._turn.notify_all()

    def _give_turn(self) -> None:
        with self._turn:
            self._decoder_runs = False
            self._turn.notify_all()
            self._turn.wait_for(lambda: self._decoder_runs or self.closed)


def _decode_all(exchange: _Exchange, source: ByteSource, container: Container) -> None:
    """The decoder thread: decode and deliver, until the stream ends or is closed."""
    try:
        with closing(decoded_frames(source, container)) as frames:
            for frame in frames:
                exchange.deliver(frame)
                if exchange.closed:
                    break
    except NotAudio as error:
        exchange.fail(error)
    except BaseException:
        # Unexpected: the caller must get an error, and the traceback must not be lost.
        exchange.fail(DecodeFailed("The audio could not be decoded; the server's log says why."))
        raise
    finally:
        exchange.done()
