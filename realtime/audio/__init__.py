"""Bytes in any encoding, rate and channel count → float32 mono at 16 kHz."""
