"""Names of people, as they are said, introduced and spelled."""
