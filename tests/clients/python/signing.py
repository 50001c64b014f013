"""Signatures outside of KMS, by both tools and for all signing algorithms."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, padding, utils

import curves
import outside
from outside import CRYPTOGRAPHY, OPENSSL, SPECS

DIGESTS = {"SHA_256": hashes.SHA256, "SHA_384": hashes.SHA384, "SHA_512": hashes.SHA512}

#: The algorithms of which `cryptography` knows nothing, and those of which openssl knows nothing before version 3.5.
NOT_IN_CRYPTOGRAPHY = ["SM2DSA"]
NOT_IN_OPENSSL = ["ML_DSA_SHAKE_256"]


def cases():
    """Every key spec with every signing algorithm that it offers, every message type that the algorithm takes, and every tool."""
    return [
        (spec, algorithm, kind, tool)
        for spec, row in SPECS.items()
        for algorithm in row["signing"]
        for kind in row["message_types"]
        for tool in outside.TOOLS
        if takes(algorithm, kind) and does(tool, algorithm, kind)
    ]


def takes(algorithm, kind):
    """Whether KMS takes this message type: each algorithm of Ed25519 takes one only."""
    return {"ED25519_SHA_512": kind == "RAW", "ED25519_PH_SHA_512": kind == "DIGEST"}.get(algorithm, True)


def does(tool, algorithm, kind):
    """Whether the tool is of use. Ed25519ph is done in plain Python, whatever the tool; once is enough."""
    if tool == CRYPTOGRAPHY:
        return algorithm not in NOT_IN_CRYPTOGRAPHY
    return algorithm != "ED25519_PH_SHA_512" and kind != "EXTERNAL_MU"


def digest_of(algorithm):
    """The hash function of an algorithm, as `cryptography` has it."""
    return hashes.SM3() if algorithm == "SM2DSA" else DIGESTS[algorithm[-7:]]()


def hashed(algorithm, data):
    """The hash of bytes."""
    state = hashes.Hash(digest_of(algorithm))
    state.update(data)
    return state.finalize()


def what_is_sent(algorithm, kind, public_der, message):
    """The Message parameter: the message itself, its digest, or the representative of ML-DSA."""
    if kind == "RAW":
        return message
    if kind == "EXTERNAL_MU":
        state = mldsa.MLDSAMuHasher(serialization.load_der_public_key(public_der))
        state.update(message)
        return state.finalize()
    if algorithm == "SM2DSA":
        return curves.sm2_digest(public_der, message, lambda data: hashed(algorithm, data))
    return hashed(algorithm, message)


def verifies(tool, algorithm, kind, public_der, sent, signature):
    """Whether a signature is one of what was sent."""
    if algorithm == "ED25519_PH_SHA_512":
        return curves.ed25519ph_verify(public_der[-32:], sent, signature)
    if tool == OPENSSL:
        return _openssl_verifies(algorithm, kind, public_der, sent, signature)
    key = serialization.load_der_public_key(public_der)
    try:
        if kind == "EXTERNAL_MU":
            key.verify_mu(signature, sent)
        else:
            key.verify(signature, sent, *_how(algorithm, kind))
    except InvalidSignature:
        return False
    return True


def sign(tool, algorithm, kind, private_der, sent):
    """A signature made outside."""
    if tool == OPENSSL:
        return _openssl_signs(algorithm, kind, private_der, sent)
    key = outside.load(private_der)
    if algorithm == "ED25519_PH_SHA_512":
        return curves.ed25519ph_sign(key.private_bytes_raw(), sent)
    return key.sign(sent, *_how(algorithm, kind))


def _how(algorithm, kind):
    """The parameters of `sign` and `verify` after the data. PSS has a salt as long as the hash."""
    if algorithm.startswith(("ML_DSA", "ED25519")):
        return []
    digest = digest_of(algorithm)
    taken = utils.Prehashed(digest) if kind == "DIGEST" else digest
    if algorithm.startswith("ECDSA"):
        return [ec.ECDSA(taken)]
    if "PSS" in algorithm:
        return [padding.PSS(padding.MGF1(digest), digest.digest_size), taken]
    return [padding.PKCS1v15(), taken]


def _options(algorithm, flag):
    """How RSA pads, for options of openssl."""
    if "PSS" in algorithm:
        return [flag, "rsa_padding_mode:pss", flag, "rsa_pss_saltlen:digest"]
    return [flag, "rsa_padding_mode:pkcs1"] if "PKCS1" in algorithm else []


def _pkeyutl(algorithm, kind, sent):
    """What `openssl pkeyutl` is told beyond the key."""
    if algorithm == "SM2DSA":
        whole = ["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]
        return ["-in", sent, *(whole if kind == "RAW" else [])]
    if kind == "RAW":
        return ["-in", sent, "-rawin"]
    return ["-in", sent, "-pkeyopt", f"digest:{digest_of(algorithm).name}", *_options(algorithm, "-pkeyopt")]


def _by_dgst(algorithm, kind):
    """`openssl dgst` hashes the message itself, and is what a user would take for RSA and ECDSA."""
    return kind == "RAW" and algorithm.startswith(("RSASSA", "ECDSA"))


def _openssl_verifies(algorithm, kind, public_der, sent, signature):
    if algorithm in NOT_IN_OPENSSL:
        outside.needs_openssl(3, 5, what="ML-DSA")
    if _by_dgst(algorithm, kind):
        way = ["dgst", f"-{digest_of(algorithm).name}", *_options(algorithm, "-sigopt"), "-keyform", "DER"]
        answer = outside.run(*way, "-verify", public_der, "-signature", signature, sent, code=(0, 1))
        return b"Verified OK" in answer
    key = ["-pubin", "-keyform", "DER", "-inkey", public_der, "-sigfile", signature]
    answer = outside.run("pkeyutl", "-verify", *key, *_pkeyutl(algorithm, kind, sent), code=(0, 1))
    return b"Signature Verified Successfully" in answer


def _openssl_signs(algorithm, kind, private_der, sent):
    if _by_dgst(algorithm, kind):
        way = ["dgst", f"-{digest_of(algorithm).name}", *_options(algorithm, "-sigopt"), "-keyform", "DER"]
        return outside.run(*way, "-sign", private_der, sent)
    return outside.run("pkeyutl", "-sign", "-keyform", "DER", "-inkey", private_der, *_pkeyutl(algorithm, kind, sent))
