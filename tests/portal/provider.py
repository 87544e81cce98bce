"""An OpenID Connect provider on the loopback interface: small, real, and able to lie.

It keeps to the code flow with PKCE: a code counts once, for the redirect address and the verifier it was asked with.
``lie`` changes what its token says or how it is signed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

ENDS = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
CLIENT, SECRET = "portal", "a secret of the portal's"


class Provider:
    """``person`` is who is signed in there: claims; ``clock`` gives seconds since 1970."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock, self.person = clock, dict[str, Any]()
        self.key, self.other = (RSAKey.generate_key(2048, {"kid": "one"}) for _ in range(2))
        self.lie: Callable[[dict[str, Any]], str | None] = lambda claims: None
        self.codes: dict[str, dict[str, str]] = {}

    def __enter__(self) -> Self:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
                if path == "/.well-known/openid-configuration":
                    ends = {name: f"{provider.issuer}/{path}" for name, path in ENDS.items()}
                    self._json({"issuer": provider.issuer, **ends})
                elif path == "/keys":
                    self._json({"keys": [provider.key.as_dict(private=False)]})
                elif path == "/authorize":
                    asked = {name: values[0] for name, values in query.items()}
                    self.send_response(302)
                    self.send_header("Location", provider.answer(asked))
                    self.end_headers()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                form = {name: values[0] for name, values in parse_qs(body).items()}
                given = b64decode(self.headers.get("authorization", "Basic ").split(" ")[1]).decode()
                told = provider.token(form) if unquote(given) == f"{CLIENT}:{SECRET}" else None
                self._json(told or {"error": "invalid_grant"}, 200 if told else 400)

            def _json(self, told: dict[str, Any], status: int = 200) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(told).encode())

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, asked: dict[str, str]) -> str:
        """Where the browser is sent, once the person has agreed."""
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256" and asked["nonce"]
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def token(self, form: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        proof = urlsafe_b64encode(hashlib.sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        if proof != asked["code_challenge"]:
            return None
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "nonce": asked["nonce"],
            "iat": now,
            "exp": now + 300,
            **self.person,
        }
        told = self.lie(claims) or jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.key)
        return {"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "id_token": told}


def unsigned(claims: dict[str, Any]) -> str:
    """A token of which anybody could be the author."""
    parts = ({"alg": "none", "kid": "one"}, claims)
    return ".".join(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."
