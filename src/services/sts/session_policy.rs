//! What a session is given on its way: session policies and tags.
//!
//! Source: "Session policies", "Pass session tags in AWS STS", IAM User Guide; "AssumeRole", AWS STS API Reference.

use super::INVALID;
use super::constraint::Constraints;
use super::request::{PolicyArn, Tag};
use crate::cloud::{AccountId, ApiError};
use crate::iam::{Iam, Policy, PolicyKind, Session};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The most characters that a policy may have, and the most that policies may have together.
const LONGEST: usize = 2048;
/// The most managed policies of a session.
const MOST_ARNS: usize = 10;
/// How many characters of policies and tags fill the packed form; AWS does not publish how it packs.
const PACKED: usize = 4096;

/// What a request asks for its session.
pub(super) struct Asked<'r> {
    pub(super) policy: Option<&'r str>,
    pub(super) arns: &'r [PolicyArn],
    pub(super) tags: &'r [Tag],
}

impl Asked<'_> {
    /// The constraints of the members.
    pub(super) fn check(&self, constraints: &mut Constraints) {
        constraints.length("policy", self.policy, 1..=LONGEST);
        let shown: Vec<&str> = self.arns.iter().map(|policy| policy.arn.as_str()).collect();
        constraints.size(&format!("'[{}]'", shown.join(", ")), "policyArns", self.arns.len(), &(0..=MOST_ARNS));
        for (number, arn) in (1..).zip(&shown) {
            constraints.length(&format!("policyArns.{number}.member.arn"), Some(arn), 20..=LONGEST);
        }
        constraints.tags(self.tags);
    }

    /// Reads them into a session of an account's role or user, called `title`.
    ///
    /// # Errors
    /// `MalformedPolicyDocument`, `PackedPolicyTooLarge`, `ValidationError`.
    pub(super) fn session(&self, iam: &Iam, account: AccountId, title: &str) -> Result<Session, ApiError> {
        let mut policies = Vec::new();
        if let Some(text) = self.policy {
            let policy = Policy::read_json(text, PolicyKind::Identity, &format!("session policy of {title}")).map_err(|malformed| {
                let message = match malformed.code {
                    "policy/json" => "The policy is not in the valid JSON format.".to_owned(),
                    _ => malformed.to_string(),
                };
                ApiError::new("MalformedPolicyDocument", message).because(malformed.to_string())
            })?;
            policies.push(Arc::new(policy));
        }
        for PolicyArn { arn } in self.arns {
            let policy = iam.managed_policy(account, arn).ok_or_else(|| {
                ApiError::new(INVALID, format!("The managed policy {arn} does not exist or cannot be attached."))
                    .because(format!("account {account} has no managed policy {arn}, and the model knows none of AWS's under this name"))
            })?;
            policies.push(Arc::new(policy.renamed(&format!("session policy {} of {title}", policy.name))));
        }
        let together =
            self.policy.map_or(0, |policy| policy.chars().count()) + self.arns.iter().map(|policy| policy.arn.len()).sum::<usize>();
        if together > LONGEST {
            let message = format!("The session policies together have {together} characters; at most {LONGEST} are allowed.");
            return Err(ApiError::new(INVALID, message));
        }
        let tags = self.tags()?;
        match self.packed() {
            Some(percent) if percent > 100 => Err(ApiError::new(
                "PackedPolicyTooLarge",
                format!("Packed policy consumes {percent}% of allotted space, please use smaller policy."),
            )),
            _ => Ok(Session { policies, tags, ..Session::default() }),
        }
    }

    fn tags(&self) -> Result<BTreeMap<String, String>, ApiError> {
        let mut tags = BTreeMap::new();
        for Tag { key, value } in self.tags {
            if tags.keys().any(|known: &String| known.eq_ignore_ascii_case(key)) {
                return Err(ApiError::new(INVALID, "Duplicate tag keys found. Please note that Tag keys are case insensitive."));
            }
            tags.insert(key.clone(), value.clone());
        }
        Ok(tags)
    }

    /// `PackedPolicySize`: how much of the room policies and tags take, in percent; nothing where there are none.
    pub(super) fn packed(&self) -> Option<usize> {
        let visible = |text: &str| text.chars().filter(|letter| !letter.is_whitespace()).count();
        let policies = self.policy.map_or(0, visible) + self.arns.iter().map(|policy| visible(&policy.arn)).sum::<usize>();
        let tags: usize = self.tags.iter().map(|tag| tag.key.len() + tag.value.len()).sum();
        let size = policies + tags;
        (size > 0).then(|| (size * 100).div_ceil(PACKED))
    }
}
