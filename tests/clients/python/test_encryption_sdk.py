"""The AWS Encryption SDK for Python with `kmsprep serve` in the place of AWS KMS."""

import io
import os
from collections import Counter

import aws_encryption_sdk
import botocore.session
import pytest
from aws_encryption_sdk import (
    CachingCryptoMaterialsManager,
    DiscoveryAwsKmsMasterKeyProvider,
    LocalCryptoMaterialsCache,
    StrictAwsKmsMasterKeyProvider,
)
from aws_encryption_sdk.exceptions import DecryptKeyError, GenerateKeyError, MasterKeyProviderError
from aws_encryption_sdk.key_providers.kms import DiscoveryFilter, MRKAwareStrictAwsKmsMasterKeyProvider

from harness import LOADER, code_of

SDK = aws_encryption_sdk.EncryptionSDKClient()
CONTEXT = {"department": "finance", "purpose": "archive"}


@pytest.fixture
def server(serve, tmp_path, monkeypatch):
    """A server whose profiles are in a folder, as the SDK's own clients find it."""
    server = serve("--start", "2026-01-15", "--write-profiles", tmp_path / "aws")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws" / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws" / "credentials"))
    return server


def provider(*arns, kind=StrictAwsKmsMasterKeyProvider, **more):
    """A master key provider that reads the profile for itself."""
    session = botocore.session.Session()
    session.register_component("data_loader", LOADER)
    named = {"key_ids": list(arns)} if arns else {}
    return kind(botocore_session=session, **named, **more)


def new_key(server, region="us-east-1", **members):
    return server.client(region=region).create_key(**members)["KeyMetadata"]["Arn"]


def calls(server, *names):
    """How often each of these operations was called, by the trail. The world's own set-up is not among them."""
    counted = Counter(record["eventName"] for record in server.trail(eventSource="kms.amazonaws.com"))
    return [counted[name] for name in names]


SIZES = [0, 1, 4095, 4096, 4097, 3 * 4096, 100_000]


@pytest.mark.parametrize("size", SIZES)
def test_a_file_comes_back(server, tmp_path, size):
    arn = new_key(server)
    plain, sealed, opened = (tmp_path / name for name in ("plain", "sealed", "opened"))
    plain.write_bytes(os.urandom(size))
    with plain.open("rb") as source, sealed.open("wb") as sink:
        stream = SDK.stream(mode="e", source=source, key_provider=provider(arn), encryption_context=CONTEXT, frame_length=4096)
        for chunk in stream:
            sink.write(chunk)
    with sealed.open("rb") as source, opened.open("wb") as sink:
        with SDK.stream(mode="d", source=source, key_provider=provider(arn)) as stream:
            assert CONTEXT.items() <= stream.header.encryption_context.items()
            for chunk in stream:
                sink.write(chunk)
    assert opened.read_bytes() == plain.read_bytes()
    assert calls(server, "GenerateDataKey", "Decrypt", "Encrypt") == [1, 1, 0]


@pytest.mark.parametrize("frame_length", [0, 1024])
def test_a_message_comes_back_with_and_without_frames(server, frame_length):
    arn, data = new_key(server), os.urandom(5000)
    sealed, header = SDK.encrypt(source=data, key_provider=provider(arn), encryption_context=CONTEXT, frame_length=frame_length)
    assert {key.key_provider.key_info.decode() for key in header.encrypted_data_keys} == {arn}
    opened, _ = SDK.decrypt(source=sealed, key_provider=provider(arn))
    assert opened == data


def test_the_trail_shows_the_context(server):
    arn = new_key(server)
    sealed, header = SDK.encrypt(source=b"data", key_provider=provider(arn), encryption_context=CONTEXT)
    SDK.decrypt(source=sealed, key_provider=provider(arn))
    for name in ("GenerateDataKey", "Decrypt"):
        (record,) = server.trail(eventName=name)
        assert record["requestParameters"]["encryptionContext"] == header.encryption_context
        assert record["requestParameters"]["encryptionContext"].keys() == CONTEXT.keys() | {"aws-crypto-public-key"}
        assert [resource["ARN"] for resource in record["resources"]] == [arn]


def test_the_trail_names_the_library(server):
    SDK.encrypt(source=b"data", key_provider=provider(new_key(server)))
    (record,) = server.trail(eventName="GenerateDataKey")
    assert "AwsEncryptionSdkPython" in record["userAgent"]


