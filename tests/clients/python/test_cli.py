"""The AWS CLI with the profiles that the server writes."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness import clean_environment, world

AWS = Path(sys.executable).with_name("aws")

#: The exit codes for an error of the service and for one of the command line: the CLI's version 2 tells them apart, version 1 does not.
SERVICE_ERROR, GENERAL_ERROR = {254, 255}, {252, 253, 255}

pytestmark = pytest.mark.skipif(not AWS.exists(), reason=f"there is no AWS CLI at {AWS}: see requirements.txt")


class Shell:
    """The CLI with a folder of profiles."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, *args, profile=None, **more):
        """The ended process."""
        files = {"AWS_CONFIG_FILE": self.folder / "config", "AWS_SHARED_CREDENTIALS_FILE": self.folder / "credentials", "AWS_PAGER": ""}
        named = {"AWS_PROFILE": profile} if profile else {}
        environment = clean_environment() | {name: str(value) for name, value in (files | named | more).items()}
        return subprocess.run([AWS, *map(str, args)], capture_output=True, text=True, env=environment, timeout=60)

    def text(self, *args, **more):
        """What it prints, which must succeed."""
        ended = self.run(*args, **more)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def json(self, *args, **more):
        return json.loads(self.text(*args, "--output", "json", **more))


@pytest.fixture(scope="module")
def shell(serve_once, tmp_path_factory):
    folder = tmp_path_factory.mktemp("profiles")
    serve_once("--start", "2026-01-15", "--write-profiles", folder)
    return Shell(folder)


@pytest.fixture(scope="module")
def hello(tmp_path_factory):
    """A file with a short text. The CLI's versions take texts in different forms, and files in the same."""
    file = tmp_path_factory.mktemp("plain") / "hello"
    file.write_bytes(b"hello")
    return f"fileb://{file}"


@pytest.fixture(scope="module")
def two(serve_once, tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    serve_once("--scenario", world("two-accounts"), "--write-profiles", folder)
    return Shell(folder)


def test_who_am_i(shell):
    told = shell.json("sts", "get-caller-identity")
    assert (told["Account"], told["Arn"]) == ("111122223333", "arn:aws:iam::111122223333:user/Admin")
    assert told["UserId"].startswith("AIDA")
    told = shell.json("sts", "get-caller-identity", profile="111122223333.root")
    assert (told["Arn"], told["UserId"]) == ("arn:aws:iam::111122223333:root", "111122223333")


def test_from_a_file_to_a_ciphertext_and_back(shell, tmp_path):
    key = shell.text("kms", "create-key", "--description", "first", "--query", "KeyMetadata.KeyId", "--output", "text").strip()
    plain = tmp_path / "plain"
    plain.write_bytes(bytes(range(256)))
    blob = shell.text(
        "kms", "encrypt", "--key-id", key, "--plaintext", f"fileb://{plain}", "--encryption-context", "purpose=test", "--query", "CiphertextBlob", "--output", "text"
    ).strip()
    sealed = tmp_path / "sealed"
    sealed.write_bytes(base64.b64decode(blob))
    answer = shell.json("kms", "decrypt", "--ciphertext-blob", f"fileb://{sealed}", "--encryption-context", '{"purpose": "test"}')
    assert base64.b64decode(answer["Plaintext"]) == plain.read_bytes()
    assert answer["KeyId"] == f"arn:aws:kms:us-east-1:111122223333:key/{key}"


def test_an_alias(shell):
    key = shell.json("kms", "create-key")["KeyMetadata"]
    shell.text("kms", "create-alias", "--alias-name", "alias/cli", "--target-key-id", key["KeyId"])
    told = shell.text("kms", "describe-key", "--key-id", "alias/cli", "--query", "KeyMetadata.[KeyState,KeySpec]", "--output", "text")
    assert told.split() == ["Enabled", "SYMMETRIC_DEFAULT"]
    assert shell.text("kms", "delete-alias", "--alias-name", "alias/cli") == ""


def test_a_policy_and_tags_in_the_shorthand(shell, tmp_path):
    root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "kms:*", "Resource": "*"}
    policy = {"Version": "2012-10-17", "Id": "ours", "Statement": root}
    file = tmp_path / "policy.json"
    file.write_text(json.dumps(policy))
    key = shell.json("kms", "create-key", "--policy", f"file://{file}", "--tags", "TagKey=team,TagValue=blue")["KeyMetadata"]["KeyId"]
    told = shell.text("kms", "get-key-policy", "--key-id", key, "--policy-name", "default", "--query", "Policy", "--output", "text")
    assert json.loads(told) == policy
    tags = shell.json("kms", "list-resource-tags", "--key-id", key)["Tags"]
    assert tags == [{"TagKey": "team", "TagValue": "blue"}]


def test_exit_codes_and_messages(shell):
    ended = shell.run("kms", "describe-key", "--key-id", "alias/none")
    assert ended.returncode in SERVICE_ERROR
    message = "An error occurred (NotFoundException) when calling the DescribeKey operation: Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found."
    assert message in ended.stderr
    # What the CLI finds wrong itself.
    assert shell.run("kms", "describe-key").returncode in {2, 252}
    # No server answers at this address.
    ended = shell.run("kms", "list-keys", "--endpoint-url", "http://127.0.0.1:9", AWS_MAX_ATTEMPTS=1)
    assert ended.returncode == 255
    ended = shell.run("kms", "list-keys", profile="nobody")
    assert ended.returncode in GENERAL_ERROR


