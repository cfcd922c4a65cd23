"""Qt widgets around the viewport. They show the model and write to it what was clicked, nothing else.

Refuses VTK, the engine, files and numbers of its own: what a panel says was computed elsewhere.
"""
