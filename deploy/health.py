"""Whether mimik's server answers on this machine: exit code 0 or 1. For containers, which have no curl.

python3 health.py [PORT]
"""

from __future__ import annotations

import http.client
import sys

PORT = 8464
PATIENCE_S = 4.0


def is_up(port: int) -> bool:
    """Ask the server how it is; proxies of the environment are not used."""
    server = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        server.request("GET", "/v1/health")
        return server.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(0 if is_up(int(sys.argv[1]) if len(sys.argv) > 1 else PORT) else 1)
