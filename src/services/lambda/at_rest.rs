//! Environment variables at rest: encrypted through whoever configures the function, decrypted by the execution
//! role through the grant that was made for it.

use super::INVALID;
use super::function::{Function, Stored};
use crate::cloud::{ApiError, Caller, Reason};
use crate::kms::{Blob, CreateGrantRequest, DecryptRequest, EncryptRequest, EncryptionContext, GrantConstraints, Request, Response};
use crate::services::World;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names and values.
pub(super) type Variables = BTreeMap<String, String>;

/// Most bytes of all environment variables together, as JSON. Source: "Lambda quotas", AWS Lambda Developer Guide.
const VARIABLES_MAX: usize = 4096;

/// The encryption context of what Lambda itself encrypts for a function.
fn context(arn: &str) -> EncryptionContext {
    [("aws:lambda:FunctionArn".to_owned(), arn.to_owned())].into()
}

/// Encrypts variables under the function's key and lets the execution role decrypt them, all through the caller.
pub(super) fn store(
    world: &mut World,
    caller: &Caller,
    function: &Function,
    variables: &Variables,
    kept: Option<Stored>,
) -> Result<Option<Stored>, ApiError> {
    if variables.is_empty() {
        return Ok(None);
    }
    let text = json!(variables).to_string();
    if text.len() > VARIABLES_MAX {
        let message = "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit.";
        return Err(ApiError::new(INVALID, message).because(format!("as JSON they are {} bytes long", text.len())));
    }
    let managed = || world.aws_managed_key(function.account, function.region, "lambda", "lambda");
    let Some(key) = function.key.clone().or_else(managed) else {
        return Err(ApiError::new("ServiceException", "The key aws/lambda could not be made.").status(500));
    };
    let through = Arc::new(caller.through("lambda", function.region));
    let context = context(&function.arn);
    let plaintext = Blob(text.into_bytes());
    let request = EncryptRequest { key_id: key.to_string(), plaintext, encryption_context: context.clone(), ..EncryptRequest::default() };
    let ciphertext = encrypt(world, &through, request).map_err(|error| refused(&error, "encrypt your environment variables"))?;
    if let Some(kept) = kept.filter(|kept| kept.key == key) {
        return Ok(Some(Stored { ciphertext, ..kept }));
    }
    let request = CreateGrantRequest {
        key_id: key.to_string(),
        grantee_principal: Some(function.role.arn.to_string()),
        operations: vec!["Decrypt".to_owned()],
        constraints: Some(GrantConstraints { encryption_context_equals: Some(context), ..GrantConstraints::default() }),
        ..CreateGrantRequest::default()
    };
    let made = world.kms(&through, &Request::CreateGrant(request));
    let made = made.map_err(|error| refused(&error, "configure access to your environment variables"))?;
    let Response::CreateGrant(grant) = made else { return Err(unexpected(&made)) };
    Ok(Some(Stored { ciphertext, key, grant_token: grant.grant_token }))
}

/// Calls `Encrypt`.
///
/// # Errors
/// KMS's error.
pub(super) fn encrypt(world: &mut World, caller: &Arc<Caller>, request: EncryptRequest) -> Result<Vec<u8>, ApiError> {
    let made = world.kms(caller, &Request::Encrypt(request))?;
    let Response::Encrypt(made) = made else { return Err(unexpected(&made)) };
    Ok(made.ciphertext_blob.0)
}

/// Decrypts the variables at rest.
///
/// # Errors
/// KMS's error.
pub(super) fn decrypt(world: &mut World, caller: &Caller, function: &Function, tokens: &[String]) -> Result<Variables, ApiError> {
    let Some(stored) = &function.stored else { return Ok(Variables::new()) };
    let request = DecryptRequest {
        ciphertext_blob: Blob(stored.ciphertext.clone()),
        key_id: Some(stored.key.to_string()),
        encryption_context: context(&function.arn),
        grant_tokens: tokens.to_vec(),
        ..DecryptRequest::default()
    };
    let opened = world.kms(&Arc::new(caller.clone()), &Request::Decrypt(request))?;
    let Response::Decrypt(opened) = opened else { return Err(unexpected(&opened)) };
    serde_json::from_slice(&opened.plaintext.0).map_err(|error| ApiError::new("ServiceException", error.to_string()).status(500))
}

/// KMS answers each request with its own kind of response.
pub(super) fn unexpected(response: &Response) -> ApiError {
    ApiError::new("ServiceException", format!("KMS answered with {}", response.to_json())).status(500)
}

/// How KMS's errors come out of a change of the configuration.
pub(super) fn refused(error: &ApiError, what: &str) -> ApiError {
    let (code, status) = if error.code == "AccessDeniedException" { ("AccessDeniedException", 403) } else { (INVALID, 400) };
    let why = denied_because(error);
    let message = format!("Lambda was unable to {what} because {why} KMS Exception: {} KMS Message: {}", error.code, error.message);
    let mut translated = error.translate(code, message, status);
    if let Some(reason) = translated.reason.take() {
        let step = format!("Lambda asked KMS through the caller, to {what}");
        translated.reason = Some(Arc::new(Reason::clone(&reason).detail(step, None)));
    }
    translated
}

/// Lambda's words for KMS's refusal.
pub(super) fn denied_because(error: &ApiError) -> &'static str {
    match error.code.as_ref() {
        "AccessDeniedException" => "the KMS access was denied. Please check your KMS permissions.",
        _ => "the KMS key cannot be used. Please check your KMS key settings.",
    }
}
