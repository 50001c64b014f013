"""GetPublicKey: both tools read every kind of public key, and it is the one of the private key."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa

import outside
from harness import code_of
from outside import SPECS

ASYMMETRIC = [spec for spec, row in SPECS.items() if row["family"] not in ("Symmetric", "Hmac")]

#: How long SubjectPublicKeyInfo is, in bytes; the RSA ones for the exponent 65537.
SIZES = {
    "RSA_2048": 294,
    "RSA_3072": 422,
    "RSA_4096": 550,
    "ECC_NIST_P256": 91,
    "ECC_NIST_P384": 120,
    "ECC_NIST_P521": 158,
    "ECC_SECG_P256K1": 88,
    "ECC_NIST_EDWARDS25519": 44,
    "ML_DSA_44": 22 + 1312,
    "ML_DSA_65": 22 + 1952,
    "ML_DSA_87": 22 + 2592,
    "ML_KEM_512": 22 + 800,
    "ML_KEM_768": 22 + 1184,
    "ML_KEM_1024": 22 + 1568,
    "SM2": 91,
}

#: What OpenSSL says about a public key, and the version that says it.
TOLD = {
    "RSA_2048": b"(2048 bit)",
    "RSA_3072": b"(3072 bit)",
    "RSA_4096": b"(4096 bit)",
    "ECC_NIST_P256": b"prime256v1",
    "ECC_NIST_P384": b"secp384r1",
    "ECC_NIST_P521": b"secp521r1",
    "ECC_SECG_P256K1": b"secp256k1",
    "ECC_NIST_EDWARDS25519": b"ED25519",
    "SM2": b"ASN1 OID: SM2",
}


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


@pytest.fixture
def public(server, request):
    """The answer of GetPublicKey for a new key of the spec."""
    spec = request.param
    kms = outside.client(server, outside.region_of(spec))
    key = kms.create_key(KeySpec=spec, KeyUsage=SPECS[spec]["usages"][0])["KeyMetadata"]
    answer = kms.get_public_key(KeyId=key["KeyId"])
    assert (answer["KeyId"], answer["KeySpec"], answer["KeyUsage"]) == (key["Arn"], spec, key["KeyUsage"])
    return answer


@pytest.mark.parametrize("public", ASYMMETRIC, indirect=True)
def test_the_key_has_the_length_of_its_kind(public):
    assert len(public["PublicKey"]) == SIZES[public["KeySpec"]]


@pytest.mark.parametrize("public", [spec for spec in ASYMMETRIC if spec not in ("SM2", "ML_KEM_512")], indirect=True)
def test_cryptography_reads_the_key(public):
    """It has neither SM2 nor ML-KEM-512."""
    spec, der = public["KeySpec"], public["PublicKey"]
    key = serialization.load_der_public_key(der)
    assert outside.spki(key) == der
    if spec.startswith("RSA"):
        assert isinstance(key, rsa.RSAPublicKey)
        assert f"RSA_{key.key_size}" == spec
        assert key.public_numbers().e == 65537
    elif spec in outside.CURVES:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert key.curve.name == outside.CURVES[spec].name
    elif spec == "ECC_NIST_EDWARDS25519":
        assert isinstance(key, ed25519.Ed25519PublicKey)
    elif spec.startswith("ML_DSA"):
        assert isinstance(key, getattr(mldsa, spec.replace("_", "") + "PublicKey"))
    else:
        assert type(key).__name__ == spec.replace("_", "") + "PublicKey"


@pytest.mark.parametrize("public", ASYMMETRIC, indirect=True)
def test_openssl_reads_the_key(public):
    spec, der = public["KeySpec"], public["PublicKey"]
    if spec.startswith("ML_"):
        outside.needs_openssl(3, 5, what="ML-DSA and ML-KEM")
    outside.needs_openssl(3, 0)
    assert TOLD.get(spec, spec.replace("_", "-").encode()) in outside.run("pkey", "-pubin", "-inform", "DER", "-in", der, "-text", "-noout")
    again = outside.run("pkey", "-pubin", "-inform", "DER", "-in", der, "-outform", "DER")
    assert again == der


#: Which member lists the algorithms of a key usage.
LISTS = {
    "SIGN_VERIFY": ("SigningAlgorithms", "signing"),
    "ENCRYPT_DECRYPT": ("EncryptionAlgorithms", "encryption"),
    "KEY_AGREEMENT": ("KeyAgreementAlgorithms", "agreement"),
    "ENCAPSULATE_DECAPSULATE": ("EncapsulationAlgorithms", "encapsulation"),
}


@pytest.mark.parametrize("spec, usage", [(spec, usage) for spec in ASYMMETRIC for usage in SPECS[spec]["usages"]])
def test_only_the_algorithms_of_the_usage_are_listed(server, spec, usage):
    kms = outside.client(server, outside.region_of(spec))
    key = kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["KeyId"]
    answer = kms.get_public_key(KeyId=key)
    listed = {member: answer[member] for member, _ in LISTS.values() if member in answer}
    member, column = LISTS[usage]
    assert {name: sorted(values) for name, values in listed.items()} == {member: sorted(SPECS[spec][column])}


@pytest.mark.parametrize("spec", [spec for spec, row in SPECS.items() if row["family"] in ("Symmetric", "Hmac")])
def test_symmetric_keys_have_no_public_key(server, spec):
    kms = outside.client(server)
    key = kms.create_key(KeySpec=spec, KeyUsage=SPECS[spec]["usages"][0])["KeyMetadata"]["KeyId"]
    assert code_of(kms.get_public_key, KeyId=key) == "UnsupportedOperationException"


@pytest.mark.parametrize("spec, tool", outside.with_tools(spec for spec in ASYMMETRIC if SPECS[spec]["importable"]))
def test_the_public_key_is_that_of_the_imported_private_key(server, spec, tool):
    secret = outside.kept_material(spec, tool)
    kms = outside.client(server, outside.region_of(spec))
    arn = outside.bring(kms, spec, SPECS[spec]["usages"][-1], secret)
    assert kms.get_public_key(KeyId=arn)["PublicKey"] == outside.public_of(secret, tool)
