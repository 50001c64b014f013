"""Encapsulate and Decapsulate against ML-KEM outside of KMS."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import mlkem

import lattice
import outside
from harness import code_of

KINDS = {"ML_KEM_512": (768, None), "ML_KEM_768": (1088, "MLKEM768"), "ML_KEM_1024": (1568, "MLKEM1024")}
IN_CRYPTOGRAPHY = [spec for spec, (_, name) in KINDS.items() if name]
ALGORITHM = {"EncapsulationAlgorithm": "ML_KEM"}


def test_every_key_spec_is_here():
    assert list(KINDS) == [spec for spec, row in outside.SPECS.items() if row["encapsulation"]]


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


@pytest.fixture
def kms(server):
    return outside.client(server)


@pytest.fixture
def key(kms, request):
    """The answer of GetPublicKey for a new key."""
    arn = kms.create_key(KeySpec=request.param, KeyUsage="ENCAPSULATE_DECAPSULATE")["KeyMetadata"]["Arn"]
    return kms.get_public_key(KeyId=arn)


every = pytest.mark.parametrize("key", list(KINDS), indirect=True)


@pytest.mark.parametrize("spec", IN_CRYPTOGRAPHY)
def test_our_own_encapsulation_is_right(spec):
    """The plain Python of this suite is held to `cryptography` before KMS is held to it."""
    private = getattr(mlkem, KINDS[spec][1] + "PrivateKey").generate()
    secret, sealed = lattice.encapsulate(spec, private.public_key().public_bytes_raw())
    assert private.decapsulate(sealed) == secret


@every
def test_kms_decapsulates_what_plain_python_encapsulated(kms, key):
    spec = key["KeySpec"]
    size, _ = KINDS[spec]
    secret, sealed = lattice.encapsulate(spec, key["PublicKey"][22:])
    assert len(sealed) == size
    answer = kms.decapsulate(KeyId=key["KeyId"], SharedSecretCiphertextBlob=sealed, **ALGORITHM)
    assert (answer["SharedSecret"], answer["KeyId"], answer["EncapsulationAlgorithm"]) == (secret, key["KeyId"], "ML_KEM")


@pytest.mark.parametrize("key", IN_CRYPTOGRAPHY, indirect=True)
def test_kms_decapsulates_what_cryptography_encapsulated(kms, key):
    secret, sealed = serialization.load_der_public_key(key["PublicKey"]).encapsulate()
    answer = kms.decapsulate(KeyId=key["KeyId"], SharedSecretCiphertextBlob=sealed, **ALGORITHM)
    assert answer["SharedSecret"] == secret


@every
def test_kms_decapsulates_what_openssl_encapsulated(kms, key):
    outside.needs_openssl(3, 5, what="ML-KEM")
    command = ["pkeyutl", "-encap", "-pubin", "-keyform", "DER", "-inkey", key["PublicKey"]]
    secret, sealed = outside.run(*command, outputs=("-secret", "-out"))
    answer = kms.decapsulate(KeyId=key["KeyId"], SharedSecretCiphertextBlob=sealed, **ALGORITHM)
    assert answer["SharedSecret"] == secret


@every
def test_kms_decapsulates_what_kms_encapsulated(kms, key):
    size, _ = KINDS[key["KeySpec"]]
    first, second = (kms.encapsulate(KeyId=key["KeyId"], **ALGORITHM) for _ in range(2))
    assert first["SharedSecret"] != second["SharedSecret"]
    for made in (first, second):
        assert len(made["SharedSecret"]) == 32
        assert len(made["SharedSecretCiphertextBlob"]) == size
        assert (made["KeyId"], made["EncapsulationAlgorithm"]) == (key["KeyId"], "ML_KEM")
        sealed = made["SharedSecretCiphertextBlob"]
        answer = kms.decapsulate(KeyId=key["KeyId"], SharedSecretCiphertextBlob=sealed, **ALGORITHM)
        assert answer["SharedSecret"] == made["SharedSecret"]


@every
def test_a_changed_blob_gives_another_secret_and_no_error(kms, key):
    """Implicit rejection: whoever sent it does not learn that it was refused. The same blob gives the same secret."""
    made = kms.encapsulate(KeyId=key["KeyId"], **ALGORITHM)
    sealed = bytearray(made["SharedSecretCiphertextBlob"])
    sealed[7] ^= 1
    asked = {"KeyId": key["KeyId"], "SharedSecretCiphertextBlob": bytes(sealed)} | ALGORITHM
    first, second = (kms.decapsulate(**asked)["SharedSecret"] for _ in range(2))
    assert len(first) == 32
    assert first == second != made["SharedSecret"]


@every
def test_a_blob_of_another_length_is_an_invalid_ciphertext(kms, key):
    size, _ = KINDS[key["KeySpec"]]
    for wrong in (1, size - 1, size + 1):
        asked = {"KeyId": key["KeyId"], "SharedSecretCiphertextBlob": bytes(wrong)} | ALGORITHM
        assert code_of(kms.decapsulate, **asked) == "InvalidCiphertextException"


def test_there_is_no_ml_kem_in_china(server):
    kms = outside.client(server, "cn-north-1")
    for spec in KINDS:
        error = code_of(kms.create_key, KeySpec=spec, KeyUsage="ENCAPSULATE_DECAPSULATE")
        assert error in ("UnsupportedOperationException", "ValidationException")
