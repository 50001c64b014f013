//! Buckets and their settings.

use super::access::{S3Context, authorise, bucket};
use super::{ReplicationConfiguration, State, World, members};
use crate::cloud::{AccountId, ApiError, Caller, Region};
use crate::iam::{Policy, PolicyKind};
use crate::rulebook::{Rulebook, ids};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// A general purpose bucket.
#[derive(Clone, Debug)]
pub struct Bucket {
    /// Its name, unique over all accounts.
    pub name: Arc<str>,
    /// The account that owns it.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// Whether versioning is enabled.
    pub versioned: bool,
    /// Its bucket policy.
    pub policy: Option<Arc<Policy>>,
    /// How objects are encrypted whose request says nothing about it.
    pub encryption: DefaultEncryption,
    /// Whether writes with SSE-C are refused.
    pub blocks_sse_c: bool,
    /// Its replication configuration.
    pub replication: Option<Arc<ReplicationConfiguration>>,
}

/// The default encryption of a bucket. The key is kept as it was named: nobody checks it before it is used.
///
/// Source: "Setting default server-side encryption behavior for Amazon S3 buckets", Amazon S3 User Guide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultEncryption {
    /// `AES256`, `aws:kms` or `aws:kms:dsse`.
    pub sse_algorithm: String,
    /// A key ARN, id or alias; none means `aws/s3`.
    pub kms_master_key_id: Option<String>,
    /// Whether SSE-KMS takes a bucket key.
    pub bucket_key_enabled: bool,
}

impl Default for DefaultEncryption {
    fn default() -> Self {
        DefaultEncryption { sse_algorithm: "AES256".to_owned(), kms_master_key_id: None, bucket_key_enabled: false }
    }
}

impl DefaultEncryption {
    /// SSE-KMS under a key.
    #[must_use]
    pub fn kms(key: &str, bucket_key_enabled: bool) -> Self {
        DefaultEncryption { sse_algorithm: "aws:kms".to_owned(), kms_master_key_id: Some(key.to_owned()), bucket_key_enabled }
    }
}

impl Bucket {
    /// A new bucket: SSE-S3, not versioned, without policy. The rulebook says whether it refuses SSE-C.
    #[must_use]
    pub fn new(name: &str, account: AccountId, region: Region, rulebook: Rulebook) -> Self {
        Bucket {
            name: name.into(),
            account,
            region,
            versioned: false,
            policy: None,
            encryption: DefaultEncryption::default(),
            blocks_sse_c: !rulebook.allowed(ids::S3_SSE_C_NEW_BUCKET),
            replication: None,
        }
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        format!("arn:{}:s3:::{}", self.region.partition(), self.name)
    }

