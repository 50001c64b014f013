"""What botocore does when KMS throttles: the error, the attempts, and success once time has passed."""

import time

import botocore.endpoint
import pytest
from botocore.exceptions import ClientError

from harness import error_of, world

#: CreateKey may be called five times a second.
RATE = 5


@pytest.fixture
def server(serve):
    return serve("--scenario", world("busy"))


@pytest.fixture
def waits(server, monkeypatch):
    """The waits of clients. Nobody waits really: the world's clock moves instead."""
    waited = []

    class Time:
        """The module `time`, but for sleeping."""

        def __getattr__(self, name):
            return getattr(time, name)

        def sleep(self, seconds):
            waited.append(seconds)
            server.advance(f"{max(1, round(seconds * 1000))}ms")

    monkeypatch.setattr(botocore.endpoint, "time", Time())
    return waited


def client(server, mode, attempts):
    return server.client(retries={"mode": mode, "total_max_attempts": attempts})


def use_up(server, call="create_key", times=RATE, **members):
    """Uses the quota of this second up."""
    kms = client(server, "standard", 1)
    for _ in range(times):
        getattr(kms, call)(**members)
    return kms


def test_one_call_too_many_is_throttled(server):
    kms = use_up(server)
    error = error_of(kms.create_key)
    assert error.response["Error"] == {
        "Code": "ThrottlingException",
        "Message": "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
    }
    assert error.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert error.response["ResponseMetadata"]["RetryAttempts"] == 0
    # Other operations have quotas of their own, and so has the same one in another Region.
    assert kms.describe_key(KeyId="alias/data")
    assert server.client(region="eu-west-1").create_key()
    server.advance("1s")
    assert kms.create_key()


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_retries_succeed_once_the_second_is_over(server, waits, mode):
    use_up(server)
    answer = client(server, mode, 10).create_key()
    retried = answer["ResponseMetadata"]["RetryAttempts"]
    assert retried >= 1
    assert len(waits) == retried
    results = [record.get("errorCode") for record in server.trail(eventName="CreateKey")]
    assert results == [None] * RATE + ["ThrottlingException"] * retried + [None]


@pytest.mark.parametrize("mode", ["legacy", "standard"])
def test_attempts_come_to_an_end(server, monkeypatch, mode):
    """The clock stands still, so that no attempt gets through."""
    monkeypatch.setattr(botocore.endpoint.time, "sleep", lambda _: None)
    use_up(server)
    with pytest.raises(ClientError) as raised:
        client(server, mode, 3).create_key()
    answer = raised.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["RetryAttempts"]) == ("ThrottlingException", 2)
    assert answer["ResponseMetadata"]["MaxAttemptsReached"] is True
    assert len(server.trail(eventName="CreateKey")) == RATE + 3


def test_a_raised_quota_counts(server):
    key = server.client().describe_key(KeyId="alias/data")["KeyMetadata"]["KeyId"]
    kms = client(server, "standard", 1)
    for i in range(7):
        kms.create_alias(AliasName=f"alias/more-{i}", TargetKeyId=key)
    error = error_of(kms.create_alias, AliasName="alias/too-many", TargetKeyId=key)
    assert error.response["Error"]["Code"] == "ThrottlingException"


def test_other_errors_are_not_retried(server, waits):
    error = error_of(client(server, "standard", 5).describe_key, KeyId="alias/nothing")
    assert error.response["Error"]["Code"] == "NotFoundException"
    assert error.response["ResponseMetadata"]["RetryAttempts"] == 0
    assert waits == []


def test_without_quotas_nothing_is_throttled(serve):
    kms = serve("--start", "2026-01-15").client()
    assert len({kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(4 * RATE)}) == 4 * RATE
