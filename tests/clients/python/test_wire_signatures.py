"""Who signs a request, and how a request is turned away whose signature is not right."""

import re
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest

from harness import world
from wire import JSON_TYPE, Answer, kms, now, send, signed, sts

IDENTITY = {"Action": "GetCallerIdentity", "Version": "2011-06-15"}
LIST = {"Content-Type": JSON_TYPE, "X-Amz-Target": "TrentService.ListKeys"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


def both(server, **parts):
    """The errors of KMS and STS for a request that is signed like this: two pairs of status and code, and KMS's message."""
    json, xml = kms(server, "ListKeys", **parts), sts(server, IDENTITY, **parts)
    return (json.status, json.code), (xml.status, xml.code), json.error()[1]


def test_the_right_signature(server):
    assert kms(server, "ListKeys").status == 200
    assert sts(server, IDENTITY).status == 200


def test_no_signature(server):
    answer = send(server, headers=LIST, body=b"{}")
    assert (answer.status, answer.error()) == (400, ("MissingAuthenticationTokenException", "Missing Authentication Token"))
    answer = send(server, headers=FORM, body=b"Action=GetCallerIdentity&Version=2011-06-15")
    assert (answer.status, answer.error()) == (403, ("MissingAuthenticationToken", "Request is missing Authentication Token"))


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "x",
        "Basic YTpi",
        "Bearer abc",
        "AWS AKIAIOSFODNN7EXAMPLE:frJIUN8DYpKDtOLCwo//yllqDzg=",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 ",
        "AWS4-HMAC-SHA256 Credential=",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20260115/us-east-1/kms/aws4_request/more, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20260115/us-east-1/kms/aws4_request, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20260115/us-east-1/kms/aws4_request, SignedHeaders=host",
        "AWS4-ECDSA-P256-SHA256 Credential=a/20260115/kms/aws4_request, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 " + "Credential=" * 1_000,
        "AWS4-HMAC-SHA256 \xe9",
    ],
)
def test_authorization_headers_that_say_nothing(server, authorization):
    headers = LIST | {"Authorization": authorization, "X-Amz-Date": now().strftime("%Y%m%dT%H%M%SZ")}
    answer = send(server, headers=headers, body=b"{}")
    assert answer.status == 400
    assert answer.code in ("IncompleteSignatureException", "MissingAuthenticationTokenException")


def test_a_signature_without_a_date(server):
    headers = signed(server, LIST, b"{}")
    del headers["X-Amz-Date"]
    answer = send(server, headers=headers, body=b"{}")
    assert (answer.status, answer.code) == (400, "IncompleteSignatureException")
    for date in ("", "yesterday", "2026-01-15T00:00:00Z", "99999999T999999Z", "20260230T000000Z"):
        answer = send(server, headers=headers | {"X-Amz-Date": date}, body=b"{}")
        assert (answer.status, answer.code) == (400, "IncompleteSignatureException"), date


def test_an_unknown_access_key(server):
    json, xml, message = both(server, key="AKIAIOSFODNN7EXAMPLE")
    assert json == (400, "UnrecognizedClientException")
    assert xml == (403, "InvalidClientTokenId")
    assert message == "The security token included in the request is invalid."


def test_a_wrong_secret(server):
    json, xml, message = both(server, secret="wrong")
    assert json == (400, "InvalidSignatureException")
    assert xml == (403, "SignatureDoesNotMatch")
    assert message.startswith("The request signature we calculated does not match the signature you provided.")


@pytest.mark.parametrize("change", [str.upper, lambda text: text[:-1], lambda text: text + "0", lambda _: "", lambda _: "é", lambda text: text[::-1]])
def test_a_changed_signature(server, change):
    headers = signed(server, LIST, b"{}")
    start, signature = headers["Authorization"].rsplit("=", 1)
    other = change(signature)
    if other != signature:
        headers["Authorization"] = f"{start}={other}"
        answer = send(server, headers=headers, body=b"{}")
        assert answer.code in ("InvalidSignatureException", "IncompleteSignatureException")


def test_a_request_that_was_changed_after_it_was_signed(server):
    headers = signed(server, LIST, b"{}")
    assert send(server, headers=headers, body=b"{ }").code == "InvalidSignatureException"
    assert send(server, headers=headers | {"X-Amz-Target": "TrentService.CreateKey"}, body=b"{}").code == "InvalidSignatureException"
    assert send(server, path="/other", headers=headers, body=b"{}").code == "InvalidSignatureException"
    assert send(server, path="/?a=b", headers=headers, body=b"{}").code == "InvalidSignatureException"
    assert send(server, method="PUT", headers=headers, body=b"{}").status >= 400
    port = urlsplit(server.url).port
    assert send(server, headers=headers | {"Host": f"localhost:{port}"}, body=b"{}").code == "InvalidSignatureException"
    assert send(server, headers=headers, body=b"{}").status == 200


def test_a_signed_header_that_does_not_come(server):
    headers = signed(server, LIST | {"X-Amz-Extra": "a"}, b"{}")
    del headers["X-Amz-Extra"]
    assert send(server, headers=headers, body=b"{}").code == "InvalidSignatureException"


def test_the_host_has_to_be_signed(server):
    answer = kms(server, "ListKeys", names=["x-amz-date", "x-amz-target"])
    assert answer.code == "InvalidSignatureException"


