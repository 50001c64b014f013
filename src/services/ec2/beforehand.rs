//! What a world starts with: resources that were there before the first call, under whatever key, in whatever state.

use super::{DataKey, Encryption, Instance, InstanceState, Snapshot, SnapshotState, Volume, VolumeState, attachment, seal};
use crate::cloud::{AccountId, ApiError, Region};
use crate::kms::KeyRef;
use crate::services::World;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A volume that a world starts with: available, or attached by [`add_instance`].
#[derive(Clone, Debug)]
pub struct NewVolume<'n> {
    /// Its name in the world's description; its id follows from it.
    pub name: &'n str,
    /// Its owner.
    pub account: AccountId,
    /// Its Region; it lies in the Region's zone `a`.
    pub region: Region,
    /// Its size in GiB.
    pub size_gib: u32,
    /// The key that encrypts it, if it is encrypted; one of its Region.
    pub key: Option<KeyRef>,
}

/// A snapshot that a world starts with, completed.
#[derive(Clone, Debug)]
pub struct NewSnapshot<'n> {
    /// Its name in the world's description; its id follows from it.
    pub name: &'n str,
    /// Its owner.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// Its size in GiB.
    pub size_gib: u32,
    /// The key that encrypts it, if it is encrypted; one of its Region.
    pub key: Option<KeyRef>,
    /// The accounts that it is shared with.
    pub shared_with: &'n [AccountId],
    /// Whether it is public.
    pub public: bool,
}

/// An instance that a world starts with.
#[derive(Clone, Debug)]
pub struct NewInstance<'n> {
    /// Its name in the world's description; its id follows from it.
    pub name: &'n str,
    /// Its owner.
    pub account: AccountId,
    /// Its Region.
    pub region: Region,
    /// Whether it runs, or is stopped.
    pub running: bool,
    /// The ids of its volumes.
    pub volumes: &'n [Arc<str>],
}

/// Adds a volume and returns its id.
///
/// # Errors
/// `NotFoundException` for a key that is not there.
pub fn add_volume(world: &mut World, new: &NewVolume<'_>) -> Result<Arc<str>, ApiError> {
    let id = id(world, "vol", new.name, new.account, new.region);
    let encryption = encryption(world, new.key, &id)?;
    let volume = Volume {
        id: Arc::clone(&id),
        account: new.account,
        region: new.region,
        availability_zone: format!("{}a", new.region),
        size_gib: new.size_gib,
        state: VolumeState::Available,
        encryption,
        snapshot: None,
        attachment: None,
        cause: None,
        blocked: None,
    };
    world.ec2.volumes.insert(Arc::clone(&id), volume);
    Ok(id)
}

/// Adds a snapshot and returns its id.
///
/// # Errors
/// `NotFoundException` for a key that is not there.
pub fn add_snapshot(world: &mut World, new: &NewSnapshot<'_>) -> Result<Arc<str>, ApiError> {
    let id = id(world, "snap", new.name, new.account, new.region);
    // The data key of a snapshot is its volume's.
    let volume = self::id(world, "vol", new.name, new.account, new.region);
    let encryption = encryption(world, new.key, &volume)?;
    let snapshot = Snapshot {
        id: Arc::clone(&id),
        account: new.account,
        region: new.region,
        size_gib: new.size_gib,
        state: SnapshotState::Completed,
        encryption,
        volume: Some(volume),
        shared_with: new.shared_with.iter().copied().collect::<BTreeSet<_>>(),
        public: new.public,
        cause: None,
    };
    world.ec2.snapshots.insert(Arc::clone(&id), snapshot);
    Ok(id)
}

/// Adds an instance and returns its id. A running one has its data keys in memory; the grants under which they were
/// decrypted are not on the keys.
pub fn add_instance(world: &mut World, new: &NewInstance<'_>) -> Arc<str> {
    let id = id(world, "i", new.name, new.account, new.region);
    let instance = Instance {
        id: Arc::clone(&id),
        account: new.account,
        region: new.region,
        state: if new.running { InstanceState::Running } else { InstanceState::Stopped },
        state_reason: None,
        volumes: Vec::new(),
        cause: None,
    };
    world.ec2.instances.insert(Arc::clone(&id), instance);
    for volume in new.volumes {
        attachment::link(world, volume, &id);
    }
    id
}

fn id(world: &World, prefix: &str, name: &str, account: AccountId, region: Region) -> Arc<str> {
    format!("{prefix}-{}", world.cloud.random.hex(&format!("{prefix} {name} of {account} in {region}"), 17)).into()
}

fn encryption(world: &mut World, key: Option<KeyRef>, context_id: &Arc<str>) -> Result<Option<Encryption>, ApiError> {
    let Some(at) = key else { return Ok(None) };
    let plaintext: [u8; 64] = world.cloud.random.bytes();
    let blob = world.door().encrypt_beforehand(at, &plaintext, &seal::context(context_id))?;
    let arn = world.kms.key(at).map(|key| Arc::clone(&key.arn));
    let data_key = Some(DataKey { blob, context_id: Arc::clone(context_id) });
    Ok(arn.map(|arn| Encryption { data_key, ..Encryption::under(arn) }))
}
