"""Errors of keys: code, HTTP status, class and message, as AWS sends them."""

import base64
import json
import re

import pytest

from harness import world
from refusals import refused
from test_operations_kinds import wrapped

ACCOUNT = "111122223333"
HERE = f"arn:aws:kms:us-east-1:{ACCOUNT}"
ADMIN = f"arn:aws:iam::{ACCOUNT}:user/Admin"
MISSING = "1234abcd-12ab-34cd-56ef-1234567890ab"


def make(kms, **members):
    """The ARN of a new key."""
    return kms.create_key(**members)["KeyMetadata"]["Arn"]


@pytest.fixture
def key(kms):
    """The ARN of a symmetric key."""
    return make(kms)


@pytest.fixture
def lax(server):
    """A client that sends what a well-behaved one would not."""
    return server.client("kms", parameter_validation=False)


def test_keys_that_are_not_there(kms):
    for name in (MISSING, f"{HERE}:key/{MISSING}"):
        refused(kms.describe_key, "NotFoundException", f"Key '{HERE}:key/{MISSING}' does not exist", KeyId=name)
    refused(kms.describe_key, "NotFoundException", "Invalid keyId 'nonsense'", KeyId="nonsense")
    refused(kms.describe_key, "NotFoundException", "Invalid arn us-west-2", KeyId=f"arn:aws:kms:us-west-2:{ACCOUNT}:key/{MISSING}")
    refused(kms.describe_key, "NotFoundException", f"Alias {HERE}:alias/none is not found.", KeyId="alias/none")
    refused(kms.delete_alias, "NotFoundException", f"Alias {HERE}:alias/none is not found.", AliasName="alias/none")


def test_an_arn_that_is_none(kms):
    refused(kms.describe_key, "InvalidArnException", KeyId="arn:aws:kms:nowhere")


def test_disabled_and_deleted_keys(kms, key):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    refused(kms.cancel_key_deletion, "KMSInvalidStateException", f"{key} is not pending deletion.", KeyId=key)
    kms.disable_key(KeyId=key)
    refused(kms.encrypt, "DisabledException", f"{key} is disabled.", KeyId=key, Plaintext=b"x")
    refused(kms.decrypt, "DisabledException", f"{key} is disabled.", CiphertextBlob=sealed)
    refused(kms.enable_key_rotation, "DisabledException", f"{key} is disabled.", KeyId=key)
    kms.schedule_key_deletion(KeyId=key)
    refused(kms.decrypt, "KMSInvalidStateException", f"{key} is pending deletion.", CiphertextBlob=sealed)
    refused(kms.enable_key, "KMSInvalidStateException", f"{key} is pending deletion.", KeyId=key)


def test_states_of_imported_and_replicated_keys(server, kms):
    waiting = make(kms, Origin="EXTERNAL")
    refused(kms.encrypt, "KMSInvalidStateException", f"{waiting} is pending import.", KeyId=waiting, Plaintext=b"x")
    primary = make(kms, MultiRegion=True)
    kms.replicate_key(KeyId=primary, ReplicaRegion="us-west-2")
    west = server.client(region="us-west-2")
    replica = primary.replace("us-east-1", "us-west-2")
    refused(west.encrypt, "KMSInvalidStateException", f"{replica} is creating.", KeyId=replica, Plaintext=b"x")
    refused(kms.replicate_key, "AlreadyExistsException", KeyId=primary, ReplicaRegion="us-west-2")
    server.advance("1m")
    message = f"{replica} is not a multi-region primary key."
    refused(west.replicate_key, "UnsupportedOperationException", message, KeyId=replica, ReplicaRegion="eu-west-1")
    kms.schedule_key_deletion(KeyId=primary)
    refused(kms.encrypt, "KMSInvalidStateException", re.compile(".* is pending (replica )?deletion."), KeyId=primary, Plaintext=b"x")


def test_wrong_ciphertexts_contexts_and_keys(kms, key):
    sealed = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    other = make(kms)
    refused(kms.decrypt, "InvalidCiphertextException", "", CiphertextBlob=sealed, EncryptionContext={"a": "c"})
    refused(kms.decrypt, "InvalidCiphertextException", "", CiphertextBlob=sealed)
    refused(kms.decrypt, "InvalidCiphertextException", "", CiphertextBlob=sealed[:-1] + bytes([sealed[-1] ^ 1]), EncryptionContext={"a": "b"})
    message = "The key ID in the request does not identify a CMK that can perform this operation."
    context = {"a": "b"}
    refused(kms.decrypt, "IncorrectKeyException", message, CiphertextBlob=sealed, EncryptionContext=context, KeyId=other)
    moving = dict(CiphertextBlob=sealed, SourceEncryptionContext=context, SourceKeyId=other, DestinationKeyId=other)
    refused(kms.re_encrypt, "IncorrectKeyException", message, **moving)


