"""What a backend for Whisper's weights needs: features, contexts, tokens, guards, words."""
