"""Whether a window can be opened at all: asked before Qt, which ends the process where it cannot."""

from __future__ import annotations

import ctypes
import os
import sys

from recon.errors import DeviceUnavailable

# What Qt's X11 plug-in needs and a bare system lacks.
X11_LIBRARIES = ("libxcb.so.1", "libxcb-cursor.so.0", "libxcb-icccm.so.4", "libxkbcommon-x11.so.0", "libEGL.so.1")


def require_display() -> None:
    """Check that there is a display to open a window on.

    Raises
    ------
    DeviceUnavailable
        If there is none, it does not answer, or libraries are missing.
    """
    if not sys.platform.startswith("linux"):
        return
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if platform.startswith(("offscreen", "minimal", "vnc", "linuxfb")):
        raise DeviceUnavailable(
            f"The window needs OpenGL, which Qt's {platform} platform lacks. Unset QT_QPA_PLATFORM."
        )
    if os.environ.get("WAYLAND_DISPLAY") and not platform.startswith("xcb"):
        return
    if not os.environ.get("DISPLAY"):
        raise DeviceUnavailable(
            "There is no display to open a window on. On a machine without a screen, "
            "`triptych render` makes pictures, `xvfb-run -a` lends a display; `triptych --help` tells the rest."
        )
    missing = [name for name in X11_LIBRARIES if not _loads(name)]
    if missing:
        raise DeviceUnavailable(f"The window needs system libraries that are missing: {', '.join(missing)}.")
    if not _answers():
        raise DeviceUnavailable(f"The display {os.environ['DISPLAY']} does not answer. Check DISPLAY and xauth.")


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _answers() -> bool:
    xcb = ctypes.CDLL(X11_LIBRARIES[0])
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = [ctypes.c_void_p]
    xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    error = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return error == 0
