"""Mesh files, one format a file; each ends in its own `Format` record."""
