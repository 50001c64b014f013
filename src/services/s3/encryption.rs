//! Server-side encryption: from what a request asks for to stored bytes, and back.
//!
//! ```text
//! body -data key-> stored bytes;  data key -KMS, or a bucket key, or S3's own key-> stored beside them
//! ```

use super::bucket_key::{self, BucketKey};
use super::kms::{self, DataKeySource, NewDataKey};
use super::{Bucket, World};
use crate::cloud::{ApiError, Caller};
use crate::kms::{Cipher, EncryptionContext};
use std::sync::Arc;

/// The key of the encryption context that S3 sets by itself.
///
/// Source: "Using server-side encryption with AWS KMS keys (SSE-KMS)", Amazon S3 User Guide.
pub(super) const ARN_CONTEXT: &str = "aws:s3:arn";

/// What an SSE-C body is bound to: not its place, because replication copies it as it is.
const CUSTOMER: &str = "SSE-C";

/// What a write asks for, after the bucket's default has been applied.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// SSE-S3.
    S3Managed,
    /// SSE-KMS or DSSE-KMS.
    Kms {
        /// DSSE-KMS: two layers.
        dual_layer: bool,
        /// The key as the request or the bucket's setting names it; none means `aws/s3`.
        key: Option<String>,
        /// Whether a bucket key takes part.
        bucket_key: bool,
        /// Pairs that the requester adds to the encryption context.
        extra: EncryptionContext,
    },
    /// SSE-C, with the customer's key.
    Customer([u8; 32]),
}

/// How an object is encrypted.
#[derive(Clone, Debug)]
pub enum ObjectEncryption {
    /// SSE-S3: under a key of S3, which no policy mentions.
    S3Managed,
    /// SSE-KMS or DSSE-KMS.
    Kms(KmsEncryption),
    /// SSE-C: S3 has not kept the key.
    Customer,
}

/// The part of KMS in an object's encryption.
#[derive(Clone, Debug)]
pub struct KmsEncryption {
    /// DSSE-KMS.
    pub dual_layer: bool,
    /// The ARN of the KMS key.
    pub key_arn: Arc<str>,
    /// The whole encryption context, as KMS saw it.
    pub context: EncryptionContext,
    /// The object's data key.
    pub data_key: DataKey,
}

/// An object's data key as it is stored.
#[derive(Clone, Debug)]
pub enum DataKey {
    /// Encrypted by KMS.
    Encrypted(Vec<u8>),
    /// Encrypted under a bucket key.
    UnderBucketKey {
        /// The bucket key.
        bucket_key: Arc<BucketKey>,
        /// Nonce of the wrapping.
        nonce: [u8; 12],
        /// The wrapped data key.
        wrapped: Vec<u8>,
    },
}

/// A body as it is stored.
#[derive(Clone, Debug)]
pub struct StoredBody {
    nonce: [u8; 12],
    bytes: Vec<u8>,
}

impl ObjectEncryption {
    /// The value of `x-amz-server-side-encryption`; nothing for SSE-C, which has a header of its own.
    #[must_use]
    pub fn algorithm(&self) -> Option<&'static str> {
        match self {
            ObjectEncryption::S3Managed => Some("AES256"),
            ObjectEncryption::Kms(kms) => Some(if kms.dual_layer { "aws:kms:dsse" } else { "aws:kms" }),
            ObjectEncryption::Customer => None,
        }
    }

    /// The KMS part, if KMS takes part.
    #[must_use]
    pub fn kms(&self) -> Option<&KmsEncryption> {
        match self {
            ObjectEncryption::Kms(kms) => Some(kms),
            ObjectEncryption::S3Managed | ObjectEncryption::Customer => None,
        }
    }

    /// Whether a bucket key takes part.
    #[must_use]
    pub fn has_bucket_key(&self) -> bool {
        self.kms().is_some_and(|kms| matches!(kms.data_key, DataKey::UnderBucketKey { .. }))
    }
}

/// `arn:aws:s3:::BUCKET/KEY`.
pub(super) fn object_arn(bucket: &Bucket, key: &str) -> String {
    format!("{}/{key}", bucket.arn())
}

/// The context of an object: the bucket's ARN with a bucket key, else the object's, and the requester's pairs.
pub(super) fn context(bucket: &Bucket, key: &str, bucket_key: bool, extra: &EncryptionContext) -> EncryptionContext {
    let arn = if bucket_key { bucket.arn() } else { object_arn(bucket, key) };
    let mut context = extra.clone();
    context.insert(ARN_CONTEXT.to_owned(), arn);
    context
}

