"""Each link of the chain frozen and killed in turn, and what the wall said meanwhile: python -m tests.faults."""
