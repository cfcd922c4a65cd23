"""The engine process and its client: a camera goes in, colour and depth come out through shared memory.

Owns the process that holds geometry and torch, the messages to it, and what happens when it dies.
Refuses Qt, VTK and what the window looks like. Only `backend` loads torch, and only inside the engine process.
"""
