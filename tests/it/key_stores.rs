//! Custom key stores: their errors, their connections over time, and what becomes of the keys in them.

mod connection;
mod errors;
mod external;

pub(crate) use errors::provoke_all;

use super::lab::{A, B, Lab, code, why};
use kmsprep::cloud::Duration;
use kmsprep::kms::{Connection, ConnectionErrorCode};
use serde_json::{Value, json};

/// Calls KMS as an administrator of account A, who may do it.
#[track_caller]
fn done(lab: &mut Lab, operation: &str, members: Value) -> Value {
    lab.kms(A, "Admin", operation, members).unwrap_or_else(|error| panic!("{operation}: {error} {:?}", error.reason))
}

/// What `DescribeCustomKeyStores` shows of a key store.
#[track_caller]
fn shown(lab: &mut Lab, id: &str) -> Value {
    done(lab, "DescribeCustomKeyStores", json!({"CustomKeyStoreId": id}))["CustomKeyStores"][0].clone()
}

#[track_caller]
fn state(lab: &mut Lab, id: &str) -> String {
    shown(lab, id)["ConnectionState"].as_str().unwrap().to_owned()
}

/// Calls one of the operations that take a key store and nothing else.
fn on(lab: &mut Lab, operation: &str, id: &str) -> Result<Value, kmsprep::cloud::ApiError> {
    lab.kms(A, "Admin", operation, json!({"CustomKeyStoreId": id}))
}

#[track_caller]
fn connect(lab: &mut Lab, id: &str) {
    on(lab, "ConnectCustomKeyStore", id).unwrap();
    lab.world.advance(Duration::minutes(20));
}

#[track_caller]
fn disconnect(lab: &mut Lab, id: &str) {
    on(lab, "DisconnectCustomKeyStore", id).unwrap();
    lab.world.advance(Duration::minutes(1));
}

/// Brings a key store into a state without its operations.
fn put(lab: &mut Lab, id: &str, connection: Connection) {
    let mut store = lab.world.kms.key_stores.get(id).unwrap().clone();
    store.connection = connection;
    lab.world.kms.key_stores.add(store);
}

fn key_state(lab: &mut Lab, key: &str) -> String {
    done(lab, "DescribeKey", json!({"KeyId": key}))["KeyMetadata"]["KeyState"].as_str().unwrap().to_owned()
}

fn key_in(lab: &mut Lab, store: &str) -> String {
    lab.key_of(json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store}))
}

