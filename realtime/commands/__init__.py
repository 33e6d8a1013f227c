"""The commands of `realtime`, a small file each: argv → Settings → the part that does the work."""
