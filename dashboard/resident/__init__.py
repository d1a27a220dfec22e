"""Residents' pages, `/r`: plain HTML for a phone, without an account and without a script where that is possible."""
