"""What a response looks like: its members, and their types as the SDK gives them to a program."""

import re
from datetime import datetime

#: The Python type of each kind of member in botocore's description of a service.
TYPES = {
    "string": str,
    "blob": bytes,
    "boolean": bool,
    "integer": int,
    "long": int,
    "timestamp": datetime,
    "list": list,
    "map": dict,
    "structure": dict,
}

#: Enumerations to which AWS adds no values any more, although answers have newer ones: the old name of KeySpec shows every key spec.
GROWN = {"CustomerMasterKeySpec"}

KEY_ARN = re.compile(r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})")
HEX_64 = re.compile(r"[0-9a-f]{64}")


def members(answer):
    """The names of an answer's members, without the metadata that the SDK adds."""
    return {name for name in answer if name != "ResponseMetadata"}


def check(client, operation, answer, *expected):
    """The answer has exactly the expected members, and all of it has the types of the API."""
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert members(answer) == set(expected), operation
    shape = client.meta.service_model.operation_model(operation).output_shape
    if shape is None:
        assert not expected, f"{operation} gives nothing back"
    else:
        typed(shape, {name: answer[name] for name in expected}, operation)
    return answer


def typed(shape, value, path):
    """A value has the type of its shape, all the way down, and enumerations one of their values."""
    assert type(value) is TYPES[shape.type_name], f"{path}: {value!r}"
    if shape.type_name == "structure":
        for name, part in value.items():
            typed(shape.members[name], part, f"{path}.{name}")
    elif shape.type_name == "list":
        for part in value:
            typed(shape.member, part, f"{path}[]")
    elif shape.type_name == "timestamp":
        assert value.tzinfo is not None, path
    elif shape.type_name == "string" and shape.enum and shape.name not in GROWN:
        assert value in shape.enum, f"{path}: {value}"
