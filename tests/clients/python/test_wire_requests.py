"""Requests that are not what the protocols say: always an error in the protocol's form, never a fault of the server."""

import json

import botocore.model
import pytest

import wire
from harness import LOADER
from wire import JSON_TYPE, UUID, kms, send, signed, sts

KMS = botocore.model.ServiceModel(LOADER.load_service_model("kms", "service-2"), "kms")


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


@pytest.fixture(scope="module")
def key(server):
    return kms(server, "CreateKey").json["KeyMetadata"]["Arn"]


@pytest.fixture(autouse=True)
def the_server_goes_on(server):
    yield
    assert kms(server, "ListKeys").status == 200


def test_an_answer_is_json_and_its_request_id_is_that_of_the_trail(server):
    answer = kms(server, "ListKeys")
    assert answer.status == 200
    assert answer.headers["content-type"] == JSON_TYPE
    assert answer.json["Truncated"] is False
    record = server.trail()[-1]
    assert (record["eventName"], record["requestID"]) == ("ListKeys", answer.request_id)


def test_an_error_of_an_operation_has_its_request_id_in_the_trail_too(server):
    answer = kms(server, "DescribeKey", {"KeyId": "alias/none"})
    assert answer.code == "NotFoundException"
    record = server.trail()[-1]
    assert (record["errorCode"], record["requestID"]) == ("NotFoundException", answer.request_id)


def test_dates_are_numbers_of_seconds(server, key):
    metadata = kms(server, "DescribeKey", {"KeyId": key}).json["KeyMetadata"]
    assert metadata["CreationDate"] == 1768435200
    assert isinstance(metadata["CreationDate"], (int, float))


def test_what_gives_nothing_back_has_an_empty_body(server, key):
    answer = kms(server, "UpdateKeyDescription", {"KeyId": key, "Description": "x"})
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    "target",
    [
        "TrentService.Frobnicate",
        "TrentService.encrypt",
        "TrentService.",
        "trentservice.ListKeys",
        "DynamoDB_20120810.ListTables",
        "AWSSecurityTokenServiceV20110615.GetCallerIdentity",
        ".",
        "TrentService.ListKeys.ListKeys",
    ],
)
def test_unknown_operations(server, target):
    answer = kms(server, target)
    assert (answer.status, answer.code) == (400, "UnknownOperationException")


def test_unknown_operations_of_sts(server):
    for parameters in [
        {"Action": "Frobnicate", "Version": "2011-06-15"},
        {"Action": "GetCallerIdentity", "Version": "2012-01-01"},
        {"Action": "GetCallerIdentity"},
    ]:
        answer = sts(server, parameters)
        assert (answer.status, answer.code) == (400, "InvalidAction")


