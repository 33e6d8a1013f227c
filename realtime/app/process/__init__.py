"""What belongs to the process: its memory, descriptors, signals and event loop."""
