"""Programs that measure the project. They print; the package does not."""
