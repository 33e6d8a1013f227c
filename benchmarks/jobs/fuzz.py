"""Cases that schemathesis generates from the jobs' OpenAPI document, against the real server.

Required: no 5xx, and no answer that the document does not describe. Otherwise the exit code is 1.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.files.fuzz import CHECKS
from benchmarks.shared.rows import Row, parser, show
from realtime import logs
from realtime.load_test.machine import machine
from realtime.settings import Settings
from tests.serving import serving


def measure(examples: int = 300) -> list[Row]:
    """Run schemathesis on the document, except for the event stream, which never ends."""
    schemathesis = str(Path(sys.executable).parent / "schemathesis")
    paths = "/api/(upload|transcribe-(async|status|jobs|cancel|retry))"
    with tempfile.TemporaryDirectory(prefix="jobs-") as folder:
        settings = Settings(port=0, web_port=0, model="bundled", data_dir=Path(folder))
        with serving(settings) as served:
            assert served.app.web is not None
            document = f"http://127.0.0.1:{served.app.web.port}/api/openapi.json"
            done = subprocess.run(
                [
                    *(schemathesis, "run", document, "--no-color", "--include-path-regex", paths),
                    *("--checks", ",".join(CHECKS), "--max-examples", str(examples)),
                    *("--seed", "1", "--generation-database", "none"),
                ],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
    cases = re.search(r"([\d,]+) generated(?:, (\d+) found)?", done.stdout)
    found = cases[2] or "0" if cases else "did not run"
    what = f"{cases[1] if cases else 'no'} cases over the jobs' API: 5xx or undocumented"
    return [Row("", what, found, "0", found == "0" and done.returncode == 0)]


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--examples", type=int, default=300, help="of each operation and phase")
    given = options.parse_args()
    logs.set_up("warning")
    print(machine())
    rows = measure(given.examples)
    show(rows)
    sys.exit(not all(row.met for row in rows))


if __name__ == "__main__":
    main()
