"""What both collectors say of the node that they run on."""

from __future__ import annotations

from xrattest.plugin import Body, Context


def up_time(context: Context, body: Body) -> dict[str, int]:
    """Return the leaf `up-time` in seconds; where the host does not tell it, nothing, and a problem."""
    try:
        return {"up-time": int(float(context.root.read_text("/proc/uptime").split()[0]))}
    except (OSError, ValueError, OverflowError, IndexError) as error:
        body.problem(f"the uptime cannot be read from /proc/uptime: {error}")
        return {}
