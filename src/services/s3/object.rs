//! Objects: writing, reading, and what their state shows.

use super::access::{S3Context, authorise, bucket};
use super::encryption::{self, ObjectEncryption, StoredBody, Wanted, object_arn};
use super::headers::{EncryptionMembers, customer_key};
use super::kms::{DataKeySource, kms_caller, translate};
use super::{Bucket, State, World, members, replicate};
use crate::cloud::{ApiError, Caller, Instant, Reason};
use crate::kms::EncryptionContext;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The current version of an object.
#[derive(Clone, Debug)]
pub struct Object {
    /// How it is encrypted.
    pub encryption: ObjectEncryption,
    /// The encrypted body.
    pub body: StoredBody,
    /// The number of the version, over all objects.
    pub version: u64,
    /// When it was written.
    pub written: Instant,
    /// Where its replication stands; nothing if no rule takes it.
    pub replication: Option<Replication>,
    /// Why no rule took it when it was written: S3 does not say, a learner wants to know.
    pub skipped: Option<Arc<Reason>>,
}

/// The value of `x-amz-replication-status`.
///
/// Source: "Getting replication status information" and "Replication failure reasons", Amazon S3 User Guide.
#[derive(Clone, Debug, PartialEq)]
pub enum Replication {
    /// Not yet done.
    Pending,
    /// There is a replica.
    Completed,
    /// There will be none.
    Failed {
        /// S3's failure reason, like `DstKmsKeyNotFound`.
        reason: &'static str,
        /// What decided it.
        cause: Arc<Reason>,
    },
    /// This object is a replica.
    Replica,
}

impl Replication {
    /// As the header has it.
    #[must_use]
    pub fn status(&self) -> &'static str {
        match self {
            Replication::Pending => "PENDING",
            Replication::Completed => "COMPLETED",
            Replication::Failed { .. } => "FAILED",
            Replication::Replica => "REPLICA",
        }
    }
}

impl Object {
    pub(super) fn state(&self, field: Option<&str>) -> Option<State> {
        let failed = match &self.replication {
            Some(Replication::Failed { reason, cause }) => Some((*reason, Arc::clone(cause))),
            Some(Replication::Pending | Replication::Completed | Replication::Replica) | None => None,
        };
        let cause = failed.as_ref().map(|(_, cause)| Arc::clone(cause)).or_else(|| self.skipped.clone());
        Some(match field {
            None => State::of("present"),
            Some("replication_status") => State::of(self.replication.as_ref().map_or("none", Replication::status)).because(cause),
            Some("replication_failure") => State::of(failed.map_or("none", |(reason, _)| reason)).because(cause),
            Some("encryption") => State::of(self.encryption.algorithm().unwrap_or("SSE-C")),
            Some("kms_key") => State::of(self.encryption.kms().map_or("none", |kms| &*kms.key_arn)),
            Some("bucket_key") => State::of(self.encryption.has_bucket_key()),
            Some(_) => return None,
        })
    }

    /// What a response tells of the encryption.
    fn shown_encryption(&self) -> Map<String, Value> {
        let mut shown = Map::new();
        match self.encryption.algorithm() {
            Some(algorithm) => shown.insert("ServerSideEncryption".into(), json!(algorithm)),
            None => shown.insert("SSECustomerAlgorithm".into(), json!("AES256")),
        };
        if let Some(kms) = self.encryption.kms() {
            shown.insert("SSEKMSKeyId".into(), json!(&*kms.key_arn));
            if self.encryption.has_bucket_key() {
                shown.insert("BucketKeyEnabled".into(), json!(true));
            }
        }
        shown
    }

