//! What is tried: something that carries a request out, before and after changes.

use super::data::{Change, PolicyChange};
use super::edit::{self, PolicyEdit};
use super::probe::Probe;
use crate::authz::PolicyPlace;
use crate::cloud::{Caller, DecisionTrace, Principal};
use crate::iam::{Policy, PolicyKind};
use std::sync::Arc;

/// A request with everything that decides it. Carrying it out changes nothing.
pub trait Tried: Clone {
    /// Carries the request out.
    fn outcome(&self) -> Outcome;

    /// Who calls.
    fn caller(&self) -> &Caller;

    /// The policy at a place, for a request about this key. Policies of one kind are numbered as a trace lists them.
    fn policy(&self, place: PolicyPlace, key: &str) -> Option<Arc<Policy>>;

    /// At how many levels of the caller's organisation a service control policy must allow.
    fn control_levels(&self) -> usize;

    /// The ids of the grants on this key that allow the request.
    fn allowing_grants(&self, key: &str) -> Vec<String>;

    /// The single-valued condition keys that the request carries and could carry otherwise: encryption context, service in
    /// between, network. With their values.
    fn carried(&self) -> Vec<(String, String)>;

    /// Whom the policies and accounts in sight name.
    fn known_principals(&self) -> Vec<Principal>;

    /// What would make the keys of the request usable.
    fn repairs(&self) -> Vec<Change> {
        Vec::new()
    }

    /// What would make the keys of the request unusable, and can be taken back.
    fn breakages(&self) -> Vec<Change> {
        Vec::new()
    }

    /// Why no change helps, and what would, if that is known of the request as it stands.
    fn advice(&self) -> Option<String>;

    /// The same with one change; nothing, if AWS would not take it.
    fn with(&self, change: &Change) -> Option<Self>;

    /// Whether the policies and grants allow a request like this one.
    fn allows(&self, probe: &Probe) -> bool;
}

/// What became of a request.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It was carried out; the path to the decision, where a policy or grant decided.
    Allowed(Option<Arc<DecisionTrace>>),
    /// Authorisation refused it.
    Denied(Arc<DecisionTrace>),
    /// Something else stood in its way.
    Failed,
}

/// What to call for: the two ways in which a decision may be other than it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A denied request is to be allowed.
    Allow,
    /// An allowed request is to be denied.
    Deny,
}

/// The kind of policy at a place.
pub(super) fn kind_at(place: PolicyPlace) -> PolicyKind {
    match place {
        PolicyPlace::Identity(_) | PolicyPlace::Boundary | PolicyPlace::Session => PolicyKind::Identity,
        PolicyPlace::Key => PolicyKind::Key,
        PolicyPlace::ServiceControl(..) => PolicyKind::ServiceControl,
        PolicyPlace::ResourceControl(..) => PolicyKind::ResourceControl,
        PolicyPlace::Endpoint => PolicyKind::Endpoint,
    }
}

/// The policy after a change: the document is edited and read again, so that what is shown is what was tried.
pub(super) fn changed(change: &PolicyChange, present: Option<&Policy>) -> Option<Arc<Policy>> {
    let (document, kind, name) = match (&change.edit, present) {
        (PolicyEdit::New(statement), _) => (edit::document(statement), kind_at(change.place), "new policy"),
        (edit, Some(policy)) => (edit::edited(&policy.to_json(), edit)?, policy.kind, &*policy.name),
        (PolicyEdit::Statement(..) | PolicyEdit::Add(_) | PolicyEdit::Remove(_), None) => return None,
    };
    Policy::from_json(&document.to_string(), kind, name).ok().map(Arc::new)
}
