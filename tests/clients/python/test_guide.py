"""The Python blocks of the study guide, run against the server: what works as it stands, what fails, and the smallest repair.

The blocks are read from the guide itself, which lies beside the repository or where KMSPREP_GUIDE says.
"""

import base64
import os
import re
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from harness import REPOSITORY, world

GUIDE = Path(os.environ.get("KMSPREP_GUIDE") or REPOSITORY.parent / "shared" / "guide.md")

pytestmark = pytest.mark.skipif(not GUIDE.is_file(), reason=f"the study guide is not here: {GUIDE}; KMSPREP_GUIDE says where it is")

#: By what each block is known, among the blocks of its language.
MARKS = {
    "handler that decrypts": ("def lambda_handler", "kms.decrypt("),
    "handler with an API key": ("def lambda_handler", "process_with_api_key"),
    "data key caching": ("LocalCryptoMaterialsCache",),
    "one data key": ("def encrypt_multiple_items",),
    "context": ("kms.encrypt(", "kms.decrypt("),
}


def blocks():
    """The text of every fenced block of Python."""
    return re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def block(name):
    """The block of this name, which must be one."""
    found = [text for text in blocks() if all(mark in text for mark in MARKS[name])]
    assert len(found) == 1, f"{len(found)} blocks look like `{name}`"
    return found[0]


def replaced(text, pattern, by, times=1):
    """The text with a pattern replaced, exactly so many times."""
    new, count = re.subn(pattern, by, text, flags=re.MULTILINE)
    assert count == times, f"{pattern} is there {count} times"
    return new


def run(text, **names):
    """What a block defines when it runs."""
    exec(compile(text, "guide.md", "exec"), names)
    return names


@pytest.fixture
def server(serve):
    return serve("--scenario", world("guide"))


@pytest.fixture
def become(server, monkeypatch):
    """Makes a profile the one whose credentials boto3 finds in the environment, with the server as its endpoint."""

    def become(profile):
        known = server.profiles[profile]
        settings = {
            "AWS_ENDPOINT_URL": server.url,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": known["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": known["secret_access_key"],
            "AWS_SESSION_TOKEN": known["session_token"],
        }
        for name, value in settings.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)

    become("A.Function")
    return become


@pytest.fixture
def kms(server):
    return server.client(profile="A.Admin")


def test_there_are_five_blocks():
    assert len(blocks()) == len(MARKS) == 5
    assert sorted(map(block, MARKS)) == sorted(blocks())


def test_the_context_block_works_as_it_stands(server, become):
    names = run(block("context"))
    assert names["decrypted"]["Plaintext"] == b"sensitive data"
    sealed, opened = (server.trail(eventName=name)[-1] for name in ("Encrypt", "Decrypt"))
    contexts = [record["requestParameters"]["encryptionContext"] for record in (sealed, opened)]
    assert contexts == [{"purpose": "user-data", "department": "finance"}] * 2
    assert sealed["resources"][0]["ARN"] == opened["resources"][0]["ARN"] == names["response"]["KeyId"]


CHANGES = {
    "another value": (r"'department': 'finance'(?=  #)", "'department': 'sales'"),
    "another case": (r"'department': 'finance'(?=  #)", "'department': 'Finance'"),
    "another name": (r"'department': 'finance'(?=  #)", "'Department': 'finance'"),
    "a pair less": (r"'department': 'finance'(?=  #)", ""),
    "a pair more": (r"'department': 'finance'(?=  #)", "'department': 'finance', 'more': 'x'"),
}


@pytest.mark.parametrize("pattern, by", CHANGES.values(), ids=CHANGES)
def test_the_context_block_fails_with_any_other_context(become, pattern, by):
    with pytest.raises(ClientError) as raised:
        run(replaced(block("context"), pattern, by))
    assert raised.value.response["Error"]["Code"] == "InvalidCiphertextException"


def test_the_context_block_needs_the_alias(become, kms):
    kms.delete_alias(AliasName="alias/my-key")
    with pytest.raises(ClientError) as raised:
        run(block("context"))
    assert raised.value.response["Error"]["Code"] == "NotFoundException"


def test_the_handler_fails_as_it_stands(become, monkeypatch):
    """The name of the ciphertext is never defined, which the handler does not catch: no status 500."""
    monkeypatch.setenv("DB_PASSWORD", "word")
    with pytest.raises(NameError, match="encrypted_data"):
        run(block("handler that decrypts"))["lambda_handler"]({}, None)


def handler(monkeypatch):
    """The handler, which takes the ciphertext from its event."""
    monkeypatch.setenv("DB_PASSWORD", "word")
    text = replaced(block("handler that decrypts"), r"\bencrypted_data\b", "base64.b64decode(event['blob'])")
    return run(text, base64=base64)["lambda_handler"]


def event(kms, context):
    answer = kms.encrypt(KeyId="alias/my-key", Plaintext=b"the word", EncryptionContext=context)
    return {"blob": base64.b64encode(answer["CiphertextBlob"]).decode()}


def test_the_handler_decrypts_with_its_context(server, become, kms, monkeypatch):
    assert handler(monkeypatch)(event(kms, {"purpose": "lambda-secrets"}), None) == {"statusCode": 200}
    (record,) = server.trail(eventName="Decrypt")
    assert record["requestParameters"]["encryptionContext"] == {"purpose": "lambda-secrets"}
    assert record["userIdentity"]["sessionContext"]["sessionIssuer"]["userName"] == "Function"


FAILURES = {
    "another context": ("A.Function", {"purpose": "tests"}, "InvalidCiphertextException"),
    "no context": ("A.Function", {}, "InvalidCiphertextException"),
    "a role without kms:Decrypt": ("A.Helpless", {"purpose": "lambda-secrets"}, "AccessDeniedException"),
}


