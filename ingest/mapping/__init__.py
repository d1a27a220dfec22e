"""Vendors as data: a mapping is a YAML file that says which records a vendor's payloads become.

The files stand in `ingest/mappings/<source>/mapping.yaml`, their samples and expected records beside them; how one is
written stands in `docs/mapping.md`. `python -m ingest mapping test` checks them.
"""
