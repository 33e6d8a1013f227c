#!/usr/bin/python3
"""Prints the contents of this image as CycloneDX 1.6 (JSON): Python and Debian packages.

Licences are those that the packages declare. `sbom [FOLDER OF PYTHON PACKAGES] > FILE`; every image
already contains its own list as /usr/share/sbom.cdx.json.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import Distribution, distributions
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

APPLICATION = "realtime-whisper"
ENVIRONMENT = "/opt/venv/lib/python3.11/site-packages"
DEBIAN = "${binary:Package}\t${Version}\t${Architecture}\t${db:Status-Abbrev}\n"
INSTALLED = "ii"


def python_packages(folder: str) -> Iterator[dict[str, object]]:
    """Packages of an environment, sorted by name."""
    found = {each.metadata["Name"]: each for each in distributions(path=[folder])}
    for name, package in sorted(found.items(), key=lambda item: item[0].lower()):
        yield {
            "type": "application" if name == APPLICATION else "library",
            "bom-ref": f"pkg:pypi/{name.lower().replace('_', '-')}@{package.version}",
            "name": name,
            "version": package.version,
            "purl": f"pkg:pypi/{name.lower().replace('_', '-')}@{package.version}",
            **_licences(package),
        }


def _licences(package: Distribution) -> dict[str, object]:
    """The licence expression of a package or, without one, the licence names that it declares."""
    metadata = package.metadata
    if expression := metadata.get("License-Expression"):
        return {"licenses": [{"expression": expression}]}
    named = [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier") or ()
        if line.startswith("License :: ")
    ]
    stated = named or [line for line in (metadata.get("License") or "").splitlines()[:1] if line]
    return {"licenses": [{"license": {"name": name}} for name in stated]} if stated else {}


def debian_packages() -> Iterator[dict[str, object]]:
    """Packages of the base image, and those installed later."""
    listed = subprocess.run(
        ["dpkg-query", "--show", "--showformat", DEBIAN], check=True, capture_output=True, text=True
    ).stdout
    for line in sorted(listed.splitlines()):
        package, version, architecture, status = line.split("\t")
        if not status.startswith(INSTALLED):
            continue
        name = package.partition(":")[0]
        purl = f"pkg:deb/debian/{name}@{quote(version)}?arch={architecture}"
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
        }


def made_at() -> datetime:
    """The current time, or that of SOURCE_DATE_EPOCH."""
    stated = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(stated), UTC) if stated else datetime.now(UTC)


def main() -> None:
    folder = sys.argv[1] if len(sys.argv) > 1 else ENVIRONMENT
    components = [*python_packages(folder), *debian_packages()]
    ours = next(each for each in components if each["name"] == APPLICATION)
    everything = "\n".join(str(each["bom-ref"]) for each in components)
    bom = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, everything)}",
        "version": 1,
        "metadata": {
            "timestamp": made_at().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {**ours, "type": "container", "bom-ref": "image"},
        },
        "components": components,
    }
    json.dump(bom, sys.stdout, indent=1)


if __name__ == "__main__":
    main()
