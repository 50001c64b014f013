//! The text that AWS sends with a denial. It names the type of policy, never the statement.
//!
//! Source: "Troubleshoot access denied error messages", IAM User Guide.

use super::verdict::Verdict;
use super::{Evaluation, PolicyType};

/// AWS's message; empty if the request is allowed.
pub(super) fn message(evaluation: &Evaluation<'_>) -> String {
    let request = &evaluation.request;
    let who = format!("User: {} is not authorized to perform: {}", request.caller.principal.arn, request.action);
    // Of a resource of another account AWS tells neither whether it exists nor what its policy says.
    let stranger = !evaluation.same_account() && !request.caller.principal.is_service() && evaluation.set.rule.is_some();
    let resource = if stranger { "this resource".to_owned() } else { format!("resource: {}", request.resource) };
    let withheld = || {
        format!(
            "{who} on this resource because the resource does not exist in this Region, no resource-based policies allow access, \
             or a resource-based policy explicitly denies access"
        )
    };
    match evaluation.verdict() {
        Verdict::Allowed(_) => String::new(),
        Verdict::Denied(found) if stranger && found.policy_type == PolicyType::ResourceBased => withheld(),
        Verdict::Denied(found) => format!("{who} on {resource} with an explicit deny in {}", found.policy_type.phrase_with_article()),
        Verdict::Missing(missing) => match missing.types.first() {
            Some(PolicyType::ResourceBased) if stranger => withheld(),
            Some(first) => format!("{who} on {resource} because no {} allows the {} action", first.phrase(), request.action),
            None => who,
        },
    }
}
