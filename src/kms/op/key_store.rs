//! The operations on custom key stores, and what `CreateKey` and `GenerateRandom` ask of one.
//!
//! Source: the pages of the operations, AWS KMS API Reference; "Custom key stores", AWS KMS Developer Guide.

mod create;
mod describe;
mod update;

pub(super) use create::create;
pub(super) use describe::describe;
pub(super) use update::update;

use crate::cloud::{AccountId, ApiError, Caller, Region, after};
use crate::kms::key_store::{Backing, Connection, CustomKeyStore, DISCONNECTING, connection_error};
use crate::kms::limits::{invalid, missing, violation};
use crate::kms::spec::{ConnectionErrorCode, CustomKeyStoreType};
use crate::kms::{CreateKeyRequest, CustomKeyStoreRequest, Door, Operation, Origin, Response, StoreLink, XksProxyAuthenticationCredential};
use serde::Serialize;

/// The key store of the caller's account and Region with an id.
fn find<'d>(door: &'d Door<'_>, caller: &Caller, id: &str) -> Result<&'d CustomKeyStore, ApiError> {
    let own = |store: &&CustomKeyStore| Some(store.account) == caller.account() && store.region == caller.region;
    door.kms.key_stores.get(id).filter(own).ok_or_else(|| not_found(door, caller, id))
}

fn not_found(door: &Door<'_>, caller: &Caller, named: &str) -> ApiError {
    let region = caller.region;
    let known: Vec<String> = caller
        .account()
        .map(|account| door.kms.key_stores.of(account, region).map(|store| format!("`{}` ({})", store.name, store.id)).collect())
        .unwrap_or_default();
    let has = if known.is_empty() { "no custom key store".to_owned() } else { known.join(", ") };
    ApiError::new("CustomKeyStoreNotFoundException", format!("The custom key store {named} does not exist."))
        .because(format!("in {region} the caller's account has {has}"))
}

/// The caller's account; a service has none.
fn account(caller: &Caller) -> Result<AccountId, ApiError> {
    caller.account().ok_or_else(|| ApiError::new("UnsupportedOperationException", "A service cannot own a custom key store."))
}

pub(super) fn connect(door: &mut Door<'_>, caller: &Caller, request: &CustomKeyStoreRequest) -> Result<Response, ApiError> {
    let store = find(door, caller, &request.custom_key_store_id)?;
    match store.connection {
        // Nothing is left to do.
        Connection::Connected | Connection::Connecting { .. } => return Ok(Response::Empty),
        Connection::Disconnected => {}
        Connection::Disconnecting { .. } | Connection::Failed(_) => {
            return Err(store.wrong_state(Operation::ConnectCustomKeyStore, "one that is DISCONNECTED"));
        }
    }
    // What is easily seen fails at once and leaves the key store DISCONNECTED ("How to fix a connection failure").
    if let Backing::CloudHsm { cluster, .. } = &store.backing
        && let Some(cluster) = door.kms.key_stores.cluster(cluster)
    {
        cluster.can_be_tried()?;
    }
    let until = after(door.cloud.now(), store.connecting_takes());
    door.kms.set_connection(&request.custom_key_store_id, Connection::Connecting { until });
    Ok(Response::Empty)
}

pub(super) fn disconnect(door: &mut Door<'_>, caller: &Caller, request: &CustomKeyStoreRequest) -> Result<Response, ApiError> {
    let store = find(door, caller, &request.custom_key_store_id)?;
    if matches!(store.connection, Connection::Disconnected | Connection::Disconnecting { .. }) {
        return Err(store.wrong_state(Operation::DisconnectCustomKeyStore, "one that is connected, being connected, or FAILED"));
    }
    let until = after(door.cloud.now(), DISCONNECTING);
    door.kms.set_connection(&request.custom_key_store_id, Connection::Disconnecting { until });
    Ok(Response::Empty)
}

pub(super) fn delete(door: &mut Door<'_>, caller: &Caller, request: &CustomKeyStoreRequest) -> Result<Response, ApiError> {
    let store = find(door, caller, &request.custom_key_store_id)?;
    if store.connection != Connection::Disconnected {
        return Err(store.wrong_state(Operation::DeleteCustomKeyStore, "one that is DISCONNECTED"));
    }
    let keys = door.kms.key_stores.keys(&store.id).count();
    if keys > 0 {
        let message = format!("The custom key store {} contains KMS keys.", store.id);
        return Err(ApiError::new("CustomKeyStoreHasCMKsException", message).because(format!(
            "{} in it, and a key that waits for its deletion counts until it is gone: schedule their deletion, and come back after the waiting period",
            if keys == 1 { "1 key is".to_owned() } else { format!("{keys} keys are") }
        )));
    }
    door.kms.key_stores.remove(&request.custom_key_store_id);
    Ok(Response::Empty)
}

/// Whether the cluster of a key store may make random bytes.
pub(super) fn makes_random(door: &Door<'_>, caller: &Caller, id: &str) -> Result<(), ApiError> {
    let store = find(door, caller, id)?;
    if store.kind() == CustomKeyStoreType::EXTERNAL_KEY_STORE {
        return Err(ApiError::new("UnsupportedOperationException", "An external key store does not generate random bytes.")
            .because("random bytes come from KMS, or from the HSMs of a CloudHSM key store"));
    }
    if store.connection != Connection::Connected {
        return Err(store.wrong_state(Operation::GenerateRandom, "one that is CONNECTED"));
    }
    match door.kms.outage(store).and_then(|code| store.trouble(code)) {
        None => Ok(()),
        Some(row) => Err(row.error("DependencyTimeoutException")),
    }
}

