"""Progress and table of `realtime evaluate`."""
