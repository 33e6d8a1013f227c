"""Speech detectors: a family of alternatives behind `base.SpeechDetector`."""
