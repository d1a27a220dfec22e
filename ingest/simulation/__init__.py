"""The demo's devices: what they would say, on the same roads real devices take."""
