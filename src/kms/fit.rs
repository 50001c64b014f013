//! Whether an operation and its algorithm fit the key, asked once the key's state permits the operation.
//!
//! Source: "Key type reference" and "Key spec reference", AWS KMS Developer Guide; the texts are recorded answers of AWS.

#![allow(clippy::wildcard_enum_match_arm, reason = "few of the 56 operations are about the type of a key")]

use super::spec::{EncryptionAlgorithm, MessageType};
use super::{Key, KeyFamily, KeyUsage, Operation, Request, state};
use crate::cloud::ApiError;

/// Checks a request against the keys that it is about.
///
/// # Errors
/// `InvalidKeyUsageException`, `UnsupportedOperationException`, or `ValidationException` for a size that depends on the key.
pub(super) fn check(request: &Request, key: &Key, second: bool) -> Result<(), ApiError> {
    let operation = request.operation();
    match request {
        Request::Encrypt(r) => {
            usage(operation, key)?;
            encryption(key, r.encryption_algorithm)?;
            without_context(key, !r.encryption_context.is_empty())?;
            plaintext_fits(key, r.encryption_algorithm.unwrap_or_default(), r.plaintext.0.len())
        }
        Request::Decrypt(r) => {
            usage(operation, key)?;
            encryption(key, r.encryption_algorithm)?;
            without_context(key, !r.encryption_context.is_empty())
        }
        Request::ReEncrypt(r) if second => {
            usage(operation, key)?;
            encryption(key, r.destination_encryption_algorithm)?;
            without_context(key, !r.destination_encryption_context.is_empty())
        }
        Request::ReEncrypt(r) => {
            usage(operation, key)?;
            encryption(key, r.source_encryption_algorithm)?;
            without_context(key, !r.source_encryption_context.is_empty())
        }
        Request::GenerateDataKey(_) | Request::GenerateDataKeyWithoutPlaintext(_) => {
            usage(operation, key)?;
            encryption(key, None)
        }
        Request::GenerateDataKeyPair(r) | Request::GenerateDataKeyPairWithoutPlaintext(r) => {
            if key.store.is_some() {
                return Err(state::unsupported(key).because("a key in a custom key store makes no data key pairs"));
            }
            if !r.key_pair_spec.row().exists_in(key.region) {
                return Err(
                    ApiError::new("UnsupportedOperationException", "").because(format!("{} has no {}", key.region, r.key_pair_spec))
                );
            }
            usage(operation, key)?;
            encryption(key, None)
        }
        Request::Sign(r) => signing(operation, key, r.signing_algorithm, r.message_type),
        Request::Verify(r) => signing(operation, key, r.signing_algorithm, r.message_type),
        Request::GenerateMac(r) => {
            usage(operation, key)?;
            compatible(key, r.mac_algorithm.name(), key.spec.row().mac.contains(&r.mac_algorithm))
        }
        Request::VerifyMac(r) => {
            usage(operation, key)?;
            compatible(key, r.mac_algorithm.name(), key.spec.row().mac.contains(&r.mac_algorithm))
        }
        Request::DeriveSharedSecret(_) | Request::Encapsulate(_) | Request::Decapsulate(_) => usage(operation, key),
        Request::GetPublicKey(_) if !key.spec.is_asymmetric() => {
            Err(ApiError::new("UnsupportedOperationException", "").because(format!("a {} key has no public half", key.spec)))
        }
        Request::GetParametersForImport(_) | Request::ImportKeyMaterial(_) | Request::DeleteImportedKeyMaterial(_)
            if key.origin != super::Origin::EXTERNAL =>
        {
            Err(state::unsupported(key))
        }
        Request::EnableKeyRotation(_) | Request::DisableKeyRotation(_) => rotation(key, key.origin == super::Origin::AWS_KMS),
        Request::RotateKeyOnDemand(_) => rotation(key, key.store.is_none()),
        Request::ReplicateKey(_) | Request::UpdatePrimaryRegion(_) if !second => {
            if key.is_primary() {
                Ok(())
            } else {
                let message = format!("{} is not a multi-region primary key.", key.arn);
                Err(ApiError::new("UnsupportedOperationException", message).because(match key.multi_region {
                    Some(_) => "the key is a replica: ask its primary",
                    None => "a single-Region key cannot be replicated; decide at CreateKey, with MultiRegion",
                }))
            }
        }
        _ => Ok(()),
    }
}