    fn shown_version(&self, world: &World, bucket: &Bucket, shown: &mut Map<String, Value>) {
        shown.insert("ETag".into(), json!(format!("\"{}\"", world.cloud.random.hex(&format!("etag {}", self.version), 32))));
        if bucket.versioned {
            shown.insert("VersionId".into(), json!(world.cloud.random.hex(&format!("object version {}", self.version), 32)));
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutObject {
    bucket: String,
    key: String,
    #[serde(default)]
    body: String,
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
    #[serde(rename = "SSECustomerKeyMD5")]
    _sse_customer_key_md5: Option<String>,
    #[serde(rename = "ContentType")]
    _content_type: Option<String>,
    #[serde(rename = "StorageClass")]
    _storage_class: Option<String>,
}

pub(super) fn put(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: PutObject = members(request)?;
    let into = bucket(world, &request.bucket)?;
    let encryption = EncryptionMembers {
        server_side_encryption: request.server_side_encryption,
        ssekms_key_id: request.ssekms_key_id,
        ssekms_encryption_context: request.ssekms_encryption_context,
        bucket_key_enabled: request.bucket_key_enabled,
        sse_customer_algorithm: request.sse_customer_algorithm,
        sse_customer_key: request.sse_customer_key,
    };
    authorise(world, caller, "s3:PutObject", &into, Some(&request.key), &S3Context::of_write(&encryption))?;
    let wanted = encryption.wanted(&into)?;
    let object = write(world, caller, &into, &request.key, &wanted, request.body.as_bytes())?;
    Ok(response_of_write(world, &into, &object))
}

pub(super) fn response_of_write(world: &World, bucket: &Bucket, object: &Object) -> Value {
    let mut shown = object.shown_encryption();
    object.shown_version(world, bucket, &mut shown);
    Value::Object(shown)
}

/// Encrypts and stores a body that its writer may write, and leaves the replication for later.
pub(super) fn write(
    world: &mut World,
    caller: &Arc<Caller>,
    into: &Bucket,
    key: &str,
    wanted: &Wanted,
    body: &[u8],
) -> Result<Object, ApiError> {
    let by = kms_caller(caller, into.region);
    let sealed = encryption::seal(world, &by, into, key, wanted, DataKeySource::GenerateDataKey, body);
    let (encryption, body) = sealed.map_err(|error| translate(&error))?;
    let object = store(world, into, key, encryption, body);
    replicate::after_write(world, into, key, &object);
    Ok(world.s3.object(&into.name, key).cloned().unwrap_or(object))
}

/// Stores an encrypted body as the current version.
pub(super) fn store(world: &mut World, into: &Bucket, key: &str, encryption: ObjectEncryption, body: StoredBody) -> Object {
    world.s3.written += 1;
    let object = Object { encryption, body, version: world.s3.written, written: world.cloud.now(), replication: None, skipped: None };
    world.s3.objects.insert((Arc::clone(&into.name), key.into()), object.clone());
    object
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ReadObject {
    bucket: String,
    key: String,
    #[serde(rename = "VersionId")]
    _version_id: Option<String>,
    #[serde(rename = "SSECustomerAlgorithm")]
    sse_customer_algorithm: Option<String>,
    #[serde(rename = "SSECustomerKey")]
    sse_customer_key: Option<String>,
    #[serde(rename = "SSECustomerKeyMD5")]
    _sse_customer_key_md5: Option<String>,
}

/// A read may not name an encryption: S3 knows it.
fn read_members(request: &Value) -> Result<ReadObject, ApiError> {
    if request.get("ServerSideEncryption").or_else(|| request.get("SSEKMSKeyId")).is_some() {
        return Err(ApiError::new("BadRequest", "x-amz-server-side-encryption header is not supported for this operation.")
            .because("GET and HEAD take no encryption headers except those of SSE-C: S3 knows how the object is encrypted"));
    }
    members(request)
}

/// An object by bucket and key. A copy, because a call to KMS needs the whole world.
///
/// # Errors
/// `NoSuchKey`, 404.
pub(super) fn object(world: &World, bucket: &Bucket, key: &str) -> Result<Object, ApiError> {
    world.s3.object(&bucket.name, key).cloned().ok_or_else(|| {
        let headline = format!("bucket {} has no object {key}", bucket.name);
        ApiError::new("NoSuchKey", "The specified key does not exist.").status(404).because(headline)
    })
}

pub(super) fn get(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request = read_members(request)?;
    let from = bucket(world, &request.bucket)?;
    authorise(world, caller, "s3:GetObject", &from, Some(&request.key), &S3Context::default())?;
    let object = object(world, &from, &request.key)?;
    let key = customer_key(request.sse_customer_algorithm.as_deref(), request.sse_customer_key.as_deref())?;
    let body = read(world, caller, &from, &request.key, &object, key)?;
    let mut shown = shown(world, &from, &object);
    shown.insert("Body".into(), json!(String::from_utf8_lossy(&body)));
    Ok(Value::Object(shown))
}

fn shown(world: &World, from: &Bucket, object: &Object) -> Map<String, Value> {
    let mut shown = object.shown_encryption();
    object.shown_version(world, from, &mut shown);
    if let Some(replication) = &object.replication {
        shown.insert("ReplicationStatus".into(), json!(replication.status()));
    }
    shown
}

/// Decrypts an object for a reader who may read it.
pub(super) fn read(
    world: &mut World,
    caller: &Arc<Caller>,
    from: &Bucket,
    key: &str,
    object: &Object,
    customer_key: Option<[u8; 32]>,
) -> Result<Vec<u8>, ApiError> {
    let by = kms_caller(caller, from.region);
    encryption::open(world, &by, &object_arn(from, key), &object.encryption, &object.body, customer_key).map_err(|error| translate(&error))
}

/// No call to KMS: what S3 tells about an object does not need its data key.
pub(super) fn head(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request = read_members(request)?;
    let from = bucket(world, &request.bucket)?;
    authorise(world, caller, "s3:GetObject", &from, Some(&request.key), &S3Context::default())?;
    let object = object(world, &from, &request.key)?;
    Ok(Value::Object(shown(world, &from, &object)))
}

/// No call to KMS: an object under a dead key can be deleted.
pub(super) fn delete(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request = read_members(request)?;
    let from = bucket(world, &request.bucket)?;
    authorise(world, caller, "s3:DeleteObject", &from, Some(&request.key), &S3Context::default())?;
    world.s3.objects.remove(&(Arc::clone(&from.name), Arc::from(request.key.as_str())));
    Ok(json!({}))
}

/// A file that a service writes into somebody's bucket.
#[derive(Clone, Debug)]
pub(in crate::services) struct Delivery<'d> {
    /// The service, with the resource for which it acts.
    pub(in crate::services) caller: &'d Arc<Caller>,
    /// The bucket.
    pub(in crate::services) bucket: &'d str,
    /// The object's key.
    pub(in crate::services) key: &'d str,
    /// What is written.
    pub(in crate::services) body: &'d str,
    /// The ARN of the key that the service names; none leaves it to the bucket's default.
    pub(in crate::services) kms_key: Option<&'d str>,
    /// What the service adds to the encryption context.
    pub(in crate::services) extra: EncryptionContext,
}

/// Writes a service's file.
///
/// # Errors
/// S3's error.
pub(in crate::services) fn deliver(world: &mut World, delivery: &Delivery<'_>) -> Result<(), ApiError> {
    let into = bucket(world, delivery.bucket)?;
    authorise(world, delivery.caller, "s3:PutObject", &into, Some(delivery.key), &S3Context::of_delivery())?;
    let wanted = match delivery.kms_key {
        Some(key) => Wanted::Kms {
            dual_layer: false,
            key: Some(key.to_owned()),
            bucket_key: into.encryption.bucket_key_enabled,
            extra: delivery.extra.clone(),
        },
        None => EncryptionMembers::default().wanted(&into)?,
    };
    write(world, delivery.caller, &into, delivery.key, &wanted, delivery.body.as_bytes()).map(|_| ())
}