#[test]
fn a_key_store_is_made_connected_used_and_deleted() {
    let mut lab = Lab::new();
    let store = lab.new_key_store('a');
    assert!(store.starts_with("cks-") && store.len() == 21, "{store}");
    let entry = shown(&mut lab, &store);
    let expected = json!({
        "CustomKeyStoreId": store,
        "CustomKeyStoreName": "store a",
        "CustomKeyStoreType": "AWS_CLOUDHSM",
        "ConnectionState": "DISCONNECTED",
        "CreationDate": entry["CreationDate"],
        "CloudHsmClusterId": "cluster-aaaaaaaaaaa",
        "TrustAnchorCertificate": "certificate a",
    });
    assert_eq!(entry, expected);
    connect(&mut lab, &store);
    let key = key_in(&mut lab, &store);
    let metadata = done(&mut lab, "DescribeKey", json!({"KeyId": key}))["KeyMetadata"].clone();
    assert_eq!(metadata["CustomKeyStoreId"], json!(store));
    assert_eq!(metadata["CloudHsmClusterId"], "cluster-aaaaaaaaaaa");
    assert_eq!(metadata["Origin"], "AWS_CLOUDHSM");
    let sealed = done(&mut lab, "Encrypt", json!({"KeyId": key, "Plaintext": "aGk="}))["CiphertextBlob"].clone();
    assert_eq!(done(&mut lab, "Decrypt", json!({"CiphertextBlob": sealed}))["Plaintext"], "aGk=");

    // Connected, then with a key, then with a key that waits, it cannot be deleted.
    assert_eq!(code(on(&mut lab, "DeleteCustomKeyStore", &store)), "CustomKeyStoreInvalidStateException");
    disconnect(&mut lab, &store);
    assert_eq!(code(on(&mut lab, "DeleteCustomKeyStore", &store)), "CustomKeyStoreHasCMKsException");
    done(&mut lab, "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7}));
    lab.advance(6);
    assert!(why(on(&mut lab, "DeleteCustomKeyStore", &store)).contains("until it is gone"));
    lab.advance(2);
    on(&mut lab, "DeleteCustomKeyStore", &store).unwrap();
    assert_eq!(code(on(&mut lab, "DescribeCustomKeyStores", &store)), "CustomKeyStoreNotFoundException");
    // The cluster is free again, and the next key store has another id.
    assert_ne!(lab.new_key_store('a'), store);
}

#[test]
fn ids_follow_from_the_seed_alone() {
    let (mut one, mut other) = (Lab::new(), Lab::new());
    other.key();
    assert_eq!(one.new_key_store('a'), other.new_key_store('b'));
}

#[test]
fn lists_come_in_pages_and_show_no_other_account() {
    let mut lab = Lab::new();
    let mut made: Vec<String> = ('a'..='e').map(|letter| lab.new_key_store(letter)).collect();
    made.sort();
    let (mut seen, mut marker) = (Vec::new(), Value::Null);
    loop {
        let mut request = json!({"Limit": 2});
        if marker.is_string() {
            request["Marker"] = marker;
        }
        let page = done(&mut lab, "DescribeCustomKeyStores", request);
        let stores = page["CustomKeyStores"].as_array().unwrap();
        assert!(stores.len() <= 2);
        seen.extend(stores.iter().map(|store| store["CustomKeyStoreId"].as_str().unwrap().to_owned()));
        if page["Truncated"] == false {
            break;
        }
        marker = page["NextMarker"].clone();
    }
    assert_eq!(seen, made);
    let named = done(&mut lab, "DescribeCustomKeyStores", json!({"CustomKeyStoreName": "store c"}));
    assert_eq!(named["CustomKeyStores"].as_array().unwrap().len(), 1);
    assert_eq!(named["CustomKeyStores"][0]["CustomKeyStoreName"], "store c");
    let elsewhere = lab.kms(B, "Admin", "DescribeCustomKeyStores", json!({})).unwrap();
    assert_eq!(elsewhere["CustomKeyStores"], json!([]));
    lab.region = "us-west-2";
    assert_eq!(code(on(&mut lab, "DescribeCustomKeyStores", &made[0])), "CustomKeyStoreNotFoundException");
}

#[test]
fn keys_become_unavailable_and_come_back_as_they_were() {
    let mut lab = Lab::new();
    let store = lab.key_store();
    let (used, switched_off, waiting) = (key_in(&mut lab, &store), key_in(&mut lab, &store), key_in(&mut lab, &store));
    let outside = lab.key();
    done(&mut lab, "DisableKey", json!({"KeyId": switched_off}));
    done(&mut lab, "ScheduleKeyDeletion", json!({"KeyId": waiting}));
    let sealed = done(&mut lab, "Encrypt", json!({"KeyId": used, "Plaintext": "aGk="}))["CiphertextBlob"].clone();
    // At once, not only when the key store is disconnected.
    on(&mut lab, "DisconnectCustomKeyStore", &store).unwrap();
    for (key, expected) in [(&used, "Unavailable"), (&switched_off, "Unavailable"), (&waiting, "PendingDeletion"), (&outside, "Enabled")] {
        assert_eq!(key_state(&mut lab, key), expected);
    }
    let refused = lab.kms(A, "Admin", "Decrypt", json!({"CiphertextBlob": sealed}));
    assert_eq!(code(refused), "KMSInvalidStateException");
    // Footnote 12: switching succeeds and shows only when the key is available again.
    done(&mut lab, "DisableKey", json!({"KeyId": used}));
    done(&mut lab, "EnableKey", json!({"KeyId": switched_off}));
    assert_eq!(key_state(&mut lab, &used), "Unavailable");
    assert_eq!(key_state(&mut lab, &switched_off), "Unavailable");
    // Footnote 13: a deletion is cancelled without the key store; the key is Disabled when it comes back.
    done(&mut lab, "CancelKeyDeletion", json!({"KeyId": waiting}));
    assert_eq!(key_state(&mut lab, &waiting), "Unavailable");
    lab.world.advance(Duration::minutes(1));
    connect(&mut lab, &store);
    for (key, expected) in [(&used, "Disabled"), (&switched_off, "Enabled"), (&waiting, "Disabled")] {
        assert_eq!(key_state(&mut lab, key), expected);
    }
    done(&mut lab, "EnableKey", json!({"KeyId": used}));
    assert_eq!(done(&mut lab, "Decrypt", json!({"CiphertextBlob": sealed}))["Plaintext"], "aGk=");
}

#[test]
fn a_key_that_waits_goes_on_waiting_while_its_store_is_away() {
    let mut lab = Lab::new();
    let store = lab.key_store();
    let key = key_in(&mut lab, &store);
    disconnect(&mut lab, &store);
    done(&mut lab, "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7}));
    assert_eq!(key_state(&mut lab, &key), "PendingDeletion");
    lab.advance(8);
    assert_eq!(code(lab.kms(A, "Admin", "DescribeKey", json!({"KeyId": key}))), "NotFoundException");
}

#[test]
fn only_a_cloudhsm_key_store_makes_random_bytes() {
    let mut lab = Lab::new();
    let store = lab.key_store();
    let asked = json!({"NumberOfBytes": 8, "CustomKeyStoreId": store});
    assert!(done(&mut lab, "GenerateRandom", asked.clone())["Plaintext"].is_string());
    let cluster = lab.world.kms.key_stores.cluster_mut("cluster-aaaaaaaaaaa").unwrap();
    cluster.hsms.clear();
    let error = lab.kms(A, "Admin", "GenerateRandom", asked).unwrap_err();
    assert_eq!((&*error.code, error.http_status), ("DependencyTimeoutException", 500));
}

#[test]
fn a_cluster_without_hsms_stops_its_keys_although_they_are_enabled() {
    let mut lab = Lab::new();
    let store = lab.key_store();
    let key = key_in(&mut lab, &store);
    lab.world.kms.key_stores.cluster_mut("cluster-aaaaaaaaaaa").unwrap().hsms.truncate(1);
    let encrypt = json!({"KeyId": key, "Plaintext": "aGk="});
    done(&mut lab, "Encrypt", encrypt.clone());
    // One HSM is enough to use keys and too few to make one.
    let new = json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store});
    assert!(why(lab.kms(A, "Admin", "CreateKey", new)).contains("by Availability Zone: us-east-1a"));
    lab.world.kms.key_stores.cluster_mut("cluster-aaaaaaaaaaa").unwrap().hsms.clear();
    assert_eq!(key_state(&mut lab, &key), "Enabled");
    assert_eq!(code(lab.kms(A, "Admin", "Encrypt", encrypt.clone())), "KMSInvalidStateException");
    assert!(why(lab.kms(A, "Admin", "Encrypt", encrypt)).contains("no active HSM"));
    // What needs no material goes on.
    done(&mut lab, "DisableKey", json!({"KeyId": key}));
}

