"""Multi-Region keys: the replica is the same key, for every kind of key, in KMS and outside of it."""

import os

import pytest

import outside
import signing
from harness import code_of
from outside import CRYPTOGRAPHY, OPENSSL, SPECS

#: Whether ML-KEM keys may be multi-Region keys AWS does not say.
KINDS = [(spec, usage) for spec, row in SPECS.items() for usage in row["usages"] if row["family"] != "MlKem"]
MESSAGE = b"the same everywhere"


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


def regions_of(spec):
    return ("cn-north-1", "cn-northwest-1") if SPECS[spec]["china_only"] else ("us-east-1", "eu-west-1")


def pair(server, spec, usage):
    """Primary and replica, each as a client and an ARN."""
    here, _ = regions_of(spec)
    kms = outside.client(server, here)
    one = kms, kms.create_key(KeySpec=spec, KeyUsage=usage, MultiRegion=True)["KeyMetadata"]["Arn"]
    return one, replicated(server, spec, one)


def replicated(server, spec, primary):
    """A replica in the other Region."""
    here, there = regions_of(spec)
    kms, arn = primary
    replica = kms.replicate_key(KeyId=arn, ReplicaRegion=there)["ReplicaKeyMetadata"]["Arn"]
    server.advance("10s")
    assert arn.replace(here, there) == replica
    return outside.client(server, there), replica


def assert_same(spec, usage, one, other):
    """What one of two keys does the other can undo or do as well."""
    (kms, arn), (far, twin) = one, other
    row = SPECS[spec]
    if row["family"] not in ("Symmetric", "Hmac"):
        assert kms.get_public_key(KeyId=arn)["PublicKey"] == far.get_public_key(KeyId=twin)["PublicKey"]
    if usage == "ENCRYPT_DECRYPT":
        for algorithm in row["encryption"]:
            blob = kms.encrypt(KeyId=arn, Plaintext=MESSAGE, EncryptionAlgorithm=algorithm)["CiphertextBlob"]
            answer = far.decrypt(KeyId=twin, CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
            assert (answer["Plaintext"], answer["KeyId"]) == (MESSAGE, twin)
    elif usage == "SIGN_VERIFY":
        for algorithm in row["signing"]:
            kind = "DIGEST" if algorithm == "ED25519_PH_SHA_512" else "RAW"
            asked = {"Message": bytes(64), "MessageType": kind, "SigningAlgorithm": algorithm}
            assert far.verify(KeyId=twin, Signature=kms.sign(KeyId=arn, **asked)["Signature"], **asked)["SignatureValid"]
    elif usage == "GENERATE_VERIFY_MAC":
        asked = {"Message": MESSAGE, "MacAlgorithm": row["mac"][0]}
        assert far.verify_mac(KeyId=twin, Mac=kms.generate_mac(KeyId=arn, **asked)["Mac"], **asked)["MacValid"]
    else:
        peer = outside.public_of(outside.kept_material(spec, OPENSSL if spec == "SM2" else CRYPTOGRAPHY), OPENSSL)
        asked = {"PublicKey": peer, "KeyAgreementAlgorithm": "ECDH"}
        secrets = {client.derive_shared_secret(KeyId=key, **asked)["SharedSecret"] for client, key in (one, other)}
        assert len(secrets) == 1


@pytest.mark.parametrize("spec, usage", KINDS)
def test_a_replica_is_the_same_key(server, spec, usage):
    one, other = pair(server, spec, usage)
    assert_same(spec, usage, one, other)
    assert_same(spec, usage, other, one)


@pytest.mark.parametrize("spec", [spec for spec, row in SPECS.items() if row["importable"] and not row["china_only"]])
def test_imported_material_is_imported_in_each_region(server, spec):
    """A replica has its primary's key material only once the customer has imported the same there, too."""
    usage = SPECS[spec]["usages"][0]
    kms = outside.client(server)
    one = kms, kms.create_key(KeySpec=spec, KeyUsage=usage, MultiRegion=True, Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    secret, another = outside.kept_material(spec), outside.material("ECC_NIST_P256" if spec.startswith("RSA") else spec)
    how = "RSAES_OAEP_SHA_256" if SPECS[spec]["family"] in ("Symmetric", "Hmac") else "RSA_AES_KEY_WRAP_SHA_256"
    way = {"algorithm": how, "wrapping": "RSA_2048", "tool": CRYPTOGRAPHY}
    outside.put(*one, secret, **way)
    other = replicated(server, spec, one)
    far, replica = other
    assert far.describe_key(KeyId=replica)["KeyMetadata"]["KeyState"] == "PendingImport"
    assert code_of(outside.put, kms=far, arn=replica, secret=another, **way) == "IncorrectKeyMaterialException"
    outside.put(*other, secret, **way)
    assert_same(spec, usage, one, other)
    assert_same(spec, usage, other, one)


def test_a_data_key_is_opened_by_the_near_key(server):
    """With the other Region's ARN as KeyId the replica's Region does not find the key; without KeyId it takes its own."""
    (kms, primary), (far, replica) = pair(server, "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT")
    context = {"file": os.urandom(4).hex()}
    made = kms.generate_data_key(KeyId=primary, KeySpec="AES_256", EncryptionContext=context)
    opened = far.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=context)
    assert (opened["Plaintext"], opened["KeyId"]) == (made["Plaintext"], replica)
    asked = {"CiphertextBlob": made["CiphertextBlob"], "EncryptionContext": context}
    assert code_of(far.decrypt, KeyId=primary, **asked) == "NotFoundException"
    assert far.decrypt(KeyId=primary.rpartition("/")[2], **asked)["KeyId"] == replica


def test_a_signature_of_the_replica_verifies_outside(server):
    (kms, primary), (far, replica) = pair(server, "ECC_NIST_P384", "SIGN_VERIFY")
    public = kms.get_public_key(KeyId=primary)["PublicKey"]
    signature = far.sign(KeyId=replica, Message=MESSAGE, SigningAlgorithm="ECDSA_SHA_384")["Signature"]
    for tool in outside.TOOLS:
        assert signing.verifies(tool, "ECDSA_SHA_384", "RAW", public, MESSAGE, signature)


def test_a_single_region_key_in_another_region_is_another_key(server):
    kms, far = (outside.client(server, region) for region in regions_of("SYMMETRIC_DEFAULT"))
    blob = kms.encrypt(KeyId=kms.create_key()["KeyMetadata"]["Arn"], Plaintext=MESSAGE)["CiphertextBlob"]
    assert code_of(far.decrypt, CiphertextBlob=blob) in ("AccessDeniedException", "InvalidCiphertextException", "NotFoundException")
