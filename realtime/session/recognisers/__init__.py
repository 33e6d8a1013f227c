"""How a session has its utterances recognised: a file here is a kind of recogniser."""
