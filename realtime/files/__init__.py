"""Files of any length → transcripts, through the same engine as live streams."""
