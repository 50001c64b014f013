"""Encrypt and Decrypt with key pairs, against other implementations."""

import os

import pytest

import outside
from harness import code_of
from outside import CRYPTOGRAPHY, OPENSSL, SPECS

CASES = [
    (spec, algorithm, tool)
    for spec, row in SPECS.items()
    for algorithm in row["encryption"]
    for tool in outside.TOOLS
    if row["family"] != "Symmetric" and (algorithm != "SM2PKE" or tool == OPENSSL)
]
every = pytest.mark.parametrize("spec, algorithm, tool", CASES)

SECRET = b"The combination is 12-34-56."


def largest(spec, algorithm):
    """How many bytes fit: what OAEP leaves of the modulus; SM2PKE takes 1024 bytes in KMS."""
    if algorithm == "SM2PKE":
        return 1024
    return int(spec.removeprefix("RSA_")) // 8 - 2 * (20 if algorithm.endswith("SHA_1") else 32) - 2


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


@pytest.fixture(scope="module")
def made(server):
    """Keys that KMS made: a function from the spec to a client, the ARN and the public key."""
    answers = {}

    def key(spec):
        kms = outside.client(server, outside.region_of(spec))
        if spec not in answers:
            arn = kms.create_key(KeySpec=spec, KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
            answers[spec] = arn, kms.get_public_key(KeyId=arn)["PublicKey"]
        return kms, *answers[spec]

    return key


@pytest.fixture(scope="module")
def imported(server):
    """Keys whose private half we have: a function from spec and tool to a client, the ARN and PKCS#8."""
    arns = {}

    def key(spec, tool):
        kms = outside.client(server, outside.region_of(spec))
        secret = outside.kept_material(spec, tool)
        if (spec, tool) not in arns:
            arns[spec, tool] = outside.bring(kms, spec, "ENCRYPT_DECRYPT", secret)
        return kms, arns[spec, tool], secret

    return key


@every
def test_kms_decrypts_what_was_encrypted_outside(made, spec, algorithm, tool):
    kms, arn, public = made(spec)
    for plaintext in (SECRET, os.urandom(largest(spec, algorithm))):
        blob = outside.encrypt(tool, public, algorithm, plaintext)
        answer = kms.decrypt(KeyId=arn, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
        assert (answer["Plaintext"], answer["KeyId"], answer["EncryptionAlgorithm"]) == (plaintext, arn, algorithm)


@every
def test_what_kms_encrypted_decrypts_outside(imported, spec, algorithm, tool):
    kms, arn, secret = imported(spec, tool)
    for plaintext in (SECRET, os.urandom(largest(spec, algorithm))):
        answer = kms.encrypt(KeyId=arn, Plaintext=plaintext, EncryptionAlgorithm=algorithm)
        assert (answer["KeyId"], answer["EncryptionAlgorithm"]) == (arn, algorithm)
        if spec.startswith("RSA"):
            assert len(answer["CiphertextBlob"]) * 8 == int(spec.removeprefix("RSA_"))
        assert outside.decrypt(tool, secret, algorithm, answer["CiphertextBlob"]) == plaintext


@every
def test_one_byte_more_does_not_fit(made, spec, algorithm, tool):
    kms, arn, _ = made(spec)
    size = largest(spec, algorithm)
    assert kms.encrypt(KeyId=arn, Plaintext=bytes(size), EncryptionAlgorithm=algorithm)
    assert code_of(kms.encrypt, KeyId=arn, Plaintext=bytes(size + 1), EncryptionAlgorithm=algorithm) == "ValidationException"


def test_the_other_hash_or_another_key_does_not_decrypt(made):
    kms, arn, public = made("RSA_2048")
    blob = outside.encrypt(CRYPTOGRAPHY, public, "RSAES_OAEP_SHA_1", SECRET)
    asked = {"CiphertextBlob": blob, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    assert code_of(kms.decrypt, KeyId=arn, **asked) == "InvalidCiphertextException"
    other = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    asked["EncryptionAlgorithm"] = "RSAES_OAEP_SHA_1"
    assert code_of(kms.decrypt, KeyId=other, **asked) == "InvalidCiphertextException"
    assert kms.decrypt(KeyId=arn, **asked)["Plaintext"] == SECRET


@every
def test_a_damaged_ciphertext_does_not_decrypt(made, spec, algorithm, tool):
    kms, arn, public = made(spec)
    blob = outside.encrypt(tool, public, algorithm, SECRET)
    changed = [blob[:-1], blob + b"\0", b"\0" * len(blob), b"\xff" * len(blob), b"\1"]
    changed += [blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :] for at in (len(blob) // 3, len(blob) - 1)]
    for wrong in changed:
        assert code_of(kms.decrypt, KeyId=arn, CiphertextBlob=wrong, EncryptionAlgorithm=algorithm) == "InvalidCiphertextException"


def test_reencrypt_takes_what_was_encrypted_outside(made):
    """From outside under RSA to a symmetric key, so that only its ciphertext remains."""
    kms, arn, public = made("RSA_3072")
    kept = kms.create_key()["KeyMetadata"]["Arn"]
    answer = kms.re_encrypt(
        SourceKeyId=arn,
        SourceEncryptionAlgorithm="RSAES_OAEP_SHA_256",
        CiphertextBlob=outside.encrypt(CRYPTOGRAPHY, public, "RSAES_OAEP_SHA_256", SECRET),
        DestinationKeyId=kept,
        DestinationEncryptionContext={"from": "outside"},
    )
    assert (answer["SourceKeyId"], answer["KeyId"]) == (arn, kept)
    assert kms.decrypt(CiphertextBlob=answer["CiphertextBlob"], EncryptionContext={"from": "outside"})["Plaintext"] == SECRET
