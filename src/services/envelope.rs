//! Envelope encryption as a service does it: a data key from KMS encrypts the data, the encrypted data key is
//! kept beside it, and the plaintext data key stays in memory for a while.
//!
//! Because only what KMS returned is kept, a disabled key or a wrong context shows when the time in memory is
//! over and KMS is asked again, and not before.

use super::World;
use crate::cloud::{ApiError, Caller, Duration, Instant, Random};
use crate::kms::{Blob, Cipher, DataKeySpec, DecryptRequest, EncryptionContext, GenerateDataKeyRequest, Request, Response};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A data key whose plaintext is in memory.
#[derive(Clone)]
pub(super) struct DataKey {
    plaintext: [u8; 32],
    lock: Lock,
}

/// A data key at rest: encrypted, with the KMS key that can decrypt it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lock {
    encrypted: Arc<[u8]>,
    /// The KMS key's ARN.
    pub(super) key: Arc<str>,
}

/// Encrypted data with its encrypted data key.
#[derive(Clone, Debug)]
pub(super) struct Sealed {
    /// What opens it.
    pub(super) lock: Lock,
    nonce: [u8; 12],
    bytes: Vec<u8>,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DataKey").field("lock", &self.lock).finish_non_exhaustive()
    }
}

impl DataKey {
    /// Asks KMS for a new data key.
    ///
    /// # Errors
    /// KMS's error.
    pub(super) fn generate(world: &mut World, caller: &Arc<Caller>, key: &str, context: &EncryptionContext) -> Result<Self, ApiError> {
        let request = GenerateDataKeyRequest {
            key_id: key.to_owned(),
            key_spec: Some(DataKeySpec::AES_256),
            encryption_context: context.clone(),
            ..GenerateDataKeyRequest::default()
        };
        let Response::DataKey(made) = world.kms(caller, &Request::GenerateDataKey(request))? else { return Err(unusable()) };
        let plaintext = made.plaintext.map(|blob| blob.0).unwrap_or_default();
        DataKey::of(&plaintext, Lock { encrypted: made.ciphertext_blob.0.into(), key: made.key_id })
    }

    /// Asks KMS for the plaintext of an encrypted data key.
    ///
    /// # Errors
    /// KMS's error.
    pub(super) fn unlock(world: &mut World, caller: &Arc<Caller>, lock: &Lock, context: &EncryptionContext) -> Result<Self, ApiError> {
        let request = DecryptRequest {
            ciphertext_blob: Blob(lock.encrypted.to_vec()),
            key_id: Some(lock.key.to_string()),
            encryption_context: context.clone(),
            ..DecryptRequest::default()
        };
        let Response::Decrypt(opened) = world.kms(caller, &Request::Decrypt(request))? else { return Err(unusable()) };
        DataKey::of(&opened.plaintext.0, lock.clone())
    }

    fn of(plaintext: &[u8], lock: Lock) -> Result<Self, ApiError> {
        Ok(DataKey { plaintext: plaintext.try_into().map_err(|_| unusable())?, lock })
    }

    /// Its encrypted form.
    pub(super) fn lock(&self) -> &Lock {
        &self.lock
    }

    /// Encrypts data that belongs to `owner`, an ARN.
    ///
    /// # Errors
    /// Only for data of more than 64 GiB.
    pub(super) fn seal(&self, random: &mut Random, owner: &str, data: &[u8]) -> Result<Sealed, ApiError> {
        let nonce = random.bytes();
        let bytes = Cipher::new(&self.plaintext).seal(&nonce, owner.as_bytes(), data).ok_or_else(unusable)?;
        Ok(Sealed { lock: self.lock.clone(), nonce, bytes })
    }

    /// Decrypts data that belongs to `owner`.
    ///
    /// # Errors
    /// When the data is not what this data key and owner encrypted.
    pub(super) fn open(&self, owner: &str, sealed: &Sealed) -> Result<Vec<u8>, ApiError> {
        Cipher::new(&self.plaintext).open(&sealed.nonce, owner.as_bytes(), &sealed.bytes).ok_or_else(unusable)
    }
}

/// Data that its data key does not open cannot come about through calls.
fn unusable() -> ApiError {
    ApiError::new("InternalError", "The data key does not fit the data.").status(500)
}

/// Data keys in memory, by who holds them and what they are for.
#[derive(Clone, Debug)]
pub(super) struct KeyCache<K>(BTreeMap<K, (Instant, Arc<DataKey>)>);

impl<K: Ord> Default for KeyCache<K> {
    fn default() -> Self {
        KeyCache(BTreeMap::new())
    }
}

impl<K: Ord> KeyCache<K> {
    /// The data key, if it has been in memory for less than `period`.
    pub(super) fn get(&self, holder: &K, now: Instant, period: Duration) -> Option<Arc<DataKey>> {
        let (since, key) = self.0.get(holder)?;
        (now - *since < period).then(|| Arc::clone(key))
    }

    /// Keeps a data key from now on, and forgets those whose time is over.
    pub(super) fn put(&mut self, holder: K, key: Arc<DataKey>, now: Instant, period: Duration) {
        self.0.retain(|_, (since, _)| now - *since < period);
        self.0.insert(holder, (now, key));
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}