fn usage(operation: Operation, key: &Key) -> Result<(), ApiError> {
    if operation.row().key_usages.contains(&key.usage) {
        return Ok(());
    }
    let message = format!("{} key usage is {} which is not valid for {}.", key.arn, key.usage, operation.name());
    Err(ApiError::new("InvalidKeyUsageException", message)
        .because(format!("the key was made for {}, and one key has one purpose", key.usage)))
}

fn compatible(key: &Key, algorithm: &str, fits: bool) -> Result<(), ApiError> {
    if fits {
        return Ok(());
    }
    let message = format!("Algorithm {algorithm} is incompatible with key spec {}.", key.spec);
    Err(ApiError::new("InvalidKeyUsageException", message).because(format!("a {} key does not do {algorithm}", key.spec)))
}

fn encryption(key: &Key, algorithm: Option<EncryptionAlgorithm>) -> Result<(), ApiError> {
    let algorithm = algorithm.unwrap_or_default();
    compatible(key, algorithm.name(), key.spec.row().encryption.contains(&algorithm))
}

fn without_context(key: &Key, has_context: bool) -> Result<(), ApiError> {
    if has_context && key.spec.row().family != KeyFamily::Symmetric {
        return Err(ApiError::new(
            "ValidationException",
            "EncryptionContext is not supported when encrypting/decrypting with asymmetric CMKs.",
        ));
    }
    Ok(())
}

/// The most that an asymmetric key encrypts follows from its size; for symmetric keys the limit is the request's.
pub(super) fn plaintext_fits(key: &Key, algorithm: EncryptionAlgorithm, bytes: usize) -> Result<(), ApiError> {
    match key.spec.max_plaintext(algorithm).filter(|most| key.spec.is_asymmetric() && bytes > *most) {
        None => Ok(()),
        Some(most) => {
            let message = format!("Algorithm {algorithm} and key spec {} cannot encrypt data larger than {most} bytes.", key.spec);
            Err(ApiError::new("ValidationException", message)
                .because("encrypt a data key with the RSA key, and the data with the data key"))
        }
    }
}

fn signing(operation: Operation, key: &Key, algorithm: super::SigningAlgorithm, message_type: Option<MessageType>) -> Result<(), ApiError> {
    usage(operation, key)?;
    compatible(key, algorithm.name(), key.spec.row().signing.contains(&algorithm))?;
    let message_type = message_type.unwrap_or_default();
    let fits = match algorithm {
        super::SigningAlgorithm::ED25519_SHA_512 => message_type == MessageType::RAW,
        super::SigningAlgorithm::ED25519_PH_SHA_512 => message_type == MessageType::DIGEST,
        _ => key.spec.row().message_types.contains(&message_type),
    };
    if fits {
        return Ok(());
    }
    Err(ApiError::new("ValidationException", format!("Algorithm {algorithm} is incompatible with message type {message_type}.")))
}

/// Automatic and on-demand rotation are for symmetric encryption keys; KMS answers without a text for other types.
fn rotation(key: &Key, origin_fits: bool) -> Result<(), ApiError> {
    if !key.spec.row().rotates || key.usage != KeyUsage::ENCRYPT_DECRYPT {
        return Err(ApiError::new("UnsupportedOperationException", "")
            .because(format!("KMS does not rotate {} keys: make a new key and move the alias", key.spec)));
    }
    if !origin_fits {
        return Err(state::unsupported(key));
    }
    if key.multi_region.is_some() && !key.is_primary() {
        return Err(ApiError::new("UnsupportedOperationException", format!("{} is not a multi-region primary key.", key.arn))
            .because("rotation is set on the primary key and shared by its replicas"));
    }
    Ok(())
}
