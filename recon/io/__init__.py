"""Files to scene and scene to files: captures in, splats, meshes and blocks in and out.

Owns every file format, every conversion of frames, axes and units, photographs on disk and what is kept of them in
memory, and the undoing of lens distortion. Refuses torch, and refuses to interpret what it reads: it never normalises a
scene, chooses a scale or drops a splat. Files are written beside their place and renamed.
"""

from recon.io.captures import lacks_cameras, load_capture
from recon.io.captures.source import CaptureOptions
from recon.io.describe import Box, Description, describe
from recon.io.files import atomic_write
from recon.io.format import Format
from recon.io.images import ImageCache
from recon.io.meshes.parts import write_parts
from recon.io.prepare import prepare
from recon.io.registry import (
    FORMATS,
    format_of,
    format_to_write,
    read_blocks,
    read_geometry,
    read_mesh,
    read_splats,
    readable,
    writable,
    write_geometry,
    write_splats,
)

__all__ = [
    "FORMATS",
    "Box",
    "CaptureOptions",
    "Description",
    "Format",
    "ImageCache",
    "atomic_write",
    "describe",
    "format_of",
    "format_to_write",
    "lacks_cameras",
    "load_capture",
    "prepare",
    "read_blocks",
    "read_geometry",
    "read_mesh",
    "read_splats",
    "readable",
    "writable",
    "write_geometry",
    "write_parts",
    "write_splats",
]
