"""Worlds as they are served: settings, profiles, credentials, clocks, and the control client."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone

import boto3
import pytest

from harness import KMSPREP, Server, clean_environment, error_of, world
from refusals import refused
from wire import kms as signed_kms
from wire import send, sts


def test_the_start_tells_programs_what_they_need(serve):
    server = serve("--start", "2026-01-15", "--region", "eu-west-1", "--account", "444455556666")
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", server.url)
    assert server.settings["now"] == "2026-01-15T00:00:00Z"
    assert server.settings["region"] == "eu-west-1"
    assert set(server.profiles) == {"444455556666.root", "444455556666.Admin"}
    admin = server.profiles["444455556666.Admin"]
    assert re.fullmatch("AKIA[A-Z0-9]{16}", admin["access_key_id"])
    assert admin["session_token"] is None
    assert server.client().create_key()["KeyMetadata"]["Arn"].startswith("arn:aws:kms:eu-west-1:444455556666:key/")


def test_the_same_seed_makes_the_same_world(serve):
    first, second, third = serve("--seed", 7), serve("--seed", 7), serve("--seed", 8)
    assert first.settings["profiles"] == second.settings["profiles"] != third.settings["profiles"]
    made = [server.client().create_key()["KeyMetadata"]["KeyId"] for server in (first, second, third)]
    assert made[0] == made[1] != made[2]


def test_an_empty_world_begins_now_and_its_clock_stands(server, serve):
    now = serve()
    begun = datetime.fromisoformat(now.settings["now"])
    assert abs(datetime.now(timezone.utc) - begun) < timedelta(minutes=1)
    time.sleep(1.1)
    assert now.told("status")["now"] == now.settings["now"]


def test_a_running_clock_runs(serve):
    server = serve("--clock", "real", "--start", "2026-01-15")
    assert server.told("status")["running"] is True
    time.sleep(1.1)
    after = datetime.fromisoformat(server.told("status")["now"])
    assert timedelta(seconds=1) <= after - datetime(2026, 1, 15, tzinfo=timezone.utc) < timedelta(minutes=1)
    server.advance("1d")
    assert datetime.fromisoformat(server.told("status")["now"]) > datetime(2026, 1, 16, tzinfo=timezone.utc)


def test_the_clock_is_moved_by_spans_and_to_dates(server):
    assert server.advance("1d12h")["now"] == "2026-01-16T12:00:00Z"
    assert server.advance("2026-03-01")["now"] == "2026-03-01T00:00:00Z"
    ended = server.endpoint("advance", "2026-02-01")
    assert ended.returncode == 2
    assert "time does not run backwards" in ended.stderr
    assert server.endpoint("advance", "soon").returncode == 2
    assert server.told("status")["now"] == "2026-03-01T00:00:00Z"


def test_status_counts_keys_and_calls(server, kms):
    kms.disable_key(KeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    kms.create_key()
    told = server.told("status")
    assert (told["keys"], told["calls"]) == ({"Disabled": 1, "Enabled": 1}, 3)
    assert "1 Disabled, 1 Enabled" in server.endpoint("status").stdout


def test_the_trail_shows_records_and_is_filtered(server, kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"a": "b"})
    refused(kms.describe_key, "NotFoundException", KeyId="alias/none")
    records = server.trail()
    assert [record["eventName"] for record in records] == ["CreateKey", "Encrypt", "DescribeKey"]
    encrypt = records[1]
    assert encrypt["eventSource"] == "kms.amazonaws.com"
    assert encrypt["userIdentity"]["arn"] == "arn:aws:iam::111122223333:user/Admin"
    assert encrypt["userIdentity"]["accessKeyId"] == server.profiles["111122223333.Admin"]["access_key_id"]
    assert encrypt["requestParameters"]["encryptionContext"] == {"a": "b"}
    assert encrypt["responseElements"] is None
    assert encrypt["sourceIPAddress"] == "127.0.0.1"
    assert encrypt["userAgent"].startswith("Boto3/")
    assert "plaintext" not in json.dumps(encrypt).lower()
    assert records[2]["errorCode"] == "NotFoundException"
    assert len(server.told("trail", "--last", 1)) == 1
    filtered = server.told("trail", "--filter", '{ $.eventName = "Enc*" }')
    assert [record["eventName"] for record in filtered] == ["Encrypt"]
    assert "Encrypt" in server.endpoint("trail").stdout
    assert server.endpoint("trail", "--filter", "{ $.eventName = ").returncode == 2


def test_why_explains_the_last_failure(serve):
    server = serve("--scenario", world("two-accounts"))
    assert "No call has failed" in server.endpoint("why").stdout
    refused(server.client(profile="A.Nobody").encrypt, "AccessDeniedException", KeyId="alias/own", Plaintext=b"x")
    told = server.told("why")
    assert told["allowed"] is False
    text = server.endpoint("why").stdout
    assert "kms:Encrypt" in text and "Nobody" in text
    assert len(server.endpoint("why", "--whole").stdout) >= len(text)


def test_the_bill_has_keys_and_requests(serve):
    server = serve("--start", "2026-01-01")
    kms = server.client()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.create_key()
    for _ in range(10):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    text = server.endpoint("bill").stdout
    assert "2026-01" in text
    # Two keys for the whole month, at a dollar each; the requests are within the free tier or a fraction of a cent.
    assert re.search(r"total\s+2\.00 USD", text), text


def test_check_runs_the_checks_of_a_scenario_in_a_copy(serve, server):
    other = serve("--scenario", world("repair"))
    ended = other.endpoint("check")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "App can encrypt" in ended.stdout
    admin = other.client(profile="A.Admin")
    admin.enable_key(KeyId=admin.describe_key(KeyId="alias/data")["KeyMetadata"]["KeyId"])
    calls = other.told("status")["calls"]
    assert other.endpoint("check").returncode == 0
    assert other.told("status")["calls"] == calls
    assert server.endpoint("check").returncode == 2


def test_a_scenario_with_answers(serve):
    right, wrong = (serve("--scenario", "disabled-key", "--set", f"repair={answer}") for answer in ("enable", "rotate"))
    assert set(right.profiles) == {"A.root", "A.App", "A.Admin"}
    assert right.endpoint("check").returncode == 0
    assert wrong.endpoint("check").returncode == 1
    # The checks run in a copy: the key is disabled still.
    refused(right.client(profile="A.App").encrypt, "DisabledException", KeyId=only_key(right), Plaintext=b"x")


def test_the_rulebook_of_the_guide(serve):
    server = serve("--scenario", "disabled-key", "--set", "repair=enable", "--rulebook", "guide")
    refused(server.client(profile="A.App").encrypt, "AccessDeniedException", KeyId=only_key(server), Plaintext=b"x")


def only_key(server):
    """The ARN of the only key of a world."""
    (key,) = server.client(profile="A.Admin").list_keys()["Keys"]
    return key["KeyArn"]


def test_reset_begins_again(server, kms):
    first = kms.create_key()["KeyMetadata"]["Arn"]
    server.advance("10d")
    assert server.told("reset")["now"] == "2026-01-15T00:00:00Z"
    assert kms.list_keys()["Keys"] == []
    assert len(server.trail()) == 1
    assert kms.create_key()["KeyMetadata"]["Arn"] == first


def test_reset_forgets_sessions(serve):
    server = serve("--scenario", world("two-accounts"))
    role = "arn:aws:iam::111122223333:role/App"
    made = server.client("sts", profile="A.Ana").assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    server.told("reset")
    client = server.client(credentials=made)
    refused(client.list_keys, "UnrecognizedClientException")


def test_a_signal_right_after_the_start_is_heeded():
    for _ in range(10):
        server = Server()
        assert server.terminate() == 0
        server.close()


@pytest.mark.parametrize("ending", ["stop", "terminate", "interrupt"])
def test_the_server_ends_when_it_is_asked_to(serve, ending):
    server = serve()
    server.told("status")
    if ending == "stop":
        assert "stops" in server.endpoint("stop").stdout
    else:
        server.process.send_signal(signal.SIGTERM if ending == "terminate" else signal.SIGINT)
    assert server.process.wait(10) == 0
    ended = server.endpoint("status")
    assert ended.returncode == 2
    assert "no kmsprep serve answers" in ended.stderr


def test_the_port_of_a_server_is_not_taken_twice(server):
    with pytest.raises(AssertionError, match="port .* is in use"):
        Server("--port", server.url.rpartition(":")[2])


def test_any_credentials(serve):
    server = serve("--any-credentials", "--start", "2026-01-15")
    for key, arn in [
        ("444455556666", "arn:aws:iam::444455556666:root"),
        ("test", "arn:aws:iam::111122223333:root"),
        ("AKIAIOSFODNN7EXAMPLE", "arn:aws:iam::111122223333:root"),
    ]:
        credentials = {"AccessKeyId": key, "SecretAccessKey": "anything"}
        assert server.client("sts", credentials=credentials).get_caller_identity()["Arn"] == arn
        made = server.client(credentials=credentials).create_key()["KeyMetadata"]
        assert made["AWSAccountId"] == arn.split(":")[4]
    # One account does not see the keys of the other.
    other = server.client(credentials={"AccessKeyId": "444455556666", "SecretAccessKey": "x"})
    assert len(other.list_keys()["Keys"]) == 1
    answer = send(server, headers={"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "TrentService.ListKeys"}, body=b"{}")
    assert (answer.status, len(answer.json["Keys"])) == (200, 2)


def test_any_credentials_with_a_wrong_signature_or_none_at_all(serve):
    server = serve("--any-credentials", "--scenario", world("two-accounts"), "--account", "444455556666")
    ana = server.profiles["A.Ana"]
    answer = sts(server, {"Action": "GetCallerIdentity", "Version": "2011-06-15"}, profile="A.Ana", secret="wrong")
    assert f"<Arn>{ana['arn']}</Arn>".encode() in answer.body
    answer = signed_kms(server, "ListKeys", profile="A.Ana", region="nowhere", service="s3")
    assert answer.status == 200
    for authorization in ("Bearer x", "", "AWS4-HMAC-SHA256 nonsense"):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Authorization": authorization}
        answer = send(server, headers=headers, body=b"Action=GetCallerIdentity&Version=2011-06-15")
        assert b"<Arn>arn:aws:iam::444455556666:root</Arn>" in answer.body


def test_any_credentials_and_policies_for_everybody(serve):
    """Without a scenario no role has to exist for a policy to name it."""
    kms = serve("--any-credentials").client()
    root, role = ({"AWS": f"arn:aws:iam::111122223333:{name}"} for name in ("root", "role/NotMadeHere"))
    statements = [{"Effect": "Allow", "Principal": principal, "Action": "kms:*", "Resource": "*"} for principal in (root, role)]
    key = kms.create_key(Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))["KeyMetadata"]["Arn"]
    kms.create_grant(KeyId=key, GranteePrincipal=role["AWS"], Operations=["Decrypt"])


def test_any_credentials_and_sessions(serve):
    server = serve("--any-credentials", "--scenario", world("two-accounts"))
    role = "arn:aws:iam::111122223333:role/App"
    made = server.client("sts", profile="A.Ana").assume_role(RoleArn=role, RoleSessionName="work")["Credentials"]
    told = server.client("sts", credentials=made).get_caller_identity()
    assert told["Arn"] == "arn:aws:sts::111122223333:assumed-role/App/work"
    server.advance("1h")
    refused(server.client(credentials=made).list_keys, "ExpiredTokenException")


def test_without_the_flag_credentials_have_to_be_right(server):
    client = server.client(credentials={"AccessKeyId": "test", "SecretAccessKey": "test"})
    refused(client.list_keys, "UnrecognizedClientException", "The security token included in the request is invalid.")


def test_profiles_are_written_for_the_sdk(serve, tmp_path, monkeypatch):
    server = serve("--scenario", world("two-accounts"), "--write-profiles", tmp_path)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    # The server knows itself where it is: a program names nothing but the profile.
    assert set(boto3.Session().available_profiles) == set(server.profiles) | {"default"}
    for name, profile in server.profiles.items():
        session = boto3.Session(profile_name=name)
        assert session.region_name == "us-east-1"
        assert session.client("sts").get_caller_identity()["Arn"] == profile["arn"]


def test_profiles_are_written_anew_but_never_over_somebody_elses(tmp_path):
    for _ in range(2):
        server = Server("--write-profiles", tmp_path / "ours")
        assert f"endpoint_url = {server.url}\n" in (tmp_path / "ours" / "config").read_text()
        server.close()
    for name in ("config", "credentials"):
        folder = tmp_path / f"their-{name}"
        folder.mkdir()
        (folder / name).write_text("[default]\nregion = eu-west-1\n")
        with pytest.raises(AssertionError, match="kmsprep did not write it"):
            Server("--write-profiles", folder)
        assert (folder / name).read_text() == "[default]\nregion = eu-west-1\n"
        assert os.listdir(folder) == [name], "nothing is written if not all can be"


def test_secrets_are_readable_for_their_owner_alone(serve, tmp_path):
    serve("--write-profiles", tmp_path / "profiles")
    assert (tmp_path / "profiles" / "credentials").stat().st_mode & 0o077 == 0


def test_the_printed_settings_can_be_copied_into_a_shell(tmp_path):
    process = subprocess.Popen([KMSPREP, "serve", "--port", "0"], stdout=subprocess.PIPE, text=True, env=clean_environment())
    try:
        exports = []
        for line in process.stdout:
            if line.strip().startswith("export "):
                exports.append(line.strip())
            if line.startswith("  aws kms"):
                break
        program = "import boto3; print(boto3.client('kms').create_key()['KeyMetadata']['Arn'])"
        script = "\n".join(exports) + f'\n"$PYTHON" -c "{program}"\n"$KMSPREP" endpoint status\n'


        environment = clean_environment(PYTHON=sys.executable, KMSPREP=KMSPREP)
        ended = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, env=environment, timeout=30)
        assert ended.returncode == 0, ended.stderr
        assert "arn:aws:kms:us-east-1:111122223333:key/" in ended.stdout
        assert "1 Enabled" in ended.stdout
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.parametrize(
    ("service", "call"),
    [("s3", "list_buckets"), ("iam", "list_users"), ("dynamodb", "list_tables"), ("secretsmanager", "list_secrets"), ("sqs", "list_queues")],
)
def test_other_services_are_refused(server, service, call):
    error = error_of(getattr(server.client(service), call))
    assert error.response["Error"]["Code"] in ("UnknownOperationException", "InvalidAction")
    assert server.trail() == []


@pytest.mark.parametrize(
    "args",
    [
        ["--scenario", "no-such-scenario"],
        ["--account", "12"],
        ["--region", "nowhere"],
        ["--start", "soon"],
        ["--port", "70000"],
        ["--set", "a=b"],
        ["--clock", "fast"],
        ["--connections", "0"],
    ],
    ids=" ".join,
)
def test_flags_that_make_no_sense(args):
    with pytest.raises(AssertionError, match="ended with 2"):
        Server(*args)
