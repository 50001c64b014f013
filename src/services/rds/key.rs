//! How RDS uses KMS: one look through the caller, then a grant.
//!
//! Source: "AWS KMS key management" (Amazon RDS User Guide) and "Amazon Relational Database Service" (AWS KMS Developer Guide).

use super::account_of;
use crate::cloud::{AccountId, ApiError, Caller, Principal, Region};
use crate::kms::{
    Blob, CreateGrantRequest, DecryptRequest, DescribeKeyRequest, EncryptionContext, GenerateDataKeyRequest, GrantConstraints, Request,
    Response, RetireGrantRequest,
};
use crate::services::World;
use std::sync::Arc;

/// How an instance is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DbEncryption {
    /// The ARN of the key.
    pub key: Arc<str>,
    /// The grant under which RDS uses it; none for an instance that was there before the world began.
    pub grant: Option<DbGrant>,
    /// Its volumes: the primary's, and the standby's if it has one.
    pub volumes: Vec<DbVolume>,
}

/// RDS's grant on a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DbGrant {
    /// Its id.
    pub id: Arc<str>,
    /// Its token.
    pub token: Arc<str>,
    /// RDS, as the grantee.
    pub grantee: Arc<Caller>,
}

/// A volume of an encrypted instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DbVolume {
    /// `vol-…`.
    pub id: Arc<str>,
    /// Its data key, as KMS returned it.
    pub data_key: Vec<u8>,
    /// The encryption context of the data key.
    pub context: EncryptionContext,
}

/// What the grant allows. AWS does not publish the list; RDS makes, attaches and copies encrypted volumes with it.
const GRANTED: [&str; 8] = [
    "Decrypt",
    "DescribeKey",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
    "RetireGrant",
];

/// The one error behind which RDS hides every answer of KMS; its reason tells which it was.
pub(super) fn not_accessible(key: &str, error: &ApiError) -> ApiError {
    let message = format!("The specified KMS key [{key}] does not exist, is not enabled or you do not have permissions to access it.");
    error.translate("KMSKeyNotAccessibleFault", message, 400)
}

/// The ARN of the key that a request names, or of `aws/rds`. Text that names no key here is kept: KMS refuses it.
pub(super) fn choose(world: &mut World, named: Option<&str>, account: AccountId, region: Region) -> Arc<str> {
    let Some(named) = named else {
        return world.aws_managed_key(account, region, "rds", "rds").unwrap_or_else(|| Arc::from("alias/aws/rds"));
    };
    let found = world.find_key(named, account, region).and_then(|at| world.kms.key(at));
    found.map_or_else(|| Arc::from(named), |key| Arc::clone(&key.arn))
}

/// RDS as it works for one database.
pub(super) fn grantee(account: AccountId, region: Region, resource_id: &str) -> Arc<Caller> {
    Arc::new(Caller::direct(Principal::role_session(account, "aws:rds-infrastructure", resource_id), region))
}

pub(super) fn context(resource_id: &str, volume: Option<&str>) -> EncryptionContext {
    let mut context = EncryptionContext::from([("aws:rds:db-id".to_owned(), resource_id.to_owned())]);
    if let Some(volume) = volume {
        context.insert("aws:ebs:id".to_owned(), volume.to_owned());
    }
    context
}

/// The look through the caller: the key is described, and RDS is granted its use for one database.
///
/// # Errors
/// `KMSKeyNotAccessibleFault`.
pub(super) fn admit(world: &mut World, caller: &Caller, region: Region, key: &str, resource_id: &str) -> Result<DbGrant, ApiError> {
    let session = Arc::new(caller.through("rds", region));
    let grantee = grantee(account_of(caller)?, region, resource_id);
    let arn = grantee.principal.arn.to_string();
    let describe = Request::DescribeKey(DescribeKeyRequest::of(key));
    world.kms(&session, &describe).map_err(|error| not_accessible(key, &error))?;
    let request = CreateGrantRequest {
        key_id: key.to_owned(),
        grantee_principal: Some(arn.clone()),
        retiring_principal: Some(arn),
        operations: GRANTED.iter().map(|name| (*name).to_owned()).collect(),
        constraints: Some(GrantConstraints { encryption_context_subset: Some(context(resource_id, None)), ..GrantConstraints::default() }),
        ..CreateGrantRequest::default()
    };
    let response = world.kms(&session, &Request::CreateGrant(request)).map_err(|error| not_accessible(key, &error))?;
    let Response::CreateGrant(response) = response else { return Err(unexpected(&response)) };
    Ok(DbGrant { id: response.grant_id, token: response.grant_token, grantee })
}

/// Encrypts a new instance: one grant, and a volume for it and for its standby.
///
/// # Errors
/// `KMSKeyNotAccessibleFault`; then no grant is left behind.
pub(super) fn encrypt(
    world: &mut World,
    caller: &Caller,
    key: &Arc<str>,
    resource_id: &str,
    volumes: usize,
) -> Result<DbEncryption, ApiError> {
    let grant = admit(world, caller, caller.region, key, resource_id)?;
    let made: Result<Vec<DbVolume>, ApiError> = (0..volumes).map(|_| new_volume(world, &grant, key, resource_id)).collect();
    match made {
        Ok(volumes) => Ok(DbEncryption { key: Arc::clone(key), grant: Some(grant), volumes }),
        Err(error) => {
            retire(world, &grant);
            Err(error)
        }
    }
}

/// A volume with a data key of its own, attached.
pub(super) fn new_volume(world: &mut World, grant: &DbGrant, key: &str, resource_id: &str) -> Result<DbVolume, ApiError> {
    let number = world.rds.next_number();
    let id: Arc<str> = format!("vol-{}", world.cloud.random.hex(&format!("rds volume {number}"), 17)).into();
    let context = context(resource_id, Some(&id));
    let request = GenerateDataKeyRequest {
        key_id: key.to_owned(),
        encryption_context: context.clone(),
        number_of_bytes: Some(64),
        grant_tokens: vec![grant.token.to_string()],
        ..GenerateDataKeyRequest::default()
    };
    let response =
        world.kms(&grant.grantee, &Request::GenerateDataKeyWithoutPlaintext(request)).map_err(|error| not_accessible(key, &error))?;
    let Response::DataKey(response) = response else { return Err(unexpected(&response)) };
    let volume = DbVolume { id, data_key: response.ciphertext_blob.0, context };
    open(world, grant, key, &volume.data_key, &volume.context)?;
    Ok(volume)
}

/// Decrypts a data key under the grant, as each attachment of a volume does.
pub(super) fn open(world: &mut World, grant: &DbGrant, key: &str, blob: &[u8], context: &EncryptionContext) -> Result<(), ApiError> {
    let request = DecryptRequest {
        ciphertext_blob: Blob(blob.to_vec()),
        encryption_context: context.clone(),
        grant_tokens: vec![grant.token.to_string()],
        ..DecryptRequest::default()
    };
    world.kms(&grant.grantee, &Request::Decrypt(request)).map(drop).map_err(|error| not_accessible(key, &error))
}

/// Gives the grant back. A key that is gone has taken its grants with it, and nothing waits for the answer.
pub(super) fn retire(world: &mut World, grant: &DbGrant) {
    let request = RetireGrantRequest { grant_token: Some(grant.token.to_string()), ..RetireGrantRequest::default() };
    drop(world.kms(&grant.grantee, &Request::RetireGrant(request)));
}

fn unexpected(response: &Response) -> ApiError {
    ApiError::new("InternalFailure", format!("KMS answered with {}", response.to_json())).status(500)
}
