"""`muster demo`: the product, the sandbox and a sample company on one machine, with nothing to configure."""

from bot.demo.run import run_demo

__all__ = ["run_demo"]
