"""The 3-D view: the only place that knows PyVista and VTK.

Owns the layers of the scene (splats, frusta, points, grid, photograph) and how the pointer moves the camera.
Refuses to compute pictures or to hold the camera: both come from elsewhere. All of it runs on the window's thread.
"""
