"""Files to transcribe later: a table of states, stores that survive kill -9, and who does the work.

job (PURE: states) → store/ (SQLite, PostgreSQL: the truth) → runner (claims, leases, checkpoints);
service is what the HTTP API asks, carrier takes job ids to workers on other machines.
"""
