//! CloudHSM clusters, as far as AWS KMS sees them.

use super::{Backing, CustomKeyStores};
use crate::cloud::{AccountId, ApiError, Reason, Region};
use crate::kms::spec::ConnectionErrorCode;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A CloudHSM cluster.
///
/// Source: "Create an AWS CloudHSM key store", section "Assemble the prerequisites", AWS KMS Developer Guide.
#[derive(Clone, Debug)]
pub struct HsmCluster {
    /// Its id: `cluster-…`.
    pub id: Arc<str>,
    /// The account that owns it.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// Whether its state is `ACTIVE`.
    pub active: bool,
    /// The Availability Zones of its active HSMs, one for each HSM.
    pub hsms: Vec<Arc<str>>,
    /// Whether it has private subnets in two Availability Zones and the security group that it was made with.
    pub network_fits: bool,
    /// The certificate of the authority that signed its own: the contents of `customerCA.crt`.
    pub customer_ca: String,
    /// The password of the crypto user kmsuser.
    pub kmsuser_password: Arc<str>,
    /// How often in a row somebody logged in as kmsuser with a wrong password.
    pub failed_logins: u32,
    /// The cluster from whose backup this one was made.
    pub backup_of: Option<Arc<str>>,
    /// What else keeps AWS KMS from connecting.
    pub trouble: Option<ConnectionErrorCode>,
}

/// CloudHSM locks a user out after this many wrong passwords in a row.
///
/// Source: "Troubleshooting a custom key store", section "How to fix invalid kmsuser credentials", AWS KMS Developer Guide.
const MOST_FAILED_LOGINS: u32 = 5;

impl HsmCluster {
    fn zones(&self) -> BTreeSet<&Arc<str>> {
        self.hsms.iter().collect()
    }

    /// Two active HSMs in different Availability Zones: what a key store and each new key in it need.
    pub(in crate::kms) fn has_two_hsms(&self) -> Result<(), ApiError> {
        if self.active && self.zones().len() >= 2 {
            return Ok(());
        }
        let message = format!("The cluster {} needs two active HSMs in different Availability Zones.", self.id);
        let zones: Vec<&str> = self.hsms.iter().filter(|_| self.active).map(|zone| &**zone).collect();
        let has = if zones.is_empty() { "none".to_owned() } else { zones.join(", ") };
        let reason = Reason::new("creating a key store, or a key in it, takes two active HSMs, so that key material is not lost with one")
            .detail(format!("active HSMs of the cluster, by Availability Zone: {has}"), None);
        Err(ApiError::new(INVALID_CONFIGURATION, message).with_reason(Arc::new(reason)))
    }

    /// What connecting finds wrong at once.
    pub(in crate::kms) fn can_be_tried(&self) -> Result<(), ApiError> {
        if !self.active {
            let message = format!("The cluster {} is not active.", self.id);
            return Err(ApiError::new("CloudHsmClusterNotActiveException", message)
                .because("initialize and activate the cluster in CloudHSM first"));
        }
        if !self.network_fits {
            let message = format!("The cluster {} is not configured for a custom key store.", self.id);
            return Err(ApiError::new(INVALID_CONFIGURATION, message)
                .because("the cluster needs private subnets in two Availability Zones and the security group that CloudHSM made for it"));
        }
        Ok(())
    }

    /// What keeps a key store that is connected from using its keys.
    pub(super) fn outage(&self) -> Option<ConnectionErrorCode> {
        if !self.active || self.hsms.is_empty() {
            return Some(ConnectionErrorCode::INSUFFICIENT_CLOUDHSM_HSMS);
        }
        // The other troubles stop a login; AWS KMS stays logged in while the key store is connected.
        self.trouble.filter(|trouble| matches!(trouble, ConnectionErrorCode::INTERNAL_ERROR | ConnectionErrorCode::NETWORK_ERRORS))
    }

    /// AWS KMS logs in as kmsuser.
    pub(super) fn log_in(&mut self, password: &str) -> Result<(), ConnectionErrorCode> {
        if let Some(trouble) = self.outage().or(self.trouble) {
            return Err(trouble);
        }
        if self.failed_logins >= MOST_FAILED_LOGINS {
            return Err(ConnectionErrorCode::USER_LOCKED_OUT);
        }
        if *self.kmsuser_password != *password {
            self.failed_logins += 1;
            return Err(ConnectionErrorCode::INVALID_CREDENTIALS);
        }
        self.failed_logins = 0;
        Ok(())
    }

    /// Changes the password of kmsuser, which also ends a lockout.
    pub fn change_password(&mut self, password: &str) {
        self.kmsuser_password = password.into();
        self.failed_logins = 0;
        if self.trouble == Some(ConnectionErrorCode::USER_LOCKED_OUT) {
            self.trouble = None;
        }
    }
}

/// The error for a cluster that is not as AWS KMS needs it.
const INVALID_CONFIGURATION: &str = "CloudHsmClusterInvalidConfigurationException";

impl CustomKeyStores {
    /// The cluster that a request names.
    pub(in crate::kms) fn named_cluster(&self, account: AccountId, region: Region, id: &str) -> Result<&HsmCluster, ApiError> {
        let own = |cluster: &&HsmCluster| cluster.account == account && cluster.region == region;
        self.cluster(id).filter(own).ok_or_else(|| {
            ApiError::new("CloudHsmClusterNotFoundException", format!("The cluster {id} does not exist.")).because(format!(
                "a custom key store takes a CloudHSM cluster of its own account and Region, and {account} has no {id} in {region}"
            ))
        })
    }

    /// Clusters made from backups of one another: they share keys and users.
    pub(in crate::kms) fn related_clusters(&self, one: &str, other: &str) -> bool {
        self.origin_of(one) == self.origin_of(other)
    }

    /// The first cluster of a line of backups.
    fn origin_of<'c>(&'c self, id: &'c str) -> &'c str {
        let (mut id, mut steps) = (id, 0);
        // A line that bites its own tail ends all the same.
        while let Some(before) = self.cluster(id).and_then(|cluster| cluster.backup_of.as_deref()).filter(|_| steps < self.clusters.len()) {
            (id, steps) = (before, steps + 1);
        }
        id
    }

    /// The key store that uses a cluster or one that shares its backups.
    pub(in crate::kms) fn user_of_cluster(&self, id: &str) -> Option<&str> {
        self.stores.values().find_map(|store| match &store.backing {
            Backing::CloudHsm { cluster, .. } if self.related_clusters(cluster, id) => Some(&*store.name),
            Backing::CloudHsm { .. } | Backing::External(_) => None,
        })
    }
}
