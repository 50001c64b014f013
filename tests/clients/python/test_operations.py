"""Keys, aliases, policies, tags, grants and rotation: each operation in the story of a symmetric key."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from shapes import HEX_64, KEY_ARN, check, members

NOW = datetime(2026, 1, 15, tzinfo=timezone.utc)
ACCOUNT = "111122223333"
ADMIN = f"arn:aws:iam::{ACCOUNT}:user/Admin"


@pytest.fixture
def key(kms):
    """The ARN of a symmetric key."""
    return kms.create_key()["KeyMetadata"]["Arn"]


def test_a_new_key_is_described_in_full(kms):
    made = check(kms, "CreateKey", kms.create_key(Description="first", Tags=[{"TagKey": "team", "TagValue": "blue"}]), "KeyMetadata")
    metadata = made["KeyMetadata"]
    assert KEY_ARN.fullmatch(metadata["Arn"])
    expected = {
        "AWSAccountId": ACCOUNT,
        "KeyId": metadata["Arn"].rpartition("/")[2],
        "Arn": metadata["Arn"],
        "CreationDate": NOW,
        "Enabled": True,
        "Description": "first",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
        "CurrentKeyMaterialId": metadata["CurrentKeyMaterialId"],
    }
    assert metadata == expected
    assert HEX_64.fullmatch(metadata["CurrentKeyMaterialId"])
    for name in (metadata["KeyId"], metadata["Arn"]):
        described = check(kms, "DescribeKey", kms.describe_key(KeyId=name), "KeyMetadata")
        assert described["KeyMetadata"] == metadata


def test_a_key_is_switched_off_and_on_and_its_description_changes(kms, key):
    check(kms, "UpdateKeyDescription", kms.update_key_description(KeyId=key, Description="second"))
    check(kms, "DisableKey", kms.disable_key(KeyId=key))
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Enabled"], metadata["Description"]) == ("Disabled", False, "second")
    check(kms, "EnableKey", kms.enable_key(KeyId=key))
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (metadata["KeyState"], metadata["Enabled"]) == ("Enabled", True)


def test_deletion_is_scheduled_and_cancelled(kms, key):
    answer = kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    check(kms, "ScheduleKeyDeletion", answer, "KeyId", "DeletionDate", "KeyState", "PendingWindowInDays")
    assert answer["KeyId"] == key
    assert answer["DeletionDate"] == NOW + timedelta(days=7)
    assert (answer["KeyState"], answer["PendingWindowInDays"]) == ("PendingDeletion", 7)
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert (metadata["DeletionDate"], metadata["Enabled"]) == (answer["DeletionDate"], False)
    assert check(kms, "CancelKeyDeletion", kms.cancel_key_deletion(KeyId=key), "KeyId")["KeyId"] == key
    metadata = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert metadata["KeyState"] == "Disabled"
    assert "DeletionDate" not in metadata


def test_without_a_waiting_period_a_key_is_gone_after_thirty_days(server, kms, key):
    assert kms.schedule_key_deletion(KeyId=key)["PendingWindowInDays"] == 30
    server.advance("29d")
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"
    server.advance("1d")
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId=key)
    assert kms.list_keys()["Keys"] == []


def test_aliases_are_made_moved_listed_and_deleted(server, kms, key):
    other = kms.create_key()["KeyMetadata"]
    check(kms, "CreateAlias", kms.create_alias(AliasName="alias/app", TargetKeyId=key))
    server.advance("1h")
    check(kms, "UpdateAlias", kms.update_alias(AliasName="alias/app", TargetKeyId=other["KeyId"]))
    listed = check(kms, "ListAliases", kms.list_aliases(), "Aliases", "Truncated")
    ours = [alias for alias in listed["Aliases"] if not alias["AliasName"].startswith("alias/aws/")]
    assert ours == [
        {
            "AliasName": "alias/app",
            "AliasArn": f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/app",
            "TargetKeyId": other["KeyId"],
            "CreationDate": NOW,
            "LastUpdatedDate": NOW + timedelta(hours=1),
        }
    ]
    assert kms.list_aliases(KeyId=key)["Aliases"] == []
    assert kms.describe_key(KeyId="alias/app")["KeyMetadata"]["Arn"] == other["Arn"]
    assert kms.describe_key(KeyId=ours[0]["AliasArn"])["KeyMetadata"]["Arn"] == other["Arn"]
    check(kms, "DeleteAlias", kms.delete_alias(AliasName="alias/app"))
    assert kms.list_aliases(KeyId=other["Arn"])["Aliases"] == []


def test_keys_are_listed_with_their_ids_and_arns(kms):
    made = {kms.create_key()["KeyMetadata"]["Arn"] for _ in range(3)}
    listed = check(kms, "ListKeys", kms.list_keys(), "Keys", "Truncated")
    assert {entry["KeyArn"] for entry in listed["Keys"]} == made
    assert all(entry["KeyArn"].endswith("/" + entry["KeyId"]) and len(entry) == 2 for entry in listed["Keys"])
    assert listed["Truncated"] is False


def test_the_key_policy_is_the_default_one_until_it_is_replaced(kms, key):
    answer = check(kms, "GetKeyPolicy", kms.get_key_policy(KeyId=key), "Policy", "PolicyName")
    assert answer["PolicyName"] == "default"
    (statement,) = json.loads(answer["Policy"])["Statement"]
    assert statement["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert (statement["Effect"], statement["Action"], statement["Resource"]) == ("Allow", "kms:*", "*")
    narrow = {"Version": "2012-10-17", "Statement": [statement | {"Sid": "Admin", "Principal": {"AWS": ADMIN}}]}
    check(kms, "PutKeyPolicy", kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(narrow)))
    assert json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]) == narrow
    listed = check(kms, "ListKeyPolicies", kms.list_key_policies(KeyId=key), "PolicyNames", "Truncated")
    assert listed["PolicyNames"] == ["default"]


def test_tags_are_set_overwritten_and_taken_away(kms, key):
    tags = [{"TagKey": "team", "TagValue": "blue"}, {"TagKey": "empty", "TagValue": ""}]
    check(kms, "TagResource", kms.tag_resource(KeyId=key, Tags=tags))
    kms.tag_resource(KeyId=key, Tags=[{"TagKey": "team", "TagValue": "red"}])
    listed = check(kms, "ListResourceTags", kms.list_resource_tags(KeyId=key), "Tags", "Truncated")
    assert {tag["TagKey"]: tag["TagValue"] for tag in listed["Tags"]} == {"team": "red", "empty": ""}
    check(kms, "UntagResource", kms.untag_resource(KeyId=key, TagKeys=["empty", "absent"]))
    assert kms.list_resource_tags(KeyId=key)["Tags"] == [{"TagKey": "team", "TagValue": "red"}]


def test_grants_are_made_listed_retired_and_revoked(kms, key):
    constraint = {"EncryptionContextSubset": {"department": "finance"}}
    request = dict(KeyId=key, GranteePrincipal=ADMIN, RetiringPrincipal=ADMIN, Operations=["Decrypt", "DescribeKey"])
    made = check(kms, "CreateGrant", kms.create_grant(**request, Constraints=constraint, Name="one"), "GrantId", "GrantToken")
    assert HEX_64.fullmatch(made["GrantId"])
    again = kms.create_grant(**request, Constraints=constraint, Name="one")
    assert again["GrantId"] == made["GrantId"]
    second = kms.create_grant(KeyId=key, GranteePrincipal=ADMIN, Operations=["Encrypt"])
    listed = check(kms, "ListGrants", kms.list_grants(KeyId=key), "Grants", "Truncated")
    assert len(listed["Grants"]) == 2
    (entry,) = kms.list_grants(KeyId=key, GrantId=made["GrantId"])["Grants"]
    assert entry == {
        "KeyId": key,
        "GrantId": made["GrantId"],
        "Name": "one",
        "CreationDate": NOW,
        "GranteePrincipal": ADMIN,
        "RetiringPrincipal": ADMIN,
        "IssuingAccount": f"arn:aws:iam::{ACCOUNT}:root",
        "Operations": ["Decrypt", "DescribeKey"],
        "Constraints": constraint,
    }
    retirable = check(kms, "ListRetirableGrants", kms.list_retirable_grants(RetiringPrincipal=ADMIN), "Grants", "Truncated")
    assert [grant["GrantId"] for grant in retirable["Grants"]] == [made["GrantId"]]
    check(kms, "RetireGrant", kms.retire_grant(GrantToken=made["GrantToken"]))
    check(kms, "RevokeGrant", kms.revoke_grant(KeyId=key, GrantId=second["GrantId"]))
    assert kms.list_grants(KeyId=key)["Grants"] == []


def test_rotation_by_the_calendar_and_on_demand(server, kms, key):
    off = check(kms, "GetKeyRotationStatus", kms.get_key_rotation_status(KeyId=key), "KeyId", "KeyRotationEnabled")
    assert off["KeyRotationEnabled"] is False
    check(kms, "EnableKeyRotation", kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90))
    on = kms.get_key_rotation_status(KeyId=key)
    check(kms, "GetKeyRotationStatus", on, "KeyId", "KeyRotationEnabled", "RotationPeriodInDays", "NextRotationDate")
    assert (on["KeyId"], on["RotationPeriodInDays"], on["NextRotationDate"]) == (key, 90, NOW + timedelta(days=90))
    sealed = kms.encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    first = kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    server.advance("91d")
    assert check(kms, "RotateKeyOnDemand", kms.rotate_key_on_demand(KeyId=key), "KeyId")["KeyId"] == key
    listed = check(kms, "ListKeyRotations", kms.list_key_rotations(KeyId=key), "Rotations", "Truncated")
    assert [entry["RotationType"] for entry in listed["Rotations"]] == ["AUTOMATIC", "ON_DEMAND"]
    assert listed["Rotations"][0]["RotationDate"] == NOW + timedelta(days=90)
    everything = kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert sorted(entry["KeyMaterialState"] for entry in everything) == ["CURRENT", "NON_CURRENT", "NON_CURRENT"]
    opened = kms.decrypt(CiphertextBlob=sealed)
    assert (opened["Plaintext"], opened["KeyMaterialId"]) == (b"before", first)
    check(kms, "DisableKeyRotation", kms.disable_key_rotation(KeyId=key))
    assert members(kms.get_key_rotation_status(KeyId=key)) == {"KeyId", "KeyRotationEnabled"}


def test_text_is_encrypted_decrypted_and_encrypted_anew(kms, key):
    context = {"purpose": "test"}
    sealed = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=context)
    check(kms, "Encrypt", sealed, "CiphertextBlob", "KeyId", "EncryptionAlgorithm")
    assert (sealed["KeyId"], sealed["EncryptionAlgorithm"]) == (key, "SYMMETRIC_DEFAULT")
    assert b"secret" not in sealed["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    check(kms, "Decrypt", opened, "KeyId", "Plaintext", "EncryptionAlgorithm", "KeyMaterialId")
    assert (opened["Plaintext"], opened["KeyId"]) == (b"secret", key)
    other = kms.create_key()["KeyMetadata"]["Arn"]
    moved = kms.re_encrypt(
        CiphertextBlob=sealed["CiphertextBlob"],
        SourceEncryptionContext=context,
        DestinationKeyId=other,
        DestinationEncryptionContext={"purpose": "other"},
    )
    algorithms = ["SourceEncryptionAlgorithm", "DestinationEncryptionAlgorithm"]
    materials = ["SourceKeyMaterialId", "DestinationKeyMaterialId"]
    check(kms, "ReEncrypt", moved, "CiphertextBlob", "SourceKeyId", "KeyId", *algorithms, *materials)
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, other)
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"purpose": "other"}, KeyId=other)
    assert opened["Plaintext"] == b"secret"


def test_data_keys_come_with_and_without_plaintext(kms, key):
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256")
    check(kms, "GenerateDataKey", made, "CiphertextBlob", "Plaintext", "KeyId", "KeyMaterialId")
    assert len(made["Plaintext"]) == 32
    assert kms.decrypt(CiphertextBlob=made["CiphertextBlob"])["Plaintext"] == made["Plaintext"]
    assert len(kms.generate_data_key(KeyId=key, NumberOfBytes=1024)["Plaintext"]) == 1024
    sealed = kms.generate_data_key_without_plaintext(KeyId=key, KeySpec="AES_128")
    check(kms, "GenerateDataKeyWithoutPlaintext", sealed, "CiphertextBlob", "KeyId", "KeyMaterialId")
    assert len(kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"]) == 16


def test_random_bytes_have_the_length_that_was_asked_for_and_differ(kms):
    answers = [check(kms, "GenerateRandom", kms.generate_random(NumberOfBytes=64), "Plaintext")["Plaintext"] for _ in range(3)]
    assert len(set(answers)) == 3
    assert {len(answer) for answer in answers} == {64}


def test_the_last_usage_names_the_call(server, kms, key):
    unused = kms.get_key_last_usage(KeyId=key)
    assert unused["KeyCreationDate"] == NOW
    assert not unused.get("KeyLastUsage")
    server.advance("3h")
    kms.encrypt(KeyId=key, Plaintext=b"x")
    server.advance("1d")
    used = kms.get_key_last_usage(KeyId=key)
    check(kms, "GetKeyLastUsage", used, "KeyId", "KeyLastUsage", "TrackingStartDate", "KeyCreationDate")
    assert used["KeyLastUsage"]["Operation"] == "Encrypt"
    assert used["KeyLastUsage"]["Timestamp"] == NOW + timedelta(hours=3)
    (event,) = server.trail(eventName="Encrypt")
    assert used["KeyLastUsage"]["CloudTrailEventId"] == event["eventID"]
    assert used["KeyLastUsage"]["KmsRequestId"] == event["requestID"]
