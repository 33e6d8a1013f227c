"""What an option of a stream is: one row of `realtime.wire.options`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from realtime.wire.values import Kind, Seconds, Whole

Door: TypeAlias = Literal["setting", "files", "openai", "client", "command", "library", "page"]
"""Where an option is offered beside the live protocol: the server's settings, forms of files, forms
of OpenAI's routes, the Python client, `realtime stream`, `RealtimeWhisperProcessor`, the page."""
Texts: TypeAlias = tuple[str, str]
"""The same in English and in Korean."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Option(Generic[Value]):
    """One option of a stream."""

    name: str
    """Its key in the live protocol."""
    kind: Kind[Value]
    default: Value
    """What a stream gets that asks for nothing, where the server's settings say nothing else."""
    meaning: Texts
    default_text: Texts | None = None
    """The default, where the value alone would not say it."""
    changeable: bool = False
    """A later `start` may change it, for the next utterance."""
    at: tuple[Door, ...] = ()
    """Doors that offer it under its own name."""
    renamed: Mapping[Door, str] = field(default_factory=dict)
    """Doors that offer it under another name, as they did before there was a live protocol."""

    @property
    def doors(self) -> Mapping[Door, str]:
        """Door → its name there."""
        return {**dict.fromkeys(self.at, self.name), **self.renamed}

    @property
    def bounds(self) -> dict[str, Any]:
        """The least and the most that it may be, as arguments of pydantic's `Field`."""
        names = {"minimum": "ge", "maximum": "le", "maxLength": "max_length"}
        return {names[key]: bound for key, bound in self.kind.schema.items() if key in names}

    @property
    def unit(self) -> str:
        """Of its numbers: `s`, `ms`, `Hz`; empty: they count something, or it is no number."""
        match self.kind:
            case Seconds():
                return "s"
            case Whole(unit=unit):
                return unit
            case _:
                return ""
