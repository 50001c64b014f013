//! Amazon S3: buckets, objects, their encryption, and replication.
//!
//! ```text
//! bucket.rs      buckets and their settings
//! object.rs      PutObject, GetObject, HeadObject, DeleteObject
//! headers.rs     what a write asks for
//! copy.rs        CopyObject, UpdateObjectEncryption
//! encryption.rs  body <-> stored bytes
//! bucket_key.rs  bucket keys and how long they are kept
//! kms.rs         the calls to KMS
//! replication.rs the configuration;  replicate.rs  the work after a PutObject
//! beforehand.rs  objects that a world starts with
//! workload.rs    how many KMS requests a volume of work makes
//! ```
//!
//! Source: Amazon S3 User Guide, "Protecting data with encryption" and "Replicating encrypted objects".

mod access;
mod beforehand;
mod bucket;
mod bucket_key;
mod copy;
mod encryption;
mod headers;
mod kms;
mod object;
mod replicate;
mod replication;
#[cfg(test)]
pub(super) mod tests;
mod workload;

pub use beforehand::{NewObject, add_object};
pub use bucket::{Bucket, DefaultEncryption};
pub use bucket_key::BucketKey;
pub use encryption::{DataKey, KmsEncryption, ObjectEncryption, StoredBody};
pub use object::{Object, Replication};
pub use replication::{ReplicationConfiguration, ReplicationRule};
pub use workload::{Evidence, KmsRequests, S3Workload, WorkloadEncryption};

pub(super) use object::{Delivery, deliver};

use super::event::record_management_event;
use super::{State, World};
use crate::cloud::{ApiError, Caller};
use bucket_key::BucketKeys;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All buckets and objects.
#[derive(Clone, Debug, Default)]
pub struct S3 {
    buckets: BTreeMap<Arc<str>, Bucket>,
    /// The current version of each object, by bucket and key.
    objects: BTreeMap<(Arc<str>, Arc<str>), Object>,
    bucket_keys: BucketKeys,
    /// How many versions have been written: the next one's id depends on it.
    written: u64,
}

/// What S3 does after a call has returned.
#[derive(Clone, Debug)]
pub enum Task {
    /// Replicate a version of an object.
    Replicate {
        /// The source bucket.
        bucket: Arc<str>,
        /// The object's key.
        key: Arc<str>,
        /// The version that was written.
        version: u64,
    },
}

impl S3 {
    /// Adds a bucket, as a world starts with it.
    pub fn add_bucket(&mut self, bucket: Bucket) {
        self.buckets.insert(Arc::clone(&bucket.name), bucket);
    }

    /// A bucket by name.
    #[must_use]
    pub fn bucket(&self, name: &str) -> Option<&Bucket> {
        self.buckets.get(name)
    }

    /// A bucket by name, to change it.
    pub fn bucket_mut(&mut self, name: &str) -> Option<&mut Bucket> {
        self.buckets.get_mut(name)
    }

    /// The current version of an object.
    #[must_use]
    pub fn object(&self, bucket: &str, key: &str) -> Option<&Object> {
        self.objects.get(&(Arc::from(bucket), Arc::from(key)))
    }

    fn object_mut(&mut self, bucket: &str, key: &str) -> Option<&mut Object> {
        self.objects.get_mut(&(Arc::from(bucket), Arc::from(key)))
    }

    /// What stands at a path: `s3.buckets.NAME` and `s3.objects.BUCKET/KEY`.
    #[must_use]
    pub fn state(&self, collection: &str, name: &str, field: Option<&str>) -> Option<State> {
        match collection {
            "buckets" => self.bucket(name)?.state(field),
            "objects" => {
                let (bucket, key) = name.split_once('/')?;
                self.object(bucket, key)?.state(field)
            }
            _ => None,
        }
    }
}

/// Reads the members of a request.
fn members<T: DeserializeOwned>(members: &Value) -> Result<T, ApiError> {
    T::deserialize(members).map_err(|error| ApiError::new("InvalidArgument", error.to_string()).because(error.to_string()))
}

/// Calls that CloudTrail logs without being told: those on buckets. Calls on objects are data events.
fn is_management_event(name: &str) -> bool {
    name.contains("Bucket")
}

/// Carries out an operation.
///
/// # Errors
/// S3's error; one that comes from KMS keeps KMS's reason.
pub fn call(world: &mut World, caller: &Arc<Caller>, name: &str, members: Value) -> Result<Value, ApiError> {
    let outcome = match name {
        "CreateBucket" => bucket::create(world, caller, &members),
        "PutBucketEncryption" => bucket::put_encryption(world, caller, &members),
        "GetBucketEncryption" => bucket::get_encryption(world, caller, &members),
        "PutBucketVersioning" => bucket::put_versioning(world, caller, &members),
        "PutBucketPolicy" => bucket::put_policy(world, caller, &members),
        "PutBucketReplication" => replication::put(world, caller, &members),
        "GetBucketReplication" => replication::get(world, caller, &members),
        "PutObject" => object::put(world, caller, &members),
        "GetObject" => object::get(world, caller, &members),
        "HeadObject" => object::head(world, caller, &members),
        "DeleteObject" => object::delete(world, caller, &members),
        "CopyObject" => copy::copy(world, caller, &members),
        "UpdateObjectEncryption" => copy::update_encryption(world, caller, &members),
        _ => Err(ApiError::new("MethodNotAllowed", "The specified method is not allowed against this resource.").status(405)),
    };
    if is_management_event(name) {
        record_management_event(world, caller, "s3.amazonaws.com", &format!("s3:{name}"), &members, outcome.as_ref().err());
    }
    outcome
}

/// Does later work.
pub fn run(world: &mut World, task: Task) {
    match task {
        Task::Replicate { bucket, key, version } => replicate::run(world, &bucket, &key, version),
    }
}
