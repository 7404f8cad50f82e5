"""An identity provider (OpenID Connect) on this computer, which knows rosa and karl."""

import subprocess
import sys
import time
from typing import Self

import httpx

from smartblur_site.stores import free_port
from smartblur_site.supervisor import die_with_parent

STARTS_WITHIN_S = 60
PEOPLE = ('{"sub": "rosa-1", "preferred_username": "rosa"}', '{"sub": "karl-1", "preferred_username": "karl"}')


class Provider:
    """`with Provider() as provider: provider.url`, and the `environment` of a site whose people sign in by it."""

    def __init__(self) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            "SMARTBLUR_OIDC_ISSUER": self.url,
            "SMARTBLUR_OIDC_CLIENT_ID": "blur",
            "SMARTBLUR_OIDC_CLIENT_SECRET": "kept",
            "SMARTBLUR_OIDC_NAME": "Lab Login",
        }
        argv = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)]
        argv += [word for person in PEOPLE for word in ("--user-claims", person)]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(argv, preexec_fn=die_with_parent, **quiet)

    def __enter__(self) -> Self:
        return self

    def wait(self) -> None:
        """Until it answers."""
        deadline = time.monotonic() + STARTS_WITHIN_S
        while True:
            try:
                httpx.get(f"{self.url}/.well-known/openid-configuration").raise_for_status()
                return
            except httpx.HTTPError:
                assert self.process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.1)

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)
