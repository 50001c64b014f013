//! Whether S3 itself lets a caller do something, and the condition keys that it sets.

use super::headers::EncryptionMembers;
use super::{Bucket, World};
use crate::cloud::{ApiError, Caller};
use crate::iam::{ConditionKey, ContextValue, RequestContext};
use std::borrow::Cow;

/// The condition keys of a request to S3.
///
/// Source: "Actions, resources, and condition keys for Amazon S3", Service Authorization Reference.
#[derive(Clone, Debug, Default)]
pub(super) struct S3Context<'r> {
    encryption: Option<Cow<'r, str>>,
    key_id: Option<Cow<'r, str>>,
    customer_algorithm: Option<Cow<'r, str>>,
    acl: Option<&'static str>,
}

impl<'r> S3Context<'r> {
    /// Of a write with these headers. The keys hold what the request says, not what a default fills in.
    pub(super) fn of_write(members: &'r EncryptionMembers) -> Self {
        S3Context {
            encryption: members.server_side_encryption.as_deref().map(Cow::Borrowed),
            key_id: members.ssekms_key_id.as_deref().map(Cow::Borrowed),
            customer_algorithm: members.sse_customer_algorithm.as_deref().map(Cow::Borrowed),
            acl: None,
        }
    }

    /// Of a log file that a service delivers: the bucket owner gets full control.
    pub(super) fn of_delivery() -> Self {
        S3Context { acl: Some("bucket-owner-full-control"), ..S3Context::default() }
    }
}

impl RequestContext for S3Context<'_> {
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>> {
        let value = match &*key.name {
            "s3:x-amz-server-side-encryption" => self.encryption.as_deref(),
            "s3:x-amz-server-side-encryption-aws-kms-key-id" => self.key_id.as_deref(),
            "s3:x-amz-server-side-encryption-customer-algorithm" => self.customer_algorithm.as_deref(),
            "s3:x-amz-acl" => self.acl,
            _ => None,
        };
        value.map(|value| ContextValue::One(Cow::Borrowed(value)))
    }
}

/// Asks for a permission of S3 on a bucket or on an object in it.
///
/// # Errors
/// `AccessDenied`, 403.
pub(super) fn authorise(
    world: &World,
    caller: &Caller,
    action: &str,
    bucket: &Bucket,
    key: Option<&str>,
    context: &S3Context<'_>,
) -> Result<(), ApiError> {
    let resource = key.map_or_else(|| bucket.arn(), |key| super::encryption::object_arn(bucket, key));
    world.authorise(caller, action, &resource, bucket.account, bucket.policy.as_deref(), context, "AccessDenied", 403)
}

/// A bucket by name. A copy, because a call to KMS needs the whole world.
///
/// # Errors
/// `NoSuchBucket`, 404.
pub(super) fn bucket(world: &World, name: &str) -> Result<Bucket, ApiError> {
    world.s3.bucket(name).cloned().ok_or_else(|| {
        ApiError::new("NoSuchBucket", "The specified bucket does not exist").status(404).because(format!("no bucket is called {name}"))
    })
}
