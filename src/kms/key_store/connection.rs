//! The connection of a custom key store, and what follows from it for the keys.
//!
//! ```text
//!              ConnectCustomKeyStore            (20 or 5 minutes)
//! DISCONNECTED ─────────────────────> CONNECTING ───┬──> CONNECTED
//!       ^                                  │        └──> FAILED
//!       │ (1 minute)                       │               │
//!       └────────── DISCONNECTING <────────┴── DisconnectCustomKeyStore
//! ```
//!
//! Source: "Manage connections" of AWS CloudHSM and of external key stores, AWS KMS Developer Guide.

use super::{Backing, CustomKeyStore};
use crate::cloud::{ApiError, Duration, Instant, Random, Reason};
use crate::kms::spec::{ConnectionErrorCode, ConnectionState, CustomKeyStoreType};
use crate::kms::{Door, Key, KeyRef, Kms, Operation};
use std::sync::Arc;

/// Whether a custom key store is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// It has never been connected, or was disconnected.
    Disconnected,
    /// It is being connected.
    Connecting {
        /// Until when.
        until: Instant,
    },
    /// Its keys can be used.
    Connected,
    /// It is being disconnected.
    Disconnecting {
        /// Until when.
        until: Instant,
    },
    /// The last attempt to connect it failed.
    Failed(ConnectionErrorCode),
}

impl Connection {
    /// AWS's name for it.
    #[must_use]
    pub fn state(self) -> ConnectionState {
        match self {
            Connection::Disconnected => ConnectionState::DISCONNECTED,
            Connection::Connecting { .. } => ConnectionState::CONNECTING,
            Connection::Connected => ConnectionState::CONNECTED,
            Connection::Disconnecting { .. } => ConnectionState::DISCONNECTING,
            Connection::Failed(_) => ConnectionState::FAILED,
        }
    }

    /// When it changes by itself.
    fn until(self) -> Option<Instant> {
        match self {
            Connection::Connecting { until } | Connection::Disconnecting { until } => Some(until),
            Connection::Disconnected | Connection::Connected | Connection::Failed(_) => None,
        }
    }
}

/// How long disconnecting takes. AWS names no time.
pub(in crate::kms) const DISCONNECTING: Duration = Duration::minutes(1);

impl CustomKeyStore {
    /// How long connecting takes: the guide's "up to 20 minutes" and "about five minutes".
    pub(in crate::kms) fn connecting_takes(&self) -> Duration {
        match self.kind() {
            CustomKeyStoreType::AWS_CLOUDHSM => Duration::minutes(20),
            CustomKeyStoreType::EXTERNAL_KEY_STORE => Duration::minutes(5),
        }
    }

    /// The error of an operation that the connection state does not permit.
    pub(in crate::kms) fn wrong_state(&self, operation: Operation, needs: &str) -> ApiError {
        let state = self.connection.state();
        let message = format!("{} cannot be used while the custom key store is {state}.", operation.name());
        let reason = Reason::new(format!("the custom key store `{}` is {state}, and {} needs {needs}", self.name, operation.name()));
        ApiError::new("CustomKeyStoreInvalidStateException", message).with_reason(Arc::new(self.explain(reason)))
    }

    /// Adds to a reason why the connection is as it is and what would change it.
    pub(in crate::kms) fn explain(&self, reason: Reason) -> Reason {
        let help = match self.connection {
            Connection::Disconnected => "ConnectCustomKeyStore connects it".to_owned(),
            Connection::Connected => "DisconnectCustomKeyStore disconnects it".to_owned(),
            Connection::Connecting { .. } | Connection::Disconnecting { .. } => "wait, and ask DescribeCustomKeyStores".to_owned(),
            Connection::Failed(code) => {
                self.trouble(code).map(|row| format!("{code}: {}; {}", row.cause, row.remedy)).unwrap_or_else(|| code.to_string())
            }
        };
        let reason = reason.detail(help, None);
        if matches!(self.connection, Connection::Failed(_)) {
            return reason.detail("a key store whose connection failed is disconnected before anything else is tried", None);
        }
        reason
    }
}

impl Door<'_> {
    /// Finishes the connecting and disconnecting that is due, in the order of its times.
    pub(in crate::kms) fn settle_key_stores(&mut self) {
        let now = self.cloud.now();
        let due = |store: &CustomKeyStore| Some((store.connection.until().filter(|until| *until <= now)?, Arc::clone(&store.id)));
        let mut due: Vec<(Instant, Arc<str>)> = self.kms.key_stores.stores.values().filter_map(due).collect();
        due.sort();
        for (_, id) in due {
            self.kms.finish_connection(&self.cloud.random, &id);
        }
    }
}

