//! The managed policies of AWS that a world may name without writing them down.

use super::{Policy, PolicyKind};
use std::sync::Arc;

/// Names and documents.
///
/// Source: "AWS managed policies for AWS Key Management Service", AWS KMS Developer Guide; "AWS managed policies for job
/// functions", IAM User Guide.
const AWS_MANAGED_POLICIES: &[(&str, &str)] = &[
    (
        "AWSKeyManagementServicePowerUser",
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Resource": "*", "Action": [
            "kms:CreateAlias", "kms:CreateKey", "kms:DeleteAlias", "kms:Describe*", "kms:GenerateRandom", "kms:Get*", "kms:List*",
            "kms:TagResource", "kms:UntagResource", "iam:ListGroups", "iam:ListRoles", "iam:ListUsers"]}}"#,
    ),
    ("AdministratorAccess", r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#),
];

/// A managed policy of AWS, by its name.
#[must_use]
pub fn aws_managed_policy(name: &str) -> Option<Arc<Policy>> {
    let (_, document) = AWS_MANAGED_POLICIES.iter().find(|(known, _)| *known == name)?;
    Policy::from_json(document, PolicyKind::Identity, &format!("AWS managed policy {name}")).ok().map(Arc::new)
}

/// The names of all of them.
pub fn aws_managed_policy_names() -> impl Iterator<Item = &'static str> {
    AWS_MANAGED_POLICIES.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_managed_policy_can_be_read() {
        for name in aws_managed_policy_names() {
            assert!(aws_managed_policy(name).is_some_and(|policy| !policy.statements().is_empty()), "{name}");
        }
    }
}
