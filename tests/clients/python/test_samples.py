"""What developers usually do with KMS: envelope encryption, signed tokens, and waiting when there are too many calls."""

import base64
import json
import os

import pytest
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness import code_of

CONTEXT = {"tenant": "17", "file": "report.pdf"}


def associated(context):
    """The context as bytes that AES-GCM binds to the data."""
    return json.dumps(context, sort_keys=True).encode()


def seal(kms, key, data, context):
    """Envelope encryption: a data key for the data, and the data key itself under the KMS key."""
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext=context)
    nonce = os.urandom(12)
    return {"key": made["CiphertextBlob"], "nonce": nonce, "data": AESGCM(made["Plaintext"]).encrypt(nonce, data, associated(context))}


def unseal(kms, envelope, context):
    opened = kms.decrypt(CiphertextBlob=envelope["key"], EncryptionContext=context)
    return AESGCM(opened["Plaintext"]).decrypt(envelope["nonce"], envelope["data"], associated(context))


@pytest.fixture
def key(kms):
    kms.create_alias(AliasName="alias/envelopes", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    return "alias/envelopes"


def test_an_envelope_holds_more_than_kms_takes(server, kms, key):
    data = os.urandom(1_000_000)
    assert code_of(kms.encrypt, KeyId=key, Plaintext=data[:4097]) == "ValidationException"
    envelope = seal(kms, key, data, CONTEXT)
    assert unseal(kms, envelope, CONTEXT) == data
    assert [record["eventName"] for record in server.trail()][-2:] == ["GenerateDataKey", "Decrypt"]


def test_an_envelope_opens_with_its_context_only(kms, key):
    envelope = seal(kms, key, b"data", CONTEXT)
    assert code_of(unseal, kms=kms, envelope=envelope, context=CONTEXT | {"tenant": "18"}) == "InvalidCiphertextException"
    assert unseal(kms, envelope, dict(reversed(CONTEXT.items()))) == b"data"
    envelope["data"] = envelope["data"][:-1] + bytes([envelope["data"][-1] ^ 1])
    with pytest.raises(InvalidTag):
        unseal(kms, envelope, CONTEXT)


def test_old_envelopes_open_after_a_rotation(kms, key):
    before = seal(kms, key, b"before", CONTEXT)
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    kms.rotate_key_on_demand(KeyId=arn)
    after = seal(kms, key, b"after", CONTEXT)
    materials = [kms.decrypt(CiphertextBlob=envelope["key"], EncryptionContext=CONTEXT)["KeyMaterialId"] for envelope in (before, after)]
    assert materials[0] != materials[1]
    assert [unseal(kms, envelope, CONTEXT) for envelope in (before, after)] == [b"before", b"after"]


def test_an_envelope_moves_to_another_key_without_its_data(kms, key):
    envelope = seal(kms, key, b"data", CONTEXT)
    other = kms.create_key()["KeyMetadata"]["Arn"]
    answer = kms.re_encrypt(
        CiphertextBlob=envelope["key"], SourceEncryptionContext=CONTEXT, DestinationKeyId=other, DestinationEncryptionContext=CONTEXT
    )
    moved = envelope | {"key": answer["CiphertextBlob"]}
    kms.disable_key(KeyId=answer["SourceKeyId"])
    assert unseal(kms, moved, CONTEXT) == b"data"
    assert code_of(unseal, kms=kms, envelope=envelope, context=CONTEXT) == "DisabledException"


def test_a_producer_needs_no_plaintext(kms, key):
    """Keys that are made ahead, by one who never sees them."""
    blob = kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_128")["CiphertextBlob"]
    assert len(kms.decrypt(CiphertextBlob=blob)["Plaintext"]) == 16


def encoded(data):
    """Base64 as tokens have it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def decoded(text):
    return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))


#: For each algorithm of RFC 7518 and RFC 8037 the key spec and the algorithm of KMS.
TOKENS = {
    "RS256": ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_256"),
    "RS512": ("RSA_3072", "RSASSA_PKCS1_V1_5_SHA_512"),
    "PS384": ("RSA_2048", "RSASSA_PSS_SHA_384"),
    "ES256": ("ECC_NIST_P256", "ECDSA_SHA_256"),
    "ES384": ("ECC_NIST_P384", "ECDSA_SHA_384"),
    "ES512": ("ECC_NIST_P521", "ECDSA_SHA_512"),
    "ES256K": ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
    "EdDSA": ("ECC_NIST_EDWARDS25519", "ED25519_SHA_512"),
}
COORDINATE = {"ES256": 32, "ES384": 48, "ES512": 66, "ES256K": 32}


def token(kms, key, name, claims):
    """A signed token. KMS gives ECDSA signatures in DER, and a token has the two numbers side by side."""
    signed = b".".join(encoded(json.dumps(part).encode()) for part in ({"alg": name, "typ": "JWT"}, claims))
    signature = kms.sign(KeyId=key, Message=signed, SigningAlgorithm=TOKENS[name][1])["Signature"]
    if name in COORDINATE:
        signature = b"".join(number.to_bytes(COORDINATE[name], "big") for number in utils.decode_dss_signature(signature))
    return signed + b"." + encoded(signature)


def claims(public, text):
    """The claims of a token, if its signature is right: without KMS, as whoever receives it does."""
    signed, _, end = text.rpartition(b".")
    head, body = (json.loads(decoded(part)) for part in signed.split(b"."))
    name, signature = head["alg"], decoded(end)
    if name == "EdDSA":
        public.verify(signature, signed)
        return body
    digest = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}[name[2:5]]()
    if name in COORDINATE:
        half = COORDINATE[name]
        assert len(signature) == 2 * half
        numbers = (int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big"))
        public.verify(utils.encode_dss_signature(*numbers), signed, ec.ECDSA(digest))
    elif name.startswith("PS"):
        public.verify(signature, signed, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    else:
        public.verify(signature, signed, padding.PKCS1v15(), digest)
    return body


@pytest.mark.parametrize("name", list(TOKENS))
def test_a_token_is_signed_by_kms_and_verified_by_anybody(kms, name):
    key = kms.create_key(KeySpec=TOKENS[name][0], KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    said = {"sub": "ana", "scope": "read", "exp": 1_800_000_000}
    text = token(kms, key, name, said)
    assert claims(public, text) == said
    head, _, end = text.split(b".")
    forged = b".".join([head, encoded(json.dumps(said | {"scope": "write"}).encode()), end])
    with pytest.raises(InvalidSignature):
        claims(public, forged)


def test_a_long_document_is_hashed_before_it_is_signed(kms):
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    document = os.urandom(100_000)
    assert code_of(kms.sign, KeyId=key, Message=document, SigningAlgorithm="ECDSA_SHA_256") == "ValidationException"
    state = hashes.Hash(hashes.SHA256())
    state.update(document)
    digest = state.finalize()
    signature = kms.sign(KeyId=key, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")["Signature"]
    public = serialization.load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    public.verify(signature, document, ec.ECDSA(hashes.SHA256()))
