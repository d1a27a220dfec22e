"""Open data: figures and records to read, for readers outside the house (docs/open-data.md)."""
