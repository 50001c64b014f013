"""Credentials that calls to STS make: roles, session policies, multi-factor sessions, federated users, and their end."""

import json
from datetime import datetime, timedelta, timezone

import boto3
import botocore.session
import pytest

from harness import LOADER, error_of, world
from refusals import refused
from shapes import members

A, B = "111122223333", "444455556666"
APP = f"arn:aws:iam::{A}:role/App"


@pytest.fixture
def server(serve):
    return serve("--scenario", world("two-accounts"))


def sts(server, profile="A.Ana"):
    return server.client("sts", profile=profile)


def assume(server, profile="A.Ana", role=APP, name="work", **more):
    """The credentials of a role."""
    return sts(server, profile).assume_role(RoleArn=role, RoleSessionName=name, **more)["Credentials"]


def whose(server, credentials):
    return server.client("sts", credentials=credentials).get_caller_identity()["Arn"]


def denied(call, code, message=None, status=403, **members):
    """A call to STS ends in an error with this code, status and message."""
    error = error_of(call, **members)
    assert error.response["Error"]["Code"] == code, error
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == status
    if message is not None:
        assert error.response["Error"]["Message"] == message


def policy(*actions, effect="Allow", **more):
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*", **more}]})


def test_a_role_gives_its_permissions_and_takes_the_callers(server):
    answer = sts(server).assume_role(RoleArn=APP, RoleSessionName="work")
    assert members(answer) == {"Credentials", "AssumedRoleUser"}
    assert answer["AssumedRoleUser"]["Arn"] == f"arn:aws:sts::{A}:assumed-role/App/work"
    role, _, name = answer["AssumedRoleUser"]["AssumedRoleId"].partition(":")
    assert role.startswith("AROA") and name == "work"
    made = answer["Credentials"]
    assert members(made) == {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}
    assert made["AccessKeyId"].startswith("ASIA") and len(made["AccessKeyId"]) == 20
    assert whose(server, made) == answer["AssumedRoleUser"]["Arn"]
    app = server.client(credentials=made)
    sealed = app.encrypt(KeyId="alias/own", Plaintext=b"x")["CiphertextBlob"]
    assert app.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    # Ana may generate data keys, App may not.
    server.client(profile="A.Ana").generate_data_key(KeyId="alias/own", KeySpec="AES_256")
    refused(app.generate_data_key, "AccessDeniedException", KeyId="alias/own", KeySpec="AES_256")


def test_the_trail_shows_the_session(server):
    made = assume(server)
    server.client(credentials=made).encrypt(KeyId="alias/own", Plaintext=b"x")
    assumed, encrypt = server.trail(eventName="AssumeRole")[-1], server.trail(eventName="Encrypt")[-1]
    assert assumed["eventSource"] == "sts.amazonaws.com"
    assert assumed["requestParameters"]["roleArn"] == APP
    assert assumed["responseElements"]["credentials"]["accessKeyId"] == made["AccessKeyId"]
    assert made["SecretAccessKey"] not in json.dumps(server.trail())
    identity = encrypt["userIdentity"]
    assert (identity["type"], identity["accessKeyId"]) == ("AssumedRole", made["AccessKeyId"])
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == APP


def test_whom_a_role_trusts(server):
    # Bob has no permission at all, but the role of his account names him.
    assert whose(server, assume(server, "A.Bob")).endswith(":assumed-role/App/work")

    def message(name, role):
        return f"User: arn:aws:iam::{A}:user/{name} is not authorized to perform: sts:AssumeRole on resource: {role}"

    # Eve may assume roles, but this one does not trust her.
    denied(sts(server, "A.Eve").assume_role, "AccessDenied", message("Eve", APP), RoleArn=APP, RoleSessionName="work")
    # A role that does not exist is answered in the same way.
    ghost = f"arn:aws:iam::{A}:role/Ghost"
    denied(sts(server).assume_role, "AccessDenied", message("Ana", ghost), RoleArn=ghost, RoleSessionName="work")
    denied(sts(server, "A.root").assume_role, "AccessDenied", "Roles may not be assumed by root accounts.", RoleArn=APP, RoleSessionName="work")


def test_across_accounts_both_sides_have_to_agree(server):
    restore, locked = (f"arn:aws:iam::{B}:role/{name}" for name in ("Restore", "Locked"))
    made = assume(server, role=restore, name="from-a")
    assert whose(server, made) == f"arn:aws:sts::{B}:assumed-role/Restore/from-a"
    # The role trusts the account, and Bob's account does not let him.
    denied(sts(server, "A.Bob").assume_role, "AccessDenied", RoleArn=restore, RoleSessionName="work")
    denied(sts(server).assume_role, "AccessDenied", RoleArn=locked, RoleSessionName="work")
    sealed = server.client(profile="A.Ana").encrypt(KeyId="alias/shared", Plaintext=b"x")["CiphertextBlob"]
    assert server.client(credentials=made).decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"


