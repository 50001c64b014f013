//! Step 1 of the door: which keys, aliases and grants a request is about.

use super::ciphertext::Ciphertext;
use super::spec::EncryptionAlgorithm;
use super::{AliasRef, EncryptionContext, Grant, GrantToken, KeyIdentifier, KeyRef, Kms, Operation, PermissionTarget, Request};
use crate::cloud::{ApiError, Caller, Region, hex_bytes};
use std::sync::Arc;

/// A key of a request, with the permission that is asked on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'r> {
    pub(super) key: KeyRef,
    pub(super) action: &'static str,
    pub(super) context: &'r EncryptionContext,
    /// Found in the ciphertext, not named by the caller: AWS's denial then names no key.
    pub(super) from_ciphertext: bool,
}

/// All that a request is about.
#[derive(Debug, Default)]
pub(super) struct Targets<'r> {
    /// The key, or of `ReEncrypt` the source key, or of `UpdateAlias` the new target.
    pub(super) first: Option<Target<'r>>,
    /// Of `ReEncrypt` the destination key, of `UpdateAlias` the present target, of `UpdatePrimaryRegion` the next primary.
    pub(super) second: Option<Target<'r>>,
    pub(super) alias: Option<AliasRef>,
    /// Of `RetireGrant`.
    pub(super) grant: Option<Arc<Grant>>,
}

impl<'r> Targets<'r> {
    pub(super) fn keys(&self) -> impl Iterator<Item = &Target<'r>> {
        self.first.iter().chain(&self.second)
    }

    /// The place of the first key; an operation that acts on a key has always found one.
    pub(super) fn key(&self) -> Result<KeyRef, ApiError> {
        self.first.map(|target| target.key).ok_or_else(|| ApiError::new("NotFoundException", "The request names no key."))
    }
}

/// Finds what a request is about.
///
/// # Errors
/// `NotFoundException`, `InvalidCiphertextException`, `IncorrectKeyException`, `InvalidArnException`, or
/// `AccessDeniedException` where AWS does not tell a missing key of another account from a forbidden one.
#[allow(clippy::wildcard_enum_match_arm, reason = "every other request names its key, or none")]
pub(super) fn find<'r>(kms: &Kms, caller: &Caller, request: &'r Request) -> Result<Targets<'r>, ApiError> {
    let context = request.encryption_context();
    let operation = request.operation();
    let mut targets = Targets::default();
    // DescribeKey takes tokens, too, but knows no error for one that is none.
    let tokens_count = operation.row().errors.contains(&"InvalidGrantTokenException");
    if tokens_count && request.grant_tokens().iter().any(|token| GrantToken::parse(token).is_none()) {
        return Err(invalid_token());
    }
    match request {
        Request::Decrypt(r) => {
            let source =
                Source { blob: &r.ciphertext_blob.0, named: r.key_id.as_deref(), member: "KeyId", algorithm: r.encryption_algorithm };
            let source = source.unless(!r.dry_run_modifiers.is_empty());
            targets.first = Some(source.target(kms, caller, operation, "kms:Decrypt", context)?);
        }
        Request::ReEncrypt(r) => {
            let named = r.source_key_id.as_deref();
            let source = Source { blob: &r.ciphertext_blob.0, named, member: "SourceKeyId", algorithm: r.source_encryption_algorithm };
            let source = source.unless(!r.dry_run_modifiers.is_empty());
            targets.first = Some(source.target(kms, caller, operation, "kms:ReEncryptFrom", context)?);
            let key = named_key(kms, caller, operation, &r.destination_key_id, "kms:ReEncryptTo")?;
            let context = &r.destination_encryption_context;
            targets.second = Some(Target { key, action: "kms:ReEncryptTo", context, from_ciphertext: false });
        }
        Request::UpdatePrimaryRegion(r) => {
            let key = named_key(kms, caller, operation, &r.key_id, "kms:UpdatePrimaryRegion")?;
            targets.first = Some(Target { key, action: "kms:UpdatePrimaryRegion", context, from_ciphertext: false });
            let next = Region::parse(&r.primary_region).map(|region| KeyRef { id: key.id, region }).filter(|at| kms.key(*at).is_some());
            // A single-Region key, and a Region without a related key, are told apart once the caller is known to be allowed.
            targets.second = next.filter(|next| *next != key).map(|key| Target {
                key,
                action: "kms:UpdatePrimaryRegion",
                context,
                from_ciphertext: false,
            });
        }
        Request::UpdateAlias(r) => {
            let alias = own_alias(caller, &r.alias_name)?;
            let present = kms.alias(&alias).ok_or_else(|| alias_not_found(&alias.arn()))?;
            let key = named_key(kms, caller, operation, &r.target_key_id, "kms:UpdateAlias")?;
            targets.first = Some(Target { key, action: "kms:UpdateAlias", context, from_ciphertext: false });
            targets.second = Some(Target { key: present, action: "kms:UpdateAlias", context, from_ciphertext: false });
            targets.alias = Some(alias);
        }
        Request::DeleteAlias(r) => {
            let alias = own_alias(caller, &r.alias_name)?;
            let key = kms.alias(&alias).ok_or_else(|| alias_not_found(&alias.arn()))?;
            targets.first = Some(Target { key, action: "kms:DeleteAlias", context, from_ciphertext: false });
            targets.alias = Some(alias);
        }
        Request::RetireGrant(r) => {
            let (key, grant) = match (&r.grant_token, &r.key_id, &r.grant_id) {
                (Some(token), _, _) => {
                    let token = GrantToken::parse(token).ok_or_else(invalid_token)?;
                    kms.key(token.key).and_then(|key| key.grants.get(&token.grant())).map(|grant| (token.key, Arc::clone(grant)))
                }
                (None, Some(key), Some(id)) => {
                    grant_id(id)?;
                    let key = named_key(kms, caller, operation, key, "kms:RetireGrant")?;
                    kms.key(key).and_then(|found| found.grants.get(id)).map(|grant| (key, Arc::clone(grant)))
                }
                _ => return Err(ApiError::new("ValidationException", "Either GrantToken, or KeyId and GrantId, must be specified.")),
            }
            .ok_or_else(|| ApiError::new("NotFoundException", "The grant does not exist."))?;
            targets.first = Some(Target { key, action: "kms:RetireGrant", context, from_ciphertext: false });
            targets.grant = Some(grant);
        }
        _ => {
            if let Some(named) = request.named_key() {
                let action = key_permission(operation);
                let key = named_key(kms, caller, operation, named, action)?;
                targets.first = Some(Target { key, action, context, from_ciphertext: false });
            }
            if let Request::CreateAlias(r) = request {
                targets.alias = Some(own_alias(caller, &r.alias_name)?);
            }
        }
    }
    Ok(targets)
}

