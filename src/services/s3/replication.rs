//! The replication configuration of a bucket, and what S3 checks of it when it is put.
//!
//! Source: "Replication configuration file elements" and "Replicating encrypted objects", Amazon S3 User Guide.

use super::access::{S3Context, authorise, bucket};
use super::bucket::bucket_name;
use super::{World, members};
use crate::cloud::{ApiError, Caller};
use crate::rulebook::{Rulebook, ids};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// Which objects of a bucket are replicated to where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ReplicationConfiguration {
    /// The ARN of the role that S3 assumes.
    pub role: String,
    /// The rules.
    pub rules: Vec<ReplicationRule>,
}

/// A rule of a replication configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ReplicationRule {
    /// Its id.
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Of several rules that match, the one with the highest number counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i64>,
    /// `Enabled` or `Disabled`.
    pub status: String,
    /// Which objects; an older form is `Prefix`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// The older form of `Filter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// Where the guide has the replica key. Today's schema has no such element.
    #[serde(rename = "ReplicaKmsKeyID", skip_serializing_if = "Option::is_none")]
    pub replica_kms_key_id: Option<String>,
    /// The opt-in for SSE-KMS objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_selection_criteria: Option<SourceSelectionCriteria>,
    /// Whether delete markers are replicated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_marker_replication: Option<Status>,
    /// Whether objects from before the rule are replicated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing_object_replication: Option<Status>,
    /// Where to.
    pub destination: Destination,
}

/// An element that holds a status and nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Status {
    /// `Enabled` or `Disabled`.
    pub status: String,
}

/// The filter of a rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Filter {
    /// How keys begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}

/// What of the source's objects a rule takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SourceSelectionCriteria {
    /// The opt-in for SSE-KMS objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sse_kms_encrypted_objects: Option<Status>,
    /// Whether changes of replicas are replicated back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replica_modifications: Option<Status>,
}

/// Where a rule replicates to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Destination {
    /// The ARN of the destination bucket.
    pub bucket: String,
    /// Its account, for owner override.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// Storage class of replicas.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
    /// Owner override.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_control_translation: Option<AccessControlTranslation>,
    /// The replica key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_configuration: Option<EncryptionConfiguration>,
}

/// Who owns replicas.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AccessControlTranslation {
    /// `Destination`.
    pub owner: String,
}

/// How replicas of SSE-KMS objects are encrypted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EncryptionConfiguration {
    /// Key ARN or alias ARN of a key in the destination bucket's Region.
    #[serde(rename = "ReplicaKmsKeyID", skip_serializing_if = "Option::is_none")]
    pub replica_kms_key_id: Option<String>,
}

impl ReplicationRule {
    /// Whether it takes objects with this key, whatever their encryption.
    #[must_use]
    pub fn takes_key(&self, key: &str) -> bool {
        let prefix = self.filter.as_ref().and_then(|filter| filter.prefix.as_deref()).or(self.prefix.as_deref()).unwrap_or("");
        self.status == "Enabled" && key.starts_with(prefix)
    }

    /// What it says of the opt-in for SSE-KMS objects: `Enabled`, `Disabled` or nothing.
    #[must_use]
    pub fn opt_in(&self) -> Option<&str> {
        self.source_selection_criteria.as_ref()?.sse_kms_encrypted_objects.as_ref().map(|status| status.status.as_str())
    }

    /// The replica key, wherever the rule has it.
    #[must_use]
    pub fn replica_key(&self) -> Option<&str> {
        let inside = self.destination.encryption_configuration.as_ref().and_then(|encryption| encryption.replica_kms_key_id.as_deref());
        inside.or(self.replica_kms_key_id.as_deref())
    }

    /// The name of the destination bucket.
    #[must_use]
    pub fn destination_bucket(&self) -> &str {
        self.destination.bucket.rsplit(':').next().unwrap_or(&self.destination.bucket)
    }
}

impl ReplicationConfiguration {
    /// Reads a configuration and checks what S3 checks without looking at keys and roles.
    ///
    /// # Errors
    /// `MalformedXML` for what the schema does not have, `InvalidRequest` for what does not go together.
    pub fn read(document: &Value, rulebook: Rulebook) -> Result<Self, ApiError> {
        let configuration = ReplicationConfiguration::deserialize(document).map_err(|error| malformed(error.to_string()))?;
        if configuration.rules.is_empty() {
            return Err(malformed("a replication configuration has at least one rule"));
        }
        for rule in &configuration.rules {
            check_rule(rule, rulebook)?;
        }
        Ok(configuration)
    }

