"""The tables of a job store, in the SQL that SQLite and PostgreSQL share."""

from __future__ import annotations

from collections.abc import Mapping

from realtime.jobs.store.rows import Run

SCHEMA_VERSION = 3
"""Version of the tables below. A store of a later version is refused instead of being misread."""

TABLES = (
    # One row. A writer that changes a job locks it first and takes the next number: changes get
    # versions in the order in which they become visible, so a reader that asks for all changes
    # after the latest it knows misses none. (A sequence assigns numbers before the commit.)
    """CREATE TABLE IF NOT EXISTS meta (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        version BIGINT NOT NULL,
        schema_version INTEGER NOT NULL
    )""",
    """CREATE TABLE IF NOT EXISTS jobs (
        id TEXT PRIMARY KEY,
        file_id TEXT NOT NULL,
        request TEXT NOT NULL,
        idempotency_key TEXT UNIQUE,
        position BIGINT NOT NULL,
        status TEXT NOT NULL,
        progress DOUBLE PRECISION NOT NULL,
        created_at DOUBLE PRECISION NOT NULL,
        started_at DOUBLE PRECISION,
        completed_at DOUBLE PRECISION,
        not_before DOUBLE PRECISION NOT NULL,
        sent_at DOUBLE PRECISION NOT NULL,
        owner TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        tries INTEGER NOT NULL,
        lease_until DOUBLE PRECISION NOT NULL,
        lease_s DOUBLE PRECISION NOT NULL,
        reason TEXT NOT NULL,
        message TEXT NOT NULL,
        detail TEXT NOT NULL,
        version BIGINT NOT NULL,
        submitter TEXT NOT NULL DEFAULT '',
        labels TEXT NOT NULL DEFAULT '{}'
    )""",
    "CREATE INDEX IF NOT EXISTS jobs_by_status ON jobs (status, position)",
    "CREATE INDEX IF NOT EXISTS jobs_by_version ON jobs (version)",
    "CREATE INDEX IF NOT EXISTS jobs_by_file ON jobs (file_id)",
    # The primary key makes a second result of a job impossible.
    """CREATE TABLE IF NOT EXISTS results (
        job_id TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
        result TEXT NOT NULL,
        short TEXT NOT NULL,
        corrected TEXT NOT NULL DEFAULT ''
    )""",
    """CREATE TABLE IF NOT EXISTS pieces (
        job_id TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
        number INTEGER NOT NULL,
        segments TEXT NOT NULL,
        checkpoint TEXT NOT NULL,
        PRIMARY KEY (job_id, number)
    )""",
    # Deleted jobs, for readers of changes.
    """CREATE TABLE IF NOT EXISTS deleted (
        version BIGINT PRIMARY KEY,
        job_id TEXT NOT NULL,
        submitter TEXT NOT NULL DEFAULT ''
    )""",
    f"""INSERT INTO meta (one, version, schema_version) VALUES (1, 0, {SCHEMA_VERSION})
        ON CONFLICT (one) DO NOTHING""",
)

CHANGES: Mapping[int, tuple[str, ...]] = {
    2: tuple(
        f"ALTER TABLE {table} ADD COLUMN submitter TEXT NOT NULL DEFAULT ''"
        for table in ("jobs", "deleted")
    ),
    3: (
        "ALTER TABLE jobs ADD COLUMN labels TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE results ADD COLUMN corrected TEXT NOT NULL DEFAULT ''",
    ),
}
"""Version → the statements that migrate the tables from the version before."""


def bring_up_to_date(run: Run) -> bool:
    """Migrate tables of an earlier version to this one; False: they are of a later version.

    `run` must belong to the transaction in which `TABLES` ran.
    """
    (meta,) = run("SELECT schema_version FROM meta", {})
    for version in range(meta["schema_version"] + 1, SCHEMA_VERSION + 1):
        for statement in CHANGES[version]:
            run(statement, {})
        run("UPDATE meta SET schema_version = :version", {"version": version})
    return bool(meta["schema_version"] <= SCHEMA_VERSION)


KEPT_DELETIONS = 10_000
"""Older deletions are dropped: a reader that is this far behind must read the whole list again."""
