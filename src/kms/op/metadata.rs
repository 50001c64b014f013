//! The `KeyMetadata` of a key.
//!
//! Source: "KeyMetadata", AWS KMS API Reference.

use crate::cloud::format_instant;
use crate::kms::{Door, ExpirationModel, Key, KeyRef, KeyState, KeyUsage, Origin};
use serde_json::{Map, Value, json};

/// What `DescribeKey` and `CreateKey` tell of a key.
pub(super) fn metadata(door: &Door<'_>, key: &Key) -> Value {
    let mut map = Map::new();
    let mut put = |name: &str, value: Value| map.insert(name.to_owned(), value);
    let state = key.state();
    put("AWSAccountId", json!(key.account));
    put("KeyId", json!(key.id.to_string()));
    put("Arn", json!(&*key.arn));
    put("CreationDate", json!(format_instant(key.created)));
    put("Enabled", json!(state == KeyState::Enabled));
    put("Description", json!(key.description));
    put("KeyUsage", json!(key.usage));
    put("KeyState", json!(state));
    if let Some(deletion) = &key.deletion {
        match deletion.date {
            Some(date) => put("DeletionDate", json!(format_instant(date))),
            None => put("PendingDeletionWindowInDays", json!(deletion.window_days)),
        };
    }
    put("Origin", json!(key.origin));
    put("KeyManager", json!(if key.is_aws_managed() { "AWS" } else { "CUSTOMER" }));
    put("CustomerMasterKeySpec", json!(key.spec));
    put("KeySpec", json!(key.spec));
    put("MultiRegion", json!(key.multi_region.is_some()));
    if let Some(part) = key.multi_region {
        put("MultiRegionConfiguration", related(door, key, part.name()));
    }
    if let Some(store) = &key.store {
        put("CustomKeyStoreId", json!(&*store.id));
        if let Some(cluster) = &store.cluster {
            put("CloudHsmClusterId", json!(&**cluster));
        }
        if let Some(id) = &store.xks_key_id {
            put("XksKeyConfiguration", json!({ "Id": &**id }));
        }
    }
    if key.origin == Origin::EXTERNAL && !key.lacks_material() {
        // The earliest of several dates is the one on which the key stops working.
        let expires = key.materials.iter().filter_map(|held| held.expires).min();
        let model = if expires.is_some() { ExpirationModel::KEY_MATERIAL_EXPIRES } else { ExpirationModel::KEY_MATERIAL_DOES_NOT_EXPIRE };
        put("ExpirationModel", json!(model));
        if let Some(date) = expires {
            put("ValidTo", json!(format_instant(date)));
        }
    }
    if let Some(current) = key.materials.last().filter(|_| key.spec.row().rotates && state != KeyState::Creating) {
        put("CurrentKeyMaterialId", json!(current.id));
    }
    map.extend(algorithms(key));
    Value::Object(map)
}

/// The algorithms of a key: those of its spec that its usage calls for.
pub(super) fn algorithms(key: &Key) -> Option<(String, Value)> {
    let row = key.spec.row();
    let (name, list) = match key.usage {
        KeyUsage::ENCRYPT_DECRYPT => ("EncryptionAlgorithms", json!(row.encryption)),
        KeyUsage::SIGN_VERIFY => ("SigningAlgorithms", json!(row.signing)),
        KeyUsage::GENERATE_VERIFY_MAC => ("MacAlgorithms", json!(row.mac)),
        KeyUsage::KEY_AGREEMENT => ("KeyAgreementAlgorithms", json!(row.agreement)),
        KeyUsage::ENCAPSULATE_DECAPSULATE => ("EncapsulationAlgorithms", json!(row.encapsulation)),
    };
    Some((name.to_owned(), list))
}

fn related(door: &Door<'_>, key: &Key, part: &str) -> Value {
    let entry = |at: KeyRef| door.kms.key(at).map(|key| json!({"Arn": &*key.arn, "Region": key.region.code()}));
    let all = door.kms.related(key.id);
    let replicas: Vec<Value> =
        all.iter().filter(|at| door.kms.key(**at).is_some_and(|key| !key.is_primary())).filter_map(|at| entry(*at)).collect();
    json!({
        "MultiRegionKeyType": part,
        "PrimaryKey": door.kms.primary(key.id).and_then(entry),
        "ReplicaKeys": replicas,
    })
}