def test_a_session_policy_narrows_and_never_widens(server):
    narrow = server.client(credentials=assume(server, Policy=policy("kms:Encrypt", "kms:CreateKey")))
    sealed = narrow.encrypt(KeyId="alias/own", Plaintext=b"x")["CiphertextBlob"]
    error = refused(narrow.decrypt, "AccessDeniedException", CiphertextBlob=sealed)
    assert error.response["Error"]["Message"].endswith("because no session policy allows the kms:Decrypt action")
    refused(narrow.create_key, "AccessDeniedException")


def test_two_sessions_of_one_name_have_their_own_policies(server):
    one = server.client(credentials=assume(server, Policy=policy("kms:Encrypt")))
    two = server.client(credentials=assume(server, Policy=policy("kms:Decrypt")))
    plain = server.client(credentials=assume(server))
    sealed = one.encrypt(KeyId="alias/own", Plaintext=b"x")["CiphertextBlob"]
    refused(one.decrypt, "AccessDeniedException", CiphertextBlob=sealed)
    refused(two.encrypt, "AccessDeniedException", KeyId="alias/own", Plaintext=b"x")
    for client in (two, plain):
        assert client.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    plain.encrypt(KeyId="alias/own", Plaintext=b"x")


def test_managed_policies_of_a_session(server):
    arn = "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser"
    client = server.client(credentials=assume(server, PolicyArns=[{"arn": arn}]))
    # The power user may describe keys and not encrypt with them: the session may do what both allow.
    client.describe_key(KeyId="alias/own")
    refused(client.encrypt, "AccessDeniedException", KeyId="alias/own", Plaintext=b"x")


def test_session_tags_and_conditions_on_them(server):
    made = assume(server, Tags=[{"Key": "team", "Value": "blue"}])
    client = server.client(credentials=made)
    sealed = client.encrypt(KeyId="alias/blue", Plaintext=b"x")["CiphertextBlob"]
    assert client.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    other = server.client(credentials=assume(server, Tags=[{"Key": "team", "Value": "red"}]))
    refused(other.decrypt, "AccessDeniedException", CiphertextBlob=sealed)


def test_requests_for_a_role_that_make_no_sense(server):
    client = server.client("sts", profile="A.Ana", parameter_validation=False)
    good = dict(RoleArn=APP, RoleSessionName="work")
    for wrong in [
        {"DurationSeconds": 899},
        {"DurationSeconds": 43201},
        {"RoleSessionName": "w"},
        {"RoleSessionName": "w" * 65},
        {"RoleSessionName": "two words"},
        {"RoleArn": "short"},
        {"RoleArn": None},
        {"SourceIdentity": "a"},
        {"SerialNumber": "arn:aws:iam::111122223333:mfa/Ana", "TokenCode": "12345"},
        {"Policy": ""},
    ]:
        request = {name: value for name, value in (good | wrong).items() if value is not None}
        error = error_of(client.assume_role, **request)
        assert error.response["Error"]["Code"] == "ValidationError", (wrong, error)
        assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    for text in ("{", "[]", '{"Statement": {"Effect": "Maybe"}}'):
        denied(client.assume_role, "MalformedPolicyDocument", status=400, Policy=text, **good)


def test_a_session_ends(server):
    answer = assume(server, DurationSeconds=900)
    client, identity = server.client(credentials=answer), server.client("sts", credentials=answer)
    server.advance("14m")
    client.encrypt(KeyId="alias/own", Plaintext=b"x")
    server.advance("1m")
    message = "The security token included in the request is expired"
    refused(client.encrypt, "ExpiredTokenException", message, KeyId="alias/own", Plaintext=b"x")
    denied(identity.get_caller_identity, "ExpiredToken", message)
    # The credentials in the profiles have no end.
    server.advance("1000d")
    server.client(profile="A.App").encrypt(KeyId="alias/own", Plaintext=b"x")


def test_an_hour_is_the_end_if_nobody_says_otherwise(server):
    client = server.client(credentials=assume(server))
    server.advance("59m")
    client.encrypt(KeyId="alias/own", Plaintext=b"x")
    server.advance("1m")
    refused(client.encrypt, "ExpiredTokenException", KeyId="alias/own", Plaintext=b"x")


def test_clients_are_told_an_end_that_they_can_compare_with_their_clock(server):
    """SDKs look at the wall clock to see whether credentials are good, and the world's clock stands elsewhere."""
    end = assume(server, DurationSeconds=3600)["Expiration"]
    assert timedelta(minutes=55) < end - datetime.now(timezone.utc) <= timedelta(minutes=65)


