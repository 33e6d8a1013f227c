"""Files to transcribe later: a table of states, stores that survive kill -9, and runners.

job (PURE: states) → store/ (SQLite, PostgreSQL: the truth) → runner (claims, leases, checkpoints);
service is what the HTTP API calls, carrier sends job ids to workers on other machines.
"""
