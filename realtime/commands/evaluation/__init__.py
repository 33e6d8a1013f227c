"""What `realtime evaluate` shows and leaves behind."""
