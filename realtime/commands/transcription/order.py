"""The options of a command for all recordings, and the recogniser for them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import (
    AbstractAsyncContextManager,
    ExitStack,
    asynccontextmanager,
    contextmanager,
    nullcontext,
)
from dataclasses import dataclass

from rich.console import Console

from realtime.commands.transcription.recogniser import FileRecogniser, TranscriptionOptions
from realtime.files.formats import Format
from realtime.settings import Settings


@dataclass(frozen=True, slots=True)
class Order:
    """The options of the command; makes the recogniser for them."""

    settings: Settings
    options: TranscriptionOptions
    forms: tuple[Format, ...]
    url: str | None
    token: str | None
    jobs: int
    overwrite: bool

    @contextmanager
    def recogniser(self, console: Console) -> Iterator[AbstractAsyncContextManager[FileRecogniser]]:
        """The server, or this process with the model loaded. Open the inner context in a loop.

        Raises SetupError, LoadFailed, BadRequest; the inner context raises Unreachable and other
        errors of the server.
        """
        if self.url is not None:
            from realtime.commands.transcription.upload import connected

            yield connected(self.url, self.token)
            return
        # The models' libraries are imported only where no server does the work.
        from realtime.app.library.local import local_files

        settings = self.settings.model_copy(update={"max_files": self.jobs})
        with ExitStack() as stack:
            with console.status("the model is loading …") if console.is_terminal else nullcontext():
                files = stack.enter_context(local_files(settings))
            files.check(self.options.fields())
            yield _opened(files)

    def mark(self) -> dict[str, object]:
        """All options that change a transcript: if one differs, the transcript is made again."""
        who = [self.url] if self.url else [self.settings.backend, self.settings.model]
        return {**self.options.fields(), "by": who}


@asynccontextmanager
async def _opened(recogniser: FileRecogniser) -> AsyncIterator[FileRecogniser]:
    yield recogniser