/// Finds the key store that a new key will live in, and for an external one its key in the external key manager.
///
/// Source: `CreateKey`, AWS KMS API Reference; "Troubleshooting external key stores", AWS KMS Developer Guide.
pub(super) fn link(
    door: &mut Door<'_>,
    caller: &Caller,
    id: &str,
    origin: Origin,
    request: &CreateKeyRequest,
) -> Result<StoreLink, ApiError> {
    let store = find(door, caller, id)?;
    let fits = match store.kind() {
        CustomKeyStoreType::AWS_CLOUDHSM => Origin::AWS_CLOUDHSM,
        CustomKeyStoreType::EXTERNAL_KEY_STORE => Origin::EXTERNAL_KEY_STORE,
    };
    if origin != fits {
        let message = format!("Origin {origin} is not valid for this custom key store.");
        return Err(ApiError::new("UnsupportedOperationException", message).because(format!(
            "`{}` is of type {}, whose keys have the origin {fits}",
            store.name,
            store.kind()
        )));
    }
    if store.connection != Connection::Connected {
        return Err(store.wrong_state(Operation::CreateKey, "one that is CONNECTED"));
    }
    match &store.backing {
        Backing::CloudHsm { cluster, .. } => {
            let cluster = door.kms.key_stores.cluster(cluster).ok_or_else(|| {
                ApiError::new("CloudHsmClusterInvalidConfigurationException", format!("The cluster {cluster} does not exist."))
                    .because("the cluster was deleted after the key store had been connected")
            })?;
            cluster.has_two_hsms()?;
            Ok(store.link(None))
        }
        Backing::External(configuration) => {
            let external = request.xks_key_id.as_deref().ok_or_else(|| {
                missing("xksKeyId").because("a KMS key in an external key store names the key in the external key manager that backs it")
            })?;
            if let Some(row) = door.kms.outage(store).and_then(|code| store.trouble(code)) {
                return Err(row.error("CustomKeyStoreInvalidStateException"));
            }
            if door.kms.key_stores.has_external_key(&store.id, external) {
                let message = format!("The external key {external} is already associated with another KMS key.");
                return Err(ApiError::new("XksKeyAlreadyInUseException", message)
                    .because("each KMS key of an external key store has an external key of its own, also while it waits for deletion"));
            }
            let proxy = door.kms.key_stores.proxy(configuration);
            let Some(found) = proxy.and_then(|proxy| proxy.keys.get(external)) else {
                return Err(ApiError::new("XksKeyNotFoundException", "The external key store proxy cannot find the external key.")
                    .because(format!("the external key manager has no key `{external}`; make it there first")));
            };
            match found.complaint() {
                None => Ok(store.link(Some(external))),
                Some(message) => Err(ApiError::new("XksKeyInvalidConfigurationException", message)
                    .because(format!("`{external}` has to be an AES-256 key that is enabled and encrypts and decrypts"))),
            }
        }
    }
}

/// The members of an external key store, which one in a CloudHSM cluster does not take.
fn names_no_proxy(request: &impl Serialize) -> Result<(), ApiError> {
    let members = serde_json::to_value(request).unwrap_or_default();
    let mut given = members.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    if given.any(|(name, _)| name.starts_with("XksProxy")) {
        return Err(invalid("The XksProxy members are valid only for a custom key store of type EXTERNAL_KEY_STORE."));
    }
    Ok(())
}

/// The exception of what keeps KMS from an external key store's proxy, if anything does.
fn unless(trouble: Option<ConnectionErrorCode>) -> Result<(), ApiError> {
    let row = trouble.and_then(|code| connection_error(code, CustomKeyStoreType::EXTERNAL_KEY_STORE));
    row.map_or(Ok(()), |row| Err(row.error(row.exception)))
}

/// A name that no other key store of the account and Region has.
fn name_is_free(door: &Door<'_>, account: AccountId, region: Region, name: &str, except: Option<&str>) -> Result<(), ApiError> {
    match door.kms.key_stores.of(account, region).find(|store| store.name == name && Some(&*store.id) != except) {
        None => Ok(()),
        Some(other) => {
            Err(ApiError::new("CustomKeyStoreNameInUseException", format!("The custom key store name {name} is already in use."))
                .because(format!("{} has it, and names are unique in an account and Region", other.id)))
        }
    }
}

/// The constraints of the credential's members, which the table of members does not reach. The values are never shown.
fn credential_fits(credential: &XksProxyAuthenticationCredential) -> Result<(), ApiError> {
    let letters = |text: &str, fits: fn(u8) -> bool| text.bytes().all(fits);
    let id_fits = (20..=30).contains(&credential.access_key_id.len())
        && letters(&credential.access_key_id, |byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
    let secret_fits = (43..=64).contains(&credential.raw_secret_access_key.len())
        && letters(&credential.raw_secret_access_key, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+' | b'='));
    let member = match (id_fits, secret_fits) {
        (true, true) => return Ok(()),
        (false, _) => ("accessKeyId", "^[A-Z2-7]{20,30}$"),
        (true, false) => ("rawSecretAccessKey", "^[a-zA-Z0-9/+=]{43,64}$"),
    };
    let subject = format!("Value at 'xksProxyAuthenticationCredential.{}'", member.0);
    Err(violation(&subject, &format!("Member must satisfy regular expression pattern: {}", member.1)))
}
