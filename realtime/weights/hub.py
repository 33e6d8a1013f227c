"""Downloads a model from the hub, and gives up soon where the hub does not answer.

`huggingface_hub` does the transfer (cache layout, resuming, tokens, proxies). This module adds one
request with an overall deadline (name lookup included, which has no time limit of its own), a check
for free disk space, a progress bar, and one sentence for every failure.
"""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeVar

import huggingface_hub
import structlog
from huggingface_hub import constants, errors
from huggingface_hub.errors import GatedRepoError, HfHubHTTPError, RepositoryNotFoundError
from rich.progress import Progress

from realtime.errors import SetupError
from realtime.weights import cache
from realtime.weights.cache import CTRANSLATE2, Format
from realtime.weights.drafts import check_space, unusable
from realtime.weights.progress import bar_class, download_progress

_FAILURES: tuple[type[Exception], ...] = (
    errors.HTTPError,  # type: ignore[attr-defined]  # base error of the HTTP library inside the hub's
    OSError,
    ValueError,
)

_Answer = TypeVar("_Answer")
_log = structlog.get_logger("models")


@dataclass(frozen=True, slots=True)
class Hub:
    """Downloads models from one hub into one cache folder."""

    cache_dir: Path
    endpoint: str
    """https://huggingface.co, or a mirror's address."""
    timeout_s: float
    """Deadline of name lookup, connection and first answer together."""
    offline: bool = False
    """Never use the network (`HF_HUB_OFFLINE`)."""

    @classmethod
    def from_environment(cls, models_dir: Path | None = None, timeout_s: float = 5.0) -> Hub:
        """A hub configured by `HF_ENDPOINT`, `HF_HUB_CACHE`, `HF_HOME` and `HF_HUB_OFFLINE`.

        `models_dir` replaces Hugging Face's cache.
        """
        return cls(
            cache_dir=models_dir or Path(constants.HF_HUB_CACHE),
            endpoint=constants.ENDPOINT,
            timeout_s=timeout_s,
            offline=bool(constants.HF_HUB_OFFLINE),
        )

    def fetch(self, repository: str, format: Format = CTRANSLATE2) -> Path:
        """Download the missing files of `repository`; → the complete directory.

        Blocking. Raises SetupError, which says what happened and what to do.
        """
        if self.offline:
            raise SetupError(
                f"The model {repository} is not in {self.cache_dir} and HF_HUB_OFFLINE forbids "
                "downloading it: unset HF_HUB_OFFLINE, or use --model DIRECTORY or --model bundled."
            )
        sizes = self.sizes(repository, format)
        check_space(f"The model {repository}", sum(sizes.values()), self.cache_dir)
        _log.info("model_download", repository=repository, mb=sum(sizes.values()) >> 20)
        with download_progress() as progress:
            for name in sizes:
                self._download(repository, name, progress)
        path = cache.find(repository, self.cache_dir, format)
        if path is None:
            raise SetupError(f"The download of {repository} is incomplete: try again.")
        return path

    def sizes(self, repository: str, format: Format = CTRANSLATE2) -> Mapping[str, int]:
        """Name → size in bytes of the files in `repository` that a model needs.

        Blocks for `timeout_s` at most. Raises SetupError.
        """
        api = huggingface_hub.HfApi(endpoint=self.endpoint)

        def ask() -> Mapping[str, int]:
            patience_s = 2 * self.timeout_s  # ends the thread, after the deadline below
            answer = api.model_info(repository, files_metadata=True, timeout=patience_s)
            return {file.rfilename: file.size or 0 for file in answer.siblings or ()}

        try:
            offered = _within(self.timeout_s, ask)
        except _FAILURES as error:
            raise self._explained(repository, error) from error
        sizes = {
            name: size
            for name, size in offered.items()
            if any(fnmatch(name, pattern) for pattern in format.patterns)
        }
        lacking = [name for name in format.required if name not in sizes]
        if lacking:
            raise SetupError(
                f"The repository {repository} lacks {', '.join(lacking)}, so it is not a Whisper "
                f"in {format.name}'s format: {format.advice.format(repository=repository)}."
            )
        return sizes

    def _download(self, repository: str, name: str, progress: Progress) -> None:
        try:
            huggingface_hub.hf_hub_download(
                repository,
                name,
                cache_dir=self.cache_dir,
                endpoint=self.endpoint,
                etag_timeout=self.timeout_s,
                tqdm_class=bar_class(progress, name),
            )
        except _FAILURES as error:
            raise self._explained(repository, error) from error

    def _explained(self, repository: str, error: Exception) -> SetupError:
        """The error for a failure of the hub or the disk: one sentence that says what to do."""
        if isinstance(error, OSError) and (error.errno == errno.ENOSPC or error.filename):
            return SetupError(unusable(self.cache_dir, error))
        if isinstance(error, GatedRepoError):
            return SetupError(
                f"The model {repository} requires an agreement: accept it on {self.endpoint}/"
                f"{repository}, then set HF_TOKEN."
            )
        if isinstance(error, RepositoryNotFoundError):
            return SetupError(
                f"There is no model {repository} at {self.endpoint}: check the spelling (`realtime "
                "models list` shows the names), set HF_TOKEN if it is private, or give a directory."
            )
        if isinstance(error, HfHubHTTPError) and error.response is not None:
            reason = f"answered with status {error.response.status_code}"
        elif isinstance(error, TimeoutError):
            reason = f"did not answer within {self.timeout_s:g} s"
        else:
            reason = f"could not be reached, or broke off ({type(error).__name__})"
        return SetupError(
            f"The model hub {self.endpoint} {reason}: check the network (or HF_ENDPOINT), or use "
            f"--model DIRECTORY or --model bundled instead of {repository}."
        )


def _within(timeout_s: float, ask: Callable[[], _Answer]) -> _Answer:
    """Call `ask` on a thread of its own. Raises its error, or TimeoutError.

    It is a daemon thread, because a name lookup cannot be interrupted and must not delay the exit.
    """
    answers: SimpleQueue[_Answer | Exception] = SimpleQueue()

    def run() -> None:
        try:
            answers.put(ask())
        except _FAILURES as error:
            answers.put(error)

    threading.Thread(target=run, name="hub-question", daemon=True).start()
    try:
        answer = answers.get(timeout=timeout_s)
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer
