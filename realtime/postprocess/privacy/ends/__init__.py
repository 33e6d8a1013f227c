"""What at the end of a text may become personal data when the text goes on."""
