"""The state file: what survives a server that is killed, and what becomes of a file that was damaged."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from harness import KMSPREP, clean_environment, world
from refusals import refused
from test_operations_kinds import wrapped

ADMIN = "arn:aws:iam::111122223333:user/Admin"


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state.jsonl"


def start_in_vain(*args):
    """The ended process of a server that must not start."""
    command = [KMSPREP, "serve", "--port", "0", "--format", "json", *map(str, args)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, env=clean_environment())
    assert ended.returncode != 0
    assert ended.stdout == ""
    return ended


def snapshot(server):
    """All that clients can see of keys, and the clock and the bill."""
    kms = server.client()
    told = {"status": {name: value for name, value in server.told("status").items() if name != "calls"}, "bill": server.told("bill")}
    aliases = kms.get_paginator("list_aliases").paginate().build_full_result()["Aliases"]
    told["aliases"] = aliases
    for entry in kms.list_keys()["Keys"]:
        key = entry["KeyArn"]
        told[key] = [
            kms.describe_key(KeyId=key)["KeyMetadata"],
            kms.get_key_policy(KeyId=key)["Policy"],
            kms.list_grants(KeyId=key)["Grants"],
            kms.list_resource_tags(KeyId=key)["Tags"],
            kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"],
        ]
    return told


def test_everything_survives_a_kill(serve, file):
    first = serve("--state", file, "--start", "2026-01-15")
    kms = first.client()
    key = kms.create_key(Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName="alias/app", TargetKeyId=key)
    grant = kms.create_grant(KeyId=key, GranteePrincipal=ADMIN, Operations=["Decrypt"])
    sealed = kms.encrypt(KeyId=key, Plaintext=b"one", EncryptionContext={"a": "b"})["CiphertextBlob"]
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=90)
    first.advance("100d")
    later = kms.encrypt(KeyId=key, Plaintext=b"two")["CiphertextBlob"]
    imported = kms.create_key(Origin="EXTERNAL")["KeyMetadata"]["Arn"]
    request = wrapped(kms, imported, bytes(32))
    doomed = kms.create_key()["KeyMetadata"]["Arn"]
    kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    data_key = kms.generate_data_key(KeyId="alias/app", KeySpec="AES_256")
    before = snapshot(first)
    first.kill()

    second = serve("--state", file)
    assert second.settings["profiles"] == first.settings["profiles"]
    # Requests that change nothing else are counted up now and then only; the keys of the bill are all there.
    after = snapshot(second)
    before.pop("bill"), after.pop("bill")
    assert after == before
    kms = second.client()
    assert kms.decrypt(CiphertextBlob=sealed, EncryptionContext={"a": "b"})["Plaintext"] == b"one"
    assert kms.decrypt(CiphertextBlob=later)["Plaintext"] == b"two"
    assert kms.decrypt(CiphertextBlob=data_key["CiphertextBlob"])["Plaintext"] == data_key["Plaintext"]
    # An import that was under way goes on: the token of the first server is good for the second.
    kms.import_key_material(**request, ExpirationModel="KEY_MATERIAL_DOES_NOT_EXPIRE")
    kms.retire_grant(GrantToken=grant["GrantToken"])
    # Nothing new is like anything old.
    assert kms.create_key()["KeyMetadata"]["Arn"] not in before
    assert kms.generate_random(NumberOfBytes=32)["Plaintext"] != data_key["Plaintext"]
    second.advance("7d")
    with pytest.raises(kms.exceptions.NotFoundException):
        kms.describe_key(KeyId=doomed)


def test_the_bill_survives_a_stop(serve, file):
    first = serve("--state", file, "--start", "2026-01-01")
    kms = first.client()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(25):
        kms.encrypt(KeyId=key, Plaintext=b"x")
    bill = first.told("bill")
    assert "25" in json.dumps(bill) or "26" in json.dumps(bill)
    assert first.terminate() == 0
    assert serve("--state", file).told("bill") == bill


def test_sessions_survive(serve, file):
    first = serve("--state", file, "--scenario", world("two-accounts"))
    made = first.client("sts", profile="A.Ana").assume_role(RoleArn="arn:aws:iam::111122223333:role/App", RoleSessionName="kept")["Credentials"]
    first.kill()
    second = serve("--state", file, "--scenario", world("two-accounts"))
    told = second.client("sts", credentials=made).get_caller_identity()
    assert told["Arn"] == "arn:aws:sts::111122223333:assumed-role/App/kept"
    second.client(credentials=made).encrypt(KeyId="alias/own", Plaintext=b"x")
    again = second.client("sts", profile="A.Ana").assume_role(RoleArn="arn:aws:iam::111122223333:role/App", RoleSessionName="kept")["Credentials"]
    assert again["AccessKeyId"] != made["AccessKeyId"]
    second.advance("2h")
    refused_code = second.client(credentials=made)
    with pytest.raises(refused_code.exceptions.ClientError, match="ExpiredTokenException"):
        refused_code.encrypt(KeyId="alias/own", Plaintext=b"x")


def test_a_reset_survives(serve, file):
    first = serve("--state", file)
    first.client().create_key()
    first.told("reset")
    kept = first.client().create_key()["KeyMetadata"]["Arn"]
    first.kill()
    second = serve("--state", file)
    assert [key["KeyArn"] for key in second.client().list_keys()["Keys"]] == [kept]


def test_what_was_answered_is_kept_however_often_the_server_is_killed(serve, file):
    made = set()
    for _ in range(5):
        server = serve("--state", file)
        kms = server.client()
        assert {key["KeyArn"] for key in kms.list_keys()["Keys"]} == made
        made |= {kms.create_key()["KeyMetadata"]["Arn"] for _ in range(3)}
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
    assert len(made) == 15


def test_a_torn_last_line_is_cut_off(serve, file):
    first = serve("--state", file)
    kept = first.client().create_key()["KeyMetadata"]["Arn"]
    first.kill()
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"at":1796296747000,"draw":9,"ca')
    second = serve("--state", file)
    assert "not complete" in second.stderr()
    assert [key["KeyArn"] for key in second.client().list_keys()["Keys"]] == [kept]
    second.kill()
    assert file.read_bytes().startswith(whole)
    assert serve("--state", file).stderr() == ""


def test_an_edited_line_is_refused_and_the_file_left_alone(serve, file):
    first = serve("--state", file)
    kms = first.client()
    for number in range(3):
        kms.create_key(Description=f"number {number}")
    first.kill()
    lines = file.read_text().splitlines(keepends=True)
    for number, change in [
        (3, lambda line: "{}\n"),
        (3, lambda line: line.replace("kms:CreateKey", "kms:DestroyKey")),
        (3, lambda line: line.replace("CreateKey", "DescribeKey")),
        (3, lambda line: line.replace("number 1", "number 9")),
        (3, lambda line: line.replace('"answer":"', '"answer":"0')),
        (2, lambda line: ""),
        (2, lambda line: "\n"),
        (1, lambda line: line.replace('"seed":1', '"seed":2')),
    ]:
        edited = lines[: number - 1] + [change(lines[number - 1])] + lines[number:]
        assert edited != lines
        text = "".join(edited)
        file.write_text(text)
        ended = start_in_vain("--state", file)
        # A seed in the head says what the world began with; that it is another shows where the first answer differs.
        where = 2 if number == 1 else number
        assert f"{file}:{where}:" in ended.stderr, (number, ended.stderr)
        assert file.read_text() == text
    file.write_text("".join(lines))
    assert len(serve("--state", file).client().list_keys()["Keys"]) == 3


@pytest.mark.parametrize("content", [b"hello\n", b"{}\n", b"\n", b"\xff\xfe\n", b'{"kmsprep_state":99}\n', b"no end of line"])
def test_another_file_is_no_state_and_stays_as_it_is(file, content):
    file.write_bytes(content)
    ended = start_in_vain("--state", file)
    assert f"{file}:1:" in ended.stderr
    assert file.read_bytes() == content


def test_an_empty_file_is_a_place_for_a_state(serve, file):
    file.touch()
    serve("--state", file).client().create_key()
    assert file.stat().st_size > 0


def test_a_second_server_on_the_same_file_is_refused(serve, file):
    first = serve("--state", file)
    first.client().create_key()
    before = file.read_bytes()
    ended = start_in_vain("--state", file)
    assert "in use by another kmsprep serve" in ended.stderr
    assert file.read_bytes().startswith(before)
    assert len(first.client().list_keys()["Keys"]) == 1


def test_a_state_of_another_world_is_refused(serve, file):
    serve("--state", file, "--scenario", world("two-accounts")).kill()
    ended = start_in_vain("--state", file, "--scenario", world("throttled"))
    assert "two-accounts" in ended.stderr and "not the world" in ended.stderr


def test_the_file_alone_brings_a_scenario_back(serve, file, tmp_path):
    copy = tmp_path / "two-accounts.yaml"
    copy.write_text(Path(world("two-accounts")).read_text())
    first = serve("--state", file, "--scenario", copy)
    made = first.client(profile="A.Ana").create_key()["KeyMetadata"]["Arn"]
    first.kill()
    copy.unlink()
    again = serve("--state", file)
    assert again.client(profile="A.Ana").describe_key(KeyId=made)["KeyMetadata"]["Arn"] == made


def test_a_place_that_cannot_be_written(tmp_path):
    ended = start_in_vain("--state", tmp_path / "nowhere" / "state")
    assert "nowhere" in ended.stderr
    start_in_vain("--state", tmp_path)


def test_a_failed_call_is_not_written(serve, file):
    server = serve("--state", file)
    kms = server.client()
    before = file.read_bytes()
    refused(kms.describe_key, "NotFoundException", KeyId="alias/none")
    kms.list_keys()
    assert file.read_bytes() == before


def test_failed_calls_leave_nothing_behind(serve, file):
    first = serve("--state", file)
    kms = first.client()
    kms.create_key()
    refused(kms.create_key, "MalformedPolicyDocumentException", Policy="{")
    made = kms.create_key()["KeyMetadata"]["Arn"]
    first.kill()
    again = serve("--state", file)
    assert again.client().describe_key(KeyId=made)["KeyMetadata"]["Arn"] == made


def test_only_the_owner_may_read_the_file(serve, file):
    serve("--state", file)
    assert file.stat().st_mode & 0o077 == 0


def test_the_last_use_of_a_key_is_forgotten_and_told_anew(serve, file):
    """A use changes nothing that is kept, so that after a restart none is known; the one after it is."""
    first = serve("--state", file)
    key = first.client().create_key()["KeyMetadata"]["Arn"]
    first.client().encrypt(KeyId=key, Plaintext=b"x")
    first.kill()
    kms = serve("--state", file).client()
    assert not kms.get_key_last_usage(KeyId=key).get("KeyLastUsage")
    kms.encrypt(KeyId=key, Plaintext=b"x")
    assert kms.get_key_last_usage(KeyId=key)["KeyLastUsage"]["Operation"] == "Encrypt"
