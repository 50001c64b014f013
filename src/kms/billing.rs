//! As what a request is billed.

use super::{KeyFamily, KeySpec, Operation};
use crate::cloud::RequestClass;

/// The class of a request to `operation` with keys of these specs; `pair` is the spec of a data key pair that it makes.
///
/// Management of an asymmetric key is an ordinary request; of two keys the dearer class counts. ML-KEM and SM2 pairs have
/// no published price; the model counts them with the curves.
///
/// Source: "AWS Key Management Service Pricing".
#[must_use]
pub fn request_class(operation: Operation, keys: impl Iterator<Item = KeySpec>, pair: Option<KeySpec>) -> RequestClass {
    if let Some(pair) = pair {
        return if pair.row().family == KeyFamily::Rsa { RequestClass::DataKeyPairRsa } else { RequestClass::DataKeyPairEcc };
    }
    let of_keys = operation.row().category == "crypto";
    keys.filter(|_| of_keys).map(|spec| spec.row().price).max().unwrap_or(RequestClass::Symmetric)
}
