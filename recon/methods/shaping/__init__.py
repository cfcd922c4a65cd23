"""Parts of the method `primitives`: deformable meshes, one for each occupied voxel, and what is seen on them.

`icosphere` and `shapes` are a mesh and the network that deforms it; `points` and `cells` place meshes; `views` are the
photographs; `layers` which faces each pixel sees; `depths` fits the shapes, `radiance` what they look like, `baking`
turns that into numbers at vertices; `trainer` and `fit` join all of them, `drawing` shows the result.
"""
