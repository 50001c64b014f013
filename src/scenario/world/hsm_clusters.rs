//! The `hsm_clusters` section: CloudHSM clusters by label.

use super::Builder;
use crate::doc::{Fields, Node, Pair};
use crate::kms::{ConnectionErrorCode, CustomKeyStoreType, HsmCluster, connection_error};
use std::sync::Arc;

/// The password of kmsuser where a world does not say it.
const PASSWORD: &str = "kmsuser-password";

impl Builder<'_> {
    pub(super) fn hsm_clusters(&mut self, node: &Node) {
        let Some(pairs) = node.as_mapping() else {
            self.diagnostics.push(node.expected("doc/wrong-shape", "a mapping of cluster labels"));
            return;
        };
        for pair in pairs {
            self.hsm_cluster(pair);
        }
    }

    fn hsm_cluster(&mut self, pair: &Pair) -> Option<()> {
        // Known before it is read: a mistake in it is told once, not again wherever it is named.
        let id: Arc<str> = format!("cluster-{}", letters(self.world.cloud.random.derive(&format!("cluster {}", pair.key)))).into();
        self.clusters.insert(pair.key.clone(), Arc::clone(&id));
        self.made(pair, Ok(Arc::clone(&id)));
        let mut fields = Fields::of(&pair.value, "a CloudHSM cluster", self.diagnostics)?;
        fields.optional("account");
        fields.optional("region");
        let state = fields.optional("state");
        let no_hsms = fields.optional("hsms").is_none();
        let hsms = fields.texts("hsms", self.diagnostics);
        let single_zone = fields.flag("single_zone", self.diagnostics);
        let customer_ca = fields.text("customer_ca", self.diagnostics);
        let password = fields.text("kmsuser_password", self.diagnostics);
        let backup_of = fields.optional("backup_of");
        let trouble = fields.optional("trouble");
        fields.finish(self.diagnostics);
        let (account, region) = (self.owner(&pair.value)?, self.region(&pair.value)?);
        let backup_of = match backup_of {
            Some(node) => Some(self.cluster_of(node)?),
            None => None,
        };
        // What was made from a backup has the users and the certificate of its source.
        let source = backup_of.as_ref().and_then(|id| self.world.kms.key_stores.cluster(id));
        let customer_ca =
            customer_ca.map(str::to_owned).or_else(|| source.map(|source| source.customer_ca.clone())).unwrap_or_else(|| ca(&pair.key));
        let kmsuser_password = password
            .map(Arc::from)
            .or_else(|| source.map(|source| Arc::clone(&source.kmsuser_password)))
            .unwrap_or_else(|| PASSWORD.into());
        let active = match state.map(|node| (node, node.as_str())) {
            None | Some((_, Some("ACTIVE"))) => true,
            Some((_, Some("UNINITIALIZED" | "INITIALIZED"))) => false,
            Some((node, _)) => {
                self.diagnostics.push(node.expected("scenario/cluster-state", "`ACTIVE`, `INITIALIZED` or `UNINITIALIZED`"));
                true
            }
        };
        let trouble = trouble.and_then(|node| self.trouble(node, CustomKeyStoreType::AWS_CLOUDHSM));
        let hsms = if no_hsms {
            ['a', 'b'].map(|zone| format!("{region}{zone}").into()).into()
        } else {
            hsms.into_iter().map(Arc::from).collect()
        };
        self.world.kms.key_stores.add_cluster(HsmCluster {
            id,
            account,
            region,
            active,
            hsms,
            network_fits: !single_zone,
            customer_ca,
            kmsuser_password,
            failed_logins: 0,
            backup_of,
            trouble,
        });
        Some(())
    }

    /// The id of the cluster that a label names; it stands above.
    pub(super) fn cluster_of(&mut self, node: &Node) -> Option<Arc<str>> {
        let label = node.as_str().unwrap_or_default();
        let found = self.clusters.get(label).cloned();
        if found.is_none() {
            self.unknown("scenario/unknown-cluster", "CloudHSM cluster", node, self.clusters.keys().cloned().collect());
        }
        found
    }

    /// A label that nothing has.
    pub(super) fn unknown(&mut self, code: &'static str, what: &str, node: &Node, known: Vec<String>) {
        let label = node.as_str().unwrap_or_default();
        self.diagnostics.push(
            crate::diag::Diagnostic::error(code, format!("the world has no {what} `{label}`"))
                .at(node.span, format!("no such {what}"))
                .suggest(label, known.iter().map(String::as_str)),
        );
    }

    /// A trouble that a world may state: what follows from the rest of the world is said there.
    pub(super) fn trouble(&mut self, node: &Node, store: CustomKeyStoreType) -> Option<ConnectionErrorCode> {
        let text = node.as_str().unwrap_or_default();
        let row = |code: ConnectionErrorCode| connection_error(code, store).filter(|row| row.given);
        let found = ConnectionErrorCode::parse(text).filter(|code| row(*code).is_some());
        if found.is_none() {
            let legal = ConnectionErrorCode::ALL.iter().filter(|code| row(**code).is_some()).map(|code| code.name());
            self.diagnostics.push(
                crate::diag::Diagnostic::error("scenario/trouble", format!("a world does not state the trouble `{text}` here"))
                    .at(
                        node.span,
                        "no trouble of its own: it follows from the rest of the world, or belongs to the other kind of key store",
                    )
                    .suggest(text, legal),
            );
        }
        found
    }
}

/// The certificate authority of a cluster where a world does not say it.
fn ca(label: &str) -> String {
    format!("customerCA of {label}")
}

/// Eleven letters for a cluster's id.
fn letters(bytes: [u8; 32]) -> String {
    bytes
        .iter()
        .take(11)
        .filter_map(|byte| b"abcdefghijklmnopqrstuvwxyz234567".get(usize::from(byte % 32)))
        .map(|letter| char::from(*letter))
        .collect()
}
