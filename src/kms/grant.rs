//! Grants: permissions that are added to a key one by one, for one grantee each.

use super::{EncryptionContext, KeyFamily, KeyId, KeyRef, KeySpec, KeyUsage, Operation};
use crate::cloud::{AccountId, Caller, Instant, Principal, PrincipalKind, Region, hex_bytes, hex_digits};
use crate::iam::like;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The operations that a grant may allow, of all key types.
///
/// Source: "Grants in AWS KMS", section "Grant operations", AWS KMS Developer Guide.
pub const GRANT_OPERATIONS: [&str; 19] = [
    "CreateGrant",
    "Decapsulate",
    "Decrypt",
    "DeriveSharedSecret",
    "DescribeKey",
    "Encapsulate",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "GetPublicKey",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
    "Sign",
    "Verify",
    "VerifyMac",
];

/// The operations that a grant on a key may allow: those that the key supports.
///
/// Source: "CreateGrant", AWS KMS API Reference, parameter `Operations`.
pub fn grant_operations(spec: KeySpec, usage: KeyUsage) -> impl Iterator<Item = &'static str> {
    GRANT_OPERATIONS.into_iter().filter(move |name| {
        let operation = if name.starts_with("ReEncrypt") { "ReEncrypt" } else { name };
        let fits = Operation::parse(operation).is_some_and(|operation| operation.row().key_usages.contains(&usage));
        match *name {
            "CreateGrant" | "DescribeKey" | "RetireGrant" => true,
            "GetPublicKey" => spec.is_asymmetric(),
            _ if name.starts_with("GenerateDataKey") => spec.row().family == KeyFamily::Symmetric,
            _ => fits,
        }
    })
}

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
    /// Whether a request with this context keeps the constraint. In a constraint the name of a pair has no case, its value has.
    #[must_use]
    pub fn holds(&self, context: &EncryptionContext) -> bool {
        let has = |name: &String, value: &String| {
            context.get(name) == Some(value) || context.iter().any(|(other, given)| other.eq_ignore_ascii_case(name) && given == value)
        };
        match self {
            GrantConstraint::Equals(wanted) => wanted.len() == context.len() && wanted.iter().all(|(name, value)| has(name, value)),
            GrantConstraint::Subset(wanted) => wanted.iter().all(|(name, value)| has(name, value)),
        }
    }

    /// Whether this constraint, on a child grant, is at least as strict as the parent's.
    #[must_use]
    pub fn is_within(&self, parent: &GrantConstraint) -> bool {
        match (self, parent) {
            (GrantConstraint::Equals(mine), GrantConstraint::Equals(_)) => parent.holds(mine),
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
    /// Its name, empty if it has none.
    pub name: String,
    /// When it was made.
    pub created: Instant,
    /// From when on it counts without its token (eventual consistency).
    pub effective: Instant,
    /// Whom it allows: the ARN of a principal, or the name of a service.
    pub grantee: Arc<str>,
    /// Who may retire it.
    pub retiring: Option<Arc<str>>,
    /// The account whose principal made it.
    pub issuer: AccountId,
    /// What it allows, in AWS's names; sorted.
    pub operations: Vec<&'static str>,
    /// Its limit to an encryption context.
    pub constraint: Option<GrantConstraint>,
    /// Its limit to the resource for which an AWS service calls.
    pub source_arn: Option<Arc<str>>,
}

/// Why a grant of the caller does not allow a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantMiss {
    /// It does not list the operation.
    Operation,
    /// Its encryption context constraint does not hold.
    Constraint,
    /// An AWS service calls for another resource than its `SourceArn` constraint names.
    Source,
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
    pub fn allows(
        &self,
        operation: &str,
        context: &EncryptionContext,
        caller: &Caller,
        now: Instant,
        tokens: &[String],
    ) -> Result<(), GrantMiss> {
        if !self.operations.contains(&operation) {
            return Err(GrantMiss::Operation);
        }
        // The constraint limits cryptographic operations; DescribeKey and RetireGrant carry no context, and a child grant is
        // held to its parent's constraint when it is made.
        let free = matches!(operation, "DescribeKey" | "RetireGrant" | "CreateGrant");
        if !free && self.constraint.as_ref().is_some_and(|constraint| !constraint.holds(context)) {
            return Err(GrantMiss::Constraint);
        }
        // Looked at only for requests that an AWS service makes ("GrantConstraints", AWS KMS API Reference).
        if let Some(wanted) = self.source_arn.as_deref().filter(|_| caller.principal.is_service())
            && !caller.source_arn.as_deref().is_some_and(|given| like(wanted, given))
        {
            return Err(GrantMiss::Source);
        }
        if now < self.effective && !tokens.iter().any(|token| GrantToken::parse(token).is_some_and(|token| token.grant() == *self.id)) {
            return Err(GrantMiss::Propagation);
        }
        Ok(())
    }
}

