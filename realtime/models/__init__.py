"""Model names → directories: local, cache, hub, bundled."""
