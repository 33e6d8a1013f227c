"""Programs that measure the project. They print; the package does not."""

import realtime  # noqa: F401 - before libraries that would call home
