//! How EBS uses KMS: data keys, grants, and carrying a data key from one KMS key to another.
//!
//! Source: "How Amazon EBS encryption works" (Amazon EBS User Guide) and "Amazon EBS" (AWS KMS Developer Guide).

use crate::cloud::{AccountId, ApiError, Caller, Principal, Region};
use crate::kms::{
    Blob, CreateGrantRequest, DecryptRequest, DescribeKeyRequest, EncryptionContext, GenerateDataKeyRequest, GrantConstraints,
    ReEncryptRequest, Request, Response, RetireGrantRequest,
};
use crate::services::World;
use std::sync::Arc;

/// A data key as KMS returned it, and the resource that its encryption context names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataKey {
    /// The encrypted data key.
    pub blob: Vec<u8>,
    /// The value of `aws:ebs:id`: the volume or snapshot for which it was made.
    pub context_id: Arc<str>,
}

/// How a volume or snapshot is encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encryption {
    /// The KMS key: an ARN, or what a request named if there is no such key.
    pub key: Arc<str>,
    /// Its own data key; none until KMS has made one.
    pub data_key: Option<DataKey>,
    /// The data key of the snapshot that it was made from, encrypted anew under `key`: blocks that were never
    /// written since are still encrypted with it.
    pub carried: Option<DataKey>,
}

impl Encryption {
    /// Encryption under a key that has made no data key yet.
    #[must_use]
    pub fn under(key: Arc<str>) -> Self {
        Encryption { key, data_key: None, carried: None }
    }
}

/// A grant that EC2 made through a caller, and whose grantee it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EbsGrant {
    token: Arc<str>,
    grantee: Arc<Caller>,
}

/// The value of `NumberOfBytes` in EBS's request: two 256-bit keys, for AES-256 in XTS mode.
const DATA_KEY_BYTES: i64 = 64;

pub(super) fn context(id: &str) -> EncryptionContext {
    EncryptionContext::from([("aws:ebs:id".to_owned(), id.to_owned())])
}

/// The caller's forwarded session in a Region.
pub(super) fn session(caller: &Caller, region: Region) -> Arc<Caller> {
    Arc::new(caller.through("ec2", region))
}

/// The identity under which EC2 works for a resource: `ACCOUNT:aws:ec2-infrastructure:ID` in a grant, in the trail a
/// session of the role `aws:ec2-infrastructure`.
fn infrastructure(account: AccountId, region: Region, id: &str) -> Arc<Caller> {
    Arc::new(Caller::direct(Principal::role_session(account, "aws:ec2-infrastructure", id), region))
}

pub(super) fn describe(world: &mut World, session: &Arc<Caller>, key: &str) -> Result<(), ApiError> {
    world.kms(session, &Request::DescribeKey(DescribeKeyRequest::of(key))).map(drop)
}

/// A new data key for a volume or snapshot.
pub(super) fn generate(world: &mut World, session: &Arc<Caller>, key: &str, id: &Arc<str>) -> Result<DataKey, ApiError> {
    let request = GenerateDataKeyRequest {
        key_id: key.to_owned(),
        encryption_context: context(id),
        number_of_bytes: Some(DATA_KEY_BYTES),
        ..GenerateDataKeyRequest::default()
    };
    let response = world.kms(session, &Request::GenerateDataKeyWithoutPlaintext(request))?;
    let Response::DataKey(response) = response else { return Err(unexpected(&response)) };
    Ok(DataKey { blob: response.ciphertext_blob.0, context_id: Arc::clone(id) })
}

/// A grant for the work on `id`, made through the caller and limited to the data keys of `context_id`.
pub(super) fn grant(
    world: &mut World,
    session: &Arc<Caller>,
    key: &str,
    id: &str,
    context_id: &str,
    operations: &[&str],
) -> Result<EbsGrant, ApiError> {
    let account = super::account_of(session)?;
    let grantee = infrastructure(account, session.region, id);
    let arn = grantee.principal.arn.to_string();
    let request = CreateGrantRequest {
        key_id: key.to_owned(),
        grantee_principal: Some(arn.clone()),
        retiring_principal: Some(arn),
        operations: operations.iter().map(|name| (*name).to_owned()).collect(),
        constraints: Some(GrantConstraints { encryption_context_subset: Some(context(context_id)), ..GrantConstraints::default() }),
        ..CreateGrantRequest::default()
    };
    let response = world.kms(session, &Request::CreateGrant(request))?;
    let Response::CreateGrant(response) = response else { return Err(unexpected(&response)) };
    Ok(EbsGrant { token: response.grant_token, grantee })
}

/// Decrypts a data key as a grantee. The grant has not propagated yet, so its token goes with the request.
pub(super) fn decrypt(world: &mut World, grant: &EbsGrant, data_key: &DataKey) -> Result<(), ApiError> {
    let request = DecryptRequest { grant_tokens: vec![grant.token.to_string()], ..decrypt_request(data_key) };
    world.kms(&grant.grantee, &Request::Decrypt(request)).map(drop)
}

/// Decrypts a data key through the caller's session: a copy to another Region has no other way to carry it.
pub(super) fn decrypt_as_caller(world: &mut World, session: &Arc<Caller>, data_key: &DataKey) -> Result<(), ApiError> {
    world.kms(session, &Request::Decrypt(decrypt_request(data_key))).map(drop)
}

fn decrypt_request(data_key: &DataKey) -> DecryptRequest {
    DecryptRequest {
        ciphertext_blob: Blob(data_key.blob.clone()),
        encryption_context: context(&data_key.context_id),
        ..DecryptRequest::default()
    }
}

/// Carries a data key over to another key, and into the context of another resource.
pub(super) fn re_encrypt(
    world: &mut World,
    session: &Arc<Caller>,
    data_key: &DataKey,
    key: &str,
    id: &Arc<str>,
) -> Result<DataKey, ApiError> {
    let request = ReEncryptRequest {
        ciphertext_blob: Blob(data_key.blob.clone()),
        source_encryption_context: context(&data_key.context_id),
        destination_key_id: key.to_owned(),
        destination_encryption_context: context(id),
        ..ReEncryptRequest::default()
    };
    let response = world.kms(session, &Request::ReEncrypt(request))?;
    let Response::ReEncrypt(response) = response else { return Err(unexpected(&response)) };
    Ok(DataKey { blob: response.ciphertext_blob.0, context_id: Arc::clone(id) })
}

/// Gives a grant back once its work is done. A key that is gone by then has taken its grants with it.
pub(super) fn retire(world: &mut World, grant: &EbsGrant) {
    let request = RetireGrantRequest { grant_token: Some(grant.token.to_string()), ..RetireGrantRequest::default() };
    // Nothing waits for the answer: a grant that cannot be retired now is as useless as a retired one.
    drop(world.kms(&grant.grantee, &Request::RetireGrant(request)));
}

fn unexpected(response: &Response) -> ApiError {
    ApiError::new("InternalError", format!("KMS answered with {}", response.to_json())).status(500)
}
