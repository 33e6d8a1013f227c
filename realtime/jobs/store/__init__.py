"""Where jobs are kept. `base` is what all stores do; a file beside it is an alternative."""
