//! Limits that AWS checks before it looks at anything else: sizes and ranges of request members.

use super::{Request, Rules};
use crate::cloud::ApiError;

/// Checks a request's members.
///
/// # Errors
/// `ValidationException` in AWS's words; `TagException` for tags.
pub(super) fn check(rules: &Rules, request: &Request) -> Result<(), ApiError> {
    if let Some(key) = request.named_key() {
        length("keyId", key, 1, 2048)?;
    }
    if request.grant_tokens().len() > 10 {
        return Err(too_long("grantTokens", 10));
    }
    match request {
        Request::Encrypt(r) => {
            bytes("plaintext", r.plaintext.0.len(), rules.plaintext_bytes)?;
            algorithm(r.encryption_algorithm.as_deref())
        }
        Request::Decrypt(r) => {
            bytes("ciphertextBlob", r.ciphertext_blob.0.len(), 6144)?;
            algorithm(r.encryption_algorithm.as_deref())
        }
        Request::ReEncrypt(r) => bytes("ciphertextBlob", r.ciphertext_blob.0.len(), 6144),
        Request::GenerateDataKey(r) | Request::GenerateDataKeyWithoutPlaintext(r) => match (r.key_spec.as_deref(), r.number_of_bytes) {
            (Some("AES_128" | "AES_256"), None) => Ok(()),
            (Some(spec), None) => Err(not_in_enum(spec, "keySpec", "[AES_256, AES_128]")),
            (None, Some(number)) => range("numberOfBytes", number, 1, 1024),
            _ => Err(ApiError::new("ValidationException", "Please specify either number of bytes or key spec.")),
        },
        Request::GenerateRandom(r) => match r.number_of_bytes {
            None => Err(ApiError::new("ValidationException", "NumberOfBytes is required.")),
            Some(number) => range("numberOfBytes", number, 1, 1024),
        },
        Request::ScheduleKeyDeletion(r) => r.pending_window_in_days.map_or(Ok(()), |days| {
            range("pendingWindowInDays", days, i64::from(rules.deletion_days_min), i64::from(rules.deletion_days_max))
        }),
        Request::EnableKeyRotation(r) => r.rotation_period_in_days.map_or(Ok(()), |days| {
            range("rotationPeriodInDays", days, i64::from(rules.rotation_days_min), i64::from(rules.rotation_days_max))
        }),
        Request::CreateAlias(r) => length("aliasName", &r.alias_name, 1, 256),
        Request::UpdateKeyDescription(r) => length("description", &r.description, 0, 8192),
        Request::CreateKey(r) => {
            length("description", &r.description, 0, 8192)?;
            tags(&r.tags)
        }
        Request::TagResource(r) => tags(&r.tags),
        Request::CreateGrant(r) => length("granteePrincipal", &r.grantee_principal, 1, 256),
        Request::ListAliases(r) => page(r.limit, 100),
        Request::ListGrants(r) => page(r.limit, 100),
        Request::ListRetirableGrants(r) => page(r.limit, 100),
        Request::ListResourceTags(r) => page(r.limit, 50),
        Request::ListKeys(r) | Request::ListKeyPolicies(r) | Request::ListKeyRotations(r) => page(r.limit, 1000),
        Request::PutKeyPolicy(r) => {
            if r.policy.is_empty() {
                Err(too_short("policy", 1))
            } else {
                Ok(())
            }
        }
        Request::CancelKeyDeletion(_)
        | Request::DeleteAlias(_)
        | Request::DescribeKey(_)
        | Request::DisableKey(_)
        | Request::DisableKeyRotation(_)
        | Request::EnableKey(_)
        | Request::GetKeyPolicy(_)
        | Request::GetKeyRotationStatus(_)
        | Request::RetireGrant(_)
        | Request::RevokeGrant(_)
        | Request::RotateKeyOnDemand(_)
        | Request::UntagResource(_)
        | Request::UpdateAlias(_) => Ok(()),
    }
}

fn violation(subject: &str, constraint: &str) -> ApiError {
    ApiError::new("ValidationException", format!("1 validation error detected: {subject} failed to satisfy constraint: {constraint}"))
}

fn too_long(member: &str, most: usize) -> ApiError {
    violation(&format!("Value at '{member}'"), &format!("Member must have length less than or equal to {most}"))
}

fn too_short(member: &str, least: usize) -> ApiError {
    violation(&format!("Value at '{member}'"), &format!("Member must have length greater than or equal to {least}"))
}

fn not_in_enum(value: &str, member: &str, set: &str) -> ApiError {
    violation(&format!("Value '{value}' at '{member}'"), &format!("Member must satisfy enum value set: {set}"))
}

fn length(member: &str, value: &str, least: usize, most: usize) -> Result<(), ApiError> {
    match value.chars().count() {
        count if count < least => Err(too_short(member, least)),
        count if count > most => Err(too_long(member, most)),
        _ => Ok(()),
    }
}

fn bytes(member: &str, count: usize, most: usize) -> Result<(), ApiError> {
    match count {
        0 => Err(too_short(member, 1)),
        count if count > most => Err(too_long(member, most).because(format!(
            "`{member}` has {count} bytes and KMS takes at most {most}: encrypt larger data with a data key from GenerateDataKey"
        ))),
        _ => Ok(()),
    }
}

fn range(member: &str, value: i64, least: i64, most: i64) -> Result<(), ApiError> {
    let subject = format!("Value '{value}' at '{member}'");
    if value < least {
        return Err(violation(&subject, &format!("Member must have value greater than or equal to {least}")));
    }
    if value > most {
        return Err(violation(&subject, &format!("Member must have value less than or equal to {most}")));
    }
    Ok(())
}

fn page(limit: Option<i64>, most: i64) -> Result<(), ApiError> {
    limit.map_or(Ok(()), |limit| range("limit", limit, 1, most))
}

/// The model has symmetric keys only, so only their algorithm fits.
fn algorithm(named: Option<&str>) -> Result<(), ApiError> {
    match named {
        None | Some("SYMMETRIC_DEFAULT") => Ok(()),
        Some(algorithm @ ("RSAES_OAEP_SHA_1" | "RSAES_OAEP_SHA_256" | "SM2PKE")) => {
            let message = format!("Algorithm {algorithm} is incompatible with key spec SYMMETRIC_DEFAULT.");
            Err(ApiError::new("InvalidKeyUsageException", message))
        }
        Some(other) => Err(not_in_enum(other, "encryptionAlgorithm", "[SYMMETRIC_DEFAULT, RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE]")),
    }
}

/// Source: "Tags in AWS KMS", AWS KMS Developer Guide.
fn tags(tags: &[super::Tag]) -> Result<(), ApiError> {
    if tags.len() > 50 {
        return Err(ApiError::new("TagException", "Too many tags"));
    }
    for (index, tag) in tags.iter().enumerate() {
        if tag.tag_key.starts_with("aws:") {
            return Err(ApiError::new("TagException", "Tags beginning with aws: are reserved"));
        }
        if tags.iter().take(index).any(|other| other.tag_key == tag.tag_key) {
            return Err(ApiError::new("TagException", "Duplicate tag keys"));
        }
        length("tagKey", &tag.tag_key, 1, 128)?;
        length("tagValue", &tag.tag_value, 0, 256)?;
    }
    Ok(())
}
