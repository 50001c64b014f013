//! What a world starts with: instances that were there before the first call.

use super::arn;
use super::instance::{DbInstance, DbStatus, Zones};
use super::key::{self, DbEncryption, DbVolume};
use crate::cloud::{AccountId, ApiError, Region};
use crate::kms::KeyRef;
use crate::services::World;
use std::sync::Arc;

/// An instance that a world starts with, available.
#[derive(Clone, Debug)]
pub struct NewDbInstance<'n> {
    /// Its identifier.
    pub id: &'n str,
    /// Its owner.
    pub account: AccountId,
    /// Its Region; it lies in the Region's zone `a`, a standby in `b`.
    pub region: Region,
    /// `mysql`.
    pub engine: &'n str,
    /// Whether it has a standby.
    pub multi_az: bool,
    /// The key that encrypts it, if it is encrypted; one of its Region.
    pub key: Option<KeyRef>,
    /// The ARN of the instance that it replicates.
    pub replica_of: Option<Arc<str>>,
    /// For how many days automated backups are kept; 0 turns them off.
    pub backup_retention_days: u32,
}

/// Adds an instance and returns its ARN. RDS has no grant on its key yet; it gets one when the instance is started anew.
///
/// # Errors
/// `NotFoundException` for a key that is not there.
pub fn add_instance(world: &mut World, new: &NewDbInstance<'_>) -> Result<Arc<str>, ApiError> {
    let arn = arn(new.account, new.region, "db", new.id);
    let resource_id: Arc<str> = format!("db-{}", world.cloud.random.hex(&format!("rds {arn}"), 26).to_uppercase()).into();
    let zones = Zones::of(new.region, None, new.multi_az);
    let encryption = match new.key.and_then(|at| Some((at, Arc::clone(&world.kms.key(at)?.arn)))) {
        Some((at, key)) => {
            let volumes = (0..zones.count()).map(|number| volume(world, at, &resource_id, number)).collect::<Result<_, _>>()?;
            Some(DbEncryption { key, grant: None, volumes })
        }
        None => None,
    };
    let instance = DbInstance {
        id: new.id.into(),
        arn: Arc::clone(&arn),
        account: new.account,
        region: new.region,
        resource_id,
        engine: new.engine.into(),
        status: DbStatus::Available,
        zones,
        encryption,
        replica_of: new.replica_of.clone(),
        backup_retention_days: new.backup_retention_days,
        key_lost_since: None,
        cause: None,
    };
    world.rds.instances.insert(Arc::clone(&arn), instance);
    Ok(arn)
}

fn volume(world: &mut World, at: KeyRef, resource_id: &str, number: usize) -> Result<DbVolume, ApiError> {
    let id: Arc<str> = format!("vol-{}", world.cloud.random.hex(&format!("rds volume {number} of {resource_id}"), 17)).into();
    let context = key::context(resource_id, Some(&id));
    let plaintext: [u8; 64] = world.cloud.random.bytes();
    let data_key = world.door().encrypt_beforehand(at, &plaintext, &context)?;
    Ok(DbVolume { id, data_key, context })
}
