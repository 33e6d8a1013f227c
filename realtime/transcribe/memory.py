"""Measures how much memory is left in the machine, or in the container where that has less."""

from __future__ import annotations

from pathlib import Path

LOW_MEMORY, CRITICAL_MEMORY = 0.9, 0.97
"""Shares of memory in use above which `/health` reports `warning` and `critical`."""
CGROUP = Path("/sys/fs/cgroup")


def memory(proc: Path = Path("/proc/meminfo"), cgroup: Path = CGROUP) -> dict[str, object]:
    """Memory of the machine, or of the container where that has less; no figures where `proc`
    cannot be read."""
    figures = _kib(proc, cgroup)
    if figures is None:
        return {"status": "ok", "message": "unknown on this system"}
    total, available = figures
    used = 1 - available / total
    status, message = "ok", "enough memory"
    if used > CRITICAL_MEMORY:
        status, message = "critical", "almost no memory is left"
    elif used > LOW_MEMORY:
        status, message = "warning", "memory is getting low"
    return {
        "available_mb": available // 1024,
        "total_mb": total // 1024,
        "used_percent": round(100 * used, 1),
        "status": status,
        "message": message,
    }


def available_bytes(proc: Path = Path("/proc/meminfo"), cgroup: Path = CGROUP) -> int:
    """Memory that the process may still take; 0 where that cannot be read."""
    figures = _kib(proc, cgroup)
    return 0 if figures is None else figures[1] * 1024


def _kib(proc: Path, cgroup: Path) -> tuple[int, int] | None:
    """Total and available memory in KiB; None where `proc` cannot be read."""
    try:
        lines = proc.read_text().splitlines()
    except OSError:
        return None
    kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    total, available = kib["MemTotal"], kib["MemAvailable"]
    limit = _container_kib(cgroup)
    if limit is None:
        return total, available
    return min(total, limit[0]), min(available, limit[1])


def _container_kib(cgroup: Path) -> tuple[int, int] | None:
    """Limit, and memory free below it (cgroup v2, kernel's admin-guide); None without a limit.

    Cached files are added to the free memory: the kernel counts them as used, but drops them before
    it kills a process.
    """
    try:
        limit = int((cgroup / "memory.max").read_text())
        used = int((cgroup / "memory.current").read_text())
        stat = (cgroup / "memory.stat").read_text()
    except (OSError, ValueError):  # no container, or "max"
        return None
    cached = sum(
        int(value)
        for name, _, value in (line.partition(" ") for line in stat.splitlines())
        if name == "inactive_file"
    )
    return max(1, limit // 1024), max(0, limit - used + cached) // 1024