    /// The rule that counts for a key: of those that match the one with the highest priority.
    #[must_use]
    pub fn rule_for(&self, key: &str) -> Option<&ReplicationRule> {
        self.rules.iter().filter(|rule| rule.takes_key(key)).max_by_key(|rule| rule.priority.unwrap_or(0))
    }
}

fn malformed(why: impl Into<String>) -> ApiError {
    ApiError::new("MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema").because(why)
}

fn invalid(message: &str, why: impl Into<String>) -> ApiError {
    ApiError::new("InvalidRequest", message).because(why)
}

/// The guide's configuration has the replica key in the rule and neither the opt-in nor what a filter needs; under
/// the guide's rulebook it must work as it stands there.
fn check_rule(rule: &ReplicationRule, rulebook: Rulebook) -> Result<(), ApiError> {
    let place = "Rules[].Destination.EncryptionConfiguration.ReplicaKmsKeyID";
    let in_rule = rulebook.text("s3-replica-key-place").is_some_and(|text| text != place);
    if rule.replica_kms_key_id.is_some() && !in_rule {
        return Err(malformed("ReplicaKmsKeyID is no element of Rule: it belongs in Destination.EncryptionConfiguration"));
    }
    for status in [Some(rule.status.as_str()), rule.opt_in()].into_iter().flatten() {
        if !matches!(status, "Enabled" | "Disabled") {
            return Err(malformed(format!("a status is Enabled or Disabled, not {status}")));
        }
    }
    if !rulebook.allowed(ids::S3_REPLICATION_OPT_IN) {
        return Ok(());
    }
    if rule.filter.is_some() && rule.priority.is_none() {
        return Err(invalid(
            "Priority must be specified for this version of Cross Region Replication configuration schema.",
            "a rule with Filter also needs Priority and DeleteMarkerReplication",
        ));
    }
    if rule.filter.is_some() && rule.delete_marker_replication.is_none() {
        return Err(invalid(
            "DeleteMarkerReplication must be specified for this version of Cross Region Replication configuration schema.",
            "a rule with Filter also needs Priority and DeleteMarkerReplication",
        ));
    }
    match (rule.opt_in(), rule.replica_key()) {
        (None, Some(_)) => Err(invalid(
            "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present.",
            "the rule names a replica key but does not opt in: SourceSelectionCriteria.SseKmsEncryptedObjects and ReplicaKmsKeyID go together",
        )),
        (Some("Enabled"), None) => Err(invalid(
            "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present.",
            "the rule opts in for SSE-KMS objects but names no key for the replicas",
        )),
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct PutBucketReplication {
    bucket: String,
    replication_configuration: Value,
}

/// Neither the keys nor the role's permissions are looked at: what is wrong with them shows when an object is written.
pub(super) fn put(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let request: PutBucketReplication = members(request)?;
    let mut changed = bucket(world, &request.bucket)?;
    authorise(world, caller, "s3:PutReplicationConfiguration", &changed, None, &S3Context::default())?;
    let configuration = ReplicationConfiguration::read(&request.replication_configuration, world.rulebook)?;
    if !changed.versioned {
        return Err(invalid(
            "Versioning must be 'Enabled' on the bucket to apply a replication configuration",
            format!("versioning is not enabled on bucket {}", changed.name),
        ));
    }
    for rule in &configuration.rules {
        let name = rule.destination_bucket();
        match world.s3.bucket(name) {
            None => return Err(invalid("Destination bucket must exist.", format!("no bucket is called {name}"))),
            Some(destination) if !destination.versioned => {
                return Err(invalid(
                    "Destination bucket must have versioning enabled.",
                    format!("versioning is not enabled on bucket {name}"),
                ));
            }
            Some(_) => {}
        }
    }
    changed.replication = Some(Arc::new(configuration));
    world.s3.add_bucket(changed);
    Ok(json!({}))
}

pub(super) fn get(world: &mut World, caller: &Arc<Caller>, request: &Value) -> Result<Value, ApiError> {
    let found = bucket(world, &bucket_name(request)?)?;
    authorise(world, caller, "s3:GetReplicationConfiguration", &found, None, &S3Context::default())?;
    match found.replication.as_deref() {
        Some(configuration) => Ok(json!({ "ReplicationConfiguration": configuration })),
        None => {
            let message = "The replication configuration was not found";
            Err(ApiError::new("ReplicationConfigurationNotFoundError", message).status(404).because(message))
        }
    }
}
