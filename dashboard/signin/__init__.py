"""Signing in: `who` a request is, `service` what happens at the door, `pages` and `routes` what people see of it."""
