//! Custom key stores: KMS keys whose material is in a CloudHSM cluster or an external key manager of the customer's.
//!
//! Here stand the key stores, and what a world has outside KMS that decides whether they work: clusters and external key store
//! proxies. What the six operations do with them is in `op/key_store.rs`; connecting and what hangs on it is in `connection.rs`.
//!
//! Source: "Custom key stores", AWS KMS Developer Guide.

mod cluster;
mod connection;
mod connection_error;
mod proxy;

pub use cluster::HsmCluster;
pub use connection::Connection;
pub(super) use connection::DISCONNECTING;
pub use connection_error::{CONNECTION_ERRORS, ConnectionErrorRow, connection_error};
pub use proxy::{ExternalKey, VpcEndpointService, XksProxy};

use super::spec::{CustomKeyStoreType, XksProxyConnectivity};
use super::{Key, KeyRef, StoreLink, XksProxyAuthenticationCredential};
use crate::cloud::{AccountId, Instant, Region};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A custom key store.
#[derive(Clone, Debug)]
pub struct CustomKeyStore {
    /// Its id: `cks-…`.
    pub id: Arc<str>,
    /// Its friendly name, unique in its account and Region.
    pub name: String,
    /// The account that owns it.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// When it was made.
    pub created: Instant,
    /// Whether it is connected.
    pub connection: Connection,
    /// What stands behind it.
    pub backing: Backing,
}

/// What KMS knows of the backing key store.
#[derive(Clone, Debug, PartialEq)]
pub enum Backing {
    /// A CloudHSM cluster.
    CloudHsm {
        /// Its id: `cluster-…`.
        cluster: Arc<str>,
        /// The certificate of the authority that signed the cluster's certificate.
        trust_anchor: String,
        /// The password of kmsuser.
        password: Arc<str>,
    },
    /// An external key manager behind a proxy.
    External(ProxyConfiguration),
}

/// How KMS reaches an external key store proxy.
#[derive(Clone, Debug, PartialEq)]
pub struct ProxyConfiguration {
    /// Over the internet, or through a VPC endpoint service.
    pub connectivity: XksProxyConnectivity,
    /// `https://` and the host name.
    pub uri_endpoint: String,
    /// The path of the proxy's API.
    pub uri_path: String,
    /// The name of the VPC endpoint service.
    pub vpc_endpoint_service: Option<String>,
    /// The account that owns the service; the key store's own unless another is named.
    pub vpc_endpoint_service_owner: Option<AccountId>,
    /// The credential with which KMS signs its requests.
    pub credential: XksProxyAuthenticationCredential,
}

impl CustomKeyStore {
    /// Its kind, which never changes.
    #[must_use]
    pub fn kind(&self) -> CustomKeyStoreType {
        match self.backing {
            Backing::CloudHsm { .. } => CustomKeyStoreType::AWS_CLOUDHSM,
            Backing::External(_) => CustomKeyStoreType::EXTERNAL_KEY_STORE,
        }
    }

    /// What a key in it knows of it.
    #[must_use]
    pub fn link(&self, xks_key_id: Option<&str>) -> StoreLink {
        StoreLink {
            id: Arc::clone(&self.id),
            connected: self.connection == Connection::Connected,
            xks_key_id: xks_key_id.map(Arc::from),
            cluster: self.cluster().cloned(),
        }
    }

    fn cluster(&self) -> Option<&Arc<str>> {
        match &self.backing {
            Backing::CloudHsm { cluster, .. } => Some(cluster),
            Backing::External(_) => None,
        }
    }
}

/// All custom key stores, the clusters and proxies behind them, and which keys are in which.
#[derive(Clone, Debug, Default)]
pub struct CustomKeyStores {
    stores: BTreeMap<Arc<str>, CustomKeyStore>,
    clusters: BTreeMap<Arc<str>, HsmCluster>,
    proxies: Vec<XksProxy>,
    // INVARIANT: follows the keys of `Kms`, so that no key store has to look through all of them.
    keys: BTreeMap<Arc<str>, BTreeSet<KeyRef>>,
    external_keys: BTreeSet<(Arc<str>, Arc<str>)>,
    /// How many key stores were made by calls: the next one's id depends on it.
    created: u64,
}

impl CustomKeyStores {
    /// Adds a key store as a world starts with it. Calls go through the door.
    pub fn add(&mut self, store: CustomKeyStore) {
        self.stores.insert(Arc::clone(&store.id), store);
    }

    /// Adds a CloudHSM cluster.
    pub fn add_cluster(&mut self, cluster: HsmCluster) {
        self.clusters.insert(Arc::clone(&cluster.id), cluster);
    }

    /// Adds an external key store proxy.
    pub fn add_proxy(&mut self, proxy: XksProxy) {
        self.proxies.push(proxy);
    }

    /// The key store with an id, of whatever account and Region.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&CustomKeyStore> {
        self.stores.get(id)
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Option<&mut CustomKeyStore> {
        self.stores.get_mut(id)
    }

    /// The key stores of an account in a Region, in the order of their ids.
    pub fn of(&self, account: AccountId, region: Region) -> impl Iterator<Item = &CustomKeyStore> {
        self.stores.values().filter(move |store| store.account == account && store.region == region)
    }

    /// The CloudHSM cluster with an id.
    #[must_use]
    pub fn cluster(&self, id: &str) -> Option<&HsmCluster> {
        self.clusters.get(id)
    }

    /// The CloudHSM cluster with an id, to change what its owner changes outside KMS.
    pub fn cluster_mut(&mut self, id: &str) -> Option<&mut HsmCluster> {
        self.clusters.get_mut(id)
    }

    /// Deletes a CloudHSM cluster, as its owner would.
    pub fn delete_cluster(&mut self, id: &str) {
        self.clusters.remove(id);
    }

    /// The external key store proxies.
    #[must_use]
    pub fn proxies(&self) -> &[XksProxy] {
        &self.proxies
    }

    /// The external key store proxies, to change what their owner changes outside KMS.
    pub fn proxies_mut(&mut self) -> &mut [XksProxy] {
        &mut self.proxies
    }

    /// The number of the next key store that a call makes.
    pub(super) fn next_number(&mut self) -> u64 {
        self.created += 1;
        self.created
    }

    /// Removes a key store.
    pub(super) fn remove(&mut self, id: &str) {
        self.stores.remove(id);
        self.keys.remove(id);
    }

    /// The keys in a key store.
    pub(super) fn keys(&self, id: &str) -> impl Iterator<Item = KeyRef> {
        self.keys.get(id).into_iter().flatten().copied()
    }

    /// Whether a key in the store has this external key.
    #[must_use]
    pub fn has_external_key(&self, id: &str, xks_key_id: &str) -> bool {
        self.external_keys.contains(&(Arc::from(id), Arc::from(xks_key_id)))
    }

    /// Takes note of a new key.
    pub(super) fn key_added(&mut self, key: &Key) {
        let Some(link) = &key.store else { return };
        self.keys.entry(Arc::clone(&link.id)).or_default().insert(KeyRef { id: key.id, region: key.region });
        self.external_keys.extend(link.xks_key_id.iter().map(|external| (Arc::clone(&link.id), Arc::clone(external))));
    }

    /// Takes note that a key is gone.
    pub(super) fn key_removed(&mut self, key: &Key) {
        let Some(link) = &key.store else { return };
        if let Some(keys) = self.keys.get_mut(&link.id) {
            keys.remove(&KeyRef { id: key.id, region: key.region });
        }
        if let Some(external) = &link.xks_key_id {
            self.external_keys.remove(&(Arc::clone(&link.id), Arc::clone(external)));
        }
    }
}
