"""The suite as a whole: it calls every operation, and the model's table is the SDK's."""

import csv

import pytest
from botocore.model import ServiceModel

from harness import CALLED, LOADER, REPOSITORY
from refusals import PROVOKED


def table():
    """The rows of the model's table of operations."""
    with open(REPOSITORY / "src/kms/tables/operations.csv", encoding="utf-8") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@pytest.fixture(scope="module")
def described():
    """KMS as the SDK describes it."""
    return ServiceModel(LOADER.load_service_model("kms", "service-2"), "kms")


def test_the_table_has_the_operations_of_the_sdk(described):
    assert {row["operation"] for row in table()} == set(described.operation_names)


def test_the_table_has_the_parameters_and_errors_of_the_sdk(described):
    wrong = []
    for row in table():
        operation = described.operation_model(row["operation"])
        shape = operation.input_shape
        parameters = {(name, name in shape.required_members) for name in shape.members} if shape else set()
        ours = {(name.rstrip("!"), name.endswith("!")) for name in row["parameters"].split()}
        errors = {error.name for error in operation.error_shapes}
        wrong += [f"{row['operation']}: parameter {name}" for name in sorted(parameters ^ ours)]
        wrong += [f"{row['operation']}: error {name}" for name in sorted(errors ^ set(row["errors"].split()))]
    assert not wrong


@pytest.mark.last
def test_every_operation_was_called(request):
    others = {item.fspath.basename for item in request.session.items}
    if "test_operations.py" not in others or "test_operations_kinds.py" not in others:
        pytest.skip("only a part of the suite runs")
    assert [row["operation"] for row in table() if not CALLED[row["operation"]]] == []


#: Errors that no request to the model leads to: passing faults inside of AWS.
OUT_OF_REACH = {"KeyUnavailableException"}


@pytest.mark.last
def test_every_error_was_provoked(request):
    others = {item.fspath.basename for item in request.session.items}
    if "test_errors.py" not in others or "test_errors_key_stores.py" not in others:
        pytest.skip("only a part of the suite runs")
    listed = {error for row in table() for error in row["errors"].split()}
    assert listed - PROVOKED == OUT_OF_REACH


#: Where the table of members goes another way than the SDK: the API reference names other limits, or the model checks a member elsewhere.
OWN_LIMITS = {
    ("ListAliases", "Limit", "max"): "100, says the API reference",
    ("ListGrants", "Limit", "max"): "100, says the API reference",
    ("ListRetirableGrants", "Limit", "max"): "100, says the API reference",
    ("ListResourceTags", "Limit", "max"): "50, says the API reference",
    ("CreateGrant", "Operations", "min"): "a grant for nothing is refused",
    ("ScheduleKeyDeletion", "PendingWindowInDays", "min"): "the rulebook has 7",
    ("ScheduleKeyDeletion", "PendingWindowInDays", "max"): "the rulebook has 30",
    ("EnableKeyRotation", "RotationPeriodInDays", "min"): "checked by the rulebook",
    ("EnableKeyRotation", "RotationPeriodInDays", "max"): "checked by the rulebook",
    ("Encrypt", "Plaintext", "max"): "checked with a message that does not show the plaintext",
    ("ListKeys", "ResourceOwners", "min"): "not limited",
    ("ListKeys", "ResourceOwners", "max"): "not limited",
}


def test_the_table_of_members_has_the_constraints_of_the_sdk(described):
    with open(REPOSITORY / "src/kms/tables/members.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader((line for line in file if not line.startswith("#")), delimiter=";"))
    shapes = {
        (operation, name): shape
        for operation in described.operation_names
        for name, shape in described.operation_model(operation).input_shape.members.items()
    }
    found, wrong = {}, []
    for row in rows:
        for operation, name in shapes:
            if name == row["member"] and (not row["operations"] or operation in row["operations"].split()):
                found[operation, name] = row
    assert set(found) == set(shapes)
    for (operation, name), row in found.items():
        shape = shapes[operation, name]
        enumeration = shape if shape.type_name == "string" else getattr(shape, "member", None)
        for limit in ("min", "max"):
            if (operation, name, limit) not in OWN_LIMITS and str(shape.metadata.get(limit, "")) != row[limit]:
                wrong.append((operation, name, limit, shape.metadata.get(limit), row[limit]))
        if set(getattr(enumeration, "enum", None) or []) != set(row["values"].split()):
            wrong.append((operation, name, "values", row["values"]))
        if shape.type_name == "string" and shape.metadata.get("pattern", "") != row["pattern"]:
            wrong.append((operation, name, "pattern", row["pattern"]))
    assert not wrong
