"""Requests byte by byte: HTTP and Signature Version 4 without an SDK, so that every part of them can be wrong."""

import hashlib
import hmac
import http.client
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
JSON_TYPE = "application/x-amz-json-1.1"
NAMESPACE = "{https://sts.amazonaws.com/doc/2011-06-15/}"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body) if self.body else None

    @property
    def request_id(self):
        return self.headers.get("x-amzn-requestid")

    def error(self):
        """Code and message of an error, whose form is looked at on the way."""
        assert 400 <= self.status < 500, (self.status, self.body)
        assert UUID.fullmatch(self.request_id), self.headers
        if self.headers["content-type"] == "text/xml":
            root = ElementTree.fromstring(self.body)
            assert root.tag == f"{NAMESPACE}ErrorResponse"
            assert root.findtext(f"{NAMESPACE}Error/{NAMESPACE}Type") == "Sender"
            assert root.findtext(f"{NAMESPACE}RequestId") == self.request_id
            error = root.find(f"{NAMESPACE}Error")
            return error.findtext(f"{NAMESPACE}Code"), error.findtext(f"{NAMESPACE}Message") or ""
        assert self.headers["content-type"] == JSON_TYPE
        told = json.loads(self.body)
        return told["__type"], told.get("message", told.get("Message", ""))

    @property
    def code(self):
        return self.error()[0]


def send(server, method="POST", path="/", headers=(), body=b"", host=None):
    """Sends a request as it is; `headers` is a mapping or a list of pairs."""
    address = urlsplit(server.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=15)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        pairs = list(headers.items()) if isinstance(headers, dict) else list(headers)
        names = {name.lower() for name, _ in pairs}
        if "host" not in names and host is not False:
            pairs.append(("Host", host or address.netloc))
        if "content-length" not in names and "transfer-encoding" not in names:
            pairs.append(("Content-Length", str(len(body))))
        for name, value in pairs:
            connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()


def digest(data):
    return hashlib.sha256(data).hexdigest()


def mac(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def now(**shift):
    """The time of the wall clock, perhaps shifted by days, minutes and the like."""
    return datetime.now(timezone.utc) + timedelta(**shift)


def signed(server, headers, body, profile=None, method="POST", path="/", **parts):
    """The headers of a request with its signature.

    Parts that may be given, right or wrong: `key`, `secret`, `token`, `region`, `service`, `when`, `scope_date`, `terminator`, `names` (of
    the signed headers), `host`.
    """
    known = server.profiles[profile or server.default_profile()]
    when = parts.get("when") or now()
    timestamp = when.strftime("%Y%m%dT%H%M%SZ")
    date = parts.get("scope_date", timestamp[:8])
    token = parts.get("token", known["session_token"])
    host = parts.get("host") or urlsplit(server.url).netloc
    headers = dict(headers) | {"Host": host, "X-Amz-Date": timestamp} | ({"X-Amz-Security-Token": token} if token else {})
    lower = {name.lower(): value for name, value in headers.items()}
    names = parts.get("names") or sorted(lower)
    scope = f"{date}/{parts.get('region', server.region)}/{parts.get('service', 'kms')}/{parts.get('terminator', 'aws4_request')}"
    listed = "".join(f"{name}:{lower.get(name, '')}\n" for name in names)
    canonical = f"{method}\n{path}\n\n{listed}\n{';'.join(names)}\n{digest(body)}"
    text = f"AWS4-HMAC-SHA256\n{timestamp}\n{scope}\n{digest(canonical.encode())}"
    key = f"AWS4{parts.get('secret', known['secret_access_key'])}".encode()
    for step in scope.split("/"):
        key = mac(key, step)
    credential = f"{parts.get('key', known['access_key_id'])}/{scope}"
    signature = mac(key, text).hex()
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return headers


def kms(server, target, body=b"{}", **parts):
    """A signed request to KMS. `target` is an operation or a whole X-Amz-Target, `body` bytes or members."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    full = target if "." in target else f"TrentService.{target}"
    headers = {"Content-Type": JSON_TYPE, "X-Amz-Target": full}
    method, path = parts.get("method", "POST"), parts.get("path", "/")
    return send(server, method, path, signed(server, headers, body, **parts), body)


def sts(server, parameters, **parts):
    """A signed request to STS. `parameters` is a mapping, a list of pairs or bytes."""
    body = parameters if isinstance(parameters, bytes) else urlencode(parameters).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    return send(server, "POST", "/", signed(server, headers, body, **({"service": "sts"} | parts)), body)
