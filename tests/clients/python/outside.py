"""What a customer does outside of KMS: keys, wrapping, signatures, with `cryptography` and with the `openssl` command."""

import csv
import functools
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from harness import REPOSITORY

#: The two tools, as parameters of tests.
CRYPTOGRAPHY, OPENSSL = "cryptography", "openssl"
TOOLS = [CRYPTOGRAPHY, OPENSSL]

CURVES = {
    "ECC_NIST_P256": ec.SECP256R1(),
    "ECC_NIST_P384": ec.SECP384R1(),
    "ECC_NIST_P521": ec.SECP521R1(),
    "ECC_SECG_P256K1": ec.SECP256K1(),
}


def specs():
    """The key specs that there are, each with the columns of the model's table: lists of names, and `yes` or `no` as booleans."""
    lines = [line for line in (REPOSITORY / "src/kms/tables/key_specs.csv").read_text().splitlines() if not line.startswith("#")]
    rows = {}
    for row in csv.DictReader(lines):
        names = ["usages", "encryption", "signing", "mac", "agreement", "encapsulation", "message_types"]
        flags = {name: row[name] == "yes" for name in ("importable", "data_key_pair")} | {"china_only": row["china"] == "Only"}
        rows[row["spec"]] = row | {name: row[name].split() for name in names} | flags
    return rows


SPECS = specs()


def with_tools(specs):
    """Parameters for tests with both tools. Only openssl has SM2."""
    return [(spec, tool) for spec in specs for tool in TOOLS if spec != "SM2" or tool == OPENSSL]


def region_of(spec):
    """A Region that has keys of this spec: SM2 is for the China Regions."""
    return "cn-north-1" if SPECS[spec]["china_only"] else "us-east-1"


def client(server, region="us-east-1"):
    """The client of KMS for a Region, one for all tests that share the server: making one takes longer than using it."""
    clients = server.__dict__.setdefault("clients", {})
    if region not in clients:
        clients[region] = server.client(region=region)
    return clients[region]


def openssl_version():
    """The version of the command as a tuple of two numbers, or none where there is no such command."""
    if not shutil.which("openssl"):
        return None
    text = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout
    found = re.match(r"OpenSSL (\d+)\.(\d+)", text)
    return (int(found[1]), int(found[2])) if found else None


VERSION = openssl_version()


def needs_openssl(*version, what="these algorithms"):
    """Skips a test that the openssl command of this computer cannot do."""
    if VERSION is None:
        pytest.skip("there is no openssl command (LibreSSL does not count)")
    if VERSION < version:
        pytest.skip(f"OpenSSL {VERSION[0]}.{VERSION[1]} does not know {what}; {version[0]}.{version[1]} does")


def run(*args, code=(0,), outputs=()):
    """Runs `openssl ARGS` and gives what it writes. Bytes among the arguments become files; it must end with one of the codes.

    `outputs` are options that name files to write: then it gives what is in them.
    """
    needs_openssl(3, 0)
    with tempfile.TemporaryDirectory() as folder:
        command = ["openssl"]
        for number, arg in enumerate(args):
            if isinstance(arg, bytes):
                path = Path(folder) / str(number)
                path.write_bytes(arg)
                arg = str(path)
            command.append(arg)
        written = [Path(folder) / option for option in outputs]
        for option, path in zip(outputs, written):
            command += [option, str(path)]
        ended = subprocess.run(command, capture_output=True)
        contents = [path.read_bytes() for path in written if path.exists()]
    words = " ".join(str(arg) for arg in args if not isinstance(arg, bytes))
    assert ended.returncode in code, f"openssl {words}: {ended.stderr.decode()}{ended.stdout[:200]}"
    return contents if outputs else ended.stdout


def spki(public):
    """The DER form of a public key of `cryptography`."""
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def pkcs8(private):
    """The DER form of a private key of `cryptography`."""
    return private.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@functools.lru_cache(maxsize=None)
def load(private_der):
    """A private key of `cryptography`, an RSA key unchecked: the check takes long, and `public_of` makes it once."""
    return serialization.load_der_private_key(private_der, None, unsafe_skip_rsa_key_validation=True)


@functools.lru_cache(maxsize=None)
def public_of(private_der, tool):
    """The public key, in DER, that belongs to a private key in PKCS#8."""
    if tool == CRYPTOGRAPHY:
        return spki(serialization.load_der_private_key(private_der, None).public_key())
    return run("pkey", "-inform", "DER", "-in", private_der, "-pubout", "-outform", "DER")


@functools.lru_cache(maxsize=None)
def kept_material(spec, tool=CRYPTOGRAPHY):
    """Key material of a spec, always the same in one run: RSA keys take long to make, so that both tools share the longer ones."""
    if spec in ("RSA_3072", "RSA_4096") and tool == OPENSSL:
        return kept_material(spec, CRYPTOGRAPHY)
    return material(spec, tool)


