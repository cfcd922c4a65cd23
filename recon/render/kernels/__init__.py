"""The CPU renderer's compiled kernels, one step of the pipeline per file.

projection -> harmonics -> packing (depth order) -> binning (tiles) -> tiles -> and back:
tiles_backward -> gathering -> projection_backward, harmonics_backward.

Owns numba kernels over plain float32 arrays, which they are given ready to fill. Refuses tensors, autograd and checks
of what a user gave: `recon.render.cpu` does those. Every result is the same bit for bit for any number of threads:
what several threads contribute to is written to a place of its own and summed in a fixed order.

Small matrices are tuples of scalars, row by row, so that they live in registers. Scalars are kept float32 by
constants of that type: one Python float would turn a whole expression to float64.
"""
