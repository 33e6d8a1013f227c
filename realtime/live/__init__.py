"""One live stream: its options, channels, clock, outbox and speakers. No socket."""
