//! One question of authorisation with all that decides it: who asks for what on which resource, with which condition
//! keys, under which policies and grants.
//!
//! ```text
//! mapping (a line of a batch, a file) -read-> Question -answer-> Answer
//! ```

mod answer;
mod read;
mod text;

pub use answer::{Answer, kind_name};
pub use read::{Refusal, RefusalKind, read, read_grants};
pub use text::{Unusable, parse_action, parse_caller, parse_resource, unknown_action};

use crate::cloud::{AccountId, Caller, Instant};
use crate::iam::{
    AccessRequest, ConditionKey, ContextValue, Evaluation, Iam, Policy, PolicySet, PolicyType, PrincipalMatch, RequestContext,
    ResourceRule, evaluate,
};
use crate::kms::{EncryptionContext, Grant};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A question.
#[derive(Clone, Debug)]
pub struct Question {
    /// Who asks.
    pub caller: Caller,
    /// `kms:Decrypt`, in any case.
    pub action: String,
    /// The ARN of a key or alias, or `*`.
    pub resource: String,
    /// The account that owns it; with `*` the caller's.
    pub resource_account: AccountId,
    /// The condition keys of the request.
    pub context: Context,
    /// The time; it matters only where the context is not complete.
    pub now: Instant,
    /// Every identity-based policy that reaches the caller.
    pub identity_policies: Vec<Arc<Policy>>,
    /// The policy of the key.
    pub key_policy: Option<Arc<Policy>>,
    /// The SCPs of the caller's account, from the root of the organisation down.
    pub service_controls: Vec<Vec<Arc<Policy>>>,
    /// The RCPs of the key's account, likewise.
    pub resource_controls: Vec<Vec<Arc<Policy>>>,
    /// The permissions boundary of the user or role.
    pub boundary: Option<Arc<Policy>>,
    /// The policy that was passed when the session began.
    pub session_policy: Option<Arc<Policy>>,
    /// The policy of the VPC endpoint in between.
    pub endpoint_policy: Option<Arc<Policy>>,
    /// The grants on the key.
    pub grants: Vec<Grant>,
}

/// The condition keys of a request, by their names in lower case.
#[derive(Clone, Debug, Default)]
pub struct Context {
    values: BTreeMap<String, (String, Values)>,
    /// Whether nothing is derived from the caller and the time.
    pub complete: bool,
}

/// The value of a condition key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Values {
    /// Of a single-valued key.
    One(String),
    /// Of a multivalued key.
    Many(Vec<String>),
}

/// The prefix of the condition keys for pairs of the encryption context.
pub(super) const PAIR: &str = "kms:EncryptionContext:";

impl Context {
    /// Sets a key. Nothing happens, and `false` comes back, if it is there already in whatever case.
    pub fn insert(&mut self, name: &str, values: Values) -> bool {
        let key = name.to_ascii_lowercase();
        let is_new = !self.values.contains_key(&key);
        if is_new {
            self.values.insert(key, (name.to_owned(), values));
        }
        is_new
    }

    /// Sets a key, or sets it anew.
    pub fn set(&mut self, name: &str, values: Values) {
        self.values.insert(name.to_ascii_lowercase(), (name.to_owned(), values));
    }

    /// Takes a key away.
    pub fn remove(&mut self, name: &str) {
        self.values.remove(&name.to_ascii_lowercase());
    }

    /// The keys as written, with their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Values)> {
        self.values.values().map(|(name, values)| (name.as_str(), values))
    }

    /// The encryption context: the pairs of `kms:EncryptionContext:NAME`.
    #[must_use]
    pub fn encryption_context(&self) -> EncryptionContext {
        let prefix = PAIR.to_ascii_lowercase();
        let pairs = self.values.range(prefix.clone()..).take_while(move |(key, _)| key.starts_with(&prefix));
        let named = pairs.filter_map(|(_, (written, values))| match values {
            Values::One(value) => Some((written.get(PAIR.len()..)?.to_owned(), value.clone())),
            Values::Many(_) => None,
        });
        named.collect()
    }

    fn one(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some((_, Values::One(value))) => Some(value),
            Some((_, Values::Many(_))) | None => None,
        }
    }
}

