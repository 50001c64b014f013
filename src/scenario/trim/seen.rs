//! Who did what in the run, as its trail shows: what wildcards may be narrowed to, and what conditions could hold.
//!
//! Attribution is rough on purpose. It only says what to try; the run decides.

use super::standing::Standings;
use super::statement::Statement;
use crate::cloud::{AccountId, Arn, Caller, Event, Parameters, PrincipalKind};
use crate::iam::like;
use crate::kms::{OPERATIONS, Operation};
use crate::scenario::names::Names;
use crate::services::SERVICE_OPERATIONS;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One call that was let through.
#[derive(Clone, Debug)]
pub(super) struct Use {
    /// The permissions that it asks for.
    actions: Vec<&'static str>,
    pub(super) caller: Arc<Caller>,
    /// The ARNs of what it touched.
    pub(super) resources: Vec<Arc<str>>,
    /// Its encryption context.
    pub(super) context: BTreeMap<String, String>,
}

/// What a run showed, and how its world calls things.
#[derive(Clone, Debug)]
pub(super) struct Seen<'s> {
    uses: Vec<Use>,
    pub(super) names: &'s Names,
    pub(super) standings: Standings,
}

impl<'s> Seen<'s> {
    pub(super) fn of(events: &[Event], names: &'s Names, standings: Standings) -> Self {
        // A call that failed for another reason was authorised, too.
        let through = events.iter().filter(|event| event.error.as_ref().is_none_or(|error| !error.code.starts_with("AccessDenied")));
        let uses = through.map(|event| Use {
            actions: permissions(event),
            caller: Arc::clone(&event.caller),
            resources: event.resources.iter().map(|resource| Arc::clone(&resource.arn)).collect(),
            context: context(&event.parameters),
        });
        Seen { uses: uses.collect(), names, standings }
    }

    /// The actions that were used and that fit one of the patterns, in alphabetical order.
    pub(super) fn actions(&self, fits: impl Fn(&str) -> bool) -> Vec<String> {
        let used: BTreeSet<&str> = self.uses.iter().flat_map(|used| used.actions.iter().copied()).filter(|action| fits(action)).collect();
        used.into_iter().map(str::to_owned).collect()
    }

    /// The calls that a statement may have let through.
    pub(super) fn uses(&self, statement: &Statement<'_>) -> Vec<&Use> {
        let actions = statement.texts("Action");
        let principals: Vec<String> =
            statement.principals().iter().filter_map(|(_, _, node)| node.as_str()).map(|text| self.resolved(text)).collect();
        let resources: Vec<String> = statement.texts("Resource").into_iter().map(|text| self.resolved(text)).collect();
        let holders = self.standings.holders(statement.node.span);
        let named = |used: &Use| match statement.is_of_resource() {
            true => principals.iter().any(|principal| names(principal, &used.caller)),
            false => holders.is_empty() || holders.iter().any(|holder| **holder == **used.caller.principal.identity_arn()),
        };
        let touched =
            |used: &Use| used.resources.is_empty() || used.resources.iter().any(|arn| resources.iter().any(|item| like(item, arn)));
        let fits = |used: &Use| used.actions.iter().any(|action| actions.iter().any(|pattern| covers(pattern, action)));
        self.uses.iter().filter(|used| fits(used) && named(used) && touched(used)).collect()
    }

    /// A text of a policy with ids in the place of labels.
    pub(super) fn resolved(&self, text: &str) -> String {
        self.names.resolved(text)
    }

    /// A text as the learner writes it, with labels in the place of ids where that means the same.
    pub(super) fn written(&self, text: &str) -> String {
        let readable = self.names.readable(text);
        if self.resolved(&readable) == text { readable } else { text.to_owned() }
    }
}

/// Whether an action pattern covers an action.
pub(super) fn covers(pattern: &str, action: &str) -> bool {
    like(&pattern.to_ascii_lowercase(), &action.to_ascii_lowercase())
}

/// All actions that the model knows and that fit, in alphabetical order.
pub(super) fn known_actions(fits: impl Fn(&str) -> bool) -> Vec<String> {
    let kms = OPERATIONS.iter().flat_map(|row| row.permissions.iter().map(|permission| permission.action));
    let services = SERVICE_OPERATIONS.iter().flat_map(|row| row.permissions.iter().copied());
    let known: BTreeSet<&str> = kms.chain(services).filter(|action| fits(action)).collect();
    known.into_iter().map(str::to_owned).collect()
}

/// The account that a principal stands for: by its root ARN, or by its id.
pub(super) fn account_of(principal: &str) -> Option<AccountId> {
    AccountId::parse(principal).or_else(|| {
        let arn = Arn::parse(principal).filter(|arn| arn.service == "iam" && arn.resource == "root")?;
        AccountId::parse(arn.account)
    })
}

/// Whether a principal of a policy names a caller, in person or through its account.
pub(super) fn names(principal: &str, caller: &Caller) -> bool {
    let by_account = account_of(principal).is_some_and(|account| caller.account() == Some(account));
    principal == "*" || by_account || *principal == **caller.principal.identity_arn() || *principal == *caller.principal.arn
}

/// What a policy can call a caller instead of by its account: kind and name. Nothing for a root user, and for the identities
/// under which AWS itself works in an account, which no policy may name.
pub(super) fn in_person(caller: &Caller) -> Option<(&'static str, String)> {
    match &caller.principal.kind {
        PrincipalKind::Service { name } => Some(("Service", name.to_string())),
        PrincipalKind::AssumedRole { role, .. } if role.starts_with("aws:") => None,
        PrincipalKind::User { .. } | PrincipalKind::AssumedRole { .. } => Some(("AWS", caller.principal.identity_arn().to_string())),
        PrincipalKind::FederatedUser { .. } => Some(("AWS", caller.principal.arn.to_string())),
        PrincipalKind::Root => None,
    }
}

fn permissions(event: &Event) -> Vec<&'static str> {
    if event.source == "kms.amazonaws.com" {
        return Operation::parse(event.name)
            .map(|operation| operation.row().permissions.iter().map(|permission| permission.action).collect())
            .unwrap_or_default();
    }
    let same = SERVICE_OPERATIONS.iter().filter(|row| row.name.split_once(':').is_some_and(|(_, name)| name == event.name));
    same.flat_map(|row| row.permissions.iter().copied()).collect()
}

fn context(parameters: &Parameters) -> BTreeMap<String, String> {
    match parameters {
        Parameters::Empty => BTreeMap::new(),
        Parameters::Key { context, .. } => (**context).clone(),
        Parameters::Json(members) => {
            let pairs = members.get("encryptionContext").and_then(Value::as_object).into_iter().flatten();
            pairs.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
        }
    }
}
