"""Time travel: the wall as it was at a moment of the last thirty days."""
