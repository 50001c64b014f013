//! What a change opens besides: requests like the one that was asked, tried before and after.

use super::names::{few, owner};
use super::tried::Tried;
use crate::authz::PAIR;
use crate::cloud::{AccountId, DecisionTrace, Principal};
use crate::kms::key_permissions;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A request like the one that was asked, different in one way.
#[derive(Clone, Debug)]
pub struct Probe {
    /// What was asked.
    pub asked: Arc<Asked>,
    /// Somebody else calls.
    pub other: Option<Other>,
    /// Another action on the key.
    pub action: Option<&'static str>,
    /// Another key, by its ARN.
    pub resource: Option<String>,
    /// Another value of a condition key, or none.
    pub variant: Option<(String, Option<String>)>,
}

/// An action on a resource.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `kms:Decrypt`.
    pub action: String,
    /// The ARN of the key, or `*`.
    pub resource: String,
}

/// Somebody else.
#[derive(Clone, Debug)]
pub struct Other {
    /// Who.
    pub principal: Principal,
    /// Whether its own policies, where nobody knows them, allow everything.
    pub allowed_by_own: bool,
    /// How to call it.
    shown: String,
}

/// Requests that a change lets through, or stops, besides the one that was asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opened {
    /// Who calls; `None` for the caller itself.
    pub who: Option<String>,
    /// The actions; empty for the one that was asked.
    pub actions: Vec<String>,
    /// What is different about the request, in words.
    pub difference: Option<String>,
}

/// The condition keys whose values a caller chooses, or that come with the way it takes. A prefix ends in a colon or slash.
const VARYING: [&str; 15] = [
    "kms:encryptioncontext:",
    "kms:viaservice",
    "kms:grantisforawsresource",
    "kms:recipientattestation:",
    "aws:sourcearn",
    "aws:sourceaccount",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpcsourceip",
    "aws:sourceip",
    "aws:securetransport",
    "aws:multifactorauthpresent",
    "aws:multifactorauthage",
    "aws:requesttag/",
    "aws:viaawsservice",
];

/// Whether the value of a condition key is the request's, not the caller's or the key's.
pub(super) fn varies(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    VARYING.iter().any(|known| if known.ends_with([':', '/']) { key.starts_with(known) } else { key == *known })
}

/// More named principals than these are not tried.
const MOST_NAMED: usize = 12;
/// An account that has nothing to do with anything.
const ELSEWHERE: &str = "000000000000";
/// The id of a key that no policy names.
const ANOTHER: &str = "00000000-0000-0000-0000-000000000000";
/// A user whom no policy names.
const NOBODY: &str = "kmsprep-probe";

/// All probes around a request.
pub(super) fn probes(tried: &impl Tried, asked: &DecisionTrace) -> Vec<Probe> {
    let what = Arc::new(Asked { action: asked.action.clone(), resource: asked.resource.clone() });
    let same = Probe { asked: what, other: None, action: None, resource: None, variant: None };
    let mut all: Vec<Probe> = others(tried, asked).into_iter().map(|other| Probe { other: Some(other), ..same.clone() }).collect();
    if asked.resource != "*" {
        all.extend(actions(&asked.action).map(|action| Probe { action: Some(action), ..same.clone() }));
        all.extend(another_key(&asked.resource).map(|key| Probe { resource: Some(key), ..same.clone() }));
    }
    if let (Some(account), "*") = (tried.caller().account(), asked.resource.as_str()) {
        let key = Some(format!("arn:aws:kms:{}:{account}:key/{ANOTHER}", tried.caller().region));
        all.extend(actions(&asked.action).map(|action| Probe { action: Some(action), resource: key.clone(), ..same.clone() }));
    }
    let carried = tried.carried();
    for (key, value) in &carried {
        let variants = [None, Some(another_value(value))];
        all.extend(variants.into_iter().map(|value| Probe { variant: Some((key.clone(), value)), ..same.clone() }));
    }
    // What the policies ask for and the request does not carry, another request may.
    let conditions = asked.policies.iter().flat_map(|policy| &policy.statements).flat_map(|statement| &statement.conditions);
    let absent = conditions.map(|condition| &condition.key).filter(|key| varies(key));
    let absent: BTreeSet<&String> = absent.filter(|key| !carried.iter().any(|(known, _)| known.eq_ignore_ascii_case(key))).collect();
    let other = |key: &String| {
        let value = if key.eq_ignore_ascii_case("kms:ViaService") { another_value(".amazonaws.com") } else { another_value(key) };
        Some((key.clone(), Some(value)))
    };
    all.extend(absent.into_iter().map(|key| Probe { variant: other(key), ..same.clone() }));
    all
}

