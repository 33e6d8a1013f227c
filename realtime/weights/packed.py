"""A model as one file, for networks that reach neither hub nor index.

It is a ZIP archive without compression (weights do not compress), which any tool can open, with the
model's files, and `model.json` with the SHA-256 of each. The same model always gives the same
bytes, so that the SHA-256 of the file, sent separately, proves that nobody changed it.
"""

from __future__ import annotations

import os
import re
import zipfile
from fnmatch import fnmatch
from hashlib import sha256
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from realtime.errors import SetupError
from realtime.weights import cache
from realtime.weights.cache import CTRANSLATE2, FORMATS, HUGGING_FACE, Format
from realtime.weights.catalogue import BUNDLED, CATALOGUE, repository_of
from realtime.weights.drafts import PIECE_BYTES, KnownFile, check_space, digest, draft, unusable
from realtime.weights.index.packages import repositories
from realtime.weights.resolve import hub_id

LIST = "model.json"
KIND = "realtime model 1"
"""Kind of the list; the number changes when older programs could not read it."""
MAX_LIST_BYTES = 1 << 20
MAX_FILES = 100
OWN = "packed"
"""Organisation in the cache names of models from a user's own folders."""
MAX_NAME_LETTERS = 96  # as on the hub
_ALSO = ("context_policy.json", "README*", "LICEN[CS]E*", "NOTICE*")
"""Files that are packed besides those of the format; all other files are left out."""
_BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The earliest date of a ZIP, so that the time of packing does not change the bytes."""
_REVISION_LETTERS = 40
_BIG_BYTES = (1 << 31) - 1  # beyond it a ZIP writes sizes in another form

_PLAIN = rf"[A-Za-z0-9_](?:[A-Za-z0-9._-]{{0,{MAX_NAME_LETTERS - 2}}}[A-Za-z0-9_])?"
"""A file name that is not hidden, has no folder, and is valid on every system."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Entry(_Strict):
    name: str = Field(pattern=f"^{_PLAIN}$")
    size_bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class _List(_Strict):
    kind: str
    model: str = Field(pattern=f"^{_PLAIN}/{_PLAIN}$")
    """The model's name in the cache."""
    files: list[_Entry] = Field(max_length=MAX_FILES)


def find(model: str, cache_dir: Path) -> tuple[Path, str]:
    """A model of this machine: its folder, and its name in the cache of other machines.

    `model`: a directory, a name of the catalogue or a hub id. Raises SetupError where the model is
    not on this machine.
    """
    if model == BUNDLED:
        raise SetupError(
            "The bundled model is part of every installation: it does not need to be packed."
        )
    directory = Path(model).expanduser()
    if directory.is_dir() and not (model in CATALOGUE and cache.missing_files(directory)):
        name = re.sub(r"[^A-Za-z0-9]+", "-", directory.resolve().name).strip("-")
        return directory, f"{OWN}/{name[:MAX_NAME_LETTERS].strip('-') or 'model'}"
    repository = hub_id(model)
    names = repositories(model) if model in CATALOGUE else (repository,)
    places = [(name, CTRANSLATE2) for name in names] + [(repository_of(model), HUGGING_FACE)]
    for name, format in places:
        path = cache.find(name, cache_dir, format)
        if path is not None:
            return path, name
    raise SetupError(
        f"The model {model} is not on this disk: `realtime models download {model}` fetches it."
    )


def known_as(repository: str) -> str:
    """The name to use with `--model`: the catalogue's, or else the repository's."""
    return next((name for name in CATALOGUE if repository in repositories(name)), repository)


def pack(model: Path, repository: str, out: Path) -> str:
    """Write the folder `model` into the file `out`; → the SHA-256 of `out`. Blocking.

    `repository` (`org/name`): the name in the cache where it is unpacked. Raises SetupError for a
    folder without a model and where `out` exists already, and OSError.
    """
    files = _files(model)
    if out.exists():
        raise SetupError(f"{out} already exists: delete it, or name another file.")
    with draft(out.parent) as folder:
        made = folder / "packed"
        check_space("The packed model", sum(file.stat().st_size for file in files), folder)
        with zipfile.ZipFile(made, "x") as archive:
            entries = [_store(archive, file) for file in files]
            listed = _List(kind=KIND, model=repository, files=entries)
            archive.writestr(zipfile.ZipInfo(LIST, _BEGINNING), listed.model_dump_json(indent=1))
        with made.open("rb") as file:
            whole = digest(file)
            os.fsync(file.fileno())
        made.chmod(0o644)
        made.replace(out)
    return whole


