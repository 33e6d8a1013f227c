"""Model names → directories: local, cache, hub, package index, bundled; and models as one file."""
