"""What belongs together in an import: token, wrapping, material and key."""

import datetime
import hmac
import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import outside
import signing
from harness import code_of
from outside import CRYPTOGRAPHY

WRAPPING = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
FOREVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}


def waiting(kms, spec="SYMMETRIC_DEFAULT", usage="ENCRYPT_DECRYPT"):
    """A key without material, and what is to be sent with the material."""
    arn = kms.create_key(KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    return arn, kms.get_parameters_for_import(KeyId=arn, **WRAPPING)


def sealed(parameters, secret, algorithm="RSAES_OAEP_SHA_256"):
    return {"ImportToken": parameters["ImportToken"], "EncryptedKeyMaterial": outside.wrap(CRYPTOGRAPHY, parameters["PublicKey"], algorithm, secret)}


def state(kms, arn):
    return kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyState"]


def test_the_wrapping_is_that_of_the_token(kms):
    arn, parameters = waiting(kms)
    secret = os.urandom(32)
    wrong = sealed(parameters, secret, "RSAES_OAEP_SHA_1")
    assert code_of(kms.import_key_material, KeyId=arn, **wrong, **FOREVER) == "InvalidCiphertextException"
    _, others = waiting(kms)
    mixed = sealed(parameters, secret) | {"EncryptedKeyMaterial": sealed(others, secret)["EncryptedKeyMaterial"]}
    assert code_of(kms.import_key_material, KeyId=arn, **mixed, **FOREVER) == "InvalidCiphertextException"
    assert state(kms, arn) == "PendingImport"


def test_the_token_is_that_of_the_key(kms):
    arn, parameters = waiting(kms)
    other, _ = waiting(kms)
    good = sealed(parameters, os.urandom(32))
    assert code_of(kms.import_key_material, KeyId=other, **good, **FOREVER) == "InvalidImportTokenException"
    altered = good["ImportToken"][:-1] + bytes([good["ImportToken"][-1] ^ 1])
    assert code_of(kms.import_key_material, KeyId=arn, **good | {"ImportToken": altered}, **FOREVER) == "InvalidImportTokenException"
    kms.import_key_material(KeyId=arn, **good, **FOREVER)


def test_a_token_is_good_for_a_day(server, kms):
    arn, parameters = waiting(kms)
    start = datetime.datetime(2026, 1, 15, tzinfo=datetime.timezone.utc)
    assert parameters["ParametersValidTo"] == start + datetime.timedelta(hours=24)
    late = sealed(parameters, os.urandom(32))
    server.advance("25h")
    fresh = server.client()
    assert code_of(fresh.import_key_material, KeyId=arn, **late, **FOREVER) == "ExpiredImportTokenException"


def test_a_key_takes_back_its_own_material_only(kms):
    secret = os.urandom(32)
    arn = outside.bring(kms, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", secret)
    blob = kms.encrypt(KeyId=arn, Plaintext=b"kept")["CiphertextBlob"]
    kms.delete_imported_key_material(KeyId=arn)
    assert state(kms, arn) == "PendingImport"
    assert code_of(kms.decrypt, CiphertextBlob=blob) == "KMSInvalidStateException"
    again = {"kms": kms, "arn": arn, "algorithm": "RSAES_OAEP_SHA_1", "wrapping": "RSA_4096", "tool": CRYPTOGRAPHY}
    assert code_of(outside.put, secret=os.urandom(32), **again) == "IncorrectKeyMaterialException"
    outside.put(secret=secret, **again)
    assert state(kms, arn) == "Enabled"
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"kept"


def test_the_same_symmetric_material_in_another_key_does_not_decrypt(kms):
    """Ciphertext is bound to the KMS key, not only to its material."""
    secret = os.urandom(32)
    first, second = (outside.bring(kms, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", secret) for _ in range(2))
    blob = kms.encrypt(KeyId=first, Plaintext=b"bound")["CiphertextBlob"]
    assert code_of(kms.decrypt, KeyId=second, CiphertextBlob=blob) == "IncorrectKeyException"


def test_the_same_key_pair_or_hmac_key_in_another_key_goes_on(kms):
    secret = os.urandom(48)
    first, second = (outside.bring(kms, "HMAC_384", "GENERATE_VERIFY_MAC", secret) for _ in range(2))
    mac = kms.generate_mac(KeyId=first, Message=b"m", MacAlgorithm="HMAC_SHA_384")["Mac"]
    assert mac == hmac.new(secret, b"m", "sha384").digest()
    assert kms.verify_mac(KeyId=second, Message=b"m", Mac=mac, MacAlgorithm="HMAC_SHA_384")["MacValid"]
    private = outside.material("ECC_NIST_P256")
    first, second = (outside.bring(kms, "ECC_NIST_P256", "SIGN_VERIFY", private) for _ in range(2))
    signature = kms.sign(KeyId=first, Message=b"m", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    asked = {"KeyId": second, "Message": b"m", "Signature": signature, "SigningAlgorithm": "ECDSA_SHA_256"}
    assert kms.verify(**asked)["SignatureValid"]
    assert signing.verifies(CRYPTOGRAPHY, "ECDSA_SHA_256", "RAW", outside.public_of(private, CRYPTOGRAPHY), b"m", signature)


def test_material_expires_at_its_date(server, kms):
    arn, parameters = waiting(kms)
    until = datetime.datetime(2026, 2, 15, tzinfo=datetime.timezone.utc)
    kms.import_key_material(KeyId=arn, **sealed(parameters, os.urandom(32)), ValidTo=until)
    metadata = kms.describe_key(KeyId=arn)["KeyMetadata"]
    assert (metadata["ExpirationModel"], metadata["ValidTo"], metadata["KeyState"]) == ("KEY_MATERIAL_EXPIRES", until, "Enabled")
    server.advance("2026-02-15T00:00:01Z")
    assert state(server.client(), arn) == "PendingImport"


def test_a_date_is_given_exactly_when_material_expires(kms):
    arn, parameters = waiting(kms)
    good = sealed(parameters, os.urandom(32))
    soon = datetime.datetime(2026, 2, 1, tzinfo=datetime.timezone.utc)
    far = datetime.datetime(2027, 1, 17, tzinfo=datetime.timezone.utc)
    for wrong in ({}, {"ExpirationModel": "KEY_MATERIAL_EXPIRES"}, FOREVER | {"ValidTo": soon}, {"ValidTo": far}):
        assert code_of(kms.import_key_material, KeyId=arn, **good, **wrong) == "ValidationException"


def explicit_parameters():
    """A P-256 key whose curve is written out instead of named."""
    return outside.run("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", outside.run(
        "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-pkeyopt", "ec_param_enc:explicit"))  # fmt: skip


def other_form(form, encryption=None):
    """A P-256 key that is not in plain PKCS#8."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(serialization.Encoding.DER, form, encryption or serialization.NoEncryption())


FORMS = serialization.PrivateFormat
WRONG = {
    "a symmetric key of 16 bytes": ("SYMMETRIC_DEFAULT", lambda: os.urandom(16)),
    "a symmetric key of 31 bytes": ("SYMMETRIC_DEFAULT", lambda: os.urandom(31)),
    "a symmetric key of 33 bytes": ("SYMMETRIC_DEFAULT", lambda: os.urandom(33)),
    "another curve": ("ECC_NIST_P384", lambda: outside.material("ECC_NIST_P256")),
    "Ed25519 for P-256": ("ECC_NIST_P256", lambda: outside.material("ECC_NIST_EDWARDS25519")),
    "SEC 1 instead of PKCS#8": ("ECC_NIST_P256", lambda: other_form(FORMS.TraditionalOpenSSL)),
    "encrypted PKCS#8": ("ECC_NIST_P256", lambda: other_form(FORMS.PKCS8, serialization.BestAvailableEncryption(b"word"))),
    "explicit parameters": ("ECC_NIST_P256", explicit_parameters),
    "a public key": ("ECC_NIST_P256", lambda: outside.public_of(outside.material("ECC_NIST_P256"), CRYPTOGRAPHY)),
    "RSA of another length": ("RSA_3072", lambda: outside.kept_material("RSA_2048")),
    "EC for RSA": ("RSA_2048", lambda: outside.material("ECC_NIST_P256")),
    "no DER": ("ECC_NIST_P521", lambda: os.urandom(100)),
    "something after the end": ("ECC_NIST_P256", lambda: outside.material("ECC_NIST_P256") + b"\0"),
}


@pytest.mark.parametrize("spec, secret", WRONG.values(), ids=WRONG)
def test_other_material_is_refused(kms, spec, secret):
    usage = outside.SPECS[spec]["usages"][-1]
    assert code_of(outside.bring, kms=kms, spec=spec, usage=usage, secret=secret()) == "IncorrectKeyMaterialException"


def test_a_key_may_lack_its_public_half(kms):
    """PKCS#8 of an elliptic curve key need not repeat the public key, and KMS computes it anyway."""
    whole = outside.material("ECC_NIST_P256")
    bare = outside.run("ec", "-inform", "DER", "-in", whole, "-no_public", "-outform", "DER")
    secret = outside.run("pkcs8", "-topk8", "-nocrypt", "-inform", "DER", "-in", bare, "-outform", "DER")
    assert len(secret) < len(whole)
    arn = outside.bring(kms, "ECC_NIST_P256", "SIGN_VERIFY", secret)
    assert kms.get_public_key(KeyId=arn)["PublicKey"] == outside.public_of(whole, CRYPTOGRAPHY)


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_EDWARDS25519"])
def test_a_key_in_ber_is_refused(kms, spec):
    """AWS takes BER, where a length may be left open; the model takes DER only, as docs/fidelity.md says."""
    whole = outside.kept_material(spec)
    start = 2 + (whole[1] & 0x7F if whole[1] & 0x80 else 0)
    secret = b"\x30\x80" + whole[start:] + b"\0\0"
    asked = {"kms": kms, "spec": spec, "usage": "SIGN_VERIFY", "secret": secret}
    assert code_of(outside.bring, **asked) == "IncorrectKeyMaterialException"


def test_rsa_has_two_primes(kms):
    three = outside.run("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", outside.run("genrsa", "-primes", "3", "2048"))
    asked = {"kms": kms, "spec": "RSA_2048", "usage": "SIGN_VERIFY", "secret": three}
    assert code_of(outside.bring, **asked) == "IncorrectKeyMaterialException"
