"""Run the playground alone: `python -m lplate_bot.playground --listen 127.0.0.1:8081 --token 123:abc`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

from lplate_bot.playground import PLAYGROUND_TOKEN
from lplate_bot.playground.persistence import StateError
from lplate_bot.playground.server import PlaygroundConfig, PlaygroundServer


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted and return the exit code."""
    options = _parser().parse_args(arguments)
    host, _, port = options.listen.rpartition(":")
    try:
        config = PlaygroundConfig(
            host=host.strip("[]") or "127.0.0.1",
            port=int(port),
            tokens=(PLAYGROUND_TOKEN, *options.token),
            state_path=options.state,
        )
        server = PlaygroundServer(config)
    except ValueError as fault:
        return _fail(f"{fault}")
    with contextlib.suppress(KeyboardInterrupt):
        return asyncio.run(_serve(server))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lplate_bot.playground", description=__doc__)
    parser.add_argument(
        "--listen", default="127.0.0.1:8080", metavar="HOST:PORT", help="port 0: any free one"
    )
    parser.add_argument("--token", action="append", default=[], help="serve a further bot; may be repeated")
    parser.add_argument("--state", type=Path, metavar="FILE", help="keep chats here over restarts")
    return parser


async def _serve(server: PlaygroundServer) -> int:
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        await server.start()
    except OSError as fault:
        address = f"{server.config.host}:{server.config.port}"
        return _fail(f"cannot listen on {address}: {fault.strerror}. Choose another address with --listen.")
    except StateError as fault:
        return _fail(str(fault))
    print(f"playground: {server.url}  (Bot API: {server.url}/bot<token>/<method>)", flush=True)  # noqa: T201 -- it is what a person waits for
    await ended.wait()
    await server.stop()
    return 0


def _fail(words: str) -> int:
    print(f"playground: {words}", file=sys.stderr)  # noqa: T201 -- a command-line message
    return 1


if __name__ == "__main__":
    sys.exit(main())