/// A grant token: it names a grant and the key that the grant is on. It is no secret and opens nothing by itself.
///
/// Source: "Grant tokens", AWS KMS Developer Guide. AWS does not publish what stands in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantToken {
    /// The key.
    pub key: KeyRef,
    grant: [u8; 32],
    /// Repeated calls return different tokens for the same grant.
    serial: u32,
}

const TOKEN_MAGIC: [u8; 4] = [0x01, 0x0a, 0x00, 0x00];

impl GrantToken {
    /// The token number `serial` of a grant, whose id has 64 hexadecimal digits.
    #[must_use]
    pub fn new(key: KeyRef, grant: &str, serial: u32) -> Option<Self> {
        hex_bytes(grant).map(|grant| GrantToken { key, grant, serial })
    }

    /// The id of the grant.
    #[must_use]
    pub fn grant(&self) -> String {
        hex_digits(&self.grant)
    }

    /// Reads a token; nothing comes back for what no `CreateGrant` can have returned.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text).ok()?;
        let rest = bytes.strip_prefix(&TOKEN_MAGIC)?;
        let (flags, rest) = rest.split_first()?;
        let (key, rest) = rest.split_first_chunk::<16>()?;
        let (grant, rest) = rest.split_first_chunk::<32>()?;
        let (serial, region) = rest.split_first_chunk::<4>()?;
        let id = KeyId::from_bits(u128::from_be_bytes(*key), *flags == 1);
        let region = Region::parse(std::str::from_utf8(region).ok()?)?;
        (*flags <= 1).then_some(GrantToken { key: KeyRef { id, region }, grant: *grant, serial: u32::from_be_bytes(*serial) })
    }
}

impl std::fmt::Display for GrantToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut bytes = TOKEN_MAGIC.to_vec();
        bytes.push(u8::from(self.key.id.is_multi_region()));
        bytes.extend_from_slice(&self.key.id.bits().to_be_bytes());
        bytes.extend_from_slice(&self.grant);
        bytes.extend_from_slice(&self.serial.to_be_bytes());
        bytes.extend_from_slice(self.key.region.code().as_bytes());
        f.write_str(&STANDARD.encode(bytes))
    }
}

/// The grants of one key.
#[derive(Clone, Debug, Default)]
pub struct GrantSet {
    by_id: BTreeMap<Arc<str>, Arc<Grant>>,
    by_grantee: BTreeMap<Arc<str>, BTreeMap<Arc<str>, Arc<Grant>>>,
    by_name: BTreeMap<String, Vec<Arc<Grant>>>,
    tokens: u32,
}

impl GrantSet {
    /// Adds a grant.
    pub fn insert(&mut self, grant: Grant) {
        let grant = Arc::new(grant);
        self.by_grantee.entry(Arc::clone(&grant.grantee)).or_default().insert(Arc::clone(&grant.id), Arc::clone(&grant));
        if !grant.name.is_empty() {
            self.by_name.entry(grant.name.clone()).or_default().push(Arc::clone(&grant));
        }
        self.by_id.insert(Arc::clone(&grant.id), grant);
    }