def test_a_role_that_assumes_a_role(server):
    chained = server.client("sts", profile="A.Admin")
    restore = f"arn:aws:iam::{B}:role/Restore"
    made = chained.assume_role(RoleArn=restore, RoleSessionName="chain", DurationSeconds=3600)["Credentials"]
    assert whose(server, made) == f"arn:aws:sts::{B}:assumed-role/Restore/chain"
    # A session that came from a session lasts one hour at most.
    denied(chained.assume_role, "ValidationError", status=400, RoleArn=restore, RoleSessionName="chain", DurationSeconds=3601)


def test_a_session_with_multi_factor_authentication(server):
    ana = server.client(profile="A.Ana")
    sealed = ana.encrypt(KeyId="alias/guarded", Plaintext=b"x")["CiphertextBlob"]
    refused(ana.decrypt, "AccessDeniedException", CiphertextBlob=sealed)
    plain = sts(server).get_session_token()
    assert members(plain) == {"Credentials"}
    refused(server.client(credentials=plain["Credentials"]).decrypt, "AccessDeniedException", CiphertextBlob=sealed)
    device = f"arn:aws:iam::{A}:mfa/Ana"
    made = sts(server).get_session_token(SerialNumber=device, TokenCode="123456", DurationSeconds=900)["Credentials"]
    assert whose(server, made) == f"arn:aws:iam::{A}:user/Ana"
    assert server.client(credentials=made).decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    event = server.trail(eventName="Decrypt")[-1]
    assert event["userIdentity"]["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"
    server.advance("15m")
    refused(server.client(credentials=made).decrypt, "ExpiredTokenException", CiphertextBlob=sealed)
    # Twelve hours are usual.
    server.advance("11h")
    server.client(credentials=plain["Credentials"]).encrypt(KeyId="alias/own", Plaintext=b"x")
    server.advance("1h")
    refused(server.client(credentials=plain["Credentials"]).encrypt, "ExpiredTokenException", KeyId="alias/own", Plaintext=b"x")


def test_who_gets_a_session_token(server):
    for profile in ("A.App", "ACCOUNT-B.Restore"):
        denied(sts(server, profile).get_session_token, "AccessDenied", "Cannot call GetSessionToken with session credentials")
    made = sts(server).get_session_token()["Credentials"]
    again = server.client("sts", credentials=made)
    denied(again.get_session_token, "AccessDenied", "Cannot call GetSessionToken with session credentials")
    # Bob has no permissions, and needs none for this; root may have an hour.
    assert whose(server, sts(server, "A.Bob").get_session_token()["Credentials"]) == f"arn:aws:iam::{A}:user/Bob"
    sts(server, "A.root").get_session_token(DurationSeconds=3600)


def test_a_federated_user_has_what_both_policies_allow(server):
    answer = sts(server).get_federation_token(Name="partner", Policy=policy("kms:Decrypt", "kms:CreateKey", "sts:*"))
    assert {"Credentials", "FederatedUser"} <= members(answer) <= {"Credentials", "FederatedUser", "PackedPolicySize"}
    assert answer["FederatedUser"] == {"FederatedUserId": f"{A}:partner", "Arn": f"arn:aws:sts::{A}:federated-user/partner"}
    assert whose(server, answer["Credentials"]) == answer["FederatedUser"]["Arn"]
    partner = server.client(credentials=answer["Credentials"])
    ana = server.client(profile="A.Ana")
    sealed = ana.encrypt(KeyId="alias/own", Plaintext=b"x")["CiphertextBlob"]
    assert partner.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"x"
    refused(partner.encrypt, "AccessDeniedException", KeyId="alias/own", Plaintext=b"x")
    # Without a policy nothing is left of the user's permissions.
    bare = server.client(credentials=sts(server).get_federation_token(Name="bare")["Credentials"])
    refused(bare.decrypt, "AccessDeniedException", CiphertextBlob=sealed)
    denied(sts(server, "A.App").get_federation_token, "AccessDenied", "Cannot call GetFederationToken with session credentials", Name="partner")


def test_a_profile_that_names_a_role(server, tmp_path, monkeypatch):
    """The SDK assumes the role of a profile by itself, and does so again when it must."""
    ana = server.profiles["A.Ana"]
    (tmp_path / "credentials").write_text(
        f"[ana]\naws_access_key_id = {ana['access_key_id']}\naws_secret_access_key = {ana['secret_access_key']}\n"
    )
    (tmp_path / "config").write_text(
        f"[profile ana]\nregion = us-east-1\nendpoint_url = {server.url}\n"
        f"[profile app]\nrole_arn = {APP}\nrole_session_name = by-profile\nsource_profile = ana\nregion = us-east-1\nendpoint_url = {server.url}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    core = botocore.session.Session(profile="app")
    core.register_component("data_loader", LOADER)
    session = boto3.Session(botocore_session=core)
    assert session.client("sts").get_caller_identity()["Arn"] == f"arn:aws:sts::{A}:assumed-role/App/by-profile"
    session.client("kms").encrypt(KeyId="alias/own", Plaintext=b"x")