def test_two_keys_in_two_regions_open_the_same_message(server):
    """One GenerateDataKey under the first key, one Encrypt under the second; either key is enough afterwards."""
    here, there = new_key(server), new_key(server, "eu-west-1")
    sealed, header = SDK.encrypt(source=b"data", key_provider=provider(here, there), encryption_context=CONTEXT)
    assert len(header.encrypted_data_keys) == 2
    assert calls(server, "GenerateDataKey", "Encrypt") == [1, 1]
    assert [record["awsRegion"] for record in server.trail(eventName="Encrypt")] == ["eu-west-1"]
    for arn in (here, there):
        assert SDK.decrypt(source=sealed, key_provider=provider(arn))[0] == b"data"
    server.client().disable_key(KeyId=here)
    assert SDK.decrypt(source=sealed, key_provider=provider(here, there))[0] == b"data"


def test_a_replica_opens_what_the_primary_sealed(server):
    primary = new_key(server, MultiRegion=True)
    replica = server.client().replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]["Arn"]
    server.advance("1m")
    aware = MRKAwareStrictAwsKmsMasterKeyProvider
    sealed, _ = SDK.encrypt(source=b"data", key_provider=provider(primary, kind=aware), encryption_context=CONTEXT)
    assert SDK.decrypt(source=sealed, key_provider=provider(replica, kind=aware))[0] == b"data"
    (record,) = server.trail(eventName="Decrypt")
    assert (record["awsRegion"], record["resources"][0]["ARN"]) == ("eu-west-1", replica)
    # A provider that does not know of multi-Region keys takes the two for different keys and asks nobody.
    with pytest.raises(DecryptKeyError):
        SDK.decrypt(source=sealed, key_provider=provider(replica))
    assert calls(server, "Decrypt") == [1]


def test_discovery_finds_the_key_in_the_message(server):
    arn = new_key(server)
    sealed, _ = SDK.encrypt(source=b"data", key_provider=provider(arn))
    ours = DiscoveryFilter(account_ids=["111122223333"], partition="aws")
    kind = DiscoveryAwsKmsMasterKeyProvider
    assert SDK.decrypt(source=sealed, key_provider=provider(kind=kind, discovery_filter=ours))[0] == b"data"
    others = DiscoveryFilter(account_ids=["444455556666"], partition="aws")
    with pytest.raises(MasterKeyProviderError):
        SDK.decrypt(source=sealed, key_provider=provider(kind=kind, discovery_filter=others))


def code_behind(raised):
    """The code of the error of KMS that an error of the library came from."""
    error = raised.value
    while error is not None and not hasattr(error, "response"):
        error = error.__cause__ or error.__context__
    return error and error.response["Error"]["Code"]


def test_a_disabled_key_neither_seals_nor_opens(server):
    arn = new_key(server)
    sealed, _ = SDK.encrypt(source=b"data", key_provider=provider(arn))
    server.client().disable_key(KeyId=arn)
    with pytest.raises(GenerateKeyError) as raised:
        SDK.encrypt(source=b"data", key_provider=provider(arn))
    assert code_behind(raised) == "DisabledException"
    with pytest.raises(DecryptKeyError):
        SDK.decrypt(source=sealed, key_provider=provider(arn))
    errors = [record.get("errorCode") for record in server.trail(eventName="Decrypt")]
    assert errors == ["DisabledException"]
    server.client().enable_key(KeyId=arn)
    assert SDK.decrypt(source=sealed, key_provider=provider(arn))[0] == b"data"


def test_a_changed_context_does_not_open(server):
    """The context stands readable in the message; KMS refuses the data key once a letter of it is another."""
    arn = new_key(server)
    sealed, _ = SDK.encrypt(source=b"data", key_provider=provider(arn), encryption_context=CONTEXT)
    assert sealed.count(b"finance") == 1
    with pytest.raises(DecryptKeyError):
        SDK.decrypt(source=sealed.replace(b"finance", b"finanza"), key_provider=provider(arn))
    (record,) = server.trail(eventName="Decrypt")
    assert record["errorCode"] == "InvalidCiphertextException"


