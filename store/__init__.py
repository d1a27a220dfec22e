"""Where it is kept: Redis, the log, SQL, blobs. I/O, no decisions."""
