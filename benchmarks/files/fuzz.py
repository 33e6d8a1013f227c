"""Cases that schemathesis generates from the OpenAPI document, against the real server.

Required: no 5xx, and no answer that the document does not describe. Otherwise the exit code is 1.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.shared.rows import Row, parser, show
from benchmarks.shared.serving import served
from realtime.load_test.machine import machine
from realtime.weights.bundled import samples

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


def measure(examples: int = 700, seed: int = 1) -> list[Row]:
    """`examples`: the most per operation and phase; 700 make more than 10,000 cases."""
    schemathesis = str(Path(sys.executable).parent / "schemathesis")
    with tempfile.TemporaryDirectory() as place:
        folder = samples()[0].path.parent
        with served(api_port=0, allowed_dir=folder, data_dir=Path(place)) as server:
            done = subprocess.run(
                [
                    *(schemathesis, "run", f"{server.api}/openapi.json", "--no-color"),
                    *("--checks", ",".join(CHECKS), "--max-examples", str(examples)),
                    *("--seed", str(seed), "--generation-database", "none"),
                ],
                cwd=place,
                capture_output=True,
                text=True,
                check=False,
            )
    cases = re.search(r"([\d,]+) generated(?:, (\d+) found)?", done.stdout)
    tested = re.search(r"Tested: (\d+)", done.stdout)
    if cases is None or tested is None:
        raise RuntimeError(f"schemathesis did not run: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    if done.returncode:
        print(done.stdout[-8000:])
    return [
        Row(
            "i",
            f"{cases[1]} cases over {tested[1]} operations: 5xx or undocumented",
            cases[2] or "0",
            "0",
            done.returncode == 0,
        )
    ]


def main() -> None:
    arguments = parser(__doc__)
    arguments.add_argument("--examples", type=int, default=700, help="of each operation and phase")
    arguments.add_argument("--seed", type=int, default=1)
    given = arguments.parse_args()
    print(machine())
    rows = measure(given.examples, given.seed)
    show(rows)
    sys.exit(not all(row.met for row in rows))


if __name__ == "__main__":
    main()