/// Everybody else who might be let in: those in sight, and somebody of each account whom no policy names.
///
/// The sessions of a role are one: policies that tell them apart are rare, and the caller is a session itself.
fn others(tried: &impl Tried, asked: &DecisionTrace) -> Vec<Other> {
    let caller = &tried.caller().principal;
    let mut others = Vec::new();
    let mut seen: BTreeSet<String> = BTreeSet::from([caller.identity_arn().to_string()]);
    for principal in tried.known_principals().into_iter().take(MOST_NAMED) {
        if seen.insert(principal.identity_arn().to_string()) {
            let shown = principal.described();
            others.push(Other { principal, allowed_by_own: false, shown });
        }
    }
    let mut accounts: Vec<AccountId> = caller.account.into_iter().chain(owner(&asked.resource)).collect();
    accounts.dedup();
    for account in accounts {
        let user = Principal::user(account, NOBODY);
        let shown = format!("any identity of account {account}");
        others.push(Other { principal: user.clone(), allowed_by_own: false, shown });
        let shown = format!("any identity of account {account} whose own policies allow it");
        others.push(Other { principal: user, allowed_by_own: true, shown });
        let root = Principal::root(account);
        if seen.insert(root.arn.to_string()) {
            let shown = root.described();
            others.push(Other { principal: root, allowed_by_own: false, shown });
        }
    }
    if let Some(account) = AccountId::parse(ELSEWHERE) {
        let shown = "anybody in any account".to_owned();
        others.push(Other { principal: Principal::user(account, NOBODY), allowed_by_own: true, shown });
    }
    others
}

/// The other permissions that are asked for on keys.
fn actions(asked: &str) -> impl Iterator<Item = &'static str> {
    key_permissions().into_iter().filter(move |action| !action.eq_ignore_ascii_case(asked))
}

/// The ARN of another key beside this one.
fn another_key(arn: &str) -> Option<String> {
    let (front, _) = arn.split_once(":key/")?;
    Some(format!("{front}:key/{ANOTHER}"))
}

fn another_value(value: &str) -> String {
    match value {
        "true" => "false".to_owned(),
        "false" => "true".to_owned(),
        _ if value.ends_with(".amazonaws.com") => "another.us-east-1.amazonaws.com".to_owned(),
        _ if value.parse::<std::net::IpAddr>().is_ok() => "198.51.100.77".to_owned(),
        _ => format!("another-than-{value}"),
    }
}

/// What the probes say that went from `before` to the other answer, grouped: whoever and whatever is alike in one line.
pub(super) fn opened(probes: &[Probe], turned: impl Fn(&Probe) -> bool) -> Vec<Opened> {
    let mut actions: Vec<String> = Vec::new();
    let mut groups: Vec<Opened> = Vec::new();
    let mut whole_accounts: Vec<AccountId> = Vec::new();
    for probe in probes.iter().filter(|probe| turned(probe)) {
        if let Some(action) = probe.action {
            actions.push(action.to_owned());
        } else if let Some(other) = &probe.other {
            // Where any identity of an account is let in, there is no news in one whose own policies allow it.
            let account = other.principal.account;
            if other.principal.arn.ends_with(NOBODY) {
                if account.is_some_and(|account| whole_accounts.contains(&account)) {
                    continue;
                }
                whole_accounts.extend(account);
            }
            groups.push(Opened { who: Some(other.shown.clone()), actions: Vec::new(), difference: None });
        } else if let Some(resource) = &probe.resource {
            let account = resource.split(':').nth(4).unwrap_or_default();
            groups.push(Opened { who: None, actions: Vec::new(), difference: Some(format!("on other keys of account {account}")) });
        } else if let Some((key, value)) = &probe.variant {
            groups.push(Opened { who: None, actions: Vec::new(), difference: Some(difference(key, value.as_deref())) });
        }
    }
    if !actions.is_empty() {
        groups.push(Opened { who: None, actions, difference: None });
    }
    groups
}

fn difference(key: &str, value: Option<&str>) -> String {
    match (key.strip_prefix(PAIR), value) {
        (Some(name), None) => format!("without {name} in the encryption context"),
        (Some(name), Some(_)) => format!("with any other {name} in the encryption context"),
        (None, None) if key.eq_ignore_ascii_case("kms:ViaService") => "directly, through no service".to_owned(),
        (None, Some(_)) if key.eq_ignore_ascii_case("kms:ViaService") => "through any other service".to_owned(),
        (None, None) => format!("without {key}"),
        (None, Some(_)) => format!("with any other {key}"),
    }
}

impl Opened {
    /// As a clause: `role App of account 111111111111`, `kms:Encrypt and kms:Sign`, `on other keys of account …`.
    #[must_use]
    pub fn describe(&self) -> String {
        let actions = if self.actions.is_empty() { None } else { Some(few(&self.actions, 3)) };
        let parts: Vec<&str> = [self.who.as_deref(), actions.as_deref(), self.difference.as_deref()].into_iter().flatten().collect();
        parts.join(" ")
    }

    /// For programs.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        json!({"who": self.who, "actions": self.actions, "difference": self.difference, "text": self.describe()})
    }
}