impl RequestContext for Context {
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>> {
        let (_, values) = self.values.get(&key.written.to_ascii_lowercase())?;
        Some(match values {
            Values::One(value) => ContextValue::One(Cow::Borrowed(value)),
            Values::Many(values) => ContextValue::Many(values.iter().map(|value| Cow::Borrowed(value.as_str())).collect()),
        })
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}

/// A policy of a question, by where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PolicyPlace {
    /// An identity-based policy, by its number from 0.
    Identity(usize),
    /// The key policy.
    Key,
    /// A service control policy: level, then number.
    ServiceControl(usize, usize),
    /// A resource control policy: level, then number.
    ResourceControl(usize, usize),
    /// The permissions boundary.
    Boundary,
    /// The session policy.
    Session,
    /// The policy of the VPC endpoint.
    Endpoint,
}

impl std::fmt::Display for PolicyPlace {
    /// As a JSON pointer into a line of a batch.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PolicyPlace::Identity(number) => write!(f, "/identityPolicies/{number}"),
            PolicyPlace::Key => f.write_str("/keyPolicy"),
            PolicyPlace::ServiceControl(level, number) => write!(f, "/scps/{level}/{number}"),
            PolicyPlace::ResourceControl(level, number) => write!(f, "/rcps/{level}/{number}"),
            PolicyPlace::Boundary => f.write_str("/boundary"),
            PolicyPlace::Session => f.write_str("/sessionPolicy"),
            PolicyPlace::Endpoint => f.write_str("/vpcEndpointPolicy"),
        }
    }
}

impl Question {
    /// A question about nothing yet, without policies.
    #[must_use]
    pub fn new(caller: Caller, resource_account: AccountId) -> Self {
        Question {
            caller,
            action: String::new(),
            resource: "*".to_owned(),
            resource_account,
            context: Context::default(),
            now: Instant::default(),
            identity_policies: Vec::new(),
            key_policy: None,
            service_controls: Vec::new(),
            resource_controls: Vec::new(),
            boundary: None,
            session_policy: None,
            endpoint_policy: None,
            grants: Vec::new(),
        }
    }

    /// Whether the resource is a key, so that a key policy decides.
    #[must_use]
    pub fn is_about_key(&self) -> bool {
        self.resource.splitn(6, ':').nth(5).is_some_and(|resource| resource.starts_with("key/"))
    }

