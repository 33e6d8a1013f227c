"""What is heard, and what is not: words, times, silence."""