def test_usages_and_algorithms_that_do_not_fit(kms, key):
    mac = make(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    rsa = make(kms, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    message = f"{mac} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt."
    refused(kms.encrypt, "InvalidKeyUsageException", message, KeyId=mac, Plaintext=b"x")
    message = "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048."
    refused(kms.encrypt, "InvalidKeyUsageException", message, KeyId=rsa, Plaintext=b"x")
    oaep = dict(KeyId=rsa, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    message = "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes."
    refused(kms.encrypt, "ValidationException", message, Plaintext=b"x" * 191, **oaep)
    message = "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs."
    refused(kms.encrypt, "ValidationException", message, Plaintext=b"x", EncryptionContext={"a": "b"}, **oaep)


def test_wrong_signatures_and_macs(kms):
    key = make(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    request = dict(KeyId=key, Message=b"message", SigningAlgorithm="ECDSA_SHA_256")
    signature = kms.sign(**request)["Signature"]
    refused(kms.verify, "KMSInvalidSignatureException", "", **(request | {"Message": b"other"}), Signature=signature)
    message = "Digest is invalid length for algorithm ECDSA_SHA_256."
    refused(kms.sign, "ValidationException", message, **(request | {"MessageType": "DIGEST"}))
    mac = make(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    refused(kms.verify_mac, "KMSInvalidMacException", "", KeyId=mac, Message=b"m", MacAlgorithm="HMAC_SHA_256", Mac=bytes(32))


def test_a_dry_run_ends_in_an_error_and_changes_nothing(kms, key):
    message = "The request would have succeeded, but the DryRun option is set."
    refused(kms.encrypt, "DryRunOperationException", message, KeyId=key, Plaintext=b"x", DryRun=True)
    grant = dict(KeyId=key, GranteePrincipal=ADMIN, Operations=["Decrypt"])
    refused(kms.create_grant, "DryRunOperationException", message, DryRun=True, **grant)
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_aliases(kms, key):
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    message = f"An alias with the name {HERE}:alias/app already exists"
    refused(kms.create_alias, "AlreadyExistsException", message, AliasName="alias/app", TargetKeyId=key)
    prefix = re.compile('Alias must start with the prefix "alias/".*')
    refused(kms.create_alias, "ValidationException", prefix, AliasName="app", TargetKeyId=key)
    refused(kms.create_alias, "NotAuthorizedException", AliasName="alias/aws/app", TargetKeyId=key)
    refused(kms.create_alias, "InvalidAliasNameException", AliasName="alias/a:b", TargetKeyId=key)
    pattern = re.compile("1 validation error detected: Value 'alias/a b' at 'aliasName' failed to satisfy constraint: .* pattern: .*")
    refused(kms.create_alias, "ValidationException", pattern, AliasName="alias/a b", TargetKeyId=key)
    for number in range(49):
        kms.create_alias(AliasName=f"alias/app-{number}", TargetKeyId=key)
    refused(kms.create_alias, "LimitExceededException", AliasName="alias/one-too-many", TargetKeyId=key)


def test_tags(kms, key):
    tag = {"TagKey": "a", "TagValue": "b"}
    refused(kms.tag_resource, "TagException", "Duplicate tag keys", KeyId=key, Tags=[tag, tag])
    many = [{"TagKey": str(number), "TagValue": ""} for number in range(51)]
    refused(kms.tag_resource, "TagException", "Too many tags", KeyId=key, Tags=many)
    reserved = [{"TagKey": "aws:a", "TagValue": ""}]
    refused(kms.create_key, "TagException", "Tags beginning with aws: are reserved", Tags=reserved)


def test_policies(kms, key):
    def policy(**statement):
        return json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*", **statement}})

    lockout = "The new key policy will not allow you to update the key policy in the future."
    code = "MalformedPolicyDocumentException"
    refused(kms.put_key_policy, code, lockout, KeyId=key, Policy=policy(Principal={"AWS": ADMIN}, Action="kms:Encrypt"))
    message = "Policy contains a statement with one or more invalid principals."
    ghost = f"arn:aws:iam::{ACCOUNT}:role/Ghost"
    refused(kms.put_key_policy, code, message, KeyId=key, Policy=policy(Principal={"AWS": ghost}))
    refused(kms.put_key_policy, code, "Policy contains a statement with no principal.", KeyId=key, Policy=policy())
    refused(kms.create_key, code, Policy="{")
    narrow = policy(Principal={"AWS": ADMIN}, Action="kms:Encrypt")
    kms.put_key_policy(KeyId=key, Policy=narrow, BypassPolicyLockoutSafetyCheck=True)
    message = f"User: {ADMIN} is not authorized to perform: kms:DescribeKey on resource: {key} because no resource-based policy allows the kms:DescribeKey action"
    refused(kms.describe_key, "AccessDeniedException", message, KeyId=key)


def test_grants_tokens_and_markers(kms, key):
    grant = dict(KeyId=key, GranteePrincipal=ADMIN)
    refused(kms.create_grant, "ValidationException", Operations=["Sign"], **grant)
    refused(kms.create_grant, "InvalidArnException", Operations=["Decrypt"], KeyId=key, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:role/Ghost")
    refused(kms.encrypt, "InvalidGrantTokenException", KeyId=key, Plaintext=b"x", GrantTokens=["none"])
    refused(kms.retire_grant, "InvalidGrantTokenException", GrantToken="none")
    refused(kms.revoke_grant, "InvalidGrantIdException", KeyId=key, GrantId="none")
    refused(kms.revoke_grant, "NotFoundException", KeyId=key, GrantId="0" * 64)
    refused(kms.list_keys, "InvalidMarkerException", Marker="none")


def test_rotation(server, kms, lax, key):
    rsa = make(kms, KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY")
    refused(kms.rotate_key_on_demand, "UnsupportedOperationException", "", KeyId=rsa)
    kms.disable_key(KeyId=rsa)
    # The state of a key is looked at before its type.
    refused(kms.rotate_key_on_demand, "DisabledException", f"{rsa} is disabled.", KeyId=rsa)
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key)
        server.advance("1m")
    message = (
        "The on-demand rotations limit has been reached for the given keyId. "
        f"No more on-demand rotations can be performed for this key: {key}"
    )
    refused(kms.rotate_key_on_demand, "LimitExceededException", message, KeyId=key)
    other = make(kms)
    kms.enable_key_rotation(KeyId=other, RotationPeriodInDays=90)
    server.advance("89d23h45m")
    refused(kms.rotate_key_on_demand, "ConflictException", KeyId=other)
    for days in (89, 2561):
        refused(lax.enable_key_rotation, "ValidationException", KeyId=other, RotationPeriodInDays=days)


def test_imports(server, kms, key):
    request = dict(KeyId=key, WrappingAlgorithm="RSAES_OAEP_SHA_256", WrappingKeySpec="RSA_2048")
    message = f"{key} origin is AWS_KMS which is not valid for this operation."
    refused(kms.get_parameters_for_import, "UnsupportedOperationException", message, **request)
    imported = make(kms, Origin="EXTERNAL")
    ready = wrapped(kms, imported, bytes(32))
    message = "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"
    refused(kms.import_key_material, "ValidationException", message, **ready)
    stays = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
    refused(kms.import_key_material, "InvalidImportTokenException", **(ready | {"ImportToken": b"none"}), **stays)
    refused(kms.import_key_material, "InvalidCiphertextException", **(ready | {"EncryptedKeyMaterial": b"1" * 256}), **stays)
    kms.import_key_material(**ready, **stays)
    other = wrapped(kms, imported, bytes([1] * 32))
    refused(kms.import_key_material, "IncorrectKeyMaterialException", **other, **stays)
    message = f"No available key material pending rotation for the key: {imported}."
    refused(kms.rotate_key_on_demand, "KMSInvalidStateException", message, KeyId=imported)
    first = kms.import_key_material(**other, **stays, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    third = wrapped(kms, imported, bytes([2] * 32))
    message = re.compile(
        rf"New key material \(id: [0-9a-f]{{64}}\) cannot be imported into KMS key .*{imported.rpartition('/')[2]}, "
        rf"because another key material \(id: {first}\) is pending rotation\."
    )
    refused(kms.import_key_material, "KMSInvalidStateException", message, **third, **stays, ImportType="NEW_KEY_MATERIAL")
    server.advance("25h")
    refused(kms.import_key_material, "ExpiredImportTokenException", **third, **stays)


def test_constraints_of_members(kms, lax, key):
    detected = "1 validation error detected: Value"
    failed = "failed to satisfy constraint: Member must"
    refused(kms.generate_random, "ValidationException", "NumberOfBytes is required.")
    message = f"{detected} '1025' at 'numberOfBytes' {failed} have value less than or equal to 1024"
    refused(kms.generate_random, "ValidationException", message, NumberOfBytes=1025)
    message = f"{detected} '0' at 'numberOfBytes' {failed} have value greater than or equal to 1"
    refused(lax.generate_random, "ValidationException", message, NumberOfBytes=0)
    message = f"{detected} at 'plaintext' {failed} have length less than or equal to 4096"
    refused(kms.encrypt, "ValidationException", message, KeyId=key, Plaintext=b"x" * 4097)
    message = f"{detected} null at 'keyId' {failed} not be null"
    refused(lax.describe_key, "ValidationException", message)
    message = f"{detected} '{'k' * 2049}' at 'keyId' {failed} have length less than or equal to 2048"
    refused(kms.describe_key, "ValidationException", message, KeyId="k" * 2049)
    enumeration = re.compile(rf"{detected} 'ROT13' at 'encryptionAlgorithm' {failed} satisfy enum value set: \[.*RSAES_OAEP_SHA_256.*\]")
    refused(kms.encrypt, "ValidationException", enumeration, KeyId=key, Plaintext=b"x", EncryptionAlgorithm="ROT13")
    several = re.compile("2 validation errors detected: Value .*; Value .*")
    refused(lax.encrypt, "ValidationException", several)
    refused(kms.schedule_key_deletion, "ValidationException", KeyId=key, PendingWindowInDays=6)
    refused(kms.schedule_key_deletion, "ValidationException", KeyId=key, PendingWindowInDays=31)
    message = "Please specify either number of bytes or key spec."
    refused(kms.generate_data_key, "ValidationException", message, KeyId=key)
    refused(kms.generate_data_key, "ValidationException", message, KeyId=key, KeySpec="AES_256", NumberOfBytes=32)
    message = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
    refused(kms.create_key, "ValidationException", message, KeySpec="RSA_2048")
    message = "KeyUsage SIGN_VERIFY is not compatible with KeySpec HMAC_256"
    refused(kms.create_key, "ValidationException", message, KeySpec="HMAC_256", KeyUsage="SIGN_VERIFY")


def test_other_accounts_learn_nothing(kms):
    foreign = f"arn:aws:kms:us-east-1:444455556666:key/{MISSING}"
    withheld = (
        "because the resource does not exist in this Region, no resource-based policies allow access, "
        "or a resource-based policy explicitly denies access"
    )
    message = f"User: {ADMIN} is not authorized to perform: kms:Encrypt on this resource {withheld}"
    refused(kms.encrypt, "AccessDeniedException", message, KeyId=foreign, Plaintext=b"x")


def test_throttling(serve):
    server = serve("--scenario", world("throttled"))
    kms = server.client()
    for _ in range(5):
        kms.create_key()
    message = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
    refused(kms.create_key, "ThrottlingException", message)
    # Another operation has a quota of its own, and the next second brings new requests.
    kms.describe_key(KeyId="alias/data")
    server.advance("1s")
    kms.create_key()


def test_the_sdk_tries_a_throttled_request_again(serve):
    server = serve("--scenario", world("throttled"), "--clock", "real")
    kms = server.client(retries={"mode": "standard", "total_max_attempts": 5})
    retries = [kms.create_key()["ResponseMetadata"]["RetryAttempts"] for _ in range(7)]
    assert sum(retries) > 0, "seven keys in a second are two more than the quota"
    assert len(kms.list_keys()["Keys"]) == 8


def test_what_cannot_be_read_is_a_serialization_error(server, kms, key):
    def garble(request, **_):
        request.data = request.data.replace(base64.b64encode(b"plain text"), b"*not base64*")

    other = server.client()
    other.meta.events.register("before-sign.kms.Encrypt", garble)
    refused(other.encrypt, "SerializationException", KeyId=key, Plaintext=b"plain text")
