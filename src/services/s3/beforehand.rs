//! Objects that a world starts with.

use super::access::bucket;
use super::bucket_key::BucketKey;
use super::encryption::{self, DataKey, KmsEncryption};
use super::headers::invalid_argument;
use super::object::store;
use super::{DefaultEncryption, World};
use crate::cloud::ApiError;
use crate::kms::EncryptionContext;
use std::sync::Arc;

/// An object that a world starts with.
#[derive(Clone, Debug)]
pub struct NewObject<'o> {
    /// The bucket, which must be there.
    pub bucket: &'o str,
    /// The object's key.
    pub key: &'o str,
    /// Its body.
    pub body: &'o str,
    /// How it is encrypted. The bucket key, if one is asked for, is the object's own, written long ago.
    pub encryption: DefaultEncryption,
}

/// Puts an object where a world starts: nobody is asked, and nothing is recorded or billed.
///
/// # Errors
/// `NoSuchBucket`, `KMS.NotFoundException`, or `InvalidArgument` for an unknown algorithm.
pub fn add_object(world: &mut World, new: &NewObject<'_>) -> Result<(), ApiError> {
    let into = bucket(world, new.bucket)?;
    let (dual_layer, bucket_key) = match new.encryption.sse_algorithm.as_str() {
        "AES256" => {
            let (encryption, body) = encryption::seal_beforehand(world, &into, new.key, None, new.body.as_bytes())?;
            store(world, &into, new.key, encryption, body);
            return Ok(());
        }
        "aws:kms" => (false, new.encryption.bucket_key_enabled),
        "aws:kms:dsse" => (true, false),
        _ => return Err(invalid_argument("The encryption method specified is not supported")),
    };
    let named = match &new.encryption.kms_master_key_id {
        Some(named) => named.clone(),
        None => world.aws_managed_key(into.account, into.region, "s3", "s3").map(|arn| arn.to_string()).unwrap_or_default(),
    };
    let missing = || {
        ApiError::new("KMS.NotFoundException", format!("Key '{named}' does not exist"))
            .because(format!("no key {named} in {}", into.region))
    };
    let at = world.find_key(&named, into.account, into.region).ok_or_else(missing)?;
    let key_arn = world.kms.key(at).map(|key| Arc::clone(&key.arn)).ok_or_else(missing)?;
    let context = encryption::context(&into, new.key, bucket_key, &EncryptionContext::new());
    let outer: [u8; 32] = world.cloud.random.bytes();
    let encrypted = world.door().encrypt_beforehand(at, &outer, &context)?;
    let (plaintext, data_key) = if bucket_key {
        let id = world.s3.bucket_keys.next();
        let bucket_key = Arc::new(BucketKey { id, key_arn: Arc::clone(&key_arn), context: context.clone(), encrypted });
        let plaintext: [u8; 32] = world.cloud.random.bytes();
        let data_key = encryption::wrap(world, bucket_key, &outer, &plaintext)?;
        (plaintext, data_key)
    } else {
        (outer, DataKey::Encrypted(encrypted))
    };
    let kms = KmsEncryption { dual_layer, key_arn, context, data_key };
    let (encryption, body) = encryption::seal_beforehand(world, &into, new.key, Some((kms, plaintext)), new.body.as_bytes())?;
    store(world, &into, new.key, encryption, body);
    Ok(())
}
