"""One live stream, over as many connections as it takes."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
)

from realtime.client.backoff import Backoff
from realtime.client.errors import TRUST_ADVICE, Disconnected, Refused, Unreachable
from realtime.client.events import Event, Warning
from realtime.client.formats import AudioFormat
from realtime.client.inbox import Inbox
from realtime.client.refusal import RetryVerdict, judge_close, judge_status
from realtime.client.session import ClientSession

OPEN_TIMEOUT_S: Final = 10.0
PING_TIMEOUT_S: Final = 60.0
"""Long, because an overloaded server reads slowly, and a ping waits behind earlier audio."""


@dataclass(frozen=True, slots=True)
class Address:
    """The server's address and key."""

    url: str
    """URL with the stream's options in its query."""
    token: str | None = field(default=None, repr=False)
    """API key, sent in a header, which logs of URLs do not show."""

    def resuming(self, session: str | None) -> str:
        """The URL, with the session to resume, if there is one."""
        if session is None:
            return self.url
        return f"{self.url}{'&' if '?' in self.url else '?'}session={session}"

    @property
    def headers(self) -> dict[str, str]:
        """Errors are shown as they come, so they are asked for in this client's own language."""
        key = {} if self.token is None else {"Authorization": f"Bearer {self.token}"}
        return {"Accept-Language": "en", **key}

    @property
    def shown(self) -> str:
        """The URL for messages, without the query, which may contain secrets."""
        return self.url.partition("?")[0]


