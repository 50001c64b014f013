"""Lists that come in pages: the SDK's paginators, page sizes, and markers that are none."""

import pytest

from harness import world
from refusals import refused
from shapes import members

ADMIN = "arn:aws:iam::111122223333:user/Admin"


def make(kms, **members):
    """The ARN of a new key."""
    return kms.create_key(**members)["KeyMetadata"]["Arn"]


def pages(kms, operation, result, size=None, **members):
    """All pages of a list, and a check of their form."""
    config = {"PageSize": size} if size else {}
    found = list(kms.get_paginator(operation).paginate(PaginationConfig=config, **members))
    for page in found[:-1]:
        assert page["Truncated"] is True
        assert page["NextMarker"]
        assert size is None or len(page[result]) == size
    assert found[-1]["Truncated"] is False
    assert "NextMarker" not in found[-1]
    return [page[result] for page in found]


def test_keys(kms):
    made = {make(kms) for _ in range(7)}
    listed = pages(kms, "list_keys", "Keys", 3)
    assert [len(page) for page in listed] == [3, 3, 1]
    assert {key["KeyArn"] for page in listed for key in page} == made
    # A page that ends with the last key is the last page.
    assert [len(page) for page in pages(kms, "list_keys", "Keys", 7)] == [7]
    assert len(kms.list_keys(Limit=1000)["Keys"]) == 7


def test_by_default_a_page_has_a_hundred_keys(kms):
    for _ in range(101):
        kms.create_key()
    first = kms.list_keys()
    assert (len(first["Keys"]), first["Truncated"]) == (100, True)
    second = kms.list_keys(Marker=first["NextMarker"])
    assert (len(second["Keys"]), second["Truncated"]) == (1, False)


def test_aliases(kms):
    key = make(kms)
    names = {f"alias/{number}" for number in range(5)}
    for name in names:
        kms.create_alias(AliasName=name, TargetKeyId=key)
    listed = pages(kms, "list_aliases", "Aliases", 2)
    found = [alias["AliasName"] for page in listed for alias in page]
    assert len(found) == len(set(found))
    assert {name for name in found if not name.startswith("alias/aws/")} == names
    of_key = pages(kms, "list_aliases", "Aliases", 2, KeyId=key)
    assert [len(page) for page in of_key] == [2, 2, 1]


def test_grants(kms):
    key = make(kms)
    made = {kms.create_grant(KeyId=key, GranteePrincipal=ADMIN, RetiringPrincipal=ADMIN, Operations=["Decrypt"])["GrantId"] for _ in range(5)}
    for operation, filters in [("list_grants", {"KeyId": key}), ("list_retirable_grants", {"RetiringPrincipal": ADMIN})]:
        listed = pages(kms, operation, "Grants", 2, **filters)
        assert [len(page) for page in listed] == [2, 2, 1]
        assert {grant["GrantId"] for page in listed for grant in page} == made


def test_by_default_a_page_has_fifty_grants(kms):
    key = make(kms)
    for _ in range(51):
        kms.create_grant(KeyId=key, GranteePrincipal=ADMIN, Operations=["Decrypt"])
    assert [len(page) for page in pages(kms, "list_grants", "Grants", KeyId=key)] == [50, 1]


def test_a_grant_that_goes_between_two_pages_disturbs_nothing(kms):
    key = make(kms)
    made = [kms.create_grant(KeyId=key, GranteePrincipal=ADMIN, Operations=["Decrypt"])["GrantId"] for _ in range(6)]
    first = kms.list_grants(KeyId=key, Limit=3)
    seen = [grant["GrantId"] for grant in first["Grants"]]
    kms.revoke_grant(KeyId=key, GrantId=seen[0])
    kms.revoke_grant(KeyId=key, GrantId=seen[2])
    rest = kms.list_grants(KeyId=key, Marker=first["NextMarker"])
    assert sorted(seen + [grant["GrantId"] for grant in rest["Grants"]]) == sorted(made)


