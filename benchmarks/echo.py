"""A peer: bare Flask and wechatpy, the text sent back encrypted; `python -m benchmarks.echo PORT`."""

import sys

from flask import Flask, Response, request
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.server import Server
from wechatpy.enterprise import create_reply, parse_message
from wechatpy.enterprise.crypto import WeChatCrypto

from bot.server import BACKLOG, HEADER_MILLISECONDS, MAX_REQUESTS, THREADS, WORKERS
from tests import tencent

app = Flask("echo")
crypto = WeChatCrypto(tencent.TOKEN, tencent.AES_KEY, tencent.CORP_ID)


@app.post("/wecom/callback")
def callback() -> Response:
    """Open the envelope, and close it around the same text."""
    query = request.args
    opened = crypto.decrypt_message(request.data, query["msg_signature"], query["timestamp"], query["nonce"])
    message = parse_message(opened)
    reply = create_reply(message.content, message).render()
    return Response(crypto.encrypt_message(reply, query["nonce"], query["timestamp"]), mimetype="text/xml")


def serve(port: int) -> None:
    """Serve as the product's gateway does, through the interface a Flask application has."""
    Server(
        "benchmarks.echo:app",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=WORKERS,
        blocking_threads=THREADS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        websockets=False,
        backlog=BACKLOG,
        backpressure=MAX_REQUESTS,
        workers_kill_timeout=5,
        log_enabled=False,
    ).serve()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
