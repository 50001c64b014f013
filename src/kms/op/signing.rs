//! Sign and Verify.

use super::no_algorithm;
use crate::cloud::ApiError;
use crate::kms::crypto::SignError;
use crate::kms::{Blob, Door, KeyRef, KeySpec, Response, SignRequest, SigningAlgorithm, VerifyRequest};
use serde_json::json;

pub(super) fn sign(door: &mut Door<'_>, at: KeyRef, request: &SignRequest) -> Result<Response, ApiError> {
    let random = door.cloud.random.bytes();
    let (key, material) = door.material(at)?;
    let (algorithm, kind) = (request.signing_algorithm, request.message_type.unwrap_or_default());
    let private = material.private_key().ok_or_else(|| unsupported(algorithm, key.spec))?;
    let signature = private.sign(algorithm, kind, &request.message.0, random).map_err(|error| refused(error, algorithm, key.spec))?;
    Ok(Response::Json(json!({"KeyId": &*key.arn, "Signature": Blob(signature), "SigningAlgorithm": algorithm})))
}

pub(super) fn verify(door: &mut Door<'_>, at: KeyRef, request: &VerifyRequest) -> Result<Response, ApiError> {
    let (key, material) = door.material(at)?;
    let (algorithm, kind) = (request.signing_algorithm, request.message_type.unwrap_or_default());
    let private = material.private_key().ok_or_else(|| unsupported(algorithm, key.spec))?;
    let valid =
        private.verify(algorithm, kind, &request.message.0, &request.signature.0).map_err(|error| refused(error, algorithm, key.spec))?;
    if !valid {
        return Err(ApiError::new("KMSInvalidSignatureException", "")
            .because("the signature is not of this message, key and algorithm; a digest must go with MessageType DIGEST"));
    }
    Ok(Response::Json(json!({"KeyId": &*key.arn, "SignatureValid": true, "SigningAlgorithm": algorithm})))
}

fn unsupported(algorithm: SigningAlgorithm, spec: KeySpec) -> ApiError {
    no_algorithm(&format!("{algorithm} with {spec}"))
}

fn refused(error: SignError, algorithm: SigningAlgorithm, spec: KeySpec) -> ApiError {
    match error {
        SignError::DigestLength => ApiError::new("ValidationException", format!("Digest is invalid length for algorithm {algorithm}.")),
        SignError::Unsupported => unsupported(algorithm, spec),
    }
}
