"""Uploads as a browser sends them."""

import uuid
from collections.abc import Sequence

from tests.bar.common import Client


def upload(client: Client, project: int, photos: Sequence[bytes], at_a_time: int = 20) -> list[int]:
    """Ids of the images that the photos became, in order."""
    images: list[int] = []
    for start in range(0, len(photos), at_a_time):
        answer = send(client, project, photos[start : start + at_a_time])
        images += [result["image"]["id"] for result in answer["results"]]
    return images


def send(client: Client, project: int, photos: Sequence[bytes]) -> dict:
    """The answer to one request with these photos."""
    boundary = uuid.uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="license"\r\n\r\nCC0-1.0\r\n'
    parts = [head.encode()]
    for number, photo in enumerate(photos):
        fields = f'Content-Disposition: form-data; name="files"; filename="photo{number}.jpg"'
        parts.append(f"--{boundary}\r\n{fields}\r\nContent-Type: image/jpeg\r\n\r\n".encode() + photo + b"\r\n")
    body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return client.ask("POST", f"/api/projects/{project}/images/", body, **headers)
