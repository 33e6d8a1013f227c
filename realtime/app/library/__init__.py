"""The engine as a library: files in, dicts out; live speech in, events out."""
