//! GenerateMac and VerifyMac.

use super::no_algorithm;
use crate::cloud::ApiError;
use crate::kms::{Blob, Door, GenerateMacRequest, KeyRef, Response, VerifyMacRequest, crypto};
use serde_json::json;

pub(super) fn generate(door: &mut Door<'_>, at: KeyRef, request: &GenerateMacRequest) -> Result<Response, ApiError> {
    let (key, material) = door.material(at)?;
    let secret = material.mac_key().ok_or_else(|| no_algorithm(request.mac_algorithm.name()))?;
    let mac = crypto::mac(request.mac_algorithm, secret, &request.message.0);
    Ok(Response::Json(json!({"KeyId": &*key.arn, "Mac": Blob(mac), "MacAlgorithm": request.mac_algorithm})))
}

pub(super) fn verify(door: &mut Door<'_>, at: KeyRef, request: &VerifyMacRequest) -> Result<Response, ApiError> {
    let (key, material) = door.material(at)?;
    let secret = material.mac_key().ok_or_else(|| no_algorithm(request.mac_algorithm.name()))?;
    if !crypto::verify_mac(request.mac_algorithm, secret, &request.message.0, &request.mac.0) {
        return Err(ApiError::new("KMSInvalidMacException", "").because("the MAC is not of this message and key"));
    }
    Ok(Response::Json(json!({"KeyId": &*key.arn, "MacValid": true, "MacAlgorithm": request.mac_algorithm})))
}
