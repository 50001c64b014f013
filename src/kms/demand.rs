//! What quotas look at in a request. It is asked before anything is looked up for the request's own sake, so what is
//! not there is no error here.

#![allow(clippy::wildcard_enum_match_arm, reason = "few of the 56 operations name what a quota asks for")]

use super::ciphertext::Ciphertext;
use super::{Demand, Key, KeyIdentifier, KeyRef, KeySpec, Kms, Request};
use crate::cloud::{Caller, Region};

/// What a request asks of the quotas.
pub(super) fn of<'r>(kms: &'r Kms, caller: &Caller, request: &'r Request) -> Demand<'r> {
    let key = key(kms, caller, request);
    Demand {
        operation: request.operation(),
        // A service that calls for itself has no account; the model counts for the key's owner.
        account: caller.account().or(key.map(|key| key.account)),
        region: caller.region,
        key: key.map(|key| key.spec),
        pair: pair(request),
        store: store(request).or_else(|| key.and_then(|key| key.store.as_ref()).map(|store| &*store.id)),
        other_region: other_region(request),
    }
}

fn pair(request: &Request) -> Option<KeySpec> {
    match request {
        Request::GenerateDataKeyPair(r) | Request::GenerateDataKeyPairWithoutPlaintext(r) => Some(r.key_pair_spec),
        _ => None,
    }
}

/// `GenerateRandom` may ask a custom key store instead of KMS.
fn store(request: &Request) -> Option<&str> {
    match request {
        Request::GenerateRandom(r) => r.custom_key_store_id.as_deref(),
        _ => None,
    }
}

fn other_region(request: &Request) -> Option<Region> {
    match request {
        Request::ReplicateKey(r) => Region::parse(&r.replica_region),
        Request::UpdatePrimaryRegion(r) => Region::parse(&r.primary_region),
        _ => None,
    }
}

/// The key that a request is about; of `ReEncrypt` the one that decrypts.
fn key<'k>(kms: &'k Kms, caller: &Caller, request: &Request) -> Option<&'k Key> {
    if let Some(named) = request.named_key() {
        return kms.key(kms.resolve(&KeyIdentifier::parse(named)?, caller.account(), caller.region)?);
    }
    let ciphertext = Ciphertext::parse(request.ciphertext()?)?;
    kms.key(KeyRef { id: ciphertext.key, region: caller.region })
}

impl Request {
    /// The ciphertext that tells which key it needs.
    #[allow(clippy::wildcard_enum_match_arm, reason = "these two alone find their key in a ciphertext")]
    fn ciphertext(&self) -> Option<&[u8]> {
        match self {
            Request::Decrypt(r) => Some(&r.ciphertext_blob.0),
            Request::ReEncrypt(r) => Some(&r.ciphertext_blob.0),
            _ => None,
        }
    }
}
