"""JSON ⇄ messages and events. Pure codecs, one file a dialect."""
