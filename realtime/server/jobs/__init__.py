"""The HTTP API of jobs, for the page and for programs."""
