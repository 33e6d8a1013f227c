"""`make test` runs every file once, and those that import torch apart."""

from __future__ import annotations

import re
import subprocess

from tests.readme import ROOT

_TORCH = r"(?:torch|transformers|whisper)\b"
_IMPORTS_IT = re.compile(rf'^(?:import|from) {_TORCH}|importorskip\("{_TORCH}', re.M)


def test_files_that_import_torch_run_apart() -> None:
    order = ["make", "--dry-run", "--always-make", "test", "ARGS="]
    plan = subprocess.run(order, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    runs = [line for line in plan.splitlines() if " pytest " in line]
    # They run beside each other, in any order.
    counted, others, apart = (
        set(re.findall(r"tests/[\w./]+", line))
        for line in sorted(runs, key=lambda line: (" --cov" not in line, "--ignore" not in line))
    )
    assert others == counted | apart, "what is not ignored there runs a second time or never"
    texts = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py")}
    found = {
        str(path.relative_to(ROOT)) for path, text in texts.items() if _IMPORTS_IT.search(text)
    }
    assert found == apart
