"""One stream, pure: no sockets, threads or wall clock. Feed in, drain out; its clock is the sample
counter."""
