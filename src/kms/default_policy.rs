//! The policy of a key that is made without one.

use crate::cloud::{AccountId, ApiError};
use crate::iam::{Policy, PolicyKind};
use serde_json::json;

/// One statement that lets the account's root, and through it IAM policies, do everything with the key.
///
/// Source: "Default key policy", AWS KMS Developer Guide.
///
/// # Errors
/// None in practice: the document is well formed.
pub fn default_key_policy(account: AccountId, name: &str) -> Result<Policy, ApiError> {
    let document = json!({
        "Version": "2012-10-17",
        "Id": "key-default-1",
        "Statement": [{
            "Sid": "Enable IAM User Permissions",
            "Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{account}:root")},
            "Action": "kms:*",
            "Resource": "*",
        }],
    });
    Policy::from_json(&document.to_string(), PolicyKind::Key, name)
        .map_err(|error| ApiError::new("MalformedPolicyDocumentException", error))
}
