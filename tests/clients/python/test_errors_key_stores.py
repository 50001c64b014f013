"""Errors of custom key stores and of the keys in them, as they follow from clusters and proxies."""

import pytest

from harness import world
from refusals import refused

SECRET = "SecretSecretSecretSecretSecretSecretSecret+1"
CREDENTIAL = {"AccessKeyId": "ABCDEFGHIJKLMNOPQRST", "RawSecretAccessKey": SECRET}
SERVICE = "com.amazonaws.vpce.us-east-1.vpce-svc-"


class Stores:
    """The world of key stores, with the requests that its tests vary."""

    def __init__(self, server):
        self.server = server
        self.kms = server.client()
        self.known = {entry["CustomKeyStoreName"]: entry for entry in self.kms.describe_custom_key_stores()["CustomKeyStores"]}

    def id(self, name):
        return self.known[name]["CustomKeyStoreId"]

    def disconnect(self, name):
        """Disconnects a key store and waits."""
        self.kms.disconnect_custom_key_store(CustomKeyStoreId=self.id(name))
        self.server.advance("5m")

    def free(self, name):
        """Deletes a key store and gives the request that makes it again on its cluster."""
        entry = self.known[name]
        if entry["ConnectionState"] != "DISCONNECTED":
            self.disconnect(name)
        self.kms.delete_custom_key_store(CustomKeyStoreId=self.id(name))
        return {
            "CustomKeyStoreName": name,
            "CloudHsmClusterId": entry["CloudHsmClusterId"],
            "TrustAnchorCertificate": entry["TrustAnchorCertificate"],
            "KeyStorePassword": "kmsuser-1",
        }


@pytest.fixture
def stores(serve):
    return Stores(serve("--scenario", world("key-stores")))


def external(name, **members):
    """The request for an external key store at NAME.example.com."""
    return {
        "CustomKeyStoreName": f"new {name}",
        "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
        "XksProxyUriEndpoint": f"https://{name}.example.com",
        "XksProxyUriPath": "/kms/xks/v1",
        "XksProxyAuthenticationCredential": CREDENTIAL,
        **members,
    }


def in_vpc(name, service, **members):
    """The same behind a VPC endpoint service."""
    settings = {"XksProxyConnectivity": "VPC_ENDPOINT_SERVICE", "XksProxyVpcEndpointServiceName": f"{SERVICE}{service}"}
    return external(name, **(settings | members))


def test_clusters_that_cannot_hold_a_key_store(stores):
    create = stores.kms.create_custom_key_store
    ready = stores.free("fallen")
    refused(create, "CloudHsmClusterNotFoundException", **(ready | {"CloudHsmClusterId": "cluster-7777777777a"}))
    refused(create, "CloudHsmClusterInUseException", **(ready | {"CloudHsmClusterId": stores.known["hsm"]["CloudHsmClusterId"]}))
    refused(create, "IncorrectTrustAnchorException", **(ready | {"TrustAnchorCertificate": "another"}))
    refused(create, "CustomKeyStoreNameInUseException", **(ready | {"CustomKeyStoreName": "hsm"}))
    refused(create, "CloudHsmClusterNotActiveException", **stores.free("sleeping"))
    refused(create, "CloudHsmClusterInvalidConfigurationException", **stores.free("alone"))
    create(**ready)


def test_connecting(stores):
    connect = stores.kms.connect_custom_key_store
    refused(connect, "CustomKeyStoreNotFoundException", CustomKeyStoreId="cks-0")
    refused(connect, "CloudHsmClusterNotActiveException", CustomKeyStoreId=stores.id("sleeping"))
    refused(connect, "CloudHsmClusterInvalidConfigurationException", CustomKeyStoreId=stores.id("tight"))
    refused(connect, "CustomKeyStoreInvalidStateException", CustomKeyStoreId=stores.id("fallen"))
    refused(stores.kms.disconnect_custom_key_store, "CustomKeyStoreInvalidStateException", CustomKeyStoreId=stores.id("tight"))


def test_updating(stores):
    update = stores.kms.update_custom_key_store
    hsm = stores.id("hsm")
    refused(update, "CustomKeyStoreNameInUseException", CustomKeyStoreId=hsm, NewCustomKeyStoreName="ext")
    refused(update, "CustomKeyStoreInvalidStateException", CustomKeyStoreId=hsm, KeyStorePassword="kmsuser-2")
    stores.disconnect("hsm")
    other = stores.known["fallen"]["CloudHsmClusterId"]
    refused(update, "CloudHsmClusterNotRelatedException", CustomKeyStoreId=hsm, CloudHsmClusterId=other)
    refused(update, "CloudHsmClusterNotFoundException", CustomKeyStoreId=hsm, CloudHsmClusterId="cluster-7777777777a")
    wrong = {"AccessKeyId": "A" * 20, "RawSecretAccessKey": SECRET}
    code = "XksProxyIncorrectAuthenticationCredentialException"
    refused(update, code, CustomKeyStoreId=stores.id("ext"), XksProxyAuthenticationCredential=wrong)


