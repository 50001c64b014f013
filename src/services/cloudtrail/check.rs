//! What CreateTrail and UpdateTrail try out before they accept a trail: the bucket, its key, and both policies.

use super::World;
use super::trail::Trail;
use crate::cloud::{ApiError, Caller};
use crate::iam::{ConditionKey, ContextValue, RequestContext};
use crate::kms::{DataKeySpec, DecryptRequest, EncryptionContext, GenerateDataKeyRequest, KeyIdentifier, Request, Response};
use crate::services::s3::Bucket;
use std::borrow::Cow;
use std::sync::Arc;

/// The headers of CloudTrail's own writes.
struct Write;

impl RequestContext for Write {
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>> {
        (&*key.name == "s3:x-amz-acl").then_some(ContextValue::One(Cow::Borrowed("bucket-owner-full-control")))
    }
}

/// Tries the trail out and sets its key.
///
/// # Errors
/// `S3BucketDoesNotExistException`, `InvalidKmsKeyIdException`, `KmsKeyNotFoundException`,
/// `InsufficientEncryptionPolicyException`, `KmsException`, `InsufficientS3BucketPolicyException`.
pub(super) fn try_out(world: &mut World, trail: &mut Trail, key: Option<&str>) -> Result<(), ApiError> {
    let Some(bucket) = world.s3.bucket(&trail.bucket).cloned() else {
        let message = format!("S3 bucket {} does not exist!", trail.bucket);
        return Err(ApiError::new("S3BucketDoesNotExistException", message).because(format!("no bucket is called {}", trail.bucket)));
    };
    trail.kms_key = match key {
        Some(named) => Some(try_key(world, trail, &bucket, named)?),
        None => None,
    };
    try_bucket(world, trail, &bucket)
}

/// The encryption context of CloudTrail for something in a bucket.
pub(super) fn context(trail: &Trail, s3_arn: String) -> EncryptionContext {
    [("aws:cloudtrail:arn".to_owned(), trail.arn.to_string()), ("aws:s3:arn".to_owned(), s3_arn)].into()
}

fn try_key(world: &mut World, trail: &Trail, bucket: &Bucket, named: &str) -> Result<Arc<str>, ApiError> {
    let identifier = KeyIdentifier::parse(named).ok_or_else(|| {
        let message = format!("KmsKeyId {named} is invalid.");
        ApiError::new("InvalidKmsKeyIdException", message).because(format!("{named} is no key id, key ARN, alias name or alias ARN"))
    })?;
    let not_found = |why: String| {
        let message = format!("KMS key {named} was not found in Region {}.", bucket.region);
        ApiError::new("KmsKeyNotFoundException", message).because(why)
    };
    let at = world.kms.resolve(&identifier, Some(trail.account), bucket.region);
    let key = at.and_then(|at| world.kms.key(at)).ok_or_else(|| not_found(format!("no key {named} exists in {}", bucket.region)))?;
    if key.region != bucket.region {
        return Err(not_found(format!("the key is in {}, the bucket in {}: they must share a Region", key.region, bucket.region)));
    }
    let key_arn = Arc::clone(&key.arn);
    let service = trail.service(bucket.region);
    // With a bucket key, files are bound to the bucket; else to their place in it.
    let with_bucket_key = bucket.encryption.bucket_key_enabled;
    let s3_arn = if with_bucket_key { bucket.arn() } else { format!("{}/{}", bucket.arn(), trail.log_prefix()) };
    let context = context(trail, s3_arn);
    let request = GenerateDataKeyRequest {
        key_id: key_arn.to_string(),
        encryption_context: context.clone(),
        key_spec: Some(DataKeySpec::AES_256),
        ..GenerateDataKeyRequest::default()
    };
    let made = world.kms(&service, &Request::GenerateDataKey(request)).map_err(|error| translate(&error, named))?;
    if let (Response::DataKey(made), true) = (made, with_bucket_key) {
        let request = DecryptRequest {
            ciphertext_blob: made.ciphertext_blob,
            key_id: Some(key_arn.to_string()),
            encryption_context: context,
            ..DecryptRequest::default()
        };
        world.kms(&service, &Request::Decrypt(request)).map_err(|error| translate(&error, named))?;
    }
    Ok(key_arn)
}

/// A KMS error as CloudTrail returns it.
fn translate(error: &ApiError, key: &str) -> ApiError {
    match error.code.as_ref() {
        "AccessDeniedException" => {
            let message = format!("Insufficient permissions to access S3 bucket or KMS key {key}.");
            error.translate("InsufficientEncryptionPolicyException", message, 400)
        }
        "NotFoundException" => error.translate("KmsKeyNotFoundException", format!("KMS key {key} was not found."), 400),
        _ => error.translate("KmsException", error.message.clone(), 400),
    }
}

/// The bucket policy must let CloudTrail look at the bucket and write below `AWSLogs/ACCOUNT/`.
fn try_bucket(world: &World, trail: &Trail, bucket: &Bucket) -> Result<(), ApiError> {
    let service = trail.service(bucket.region);
    let ask = |caller: &Caller, action: &str, resource: &str| {
        let policy = bucket.policy.as_deref();
        world.authorise(caller, action, resource, bucket.account, policy, &Write, "InsufficientS3BucketPolicyException", 400)
    };
    let below = format!("{}/{}", bucket.arn(), trail.log_prefix());
    ask(&service, "s3:GetBucketAcl", &bucket.arn()).and_then(|()| ask(&service, "s3:PutObject", &below)).map_err(|error| {
        let message = format!("Incorrect S3 bucket policy is detected for bucket: {}", bucket.name);
        error.translate("InsufficientS3BucketPolicyException", message, 400)
    })
}
