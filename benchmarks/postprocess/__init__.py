"""What follows a transcript: masking, classes."""