/// The key of S3 itself that SSE-S3, and the second layer of DSSE-KMS, use for an object.
fn service_key(world: &World, arn: &str) -> [u8; 32] {
    world.cloud.random.derive(&format!("Amazon S3 managed key {arn}"))
}

fn seal_with(world: &mut World, key: &[u8; 32], arn: &str, plaintext: &[u8]) -> Result<StoredBody, ApiError> {
    let nonce = world.cloud.random.bytes();
    let bytes = Cipher::new(key)
        .seal(&nonce, arn.as_bytes(), plaintext)
        .ok_or_else(|| ApiError::new("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"))?;
    Ok(StoredBody { nonce, bytes })
}

fn open_with(key: &[u8; 32], arn: &str, stored: &StoredBody) -> Option<Vec<u8>> {
    Cipher::new(key).open(&stored.nonce, arn.as_bytes(), &stored.bytes)
}

/// Encrypts a body for its place. `caller` is who stands behind the calls to KMS, and an error of KMS is KMS's own:
/// a write and a replication have different names for it.
pub(super) fn seal(
    world: &mut World,
    caller: &Arc<Caller>,
    bucket: &Bucket,
    key: &str,
    wanted: &Wanted,
    source: DataKeySource,
    body: &[u8],
) -> Result<(ObjectEncryption, StoredBody), ApiError> {
    match wanted {
        Wanted::S3Managed => seal_beforehand(world, bucket, key, None, body),
        Wanted::Customer(customer_key) => {
            let stored = seal_with(world, customer_key, CUSTOMER, body)?;
            Ok((ObjectEncryption::Customer, stored))
        }
        Wanted::Kms { dual_layer, key: named, bucket_key, extra } => {
            let named = kms_key(world, caller, bucket, named.as_deref());
            let (plaintext, mut kms) = data_key_for(world, caller, bucket, key, &named, *bucket_key && !dual_layer, extra, source)?;
            kms.dual_layer = *dual_layer;
            seal_beforehand(world, bucket, key, Some((kms, plaintext)), body)
        }
    }
}

/// Encrypts a body under a data key that is there already, or, without one, as SSE-S3.
pub(super) fn seal_beforehand(
    world: &mut World,
    bucket: &Bucket,
    key: &str,
    data_key: Option<(KmsEncryption, [u8; 32])>,
    body: &[u8],
) -> Result<(ObjectEncryption, StoredBody), ApiError> {
    let arn = object_arn(bucket, key);
    let own = service_key(world, &arn);
    let Some((kms, plaintext)) = data_key else { return Ok((ObjectEncryption::S3Managed, seal_with(world, &own, &arn, body)?)) };
    let mut stored = seal_with(world, &plaintext, &arn, body)?;
    if kms.dual_layer {
        stored = seal_with(world, &own, &arn, &layer(&stored))?;
    }
    Ok((ObjectEncryption::Kms(kms), stored))
}

/// What the outer layer of DSSE-KMS encrypts: nonce and bytes of the inner one.
fn layer(stored: &StoredBody) -> Vec<u8> {
    [stored.nonce.as_slice(), &stored.bytes].concat()
}

fn unlayer(bytes: &[u8]) -> Option<StoredBody> {
    let (nonce, bytes) = bytes.split_first_chunk::<12>()?;
    Some(StoredBody { nonce: *nonce, bytes: bytes.to_vec() })
}

/// The key that a write names. No name means `aws/s3` of the requester's account; a service principal has none and
/// takes the bucket owner's.
fn kms_key(world: &mut World, caller: &Caller, bucket: &Bucket, named: Option<&str>) -> String {
    let account = caller.account().unwrap_or(bucket.account);
    match named {
        Some(named) if named != "alias/aws/s3" => named.to_owned(),
        Some(_) | None => {
            let arn = world.aws_managed_key(account, bucket.region, "s3", "s3");
            arn.map_or_else(|| "alias/aws/s3".to_owned(), |arn| arn.to_string())
        }
    }
}

