"""The type of a stream's options: one row of `realtime.wire.options`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeAlias, TypeVar

from realtime.wire.values import Seconds, ValueKind, Whole

Door: TypeAlias = Literal["setting", "files", "openai", "client", "command", "library", "page"]
"""Where an option is offered besides the live protocol: the server's settings, forms of files,
forms of OpenAI's routes, the Python client, `realtime stream`, `RealtimeWhisperProcessor`, the
page."""
Texts: TypeAlias = tuple[str, str]
"""The same text in English and in Korean."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Option(Generic[Value]):
    """One option of a stream."""

    name: str
    """Its key in the live protocol."""
    kind: ValueKind[Value]
    default: Value
    """Used where neither the client nor the server's settings give a value."""
    meaning: Texts
    default_text: Texts | None = None
    """Describes the default where the value alone would not."""
    changeable: bool = False
    """A later `start` may change it, from the next utterance on."""
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
        """Its lower and upper bounds, as arguments of pydantic's `Field`."""
        names = {"minimum": "ge", "maximum": "le", "maxLength": "max_length"}
        return {names[key]: bound for key, bound in self.kind.schema.items() if key in names}

    @property
    def unit(self) -> str:
        """Unit of its numbers: `s`, `ms`, `Hz`; empty if they are counts, or it is no number."""
        match self.kind:
            case Seconds():
                return "s"
            case Whole(unit=unit):
                return unit
            case _:
                return ""
