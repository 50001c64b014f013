//! Which actions a statement is about.

use crate::iam::{Policy, PolicyKind, Scope, Statement};
use crate::kms::{OPERATIONS, PermissionTarget};
use std::sync::LazyLock;

/// An action of KMS, as permissions name it: `kms:ReEncryptFrom`.
#[derive(Debug)]
pub(super) struct KmsAction {
    pub(super) name: &'static str,
    pub(super) lowercase: String,
    /// It is asked on a key.
    pub(super) on_key: bool,
    /// It is asked on an alias.
    pub(super) on_alias: bool,
    /// It uses the key, rather than managing it.
    pub(super) is_use: bool,
}

static ACTIONS: LazyLock<Vec<KmsAction>> = LazyLock::new(|| {
    let mut actions: Vec<KmsAction> = Vec::new();
    for row in OPERATIONS {
        for permission in row.permissions.iter().filter(|permission| permission.action.starts_with("kms:")) {
            let (on_key, on_alias) = (permission.on == PermissionTarget::Key, permission.on == PermissionTarget::Alias);
            match actions.iter_mut().find(|known| known.name == permission.action) {
                Some(known) => {
                    known.on_key |= on_key;
                    known.on_alias |= on_alias;
                }
                None => actions.push(KmsAction {
                    name: permission.action,
                    lowercase: permission.action.to_ascii_lowercase(),
                    on_key,
                    on_alias,
                    is_use: on_key && row.category == "crypto",
                }),
            }
        }
    }
    actions
});

/// The actions that a statement is about.
pub(super) struct Covered {
    /// Those of KMS.
    pub(super) kms: Vec<&'static KmsAction>,
    /// Those of them that it names in full.
    pub(super) named: Vec<&'static KmsAction>,
    /// Whether it may be about actions of other services.
    pub(super) others: bool,
}

impl Covered {
    pub(super) fn of(policy: &Policy, statement: &Statement) -> Covered {
        let kms = ACTIONS.iter().filter(|action| statement.covers_action(&action.lowercase)).collect();
        let mut named: Vec<&'static KmsAction> = Vec::new();
        // A key policy has a say in KMS alone.
        let mut others = policy.kind != PolicyKind::Key;
        if let Scope::Only(list) = statement.actions() {
            let is_kms = |written: &str| written.get(..4).is_some_and(|service| service.eq_ignore_ascii_case("kms:"));
            others = others && !list.iter().all(|action| is_kms(&action.written));
            for pattern in list.iter().filter(|pattern| !pattern.is_pattern()) {
                named.extend(ACTIONS.iter().filter(|action| pattern.matches(&action.lowercase)));
            }
        }
        Covered { kms, named, others }
    }
}

/// The action of this name.
#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    ACTIONS.iter().map(|action| action.name)
}
