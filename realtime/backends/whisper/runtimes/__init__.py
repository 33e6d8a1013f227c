"""One Whisper by several libraries: a file here is an alternative."""
