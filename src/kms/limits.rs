//! What is checked of a request besides the constraints of its single members: what depends on the rulebook, and what several
//! members must be together.

use super::spec::DryRunModifier;
use super::{Request, Rules, Tag};
use crate::cloud::ApiError;

/// Checks a request's members.
///
/// # Errors
/// `ValidationException` in AWS's words; `TagException` for tags.
#[allow(clippy::wildcard_enum_match_arm, reason = "every other request is checked member by member alone")]
pub(super) fn check(rules: &Rules, request: &Request) -> Result<(), ApiError> {
    match request {
        Request::Encrypt(r) => plaintext(r.plaintext.0.len(), rules.plaintext_bytes),
        Request::Decrypt(r) => ciphertext(&r.ciphertext_blob.0, &r.dry_run_modifiers, r.dry_run, r.key_id.is_some(), "keyId"),
        Request::ReEncrypt(r) => {
            ciphertext(&r.ciphertext_blob.0, &r.dry_run_modifiers, r.dry_run, r.source_key_id.is_some(), "sourceKeyId")
        }
        Request::GenerateDataKey(r) | Request::GenerateDataKeyWithoutPlaintext(r) => match (r.key_spec, r.number_of_bytes) {
            (Some(_), None) => Ok(()),
            (None, Some(number)) => range("numberOfBytes", number, 1, 1024),
            _ => Err(invalid("Please specify either number of bytes or key spec.")),
        },
        Request::GenerateRandom(r) => match r.number_of_bytes {
            None => Err(invalid("NumberOfBytes is required.")),
            Some(number) => range("numberOfBytes", number, 1, 1024),
        },
        Request::ScheduleKeyDeletion(r) => r.pending_window_in_days.map_or(Ok(()), |days| {
            range("pendingWindowInDays", days, i64::from(rules.deletion_days_min), i64::from(rules.deletion_days_max))
        }),
        Request::EnableKeyRotation(r) => r.rotation_period_in_days.map_or(Ok(()), |days| {
            range("rotationPeriodInDays", days, i64::from(rules.rotation_days_min), i64::from(rules.rotation_days_max))
        }),
        Request::CreateKey(r) => tags(&r.tags),
        Request::ReplicateKey(r) => tags(&r.tags),
        Request::TagResource(r) => tags(&r.tags),
        Request::ListRetirableGrants(r) => match (&r.retiring_principal, &r.retiring_service_principal) {
            (Some(_), None) | (None, Some(_)) => Ok(()),
            _ => Err(invalid("Exactly one of RetiringPrincipal and RetiringServicePrincipal must be specified.")),
        },
        Request::DescribeCustomKeyStores(r) if r.custom_key_store_id.is_some() && r.custom_key_store_name.is_some() => {
            Err(invalid("Only one of CustomKeyStoreId and CustomKeyStoreName may be specified."))
        }
        _ => Ok(()),
    }
}

pub(super) fn invalid(message: impl Into<String>) -> ApiError {
    ApiError::new("ValidationException", message)
}

/// A constraint of the API model that is broken, in AWS's words.
pub(super) fn violation(subject: &str, constraint: &str) -> ApiError {
    invalid(format!("1 validation error detected: {subject} failed to satisfy constraint: {constraint}"))
}

/// A member that this request needs is missing.
pub(super) fn missing(member: &str) -> ApiError {
    violation(&format!("Value null at '{member}'"), "Member must not be null")
}

fn plaintext(bytes: usize, most: usize) -> Result<(), ApiError> {
    if bytes <= most {
        return Ok(());
    }
    Err(violation("Value at 'plaintext'", &format!("Member must have length less than or equal to {most}")).because(format!(
        "`plaintext` has {bytes} bytes and KMS takes at most {most}: encrypt larger data with a data key from GenerateDataKey"
    )))
}

/// A ciphertext may be missing from a dry run that says so, and then the key must be named.
///
/// Source: "Testing your permissions", AWS KMS Developer Guide.
fn ciphertext(blob: &[u8], modifiers: &[DryRunModifier], dry_run: bool, named: bool, key: &str) -> Result<(), ApiError> {
    if modifiers.is_empty() {
        return if blob.is_empty() { Err(missing("ciphertextBlob")) } else { Ok(()) };
    }
    if !dry_run {
        return Err(invalid("DryRunModifiers can be used only with DryRun."));
    }
    if named { Ok(()) } else { Err(missing(key)) }
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

/// Source: "Tags in AWS KMS", AWS KMS Developer Guide.
fn tags(tags: &[Tag]) -> Result<(), ApiError> {
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

fn length(member: &str, value: &str, least: usize, most: usize) -> Result<(), ApiError> {
    let subject = format!("Value '{value}' at '{member}'");
    match value.chars().count() {
        count if count < least => Err(violation(&subject, &format!("Member must have length greater than or equal to {least}"))),
        count if count > most => Err(violation(&subject, &format!("Member must have length less than or equal to {most}"))),
        _ => Ok(()),
    }
}
