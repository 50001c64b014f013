//! Step 4 of the door: what each operation does, once it is allowed and the key's state permits it.

mod agreement;
mod alias;
mod data_key;
mod deletion;
mod encryption;
mod grant;
mod import;
mod import_token;
mod key;
mod key_store;
mod mac;
mod metadata;
mod multi_region;
mod page;
mod policy;
mod rotation;
mod signing;
mod tag;

use super::authorise::Permit;
use super::target::Targets;
use super::{Door, Key, KeyRef, Material, RecipientInfo, Request, Response};
use crate::cloud::{ApiError, Caller};
use page::page;
use serde_json::json;
use std::sync::Arc;

pub(super) use rotation::rotate;

/// Carries out an allowed request.
///
/// # Errors
/// What the operation itself refuses.
pub(super) fn perform(
    door: &mut Door<'_>,
    caller: &Caller,
    request: &Request,
    targets: &Targets<'_>,
    permit: &Permit,
) -> Result<Response, ApiError> {
    match request {
        Request::CancelKeyDeletion(_) => deletion::cancel(door, targets.key()?),
        Request::ConnectCustomKeyStore(r) => key_store::connect(door, caller, r),
        Request::CreateAlias(_) => alias::create(door, targets),
        Request::CreateCustomKeyStore(r) => key_store::create(door, caller, r),
        Request::CreateGrant(r) => grant::create(door, caller, targets.key()?, r, permit),
        Request::CreateKey(r) => key::create(door, caller, r),
        Request::Decapsulate(r) => agreement::decapsulate(door, targets.key()?, r),
        Request::Decrypt(r) => encryption::decrypt(door, targets.key()?, r),
        Request::DeleteAlias(_) => alias::delete(door, targets),
        Request::DeleteCustomKeyStore(r) => key_store::delete(door, caller, r),
        Request::DeleteImportedKeyMaterial(r) => import::delete(door, targets.key()?, r),
        Request::DeriveSharedSecret(r) => agreement::derive(door, targets.key()?, r),
        Request::DescribeCustomKeyStores(r) => key_store::describe(door, caller, r),
        Request::DescribeKey(_) => key::describe(door, targets.key()?),
        Request::DisableKey(_) => key::disable(door, targets.key()?),
        Request::DisableKeyRotation(_) => rotation::disable(door, targets.key()?),
        Request::DisconnectCustomKeyStore(r) => key_store::disconnect(door, caller, r),
        Request::EnableKey(_) => key::enable(door, targets.key()?),
        Request::EnableKeyRotation(r) => rotation::enable(door, targets.key()?, r),
        Request::Encapsulate(r) => agreement::encapsulate(door, targets.key()?, r),
        Request::Encrypt(r) => encryption::encrypt(door, targets.key()?, r),
        Request::GenerateDataKey(r) => data_key::generate(door, targets.key()?, r, true),
        Request::GenerateDataKeyPair(r) => data_key::generate_pair(door, targets.key()?, r, true),
        Request::GenerateDataKeyPairWithoutPlaintext(r) => data_key::generate_pair(door, targets.key()?, r, false),
        Request::GenerateDataKeyWithoutPlaintext(r) => data_key::generate(door, targets.key()?, r, false),
        Request::GenerateMac(r) => mac::generate(door, targets.key()?, r),
        Request::GenerateRandom(r) => data_key::random(door, caller, r),
        Request::GetKeyLastUsage(_) => key::last_usage(door, targets.key()?),
        Request::GetKeyPolicy(r) => policy::get(door, targets.key()?, r),
        Request::GetKeyRotationStatus(_) => rotation::status(door, targets.key()?),
        Request::GetParametersForImport(r) => import::parameters(door, targets.key()?, r),
        Request::GetPublicKey(_) => agreement::public_key(door, targets.key()?),
        Request::ImportKeyMaterial(r) => import::import(door, targets.key()?, r),
        Request::ListAliases(r) => alias::list(door, caller, targets.first.map(|target| target.key), r),
        Request::ListGrants(r) => grant::list(door, targets.key()?, r),
        Request::ListKeyPolicies(r) => {
            // There is one name and so no second page that a marker could be of.
            page("PolicyNames", std::iter::once(("default".to_owned(), ())), |()| json!("default"), r.limit, None, 100)
        }
        Request::ListKeyRotations(r) => rotation::list(door, targets.key()?, r),
        Request::ListKeys(r) => key::list(door, caller, r),
        Request::ListResourceTags(r) => tag::list(door, targets.key()?, r),
        Request::ListRetirableGrants(r) => grant::list_retirable(door, caller, r),
        Request::PutKeyPolicy(r) => policy::put(door, caller, targets.key()?, r),
        Request::ReEncrypt(r) => encryption::re_encrypt(door, targets, r),
        Request::ReplicateKey(r) => multi_region::replicate(door, caller, targets.key()?, r),
        Request::RetireGrant(_) => grant::retire(door, targets),
        Request::RevokeGrant(r) => grant::revoke(door, targets.key()?, r),
        Request::RotateKeyOnDemand(_) => rotation::on_demand(door, targets.key()?),
        Request::ScheduleKeyDeletion(r) => deletion::schedule(door, targets.key()?, r),
        Request::Sign(r) => signing::sign(door, targets.key()?, r),
        Request::TagResource(r) => tag::tag(door, targets.key()?, r),
        Request::UntagResource(r) => tag::untag(door, targets.key()?, r),
        Request::UpdateAlias(_) => alias::update(door, targets),
        Request::UpdateCustomKeyStore(r) => key_store::update(door, caller, r),
        Request::UpdateKeyDescription(r) => key::describe_anew(door, targets.key()?, r),
        Request::UpdatePrimaryRegion(r) => multi_region::update_primary(door, targets, r),
        Request::Verify(r) => signing::verify(door, targets.key()?, r),
        Request::VerifyMac(r) => mac::verify(door, targets.key()?, r),
    }
}

impl Door<'_> {
    fn key(&self, at: KeyRef) -> Result<&Key, ApiError> {
        self.kms.key(at).ok_or_else(gone)
    }

    fn key_mut(&mut self, at: KeyRef) -> Result<&mut Key, ApiError> {
        self.kms.key_mut(at).ok_or_else(gone)
    }

    /// The current material of a key, which its state has let through.
    fn material(&self, at: KeyRef) -> Result<(&Key, &Arc<Material>), ApiError> {
        let key = self.key(at)?;
        let material = key.current_material().ok_or_else(|| {
            ApiError::new("KMSInvalidStateException", format!("{} is pending import.", key.arn)).because("the key has no material yet")
        })?;
        Ok((key, material))
    }
}

fn gone() -> ApiError {
    ApiError::new("NotFoundException", "The key does not exist.")
}

/// Nothing that the model has been told of carries out this algorithm.
fn no_algorithm(what: &str) -> ApiError {
    ApiError::new("UnsupportedOperationException", format!("The model does not carry out {what}."))
        .because("docs/fidelity.md says what the model leaves out")
}

/// Attestation documents are signed by the hardware of a Nitro enclave. There is none in the model, so no document can be valid.
fn no_enclave(recipient: Option<&RecipientInfo>) -> Result<(), ApiError> {
    match recipient {
        None => Ok(()),
        Some(_) => Err(ApiError::new("ValidationException", "Failed to parse or verify the attestation document.")
            .because("the model has no Nitro enclaves whose hardware could sign an attestation document")),
    }
}