@pytest.mark.parametrize("service", ["s3", "KMS", "", "sts-fips"])
def test_a_scope_for_another_service(server, service):
    answer = kms(server, "ListKeys", service=service)
    code, message = answer.error()
    assert (answer.status, code) in ((400, "InvalidSignatureException"), (400, "IncompleteSignatureException"))
    if service == "s3":
        assert message.startswith("Credential should be scoped to correct service: 'kms'.")


def test_a_scope_for_sts_does_not_open_kms_and_the_other_way_round(server):
    assert kms(server, "ListKeys", service="sts").code == "InvalidSignatureException"
    assert sts(server, IDENTITY, service="kms").code == "SignatureDoesNotMatch"


@pytest.mark.parametrize("region", ["nowhere", "", "us-east-99", "US-EAST-1", "us-east-1a"])
def test_a_scope_for_no_region(server, region):
    answer = kms(server, "ListKeys", region=region)
    assert answer.status == 400
    assert answer.code in ("InvalidSignatureException", "IncompleteSignatureException")


def test_the_region_of_the_scope_is_the_region_of_the_call(server):
    made = kms(server, "CreateKey", region="eu-central-1").json["KeyMetadata"]
    assert made["Arn"].startswith("arn:aws:kms:eu-central-1:")
    assert server.trail()[-1]["awsRegion"] == "eu-central-1"


@pytest.mark.parametrize("date", ["20200101", "2026", "", "202", "tomorrow"])
def test_a_scope_of_another_day(server, date):
    when = now()
    if date == "2026":
        date = when.strftime("%Y")
    answer = kms(server, "ListKeys", scope_date=date, when=when)
    assert answer.status == 400
    assert answer.code in ("InvalidSignatureException", "IncompleteSignatureException")


def test_another_terminator(server):
    assert kms(server, "ListKeys", terminator="aws5_request").code == "InvalidSignatureException"


def test_old_and_future_signatures(server):
    json, xml, message = both(server, when=now(minutes=-20))
    assert json == (400, "InvalidSignatureException")
    assert xml == (403, "SignatureDoesNotMatch")
    assert re.fullmatch(r"Signature expired: \d{8}T\d{6}Z is now earlier than \d{8}T\d{6}Z \(\d{8}T\d{6}Z - \d+ min\.\)", message)
    json, xml, message = both(server, when=now(minutes=20))
    assert json == (400, "InvalidSignatureException")
    assert xml == (403, "SignatureDoesNotMatch")
    assert re.fullmatch(r"Signature not yet current: \d{8}T\d{6}Z is still later than \d{8}T\d{6}Z \(\d{8}T\d{6}Z \+ \d+ min\.\)", message)
    # Clocks may differ by some minutes.
    for minutes in (-4, 4):
        assert kms(server, "ListKeys", when=now(minutes=minutes)).status == 200


def test_the_worlds_clock_is_not_the_clock_of_signatures(server):
    server.advance("400d")
    assert kms(server, "ListKeys").status == 200


def test_temporary_credentials_need_their_own_token(serve):
    server = serve("--scenario", world("two-accounts"))
    for profile in ("A.App", "ACCOUNT-B.Restore"):
        assert sts(server, IDENTITY, profile=profile).status == 200
    foreign = server.profiles["ACCOUNT-B.Restore"]["session_token"]
    assert foreign != server.profiles["A.App"]["session_token"]
    for token in (None, foreign, "x" * 5_000):
        json, xml, _ = both(server, profile="A.App", token=token)
        assert json == (400, "UnrecognizedClientException")
        assert xml == (403, "InvalidClientTokenId")
    # A long-term key with somebody's token is no credential either.
    json, xml, _ = both(server, profile="A.Ana", token=foreign)
    assert json == (400, "UnrecognizedClientException")


def fetch(url):
    """What a GET of a URL gives."""
    try:
        with urllib.request.urlopen(url) as response:
            return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, {name.lower(): value for name, value in error.headers.items()}, error.read())


def test_a_presigned_url_tells_who_made_it(server):
    url = server.client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    answer = fetch(url)
    assert answer.status == 200
    assert b"<Arn>arn:aws:iam::111122223333:user/Admin</Arn>" in answer.body
    assert fetch(url.replace("X-Amz-Expires=60", "X-Amz-Expires=61")).code == "SignatureDoesNotMatch"
    assert fetch(url[:-1] + ("0" if url[-1] != "0" else "1")).code == "SignatureDoesNotMatch"
    for missing in ("X-Amz-Signature", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders"):
        assert fetch(re.sub(rf"&{missing}=[^&]*", "", url)).code == "IncompleteSignature"
    assert fetch(url.replace("X-Amz-Expires=60", "X-Amz-Expires=soon")).status < 500
    assert fetch(url.replace("GetCallerIdentity", "GetSessionToken")).code == "SignatureDoesNotMatch"


def test_a_presigned_url_ends(server):
    url = server.client("sts").generate_presigned_url("get_caller_identity", ExpiresIn=1, HttpMethod="GET")
    assert fetch(url).status == 200
    time.sleep(2.1)
    answer = fetch(url)
    assert (answer.status, answer.code) == (403, "SignatureDoesNotMatch")
    assert answer.error()[1].startswith("Signature expired")


def test_a_presigned_url_of_kms(server):
    url = server.client("kms").generate_presigned_url("list_keys", ExpiresIn=60, HttpMethod="GET")
    assert fetch(url).status < 500