def test_a_dry_run_is_told_by_its_error(shell):
    key = shell.json("kms", "create-key")["KeyMetadata"]["KeyId"]
    ended = shell.run("kms", "generate-data-key", "--key-id", key, "--key-spec", "AES_256", "--dry-run")
    assert ended.returncode in SERVICE_ERROR
    assert "(DryRunOperationException)" in ended.stderr


def test_pages(serve, tmp_path):
    server = serve("--write-profiles", tmp_path)
    shell = Shell(tmp_path)
    made = {server.client().create_key()["KeyMetadata"]["KeyId"] for _ in range(5)}
    every = shell.json("kms", "list-keys", "--page-size", 2)["Keys"]
    assert {key["KeyId"] for key in every} == made
    first = shell.json("kms", "list-keys", "--max-items", 2)
    assert len(first["Keys"]) == 2
    rest = shell.json("kms", "list-keys", "--starting-token", first["NextToken"])["Keys"]
    assert {key["KeyId"] for key in first["Keys"] + rest} == made
    by_hand = shell.json("kms", "list-keys", "--no-paginate", "--limit", 2)
    assert (len(by_hand["Keys"]), by_hand["Truncated"]) == (2, True)
    by_hand = shell.json("kms", "list-keys", "--no-paginate", "--marker", by_hand["NextMarker"])
    assert (len(by_hand["Keys"]), by_hand["Truncated"]) == (3, False)


def test_other_outputs(shell):
    shell.json("kms", "create-key", "--description", "shown")
    assert "Enabled" in shell.text("kms", "describe-key", "--key-id", shell.json("kms", "list-keys")["Keys"][0]["KeyId"], "--output", "table")
    assert "KEYS" in shell.text("kms", "list-keys", "--output", "text")


def test_dates_are_read(shell, tmp_path):
    for name in ("config", "credentials"):
        (tmp_path / name).write_text((shell.folder / name).read_text().replace("[default]\nregion", "[default]\ncli_timestamp_format = iso8601\nregion"))
    key = Shell(tmp_path).json("kms", "create-key")["KeyMetadata"]
    assert key["CreationDate"] == "2026-01-15T00:00:00+00:00"


def test_another_region(shell):
    key = shell.json("kms", "create-key", "--region", "eu-west-1")["KeyMetadata"]
    assert key["Arn"].startswith("arn:aws:kms:eu-west-1:")
    assert shell.run("kms", "describe-key", "--key-id", key["KeyId"]).returncode in SERVICE_ERROR
    assert shell.json("kms", "describe-key", "--key-id", key["KeyId"], AWS_DEFAULT_REGION="eu-west-1")["KeyMetadata"]["Arn"] == key["Arn"]


def test_two_accounts_by_their_profiles(two, hello, tmp_path):
    sealed = tmp_path / "sealed"
    blob = two.text(
        "kms", "encrypt", "--key-id", "alias/shared", "--plaintext", hello, "--query", "CiphertextBlob", "--output", "text", profile="A.Ana"
    )
    sealed.write_bytes(base64.b64decode(blob))
    decrypt = ["kms", "decrypt", "--ciphertext-blob", f"fileb://{sealed}", "--query", "Plaintext", "--output", "text"]
    assert two.text(*decrypt, profile="ACCOUNT-B.Restore").strip() == "aGVsbG8="
    ended = two.run(*decrypt, profile="A.Bob")
    assert ended.returncode in SERVICE_ERROR
    assert "(AccessDeniedException)" in ended.stderr
    assert "User: arn:aws:iam::111122223333:user/Bob is not authorized to perform: kms:Decrypt" in ended.stderr
    told = two.json("sts", "get-caller-identity", profile="ACCOUNT-B.Restore")
    assert (told["Account"], told["Arn"]) == ("444455556666", "arn:aws:sts::444455556666:assumed-role/Restore/session")
    # A world of several principals has no default one.
    assert two.run("sts", "get-caller-identity").returncode in GENERAL_ERROR


def test_a_profile_that_assumes_a_role(two, hello, tmp_path):
    for name in ("config", "credentials"):
        (tmp_path / name).write_text((two.folder / name).read_text())
    with (tmp_path / "config").open("a") as file:
        endpoint = next(line for line in (two.folder / "config").read_text().splitlines() if line.startswith("endpoint_url"))
        role = "role_arn = arn:aws:iam::111122223333:role/App\nrole_session_name = by-the-cli\nsource_profile = A.Ana"
        file.write(f"\n[profile assumed]\n{role}\nregion = us-east-1\n{endpoint}\n")
    shell = Shell(tmp_path)
    told = shell.json("sts", "get-caller-identity", profile="assumed", HOME=tmp_path)
    assert told["Arn"] == "arn:aws:sts::111122223333:assumed-role/App/by-the-cli"
    blob = shell.text(
        "kms", "encrypt", "--key-id", "alias/own", "--plaintext", hello, "--query", "CiphertextBlob", "--output", "text", profile="assumed", HOME=tmp_path
    )
    assert blob.strip()


def test_assume_role_by_hand(two):
    made = two.json("sts", "assume-role", "--role-arn", "arn:aws:iam::111122223333:role/App", "--role-session-name", "hand", profile="A.Ana")
    credentials = made["Credentials"]
    keys = {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }
    told = two.json("sts", "get-caller-identity", **keys)
    assert told["Arn"] == made["AssumedRoleUser"]["Arn"] == "arn:aws:sts::111122223333:assumed-role/App/hand"
    assert told["UserId"] == made["AssumedRoleUser"]["AssumedRoleId"]
