"""What holds for all tests."""

from hypothesis import settings

# A loaded machine must not fail a test, and the same commit must always give the same answer.
settings.register_profile("project", deadline=None, derandomize=True)
settings.load_profile("project")
