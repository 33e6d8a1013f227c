"""Who speaks when: voices told apart in one channel."""
