"""Files in an S3 bucket, for sites of more than one computer: the twin of `storage.py`, chosen by SMARTBLUR_FILES."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from storages.backends.s3 import S3Storage, clean_name

BLOCK = 1 << 20
IN_MEMORY_BYTES = 16 * 2**20  # of a file that is being read; more goes through a temporary file
PATIENCE = {"connect_timeout": 2, "read_timeout": 20, "retries": {"mode": "standard", "max_attempts": 3}}


class BucketStorage(S3Storage):
    """Objects whose names say what is in them. One is there whole or not at all: S3 shows it when it has all of it."""

    def __init__(self, *, addressing_style: str = "auto", **options: Any) -> None:
        config = Config(s3={"addressing_style": addressing_style}, signature_version="s3v4", **PATIENCE)
        super().__init__(client_config=config, max_memory_size=IN_MEMORY_BYTES, **options)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        """The name itself: two files of one name are the same file."""
        return name

    def stream(self, name: str) -> Iterator[bytes]:
        """A file's bytes as they arrive, whatever its size.

        Raises:
            FileNotFoundError: it is not there.
        """
        try:
            found = self.bucket.Object(self._normalize_name(clean_name(name))).get()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise FileNotFoundError(f"There is no {name} in the bucket.") from error
            raise
        return found["Body"].iter_chunks(BLOCK)

    def sweep_incoming(self) -> int:
        """Nothing: what breaks off is no object. Let the bucket's lifecycle rule end unfinished uploads."""
        return 0
