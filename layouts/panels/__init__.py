"""Panels are functions: data in, component out, no callback inside. What moves is an island of assets/wall/*.js."""