impl Kms {
    /// Brings a connection into another state, and its keys with it.
    pub(in crate::kms) fn set_connection(&mut self, id: &str, connection: Connection) {
        if let Some(store) = self.key_stores.get_mut(id) {
            store.connection = connection;
        }
        self.follow_store(id);
    }

    /// Tells the keys of a key store what has become of it.
    pub(in crate::kms) fn follow_store(&mut self, id: &str) {
        let Some(store) = self.key_stores.get(id) else { return };
        let link = store.link(None);
        let keys: Vec<KeyRef> = self.key_stores.keys(id).collect();
        for at in keys {
            if let Some(own) = self.key_mut(at).and_then(|key| key.store.as_mut()) {
                own.connected = link.connected;
                own.cluster.clone_from(&link.cluster);
            }
        }
    }

    fn finish_connection(&mut self, random: &Random, id: &str) {
        let Some(store) = self.key_stores.get(id) else { return };
        let connection = match store.connection {
            Connection::Connecting { .. } => match self.connect(random, id) {
                Ok(()) => Connection::Connected,
                Err(code) => Connection::Failed(code),
            },
            Connection::Disconnecting { .. } => Connection::Disconnected,
            settled @ (Connection::Disconnected | Connection::Connected | Connection::Failed(_)) => settled,
        };
        self.set_connection(id, connection);
    }

    /// Tries to reach the backing key store with what KMS knows of it.
    fn connect(&mut self, random: &Random, id: &str) -> Result<(), ConnectionErrorCode> {
        let stores = &mut self.key_stores;
        let Some(store) = stores.stores.get_mut(id) else { return Err(ConnectionErrorCode::INTERNAL_ERROR) };
        match &mut store.backing {
            Backing::CloudHsm { cluster, password, .. } => {
                let cluster = stores.clusters.get_mut(cluster).ok_or(ConnectionErrorCode::CLUSTER_NOT_FOUND)?;
                cluster.log_in(password)?;
                // KMS changes the password to one that only it knows ("AWS CloudHSM key store concepts", section "kmsuser").
                *password = random.hex(&format!("password of {id} after {password}"), 32).into();
                cluster.kmsuser_password = Arc::clone(password);
                Ok(())
            }
            Backing::External(configuration) => {
                let (configuration, account, region) = (configuration.clone(), store.account, store.region);
                stores.proxy_trouble(&configuration, account, region).map_or(Ok(()), Err)
            }
        }
    }

    /// Whether a key's store can carry out a cryptographic operation: the cluster or the external key has to be reached.
    ///
    /// # Errors
    /// `KMSInvalidStateException`, whatever is wrong ("Troubleshooting external key stores", AWS KMS Developer Guide).
    pub(in crate::kms) fn reach_key_store(&self, operation: Operation, key: &Key) -> Result<(), ApiError> {
        const CODE: &str = "KMSInvalidStateException";
        let Some(link) = key.store.as_ref().filter(|_| operation.row().category == "crypto") else { return Ok(()) };
        let Some(store) = self.key_stores.get(&link.id) else { return Ok(()) };
        if let Some(row) = self.outage(store).and_then(|code| store.trouble(code)) {
            return Err(row.error(CODE));
        }
        let (Backing::External(configuration), Some(id)) = (&store.backing, &link.xks_key_id) else { return Ok(()) };
        let found = self.key_stores.proxy(configuration).and_then(|proxy| proxy.keys.get(&**id));
        let complaint = match found {
            None => Some("The external key store proxy cannot find the external key."),
            Some(external) => external.complaint(),
        };
        match complaint {
            None => Ok(()),
            Some(message) => Err(ApiError::new(CODE, message)
                .because(format!("the KMS key is {}, but every use of it also needs the external key `{id}`", key.state()))),
        }
    }

    /// What keeps a connected key store from its backing key store at this moment.
    pub(in crate::kms) fn outage(&self, store: &CustomKeyStore) -> Option<ConnectionErrorCode> {
        match &store.backing {
            Backing::CloudHsm { cluster, .. } => match self.key_stores.cluster(cluster) {
                None => Some(ConnectionErrorCode::CLUSTER_NOT_FOUND),
                Some(cluster) => cluster.outage(),
            },
            Backing::External(configuration) => self.key_stores.proxy_trouble(configuration, store.account, store.region),
        }
    }
}
