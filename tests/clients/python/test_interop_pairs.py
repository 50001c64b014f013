"""GenerateDataKeyPair: private keys load outside, match their public keys, and work."""

import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, mlkem

import lattice
import outside
import signing
from harness import code_of
from outside import CRYPTOGRAPHY, OPENSSL, SPECS

PAIRS = [spec for spec, row in SPECS.items() if row["data_key_pair"]]
CONTEXT = {"for": "a pair"}


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


@pytest.fixture
def pair(server, request):
    """A client and the answer of GenerateDataKeyPair."""
    kms = outside.client(server, outside.region_of(request.param))
    key = kms.create_key()["KeyMetadata"]["Arn"]
    answer = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=request.param, EncryptionContext=CONTEXT)
    assert (answer["KeyId"], answer["KeyPairSpec"]) == (key, request.param)
    return kms, answer


every = pytest.mark.parametrize("pair", PAIRS, indirect=True)


@every
def test_openssl_finds_the_public_key_in_the_private_key(pair):
    _, made = pair
    if made["KeyPairSpec"].startswith("ML_KEM"):
        outside.needs_openssl(3, 5, what="ML-KEM")
    assert outside.public_of(made["PrivateKeyPlaintext"], OPENSSL) == made["PublicKey"]


@pytest.mark.parametrize("pair", [spec for spec in PAIRS if spec not in ("SM2", "ML_KEM_512")], indirect=True)
def test_cryptography_finds_the_public_key_in_the_private_key(pair):
    """It has neither SM2 nor ML-KEM-512."""
    _, made = pair
    assert outside.public_of(made["PrivateKeyPlaintext"], CRYPTOGRAPHY) == made["PublicKey"]


@every
def test_the_blob_holds_the_same_private_key(pair):
    kms, made = pair
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext=CONTEXT)
    assert (opened["Plaintext"], opened["KeyId"]) == (made["PrivateKeyPlaintext"], made["KeyId"])
    assert opened["KeyMaterialId"] == made["KeyMaterialId"]
    assert code_of(kms.decrypt, CiphertextBlob=made["PrivateKeyCiphertextBlob"]) == "InvalidCiphertextException"


@pytest.mark.parametrize("spec", PAIRS)
def test_a_pair_without_plaintext_is_opened_later(server, spec):
    kms = outside.client(server, outside.region_of(spec))
    key = kms.create_key()["KeyMetadata"]["Arn"]
    made = kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec=spec)
    assert "PrivateKeyPlaintext" not in made
    private = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])["Plaintext"]
    if spec == "ML_KEM_512":
        # The seed and the public key are what other tests hold to ML-KEM; here it is that both are there.
        assert (len(private), len(made["PublicKey"])) == (86, 822)
        return
    assert outside.public_of(private, OPENSSL if spec == "SM2" else CRYPTOGRAPHY) == made["PublicKey"]


#: What is true of one length of RSA keys is true of the others.
SIGNING = [case for case in signing.cases() if case[0] in PAIRS and case[0] not in ("RSA_3072", "RSA_4096")]


@pytest.mark.parametrize("pair, algorithm, kind, tool", SIGNING, indirect=["pair"])
def test_pairs_sign_and_verify_outside(pair, algorithm, kind, tool):
    _, made = pair
    private, public = made["PrivateKeyPlaintext"], made["PublicKey"]
    sent = signing.what_is_sent(algorithm, kind, public, b"signed without KMS")
    assert signing.verifies(tool, algorithm, kind, public, sent, signing.sign(tool, algorithm, kind, private, sent))


ENCRYPTING = [
    (spec, algorithm, tool)
    for spec, tool in outside.with_tools(PAIRS)
    for algorithm in SPECS[spec]["encryption"]
    if SPECS[spec]["family"] in ("Rsa", "Sm2")
]


@pytest.mark.parametrize("pair, algorithm, tool", ENCRYPTING, indirect=["pair"])
def test_pairs_encrypt_and_decrypt_outside(pair, algorithm, tool):
    _, made = pair
    plaintext = os.urandom(100)
    blob = outside.encrypt(tool, made["PublicKey"], algorithm, plaintext)
    assert outside.decrypt(tool, made["PrivateKeyPlaintext"], algorithm, blob) == plaintext


@pytest.mark.parametrize("pair", list(outside.CURVES), indirect=True)
def test_elliptic_pairs_agree_outside(pair):
    _, made = pair
    ours = outside.load(made["PrivateKeyPlaintext"])
    theirs = ec.generate_private_key(ours.curve)
    public = serialization.load_der_public_key(made["PublicKey"])
    assert ours.exchange(ec.ECDH(), theirs.public_key()) == theirs.exchange(ec.ECDH(), public)


@pytest.mark.parametrize("pair", ["ML_KEM_768", "ML_KEM_1024"], indirect=True)
def test_ml_kem_pairs_decapsulate_outside(pair):
    _, made = pair
    private = outside.load(made["PrivateKeyPlaintext"])
    assert isinstance(private, (mlkem.MLKEM768PrivateKey, mlkem.MLKEM1024PrivateKey))
    for secret, sealed in [
        serialization.load_der_public_key(made["PublicKey"]).encapsulate(),
        lattice.encapsulate(made["KeyPairSpec"], made["PublicKey"][22:]),
    ]:
        assert private.decapsulate(sealed) == secret


@pytest.mark.parametrize("spec", ["RSA_2048", "ECC_NIST_P384", "ECC_NIST_EDWARDS25519"])
def test_no_two_pairs_are_the_same(server, spec):
    kms = outside.client(server)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    made = [kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec)["PublicKey"] for _ in range(5)]
    assert len(set(made)) == 5


def test_a_pair_is_made_under_symmetric_keys_only(server):
    kms = outside.client(server)
    key = kms.create_key(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"]["Arn"]
    assert code_of(kms.generate_data_key_pair, KeyId=key, KeyPairSpec="RSA_2048") == "InvalidKeyUsageException"


def test_sm2_pairs_are_for_china(server):
    kms = outside.client(server)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    assert code_of(kms.generate_data_key_pair, KeyId=key, KeyPairSpec="SM2") in ("UnsupportedOperationException", "ValidationException")


@pytest.mark.parametrize("spec", [spec for spec in PAIRS if spec.startswith("ML_KEM")])
def test_ml_kem_pairs_are_not_for_china(server, spec):
    kms = outside.client(server, "cn-north-1")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    assert code_of(kms.generate_data_key_pair, KeyId=key, KeyPairSpec=spec) in ("UnsupportedOperationException", "ValidationException")
