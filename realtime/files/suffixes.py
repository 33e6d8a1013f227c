"""The file name suffixes of recordings."""

AUDIO_SUFFIXES = frozenset(
    {
        *{".3gp", ".aac", ".aif", ".aifc", ".aiff", ".amr", ".au", ".avi", ".awb", ".caf"},
        *{".flac", ".m4a", ".m4b", ".mka", ".mkv", ".mov", ".mp3", ".mp4", ".mpeg", ".mpg"},
        *{".mpga", ".oga", ".ogg", ".opus", ".snd", ".sph", ".ts", ".wav", ".weba", ".webm"},
        *{".w64", ".wma", ".wmv"},
    }
)
"""Files with these are taken from folders. A file that is named itself is taken in any case."""
