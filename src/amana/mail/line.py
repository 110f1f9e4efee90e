"""The line to a server: straight, or through a SOCKS5 proxy such as Tor's.

Threat: with a proxy, not even the name of the provider may be looked up outside of it, so the proxy
resolves names.
"""

from __future__ import annotations

import socket

from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError
from python_socks.sync import Proxy

from amana.errors import UsageProblem


def check_proxy(url: str | None) -> str | None:
    """`url` itself, if it is `socks5://[user:password@]host:port`. Raises UsageProblem."""
    if url is not None and not url.startswith("socks5://"):
        raise UsageProblem(what=f"a proxy is written socks5://host:port, not {url!r}")
    return url


def connect(host: str, port: int, timeout: float, proxy: str | None) -> socket.socket:
    """A connected socket. Raises OSError whatever went wrong, the proxy's refusals, too."""
    if proxy is None:
        return socket.create_connection((host, port), timeout)
    try:
        line: socket.socket = Proxy.from_url(proxy, rdns=True).connect(host, port, timeout=timeout)
    except (ProxyError, ProxyConnectionError, ProxyTimeoutError, ValueError) as error:
        raise ConnectionError(f"the proxy says: {error}") from None
    line.settimeout(timeout)
    return line


def xoauth2(username: str, token: str) -> str:
    """The initial response of XOAUTH2, as Google and Microsoft document it."""
    return f"user={username}\x01auth=Bearer {token}\x01\x01"