/// A grant id has 64 hexadecimal digits.
pub(super) fn grant_id(id: &str) -> Result<(), ApiError> {
    if hex_bytes(id).is_some() {
        return Ok(());
    }
    Err(ApiError::new("InvalidGrantIdException", format!("Invalid grant ID {id}")).because("a grant id has 64 hexadecimal digits"))
}

fn invalid_token() -> ApiError {
    ApiError::new("InvalidGrantTokenException", "").because("this is no token that CreateGrant returned")
}

/// The permission that an operation asks on its key.
fn key_permission(operation: Operation) -> &'static str {
    let row = operation.row();
    row.permissions.iter().find(|permission| permission.on == PermissionTarget::Key).map_or(row.action, |permission| permission.action)
}

fn own_alias(caller: &Caller, name: &str) -> Result<AliasRef, ApiError> {
    let account = caller.account().ok_or_else(|| ApiError::new("NotFoundException", "A service has no aliases."))?;
    if !name.starts_with("alias/") {
        return Err(ApiError::new(
            "ValidationException",
            "Alias must start with the prefix \"alias/\". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ));
    }
    Ok(AliasRef { account, region: caller.region, name: name.into() })
}

fn alias_not_found(arn: &str) -> ApiError {
    ApiError::new("NotFoundException", format!("Alias {arn} is not found.")).because(format!("no alias {arn} exists"))
}

/// The key that a request names.
fn named_key(kms: &Kms, caller: &Caller, operation: Operation, named: &str, action: &str) -> Result<KeyRef, ApiError> {
    let Some(identifier) = KeyIdentifier::parse(named) else {
        if named.starts_with("arn:") && operation.row().errors.contains(&"InvalidArnException") {
            return Err(
                ApiError::new("InvalidArnException", format!("Invalid arn {named}")).because("this is no ARN of a KMS key or alias")
            );
        }
        return Err(ApiError::new("NotFoundException", format!("Invalid keyId '{named}'"))
            .because("this is no key id, key ARN, alias name or alias ARN"));
    };
    if matches!(identifier, KeyIdentifier::Alias(_) | KeyIdentifier::AliasArn { .. }) && !takes_alias(operation) {
        return Err(ApiError::new("NotFoundException", format!("Invalid keyId '{named}'"))
            .because(format!("{} takes a key id or key ARN, not an alias", operation.name())));
    }
    if let KeyIdentifier::Arn { region, .. } | KeyIdentifier::AliasArn { region, .. } = &identifier
        && *region != caller.region
    {
        return Err(ApiError::new("NotFoundException", format!("Invalid arn {region}"))
            .because(format!("the key is in {region}, and the request went to {}: a key works in its own Region", caller.region)));
    }
    if let Some(found) = kms.resolve(&identifier, caller.account(), caller.region) {
        return Ok(found);
    }
    Err(match &identifier {
        KeyIdentifier::Alias(name) => {
            let arn = caller
                .account()
                .map_or_else(|| name.clone(), |account| AliasRef { account, region: caller.region, name: name.as_str().into() }.arn());
            alias_not_found(&arn)
        }
        // AWS does not tell whether a key of another account exists.
        KeyIdentifier::Arn { account, .. } | KeyIdentifier::AliasArn { account, .. } if Some(*account) != caller.account() => {
            other_account_denial(caller, action, "this resource").because(format!("no such key exists in account {account}"))
        }
        KeyIdentifier::AliasArn { .. } => alias_not_found(named),
        KeyIdentifier::Id(id) => {
            let account = caller.account().map(|account| account.to_string()).unwrap_or_default();
            let arn = format!("arn:{}:kms:{}:{account}:key/{id}", caller.region.partition(), caller.region);
            ApiError::new("NotFoundException", format!("Key '{arn}' does not exist")).because(format!(
                "no key {id} exists in account {account} and Region {}; a bare key id never reaches another account or Region",
                caller.region
            ))
        }
        KeyIdentifier::Arn { .. } => ApiError::new("NotFoundException", format!("Key '{named}' does not exist"))
            .because("no such key exists, or it has been deleted"),
    })
}

fn takes_alias(operation: Operation) -> bool {
    operation.row().identifiers.contains(&super::IdentifierKind::AliasName)
}

/// AWS's denial where the resource is in another account, or where that cannot be known.
pub(super) fn other_account_denial(caller: &Caller, action: &str, resource: &str) -> ApiError {
    ApiError::new(
        "AccessDeniedException",
        format!(
            "User: {} is not authorized to perform: {action} on {resource} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access",
            caller.principal.arn
        ),
    )
}

/// What `Decrypt` and `ReEncrypt` are to open.
struct Source<'r> {
    blob: &'r [u8],
    named: Option<&'r str>,
    /// The member that names the key.
    member: &'static str,
    algorithm: Option<EncryptionAlgorithm>,
}

impl<'r> Source<'r> {
    /// A dry run may leave the ciphertext out; then the named key is asked for alone.
    fn unless(mut self, ignore_ciphertext: bool) -> Self {
        if ignore_ciphertext {
            self.blob = &[];
        }
        self
    }

    /// The key that made the ciphertext, which must be the named one if one is named.
    ///
    /// Source: "Decrypt", AWS KMS API Reference.
    fn target(
        &self,
        kms: &Kms,
        caller: &Caller,
        operation: Operation,
        action: &'static str,
        context: &'r EncryptionContext,
    ) -> Result<Target<'r>, ApiError> {
        let named = self.named.map(|named| named_key(kms, caller, operation, named, action)).transpose()?;
        // What an asymmetric key encrypts carries no key id.
        let carries_key = matches!(self.algorithm, None | Some(EncryptionAlgorithm::SYMMETRIC_DEFAULT));
        if let Some(key) = named.filter(|_| self.blob.is_empty() || !carries_key) {
            return Ok(Target { key, action, context, from_ciphertext: false });
        }
        if !carries_key {
            return Err(ApiError::new("ValidationException", format!("{} must not be null", self.member))
                .because("a ciphertext of an asymmetric key does not tell which key made it"));
        }
        let ciphertext = Ciphertext::parse(self.blob).ok_or_else(|| {
            ApiError::new("InvalidCiphertextException", "").because("this is no ciphertext that KMS made, or it was damaged")
        })?;
        // Related multi-Region keys open each other's ciphertexts, each in its own Region.
        let made_by = KeyRef { id: ciphertext.key, region: caller.region };
        match named {
            Some(key) if key == made_by => Ok(Target { key, action, context, from_ciphertext: false }),
            Some(key) => {
                let headline = format!("the ciphertext was made by key {}, and the request names key {}", ciphertext.key, key.id);
                let message = "The key ID in the request does not identify a CMK that can perform this operation.";
                Err(ApiError::new("IncorrectKeyException", message).because(headline))
            }
            None if kms.key(made_by).is_some() => Ok(Target { key: made_by, action, context, from_ciphertext: true }),
            None => Err(other_account_denial(caller, action, "the resource associated with this ciphertext")
                .because(format!("key {}, which made this ciphertext, does not exist in {}", ciphertext.key, caller.region))),
        }
    }
}