@pytest.mark.parametrize("profile, context, code", FAILURES.values(), ids=FAILURES)
def test_the_handler_answers_500_when_kms_refuses(server, become, kms, monkeypatch, capsys, profile, context, code):
    become(profile)
    assert handler(monkeypatch)(event(kms, context), None) == {"statusCode": 500}
    assert code in capsys.readouterr().out
    # CloudTrail writes denials without the end of their name.
    logged = "AccessDenied" if code == "AccessDeniedException" else code
    assert [record["errorCode"] for record in server.trail(eventName="Decrypt")] == [logged]


def test_the_handler_with_an_api_key_fails_as_it_stands(become, monkeypatch):
    monkeypatch.setenv("ENCRYPTED_API_KEY", "an API key")
    with pytest.raises(NameError, match="process_with_api_key"):
        run(block("handler with an API key"))["lambda_handler"]({}, None)


def test_the_handler_with_an_api_key_works_once_the_function_is_there(become, monkeypatch):
    """Lambda has decrypted the variable before the handler runs: no call of KMS."""
    monkeypatch.setenv("ENCRYPTED_API_KEY", "an API key")
    names = run(block("handler with an API key"), process_with_api_key=lambda key: {"statusCode": 200, "key": key})
    assert names["lambda_handler"]({}, None) == {"statusCode": 200, "key": "an API key"}


def test_a_variable_that_was_encrypted_before_is_still_ciphertext(become, kms, monkeypatch):
    """What the name of the variable suggests: with Lambda's helpers the function decrypts, under its own name as context."""
    context = {"LambdaFunctionName": "my-function"}
    monkeypatch.setenv("ENCRYPTED_API_KEY", event(kms, context)["blob"])

    def process(key):
        blob = base64.b64decode(key)
        return boto3.client("kms").decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"]

    names = run(block("handler with an API key"), process_with_api_key=process)
    assert names["lambda_handler"]({}, None) == b"the word"
    become("A.Helpless")
    with pytest.raises(ClientError, match="AccessDeniedException"):
        names["lambda_handler"]({}, None)


IMPORTS = [
    r"^from aws_encryption_sdk import .*$",
    r"^from aws_encryption_sdk\.caches import .*$",
    r"^from aws_encryption_sdk\.key_providers import .*$",
]


def test_the_caching_block_fails_as_it_stands(become):
    with pytest.raises(ImportError):
        run(block("data key caching"))


@pytest.mark.parametrize("line", IMPORTS)
def test_none_of_its_imports_works(become, line):
    with pytest.raises(ImportError):
        run(re.search(line, block("data key caching"), re.MULTILINE)[0])


def imports_repaired():
    text = replaced(block("data key caching"), IMPORTS[0], "import aws_encryption_sdk")
    text = replaced(text, IMPORTS[1], "from aws_encryption_sdk import LocalCryptoMaterialsCache")
    return replaced(text, IMPORTS[2], "from aws_encryption_sdk import StrictAwsKmsMasterKeyProvider as KMSMasterKeyProvider")


def test_no_provider_takes_a_cache(become):
    with pytest.raises(TypeError, match="cache"):
        run(imports_repaired())


def test_the_repaired_caching_block_saves_calls(server, become, kms):
    """The cache belongs to a materials manager, and only what is encrypted with that one uses it."""
    arn = kms.describe_key(KeyId="alias/my-key")["KeyMetadata"]["Arn"]
    text = replaced(imports_repaired(), r",\n *cache=cache\n", "\n")
    names = run(replaced(text, r"arn:aws:kms:[^']*", arn))
    sdk = names["aws_encryption_sdk"]
    client = sdk.EncryptionSDKClient()
    manager = sdk.CachingCryptoMaterialsManager(master_key_provider=names["key_provider"], cache=names["cache"], max_age=300.0)
    sealed = [client.encrypt(source=b"item", materials_manager=manager)[0] for _ in range(10)]
    assert len(server.trail(eventName="GenerateDataKey")) == 1
    for _ in range(3):
        client.encrypt(source=b"item", key_provider=names["key_provider"])
    assert len(server.trail(eventName="GenerateDataKey")) == 4
    assert [client.decrypt(source=message, materials_manager=manager)[0] for message in sealed] == [b"item"] * 10
    assert len(server.trail(eventName="Decrypt")) == 1


def test_the_batch_fails_as_it_stands(become):
    with pytest.raises(NameError, match="encrypt_with_data_key"):
        run(block("one data key"))["encrypt_multiple_items"]([b"item"], bytes(32))


def test_the_batch_needs_one_call_for_all_items(server, become):
    """Each item has a nonce of its own, and KMS hears of none of them."""
    kms = boto3.client("kms")
    made = kms.generate_data_key(KeyId="alias/my-key", KeySpec="AES_256", EncryptionContext={"batch": "1"})

    def seal(item, key):
        nonce = os.urandom(12)
        return nonce + AESGCM(key).encrypt(nonce, item, None)

    items = [f"item {i}".encode() for i in range(50)]
    sealed = run(block("one data key"), encrypt_with_data_key=seal)["encrypt_multiple_items"](items, made["Plaintext"])
    assert len(server.trail(eventSource="kms.amazonaws.com")) == 1
    key = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"batch": "1"})["Plaintext"]
    assert [AESGCM(key).decrypt(item[:12], item[12:], None) for item in sealed] == items
    assert [record["eventName"] for record in server.trail()] == ["GenerateDataKey", "Decrypt"]