def material(spec, tool=CRYPTOGRAPHY):
    """New key material of a spec, as a customer makes it: PKCS#8 in DER for key pairs, else random bytes."""
    family = SPECS[spec]["family"]
    if family == "Symmetric":
        return os.urandom(32)
    if family == "Hmac":
        return os.urandom(int(spec.removeprefix("HMAC_")) // 8)
    if family == "Sm2":
        return _generated("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-pkeyopt", "ec_param_enc:named_curve")
    if family == "Rsa":
        bits = int(spec.removeprefix("RSA_"))
        if tool == OPENSSL:
            return _generated("-algorithm", "RSA", "-pkeyopt", f"rsa_keygen_bits:{bits}")
        return pkcs8(rsa.generate_private_key(65537, bits))
    if spec == "ECC_NIST_EDWARDS25519":
        return _generated("-algorithm", "ED25519") if tool == OPENSSL else pkcs8(ed25519.Ed25519PrivateKey.generate())
    if family == "Ecc":
        if tool == OPENSSL:
            name = {"secp256r1": "prime256v1"}.get(CURVES[spec].name, CURVES[spec].name)
            return _generated("-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{name}", "-pkeyopt", "ec_param_enc:named_curve")
        return pkcs8(ec.generate_private_key(CURVES[spec]))
    raise AssertionError(f"{spec} cannot be imported")


def _generated(*args):
    return run("pkcs8", "-topk8", "-nocrypt", "-outform", "DER", "-in", run("genpkey", *args))


def oaep(algorithm):
    """OAEP as the end of an algorithm's name says: the same hash for MGF1, no label."""
    digest = hashes.SHA1() if algorithm.endswith("SHA_1") else hashes.SHA256()
    return padding.OAEP(padding.MGF1(digest), digest, None)


def oaep_options(algorithm):
    """The same for `openssl pkeyutl`."""
    digest = "sha1" if algorithm.endswith("SHA_1") else "sha256"
    options = ["rsa_padding_mode:oaep", f"rsa_oaep_md:{digest}", f"rsa_mgf1_md:{digest}"]
    return [part for option in options for part in ("-pkeyopt", option)]


def encrypt(tool, public_der, algorithm, plaintext):
    """Encrypts to a public key: RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256 or SM2PKE."""
    if algorithm == "SM2PKE":
        assert tool == OPENSSL
        return run("pkeyutl", "-encrypt", "-pubin", "-keyform", "DER", "-inkey", public_der, "-in", plaintext)
    if tool == OPENSSL:
        key = ["-pubin", "-keyform", "DER", "-inkey", public_der]
        return run("pkeyutl", "-encrypt", *key, *oaep_options(algorithm), "-in", plaintext)
    return serialization.load_der_public_key(public_der).encrypt(plaintext, oaep(algorithm))


def decrypt(tool, private_der, algorithm, ciphertext):
    """The reverse of `encrypt`."""
    options = [] if algorithm == "SM2PKE" else oaep_options(algorithm)
    if tool == OPENSSL:
        return run("pkeyutl", "-decrypt", "-keyform", "DER", "-inkey", private_der, *options, "-in", ciphertext)
    return load(private_der).decrypt(ciphertext, oaep(algorithm))


def wrap(tool, public_der, algorithm, secret):
    """Key material as ImportKeyMaterial wants it for a wrapping algorithm."""
    if not algorithm.startswith("RSA_AES_KEY_WRAP"):
        return encrypt(tool, public_der, algorithm, secret)
    middle = os.urandom(32)
    if tool == OPENSSL:
        inner = run("enc", "-id-aes256-wrap-pad", "-K", middle.hex(), "-iv", "A65959A6", "-in", secret)
    else:
        inner = keywrap.aes_key_wrap_with_padding(middle, secret)
    return encrypt(tool, public_der, algorithm, middle) + inner


def bring(kms, spec, usage, secret, algorithm=None, wrapping="RSA_3072", tool=CRYPTOGRAPHY):
    """Imports key material into a new KMS key and gives the key's ARN."""
    if algorithm is None:
        direct = SPECS[spec]["family"] in ("Symmetric", "Hmac")
        algorithm = "RSAES_OAEP_SHA_256" if direct else "RSA_AES_KEY_WRAP_SHA_256"
    if SPECS[spec]["china_only"]:
        algorithm, wrapping, tool = "SM2PKE", "SM2", OPENSSL
    arn = kms.create_key(KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    put(kms, arn, secret, algorithm, wrapping, tool)
    return arn


def put(kms, arn, secret, algorithm, wrapping, tool):
    """Imports key material into a KMS key that waits for it; gives the answer."""
    parameters = kms.get_parameters_for_import(KeyId=arn, WrappingAlgorithm=algorithm, WrappingKeySpec=wrapping)
    return kms.import_key_material(
        KeyId=arn,
        ImportToken=parameters["ImportToken"],
        EncryptedKeyMaterial=wrap(tool, parameters["PublicKey"], algorithm, secret),
        ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
