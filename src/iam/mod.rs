//! The policy language: documents, conditions, evaluation, explanation.
//!
//! [`evaluate`] collects what every applicable policy says about a request; [`Evaluation::decision`] is a
//! function of that evidence, and so is the explanation, so that the two cannot disagree.

mod directory;
mod evaluate;
mod policy;

pub use directory::{Account, Iam, Identity};
pub use evaluate::{
    AccessRequest, ConditionKey, ContextValue, Decision, Evaluation, NoContext, RequestContext, ResourcePolicy, ResourceRule, evaluate,
};
pub use policy::{Policy, PolicyKind, like};
