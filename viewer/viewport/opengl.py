"""What OpenGL this machine has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QGuiApplication, QOffscreenSurface, QOpenGLContext, QSurfaceFormat

GL_RENDERER = 0x1F01
SOFTWARE = ("llvmpipe", "softpipe", "swiftshader", "software")


def surface_format() -> QSurfaceFormat:
    """The format VTK needs: OpenGL 3.2 core, with alpha."""
    wanted = QSurfaceFormat()
    wanted.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setVersion(3, 2)
    wanted.setAlphaBufferSize(8)
    return wanted


@cache
def opengl_renderer() -> str | None:
    """What draws OpenGL here, in its maker's words; None where nothing does. Asked once, of the running application."""
    # The application's own: PySide takes what comes to lie where a surface was for that surface, and crashes.
    context, surface = QOpenGLContext(), QOffscreenSurface(None, QGuiApplication.instance())
    surface.create()
    if not context.create() or not context.makeCurrent(surface):
        return None
    name = context.functions().glGetString(GL_RENDERER)
    context.doneCurrent()
    return str(name)


def samples_per_pixel() -> int:
    """How finely to draw outlines: four samples, but one where the CPU would have to draw them."""
    name = (opengl_renderer() or "").lower()
    return 0 if any(word in name for word in SOFTWARE) else 4


@contextmanager
def without_format_warning() -> Iterator[None]:
    """Keep one warning of Qt's from the terminal: pyvistaqt sets again the default format that is set already."""

    def handle(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
        if previous and "Setting a new default format" not in message:
            previous(kind, context, message)

    previous = qInstallMessageHandler(handle)
    try:
        yield
    finally:
        qInstallMessageHandler(previous)
