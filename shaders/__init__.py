"""GLSL sources and where to find them. README.md says what each uniform means and who sets it."""

from importlib.resources import files


def source(name: str) -> str:
    """Text of a shader, such as `source("splat_quad.frag.glsl")`."""
    return files(__name__).joinpath(name).read_text()
