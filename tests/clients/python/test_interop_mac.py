"""GenerateMac and VerifyMac against HMAC outside of KMS, over imported key material."""

import hashlib
import hmac
import os

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.hmac import HMAC

import outside
from harness import code_of
from outside import CRYPTOGRAPHY, SPECS

MESSAGE = b"A message, with its own end."
HMACS = {spec: row["mac"][0] for spec, row in SPECS.items() if row["mac"]}
every = pytest.mark.parametrize("spec", list(HMACS))


def bits(spec):
    return int(spec.removeprefix("HMAC_"))


def mac(tool, spec, key, message):
    """The HMAC of a message."""
    if tool == CRYPTOGRAPHY:
        state = HMAC(key, getattr(hashes, f"SHA{bits(spec)}")())
        state.update(message)
        return state.finalize()
    return outside.run("mac", "-digest", f"sha{bits(spec)}", "-macopt", f"hexkey:{key.hex()}", "-in", message, "-binary", "HMAC")


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


@pytest.fixture
def kms(server):
    return outside.client(server)


@every
@pytest.mark.parametrize("tool", outside.TOOLS)
def test_kms_makes_the_same_mac(kms, spec, tool):
    secret = outside.material(spec)
    arn = outside.bring(kms, spec, "GENERATE_VERIFY_MAC", secret)
    for message in (MESSAGE, b"x", os.urandom(4096)):
        answer = kms.generate_mac(KeyId=arn, Message=message, MacAlgorithm=HMACS[spec])
        assert answer["Mac"] == mac(tool, spec, secret, message)
        assert (answer["KeyId"], answer["MacAlgorithm"]) == (arn, HMACS[spec])


@every
@pytest.mark.parametrize("tool", outside.TOOLS)
def test_kms_verifies_macs_from_outside(kms, spec, tool):
    secret = outside.material(spec)
    arn = outside.bring(kms, spec, "GENERATE_VERIFY_MAC", secret)
    asked = {"KeyId": arn, "MacAlgorithm": HMACS[spec]}
    right = mac(tool, spec, secret, MESSAGE)
    answer = kms.verify_mac(Message=MESSAGE, Mac=right, **asked)
    assert (answer["KeyId"], answer["MacValid"], answer["MacAlgorithm"]) == (arn, True, HMACS[spec])
    for message, wrong in [(MESSAGE + b"!", right), (MESSAGE, right[:-1]), (MESSAGE, mac(tool, spec, os.urandom(64), MESSAGE))]:
        assert code_of(kms.verify_mac, Message=message, Mac=wrong, **asked) == "KMSInvalidMacException"


@every
def test_material_may_be_as_long_as_1024_bits(kms, spec):
    """Shorter than the spec's hash or longer than 1024 bits is refused; what lies between is a key like any other."""
    for size in (bits(spec) // 8, 100, 128):
        secret = os.urandom(size)
        arn = outside.bring(kms, spec, "GENERATE_VERIFY_MAC", secret)
        answer = kms.generate_mac(KeyId=arn, Message=MESSAGE, MacAlgorithm=HMACS[spec])
        assert answer["Mac"] == hmac.new(secret, MESSAGE, f"sha{bits(spec)}").digest()
    for size in (bits(spec) // 8 - 1, 129):
        error = code_of(outside.bring, kms=kms, spec=spec, usage="GENERATE_VERIFY_MAC", secret=os.urandom(size))
        assert error == "IncorrectKeyMaterialException"


def test_longer_keys_are_hashed_by_the_customer(kms):
    """HMAC itself hashes keys that are longer than a block, so the customer may do it before the import."""
    long = os.urandom(300)
    arn = outside.bring(kms, "HMAC_512", "GENERATE_VERIFY_MAC", hashlib.sha512(long).digest())
    answer = kms.generate_mac(KeyId=arn, Message=MESSAGE, MacAlgorithm="HMAC_SHA_512")
    assert answer["Mac"] == hmac.new(long, MESSAGE, "sha512").digest()


@every
def test_a_key_of_kms_agrees_with_itself_only(kms, spec):
    keys = [kms.create_key(KeySpec=spec, KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"] for _ in range(2)]
    made = kms.generate_mac(KeyId=keys[0], Message=MESSAGE, MacAlgorithm=HMACS[spec])["Mac"]
    assert len(made) * 8 == bits(spec)
    assert kms.verify_mac(KeyId=keys[0], Message=MESSAGE, Mac=made, MacAlgorithm=HMACS[spec])["MacValid"]
    asked = {"KeyId": keys[1], "Message": MESSAGE, "Mac": made, "MacAlgorithm": HMACS[spec]}
    assert code_of(kms.verify_mac, **asked) == "KMSInvalidMacException"
