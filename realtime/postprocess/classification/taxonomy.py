"""The classes of calls: a TOML file of codes, names and weighted cues."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from realtime.errors import SetupError, broken_rule

Weight = Annotated[float, Field(gt=0, le=10)]


class CategoryCues(BaseModel):
    """Word or phrase → weight, 0 … 10, by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ko: dict[str, Weight] = {}
    en: dict[str, Weight] = {}


class Category(BaseModel):
    """One class of calls."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")]
    ko: Annotated[str, Field(min_length=1, max_length=80)]
    en: Annotated[str, Field(min_length=1, max_length=80)]
    cues: CategoryCues = CategoryCues()

    def name(self, language: str) -> str:
        """Korean for `ko`, English for every other language."""
        return self.ko if language == "ko" else self.en


class Taxonomy(BaseModel):
    """All classes, and the one to use if no other is chosen."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    other: str
    """Code of the class for everything else."""
    category: Annotated[tuple[Category, ...], Field(min_length=2, max_length=200)]

    @model_validator(mode="after")
    def _consistent(self) -> Taxonomy:
        codes = [category.code for category in self.category]
        if len(set(codes)) != len(codes):
            raise ValueError("a code is listed twice")
        if self.other not in codes:
            raise ValueError(f"`other` names {self.other}, which is no category's code")
        return self

    def by_code(self, code: str) -> Category | None:
        """The class with this code; None if there is none."""
        return next((category for category in self.category if category.code == code), None)

    @property
    def fallback(self) -> Category:
        """The class for everything else."""
        return next(category for category in self.category if category.code == self.other)


def load_taxonomy(path: Path | None) -> Taxonomy:
    """Load the file at `path`, or the package's own for call centres. Raises SetupError."""
    if path is None:
        text = files(__package__).joinpath("call_centre.toml").read_text(encoding="utf-8")
        return Taxonomy.model_validate(tomllib.loads(text))
    try:
        return Taxonomy.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = str(error)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        reason = f"{place}: {broken_rule(first)}" if place else broken_rule(first)
    raise SetupError(
        f"The taxonomy {path} cannot be used ({reason}): give a TOML file with `other` and "
        "[[category]] tables of code, ko, en and cues, as call_centre.toml in the package."
    )