MALFORMED = {
    "no JSON": b"hello",
    "cut off": b'{"KeyId": "',
    "a list": b"[]",
    "a text": b'"KeyId"',
    "a number": b"7",
    "null": b"null",
    "two values": b"{} {}",
    "a comma too many": b'{"KeyId": "a",}',
    "single quotes": b"{'KeyId': 'a'}",
    "a bare name": b"{KeyId: 1}",
    "not a number": b'{"Limit": NaN}',
    "invalid UTF-8": b'{"KeyId": "\xff\xfe"}',
    "overlong UTF-8": b'{"KeyId": "\xc0\xaf"}',
    "half a surrogate pair": b'{"KeyId": "\\ud800"}',
    "a control character": b'{"KeyId": "a\x00b"}',
    "UTF-16": '{"KeyId": "a"}'.encode("utf-16"),
    "deep lists": b'{"KeyId": ' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "open brackets": b"[" * 500_000,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_json(server, body):
    answer = kms(server, "DescribeKey", body)
    assert (answer.status, answer.code) == (400, "SerializationException")


@pytest.mark.parametrize("body", [b"", b"   \n"])
def test_an_empty_body_has_no_members(server, body):
    assert kms(server, "ListKeys", body).status == 200
    code, message = kms(server, "DescribeKey", body).error()
    assert code == "ValidationException"
    assert "'keyId'" in message


def test_of_a_name_that_comes_twice_one_counts(server, key):
    answer = kms(server, "DescribeKey", b'{"KeyId": "alias/none", "KeyId": "%s"}' % key.encode())
    assert answer.status in (200, 400)


def test_members_that_the_operation_does_not_have_are_passed_over(server, key):
    answer = kms(server, "DescribeKey", {"KeyId": key, "Frobnicate": [1, {"a": None}]})
    assert answer.json["KeyMetadata"]["Arn"] == key


def test_null_is_no_value(server, key):
    answer = kms(server, "DescribeKey", {"KeyId": key, "GrantTokens": None})
    assert answer.status == 200
    assert kms(server, "DescribeKey", {"KeyId": None}).code == "ValidationException"


#: JSON values that are not of a kind, by the kinds of members.
WRONG = {
    "string": [1, True, ["a"], {"a": "b"}],
    "blob": [1, True, ["YQ=="], {"a": "YQ=="}, "*", "YQ", "Y Q=", "YQ==YQ=="],
    "integer": ["a", True, [1], {"a": 1}],
    "boolean": [1, "yes", [True], {"a": True}],
    "timestamp": [True, [1], {"a": 1}],
    "list": ["a", 1, True, {"a": "b"}],
    "map": ["a", 1, True, ["a"]],
    "structure": ["a", 1, True, ["a"]],
}
MEMBERS = [
    (operation, name, shape)
    for operation in KMS.operation_names
    for name, shape in KMS.operation_model(operation).input_shape.members.items()
]


@pytest.mark.parametrize("kind", WRONG)
def test_members_of_another_type(server, kind):
    members = [(operation, name) for operation, name, shape in MEMBERS if shape.type_name == kind]
    assert members
    wrong = []
    for operation, name in members:
        for value in WRONG[kind]:
            answer = kms(server, operation, {name: value})
            if (answer.status, answer.code) != (400, "SerializationException"):
                wrong.append((operation, name, value, answer.status, answer.body[:100]))
    assert not wrong


def test_parts_of_members_of_another_type(server, key):
    for operation, members in [
        ("CreateKey", {"Tags": ["a"]}),
        ("CreateKey", {"Tags": [{"TagKey": 1, "TagValue": "a"}]}),
        ("Encrypt", {"KeyId": key, "Plaintext": "YQ==", "EncryptionContext": {"a": 1}}),
        ("Encrypt", {"KeyId": key, "Plaintext": "YQ==", "GrantTokens": [1]}),
        ("CreateGrant", {"KeyId": key, "Operations": [["Decrypt"]]}),
        ("CreateGrant", {"KeyId": key, "Constraints": {"EncryptionContextSubset": "a"}}),
        ("CreateGrant", {"KeyId": key, "Constraints": {"EncryptionContextEquals": {"a": []}}}),
        ("CreateCustomKeyStore", {"XksProxyAuthenticationCredential": {"AccessKeyId": 1}}),
        ("Decrypt", {"Recipient": {"AttestationDocument": "*"}}),
    ]:
        answer = kms(server, operation, members)
        assert (answer.status, answer.code) == (400, "SerializationException"), members


NUMBERS = [b"1e400", b"-1e400", b"9" * 400, b"-" + b"9" * 400, b"1e-400", b"1.5", b"-1", b"0", b"9223372036854775808", b"2147483648", b"1" + b"0" * 50_000]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:12].decode())
def test_numbers_out_of_all_proportion(server, number):
    for operation, name, shape in MEMBERS:
        if shape.type_name in ("integer", "timestamp"):
            answer = kms(server, operation, b'{"%s": %s}' % (name.encode(), number))
            assert answer.status < 500, (operation, name, answer.body)
            if number not in (b"1.5", b"1e-400") and shape.type_name == "integer":
                assert answer.code in ("SerializationException", "ValidationException"), (operation, name)


def test_a_body_that_is_too_large(server):
    answer = kms(server, "Encrypt", b'{"Plaintext": "' + b"a" * (1 << 20) + b'"}')
    assert (answer.status, answer.code) == (413, "RequestEntityTooLargeException")
    answer = sts(server, b"Action=GetCallerIdentity&Version=2011-06-15&X=" + b"a" * (1 << 20))
    assert (answer.status, answer.code) == (413, "RequestEntityTooLarge")


