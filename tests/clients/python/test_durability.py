"""What was acknowledged is kept: under load, when the process is killed in the middle, and when the disk takes no more."""

import resource
import signal
import threading
import time

import pytest

from harness import Server
from refusals import refused

FILE_LIMIT = 20_000


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state.jsonl"


def create_until_it_ends(server, acknowledged):
    """Makes keys until the server is gone, and notes those that it acknowledged."""
    kms = server.client(connect_timeout=5, read_timeout=5)
    try:
        while True:
            acknowledged.append(kms.create_key()["KeyMetadata"]["Arn"])
    except Exception:
        return


@pytest.mark.parametrize("ending", ["kill", "terminate"])
def test_what_many_clients_were_told_is_there_after_the_end(serve, file, ending):
    server = serve("--state", file)
    lists = [[] for _ in range(4)]
    threads = [threading.Thread(target=create_until_it_ends, args=(server, acknowledged)) for acknowledged in lists]
    for thread in threads:
        thread.start()
    time.sleep(0.7)
    if ending == "kill":
        server.kill()
    else:
        assert server.terminate() == 0
    for thread in threads:
        thread.join(20)
    acknowledged = {key for made in lists for key in made}
    assert len(acknowledged) > 20
    again = serve("--state", file)
    listed = {key["KeyArn"] for page in again.client().get_paginator("list_keys").paginate() for key in page["Keys"]}
    # A call whose answer did not arrive any more may have been carried out.
    assert acknowledged <= listed
    assert len(listed - acknowledged) <= len(threads)


def test_with_a_running_clock_every_change_keeps_its_time(serve, file):
    first = serve("--state", file, "--clock", "real", "--start", "2026-01-15")
    kms = first.client()
    made = []
    for wait in (0.05, 1.1, 0):
        made.append(kms.create_key()["KeyMetadata"])
        time.sleep(wait)
    assert made[0]["CreationDate"] < made[2]["CreationDate"]
    first.kill()
    second = serve("--state", file, "--clock", "real").client()
    for metadata in made:
        assert second.describe_key(KeyId=metadata["Arn"])["KeyMetadata"] == metadata


def test_the_file_grows_with_changes_alone(serve, file):
    server = serve("--state", file)
    kms = server.client()
    key = kms.create_key()["KeyMetadata"]["Arn"]
    before = file.stat().st_size
    for _ in range(100):
        kms.encrypt(KeyId=key, Plaintext=b"x")
        kms.describe_key(KeyId=key)
    assert file.stat().st_size - before < 1_000


def limited(*args):
    """A server that may write only so much into one file, as if the disk were full."""

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_LIMIT, FILE_LIMIT))

    return Server(*args, before=limit)


def test_a_full_disk(serve, file):
    server = limited("--state", file)
    kms = server.client()
    acknowledged = []
    with pytest.raises(kms.exceptions.KMSInternalException) as full:
        for _ in range(500):
            acknowledged.append(kms.create_key()["KeyMetadata"]["Arn"])
    assert full.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    # From here on nothing changes any more, and what is there can still be used.
    refused(kms.create_key, "KMSInternalException")
    kms.encrypt(KeyId=acknowledged[0], Plaintext=b"x")
    assert {key["KeyArn"] for key in kms.list_keys(Limit=1000)["Keys"]} >= set(acknowledged)
    server.close()
    again = serve("--state", file)
    listed = {key["KeyArn"] for key in again.client().list_keys(Limit=1000)["Keys"]}
    assert listed == set(acknowledged), "what was acknowledged is what is kept"
