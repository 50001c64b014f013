"""ImportKeyMaterial: every kind of key, with every wrapping that it allows, wrapped by both tools."""

import hmac
import os

import pytest

import outside
from harness import code_of
from outside import CRYPTOGRAPHY, OPENSSL, SPECS

IMPORTABLE = [spec for spec, row in SPECS.items() if row["importable"]]
OAEP = ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
AES = ["RSA_AES_KEY_WRAP_SHA_1", "RSA_AES_KEY_WRAP_SHA_256"]
RSA = ["RSA_2048", "RSA_3072", "RSA_4096"]

#: Which wrapping algorithms a kind of key allows outside of the China Regions.
ALLOWED = {"Symmetric": OAEP, "Hmac": OAEP, "Rsa": AES, "Ecc": OAEP + AES}


def fits(spec, algorithm, wrapping):
    """The one combination that is too long."""
    return (spec, wrapping) != ("ECC_NIST_P521", "RSA_2048") or algorithm in AES


#: Every combination, most by one of the tools, and each algorithm for each kind of key by both.
BY = {"RSA_2048": [CRYPTOGRAPHY], "RSA_3072": outside.TOOLS, "RSA_4096": [OPENSSL]}
CASES = [
    (spec, algorithm, wrapping, tool)
    for spec in IMPORTABLE
    for algorithm in ALLOWED.get(SPECS[spec]["family"], [])
    for wrapping in RSA
    for tool in BY[wrapping]
    if fits(spec, algorithm, wrapping)
]

#: In the China Regions there is no RSA_AES_KEY_WRAP, but SM2PKE for everything; of tools only openssl has it.
CHINESE = [(spec, "SM2PKE", "SM2", OPENSSL) for spec in IMPORTABLE] + [
    (spec, algorithm, wrapping, CRYPTOGRAPHY) for spec in ("SYMMETRIC_DEFAULT", "SM2") for algorithm in OAEP for wrapping in RSA
]


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


def usage_of(spec):
    return SPECS[spec]["usages"][-1]


def assert_works(kms, arn, spec, secret):
    """The KMS key does what its material does outside."""
    metadata = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Origin"], metadata["Enabled"]) == ("Enabled", "EXTERNAL", True)
    assert metadata["ExpirationModel"] == "KEY_MATERIAL_DOES_NOT_EXPIRE"
    if spec == "SYMMETRIC_DEFAULT":
        blob = kms.encrypt(KeyId=arn, Plaintext=b"data")["CiphertextBlob"]
        assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"data"
    elif spec.startswith("HMAC"):
        answer = kms.generate_mac(KeyId=arn, Message=b"data", MacAlgorithm=SPECS[spec]["mac"][0])
        assert answer["Mac"] == hmac.new(secret, b"data", f"sha{spec[-3:]}").digest()
    else:
        tool = OPENSSL if spec == "SM2" else CRYPTOGRAPHY
        assert kms.get_public_key(KeyId=arn)["PublicKey"] == outside.public_of(secret, tool)


@pytest.mark.parametrize("spec, algorithm, wrapping, tool", CASES)
def test_material_comes_in(server, spec, algorithm, wrapping, tool):
    kms = outside.client(server)
    secret = outside.kept_material(spec, tool)
    arn = kms.create_key(KeySpec=spec, KeyUsage=usage_of(spec), Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    assert kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"] == "PendingImport"
    answer = outside.put(kms, arn, secret, algorithm, wrapping, tool)
    assert answer["KeyId"] == arn
    assert ("KeyMaterialId" in answer) == (spec == "SYMMETRIC_DEFAULT")
    assert_works(kms, arn, spec, secret)


@pytest.mark.parametrize("spec, algorithm, wrapping, tool", CHINESE)
def test_material_comes_in_in_china(server, spec, algorithm, wrapping, tool):
    """A symmetric key there is one of SM4, which has 16 bytes."""
    kms = outside.client(server, "cn-north-1")
    secret = os.urandom(16) if spec == "SYMMETRIC_DEFAULT" else outside.kept_material(spec, OPENSSL)
    arn = kms.create_key(KeySpec=spec, KeyUsage=usage_of(spec), Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    outside.put(kms, arn, secret, algorithm, wrapping, tool)
    assert_works(kms, arn, spec, secret)


def test_32_bytes_are_no_key_in_china(server):
    kms = outside.client(server, "cn-north-1")
    arn = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    asked = {"kms": kms, "arn": arn, "algorithm": "RSAES_OAEP_SHA_256", "wrapping": "RSA_2048", "tool": CRYPTOGRAPHY}
    assert code_of(outside.put, secret=os.urandom(32), **asked) == "IncorrectKeyMaterialException"


REFUSED = [
    (spec, algorithm, wrapping)
    for spec in IMPORTABLE
    for algorithm in OAEP + AES
    for wrapping in RSA
    if spec != "SM2" and (algorithm not in ALLOWED[SPECS[spec]["family"]] or not fits(spec, algorithm, wrapping))
]


@pytest.mark.parametrize("spec, algorithm, wrapping", REFUSED)
def test_other_wrappings_are_refused(server, spec, algorithm, wrapping):
    kms = outside.client(server)
    arn = kms.create_key(KeySpec=spec, KeyUsage=usage_of(spec), Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    asked = {"KeyId": arn, "WrappingAlgorithm": algorithm, "WrappingKeySpec": wrapping}
    assert code_of(kms.get_parameters_for_import, **asked) == "UnsupportedOperationException"


@pytest.mark.parametrize("algorithm", AES)
def test_there_is_no_aes_key_wrap_in_china(server, algorithm):
    kms = outside.client(server, "cn-north-1")
    arn = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    asked = {"KeyId": arn, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_2048"}
    assert code_of(kms.get_parameters_for_import, **asked) == "UnsupportedOperationException"


@pytest.mark.parametrize("algorithm, wrapping", [("SM2PKE", "SM2"), ("RSAES_PKCS1_V1_5", "RSA_2048")])
def test_sm2_wrapping_is_for_china_and_pkcs1_for_nobody(server, algorithm, wrapping):
    kms = outside.client(server)
    arn = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    asked = {"KeyId": arn, "WrappingAlgorithm": algorithm, "WrappingKeySpec": wrapping}
    assert code_of(kms.get_parameters_for_import, **asked) == "UnsupportedOperationException"


@pytest.mark.parametrize("spec", [spec for spec, row in SPECS.items() if not row["importable"]])
def test_other_keys_have_no_imported_material(server, spec):
    kms = outside.client(server)
    asked = {"KeySpec": spec, "KeyUsage": usage_of(spec), "Origin": "EXTERNAL"}
    assert code_of(kms.create_key, **asked) in ("UnsupportedOperationException", "ValidationException")
