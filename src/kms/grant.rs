//! Grants: permissions that are added to a key one by one, for one grantee each.

use super::EncryptionContext;
use crate::cloud::{AccountId, Instant, Principal};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The operations that a grant may allow on a symmetric encryption key.
///
/// Source: "Grants in AWS KMS", section "Grant operations", AWS KMS Developer Guide.
pub const GRANT_OPERATIONS: [&str; 11] = [
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "CreateGrant",
    "DescribeKey",
    "RetireGrant",
];

/// A limit of a grant to requests with a certain encryption context.
///
/// Source: "GrantConstraints", AWS KMS API Reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantConstraint {
    /// The request's context must be exactly this one.
    Equals(EncryptionContext),
    /// The request's context must contain these pairs.
    Subset(EncryptionContext),
}

impl GrantConstraint {
    /// Whether a request with this context keeps the constraint.
    #[must_use]
    pub fn holds(&self, context: &EncryptionContext) -> bool {
        match self {
            GrantConstraint::Equals(wanted) => wanted == context,
            GrantConstraint::Subset(wanted) => wanted.iter().all(|(key, value)| context.get(key) == Some(value)),
        }
    }

    /// Whether this constraint, on a child grant, is at least as strict as the parent's.
    #[must_use]
    pub fn is_within(&self, parent: &GrantConstraint) -> bool {
        match (self, parent) {
            (GrantConstraint::Equals(mine), GrantConstraint::Equals(theirs)) => mine == theirs,
            (GrantConstraint::Equals(mine) | GrantConstraint::Subset(mine), GrantConstraint::Subset(_)) => parent.holds(mine),
            (GrantConstraint::Subset(_), GrantConstraint::Equals(_)) => false,
        }
    }

    /// AWS's member name for this kind of constraint.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            GrantConstraint::Equals(_) => "EncryptionContextEquals",
            GrantConstraint::Subset(_) => "EncryptionContextSubset",
        }
    }

    /// Its pairs.
    #[must_use]
    pub fn pairs(&self) -> &EncryptionContext {
        match self {
            GrantConstraint::Equals(pairs) | GrantConstraint::Subset(pairs) => pairs,
        }
    }
}

/// One grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Its id: 64 hexadecimal digits.
    pub id: Arc<str>,
    /// A token that names it; idempotent calls return different tokens for the same grant.
    pub token: Arc<str>,
    /// Its name, empty if it has none.
    pub name: String,
    /// When it was made.
    pub created: Instant,
    /// From when on it counts without its token (eventual consistency).
    pub effective: Instant,
    /// Whom it allows.
    pub grantee: Arc<str>,
    /// Who may retire it.
    pub retiring: Option<Arc<str>>,
    /// The account whose principal made it.
    pub issuer: AccountId,
    /// What it allows, in AWS's names; sorted.
    pub operations: Vec<&'static str>,
    /// Its limit.
    pub constraint: Option<GrantConstraint>,
}

/// Why a grant of the caller does not allow a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantMiss {
    /// It does not list the operation.
    Operation,
    /// Its encryption context constraint does not hold.
    Constraint,
    /// It has not propagated yet and its token was not passed.
    Propagation,
}

impl Grant {
    /// Whether `principal` is the grantee: by its own ARN, or by the ARN of the role of its session.
    #[must_use]
    pub fn is_for(&self, principal: &Principal) -> bool {
        *self.grantee == *principal.arn || self.grantee == *principal.identity_arn()
    }

    /// Whether it allows `operation` with this context at this time, to its grantee.
    ///
    /// # Errors
    /// The first rule that it fails.
    pub fn allows(&self, operation: &str, context: &EncryptionContext, now: Instant, tokens: &[String]) -> Result<(), GrantMiss> {
        if !self.operations.contains(&operation) {
            return Err(GrantMiss::Operation);
        }
        // The constraint limits cryptographic operations; DescribeKey and RetireGrant carry no context.
        let free = matches!(operation, "DescribeKey" | "RetireGrant" | "CreateGrant");
        if !free && self.constraint.as_ref().is_some_and(|constraint| !constraint.holds(context)) {
            return Err(GrantMiss::Constraint);
        }
        if now < self.effective && !tokens.iter().any(|token| **token == *self.token) {
            return Err(GrantMiss::Propagation);
        }
        Ok(())
    }
}

/// The grants of one key.
#[derive(Clone, Debug, Default)]
pub struct GrantSet {
    by_id: BTreeMap<Arc<str>, Arc<Grant>>,
    by_grantee: BTreeMap<Arc<str>, Vec<Arc<Grant>>>,
}

impl GrantSet {
    /// Adds a grant.
    pub fn insert(&mut self, grant: Grant) {
        let grant = Arc::new(grant);
        self.by_grantee.entry(Arc::clone(&grant.grantee)).or_default().push(Arc::clone(&grant));
        self.by_id.insert(Arc::clone(&grant.id), grant);
    }

    /// Removes a grant.
    pub fn remove(&mut self, id: &str) -> Option<Arc<Grant>> {
        let grant = self.by_id.remove(id)?;
        if let Some(list) = self.by_grantee.get_mut(&grant.grantee) {
            list.retain(|other| other.id != grant.id);
            if list.is_empty() {
                self.by_grantee.remove(&grant.grantee);
            }
        }
        Some(grant)
    }

    /// The grant of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Arc<Grant>> {
        self.by_id.get(id)
    }

    /// All grants, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Grant>> {
        self.by_id.values()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The grants whose grantee is this principal.
    pub fn of<'s>(&'s self, principal: &Principal) -> impl Iterator<Item = &'s Arc<Grant>> {
        let of = |name: &str| self.by_grantee.get(name).map(Vec::as_slice).unwrap_or_default();
        let own = of(&principal.arn);
        let role = principal.identity_arn();
        let inherited = if *role == principal.arn { &[] } else { of(role) };
        own.iter().chain(inherited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context(pairs: &[(&str, &str)]) -> EncryptionContext {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn subset_allows_more_pairs_and_equals_does_not() {
        let finance = context(&[("Department", "Finance")]);
        let more = context(&[("Department", "Finance"), ("Project", "Alpha")]);
        assert!(GrantConstraint::Subset(finance.clone()).holds(&more));
        assert!(!GrantConstraint::Equals(finance.clone()).holds(&more));
        assert!(GrantConstraint::Equals(finance.clone()).holds(&finance));
        assert!(!GrantConstraint::Subset(finance).holds(&context(&[("Department", "finance")])));
    }

    #[test]
    fn a_child_may_only_tighten_the_constraint() {
        let narrow = GrantConstraint::Subset(context(&[("a", "1"), ("b", "2")]));
        let wide = GrantConstraint::Subset(context(&[("a", "1")]));
        let exact = GrantConstraint::Equals(context(&[("a", "1")]));
        assert!(narrow.is_within(&wide) && exact.is_within(&wide));
        assert!(!wide.is_within(&narrow) && !wide.is_within(&exact));
    }
}
