//! Who might call, going by a policy.

use crate::cloud::{AccountId, Arn, Principal};
use crate::iam::Policy;

/// The users, sessions and roles (as a session of theirs) that a policy names.
pub(super) fn callers_named_by(policy: &Policy) -> Vec<Principal> {
    let named = policy.principals().filter_map(|(written, _)| {
        let arn = Arn::parse(written)?;
        match (AccountId::parse(arn.account), arn.resource.split_once('/')) {
            (Some(account), Some(("role", name))) => Some(Principal::plain_session(account, name)),
            _ => Principal::parse(written),
        }
    });
    named.collect()
}