#[test]
fn the_trail_shows_no_password_and_no_secret() {
    let mut lab = Lab::new();
    lab.new_key_store('a');
    external::proxy(&mut lab, "one");
    let request = external::request("one");
    done(&mut lab, "CreateCustomKeyStore", request.clone());
    // A request that cannot be read is recorded, too.
    let mut broken = request;
    broken["CustomKeyStoreType"] = json!(1);
    lab.kms(A, "Admin", "CreateCustomKeyStore", broken).unwrap_err();
    let wrong = json!({"CustomKeyStoreId": "cks-x", "KeyStorePassword": "kmsuser-1", "Limit": "x"});
    lab.kms(A, "Admin", "UpdateCustomKeyStore", wrong).unwrap_err();
    let trail = lab.world.cloud.trail.events().iter().map(|event| event.to_json().to_string()).collect::<String>();
    assert!(trail.contains("CreateCustomKeyStore") && trail.contains("cluster-aaaaaaaaaaa"), "{trail}");
    for secret in ["kmsuser-1", external::SECRET] {
        assert!(!trail.contains(secret), "the trail shows {secret}");
    }
}

#[test]
fn all_keys_follow_their_key_store() {
    let mut lab = Lab::new();
    let store = lab.key_store();
    let key = key_in(&mut lab, &store);
    let at = lab.world.kms.keys().next().map(|key| (key.account, key.region, key.policy.clone(), key.store.clone())).unwrap();
    for number in 1..2_000_u128 {
        let id = kmsprep::kms::KeyId::from_bits(number << 64, false);
        let new = kmsprep::kms::NewKey { store: at.3.clone(), ..kmsprep::kms::NewKey::symmetric(id, at.0, at.1, at.2.clone()) };
        lab.world.kms.add_key(&lab.world.cloud.random, lab.world.cloud.now(), new);
    }
    disconnect(&mut lab, &store);
    let count = |lab: &Lab| lab.world.kms.keys().filter(|key| key.state().name() == "Unavailable").count();
    assert_eq!(count(&lab), 2_000);
    connect(&mut lab, &store);
    assert_eq!(count(&lab), 0);
    assert_eq!(key_state(&mut lab, &key), "Enabled");
}

#[test]
fn the_reason_of_a_failed_connection_is_told_where_it_is_met() {
    let mut lab = Lab::new();
    let store = lab.key_store();
    let key = key_in(&mut lab, &store);
    disconnect(&mut lab, &store);
    put(&mut lab, &store, Connection::Failed(ConnectionErrorCode::USER_LOGGED_IN));
    let connecting = why(on(&mut lab, "ConnectCustomKeyStore", &store));
    let using = why(lab.kms(A, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": "aGk="})));
    for told in [connecting, using] {
        for part in ["is FAILED", "USER_LOGGED_IN: somebody is logged in", "log kmsuser out", "disconnected before anything else"] {
            assert!(told.contains(part), "{told}");
        }
    }
}
