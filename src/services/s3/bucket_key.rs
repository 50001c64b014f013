//! S3 Bucket Keys: one KMS call serves many objects for a while.
//!
//! S3 asks KMS for a bucket-level key once per requester, KMS key and window, and wraps the data keys of objects with
//! it. The bucket key is kept, encrypted by KMS, with the objects that it serves; who reads them has it decrypted
//! once and then again only after the window. While a bucket key is kept, nobody asks KMS: it goes on working
//! when its KMS key is disabled, until its window ends.
//!
//! Source: "Reducing the cost of SSE-KMS with Amazon S3 Bucket Keys", Amazon S3 User Guide. The length of the window
//! is not published; it is the fact `s3-bucket-key-window`.

use super::World;
use super::kms::{DataKeySource, NewDataKey, decrypt, may_decrypt, new_data_key};
use crate::cloud::{ApiError, Caller, Instant};
use crate::kms::EncryptionContext;
use crate::rulebook::ids;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A bucket key as it is stored with the objects that it serves.
#[derive(Clone, Debug)]
pub struct BucketKey {
    /// Its number, which tells bucket keys apart.
    pub id: u64,
    /// The ARN of the KMS key that encrypted it.
    pub key_arn: Arc<str>,
    /// The encryption context that it is bound to: the bucket's ARN, not an object's.
    pub context: EncryptionContext,
    /// What KMS returned.
    pub encrypted: Vec<u8>,
}

/// Whom a bucket key is kept for: the account and role or user (sessions of a role share), or a service and the
/// resource for which it acts.
type Requester = (Arc<str>, Option<Arc<str>>);

/// What a bucket key for writing is kept by: KMS key, context (which names the bucket) and requester.
type WriterKey = (Arc<str>, EncryptionContext, Requester);

/// A bucket key with its plaintext.
type Opened = (Arc<BucketKey>, [u8; 32]);

/// The bucket keys that S3 holds in plaintext for a while.
#[derive(Clone, Debug, Default)]
pub(super) struct BucketKeys {
    made: u64,
    writers: BTreeMap<WriterKey, Held<Opened>>,
    readers: BTreeMap<(u64, Requester), Held<[u8; 32]>>,
}

#[derive(Clone, Debug)]
struct Held<T> {
    until: Instant,
    value: T,
}

impl BucketKeys {
    /// The number of the next bucket key.
    pub(super) fn next(&mut self) -> u64 {
        self.made += 1;
        self.made
    }
}

fn requester(caller: &Caller) -> Requester {
    (Arc::clone(caller.principal.identity_arn()), caller.source_arn.clone())
}

fn end_of_window(world: &World) -> Instant {
    let now = world.cloud.now();
    crate::cloud::after(now, world.rulebook.span(ids::S3_BUCKET_KEY_WINDOW))
}

/// The bucket key that serves a requester's writes now; a new one if none is kept.
///
/// `named` is the KMS key as the request or setting names it, `arn` what that resolves to, if it does.
pub(super) fn for_writing(
    world: &mut World,
    caller: &Arc<Caller>,
    named: &str,
    arn: Option<Arc<str>>,
    context: &EncryptionContext,
    source: DataKeySource,
) -> Result<Opened, ApiError> {
    let requester = requester(caller);
    let now = world.cloud.now();
    let kept = arn.as_ref().and_then(|arn| world.s3.bucket_keys.writers.get(&(Arc::clone(arn), context.clone(), requester.clone())));
    if let Some(kept) = kept.filter(|kept| kept.until > now) {
        return Ok(kept.value.clone());
    }
    let NewDataKey { plaintext, encrypted, key_arn } = new_data_key(world, caller, named, context, source)?;
    // S3 makes sure of the bucket key by decrypting it: who may not decrypt cannot write with a bucket key either.
    match source {
        DataKeySource::GenerateDataKey => may_decrypt(world, caller, &key_arn, &encrypted, context)?,
        DataKeySource::Encrypt => decrypt(world, caller, &key_arn, &encrypted, context).map(|_| ())?,
    }
    let id = world.s3.bucket_keys.next();
    let bucket_key = Arc::new(BucketKey { id, key_arn: Arc::clone(&key_arn), context: context.clone(), encrypted });
    let held = Held { until: end_of_window(world), value: (Arc::clone(&bucket_key), plaintext) };
    world.s3.bucket_keys.writers.insert((key_arn, context.clone(), requester), held);
    Ok((bucket_key, plaintext))
}

/// A stored bucket key in plaintext, for a reader: kept from before, or decrypted by KMS.
pub(super) fn for_reading(world: &mut World, caller: &Arc<Caller>, bucket_key: &BucketKey) -> Result<[u8; 32], ApiError> {
    let place = (bucket_key.id, requester(caller));
    let now = world.cloud.now();
    if let Some(kept) = world.s3.bucket_keys.readers.get(&place).filter(|kept| kept.until > now) {
        return Ok(kept.value);
    }
    let plaintext = decrypt(world, caller, &bucket_key.key_arn, &bucket_key.encrypted, &bucket_key.context)?;
    let held = Held { until: end_of_window(world), value: plaintext };
    world.s3.bucket_keys.readers.insert(place, held);
    Ok(plaintext)
}