    /// Whether the key belongs to another account than the caller. A service belongs to none, and is never foreign.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        self.is_about_key() && self.caller.account().is_some_and(|account| account != self.resource_account)
    }

    /// The policies that take part, each with its place, in the order in which the evaluation numbers them.
    #[must_use]
    pub fn policies(&self) -> Vec<(PolicyPlace, &Policy)> {
        let mut all: Vec<(PolicyPlace, &Policy)> = Vec::new();
        if let Some(policy) = self.key_policy.as_ref().filter(|_| self.is_about_key()) {
            all.push((PolicyPlace::Key, policy));
        }
        all.extend(self.identity_policies.iter().enumerate().map(|(number, policy)| (PolicyPlace::Identity(number), &**policy)));
        all.extend(self.boundary.iter().map(|policy| (PolicyPlace::Boundary, &**policy)));
        all.extend(self.session_policy.iter().map(|policy| (PolicyPlace::Session, &**policy)));
        all.extend(self.endpoint_policy.iter().map(|policy| (PolicyPlace::Endpoint, &**policy)));
        if !self.caller.principal.is_service_linked() {
            for (level, policies) in self.service_controls.iter().enumerate() {
                all.extend(policies.iter().enumerate().map(|(number, policy)| (PolicyPlace::ServiceControl(level, number), &**policy)));
            }
            // "RCPs have no effect on kms:RetireGrant": "Resource control policies in AWS KMS", AWS KMS Developer Guide.
            if !self.action.eq_ignore_ascii_case("kms:RetireGrant") {
                for (level, policies) in self.resource_controls.iter().enumerate() {
                    all.extend(
                        policies.iter().enumerate().map(|(number, policy)| (PolicyPlace::ResourceControl(level, number), &**policy)),
                    );
                }
            }
        }
        all
    }

    /// The policies as the evaluation takes them.
    fn policy_set<'q>(&'q self, policies: &[(PolicyPlace, &'q Policy)]) -> PolicySet<'q> {
        let mut set = PolicySet::new();
        if self.is_about_key() {
            set = set.with_rule(ResourceRule::KeyPolicy);
        }
        for (place, policy) in policies {
            set = match *place {
                PolicyPlace::Key => set.with(PolicyType::ResourceBased, policy),
                PolicyPlace::Identity(_) => set.with(PolicyType::IdentityBased, policy),
                PolicyPlace::Boundary => set.with(PolicyType::PermissionsBoundary, policy),
                PolicyPlace::Session => set.with(PolicyType::Session, policy),
                PolicyPlace::Endpoint => set.with(PolicyType::VpcEndpoint, policy),
                PolicyPlace::ServiceControl(level, _) => set.with_service_control(level, policy),
                PolicyPlace::ResourceControl(level, _) => set.with_resource_controls(level, [*policy]),
            };
        }
        if self.caller.principal.is_service_linked() { set } else { set.with_control_levels(self.service_controls.len()) }
    }

    /// The grants that allow the request, by their numbers from 0.
    fn allowing_grants(&self) -> Vec<(usize, PrincipalMatch)> {
        let Some(operation) = self.action.get(..4).filter(|service| service.eq_ignore_ascii_case("kms:")).and(self.action.get(4..)) else {
            return Vec::new();
        };
        if self.grants.is_empty() || !self.is_about_key() {
            return Vec::new();
        }
        let context = self.context.encryption_context();
        let caller = Caller {
            source_arn: self.context.one("aws:sourcearn").map(Arc::from).or_else(|| self.caller.source_arn.clone()),
            ..self.caller.clone()
        };
        let allows = |grant: &Grant| {
            let how = PrincipalMatch::of(&grant.grantee, &caller.principal)?;
            let operation = grant.operations.iter().find(|known| known.eq_ignore_ascii_case(operation))?;
            grant.allows(operation, &context, &caller, self.now, &[]).is_ok().then_some(how)
        };
        self.grants.iter().enumerate().filter_map(|(number, grant)| Some((number, allows(grant)?))).collect()
    }

    /// Evaluates it, and hands the evidence over with the places of the policies and the grants that allow.
    pub fn with_evaluation<T>(&self, look: impl FnOnce(&Evaluation<'_>, &[PolicyPlace], &[usize]) -> T) -> T {
        let policies = self.policies();
        let iam = Iam::default();
        let request = AccessRequest {
            iam: &iam,
            caller: &self.caller,
            action: &self.action,
            resource: &self.resource,
            resource_account: self.resource_account,
            now: self.now,
            context: &self.context,
        };
        let mut set = self.policy_set(&policies);
        let grants = self.allowing_grants();
        if let Some((number, how)) = grants.iter().max_by_key(|(_, how)| *how)
            && let Some(grant) = self.grants.get(*number)
        {
            set = set.with_grant(&grant.id, *how);
        }
        let places: Vec<PolicyPlace> = policies.iter().map(|(place, _)| *place).collect();
        let grants: Vec<usize> = grants.iter().map(|(number, _)| *number).collect();
        look(&evaluate(request, set), &places, &grants)
    }
}
