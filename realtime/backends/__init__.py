"""Speech models: a family of alternatives behind `base.Backend`."""
