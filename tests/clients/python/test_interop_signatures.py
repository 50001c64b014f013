"""Sign and Verify against other implementations, for every key spec, algorithm and message type."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, utils

import outside
import signing
from harness import code_of
from outside import SPECS

MESSAGE = b"Pay 100 to Ana, by noon."
OTHER = b"Pay 900 to Ana, by noon."


@pytest.fixture(scope="module")
def server(serve_once):
    return serve_once("--start", "2026-01-15")


@pytest.fixture(scope="module")
def made(server):
    """Keys that KMS made: a function from the spec to a client and the public key's answer."""
    answers = {}

    def key(spec):
        kms = outside.client(server, outside.region_of(spec))
        if spec not in answers:
            arn = kms.create_key(KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
            answers[spec] = kms.get_public_key(KeyId=arn)
        return kms, answers[spec]["KeyId"], answers[spec]["PublicKey"]

    return key


@pytest.fixture(scope="module")
def imported(server):
    """Keys whose private half we have: a function from spec and tool to a client, the ARN and PKCS#8."""
    arns = {}

    def key(spec, tool):
        kms = outside.client(server, outside.region_of(spec))
        secret = outside.kept_material(spec, tool)
        if (spec, tool) not in arns:
            arns[spec, tool] = outside.bring(kms, spec, "SIGN_VERIFY", secret)
        return kms, arns[spec, tool], secret

    return key


@pytest.mark.parametrize("spec, algorithm, kind, tool", signing.cases())
def test_signatures_of_kms_verify_outside(made, spec, algorithm, kind, tool):
    kms, arn, public = made(spec)
    sent = signing.what_is_sent(algorithm, kind, public, MESSAGE)
    answer = kms.sign(KeyId=arn, Message=sent, MessageType=kind, SigningAlgorithm=algorithm)
    assert (answer["KeyId"], answer["SigningAlgorithm"]) == (arn, algorithm)
    assert signing.verifies(tool, algorithm, kind, public, sent, answer["Signature"])
    other = signing.what_is_sent(algorithm, kind, public, OTHER)
    assert not signing.verifies(tool, algorithm, kind, public, other, answer["Signature"])


@pytest.mark.parametrize("spec, algorithm, kind, tool", [case for case in signing.cases() if SPECS[case[0]]["importable"]])
def test_signatures_made_outside_verify_in_kms(imported, spec, algorithm, kind, tool):
    kms, arn, secret = imported(spec, tool)
    public = outside.public_of(secret, tool)
    sent = signing.what_is_sent(algorithm, kind, public, MESSAGE)
    signature = signing.sign(tool, algorithm, kind, secret, sent)
    asked = {"KeyId": arn, "MessageType": kind, "SigningAlgorithm": algorithm, "Signature": signature}
    answer = kms.verify(Message=sent, **asked)
    assert (answer["KeyId"], answer["SignatureValid"], answer["SigningAlgorithm"]) == (arn, True, algorithm)
    other = signing.what_is_sent(algorithm, kind, public, OTHER)
    assert code_of(kms.verify, Message=other, **asked) == "KMSInvalidSignatureException"


BOTH_WAYS = [(spec, algorithm) for spec, row in SPECS.items() for algorithm in row["signing"] if "ED25519" not in algorithm]


@pytest.mark.parametrize("spec, algorithm", BOTH_WAYS)
def test_a_message_and_its_digest_have_the_same_signatures(made, spec, algorithm):
    kms, arn, public = made(spec)
    raw, short = SPECS[spec]["message_types"]
    asked = {"KeyId": arn, "SigningAlgorithm": algorithm}
    sent = signing.what_is_sent(algorithm, short, public, MESSAGE)
    signature = kms.sign(Message=sent, MessageType=short, **asked)["Signature"]
    assert kms.verify(Message=MESSAGE, MessageType=raw, Signature=signature, **asked)["SignatureValid"]
    signature = kms.sign(Message=MESSAGE, **asked)["Signature"]
    assert kms.verify(Message=sent, MessageType=short, Signature=signature, **asked)["SignatureValid"]


SHORT = sorted({(spec, algorithm, kind) for spec, algorithm, kind, _ in signing.cases() if kind != "RAW"})


@pytest.mark.parametrize("spec, algorithm, kind", SHORT)
def test_a_digest_has_the_length_of_its_hash(made, spec, algorithm, kind):
    kms, arn, _ = made(spec)
    for size in (20, 33, 65):
        assert code_of(kms.sign, KeyId=arn, Message=bytes(size), MessageType=kind, SigningAlgorithm=algorithm) == "ValidationException"


@pytest.mark.parametrize("algorithm, kind", [("ED25519_SHA_512", "DIGEST"), ("ED25519_PH_SHA_512", "RAW")])
def test_each_algorithm_of_ed25519_takes_one_message_type(made, algorithm, kind):
    kms, arn, _ = made("ECC_NIST_EDWARDS25519")
    assert code_of(kms.sign, KeyId=arn, Message=bytes(64), MessageType=kind, SigningAlgorithm=algorithm) == "ValidationException"


@pytest.mark.parametrize("spec, algorithm", [(spec, algorithm) for spec, row in SPECS.items() for algorithm in row["signing"]])
def test_what_is_no_signature_does_not_verify(made, spec, algorithm):
    """Damaged, of another form, empty of meaning or far too long: always the same answer."""
    kms, arn, _ = made(spec)
    kind = "DIGEST" if algorithm == "ED25519_PH_SHA_512" else "RAW"
    asked = {"KeyId": arn, "Message": bytes(64), "MessageType": kind, "SigningAlgorithm": algorithm}
    right = kms.sign(**asked)["Signature"]
    wrong = [right[:-1], right + b"\0", right[:-1] + bytes([right[-1] ^ 1]), bytes(len(right)), b"\xff" * len(right), b"\x30", bytes(6144)]
    if algorithm.startswith(("ECDSA", "SM2")):
        wrong += [b"".join(number.to_bytes(66, "big") for number in utils.decode_dss_signature(right))]
        wrong += [utils.encode_dss_signature(0, 0), utils.encode_dss_signature(1, 0)]
    for signature in wrong:
        assert code_of(kms.verify, Signature=signature, **asked) == "KMSInvalidSignatureException"
    assert kms.verify(Signature=right, **asked)["SignatureValid"]


@pytest.mark.parametrize("spec", [spec for spec, row in SPECS.items() if "RSASSA_PKCS1_V1_5_SHA_256" in row["signing"]])
def test_pkcs1_signatures_are_the_same_everywhere(imported, spec):
    kms, arn, secret = imported(spec, outside.CRYPTOGRAPHY)
    algorithm = "RSASSA_PKCS1_V1_5_SHA_256"
    ours = signing.sign(outside.CRYPTOGRAPHY, algorithm, "RAW", secret, MESSAGE)
    assert kms.sign(KeyId=arn, Message=MESSAGE, SigningAlgorithm=algorithm)["Signature"] == ours


@pytest.mark.parametrize("algorithm, kind", [("ED25519_SHA_512", "RAW"), ("ED25519_PH_SHA_512", "DIGEST")])
def test_ed25519_signatures_are_the_same_everywhere(imported, algorithm, kind):
    """Ed25519 leaves no choice to the signer. KMS hashes what it takes for Ed25519ph once more: a digest is its message."""
    kms, arn, secret = imported("ECC_NIST_EDWARDS25519", outside.CRYPTOGRAPHY)
    sent = signing.what_is_sent(algorithm, kind, b"", MESSAGE)
    ours = signing.sign(outside.CRYPTOGRAPHY, algorithm, kind, secret, sent)
    assert kms.sign(KeyId=arn, Message=sent, MessageType=kind, SigningAlgorithm=algorithm)["Signature"] == ours


@pytest.mark.parametrize("spec, algorithm", [("RSA_2048", "RSASSA_PSS_SHA_256"), ("ECC_NIST_P256", "ECDSA_SHA_256"), ("SM2", "SM2DSA")])
def test_signatures_with_chance_in_them_differ(made, spec, algorithm):
    kms, arn, _ = made(spec)
    signatures = {kms.sign(KeyId=arn, Message=MESSAGE, SigningAlgorithm=algorithm)["Signature"] for _ in range(3)}
    assert len(signatures) == 3


def test_pss_with_another_salt_length_does_not_verify(imported):
    """KMS takes a salt as long as the hash, and no other."""
    kms, arn, secret = imported("RSA_2048", outside.CRYPTOGRAPHY)
    key = outside.load(secret)
    signature = key.sign(MESSAGE, padding.PSS(padding.MGF1(hashes.SHA256()), 20), hashes.SHA256())
    asked = {"KeyId": arn, "Message": MESSAGE, "SigningAlgorithm": "RSASSA_PSS_SHA_256", "Signature": signature}
    assert code_of(kms.verify, **asked) == "KMSInvalidSignatureException"


def test_the_largest_message_is_4096_bytes(made):
    kms, arn, public = made("ECC_NIST_P384")
    asked = {"KeyId": arn, "SigningAlgorithm": "ECDSA_SHA_384"}
    message = bytes(4096)
    signature = kms.sign(Message=message, **asked)["Signature"]
    assert signing.verifies(outside.CRYPTOGRAPHY, "ECDSA_SHA_384", "RAW", public, message, signature)
    assert code_of(kms.sign, Message=bytes(4097), **asked) == "ValidationException"
