"""Thousands of requests made up by chance, of the right types and with values that mean something.

The same seed makes the same requests. Nothing may be answered that the API does not list for the operation, and a server that is killed
afterwards comes back as it was.
"""

import base64
import json
import random
import string

import botocore.model
import pytest

from harness import LOADER, world
from wire import NAMESPACE, ElementTree, kms, sts

KMS = botocore.model.ServiceModel(LOADER.load_service_model("kms", "service-2"), "kms")
COMMON = {"AccessDeniedException", "ValidationException", "NotAuthorizedException", "SerializationException", "LimitExceededException", "ExpiredTokenException"}
REGIONS = ["us-east-1", "us-west-2", "eu-west-1"]
ADMIN = "arn:aws:iam::111122223333:user/Admin"


class Chance:
    """Makes up members of requests, partly from what the answers so far had in them."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.blobs, self.tokens, self.grants, self.markers, self.materials = [b"x"], ["none"], ["0" * 64], ["none"], ["0" * 64]
        self.keys = ["alias/own", "alias/none", "nonsense", "arn:aws:kms:us-east-1:111122223333:key/none"]
        self.stores = ["cks-0"]
        self.signers = []

    def pick(self, values):
        # What is new is more likely to lead somewhere than what is old.
        values = list(values)
        return values[-1 - min(int(self.random.expovariate(0.3)), len(values) - 1)]

    def signer(self):
        """Who signs: most often somebody who may do much."""
        if self.random.random() < 0.7:
            return {"profile": "A.Admin" if "A.Admin" in self.profiles else self.profiles[0]}
        return self.pick(self.signers) if self.signers and self.random.random() < 0.5 else {"profile": self.random.choice(self.profiles)}

    def text(self, most=12):
        letters = string.ascii_letters + string.digits + ' -_/:é"\\<'
        return "".join(self.random.choice(letters) for _ in range(self.random.randint(0, most)))

    def learn(self, answer):
        """Takes up what an answer has that later requests can use."""
        for name, value in answer.items():
            if isinstance(value, dict):
                self.learn(value)
            elif isinstance(value, list):
                for part in value:
                    if isinstance(part, dict):
                        self.learn(part)
            elif name in ("Arn", "KeyArn", "AliasName"):
                self.keys.append(value)
            elif name == "GrantId":
                self.grants.append(value)
            elif name == "GrantToken":
                self.tokens.append(value)
            elif name == "NextMarker":
                self.markers.append(value)
            elif name in ("KeyMaterialId", "CurrentKeyMaterialId"):
                self.materials.append(value)
            elif name == "CustomKeyStoreId":
                self.stores.append(value)
            elif name in ("CiphertextBlob", "Signature", "Mac", "PublicKey", "ImportToken", "SharedSecretCiphertextBlob"):
                self.blobs.append(base64.b64decode(value))

    def member(self, name, shape):
        known = {
            "GrantId": self.grants,
            "GrantToken": self.tokens,
            "Marker": self.markers,
            "KeyMaterialId": self.materials,
            "CustomKeyStoreId": self.stores,
            "ReplicaRegion": REGIONS,
            "PrimaryRegion": REGIONS,
            "AliasName": ["alias/aws/x", "alias/a", "alias/b", f"alias/{self.text()}"],
            "GranteePrincipal": [ADMIN, "arn:aws:iam::444455556666:root", self.text()],
            "RetiringPrincipal": [ADMIN, self.text()],
            "PolicyName": ["default", self.text()],
            "Policy": [json.dumps({"Statement": {"Effect": "Allow", "Principal": {"AWS": ADMIN}, "Action": "kms:*", "Resource": "*"}}), "{}", self.text()],
        }
        if self.random.random() < 0.03:
            known = {}
        if name.endswith("KeyId") and name != "XksKeyId":
            return self.pick(self.keys)
        if name in known:
            return self.random.choice(known[name]) if len(known[name]) < 4 else self.pick(known[name])
        return self.value(shape)

    def value(self, shape):
        chance = self.random
        kind = shape.type_name
        if kind == "structure":
            return {name: self.member(name, part) for name, part in shape.members.items() if chance.random() < 0.6}
        if kind == "list":
            return [self.member("GrantToken" if shape.name == "GrantTokenList" else "", shape.member) for _ in range(chance.randint(0, 3))]
        if kind == "map":
            return {self.text(): self.text() for _ in range(chance.randint(0, 2))}
        if kind == "blob":
            blob = self.pick(self.blobs) if chance.random() < 0.7 else chance.randbytes(chance.choice([0, 1, 32, 64, 5000]))
            return base64.b64encode(blob).decode()
        if kind == "boolean":
            return chance.random() < 0.3
        if kind == "timestamp":
            return chance.choice([0, 1770000000, 1.5, -1, 1e12])
        if kind in ("integer", "long"):
            return chance.choice([0, 1, 7, 30, 32, 50, 90, 365, 1024, 1025, 100_000, -1])
        if shape.enum and chance.random() < 0.95:
            return chance.choice(shape.enum)
        return self.text(40)

    def request(self, operation):
        shape = KMS.operation_model(operation).input_shape
        required = set(shape.required_members)
        likely = 0.97, 0.25
        return {
            name: self.member(name, part)
            for name, part in shape.members.items()
            if self.random.random() < likely[name not in required] and name != "Recipient"
        }


def assume(server, chance):
    """A session of a role, which signs some of the later calls."""
    role = chance.random.choice(["111122223333:role/App", "444455556666:role/Restore", "111122223333:role/Nobody", "111122223333:role/Ghost"])
    request = {"Action": "AssumeRole", "Version": "2011-06-15", "RoleArn": f"arn:aws:iam::{role}", "RoleSessionName": f"s-{chance.text(3)}"}
    if chance.random.random() < 0.5:
        request["Policy"] = json.dumps({"Statement": {"Effect": "Allow", "Action": chance.random.choice(["kms:*", "kms:Encrypt"]), "Resource": "*"}})
    if chance.random.random() < 0.5:
        request["DurationSeconds"] = str(chance.random.choice([900, 3600, 43200, 5]))
    answer = sts(server, request, profile=chance.random.choice(list(server.profiles)))
    if answer.status != 200:
        assert answer.code in ("AccessDenied", "ValidationError"), (request, answer.body)
        return
    made = ElementTree.fromstring(answer.body).find(f"{NAMESPACE}AssumeRoleResult/{NAMESPACE}Credentials")
    key, secret, token = (made.findtext(f"{NAMESPACE}{name}") for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    chance.signers.append({"key": key, "secret": secret, "token": token})


def wander(server, chance, calls, operations):
    """Makes calls and gives how each operation was answered."""
    seen = {}
    for _ in range(calls):
        operation = chance.random.choice(operations)
        request = chance.request(operation)
        signer = chance.signer()
        if len(chance.profiles) > 1 and chance.random.random() < 0.03:
            assume(server, chance)
        answer = kms(server, operation, request, region=chance.random.choice(REGIONS[:1] * 4 + REGIONS[1:2]), **signer)
        if answer.status == 200:
            code = "ok"
            chance.learn(answer.json or {})
        else:
            code = json.loads(answer.body)["__type"]
            allowed = {error.name for error in KMS.operation_model(operation).error_shapes} | COMMON
            assert answer.status < 500 or code in ("DependencyTimeoutException", "KMSInternalException"), (operation, request, answer.body)
            assert code in allowed, (operation, request, answer.body)
        seen.setdefault(operation, set()).add(code)
    return seen


#: Making keys is most of what leads further.
OPERATIONS = [*KMS.operation_names, *["CreateKey"] * 6, *["Encrypt", "GenerateDataKey", "CreateGrant", "CreateAlias"] * 2]


@pytest.mark.parametrize(("seed", "name"), [(1, None), (2, "key-stores"), (3, "two-accounts")])
def test_requests_by_chance(serve, tmp_path, seed, name):
    file = tmp_path / "state"
    scenario = ["--scenario", world(name)] if name else []
    server = serve("--state", file, *scenario, *([] if name else ["--start", "2026-01-15"]))
    chance = Chance(seed)
    chance.profiles = list(server.profiles) if name == "two-accounts" else [server.default_profile()]
    chance.learn(kms(server, "DescribeCustomKeyStores", profile="A.Admin" if name == "two-accounts" else None).json)
    if name:
        chance.learn(kms(server, "ListAliases", profile="A.root").json)
    seen = {}
    for days in (1, 8, 40):
        for operation, codes in wander(server, chance, 600, OPERATIONS).items():
            seen.setdefault(operation, set()).update(codes)
        server.advance(f"{days}d")
    assert len([operation for operation, codes in seen.items() if "ok" in codes]) > 25, "too few requests lead anywhere"
    before = everything(server)
    server.kill()
    again = serve("--state", file, *scenario)
    assert again.stderr() == ""
    assert everything(again) == before


def everything(server):
    """All keys in all Regions with all that belongs to them."""
    told = {}
    for root in [profile for profile in server.profiles if profile.endswith(".root")]:
        told[root] = kms(server, "DescribeCustomKeyStores", profile=root).body
        for region in REGIONS:
            where = {"region": region, "profile": root}
            told[root, region] = kms(server, "ListAliases", {"Limit": 100}, **where).body
            for entry in kms(server, "ListKeys", {"Limit": 1000}, **where).json["Keys"]:
                for operation in ("DescribeKey", "GetKeyPolicy", "ListGrants", "ListResourceTags", "GetKeyRotationStatus"):
                    told[entry["KeyArn"], operation] = kms(server, operation, {"KeyId": entry["KeyArn"]}, **where).body
    return told
