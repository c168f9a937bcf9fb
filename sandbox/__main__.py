"""Starts the sandbox: ``python -m sandbox --bind 127.0.0.1:8100 [--config FILE.json]``."""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server

from sandbox.app import create_app
from sandbox.errors import ControlError
from sandbox.world import World


def main(arguments: list[str] | None = None) -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="sandbox", description="在一台机器上扮演企业微信和服务号")
    parser.add_argument("--bind", default="127.0.0.1:8100", help="监听地址，默认 127.0.0.1:8100")
    parser.add_argument("--config", type=Path, help="启动时载入的企业与服务号(JSON)")
    given = parser.parse_args(arguments)
    host, _, port = given.bind.rpartition(":")
    if not port.isdigit():
        parser.error("--bind 形如 127.0.0.1:8100")
    host = host or "127.0.0.1"
    try:
        config = json.loads(given.config.read_text(encoding="utf-8")) if given.config else None
        app = create_app(config, f"http://{host}:{port}")
    except (OSError, ValueError, ControlError) as error:
        print(f"沙箱无法启动：{error.message if isinstance(error, ControlError) else error}", file=sys.stderr)
        return 1
    server = Server(
        app, address=host, port=int(port), interface=Interfaces.ASGI, websockets=False, log_enabled=False
    )
    print(f"沙箱已启动:http://{host}:{port}/", flush=True)
    asyncio.run(serve(server, app.state.world))
    return 0


async def serve(server: Server, world: World) -> None:
    """Run the server; SIGINT and SIGTERM stop it cleanly, open streams included."""
    loop = asyncio.get_running_loop()
    close: Callable[[], None] = server.stop

    def stop() -> None:
        world.stop()
        close()

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop)
    await server.serve()


if __name__ == "__main__":
    sys.exit(main())
