//! Errors of custom key stores and of the keys in them, as they follow from clusters and proxies.

use aws_sdk_kms::Client;
use aws_sdk_kms::operation::create_custom_key_store::builders::CreateCustomKeyStoreFluentBuilder;
use aws_sdk_kms::operation::create_key::builders::CreateKeyFluentBuilder;
use aws_sdk_kms::types::{
    ConnectionStateType, CustomKeyStoreType, OriginType, XksProxyAuthenticationCredentialType, XksProxyConnectivityType,
};

use crate::answer::{Answer as _, refused};
use crate::coverage::provoked;
use crate::key_stores::{id, store};
use crate::server::Server;

const KNOWN: &str = "ABCDEFGHIJKLMNOPQRST";
const UNKNOWN: &str = "AAAAAAAAAAAAAAAAAAAA";

fn credential(access_key_id: &str) -> XksProxyAuthenticationCredentialType {
    let secret = "SecretSecretSecretSecretSecretSecretSecret+1";
    XksProxyAuthenticationCredentialType::builder().access_key_id(access_key_id).raw_secret_access_key(secret).build().unwrap()
}

/// Deletes a key store, and gives the request that makes it again.
async fn made_again(server: &Server, kms: &Client, name: &str) -> CreateCustomKeyStoreFluentBuilder {
    let entry = store(kms, name).await;
    let id = entry.custom_key_store_id.unwrap();
    if entry.connection_state != Some(ConnectionStateType::Disconnected) {
        kms.disconnect_custom_key_store().custom_key_store_id(&id).send().await.good();
        server.advance("5m");
    }
    kms.delete_custom_key_store().custom_key_store_id(&id).send().await.good();
    let request = kms.create_custom_key_store().custom_key_store_name(name).cloud_hsm_cluster_id(entry.cloud_hsm_cluster_id.unwrap());
    request.trust_anchor_certificate(entry.trust_anchor_certificate.unwrap()).key_store_password("kmsuser-1")
}

/// The request for an external key store whose proxy is NAME.example.com.
fn external(kms: &Client, name: &str) -> CreateCustomKeyStoreFluentBuilder {
    kms.create_custom_key_store()
        .custom_key_store_name(format!("new {name}"))
        .custom_key_store_type(CustomKeyStoreType::ExternalKeyStore)
        .xks_proxy_connectivity(XksProxyConnectivityType::PublicEndpoint)
        .xks_proxy_uri_endpoint(format!("https://{name}.example.com"))
        .xks_proxy_uri_path("/kms/xks/v1")
        .xks_proxy_authentication_credential(credential(KNOWN))
}

/// The same behind a VPC endpoint service.
fn in_vpc(kms: &Client, name: &str, service: u32) -> CreateCustomKeyStoreFluentBuilder {
    external(kms, name)
        .xks_proxy_connectivity(XksProxyConnectivityType::VpcEndpointService)
        .xks_proxy_vpc_endpoint_service_name(format!("com.amazonaws.vpce.us-east-1.vpce-svc-{service}"))
}

#[tokio::test]
async fn clusters_that_do_not_serve() {
    let server = Server::world("key-stores");
    let kms = server.kms();
    let ids = ["hsm", "sleeping", "tight", "fallen", "hollow"].map(|name| id(&kms, name));
    let [hsm, sleeping, tight, fallen, hollow] = ids;
    let (hsm, sleeping, tight, fallen, hollow) = (hsm.await, sleeping.await, tight.await, fallen.await, hollow.await);
    let connect = |id: &str| kms.connect_custom_key_store().custom_key_store_id(id);
    let update = |id: &str| kms.update_custom_key_store().custom_key_store_id(id);
    let delete = |id: &str| kms.delete_custom_key_store().custom_key_store_id(id);
    let random = kms.generate_random().number_of_bytes(8);
    let mut seen = vec![
        refused!(connect("cks-0"), CustomKeyStoreNotFoundException),
        refused!(connect(&sleeping), CloudHsmClusterNotActiveException),
        refused!(connect(&tight), CloudHsmClusterInvalidConfigurationException),
        refused!(connect(&fallen), CustomKeyStoreInvalidStateException),
        refused!(kms.disconnect_custom_key_store().custom_key_store_id(&tight), CustomKeyStoreInvalidStateException),
        refused!(update(&hsm).new_custom_key_store_name("ext"), CustomKeyStoreNameInUseException),
        refused!(update(&hsm).key_store_password("kmsuser-2"), CustomKeyStoreInvalidStateException),
        refused!(delete("cks-0"), CustomKeyStoreNotFoundException),
        refused!(delete(&hsm), CustomKeyStoreInvalidStateException),
        refused!(kms.describe_custom_key_stores().custom_key_store_name("none"), CustomKeyStoreNotFoundException),
        refused!(random.clone().custom_key_store_id(&hollow), DependencyTimeoutException),
        refused!(random.custom_key_store_id(&sleeping), CustomKeyStoreInvalidStateException),
    ];
    let (main, other) = (store(&kms, "hsm").await.cloud_hsm_cluster_id.unwrap(), store(&kms, "fallen").await.cloud_hsm_cluster_id.unwrap());
    let ready = made_again(&server, &kms, "fallen").await;
    seen.push(refused!(ready.clone().cloud_hsm_cluster_id("cluster-7777777777a"), CloudHsmClusterNotFoundException));
    seen.push(refused!(ready.clone().cloud_hsm_cluster_id(main), CloudHsmClusterInUseException));
    seen.push(refused!(ready.clone().trust_anchor_certificate("another"), IncorrectTrustAnchorException));
    seen.push(refused!(ready.clone().custom_key_store_name("hsm"), CustomKeyStoreNameInUseException));
    seen.push(refused!(made_again(&server, &kms, "sleeping").await, CloudHsmClusterNotActiveException));
    seen.push(refused!(made_again(&server, &kms, "alone").await, CloudHsmClusterInvalidConfigurationException));
    kms.disconnect_custom_key_store().custom_key_store_id(&hsm).send().await.good();
    server.advance("5m");
    seen.push(refused!(delete(&hsm), CustomKeyStoreHasCmKsException));
    seen.push(refused!(update(&hsm).cloud_hsm_cluster_id(other), CloudHsmClusterNotRelatedException));
    ready.send().await.good();
    provoked(&seen, "clusters");
}

