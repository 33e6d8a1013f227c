"""The services that processes are made of: each is told what it needs, and starts, drains and
stops."""