    pub(super) fn state(&self, field: Option<&str>) -> Option<State> {
        Some(State::of(match field {
            None => Value::from("present"),
            Some("default_encryption") => Value::from(&*self.encryption.sse_algorithm),
            Some("kms_key") => Value::from(self.encryption.kms_master_key_id.as_deref().unwrap_or("none")),
            Some("bucket_key") => Value::from(self.encryption.bucket_key_enabled),
            Some("blocked_encryption") => Value::from(if self.blocks_sse_c { "SSE-C" } else { "NONE" }),
            Some("versioning") => Value::from(if self.versioned { "Enabled" } else { "Suspended" }),
            Some("replication") => Value::from(if self.replication.is_some() { "configured" } else { "none" }),
            Some("region") => Value::from(self.region.code()),
            Some(_) => return None,
        }))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateBucket {
    bucket: String,
    create_bucket_configuration: Option<CreateBucketConfiguration>,
    #[serde(rename = "ACL")]
    _acl: Option<String>,
    #[serde(rename = "ObjectOwnership")]
    _object_ownership: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct CreateBucketConfiguration {
    location_constraint: String,
}

pub(super) fn create(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: CreateBucket = members(request)?;
    let region = match &request.create_bucket_configuration {
        None => caller.region,
        Some(place) => Region::parse(&place.location_constraint).ok_or_else(|| {
            ApiError::new("InvalidLocationConstraint", "The specified location-constraint is not valid")
                .because(format!("there is no Region {}", place.location_constraint))
        })?,
    };
    let account =
        caller.account().ok_or_else(|| ApiError::new("AccessDenied", "Access Denied").status(403).because("a service owns no buckets"))?;
    let new = Bucket::new(&request.bucket, account, region, world.rulebook);
    authorise(world, caller, "s3:CreateBucket", &new, None, &S3Context::default())?;
    if let Some(there) = world.s3.bucket(&request.bucket) {
        let (code, message) = if there.account == account {
            ("BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.")
        } else {
            (
                "BucketAlreadyExists",
                "The requested bucket name is not available. The bucket namespace is shared by all users of the system.",
            )
        };
        return Err(ApiError::new(code, message).status(409).because(format!("the bucket {} is there already", request.bucket)));
    }
    let location = format!("/{}", new.name);
    world.s3.add_bucket(new);
    Ok(json!({ "Location": location }))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutBucketEncryption {
    bucket: String,
    server_side_encryption_configuration: EncryptionConfiguration,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EncryptionConfiguration {
    rules: Vec<EncryptionRule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EncryptionRule {
    apply_server_side_encryption_by_default: Option<ByDefault>,
    bucket_key_enabled: Option<bool>,
    blocked_encryption_types: Option<BlockedEncryptionTypes>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ByDefault {
    #[serde(rename = "SSEAlgorithm")]
    sse_algorithm: String,
    #[serde(rename = "KMSMasterKeyID", skip_serializing_if = "Option::is_none")]
    kms_master_key_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct BlockedEncryptionTypes {
    encryption_type: Vec<String>,
}

fn malformed(why: impl Into<String>) -> ApiError {
    ApiError::new("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema").because(why)
}

/// The key is not looked at: a wrong one is accepted, and later requests fail.
pub(super) fn put_encryption(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: PutBucketEncryption = members(request)?;
    let mut changed = bucket(world, &request.bucket)?;
    authorise(world, caller, "s3:PutEncryptionConfiguration", &changed, None, &S3Context::default())?;
    let [rule] = request.server_side_encryption_configuration.rules.as_slice() else {
        return Err(malformed("a bucket has exactly one rule of default encryption"));
    };
    if let Some(by_default) = &rule.apply_server_side_encryption_by_default {
        let is_kms = match by_default.sse_algorithm.as_str() {
            "AES256" => false,
            "aws:kms" | "aws:kms:dsse" => true,
            other => return Err(malformed(format!("{other} is none of AES256, aws:kms and aws:kms:dsse"))),
        };
        if !is_kms && by_default.kms_master_key_id.is_some() {
            let message = "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse";
            return Err(ApiError::new("InvalidArgument", message).because("SSE-S3 has no key that could be named"));
        }
        changed.encryption.sse_algorithm.clone_from(&by_default.sse_algorithm);
        changed.encryption.kms_master_key_id.clone_from(&by_default.kms_master_key_id);
    }
    changed.encryption.bucket_key_enabled = rule.bucket_key_enabled.unwrap_or(false);
    if let Some(blocked) = &rule.blocked_encryption_types {
        if let Some(other) = blocked.encryption_type.iter().find(|kind| !matches!(kind.as_str(), "SSE-C" | "NONE")) {
            return Err(malformed(format!("{other} is neither SSE-C nor NONE")));
        }
        changed.blocks_sse_c = blocked.encryption_type.iter().any(|kind| kind == "SSE-C");
    }
    world.s3.add_bucket(changed);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OfBucket {
    bucket: String,
}

/// The name in a request that names a bucket and nothing else.
pub(super) fn bucket_name(request: &Value) -> Result<String, ApiError> {
    members(request).map(|request: OfBucket| request.bucket)
}

pub(super) fn get_encryption(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let found = bucket(world, &bucket_name(request)?)?;
    authorise(world, caller, "s3:GetEncryptionConfiguration", &found, None, &S3Context::default())?;
    let DefaultEncryption { sse_algorithm, kms_master_key_id, bucket_key_enabled } = found.encryption;
    let blocked = if found.blocks_sse_c { "SSE-C" } else { "NONE" };
    Ok(json!({"ServerSideEncryptionConfiguration": {"Rules": [{
        "ApplyServerSideEncryptionByDefault": ByDefault { sse_algorithm, kms_master_key_id },
        "BucketKeyEnabled": bucket_key_enabled,
        "BlockedEncryptionTypes": {"EncryptionType": [blocked]},
    }]}}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutBucketVersioning {
    bucket: String,
    versioning_configuration: VersioningConfiguration,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct VersioningConfiguration {
    status: String,
}

pub(super) fn put_versioning(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: PutBucketVersioning = members(request)?;
    let mut changed = bucket(world, &request.bucket)?;
    authorise(world, caller, "s3:PutBucketVersioning", &changed, None, &S3Context::default())?;
    changed.versioned = match request.versioning_configuration.status.as_str() {
        "Enabled" => true,
        "Suspended" if changed.replication.is_some() => {
            let message = "A replication configuration is present on this bucket, so you cannot change the versioning state. To change the versioning state, first delete the replication configuration.";
            return Err(ApiError::new("InvalidBucketState", message).status(409).because("replication needs versions"));
        }
        "Suspended" => false,
        other => return Err(malformed(format!("{other} is neither Enabled nor Suspended"))),
    };
    world.s3.add_bucket(changed);
    Ok(json!({}))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutBucketPolicy {
    bucket: String,
    policy: Value,
}

/// The policy may be JSON text, as the API takes it, or the document itself.
pub(super) fn put_policy(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: PutBucketPolicy = members(request)?;
    let mut changed = bucket(world, &request.bucket)?;
    authorise(world, caller, "s3:PutBucketPolicy", &changed, None, &S3Context::default())?;
    let text = request.policy.as_str().map_or_else(|| request.policy.to_string(), str::to_owned);
    let policy = Policy::from_json(&text, PolicyKind::Resource, &format!("bucket policy of {}", request.bucket))
        .map_err(|wrong| ApiError::new("MalformedPolicy", wrong.clone()).because(wrong))?;
    changed.policy = Some(Arc::new(policy));
    world.s3.add_bucket(changed);
    Ok(json!({}))
}