#[tokio::test]
async fn proxies_that_do_not_serve() {
    let server = Server::world("key-stores");
    let kms = server.kms();
    let ext = id(&kms, "ext").await;
    kms.disconnect_custom_key_store().custom_key_store_id(&ext).send().await.good();
    server.advance("5m");
    let update = kms.update_custom_key_store().custom_key_store_id(&ext);
    let seen = [
        refused!(external(&kms, "nowhere"), XksProxyUriUnreachableException),
        refused!(external(&kms, "private"), XksProxyUriUnreachableException),
        refused!(external(&kms, "strange"), XksProxyInvalidResponseException),
        refused!(external(&kms, "other").xks_proxy_uri_path("/wrong/kms/xks/v1"), XksProxyInvalidConfigurationException),
        refused!(external(&kms, "vault"), XksProxyUriInUseException),
        refused!(
            external(&kms, "other").xks_proxy_authentication_credential(credential(UNKNOWN)),
            XksProxyIncorrectAuthenticationCredentialException
        ),
        refused!(update.xks_proxy_authentication_credential(credential(UNKNOWN)), XksProxyIncorrectAuthenticationCredentialException),
        refused!(external(&kms, "broken"), KmsInternalException),
    ];
    external(&kms, "other").send().await.good();
    provoked(&seen, "proxies");
}

#[tokio::test]
async fn endpoint_services_that_do_not_serve() {
    let server = Server::world("key-stores");
    let kms = server.kms();
    let foreign = in_vpc(&kms, "private", 1).xks_proxy_vpc_endpoint_service_owner("444455556666");
    let mut seen = vec![
        refused!(in_vpc(&kms, "private", 9), XksProxyVpcEndpointServiceNotFoundException),
        refused!(foreign, XksProxyVpcEndpointServiceNotFoundException),
        refused!(in_vpc(&kms, "unfit", 2), XksProxyVpcEndpointServiceInvalidConfigurationException),
    ];
    in_vpc(&kms, "private", 1).send().await.good();
    seen.push(refused!(in_vpc(&kms, "twin", 1), XksProxyVpcEndpointServiceInUseException));
    let more = external(&kms, "private").custom_key_store_name("more").xks_proxy_uri_path("/a/kms/xks/v1");
    seen.push(refused!(more, XksProxyUriEndpointInUseException));
    provoked(&seen, "endpoint_services");
}

#[tokio::test]
async fn keys_that_a_key_store_cannot_have() {
    let server = Server::world("key-stores");
    let kms = server.kms();
    let (ext, hsm, sleeping, alone) = (id(&kms, "ext").await, id(&kms, "hsm").await, id(&kms, "sleeping").await, id(&kms, "alone").await);
    let outside = |key: &str| kms.create_key().origin(OriginType::ExternalKeyStore).custom_key_store_id(&ext).xks_key_id(key);
    let inside = |store: &str| -> CreateKeyFluentBuilder { kms.create_key().origin(OriginType::AwsCloudhsm).custom_key_store_id(store) };
    let seen = [
        refused!(outside("none"), XksKeyNotFoundException),
        refused!(outside("off"), XksKeyInvalidConfigurationException),
        refused!(outside("rsa"), XksKeyInvalidConfigurationException),
        refused!(outside("good"), XksKeyAlreadyInUseException),
        refused!(inside("cks-0"), CustomKeyStoreNotFoundException),
        refused!(inside(&sleeping), CustomKeyStoreInvalidStateException),
        refused!(inside(&alone), CloudHsmClusterInvalidConfigurationException),
        refused!(inside(&hsm).multi_region(true), UnsupportedOperationException),
        refused!(kms.generate_random().number_of_bytes(8).custom_key_store_id(&ext), UnsupportedOperationException),
    ];
    provoked(&seen, "keys_outside");
}