def test_the_data_key_of_a_message_is_one_of_kms(server):
    """What the header holds is a CiphertextBlob: KMS opens it with the context of the message, and with no other."""
    arn = new_key(server)
    sealed, header = SDK.encrypt(source=b"data", key_provider=provider(arn), encryption_context=CONTEXT)
    kms = server.client()
    (data_key,) = header.encrypted_data_keys
    blob = data_key.encrypted_data_key
    opened = kms.decrypt(CiphertextBlob=blob, EncryptionContext=header.encryption_context)
    assert (len(opened["Plaintext"]), opened["KeyId"]) == (32, arn)
    for wrong in (CONTEXT, {}, header.encryption_context | {"department": "sales"}):
        assert code_of(kms.decrypt, CiphertextBlob=blob, EncryptionContext=wrong) == "InvalidCiphertextException"
    assert code_of(kms.decrypt, CiphertextBlob=sealed) == "InvalidCiphertextException"


def caching(arn, cache=None, **limits):
    """A materials manager with a cache."""
    settings = {"max_age": 300.0} | limits
    return CachingCryptoMaterialsManager(master_key_provider=provider(arn), cache=cache or LocalCryptoMaterialsCache(capacity=100), **settings)


def test_a_cache_saves_all_calls_but_the_first(server):
    arn = new_key(server)
    sealing = caching(arn)
    sealed = [SDK.encrypt(source=f"message {i}".encode(), materials_manager=sealing, encryption_context=CONTEXT)[0] for i in range(20)]
    assert calls(server, "GenerateDataKey") == [1]
    opening = caching(arn)
    assert [SDK.decrypt(source=message, materials_manager=opening)[0] for message in sealed] == [f"message {i}".encode() for i in range(20)]
    assert calls(server, "GenerateDataKey", "Decrypt") == [1, 1]


def test_without_a_cache_every_message_costs_a_call(server):
    arn = new_key(server)
    plain = provider(arn)
    sealed = [SDK.encrypt(source=b"data", key_provider=plain)[0] for _ in range(5)]
    for message in sealed:
        SDK.decrypt(source=message, key_provider=plain)
    assert calls(server, "GenerateDataKey", "Decrypt") == [5, 5]


LIMITS = [({"max_messages_encrypted": 3}, 4), ({"max_bytes_encrypted": 500}, 2), ({"max_messages_encrypted": 1}, 10)]


@pytest.mark.parametrize("limits, expected", LIMITS)
def test_limits_of_the_cache_bring_new_data_keys(server, limits, expected):
    """Ten messages of a hundred bytes."""
    arn = new_key(server)
    manager = caching(arn, **limits)
    for _ in range(10):
        SDK.encrypt(source=bytes(100), materials_manager=manager, encryption_context=CONTEXT)
    assert calls(server, "GenerateDataKey") == [expected]


def test_each_context_has_its_own_entry(server):
    arn = new_key(server)
    manager = caching(arn)
    for i in range(12):
        SDK.encrypt(source=b"data", materials_manager=manager, encryption_context={"tenant": str(i % 3)})
    assert calls(server, "GenerateDataKey") == [3]
    tenants = [record["requestParameters"]["encryptionContext"]["tenant"] for record in server.trail(eventName="GenerateDataKey")]
    assert tenants == ["0", "1", "2"]


def test_a_stream_of_unknown_length_is_not_cached(server):
    arn = new_key(server)
    manager = caching(arn)
    for _ in range(3):
        unknown = io.BytesIO(b"data")
        unknown.seekable = lambda: False
        unknown.tell = unknown.seek = None
        with SDK.stream(mode="e", source=unknown, materials_manager=manager) as stream:
            assert stream.read()
    assert calls(server, "GenerateDataKey") == [3]


def test_a_cache_outlives_the_key(server):
    """What is cached needs no call, so a key that was disabled meanwhile still serves: the price of caching."""
    arn = new_key(server)
    manager = caching(arn)
    sealed, _ = SDK.encrypt(source=b"data", materials_manager=manager)
    assert SDK.decrypt(source=sealed, materials_manager=manager)[0] == b"data"
    server.client().disable_key(KeyId=arn)
    again, _ = SDK.encrypt(source=b"more", materials_manager=manager)
    assert SDK.decrypt(source=again, materials_manager=manager)[0] == b"more"
    with pytest.raises(DecryptKeyError):
        SDK.decrypt(source=sealed, materials_manager=caching(arn))
