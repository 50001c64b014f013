//! The calls that S3 makes to KMS, and how KMS's errors come out of S3.

use super::World;
use crate::cloud::{ApiError, Caller, Cloud, Region};
use crate::kms::{Blob, DataKeySpec, DecryptRequest, Door, EncryptRequest, EncryptionContext, GenerateDataKeyRequest, Request, Response};
use std::sync::Arc;

/// Who stands behind S3's calls to KMS: the requester through S3 (a forward access session), or a service principal
/// as itself, which carries no `kms:ViaService`.
pub(super) fn kms_caller(caller: &Arc<Caller>, region: Region) -> Arc<Caller> {
    if caller.principal.is_service() {
        let mut service = Caller::clone(caller);
        service.region = region;
        return Arc::new(service);
    }
    Arc::new(caller.through("s3", region))
}

/// A KMS error as S3 returns it: access is denied with 403, a throttled request is S3's own `SlowDown`, anything else keeps
/// KMS's code behind `KMS.`.
///
/// Source: the errors of PutObject and GetObject with SSE-KMS as observed.
pub(super) fn translate(error: &ApiError) -> ApiError {
    if error.code == "ThrottlingException" {
        return error.translate("SlowDown", "Please reduce your request rate for operations involving AWS KMS.", 503);
    }
    let (code, status) = match error.code.as_ref() {
        "AccessDeniedException" => ("AccessDenied", 403),
        "DisabledException" => ("KMS.DisabledException", 400),
        "KMSInvalidStateException" => ("KMS.KMSInvalidStateException", 400),
        "NotFoundException" => ("KMS.NotFoundException", 400),
        "InvalidKeyUsageException" => ("KMS.InvalidKeyUsageException", 400),
        "InvalidCiphertextException" => ("KMS.InvalidCiphertextException", 400),
        "IncorrectKeyException" => ("KMS.IncorrectKeyException", 400),
        "ValidationException" => ("KMS.ValidationException", 400),
        // S3's own, from beside the calls to KMS.
        _ => return error.clone(),
    };
    error.translate(code, error.message.clone(), status)
}

/// How S3 comes to a data key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DataKeySource {
    /// A write: KMS makes it.
    GenerateDataKey,
    /// Replication: S3 makes it and has KMS encrypt it, which is why the role needs `kms:Encrypt`.
    Encrypt,
}

/// A fresh data key.
pub(super) struct NewDataKey {
    pub(super) plaintext: [u8; 32],
    pub(super) encrypted: Vec<u8>,
    pub(super) key_arn: Arc<str>,
}

fn unexpected() -> ApiError {
    ApiError::new("InternalError", "We encountered an internal error. Please try again.").status(500)
}

/// A data key under a KMS key. The error is KMS's own.
pub(super) fn new_data_key(
    world: &mut World,
    caller: &Arc<Caller>,
    key: &str,
    context: &EncryptionContext,
    source: DataKeySource,
) -> Result<NewDataKey, ApiError> {
    match source {
        DataKeySource::GenerateDataKey => {
            let request = GenerateDataKeyRequest {
                key_id: key.to_owned(),
                encryption_context: context.clone(),
                key_spec: Some(DataKeySpec::AES_256),
                ..GenerateDataKeyRequest::default()
            };
            let Response::DataKey(made) = world.kms(caller, &Request::GenerateDataKey(request))? else { return Err(unexpected()) };
            let plaintext = made.plaintext.and_then(|blob| blob.0.try_into().ok()).ok_or_else(unexpected)?;
            Ok(NewDataKey { plaintext, encrypted: made.ciphertext_blob.0, key_arn: made.key_id })
        }
        DataKeySource::Encrypt => {
            let plaintext: [u8; 32] = world.cloud.random.bytes();
            let (encrypted, key_arn) = encrypt(world, caller, key, &plaintext, context)?;
            Ok(NewDataKey { plaintext, encrypted, key_arn })
        }
    }
}

/// Has KMS encrypt a data key. The error is KMS's own.
pub(super) fn encrypt(
    world: &mut World,
    caller: &Arc<Caller>,
    key: &str,
    data_key: &[u8; 32],
    context: &EncryptionContext,
) -> Result<(Vec<u8>, Arc<str>), ApiError> {
    let request = EncryptRequest {
        key_id: key.to_owned(),
        plaintext: Blob(data_key.to_vec()),
        encryption_context: context.clone(),
        ..EncryptRequest::default()
    };
    let Response::Encrypt(made) = world.kms(caller, &Request::Encrypt(request))? else { return Err(unexpected()) };
    Ok((made.ciphertext_blob.0, made.key_id))
}

fn decrypt_request(key_arn: &str, encrypted: &[u8], context: &EncryptionContext) -> DecryptRequest {
    DecryptRequest {
        ciphertext_blob: Blob(encrypted.to_vec()),
        key_id: Some(key_arn.to_owned()),
        encryption_context: context.clone(),
        ..DecryptRequest::default()
    }
}

/// Has KMS decrypt a data key. The error is KMS's own.
pub(super) fn decrypt(
    world: &mut World,
    caller: &Arc<Caller>,
    key_arn: &str,
    encrypted: &[u8],
    context: &EncryptionContext,
) -> Result<[u8; 32], ApiError> {
    let request = decrypt_request(key_arn, encrypted, context);
    let Response::Decrypt(opened) = world.kms(caller, &Request::Decrypt(request))? else { return Err(unexpected()) };
    opened.plaintext.0.try_into().map_err(|_| unexpected())
}

/// Whether a caller could decrypt: asked on the side, as a dry run that leaves no record, costs nothing and uses no quota, because
/// the count of calls that a bucket key makes is one per window of writing. A refusal is then asked for in earnest.
pub(super) fn may_decrypt(
    world: &mut World,
    caller: &Arc<Caller>,
    key_arn: &str,
    encrypted: &[u8],
    context: &EncryptionContext,
) -> Result<(), ApiError> {
    let mut request = decrypt_request(key_arn, encrypted, context);
    request.dry_run = true;
    let mut aside = Cloud::new(world.cloud.now(), 0);
    let quotas = world.kms.quotas.take();
    let outcome = Door { cloud: &mut aside, iam: &world.iam, kms: &mut world.kms }.call(caller, &Request::Decrypt(request));
    world.kms.quotas = quotas;
    match outcome {
        Err(error) if error.code == "DryRunOperationException" => Ok(()),
        Ok(_) => Ok(()),
        Err(_) => decrypt(world, caller, key_arn, encrypted, context).map(|_| ()),
    }
}
