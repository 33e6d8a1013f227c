"""The services of a process."""
