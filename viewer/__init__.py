"""The window: shows runs, splat files and captures. It never computes; an engine process draws for it.

`python -m viewer PATH...` opens it. Importing this package loads nothing.
"""