def unpack(file: Path, cache_dir: Path, expected: str = "") -> tuple[str, Path]:
    """Put the model in `file` into the cache; → its name there, and the folder. Blocking.

    `expected`: the SHA-256 that the file must have, if it is known. After an error, nothing is
    kept. Raises SetupError for a file that is no packed model, or was changed after packing;
    OSError where it cannot be read.
    """
    with file.open("rb") as opened:
        if expected and digest(opened) != expected.lower():
            raise SetupError(f"{file} is not the file that {expected} is the SHA-256 of.")
        try:
            with zipfile.ZipFile(opened) as archive:
                return _unpacked(file, archive, cache_dir)
        except (zipfile.BadZipFile, EOFError, NotImplementedError) as error:
            raise SetupError(
                f"{file} is not a packed model, or is incomplete: copy it again, and compare its "
                "SHA-256."
            ) from error


def _unpacked(file: Path, archive: zipfile.ZipFile, cache_dir: Path) -> tuple[str, Path]:
    listed, revision = _listed(file, archive)
    check_space(f"The model in {file}", sum(e.size_bytes for e in listed.files), cache_dir)
    try:
        with draft(cache_dir) as folder:
            model = folder / "model"
            model.mkdir()
            for entry in listed.files:
                with (
                    archive.open(entry.name) as source,
                    KnownFile(model / entry.name, entry.size_bytes, entry.sha256) as target,
                ):
                    target.take(source.read)
                    if not target.finish():
                        raise SetupError(_changed(file, f"{entry.name} is a different one"))
            if all(cache.missing_files(model, format) for format in FORMATS):
                raise SetupError(_changed(file, "files are missing"))
            return listed.model, cache.add(model, listed.model, revision, cache_dir)
    except OSError as error:
        raise SetupError(unusable(cache_dir, error)) from error


def _listed(file: Path, archive: zipfile.ZipFile) -> tuple[_List, str]:
    """The archive's list of files, and the list's SHA-256, shortened. Raises SetupError where the
    archive has other members than its list."""
    members = archive.infolist()
    by_name = {member.filename: member for member in members}
    if LIST not in by_name or by_name[LIST].file_size > MAX_LIST_BYTES:
        raise SetupError(f"{file} is not a packed model: `realtime models pack` makes them.")
    stored = all(
        member.compress_type == zipfile.ZIP_STORED
        and member.compress_size == member.file_size
        and not member.flag_bits & 1  # encrypted
        for member in members
    )
    if not stored:
        raise SetupError(_changed(file, "it is compressed"))
    if any(member.header_offset < 0 for member in members):
        raise SetupError(_changed(file, "its directory is damaged"))
    with archive.open(LIST) as source:
        text = source.read(MAX_LIST_BYTES)
    try:
        listed = _List.model_validate_json(text)
    except ValidationError as error:
        raise SetupError(_changed(file, f"its {LIST} is not valid")) from error
    if "--" in listed.model:  # in the cache it stands for the slash
        raise SetupError(_changed(file, f"it is called {listed.model}"))
    if listed.kind != KIND:
        raise SetupError(
            f"{file} was packed by a newer version of realtime-whisper: install that version here."
        )
    sizes = {entry.name: entry.size_bytes for entry in listed.files}
    held = {name: member.file_size for name, member in by_name.items() if name != LIST}
    distinct = {name.casefold() for name in sizes}
    if not len(distinct) == len(listed.files) == len(members) - 1 or sizes != held:
        raise SetupError(_changed(file, "it holds other files than its list"))
    return listed, sha256(text).hexdigest()[:_REVISION_LETTERS]


def _changed(file: Path, what: str) -> str:
    return f"{file} differs from what was packed ({what}): nothing was installed. Copy it again."


def _files(model: Path) -> list[Path]:
    """The folder's files that belong to the model, by name. Raises SetupError without a model."""
    complete = [format for format in FORMATS if not cache.missing_files(model, format)]
    if not complete:
        raise SetupError(f"The folder {model} holds no complete model.")
    patterns = (*_wanted(complete[0]), *_ALSO)
    return sorted(
        path
        for path in model.iterdir()
        if path.is_file()
        and re.fullmatch(_PLAIN, path.name)
        and any(fnmatch(path.name, pattern) for pattern in patterns)
    )


def _wanted(format: Format) -> tuple[str, ...]:
    return (*format.patterns, *format.one_of)


def _store(archive: zipfile.ZipFile, path: Path) -> _Entry:
    """Copy one file into the archive; → its entry in the list."""
    info = zipfile.ZipInfo(path.name, _BEGINNING)
    info.external_attr = 0o644 << 16
    size, hashed = 0, sha256()
    big = path.stat().st_size > _BIG_BYTES
    with path.open("rb") as source, archive.open(info, "w", force_zip64=big) as target:
        while piece := source.read(PIECE_BYTES):
            size += len(piece)
            hashed.update(piece)
            target.write(piece)
    return _Entry(name=path.name, size_bytes=size, sha256=hashed.hexdigest())
