//! What is assumed of policies that nobody knows.

use crate::cloud::AccountId;
use crate::iam::{Policy, PolicyKind};
use serde_json::json;
use std::sync::{Arc, LazyLock};

/// What a policy of some other identity may say, where nobody knows: everything.
pub(super) static ALLOW_EVERYTHING: LazyLock<Option<Arc<Policy>>> = LazyLock::new(|| {
    let text = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;
    Policy::from_json(text, PolicyKind::Identity, "identity-based policy").ok().map(Arc::new)
});

/// The policy of some other key that leaves everything to the policies of an account.
pub(super) fn open_to(account: AccountId) -> Option<Policy> {
    let root = format!("arn:aws:iam::{account}:root");
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"});
    Policy::from_json(&json!({"Version": "2012-10-17", "Statement": [statement]}).to_string(), PolicyKind::Key, "key policy").ok()
}