def test_deleting(stores):
    delete = stores.kms.delete_custom_key_store
    refused(delete, "CustomKeyStoreNotFoundException", CustomKeyStoreId="cks-0")
    refused(delete, "CustomKeyStoreInvalidStateException", CustomKeyStoreId=stores.id("hsm"))
    stores.disconnect("hsm")
    refused(delete, "CustomKeyStoreHasCMKsException", CustomKeyStoreId=stores.id("hsm"))


def test_proxies_on_the_internet(stores):
    create = stores.kms.create_custom_key_store
    refused(create, "XksProxyUriUnreachableException", **external("nowhere"))
    refused(create, "XksProxyUriUnreachableException", **external("private"))
    refused(create, "XksProxyInvalidResponseException", **external("strange"))
    refused(create, "XksProxyInvalidConfigurationException", **external("other", XksProxyUriPath="/wrong/kms/xks/v1"))
    refused(create, "XksProxyUriInUseException", **external("vault"))
    wrong = {"AccessKeyId": "A" * 20, "RawSecretAccessKey": SECRET}
    code = "XksProxyIncorrectAuthenticationCredentialException"
    refused(create, code, **external("other", XksProxyAuthenticationCredential=wrong))
    refused(create, "KMSInternalException", **external("broken"))
    create(**external("other"))


def test_proxies_behind_a_vpc_endpoint_service(stores):
    create = stores.kms.create_custom_key_store
    refused(create, "XksProxyVpcEndpointServiceNotFoundException", **in_vpc("private", "9"))
    foreign = in_vpc("private", "1", XksProxyVpcEndpointServiceOwner="444455556666")
    refused(create, "XksProxyVpcEndpointServiceNotFoundException", **foreign)
    refused(create, "XksProxyVpcEndpointServiceInvalidConfigurationException", **in_vpc("unfit", "2"))
    create(**in_vpc("private", "1"))
    refused(create, "XksProxyVpcEndpointServiceInUseException", **in_vpc("twin", "1"))
    refused(create, "XksProxyUriEndpointInUseException", **external("private", CustomKeyStoreName="more", XksProxyUriPath="/a/kms/xks/v1"))


def test_keys_in_key_stores(stores):
    create = stores.kms.create_key
    ext, hsm = stores.id("ext"), stores.id("hsm")
    outside = {"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": ext}
    refused(create, "XksKeyNotFoundException", XksKeyId="none", **outside)
    refused(create, "XksKeyInvalidConfigurationException", XksKeyId="off", **outside)
    refused(create, "XksKeyInvalidConfigurationException", XksKeyId="rsa", **outside)
    refused(create, "XksKeyAlreadyInUseException", XksKeyId="good", **outside)
    refused(create, "CustomKeyStoreNotFoundException", Origin="AWS_CLOUDHSM", CustomKeyStoreId="cks-0")
    refused(create, "CustomKeyStoreInvalidStateException", Origin="AWS_CLOUDHSM", CustomKeyStoreId=stores.id("sleeping"))
    refused(create, "CloudHsmClusterInvalidConfigurationException", Origin="AWS_CLOUDHSM", CustomKeyStoreId=stores.id("alone"))
    refused(create, "UnsupportedOperationException", Origin="AWS_CLOUDHSM", CustomKeyStoreId=hsm, MultiRegion=True)
    refused(create, "UnsupportedOperationException", Origin="EXTERNAL_KEY_STORE", CustomKeyStoreId=hsm, XksKeyId="spare")


def test_random_bytes_from_a_key_store(stores):
    random = stores.kms.generate_random
    refused(random, "DependencyTimeoutException", NumberOfBytes=8, CustomKeyStoreId=stores.id("hollow"))
    refused(random, "CustomKeyStoreInvalidStateException", NumberOfBytes=8, CustomKeyStoreId=stores.id("sleeping"))
    refused(random, "UnsupportedOperationException", NumberOfBytes=8, CustomKeyStoreId=stores.id("ext"))


def test_key_stores_that_are_not_there(stores):
    describe = stores.kms.describe_custom_key_stores
    refused(describe, "CustomKeyStoreNotFoundException", CustomKeyStoreId="cks-0")
    refused(describe, "CustomKeyStoreNotFoundException", CustomKeyStoreName="none")
    refused(describe, "InvalidMarkerException", Marker="none")
    refused(describe, "ValidationException", CustomKeyStoreName="none", CustomKeyStoreId="cks-0")


def test_secrets_of_a_request_are_in_no_record(stores):
    stores.kms.create_custom_key_store(**external("other"))
    assert SECRET not in str(stores.server.trail())
