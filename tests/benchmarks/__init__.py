"""`make bench`: the figures of the spine, each with its limit, measured on the real programs."""
