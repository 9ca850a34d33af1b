from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from bot.egress.scripted import TOKEN, ScriptedApi
from lplate_bot.egress import ApiClient, ApiUnreachable

PEM = Path(__file__).parent / "localhost.pem"
"""A self-signed certificate for localhost with its key, valid until 2125; made by openssl req -x509."""


@pytest.fixture
async def server_tls() -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    return context


async def test_https_is_spoken_and_checked(server_tls: ssl.SSLContext) -> None:
    """An https root is called over TLS; a certificate that nobody vouches for is refused with its reason."""
    api = ScriptedApi()
    await api.start(tls=server_tls)
    root = f"https://localhost:{api.port}"
    client = ApiClient(root, TOKEN, tls=ssl.create_default_context(cafile=str(PEM)))
    assert (await client.call("getMe")).ok
    assert (await client.call("getMe")).ok
    assert api.connections == 1
    await client.close()
    suspicious = ApiClient(root, TOKEN)
    with pytest.raises(ApiUnreachable, match="certificate"):
        await suspicious.call("getMe")
    await suspicious.close()
    await api.stop()
