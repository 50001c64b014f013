//! The policy language: documents, conditions, evaluation, explanation.
//!
//! ```text
//! text or tree -parse-> Policy (patterns compiled)
//! request + policies -evaluate-> Evaluation (what each statement said) -> decision, explanation, AWS's message
//! ```
//!
//! [`evaluate`] collects what every applicable policy says about a request; [`Evaluation::decision`] is a
//! function of that evidence, and so is the explanation, so that the two cannot disagree.

mod applicable;
mod arn_pattern;
mod condition;
mod coverage;
mod directory;
mod evaluate;
mod explain;
mod global_keys;
mod inspect;
mod key;
mod managed_policies;
mod message;
mod near_miss;
mod normal;
mod organization;
mod parse;
mod pattern;
mod policy;
mod principal;
mod request;
mod trace;
mod verdict;

pub use crate::cloud::PolicyType;
pub use applicable::{PolicySet, ResourceRule};
pub use condition::{Condition, ConditionValue, Family, Operator, Relation, SetOperator};
pub use coverage::Effort;
pub use directory::{Account, Endpoint, Iam, Identity, Session};
pub use evaluate::{Decision, Evaluation, Found, evaluate};
pub use global_keys::{GLOBAL_CONDITION_KEYS, GlobalKeyRow, Presence, ValueType};
pub use managed_policies::{aws_managed_policy, aws_managed_policy_names};
pub use organization::{Controls, DEEPEST_UNITS, Member, Organization, Unit};
pub use pattern::like;
pub use policy::{ActionPattern, Effect, MalformedPolicy, Policy, PolicyKind, PrincipalElement, ResourcePattern, Scope, Statement};
pub use principal::{Form as PrincipalForm, NamedPrincipal, PrincipalMatch};
pub use request::{AccessRequest, ConditionKey, ContextValue, NoContext, RequestContext};
