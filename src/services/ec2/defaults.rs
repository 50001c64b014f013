//! EBS encryption by default: a switch and a key per account and Region.
//!
//! Source: "Enable Amazon EBS encryption by default", Amazon EBS User Guide.

use super::{account_of, authorise};
use crate::cloud::{AccountId, ApiError, Caller, Region};
use crate::rulebook::ids;
use crate::services::World;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The settings of one account in one Region.
#[derive(Clone, Debug, Default)]
pub(super) struct EncryptionByDefault {
    /// The switch, if somebody has set it.
    enabled: Option<bool>,
    /// The key that somebody has chosen, as an ARN, or as it was named if no such key was there.
    key: Option<Arc<str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct NoMembers {}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct ModifyKey {
    kms_key_id: String,
}

/// Whether every new volume and copy is encrypted, also where a request asks for none.
pub(super) fn is_on(world: &World, account: AccountId, region: Region) -> bool {
    let set = world.ec2.defaults.get(&(account, region)).and_then(|defaults| defaults.enabled);
    set.unwrap_or_else(|| world.rulebook.allowed(ids::EBS_DEFAULT_INITIALLY))
}

/// The key that encrypts where encryption is asked for and no key is named.
pub(super) fn default_key(world: &mut World, account: AccountId, region: Region) -> Arc<str> {
    let chosen = world.ec2.defaults.get(&(account, region)).and_then(|defaults| defaults.key.clone());
    chosen.unwrap_or_else(|| aws_ebs(world, account, region))
}

/// The AWS managed key `aws/ebs`, made if it is not there yet.
pub(super) fn aws_ebs(world: &mut World, account: AccountId, region: Region) -> Arc<str> {
    world.aws_managed_key(account, region, "ebs", "ec2").unwrap_or_else(|| Arc::from("alias/aws/ebs"))
}

/// The ARN of the key that a request names. Text that names no key in this Region is kept: EBS accepts it, and KMS
/// refuses it later.
pub(super) fn named_key(world: &World, named: &str, account: AccountId, region: Region) -> Arc<str> {
    let found = world.find_key(named, account, region).and_then(|at| world.kms.key(at));
    found.map_or_else(|| Arc::from(named), |key| Arc::clone(&key.arn))
}

pub(super) fn switch(world: &mut World, caller: &Caller, _: NoMembers, on: bool) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    authorise(world, caller, if on { "EnableEbsEncryptionByDefault" } else { "DisableEbsEncryptionByDefault" }, "*")?;
    world.ec2.defaults.entry((account, caller.region)).or_default().enabled = Some(on);
    Ok(json!({ "EbsEncryptionByDefault": on }))
}

pub(super) fn get(world: &mut World, caller: &Caller, _: NoMembers) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    authorise(world, caller, "GetEbsEncryptionByDefault", "*")?;
    Ok(json!({ "EbsEncryptionByDefault": is_on(world, account, caller.region) }))
}

/// The key is not checked here: a wrong one lets the call succeed and launches fail.
///
/// Source: "ModifyEbsDefaultKmsKeyId", Amazon EC2 API Reference.
pub(super) fn modify_key(world: &mut World, caller: &Caller, request: ModifyKey) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    authorise(world, caller, "ModifyEbsDefaultKmsKeyId", "*")?;
    let key = named_key(world, &request.kms_key_id, account, caller.region);
    world.ec2.defaults.entry((account, caller.region)).or_default().key = Some(Arc::clone(&key));
    Ok(json!({ "KmsKeyId": &*key }))
}

pub(super) fn reset_key(world: &mut World, caller: &Caller, _: NoMembers) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    authorise(world, caller, "ResetEbsDefaultKmsKeyId", "*")?;
    world.ec2.defaults.entry((account, caller.region)).or_default().key = None;
    Ok(json!({ "KmsKeyId": &*default_key(world, account, caller.region) }))
}

pub(super) fn get_key(world: &mut World, caller: &Caller, _: NoMembers) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    authorise(world, caller, "GetEbsDefaultKmsKeyId", "*")?;
    Ok(json!({ "KmsKeyId": &*default_key(world, account, caller.region) }))
}