/// A data key for an object, with what is stored of it.
#[allow(clippy::too_many_arguments, reason = "these are the parts of a write; a struct would only rename them")]
pub(super) fn data_key_for(
    world: &mut World,
    caller: &Arc<Caller>,
    bucket: &Bucket,
    key: &str,
    named: &str,
    with_bucket_key: bool,
    extra: &EncryptionContext,
    source: DataKeySource,
) -> Result<([u8; 32], KmsEncryption), ApiError> {
    let context = context(bucket, key, with_bucket_key, extra);
    if !with_bucket_key {
        let NewDataKey { plaintext, encrypted, key_arn } = kms::new_data_key(world, caller, named, &context, source)?;
        return Ok((plaintext, KmsEncryption { dual_layer: false, key_arn, context, data_key: DataKey::Encrypted(encrypted) }));
    }
    let plaintext = world.cloud.random.bytes();
    let (key_arn, data_key) = wrap_with_bucket_key(world, caller, bucket, named, &context, source, &plaintext)?;
    Ok((plaintext, KmsEncryption { dual_layer: false, key_arn, context, data_key }))
}

/// Wraps a data key with the bucket key that serves the requester now.
pub(super) fn wrap_with_bucket_key(
    world: &mut World,
    caller: &Arc<Caller>,
    bucket: &Bucket,
    named: &str,
    context: &EncryptionContext,
    source: DataKeySource,
    data_key: &[u8; 32],
) -> Result<(Arc<str>, DataKey), ApiError> {
    let account = caller.account().unwrap_or(bucket.account);
    let arn = world.find_key(named, account, bucket.region).and_then(|at| world.kms.key(at)).map(|key| Arc::clone(&key.arn));
    let (bucket_key, bucket_level) = bucket_key::for_writing(world, caller, named, arn, context, source)?;
    let key_arn = Arc::clone(&bucket_key.key_arn);
    Ok((key_arn, wrap(world, bucket_key, &bucket_level, data_key)?))
}

/// Wraps a data key with a bucket key whose plaintext is at hand.
pub(super) fn wrap(
    world: &mut World,
    bucket_key: Arc<BucketKey>,
    bucket_level: &[u8; 32],
    data_key: &[u8; 32],
) -> Result<DataKey, ApiError> {
    let StoredBody { nonce, bytes: wrapped } = seal_with(world, bucket_level, ARN_CONTEXT, data_key)?;
    Ok(DataKey::UnderBucketKey { bucket_key, nonce, wrapped })
}

fn damaged() -> ApiError {
    ApiError::new("InternalError", "We encountered an internal error. Please try again.").status(500)
}

/// An object's data key in plaintext. The error is KMS's own.
pub(super) fn open_data_key(world: &mut World, caller: &Arc<Caller>, kms: &KmsEncryption) -> Result<[u8; 32], ApiError> {
    match &kms.data_key {
        DataKey::Encrypted(encrypted) => kms::decrypt(world, caller, &kms.key_arn, encrypted, &kms.context),
        DataKey::UnderBucketKey { bucket_key, nonce, wrapped } => {
            let bucket_level = bucket_key::for_reading(world, caller, bucket_key)?;
            let stored = StoredBody { nonce: *nonce, bytes: wrapped.clone() };
            open_with(&bucket_level, ARN_CONTEXT, &stored).and_then(|key| key.try_into().ok()).ok_or_else(damaged)
        }
    }
}

/// Decrypts a stored body. `customer_key` is the key that a request brings for SSE-C. An error of KMS is KMS's own.
pub(super) fn open(
    world: &mut World,
    caller: &Arc<Caller>,
    arn: &str,
    encryption: &ObjectEncryption,
    stored: &StoredBody,
    customer_key: Option<[u8; 32]>,
) -> Result<Vec<u8>, ApiError> {
    match encryption {
        ObjectEncryption::S3Managed => open_with(&service_key(world, arn), arn, stored).ok_or_else(damaged),
        ObjectEncryption::Customer => {
            let Some(key) = customer_key else {
                let message = "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object.";
                return Err(ApiError::new("InvalidRequest", message).because("SSE-C: S3 keeps no key, so every request must bring it"));
            };
            open_with(&key, CUSTOMER, stored).ok_or_else(|| {
                ApiError::new("AccessDenied", "Access Denied")
                    .status(403)
                    .because("SSE-C: this is not the key that the object was stored with")
            })
        }
        ObjectEncryption::Kms(kms) => {
            let data_key = open_data_key(world, caller, kms)?;
            if !kms.dual_layer {
                return open_with(&data_key, arn, stored).ok_or_else(damaged);
            }
            let inner = open_with(&service_key(world, arn), arn, stored).as_deref().and_then(unlayer).ok_or_else(damaged)?;
            open_with(&data_key, arn, &inner).ok_or_else(damaged)
        }
    }
}
