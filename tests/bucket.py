"""An S3 bucket on this computer: moto's server in a thread, loaded only by the tests that want it."""

from __future__ import annotations

import logging
from typing import Self

from smartblur_site.stores import free_port

NAME = "blur"


class Bucket:
    """A bucket that is empty at first.

    Attributes:
        environment: what makes a site keep its files in it.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.environment = {
            "SMARTBLUR_FILES": f"s3://{NAME}/site",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def __enter__(self) -> Self:
        import boto3
        from moto.server import ThreadedMotoServer

        logging.getLogger("werkzeug").setLevel(logging.WARNING)
        self.server = ThreadedMotoServer("127.0.0.1", self.port, verbose=False)
        self.server.start()
        self.client = boto3.client(
            "s3",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="key",
            aws_secret_access_key="secret",
        )
        self.client.create_bucket(Bucket=NAME)
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self.server.stop()

    def names(self, prefix: str = "") -> list[str]:
        """The objects below a prefix, without it."""
        start = f"site/{prefix}"
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=NAME, Prefix=start)
        return [each["Key"].removeprefix(start) for page in pages for each in page.get("Contents", [])]

    def put(self, name: str, content: bytes) -> None:
        """Replace an object."""
        self.client.put_object(Bucket=NAME, Key=f"site/{name}", Body=content)

    def delete(self, name: str) -> None:
        """Remove an object."""
        self.client.delete_object(Bucket=NAME, Key=f"site/{name}")
