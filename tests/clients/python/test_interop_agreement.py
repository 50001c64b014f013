"""DeriveSharedSecret against Diffie-Hellman outside of KMS."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import curves
import outside
from harness import code_of
from outside import CRYPTOGRAPHY, OPENSSL, SPECS

AGREEING = [spec for spec, row in SPECS.items() if row["agreement"]]
NIST = [spec for spec in AGREEING if spec != "SM2"]
SIZES = {"ECC_NIST_P256": 32, "ECC_NIST_P384": 48, "ECC_NIST_P521": 66, "SM2": 32}
ECDH = {"KeyAgreementAlgorithm": "ECDH"}


def shared(tool, spec, private_der, public_der):
    """The secret that a private key and another's public key share."""
    if spec == "SM2":
        # `openssl pkeyutl -derive` refuses keys of SM2. The private number stands as an OCTET STRING of 32 bytes in the DER.
        number = private_der.index(b"\x04\x20") + 2
        return curves.sm2_shared(int.from_bytes(private_der[number : number + 32], "big"), public_der)
    if tool == CRYPTOGRAPHY:
        return outside.load(private_der).exchange(ec.ECDH(), serialization.load_der_public_key(public_der))
    peer = outside.run("pkey", "-pubin", "-inform", "DER", "-in", public_der)
    return outside.run("pkeyutl", "-derive", "-keyform", "DER", "-inkey", private_der, "-peerkey", peer)


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


def new_key(server, spec):
    kms = outside.client(server, outside.region_of(spec))
    arn = kms.create_key(KeySpec=spec, KeyUsage="KEY_AGREEMENT")["KeyMetadata"]["Arn"]
    return kms, arn, kms.get_public_key(KeyId=arn)["PublicKey"]


@pytest.mark.parametrize("spec, tool", outside.with_tools(AGREEING))
def test_both_sides_have_the_same_secret(server, spec, tool):
    kms, arn, public = new_key(server, spec)
    private = outside.material(spec, tool)
    answer = kms.derive_shared_secret(KeyId=arn, PublicKey=outside.public_of(private, tool), **ECDH)
    assert answer["SharedSecret"] == shared(tool, spec, private, public)
    assert len(answer["SharedSecret"]) == SIZES[spec]
    assert (answer["KeyId"], answer["KeyAgreementAlgorithm"], answer["KeyOrigin"]) == (arn, "ECDH", "AWS_KMS")


@pytest.mark.parametrize("spec, tool", outside.with_tools(AGREEING))
def test_an_imported_key_agrees_as_its_material_does(server, spec, tool):
    kms = outside.client(server, outside.region_of(spec))
    ours, theirs = outside.material(spec, tool), outside.material(spec, tool)
    arn = outside.bring(kms, spec, "KEY_AGREEMENT", ours)
    peer = outside.public_of(theirs, tool)
    answer = kms.derive_shared_secret(KeyId=arn, PublicKey=peer, **ECDH)
    assert answer["SharedSecret"] == shared(tool, spec, ours, peer)
    assert answer["KeyOrigin"] == "EXTERNAL"


@pytest.mark.parametrize("spec", AGREEING)
def test_two_keys_of_kms_agree(server, spec):
    kms, ana, of_ana = new_key(server, spec)
    _, bob, of_bob = new_key(server, spec)
    secrets = {kms.derive_shared_secret(KeyId=key, PublicKey=peer, **ECDH)["SharedSecret"] for key, peer in [(ana, of_bob), (bob, of_ana)]}
    assert len(secrets) == 1


@pytest.mark.parametrize("spec", NIST)
def test_the_other_key_must_be_on_the_same_curve(server, spec):
    kms, arn, _ = new_key(server, spec)
    others = [curve for curve in outside.CURVES if curve != spec]
    for peer in [outside.public_of(outside.material(other), CRYPTOGRAPHY) for other in others] + [b"no key at all"]:
        assert code_of(kms.derive_shared_secret, KeyId=arn, PublicKey=peer, **ECDH) == "ValidationException"


@pytest.mark.parametrize("spec", AGREEING)
def test_the_other_key_must_be_a_point_of_the_curve(server, spec):
    """Whoever accepts other points gives away its private key bit by bit."""
    kms, arn, public = new_key(server, spec)
    for bit in (1, 2, 4):
        peer = public[:-1] + bytes([public[-1] ^ bit])
        assert code_of(kms.derive_shared_secret, KeyId=arn, PublicKey=peer, **ECDH) == "ValidationException"
