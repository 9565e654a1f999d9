from __future__ import annotations

from hypothesis import settings

# The same examples on every machine, and no verdict that hangs on a clock.
settings.register_profile("fdx", derandomize=True, deadline=None)
settings.load_profile("fdx")