def test_a_length_that_is_too_large_is_refused_before_the_body_comes(server):
    answer = send(server, headers={"X-Amz-Target": "TrentService.Encrypt", "Content-Length": str(1 << 40)})
    assert (answer.status, answer.code) == (413, "RequestEntityTooLargeException")


def test_long_texts_are_refused_by_their_constraint_and_shortened_in_no_harmful_way(server):
    answer = kms(server, "DescribeKey", {"KeyId": "k" * 100_000})
    code, message = answer.error()
    assert code == "ValidationException"
    assert "'keyId' failed to satisfy constraint: Member must have length less than or equal to 2048" in message


@pytest.mark.parametrize("method", ["GET", "PUT", "OPTIONS", "FROBNICATE"])
def test_other_methods_do_nothing(server, method):
    before = len(server.trail())
    answer = kms(server, "CreateKey", method=method)
    assert 400 <= answer.status < 500, answer.body
    assert len(server.trail()) == before


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_methods_for_sts(server, method):
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    headers = signed(server, {"Content-Type": "application/x-www-form-urlencoded"}, body, service="sts", method=method)
    answer = send(server, method, "/", headers, body)
    assert 400 <= answer.status < 500, answer.body


def test_a_request_for_nothing(server):
    answer = send(server, "GET", "/")
    assert (answer.status, answer.headers["content-type"]) == (400, "text/xml")
    assert UUID.fullmatch(answer.request_id)
    assert send(server, "POST", "/").status == 400


def test_an_unknown_path_of_the_control_interface(server):
    answer = send(server, "GET", "/_kmsprep/frobnicate")
    assert (answer.status, set(json.loads(answer.body))) == (404, {"error"})
    assert send(server, "GET", "/_kmsprep/reset").status == 405
    for body in (b"", b"{}", b"[]", b'{"by": 1}', b'{"by": "soon"}', b'{"to": "2020-01-01"}', b'{"by": "1d", "to": "2027-01-01"}', b"\xff"):
        assert send(server, "POST", "/_kmsprep/advance", body=body).status == 400, body


def test_parameters_of_sts_that_make_no_sense(server):
    base = [("Action", "AssumeRole"), ("Version", "2011-06-15")]
    for more in [
        [],
        [("RoleArn", "x")],
        [("RoleArn.member.1", "x")],
        [("Tags.member.0.Key", "x")],
        [("Tags.member.99999999999999999999.Key", "x")],
        [("Tags.member.1000000.Key", "x")],
        [("Tags", "x")],
        [("PolicyArns.member.1.arn.a.b.c.d.e.f.g.h", "x")],
        [("DurationSeconds", "many")],
        [("DurationSeconds", "9" * 400)],
        [("A" * 10_000, "x")],
        [("a", "x")] * 5_000,
        [("", "")],
        [(".", ".")],
    ]:
        answer = sts(server, base + more)
        assert answer.code in ("ValidationError", "MalformedQueryString", "MissingParameter", "InvalidParameterValue", "AccessDenied"), more


def test_parameters_that_are_no_form(server):
    for body in (b"\xff\xfe=%", b"Action=%ff%fe&Version=2011-06-15", b"&&&===", b"Action=GetCallerIdentity%00&Version=2011-06-15"):
        assert sts(server, body).code in ("InvalidAction", "MalformedQueryString"), body


def test_the_xml_of_an_answer(server):
    answer = sts(server, {"Action": "GetCallerIdentity", "Version": "2011-06-15"})
    assert (answer.status, answer.headers["content-type"]) == (200, "text/xml")
    root = wire.ElementTree.fromstring(answer.body)
    assert root.tag == f"{wire.NAMESPACE}GetCallerIdentityResponse"
    told = {element.tag.removeprefix(wire.NAMESPACE): element.text for element in root[0]}
    assert (told["Account"], told["Arn"]) == ("111122223333", "arn:aws:iam::111122223333:user/Admin")
    assert root.findtext(f"{wire.NAMESPACE}ResponseMetadata/{wire.NAMESPACE}RequestId") == answer.request_id


def test_markup_in_an_error_of_sts_stays_text(server):
    answer = sts(server, {"Action": "<a>&\"'\x01", "Version": "2011-06-15"})
    code, message = answer.error()
    assert code == "InvalidAction"
    assert "<a>&\"'" in message