def test_tags_and_policy_names(kms):
    key = make(kms, Tags=[{"TagKey": f"key-{number}", "TagValue": str(number)} for number in range(5)])
    listed = pages(kms, "list_resource_tags", "Tags", 2, KeyId=key)
    assert [len(page) for page in listed] == [2, 2, 1]
    assert {tag["TagKey"]: tag["TagValue"] for page in listed for tag in page} == {f"key-{number}": str(number) for number in range(5)}
    assert pages(kms, "list_key_policies", "PolicyNames", 1, KeyId=key) == [["default"]]


def test_rotations(server, kms):
    key = make(kms)
    for _ in range(5):
        kms.rotate_key_on_demand(KeyId=key)
        server.advance("1h")
    listed = pages(kms, "list_key_rotations", "Rotations", 2, KeyId=key)
    assert [len(page) for page in listed] == [2, 2, 1]
    dates = [rotation["RotationDate"] for page in listed for rotation in page]
    assert len(set(dates)) == 5
    everything = pages(kms, "list_key_rotations", "Rotations", 2, KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert sum(map(len, everything)) == 6


def test_custom_key_stores(serve):
    kms = serve("--scenario", world("key-stores")).client()
    every = {store["CustomKeyStoreId"] for store in kms.describe_custom_key_stores()["CustomKeyStores"]}
    listed = pages(kms, "describe_custom_key_stores", "CustomKeyStores", 3)
    assert {store["CustomKeyStoreId"] for page in listed for store in page} == every
    assert len(listed) == (len(every) + 2) // 3


def lists(kms):
    """All lists with a marker, with the parameters that each needs."""
    key = make(kms)
    return {
        "ListKeys": {},
        "ListAliases": {},
        "ListGrants": {"KeyId": key},
        "ListResourceTags": {"KeyId": key},
        "ListKeyRotations": {"KeyId": key},
        "ListRetirableGrants": {"RetiringPrincipal": ADMIN},
        "DescribeCustomKeyStores": {},
    }


def call(kms, operation):
    """The client's method for an operation."""
    names = {value: name for name, value in kms.meta.method_to_api_mapping.items()}
    return getattr(kms, names[operation])


def test_markers_that_are_none(server, kms):
    lax = server.client(parameter_validation=False)
    for operation, filters in lists(kms).items():
        for marker in ("none", "0", "A" * 1024, "é" * 10, "../../etc/passwd", "\u00ff"):
            refused(call(kms, operation), "InvalidMarkerException", Marker=marker, **filters)
        refused(call(kms, operation), "ValidationException", Marker="A" * 1025, **filters)
        refused(call(lax, operation), "ValidationException", Marker="", **filters)
        # A marker that breaks the pattern of the member.
        refused(call(kms, operation), "ValidationException", Marker="\u4e2d", **filters)


def test_a_marker_of_another_list(kms):
    for _ in range(2):
        make(kms)
    marker = kms.list_keys(Limit=1)["NextMarker"]
    for operation, filters in lists(kms).items():
        if operation != "ListKeys":
            refused(call(kms, operation), "InvalidMarkerException", Marker=marker, **filters)


@pytest.mark.parametrize(
    ("operation", "most"),
    [
        ("ListKeys", 1000),
        ("ListAliases", 100),
        ("ListGrants", 100),
        ("ListResourceTags", 50),
        ("ListKeyRotations", 1000),
        ("ListRetirableGrants", 100),
        ("DescribeCustomKeyStores", 1000),
    ],
)
def test_page_sizes(server, kms, operation, most):
    filters = lists(kms)[operation]
    lax = server.client(parameter_validation=False)
    assert "Truncated" in members(call(kms, operation)(Limit=most, **filters))
    refused(call(kms, operation), "ValidationException", Limit=most + 1, **filters)
    refused(call(lax, operation), "ValidationException", Limit=0, **filters)
