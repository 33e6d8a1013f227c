"""Files to transcribe later, while processes are killed."""
