"""A device that makes passkeys, without a browser: what `navigator.credentials` answers, as JSON."""

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import sha256, websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

ORIGIN = "http://testserver"  # of Django's test client
FLAG = AuthenticatorData.FLAG
VERIFIED = FLAG.UP | FLAG.UV


class Device:
    """One key; it counts its uses where `count` is not 0."""

    def __init__(self, id: bytes = b"key of a phone", count: int = 1) -> None:
        self.key, self.id, self.count = ec.generate_private_key(ec.SECP256R1()), id, count

    def make(self, options: dict[str, Any], **told: Any) -> str:
        """The answer to `create`."""
        public = AttestedCredentialData.create(bytes(16), self.id, ES256.from_cryptography_key(self.key.public_key()))
        client, seen = self._look(options, options["rp"]["id"], "webauthn.create", extra=public, **told)
        return self._answer(client, attestationObject=AttestationObject.create("none", seen, {}))

    def sign(self, options: dict[str, Any], **told: Any) -> str:
        """The answer to `get`."""
        client, seen = self._look(options, options["rpId"], "webauthn.get", **told)
        signature = self.key.sign(seen + client.hash, ec.ECDSA(SHA256()))
        return self._answer(client, authenticatorData=seen, signature=signature)

    def _look(
        self,
        options: dict[str, Any],
        host: str,
        kind: str,
        *,
        origin: str = ORIGIN,
        flags: FLAG = VERIFIED,
        extra=b"",
    ) -> tuple[CollectedClientData, AuthenticatorData]:
        client = CollectedClientData.create(kind, options["challenge"], origin)
        flags |= FLAG.AT if extra else FLAG(0)
        seen = AuthenticatorData.create(sha256(host.encode()), flags, self.count, extra)
        self.count += bool(self.count)
        return client, seen

    def _answer(self, client: CollectedClientData, **parts: bytes) -> str:
        response = {name: websafe_encode(part) for name, part in {"clientDataJSON": client, **parts}.items()}
        id = websafe_encode(self.id)
        return json.dumps({"id": id, "rawId": id, "type": "public-key", "response": response})
