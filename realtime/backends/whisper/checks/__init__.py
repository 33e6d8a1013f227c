"""Whether a hypothesis is to be believed, and how one in doubt is heard again."""
