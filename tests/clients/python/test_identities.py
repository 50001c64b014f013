"""Who may do what: two accounts, two Regions, grants, conditions and service control policies."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness import world
from refusals import refused

A, B = "111122223333", "444455556666"
HERE = f"arn:aws:kms:us-east-1:{A}"


@pytest.fixture
def server(serve):
    return serve("--scenario", world("two-accounts"))


def arn(server, alias, profile="A.Admin", **where):
    """The ARN of the key behind an alias."""
    return server.client(profile=profile, **where).describe_key(KeyId=alias)["KeyMetadata"]["Arn"]


def user(name, account=A):
    return f"arn:aws:iam::{account}:user/{name}"


def session(role, name="session", account=A):
    return f"arn:aws:sts::{account}:assumed-role/{role}/{name}"


def test_every_profile_is_who_it_says(server):
    for profile in server.profiles:
        told = server.client("sts", profile=profile).get_caller_identity()
        assert told["Arn"] == server.profiles[profile]["arn"]
        assert told["Account"] == told["Arn"].split(":")[4]
        kind = {"root": told["Account"], "user": "AIDA", "assumed-role": "AROA"}[told["Arn"].split(":")[5].split("/")[0]]
        assert told["UserId"].startswith(kind)


def test_without_a_permission_there_is_no_access(server):
    key = arn(server, "alias/own")
    message = (
        f"User: {user('Bob')} is not authorized to perform: kms:Encrypt on resource: {key} "
        "because no identity-based policy allows the kms:Encrypt action"
    )
    for name in ("alias/own", key):
        refused(server.client(profile="A.Bob").encrypt, "AccessDeniedException", message, KeyId=name, Plaintext=b"x")
    # A key policy that names one role alone leaves nothing to IAM.
    key = arn(server, "alias/closed")
    message = (
        f"User: {user('Ana')} is not authorized to perform: kms:Encrypt on resource: {key} "
        "because no resource-based policy allows the kms:Encrypt action"
    )
    refused(server.client(profile="A.Ana").encrypt, "AccessDeniedException", message, KeyId=key, Plaintext=b"x")


def test_a_key_that_is_shared_with_another_account(server):
    sealed = server.client(profile="A.Ana").encrypt(KeyId="alias/shared", Plaintext=b"hello")["CiphertextBlob"]
    restore = server.client(profile="ACCOUNT-B.Restore")
    key = arn(server, "alias/shared")
    assert restore.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"hello"
    assert restore.describe_key(KeyId=key)["KeyMetadata"]["AWSAccountId"] == A
    # An alias is looked for in the caller's account; an alias ARN names the other's.
    refused(restore.describe_key, "NotFoundException", f"Alias arn:aws:kms:us-east-1:{B}:alias/shared is not found.", KeyId="alias/shared")
    assert restore.describe_key(KeyId=f"{HERE}:alias/shared")["KeyMetadata"]["Arn"] == key
    # What the key policy does not share stays closed, and so do other keys of the account.
    withheld = (
        "because the resource does not exist in this Region, no resource-based policies allow access, "
        "or a resource-based policy explicitly denies access"
    )
    message = f"User: {session('Restore', account=B)} is not authorized to perform: kms:CreateGrant on this resource {withheld}"
    refused(restore.create_grant, "AccessDeniedException", message, KeyId=key, GranteePrincipal=user("Admin", B), Operations=["Decrypt"])
    other = server.client(profile="A.Ana").encrypt(KeyId="alias/own", Plaintext=b"x")["CiphertextBlob"]
    message = f"User: {session('Restore', account=B)} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext {withheld}"
    refused(restore.decrypt, "AccessDeniedException", message, CiphertextBlob=other)
    # Management operations do not work across accounts, whoever asks.
    admin = server.client(profile="ACCOUNT-B.Admin")
    for call in (admin.disable_key, admin.get_key_policy, admin.list_resource_tags):
        with pytest.raises(admin.exceptions.ClientError):
            call(KeyId=key)
    # Both accounts have the call in their trail; only one of them as its own.
    events = server.trail(eventName="Decrypt")
    assert {event["recipientAccountId"] for event in events if "errorCode" not in event} == {A, B}


def test_keys_stay_in_their_region(server):
    west = server.client(profile="A.Admin", region="us-west-2")
    key = west.describe_key(KeyId="alias/west")["KeyMetadata"]["Arn"]
    assert key.startswith(f"arn:aws:kms:us-west-2:{A}:key/")
    east = server.client(profile="A.Admin")
    refused(east.describe_key, "NotFoundException", KeyId="alias/west")
    refused(east.describe_key, "NotFoundException", "Invalid arn us-west-2", KeyId=key)
    sealed = west.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    with pytest.raises(east.exceptions.ClientError):
        east.decrypt(CiphertextBlob=sealed)
    assert [entry["KeyArn"] for entry in west.list_keys()["Keys"]] == [key]


def test_a_grant_allows_what_no_policy_allows(server):
    admin, nobody = server.client(profile="A.Admin"), server.client(profile="A.Nobody")
    key = arn(server, "alias/closed")
    context = {"department": "finance"}
    sealed = admin.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=context | {"more": "x"})["CiphertextBlob"]
    request = dict(CiphertextBlob=sealed, EncryptionContext=context | {"more": "x"})
    refused(nobody.decrypt, "AccessDeniedException", **request)
    role = f"arn:aws:iam::{A}:role/Nobody"
    constraints = {"EncryptionContextSubset": context}
    made = admin.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"], Constraints=constraints)
    # A new grant takes up to five minutes to be known everywhere; its token is known at once, to the grantee.
    refused(nobody.decrypt, "AccessDeniedException", **request)
    assert nobody.decrypt(**request, GrantTokens=[made["GrantToken"]])["Plaintext"] == b"secret"
    refused(server.client(profile="A.Bob").decrypt, "AccessDeniedException", **request, GrantTokens=[made["GrantToken"]])
    server.advance("5m")
    assert nobody.decrypt(**request)["Plaintext"] == b"secret"
    # Nothing else is granted: no other operation, and no other context.
    refused(nobody.encrypt, "AccessDeniedException", KeyId=key, Plaintext=b"x", EncryptionContext=context)
    other = admin.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext={"department": "sales"})["CiphertextBlob"]
    refused(nobody.decrypt, "AccessDeniedException", CiphertextBlob=other, EncryptionContext={"department": "sales"})
    admin.revoke_grant(KeyId=key, GrantId=made["GrantId"])
    refused(nobody.decrypt, "AccessDeniedException", **request)


def test_a_grant_to_another_account(server):
    admin = server.client(profile="A.Admin")
    key = arn(server, "alias/own")
    made = admin.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{B}:role/Restore", Operations=["Decrypt", "RetireGrant"])
    sealed = admin.encrypt(KeyId=key, Plaintext=b"x")["CiphertextBlob"]
    restore = server.client(profile="ACCOUNT-B.Restore")
    assert restore.decrypt(CiphertextBlob=sealed, GrantTokens=[made["GrantToken"]])["Plaintext"] == b"x"
    restore.retire_grant(KeyId=key, GrantId=made["GrantId"])
    assert admin.list_grants(KeyId=key)["Grants"] == []


def test_a_grant_can_be_handed_on_in_part(server):
    admin, nobody = server.client(profile="A.Admin"), server.client(profile="A.Nobody")
    key = arn(server, "alias/own")
    role = f"arn:aws:iam::{A}:role/Nobody"
    made = admin.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Encrypt", "CreateGrant"])
    token = [made["GrantToken"]]
    child = dict(KeyId=key, GranteePrincipal=user("Bob"), GrantTokens=token)
    refused(nobody.create_grant, "AccessDeniedException", Operations=["Decrypt"], **child)
    handed = nobody.create_grant(Operations=["Encrypt"], **child)
    assert server.client(profile="A.Bob").encrypt(KeyId=key, Plaintext=b"x", GrantTokens=[handed["GrantToken"]])["KeyId"] == key


def test_a_key_for_one_encryption_context(server):
    ana = server.client(profile="A.Ana")
    key = arn(server, "alias/contextual")
    finance, sales = {"department": "finance"}, {"department": "sales"}
    sealed = ana.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=finance)["CiphertextBlob"]
    assert ana.decrypt(CiphertextBlob=sealed, EncryptionContext=finance)["Plaintext"] == b"x"
    denied = f"User: {user('Ana')} is not authorized to perform: kms:Decrypt on resource: {key} with an explicit deny in a resource-based policy"
    for context in (sales, {}):
        sealed = ana.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
        refused(ana.decrypt, "AccessDeniedException", denied, CiphertextBlob=sealed, EncryptionContext=context)


def test_a_key_for_one_service(server):
    ana = server.client(profile="A.Ana")
    sealed = ana.encrypt(KeyId="alias/via-s3", Plaintext=b"x")["CiphertextBlob"]
    refused(ana.decrypt, "AccessDeniedException", CiphertextBlob=sealed)


def test_a_key_for_one_team(server):
    blue, red = server.client(profile="A.Blue"), server.client(profile="A.Red")
    sealed = blue.encrypt(KeyId="alias/blue", Plaintext=b"x")["CiphertextBlob"]
    assert blue.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    refused(red.decrypt, "AccessDeniedException", CiphertextBlob=sealed)
    refused(server.client(profile="A.Ana").decrypt, "AccessDeniedException", CiphertextBlob=sealed)


def test_a_service_control_policy_binds_even_administrators_and_root(server):
    for profile, principal in (("A.Admin", session("Admin")), ("A.root", f"arn:aws:iam::{A}:root")):
        client = server.client(profile=profile)
        key = arn(server, "alias/own", profile)
        error = refused(client.schedule_key_deletion, "AccessDeniedException", KeyId=key)
        start = f"User: {principal} is not authorized to perform: kms:ScheduleKeyDeletion on resource: {key} with an explicit deny in a service control policy"
        assert error.response["Error"]["Message"].startswith(start)


def test_many_clients_at_once(server):
    """Calls from many threads are all answered, and every one of them is in the trail once."""
    client = server.client(profile="A.Ana", max_pool_connections=16)
    started = time.monotonic()

    def work(number):
        context = {"number": str(number)}
        sealed = client.encrypt(KeyId="alias/own", Plaintext=b"%d" % number, EncryptionContext=context)
        opened = client.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
        assert opened["Plaintext"] == b"%d" % number
        return {answer["ResponseMetadata"]["RequestId"] for answer in (sealed, opened)}

    with ThreadPoolExecutor(16) as pool:
        ids = set().union(*pool.map(work, range(200)))
    assert len(ids) == 400
    recorded = [record["requestID"] for record in server.trail(last=400)]
    assert set(recorded) == ids and len(recorded) == 400
    assert time.monotonic() - started < 20
