"""Is the editor still there? Its input may stay open after it has died, and a server nobody needs must not live on."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

log = logging.getLogger(__name__)

# In seconds between two looks.
_PAUSE = 2.0


async def gone(process: int) -> None:
    """Wait until a process has ended."""
    while is_alive(process):
        await asyncio.sleep(_PAUSE)


def is_alive(process: int) -> bool:
    """Is there a process of this number? When that cannot be told, there is."""
    if sys.platform == "win32":
        return _is_alive_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _is_alive_on_windows(process: int) -> bool:
    """There ``os.kill`` would end the process."""
    import ctypes

    synchronize, timed_out = 0x00100000, 0x102
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - the name exists on Windows only
    handle = kernel.OpenProcess(synchronize, False, process)
    if not handle:
        return False
    try:
        return bool(kernel.WaitForSingleObject(handle, 0) == timed_out)
    finally:
        kernel.CloseHandle(handle)
