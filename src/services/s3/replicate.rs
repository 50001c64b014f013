//! The work of replication: some time after a write, S3 assumes the role of the configuration and copies the object.
//!
//! The write has succeeded by then; what goes wrong here shows as the replication status of the source object.
//!
//! ```text
//! role -Decrypt via s3.SOURCE-> body -Encrypt via s3.DESTINATION-> replica
//! ```
//!
//! Source: "Replicating encrypted objects" and "Amazon S3 replication failure reasons", Amazon S3 User Guide.

use super::access::{S3Context, authorise};
use super::encryption::{self, ObjectEncryption, StoredBody, Wanted, object_arn};
use super::kms::DataKeySource;
use super::object::{Object, Replication, store};
use super::{Bucket, ReplicationRule, Task, World};
use crate::cloud::{AccountId, ApiError, Arn, Caller, Duration, Principal, Reason};
use crate::kms::KeyIdentifier;
use crate::rulebook::ids;
use crate::services::Task as ServiceTask;
use crate::services::event::cause;
use std::sync::Arc;

/// How long after a write the replica is there. S3 promises no time without Replication Time Control; most objects
/// take seconds to minutes.
const DELAY: Duration = Duration::minutes(1);

/// Leaves the replication of a written object for later, if a rule takes it. An object that no rule takes gets no
/// status at all: an SSE-KMS object without the opt-in is skipped in silence.
pub(super) fn after_write(world: &mut World, bucket: &Bucket, key: &str, object: &Object) {
    let skipped = skipped(world, bucket, key, object);
    let taken = skipped.is_none();
    if let Some(there) = world.s3.object_mut(&bucket.name, key) {
        there.replication = taken.then_some(Replication::Pending);
        there.skipped = skipped.map(|headline| Arc::new(Reason::new(headline)));
    }
    if taken {
        let task = Task::Replicate { bucket: Arc::clone(&bucket.name), key: key.into(), version: object.version };
        world.later(DELAY, ServiceTask::S3(task));
    }
}

/// Why no rule takes an object, if none does.
fn skipped(world: &World, bucket: &Bucket, key: &str, object: &Object) -> Option<String> {
    let name = &bucket.name;
    let Some(configuration) = bucket.replication.as_deref() else {
        return Some(format!("bucket {name} has no replication configuration"));
    };
    let Some(rule) = configuration.rule_for(key) else {
        return Some(format!("no rule of bucket {name} takes the key {key}"));
    };
    let must_opt_in = object.encryption.kms().is_some() && world.rulebook.allowed(ids::S3_REPLICATION_OPT_IN);
    if !must_opt_in || rule.opt_in() == Some("Enabled") {
        return None;
    }
    let said = rule.opt_in().unwrap_or("absent");
    Some(format!(
        "the object is under a KMS key, and the rule does not opt in for such objects, so S3 skips it: SourceSelectionCriteria.SseKmsEncryptedObjects is {said}"
    ))
}

/// A replication that failed: S3's reason code and what decided it.
struct Failure {
    reason: &'static str,
    cause: Arc<Reason>,
}

impl Failure {
    fn new(reason: &'static str, headline: impl Into<String>) -> Self {
        Failure { reason, cause: Arc::new(Reason::new(headline)) }
    }

    fn of(reason: &'static str, error: &ApiError) -> Self {
        Failure { reason, cause: cause(error) }
    }
}

/// Replicates one version and notes how it went.
pub(super) fn run(world: &mut World, bucket: &str, key: &str, version: u64) {
    let (Some(source), Some(object)) = (world.s3.bucket(bucket).cloned(), world.s3.object(bucket, key).cloned()) else { return };
    if object.version != version {
        return;
    }
    let outcome = replicate(world, &source, key, &object);
    if let Some(there) = world.s3.object_mut(bucket, key) {
        there.replication = Some(match outcome {
            Ok(()) => Replication::Completed,
            Err(Failure { reason, cause }) => Replication::Failed { reason, cause },
        });
    }
}

fn replicate(world: &mut World, source: &Bucket, key: &str, object: &Object) -> Result<(), Failure> {
    let configuration = source.replication.clone();
    let Some((configuration, rule)) = configuration.as_deref().and_then(|all| all.rule_for(key).map(|rule| (all, rule))) else {
        return Err(Failure::new("SrcBucketReplicationConfigMissing", "the bucket no longer has a rule for this object"));
    };
    let role = assume_role(world, source, &configuration.role)?;
    let destination = destination(world, rule)?;
    let by = Arc::new(Caller::direct(role.clone(), source.region));
    may_read(world, &by, source, key, object)?;
    let at_destination = Caller::direct(role, destination.region);
    authorise(world, &at_destination, "s3:ReplicateObject", &destination, Some(key), &S3Context::default())
        .map_err(|error| Failure::of("DstPutObjectNotPermitted", &error))?;
    let (encryption, body) = match replica_encryption(object, rule, &destination)? {
        Some(wanted) => {
            let through_source = Arc::new(by.through("s3", source.region));
            let body = open(world, &through_source, source, key, object)?;
            seal(world, &Arc::new(at_destination.through("s3", destination.region)), &destination, key, &wanted, &body)?
        }
        // S3 has not kept the customer's key, and needs none to copy what is stored.
        None => (object.encryption.clone(), object.body.clone()),
    };
    store(world, &destination, key, encryption, body);
    if let Some(replica) = world.s3.object_mut(&destination.name, key) {
        replica.replication = Some(Replication::Replica);
    }
    Ok(())
}