class LiveStream:
    """Takes audio by `send`, and yields events by iteration. Made by `Transcriber.open`.

    A broken connection is replaced and the session resumed, without repeated events. Iteration
    raises `Refused` where the server would refuse again, `Unreachable` where no server ever
    answered, `Disconnected` where no connection succeeded within `backoff.give_up_s`.
    """

    def __init__(
        self,
        address: Address,
        audio: AudioFormat,
        backoff: Backoff,
        capacity: int,
    ) -> None:
        self._address = address
        self._backoff = backoff
        self._session = ClientSession(audio, capacity)
        self._inbox = Inbox()
        self._to_send = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        self._ever_ready = False
        self._task: asyncio.Task[None] | None = None
        self.format = audio

    # -- calls of the application

    async def send(self, audio: bytes) -> None:
        """Send audio, any number of bytes. Waits while too much audio is unconfirmed.

        Raises `Disconnected` after the stream has ended; the iteration raises the reason.
        """
        while self._session.room == 0 and not self.closed:
            self._has_room.clear()
            await self._has_room.wait()
        if self.closed:
            raise Disconnected("The stream has ended: it takes no more audio.")
        self._session.give_audio(audio)
        self._to_send.set()

    @property
    def closed(self) -> bool:
        """Whether the stream has ended: it takes no audio, and has only waiting events."""
        return self._inbox.closed

    def flush(self) -> None:
        """Finalise the audio so far; a `Final` with `flush` answers."""
        self._session.give_control("flush")
        self._to_send.set()

    def clear(self) -> None:
        """Drop the audio so far that is not yet final."""
        self._session.give_control("clear")
        self._to_send.set()

    def change(
        self,
        *,
        language: str | None = None,
        languages: str | None = None,
        task: str | None = None,
        prompt: str | None = None,
        hotwords: str | None = None,
        words: bool | None = None,
    ) -> None:
        """Change these options from the next utterance on; None leaves an option as it is."""
        values = {
            "language": language,
            "languages": languages,
            "task": task,
            "prompt": prompt,
            "hotwords": hotwords,
            "words": words,
        }
        said = {key: value for key, value in values.items() if value is not None}
        self._session.give_control("start", **said)
        self._to_send.set()

    def end(self) -> None:
        """End the audio; the last finals and `End` follow."""
        self._session.give_end()
        self._to_send.set()

    async def __aiter__(self) -> AsyncIterator[Event]:
        while (event := await self._inbox.take()) is not None:
            yield event

    def fail(self, failure: BaseException) -> None:
        """End the iteration with `failure`."""
        self._close(failure)

    def start(self) -> None:
        """Start connecting."""
        self._task = asyncio.create_task(self._run(), name="realtime stream")
        self._task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        """Pass the task's error, if any, to the application."""
        self._close(None if task.cancelled() else task.exception())

    async def aclose(self) -> None:
        """Close the stream, whatever state its connection is in."""
        self._close(None)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # -- connections

    async def _run(self) -> None:
        """Connect, run the connection, and reconnect, until the server has sent `end`."""
        while True:
            verdict = await self._connect()
            if self._session.ended:
                return
            await self._recover(verdict)

    async def _recover(self, verdict: RetryVerdict) -> None:
        """Wait for the next try, or raise an error where that is useless."""
        session = self._session
        if verdict.session_unknown and session.session is not None:
            self._show(session.forget_session())
        elif not verdict.retry:
            raise Refused(verdict.message, verdict.code)
        if session.session is None and not session.can_begin_again:
            raise Disconnected(
                "The server lost the session, and a container cannot be sent from its middle: "
                "start again from the beginning of the file."
            )
        now = asyncio.get_running_loop().time()
        delay = self._backoff.next_delay(now, verdict.after_s)
        if delay is None:
            raise Disconnected(
                f"No connection to {self._address.shown} for {self._backoff.give_up_s:g} s: "
                f"{verdict.message}"
            )
        message = f"{verdict.message} Connecting again."
        raw = {"type": "warning", "text": "", "code": "reconnecting", "message": message}
        self._inbox.put(Warning("reconnecting", message, raw))
        await asyncio.sleep(delay)

    async def _connect(self) -> RetryVerdict:
        """One connection, from its handshake to its close."""
        url = self._address.resuming(self._session.session)
        try:
            async with connect(
                url,
                additional_headers=self._address.headers,
                compression=None,
                open_timeout=OPEN_TIMEOUT_S,
                ping_timeout=PING_TIMEOUT_S,
                close_timeout=1.0,
                max_size=None,
            ) as connection:
                return await self._talk(connection)
        except InvalidStatus as refused:
            return judge_status(refused)
        except InvalidURI:
            raise Unreachable(
                f"{self._address.shown} is not the address of a server; an example is ws://localhost:8765."
            ) from None
        except InvalidHandshake:
            what = "answers, but not as a realtime server does"
            if not self._secure:
                return self._not_there(what, "If it uses TLS, write wss:// instead.")
            return self._not_there(what)
        except TimeoutError:
            return self._not_there(f"did not answer within {OPEN_TIMEOUT_S:g} s")
        except ssl.SSLCertVerificationError as failure:
            return self._not_there(
                f"has a certificate that is not trusted here ({failure.verify_message})",
                TRUST_ADVICE,
            )
        except OSError as failure:
            what = f"cannot be reached ({_reason(failure)})"
            if isinstance(failure, ssl.SSLError | ConnectionResetError) and self._secure:
                return self._not_there(what, "If it uses no TLS, write ws:// instead.")
            return self._not_there(what)

    @property
    def _secure(self) -> bool:
        return self._address.shown.startswith("wss:")

    def _not_there(
        self, what: str, advice: str = "Start a server with: realtime serve"
    ) -> RetryVerdict:
        """No server answered: raise `Unreachable` if none ever did, else treat it as a break."""
        message = f"{self._address.shown} {what}."
        if not self._ever_ready:
            raise Unreachable(f"{message} {advice}")
        return RetryVerdict(True, "unreachable", message)

    async def _talk(self, connection: ClientConnection) -> RetryVerdict:
        """Send and receive at the same time until the connection ends."""
        self._session.connected()
        sender = asyncio.create_task(self._send(connection), name="realtime send")
        try:
            async with asyncio.timeout(OPEN_TIMEOUT_S):
                self._receive(await connection.recv())
            async for message in connection:
                self._receive(message)
                if self._session.ended:
                    break
        except ConnectionClosed:
            pass  # judged below
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
        return judge_close(connection.close_code, connection.close_reason, self._session.failure)

    def _receive(self, message: str | bytes) -> None:
        before = self._session.progress
        self._show(self._session.receive(message))
        self._ever_ready = self._ever_ready or self._session.ready
        if self._session.progress > before:
            # Not already at `ready`: a server that fails just after it would be retried endlessly.
            self._backoff.succeeded()
        if self._session.room:
            self._has_room.set()
        self._to_send.set()

    async def _send(self, connection: ClientConnection) -> None:
        """Send waiting messages as fast as the socket accepts them."""
        try:
            while True:
                self._to_send.clear()
                while (message := self._session.next_message()) is not None:
                    await connection.send(message)
                await self._to_send.wait()
        except ConnectionClosed:
            return  # the receiving side raises the reason

    def _show(self, events: list[Event]) -> None:
        for event in events:
            self._inbox.put(event)

    def _close(self, failure: BaseException | None) -> None:
        self._inbox.close(failure)
        self._has_room.set()


def _reason(failure: OSError) -> str:
    """The operating system's error as a short phrase."""
    if "Connect call failed" in str(failure):  # asyncio's text, once for each address of the name
        return "nobody listens there"
    return failure.strerror or str(failure) or "it closed the connection"
