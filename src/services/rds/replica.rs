//! Read replicas.

use super::instance::{self, Plan};
use super::{account_of, arn, arn_of, authorise, combination, key};
use crate::cloud::{ApiError, Caller};
use crate::rulebook::{RulebookKind, ids};
use crate::services::World;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateReadReplica {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
    #[serde(rename = "SourceDBInstanceIdentifier")]
    source: String,
    #[serde(rename = "KmsKeyId")]
    key: Option<String>,
    #[serde(rename = "AvailabilityZone")]
    zone: Option<String>,
    #[serde(rename = "MultiAZ", default)]
    multi_az: bool,
    #[serde(rename = "BackupRetentionPeriod")]
    backup_retention_days: Option<u32>,
    #[serde(rename = "SourceRegion")]
    #[expect(dead_code, reason = "the source's ARN says it already")]
    region: Option<String>,
    #[serde(rename = "DBInstanceClass")]
    #[expect(dead_code, reason = "AWS takes it, and it makes no difference to keys")]
    class: Option<String>,
}

/// Called in the replica's Region; a source in another Region is named by its ARN.
///
/// Source: "CreateDBInstanceReadReplica" (Amazon RDS API Reference) and "Limitations of Amazon RDS encrypted DB instances" (Amazon RDS User Guide).
pub(super) fn create(world: &mut World, caller: &Caller, request: CreateReadReplica) -> Result<Value, ApiError> {
    let account = account_of(caller)?;
    authorise(world, caller, "CreateDBInstanceReadReplica", &arn(account, caller.region, "db", &request.id))?;
    let source = arn_of(caller, "db", &request.source)?;
    let source = world.rds.instances.get(&source).filter(|source| source.account == account).cloned();
    let source = source.ok_or_else(|| instance::not_found(&request.source))?;
    instance::available(&source)?;
    if source.backup_retention_days == 0 {
        return Err(instance::invalid_state("Automated backups are not enabled for this database instance."));
    }
    let named = request.key.as_deref();
    let remote = source.region != caller.region;
    let key = match (&source.encryption, named) {
        (None, None) => None,
        (None, Some(_)) => {
            return Err(combination("You cannot create an encrypted Read Replica from an unencrypted DB instance.")
                .because("a replica is encrypted exactly if its source is"));
        }
        (Some(_), None) if remote && world.rulebook.allowed(ids::RDS_REPLICA_CROSS_REGION_KEY) => {
            return Err(combination("Cannot create a cross region unencrypted Read Replica from encrypted source.").because(format!(
                "the source's key is in {} and does not exist in {}: KmsKeyId must name a key of the replica's Region",
                source.region, caller.region
            )));
        }
        (Some(_), None) if remote => Some(key::choose(world, None, account, caller.region)),
        (Some(encryption), None) => Some(Arc::clone(&encryption.key)),
        (Some(encryption), Some(_)) => {
            let chosen = key::choose(world, named, account, caller.region);
            // The guide's rule: a replica in the same Region inherits the key. The API has since learnt to take another.
            if !remote && chosen != encryption.key && world.rulebook.kind == RulebookKind::Guide {
                return Err(combination("A Read Replica in the same Region uses the KMS key of its source."));
            }
            Some(chosen)
        }
    };
    let plan = Plan {
        id: &request.id,
        engine: Arc::clone(&source.engine),
        zone: request.zone.as_deref(),
        multi_az: request.multi_az,
        key,
        replica_of: Some(source.arn),
        backup_retention_days: request.backup_retention_days.unwrap_or(source.backup_retention_days),
    };
    instance::make(world, caller, plan)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PromoteReadReplica {
    #[serde(rename = "DBInstanceIdentifier")]
    id: String,
    #[serde(rename = "BackupRetentionPeriod")]
    backup_retention_days: Option<u32>,
}

/// The promoted instance keeps its key.
pub(super) fn promote(world: &mut World, caller: &Caller, request: PromoteReadReplica) -> Result<Value, ApiError> {
    let found = instance::named(world, caller, "PromoteReadReplica", &request.id)?;
    instance::available(&found)?;
    if found.replica_of.is_none() {
        return Err(instance::invalid_state(&format!("DB Instance {} is not a read replica.", found.id)));
    }
    if let Some(instance) = world.rds.instances.get_mut(&found.arn) {
        instance.replica_of = None;
        instance.backup_retention_days = request.backup_retention_days.unwrap_or(instance.backup_retention_days);
    }
    Ok(instance::answer(world, &found.arn))
}