    /// Removes a grant.
    pub fn remove(&mut self, id: &str) -> Option<Arc<Grant>> {
        let grant = self.by_id.remove(id)?;
        if let Some(list) = self.by_grantee.get_mut(&grant.grantee) {
            list.remove(id);
            if list.is_empty() {
                self.by_grantee.remove(&grant.grantee);
            }
        }
        if let Some(list) = self.by_name.get_mut(&grant.name) {
            list.retain(|other| other.id != grant.id);
            if list.is_empty() {
                self.by_name.remove(&grant.name);
            }
        }
        Some(grant)
    }

    /// The number of the next token.
    pub(super) fn next_token(&mut self) -> u32 {
        self.tokens = self.tokens.wrapping_add(1);
        self.tokens
    }

    /// The grants of a name.
    pub(super) fn named(&self, name: &str) -> &[Arc<Grant>] {
        self.by_name.get(name).map(Vec::as_slice).unwrap_or_default()
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

    /// The grants whose grantee is this principal, its role or its account, the closest first.
    pub fn of<'s>(&'s self, principal: &Principal) -> impl Iterator<Item = &'s Arc<Grant>> {
        let of = |name: &str| self.by_grantee.get(name).into_iter().flat_map(BTreeMap::values);
        let own = of(&principal.arn);
        let role = principal.identity_arn();
        let inherited = (*role != principal.arn).then(|| of(role));
        let account = principal.account.filter(|_| principal.kind != PrincipalKind::Root);
        let delegated = account.into_iter().flat_map(move |account| of(&format!("arn:aws:iam::{account}:root")));
        own.chain(inherited.into_iter().flatten()).chain(delegated)
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
        assert!(!GrantConstraint::Subset(finance.clone()).holds(&context(&[("Department", "finance")])));
        assert!(GrantConstraint::Subset(finance).holds(&context(&[("department", "Finance")])));
    }

    #[test]
    fn a_token_reads_back_and_garbage_does_not() {
        let key = KeyRef { id: KeyId::from_bits(7, true), region: Region::default_region() };
        let id = "ab".repeat(32);
        let token = GrantToken::new(key, &id, 3).unwrap();
        let read = GrantToken::parse(&token.to_string()).unwrap();
        assert_eq!((read, read.grant()), (token, id.clone()));
        assert_ne!(token.to_string(), GrantToken::new(key, &id, 4).unwrap().to_string());
        for wrong in ["", "token", "AQoAAA==", &id] {
            assert_eq!(GrantToken::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_a_grant_may_allow_follows_from_the_type_of_the_key() {
        let list = |spec, usage| grant_operations(spec, usage).collect::<Vec<_>>().join(" ");
        let always = |more: &str| {
            let mut all: Vec<&str> = more.split(' ').chain(["CreateGrant", "DescribeKey", "RetireGrant"]).collect();
            all.sort_unstable();
            all.join(" ")
        };
        assert_eq!(
            list(KeySpec::SYMMETRIC_DEFAULT, KeyUsage::ENCRYPT_DECRYPT),
            always(
                "Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext ReEncryptFrom ReEncryptTo"
            )
        );
        assert_eq!(list(KeySpec::RSA_2048, KeyUsage::ENCRYPT_DECRYPT), always("Decrypt Encrypt ReEncryptFrom ReEncryptTo GetPublicKey"));
        assert_eq!(list(KeySpec::RSA_2048, KeyUsage::SIGN_VERIFY), always("Sign Verify GetPublicKey"));
        assert_eq!(list(KeySpec::ECC_NIST_P256, KeyUsage::KEY_AGREEMENT), always("DeriveSharedSecret GetPublicKey"));
        assert_eq!(list(KeySpec::ML_KEM_768, KeyUsage::ENCAPSULATE_DECAPSULATE), always("Decapsulate Encapsulate GetPublicKey"));
        assert_eq!(list(KeySpec::HMAC_256, KeyUsage::GENERATE_VERIFY_MAC), always("GenerateMac VerifyMac"));
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