/// Decrypts the source with the role's permissions.
fn open(world: &mut World, by: &Arc<Caller>, source: &Bucket, key: &str, object: &Object) -> Result<Vec<u8>, Failure> {
    encryption::open(world, by, &object_arn(source, key), &object.encryption, &object.body, None).map_err(|error| {
        let reason = match error.code.as_ref() {
            "DisabledException" | "KMSInvalidStateException" => "SrcKmsKeyInvalidState",
            _ => "SrcGetObjectNotPermitted",
        };
        Failure::of(reason, &error)
    })
}

/// Encrypts the replica with the role's permissions.
fn seal(
    world: &mut World,
    by: &Arc<Caller>,
    destination: &Bucket,
    key: &str,
    wanted: &Wanted,
    body: &[u8],
) -> Result<(ObjectEncryption, StoredBody), Failure> {
    encryption::seal(world, by, destination, key, wanted, DataKeySource::Encrypt, body).map_err(|error| {
        let reason = match error.code.as_ref() {
            "DisabledException" | "KMSInvalidStateException" => "DstKmsKeyInvalidState",
            "NotFoundException" => "DstKmsKeyNotFound",
            _ => "DstPutObjectNotPermitted",
        };
        Failure::of(reason, &error)
    })
}

/// S3 assumes the role; its trust policy must name `s3.amazonaws.com`.
fn assume_role(world: &World, source: &Bucket, arn: &str) -> Result<Principal, Failure> {
    let refused = |headline: String| Failure::new("AssumeRoleNotPermitted", headline);
    let parsed = Arn::parse(arn).filter(|arn| arn.service == "iam");
    let named = parsed.and_then(|arn| Some((AccountId::parse(arn.account)?, arn.resource.strip_prefix("role/")?)));
    let (account, name) = named.ok_or_else(|| refused(format!("{arn} is no ARN of a role")))?;
    let role = world.iam.account(account).and_then(|account| account.roles.get(name));
    let role = role.ok_or_else(|| refused(format!("there is no role {arn}")))?;
    if !role.trusted.iter().any(|trusted| &**trusted == "s3.amazonaws.com") {
        return Err(refused(format!("the trust policy of {arn} does not name s3.amazonaws.com")));
    }
    Ok(Principal::role_session(account, name, &format!("s3-replication-{}", source.name)))
}

fn destination(world: &World, rule: &ReplicationRule) -> Result<Bucket, Failure> {
    let name = rule.destination_bucket();
    let Some(destination) = world.s3.bucket(name) else {
        return Err(Failure::new("DstBucketNotFound", format!("no bucket is called {name}")));
    };
    if !destination.versioned {
        return Err(Failure::new("DstBucketUnversioned", format!("versioning is not enabled on bucket {name}")));
    }
    Ok(destination.clone())
}

/// The permissions of S3 on the source. `s3:GetObjectVersion` lets SSE-S3 objects through, not those of KMS.
fn may_read(world: &World, by: &Caller, source: &Bucket, key: &str, object: &Object) -> Result<(), Failure> {
    let ask = |action: &str, key: Option<&str>| authorise(world, by, action, source, key, &S3Context::default());
    let refused = |error: ApiError| Failure::of("SrcGetObjectNotPermitted", &error);
    ask("s3:GetReplicationConfiguration", None).map_err(refused)?;
    ask("s3:ListBucket", None).map_err(refused)?;
    ask("s3:GetObjectVersionForReplication", Some(key))
        .or_else(|error| {
            let without_kms = object.encryption.kms().is_none() && ask("s3:GetObjectVersion", Some(key)).is_ok();
            if without_kms { Ok(()) } else { Err(error) }
        })
        .map_err(refused)?;
    ask("s3:GetObjectVersionAcl", Some(key)).map_err(|error| Failure::of("SrcGetAclNotPermitted", &error))
}

/// The replica is encrypted in the kind of the source; the destination's default does not matter, and a bucket key
/// of the source object stays one. Nothing for SSE-C, which is copied as it is.
fn replica_encryption(object: &Object, rule: &ReplicationRule, destination: &Bucket) -> Result<Option<Wanted>, Failure> {
    let kms = match &object.encryption {
        ObjectEncryption::Customer => return Ok(None),
        ObjectEncryption::S3Managed => return Ok(Some(Wanted::S3Managed)),
        ObjectEncryption::Kms(kms) => kms,
    };
    if let Some(key) = rule.replica_key() {
        match KeyIdentifier::parse(key) {
            Some(KeyIdentifier::Arn { .. } | KeyIdentifier::AliasArn { .. }) => {}
            Some(KeyIdentifier::Id(_) | KeyIdentifier::Alias(_)) | None => {
                let headline = format!("ReplicaKmsKeyID is {key}, which is no key ARN or alias ARN of a key in {}", destination.region);
                return Err(Failure::new("DstKmsKeyNotFound", headline));
            }
        }
    }
    let mut extra = kms.context.clone();
    extra.remove(encryption::ARN_CONTEXT);
    let bucket_key = object.encryption.has_bucket_key();
    Ok(Some(Wanted::Kms { dual_layer: kms.dual_layer, key: rule.replica_key().map(str::to_owned), bucket_key, extra }))
}
