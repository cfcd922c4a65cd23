"""The engine process and its client: a camera goes in, colour and depth come out through shared memory.

Owns the process that holds geometry and torch, the messages to it, what happens when it dies, and when which picture
is asked for; and the processes of other work beside the window (`tasks`). Refuses VTK, and any say in what the window
looks like. Only `backend` loads torch, and only inside the engine process; only `director` knows Qt, for its timer.
"""
