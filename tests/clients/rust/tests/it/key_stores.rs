//! Custom key stores, in clusters and behind proxies.

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    ConnectionErrorCodeType, ConnectionStateType, CustomKeyStoreType, CustomKeyStoresListEntry, KeyState, OriginType,
    XksProxyConnectivityType,
};

use crate::answer::Answer as _;
use crate::coverage::called;
use crate::keys::state;
use crate::server::{Server, after_start};

/// A key store by its name.
pub async fn store(kms: &Client, name: &str) -> CustomKeyStoresListEntry {
    kms.describe_custom_key_stores().custom_key_store_name(name).send().await.good().custom_key_stores.unwrap().remove(0)
}

/// The id of a key store by its name.
pub async fn id(kms: &Client, name: &str) -> String {
    store(kms, name).await.custom_key_store_id.unwrap()
}

#[tokio::test]
async fn a_key_store_is_made_connected_used_and_deleted() {
    let server = Server::world("key-stores");
    let kms = server.kms();
    let failed = store(&kms, "fallen").await;
    assert_eq!(failed.connection_state, Some(ConnectionStateType::Failed));
    assert_eq!(failed.connection_error_code, Some(ConnectionErrorCodeType::NetworkErrors));
    let old = failed.custom_key_store_id.unwrap();
    kms.disconnect_custom_key_store().custom_key_store_id(&old).send().await.good();
    server.advance("5m");
    kms.delete_custom_key_store().custom_key_store_id(&old).send().await.good();

    let (cluster, anchor) = (failed.cloud_hsm_cluster_id.unwrap(), failed.trust_anchor_certificate.unwrap());
    let create = kms.create_custom_key_store().custom_key_store_name("ours").cloud_hsm_cluster_id(&cluster);
    let made = create.trust_anchor_certificate(&anchor).key_store_password("kmsuser-1").send().await.good().custom_key_store_id.unwrap();
    kms.update_custom_key_store().custom_key_store_id(&made).new_custom_key_store_name("renamed").send().await.good();
    kms.connect_custom_key_store().custom_key_store_id(&made).send().await.good();
    let entry = store(&kms, "renamed").await;
    assert_eq!((entry.connection_state, entry.connection_error_code), (Some(ConnectionStateType::Connecting), None));
    assert_eq!((entry.custom_key_store_id.as_ref(), entry.creation_date), (Some(&made), Some(after_start(300))));
    assert_eq!((entry.custom_key_store_type, entry.cloud_hsm_cluster_id.as_ref()), (Some(CustomKeyStoreType::AwsCloudhsm), Some(&cluster)));
    assert_eq!((entry.trust_anchor_certificate, entry.xks_proxy_configuration), (Some(anchor), None));

    server.advance("20m");
    assert_eq!(store(&kms, "renamed").await.connection_state, Some(ConnectionStateType::Connected));
    let metadata = kms.create_key().origin(OriginType::AwsCloudhsm).custom_key_store_id(&made).send().await.good().key_metadata.unwrap();
    assert_eq!((metadata.origin, metadata.custom_key_store_id), (Some(OriginType::AwsCloudhsm), Some(made.clone())));
    assert_eq!(metadata.cloud_hsm_cluster_id, Some(cluster));
    let sealed = kms.encrypt().key_id(&metadata.key_id).plaintext(Blob::new("x")).send().await.good().ciphertext_blob.unwrap();
    assert_eq!(kms.decrypt().ciphertext_blob(sealed).send().await.good().plaintext, Some(Blob::new("x")));
    let random = kms.generate_random().number_of_bytes(8).custom_key_store_id(&made).send().await.good();
    assert_eq!(random.plaintext.unwrap().as_ref().len(), 8);
    kms.disconnect_custom_key_store().custom_key_store_id(&made).send().await.good();
    assert_eq!(state(&kms, &metadata.key_id).await, KeyState::Unavailable);
    called(&server, "key_stores");
}

#[tokio::test]
async fn an_external_key_store_shows_its_proxy_and_a_key_its_name_there() {
    let server = Server::world("key-stores");
    let kms = server.kms();
    let entry = store(&kms, "ext").await;
    assert_eq!(
        (entry.custom_key_store_type, entry.connection_state),
        (Some(CustomKeyStoreType::ExternalKeyStore), Some(ConnectionStateType::Connected))
    );
    assert_eq!((entry.cloud_hsm_cluster_id, entry.trust_anchor_certificate), (None, None));
    let proxy = entry.xks_proxy_configuration.unwrap();
    assert_eq!(proxy.connectivity, Some(XksProxyConnectivityType::PublicEndpoint));
    assert_eq!((proxy.uri_endpoint(), proxy.uri_path()), (Some("https://vault.example.com"), Some("/kms/xks/v1")));
    assert_eq!((proxy.access_key_id(), proxy.vpc_endpoint_service_name()), (Some("ABCDEFGHIJKLMNOPQRST"), None));
    let create = kms.create_key().origin(OriginType::ExternalKeyStore).custom_key_store_id(entry.custom_key_store_id.unwrap());
    let metadata = create.xks_key_id("spare").send().await.good().key_metadata.unwrap();
    assert_eq!(metadata.xks_key_configuration.unwrap().id(), Some("spare"));
    assert_eq!((metadata.origin, metadata.cloud_hsm_cluster_id), (Some(OriginType::ExternalKeyStore), None));
}
