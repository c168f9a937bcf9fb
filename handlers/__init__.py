"""What people can say or tap. Every module here with a `router` takes part; nothing is listed."""

import importlib
import pkgutil

from handlers.base import Router


def collect() -> Router:
    """All routes of all feature modules.

    Raises:
        DuplicateRoute: two handlers claim the same word, key, event or path.
    """
    everything = Router()
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda found: found.name):
        router = getattr(importlib.import_module(f"{__name__}.{module.name}"), "router", None)
        if isinstance(router, Router):
            everything.include(router)
    return everything
