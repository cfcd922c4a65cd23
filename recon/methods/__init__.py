"""Ways to reconstruct: one file each, which ends in its `METHOD` record.

Owns the contract of a method (config, events, live state) and the methods themselves.
Refuses run folders, checkpoint files and user interfaces: a method yields events and never asks who listens.
Importing this package, or a method's file, loads no torch.
"""
