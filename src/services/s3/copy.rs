//! Changing the encryption of objects that are there: by a copy, or in place.

use super::access::{S3Context, authorise, bucket};
use super::encryption::{self, DataKey, KmsEncryption, ObjectEncryption};
use super::headers::{EncryptionMembers, customer_key};
use super::kms::{DataKeySource, encrypt, kms_caller, translate};
use super::object::{object, read, response_of_write, write};
use super::{Bucket, World, members};
use crate::cloud::{ApiError, Caller};
use crate::kms::{Blob, EncryptionContext, KeyIdentifier, ReEncryptRequest, Request, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CopyObject {
    bucket: String,
    key: String,
    copy_source: String,
    server_side_encryption: Option<String>,
    #[serde(rename = "SSEKMSKeyId")]
    ssekms_key_id: Option<String>,
    #[serde(rename = "SSEKMSEncryptionContext")]
    ssekms_encryption_context: Option<String>,
    bucket_key_enabled: Option<bool>,
    #[serde(rename = "SSECustomerAlgorithm")]
    sse_customer_algorithm: Option<String>,
    #[serde(rename = "SSECustomerKey")]
    sse_customer_key: Option<String>,
    #[serde(rename = "CopySourceSSECustomerAlgorithm")]
    copy_source_sse_customer_algorithm: Option<String>,
    #[serde(rename = "CopySourceSSECustomerKey")]
    copy_source_sse_customer_key: Option<String>,
    #[serde(rename = "MetadataDirective")]
    _metadata_directive: Option<String>,
    #[serde(rename = "StorageClass")]
    _storage_class: Option<String>,
}

/// Reads the source and writes the destination, each with its own KMS call and encryption context. The source's
/// encryption is not inherited: what the request leaves open comes from the destination bucket.
pub(super) fn copy(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: CopyObject = members(request)?;
    let source = request.copy_source.trim_start_matches('/');
    let source = source.split_once("?versionId=").map_or(source, |(source, _)| source);
    let (source_bucket, source_key) = source.split_once('/').ok_or_else(|| {
        let message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
        ApiError::new("InvalidArgument", message).because(message)
    })?;
    let (from, into) = (bucket(world, source_bucket)?, bucket(world, &request.bucket)?);
    let encryption = EncryptionMembers {
        server_side_encryption: request.server_side_encryption,
        ssekms_key_id: request.ssekms_key_id,
        ssekms_encryption_context: request.ssekms_encryption_context,
        bucket_key_enabled: request.bucket_key_enabled,
        sse_customer_algorithm: request.sse_customer_algorithm,
        sse_customer_key: request.sse_customer_key,
    };
    authorise(world, caller, "s3:GetObject", &from, Some(source_key), &S3Context::default())?;
    authorise(world, caller, "s3:PutObject", &into, Some(&request.key), &S3Context::of_write(&encryption))?;
    let wanted = encryption.wanted(&into)?;
    let original = object(world, &from, source_key)?;
    let key = customer_key(request.copy_source_sse_customer_algorithm.as_deref(), request.copy_source_sse_customer_key.as_deref())?;
    let body = read(world, caller, &from, source_key, &original, key)?;
    let copied = write(world, caller, &into, &request.key, &wanted, &body)?;
    Ok(response_of_write(world, &into, &copied))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct UpdateObjectEncryption {
    bucket: String,
    key: String,
    #[serde(rename = "VersionId")]
    _version_id: Option<String>,
    object_encryption: NewEncryption,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEncryption {
    #[serde(rename = "SSEKMS")]
    sse_kms: NewSseKms,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewSseKms {
    #[serde(rename = "KMSKeyArn")]
    kms_key_arn: String,
    #[serde(rename = "BucketKeyEnabled", default)]
    bucket_key_enabled: bool,
}

/// Moves an object to another key, or gives it a bucket key, without touching its data: only the data key is
/// encrypted anew. An SSE-S3 object has no data key that KMS knows, and gets one.
///
/// Source: "Updating server-side encryption for existing data", Amazon S3 User Guide.
pub(super) fn update_encryption(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: UpdateObjectEncryption = members(request)?;
    let place = bucket(world, &request.bucket)?;
    authorise(world, caller, "s3:UpdateObjectEncryption", &place, Some(&request.key), &S3Context::default())?;
    let mut changed = object(world, &place, &request.key)?;
    let NewSseKms { kms_key_arn, bucket_key_enabled } = request.object_encryption.sse_kms;
    let owner = match KeyIdentifier::parse(&kms_key_arn) {
        Some(KeyIdentifier::Arn { account, .. }) => account,
        Some(KeyIdentifier::Id(_) | KeyIdentifier::Alias(_) | KeyIdentifier::AliasArn { .. }) | None => {
            let message = "The KMS key must be specified as a key ARN.";
            return Err(ApiError::new("InvalidArgument", message).because(format!("{kms_key_arn} is no key ARN")));
        }
    };
    if owner != place.account {
        let headline = format!(
            "the key belongs to {owner}, the bucket to {}: UpdateObjectEncryption takes keys of the bucket owner's account",
            place.account
        );
        return Err(ApiError::new("AccessDenied", "Access Denied").status(403).because(headline));
    }
    let by = kms_caller(caller, place.region);
    let target = Target { place: &place, key: &request.key, kms_key_arn: &kms_key_arn, bucket_key: bucket_key_enabled };
    match &changed.encryption {
        ObjectEncryption::Kms(kms) if !kms.dual_layer => {
            let moved = move_data_key(world, &by, kms, &target).map_err(|error| translate(&error))?;
            changed.encryption = ObjectEncryption::Kms(moved);
        }
        ObjectEncryption::S3Managed => {
            let body = read(world, caller, &place, &request.key, &changed, None)?;
            let made = encryption::data_key_for(
                world,
                &by,
                &place,
                &request.key,
                &kms_key_arn,
                bucket_key_enabled,
                &EncryptionContext::new(),
                DataKeySource::GenerateDataKey,
            );
            let (plaintext, kms) = made.map_err(|error| translate(&error))?;
            (changed.encryption, changed.body) = encryption::seal_beforehand(world, &place, &request.key, Some((kms, plaintext)), &body)?;
        }
        ObjectEncryption::Kms(_) | ObjectEncryption::Customer => {
            let kind = changed.encryption.algorithm().unwrap_or("SSE-C");
            let message = "The object's encryption type does not allow this operation.";
            return Err(ApiError::new("InvalidRequest", message)
                .because(format!("UpdateObjectEncryption takes SSE-S3 and SSE-KMS objects, not {kind}")));
        }
    }
    // Version and date stay as they are.
    if let Some(there) = world.s3.object_mut(&request.bucket, &request.key) {
        *there = changed;
    }
    Ok(json!({}))
}

/// Where a data key moves to.
struct Target<'t> {
    place: &'t Bucket,
    key: &'t str,
    kms_key_arn: &'t str,
    bucket_key: bool,
}

/// Encrypts a data key anew: by ReEncrypt where KMS alone had it and will have it, else by opening and wrapping it.
fn move_data_key(world: &mut World, by: &Arc<Caller>, kms: &KmsEncryption, target: &Target<'_>) -> Result<KmsEncryption, ApiError> {
    let mut extra = kms.context.clone();
    extra.remove(encryption::ARN_CONTEXT);
    let context = encryption::context(target.place, target.key, target.bucket_key, &extra);
    if let (DataKey::Encrypted(encrypted), false) = (&kms.data_key, target.bucket_key) {
        let request = ReEncryptRequest {
            ciphertext_blob: Blob(encrypted.clone()),
            source_encryption_context: kms.context.clone(),
            source_key_id: Some(kms.key_arn.to_string()),
            destination_key_id: target.kms_key_arn.to_owned(),
            destination_encryption_context: context.clone(),
            ..ReEncryptRequest::default()
        };
        let Response::ReEncrypt(made) = world.kms(by, &Request::ReEncrypt(request))? else {
            return Err(ApiError::new("InternalError", "We encountered an internal error. Please try again.").status(500));
        };
        let data_key = DataKey::Encrypted(made.ciphertext_blob.0);
        return Ok(KmsEncryption { dual_layer: false, key_arn: made.key_id, context, data_key });
    }
    let plaintext = encryption::open_data_key(world, by, kms)?;
    let (key_arn, data_key) = if target.bucket_key {
        encryption::wrap_with_bucket_key(world, by, target.place, target.kms_key_arn, &context, DataKeySource::GenerateDataKey, &plaintext)?
    } else {
        let (encrypted, key_arn) = encrypt(world, by, target.kms_key_arn, &plaintext, &context)?;
        (key_arn, DataKey::Encrypted(encrypted))
    };
    Ok(KmsEncryption { dual_layer: false, key_arn, context, data_key })
}
