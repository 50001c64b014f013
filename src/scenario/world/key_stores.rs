//! The `key_stores` section: custom key stores by label, and which keys are in them.

use super::Builder;
use crate::cloud::{AccountId, Region};
use crate::diag::Diagnostic;
use crate::doc::{Fields, Node, Pair};
use crate::kms::{
    Backing, Connection, ConnectionErrorCode, CustomKeyStore, CustomKeyStoreType, NewKey, Origin, ProxyConfiguration, StoreLink,
    XksProxyConnectivity, connection_error,
};
use std::sync::Arc;

impl Builder<'_> {
    pub(super) fn key_stores(&mut self, node: &Node) {
        let Some(pairs) = node.as_mapping() else {
            self.diagnostics.push(node.expected("doc/wrong-shape", "a mapping of key store labels"));
            return;
        };
        for pair in pairs {
            self.key_store(pair);
        }
    }

    fn key_store(&mut self, pair: &Pair) -> Option<()> {
        // Known before it is read: a mistake in it is told once, not again wherever it is named.
        let id: Arc<str> = format!("cks-{}", self.world.cloud.random.hex(&format!("key store {}", pair.key), 17)).into();
        self.stores.insert(pair.key.clone(), Arc::clone(&id));
        self.made(pair, Ok(Arc::clone(&id)));
        let mut fields = Fields::of(&pair.value, "a custom key store", self.diagnostics)?;
        fields.optional("account");
        fields.optional("region");
        let name = fields.text("name", self.diagnostics).unwrap_or(&pair.key);
        let (cluster, proxy) = (fields.optional("cluster"), fields.optional("proxy"));
        let (state, error) = (fields.optional("state"), fields.optional("error"));
        let password = fields.text("password", self.diagnostics);
        let overrides = ["path", "access_key_id", "secret"].map(|field| fields.text(field, self.diagnostics));
        let span = fields.span;
        fields.finish(self.diagnostics);
        let (account, region) = (self.owner(&pair.value)?, self.region(&pair.value)?);
        let backing = match (cluster, proxy) {
            (Some(cluster), None) => self.cluster_backing(cluster, password)?,
            (None, Some(proxy)) => self.proxy_backing(proxy, overrides, account)?,
            (Some(_), Some(_)) | (None, None) => {
                let message = format!("the key store `{}` needs what stands behind it", pair.key);
                self.error("scenario/key-store", message, span, "expected either `cluster` or `proxy`");
                return None;
            }
        };
        let kind = match backing {
            Backing::CloudHsm { .. } => CustomKeyStoreType::AWS_CLOUDHSM,
            Backing::External(_) => CustomKeyStoreType::EXTERNAL_KEY_STORE,
        };
        let connection = self.connection(state, error, kind)?;
        let created = self.world.cloud.now();
        let mut store = CustomKeyStore { id, name: name.to_owned(), account, region, created, connection, backing };
        if let Some(clash) = self.clash(&store) {
            self.error("scenario/key-store", clash, pair.key_span, "AWS would not make it");
            return None;
        }
        if password.is_none() && connection == Connection::Connected {
            self.take_over_password(&mut store);
        }
        self.world.kms.key_stores.add(store);
        Some(())
    }

    /// What two key stores cannot have in common.
    fn clash(&self, store: &CustomKeyStore) -> Option<String> {
        self.world.kms.key_stores.of(store.account, store.region).find_map(|other| {
            let shared = match (&store.backing, &other.backing) {
                (Backing::CloudHsm { cluster, .. }, Backing::CloudHsm { cluster: taken, .. }) => cluster == taken,
                (Backing::External(one), Backing::External(taken)) => {
                    one.uri_endpoint == taken.uri_endpoint && one.uri_path == taken.uri_path
                }
                (Backing::CloudHsm { .. }, Backing::External(_)) | (Backing::External(_), Backing::CloudHsm { .. }) => false,
            };
            if shared {
                return Some(format!("the key store `{}` stands on what `{}` stands on", store.name, other.name));
            }
            (store.name == other.name).then(|| format!("two key stores are named `{}`", store.name))
        })
    }

    fn cluster_backing(&mut self, node: &Node, password: Option<&str>) -> Option<Backing> {
        let id = self.cluster_of(node)?;
        let cluster = self.world.kms.key_stores.cluster(&id)?;
        let password = password.map_or_else(|| Arc::clone(&cluster.kmsuser_password), Arc::from);
        Some(Backing::CloudHsm { cluster: id, trust_anchor: cluster.customer_ca.clone(), password })
    }

    /// The configuration that reaches a proxy, except where the world says that it does not.
    fn proxy_backing(&mut self, node: &Node, overrides: [Option<&str>; 3], account: AccountId) -> Option<Backing> {
        let label = node.as_str().unwrap_or_default();
        let Some(proxy) = self.proxies.get(label) else {
            self.unknown("scenario/unknown-proxy", "external key store proxy", node, self.proxies.keys().cloned().collect());
            return None;
        };
        let proxy = proxy.as_ref()?;
        let [path, access_key_id, secret] = overrides;
        let mut credential = proxy.credential.clone();
        credential.access_key_id = access_key_id.map_or(credential.access_key_id, str::to_owned);
        credential.raw_secret_access_key = secret.map_or(credential.raw_secret_access_key, str::to_owned);
        let service = proxy.vpc_endpoint_service.as_ref();
        Some(Backing::External(ProxyConfiguration {
            connectivity: service.map_or(XksProxyConnectivity::PUBLIC_ENDPOINT, |_| XksProxyConnectivity::VPC_ENDPOINT_SERVICE),
            uri_endpoint: proxy.uri_endpoint.clone(),
            uri_path: path.unwrap_or(&proxy.uri_path).to_owned(),
            vpc_endpoint_service: service.map(|service| service.name.clone()),
            vpc_endpoint_service_owner: service.map(|service| service.owner).filter(|owner| *owner != account),
            credential,
        }))
    }

    /// `state` and, for `FAILED`, `error`.
    fn connection(&mut self, state: Option<&Node>, error: Option<&Node>, kind: CustomKeyStoreType) -> Option<Connection> {
        let failed = state.and_then(Node::as_str) == Some("FAILED");
        let code = error.and_then(Node::as_str).and_then(ConnectionErrorCode::parse);
        let code = code.filter(|code| connection_error(*code, kind).is_some());
        match (state.map(|node| (node, node.as_str())), error, code) {
            (None | Some((_, Some("CONNECTED"))), None, _) => Some(Connection::Connected),
            (Some((_, Some("DISCONNECTED"))), None, _) => Some(Connection::Disconnected),
            (Some((_, Some("FAILED"))), Some(_), Some(code)) => Some(Connection::Failed(code)),
            (_, Some(node), None) if failed => {
                let text = node.as_str().unwrap_or_default();
                let legal = ConnectionErrorCode::ALL.iter().filter(|code| connection_error(**code, kind).is_some());
                self.diagnostics.push(
                    Diagnostic::error("scenario/connection-error", format!("a key store of type {kind} does not fail with `{text}`"))
                        .at(node.span, "no such ConnectionErrorCode")
                        .suggest(text, legal.map(|code| code.name())),
                );
                None
            }
            (Some((node, _)), None, _) if failed => {
                self.error(
                    "scenario/connection-error",
                    "a connection fails for a reason",
                    node.span,
                    "add `error:` with AWS's ConnectionErrorCode",
                );
                None
            }
            (_, Some(node), _) => {
                self.error("scenario/connection-error", "only a key store that is FAILED has an `error`", node.span, "add `state: FAILED`");
                None
            }
            (Some((node, _)), None, _) => {
                self.diagnostics.push(node.expected("scenario/connection-state", "`CONNECTED`, `DISCONNECTED` or `FAILED`"));
                None
            }
        }
    }

    /// Connecting has changed the password of kmsuser to one that only KMS knows.
    fn take_over_password(&mut self, store: &mut CustomKeyStore) {
        let own: Arc<str> = self.world.cloud.random.hex(&format!("password of {}", store.id), 32).into();
        if let Backing::CloudHsm { cluster, password, .. } = &mut store.backing
            && let Some(cluster) = self.world.kms.key_stores.cluster_mut(cluster)
        {
            *password = Arc::clone(&own);
            cluster.kmsuser_password = own;
        }
    }

    /// Puts a new key into the key store that its `key_store` names: `LABEL`, or `{ store: LABEL, xks_key: ID }` in an external one.
    pub(super) fn put_in_key_store(&mut self, node: &Node, new: NewKey) -> NewKey {
        match self.store_link(node, &new) {
            Some((store, origin)) => NewKey { store: Some(store), origin, ..new },
            // The mistake has been told. The key is there all the same, or everything that uses it would be reported, too.
            None => new,
        }
    }

    fn store_link(&mut self, node: &Node, new: &NewKey) -> Option<(StoreLink, Origin)> {
        let (label, xks_key) = match node.as_mapping() {
            None => (node, None),
            Some(_) => {
                let mut fields = Fields::of(node, "a place in a key store", self.diagnostics)?;
                let (label, xks_key) = (fields.required("store", self.diagnostics), fields.text("xks_key", self.diagnostics));
                fields.finish(self.diagnostics);
                (label?, xks_key)
            }
        };
        let Some(id) = self.stores.get(label.as_str().unwrap_or_default()) else {
            self.unknown("scenario/unknown-key-store", "custom key store", label, self.stores.keys().cloned().collect());
            return None;
        };
        let store = self.world.kms.key_stores.get(id)?;
        let wrong = misfit(store, new, xks_key, (new.account, new.region)).or_else(|| self.external_misfit(store, xks_key));
        let (link, kind) = (store.link(xks_key), store.kind());
        if let Some(wrong) = wrong {
            self.error("scenario/key-store", wrong, node.span, "does not fit this key store");
            return None;
        }
        let origin = match kind {
            CustomKeyStoreType::AWS_CLOUDHSM => Origin::AWS_CLOUDHSM,
            CustomKeyStoreType::EXTERNAL_KEY_STORE => Origin::EXTERNAL_KEY_STORE,
        };
        Some((link, origin))
    }

    fn external_misfit(&self, store: &CustomKeyStore, xks_key: Option<&str>) -> Option<String> {
        let (Backing::External(configuration), Some(key)) = (&store.backing, xks_key) else { return None };
        if self.world.kms.key_stores.has_external_key(&store.id, key) {
            return Some(format!("two keys of the key store `{}` have the external key `{key}`", store.name));
        }
        // Of a key store with a wrong path nobody can tell what is behind it.
        let proxy = self.world.kms.key_stores.proxies().iter().find(|proxy| proxy.uri_endpoint == configuration.uri_endpoint)?;
        (!proxy.keys.contains_key(key)).then(|| format!("the external key manager has no key `{key}`"))
    }
}

/// What keeps a key out of a key store.
fn misfit(store: &CustomKeyStore, new: &NewKey, xks_key: Option<&str>, place: (AccountId, Region)) -> Option<String> {
    if (store.account, store.region) != place {
        return Some("a key and its key store are in one account and one Region".to_owned());
    }
    if !new.spec.row().key_store || new.id.is_multi_region() || new.origin != Origin::AWS_KMS {
        return Some("a key store holds symmetric encryption keys of one Region, with material made in it".to_owned());
    }
    match (store.kind(), xks_key) {
        (CustomKeyStoreType::EXTERNAL_KEY_STORE, None) => {
            Some("a key in an external key store says its external key: `{ store: LABEL, xks_key: ID }`".to_owned())
        }
        (CustomKeyStoreType::AWS_CLOUDHSM, Some(_)) => Some("a key in a CloudHSM key store has no external key".to_owned()),
        (CustomKeyStoreType::EXTERNAL_KEY_STORE, Some(_)) | (CustomKeyStoreType::AWS_CLOUDHSM, None) => None,
    }
}
