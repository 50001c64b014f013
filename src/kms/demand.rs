//! What quotas look at in a request. It is asked before anything is looked up for the request's own sake, so what is
//! not there is no error here.

use super::ciphertext::Ciphertext;
use super::{Demand, Key, KeyIdentifier, KeyRef, KeySpec, Kms, Request};
use crate::cloud::Caller;

/// What a request asks of the quotas.
pub(super) fn of<'r>(kms: &'r Kms, caller: &Caller, request: &Request) -> Demand<'r> {
    let key = key(kms, caller, request);
    Demand {
        operation: request.operation(),
        // A service that calls for itself has no account; the model counts for the key's owner.
        account: caller.account().or(key.map(|key| key.account)),
        region: caller.region,
        // Every key of the model is symmetric and in no custom key store, and no request names a key pair or a Region.
        key: key.map(|_| KeySpec::SYMMETRIC_DEFAULT),
        pair: None,
        store: None,
        other_region: None,
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
