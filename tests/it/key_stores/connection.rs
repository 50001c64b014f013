//! Connections over time, and why they fail.

use super::{connect, disconnect, done, external, on, put, shown, state};
use crate::lab::{A, Lab, code};
use kmsprep::cloud::Duration;
use kmsprep::kms::{CONNECTION_ERRORS, Connection, ConnectionErrorCode, CustomKeyStoreType, HsmCluster};
use serde_json::json;
use std::collections::BTreeSet;

const CLUSTER: &str = "cluster-aaaaaaaaaaa";

fn cluster(lab: &mut Lab) -> &mut HsmCluster {
    lab.world.kms.key_stores.cluster_mut(CLUSTER).unwrap()
}

#[test]
fn connecting_and_disconnecting_take_time() {
    let mut lab = Lab::new();
    let store = lab.new_key_store('a');
    on(&mut lab, "ConnectCustomKeyStore", &store).unwrap();
    lab.world.advance(Duration::minutes(19));
    assert_eq!(state(&mut lab, &store), "CONNECTING");
    // Asking again neither fails nor starts anew.
    on(&mut lab, "ConnectCustomKeyStore", &store).unwrap();
    lab.world.advance(Duration::minutes(1));
    assert_eq!(state(&mut lab, &store), "CONNECTED");
    on(&mut lab, "ConnectCustomKeyStore", &store).unwrap();
    assert_eq!(state(&mut lab, &store), "CONNECTED");
    on(&mut lab, "DisconnectCustomKeyStore", &store).unwrap();
    lab.world.advance(Duration::seconds(59));
    assert_eq!(state(&mut lab, &store), "DISCONNECTING");
    lab.world.advance(Duration::seconds(1));
    assert_eq!(state(&mut lab, &store), "DISCONNECTED");
}

#[test]
fn a_connection_in_the_making_can_be_given_up() {
    let mut lab = Lab::new();
    let store = lab.new_key_store('a');
    on(&mut lab, "ConnectCustomKeyStore", &store).unwrap();
    lab.world.advance(Duration::minutes(19));
    disconnect(&mut lab, &store);
    assert_eq!(state(&mut lab, &store), "DISCONNECTED");
    lab.world.advance(Duration::minutes(30));
    assert_eq!(state(&mut lab, &store), "DISCONNECTED");
}

#[test]
fn each_operation_takes_the_connection_states_that_the_api_names() {
    let until = "2026-02-01T00:00:00Z".parse().unwrap();
    let states = [
        Connection::Disconnected,
        Connection::Connecting { until },
        Connection::Connected,
        Connection::Disconnecting { until },
        Connection::Failed(ConnectionErrorCode::NETWORK_ERRORS),
    ];
    let table = [
        ("ConnectCustomKeyStore", json!({}), [true, true, true, false, false]),
        ("DisconnectCustomKeyStore", json!({}), [false, true, true, false, true]),
        ("DeleteCustomKeyStore", json!({}), [true, false, false, false, false]),
        ("UpdateCustomKeyStore", json!({"NewCustomKeyStoreName": "new"}), [true; 5]),
        ("UpdateCustomKeyStore", json!({"KeyStorePassword": "kmsuser-2"}), [true, false, false, false, false]),
        ("UpdateCustomKeyStore", json!({"CloudHsmClusterId": CLUSTER}), [true, false, false, false, false]),
        ("CreateKey", json!({"Origin": "AWS_CLOUDHSM"}), [false, false, true, false, false]),
        ("GenerateRandom", json!({"NumberOfBytes": 8}), [false, false, true, false, false]),
        ("DescribeCustomKeyStores", json!({}), [true; 5]),
    ];
    for (operation, members, allowed) in table {
        for (connection, allowed) in states.into_iter().zip(allowed) {
            let mut lab = Lab::new();
            let store = lab.new_key_store('a');
            put(&mut lab, &store, connection);
            let mut request = members.clone();
            request["CustomKeyStoreId"] = json!(store);
            match lab.kms(A, "Admin", operation, request) {
                Ok(_) => assert!(allowed, "{operation} {connection:?}"),
                Err(error) => {
                    assert!(!allowed, "{operation} {connection:?}: {error}");
                    assert_eq!(error.code, "CustomKeyStoreInvalidStateException");
                    assert!(error.reason.unwrap().headline.contains(connection.state().name()));
                }
            }
        }
    }
    // Of an external key store the credential and the path may change in every state.
    for connection in states {
        let mut lab = Lab::new();
        let store = external::external_store(&mut lab, "one");
        put(&mut lab, &store, connection);
        let path = json!({"CustomKeyStoreId": store, "XksProxyUriPath": "/kms/xks/v1"});
        done(&mut lab, "UpdateCustomKeyStore", path);
        let endpoint = json!({"CustomKeyStoreId": store, "XksProxyUriEndpoint": "https://one.example.com"});
        assert_eq!(lab.kms(A, "Admin", "UpdateCustomKeyStore", endpoint).is_ok(), connection == Connection::Disconnected);
    }
}

/// The code that connecting ends in.
fn failure(lab: &mut Lab, store: &str) -> String {
    connect(lab, store);
    let entry = shown(lab, store);
    assert_eq!(entry["ConnectionState"], "FAILED", "{entry}");
    entry["ConnectionErrorCode"].as_str().unwrap().to_owned()
}

#[test]
fn every_connection_error_can_be_brought_about() {
    let mut seen = BTreeSet::new();
    let world_says = CONNECTION_ERRORS.iter().filter(|row| row.given);
    for row in world_says.clone().filter(|row| row.store != Some(CustomKeyStoreType::EXTERNAL_KEY_STORE)) {
        let mut lab = Lab::new();
        let store = lab.new_key_store('a');
        cluster(&mut lab).trouble = Some(row.code);
        assert_eq!(failure(&mut lab, &store), row.code.name());
        seen.insert(row.code);
    }
    for row in world_says.filter(|row| row.store != Some(CustomKeyStoreType::AWS_CLOUDHSM)) {
        let mut lab = Lab::new();
        let store = external::external_store(&mut lab, "one");
        lab.world.kms.key_stores.proxies_mut()[0].trouble = Some(row.code);
        assert_eq!(failure(&mut lab, &store), row.code.name());
        seen.insert(row.code);
    }
    type Wrong = (ConnectionErrorCode, fn(&mut Lab));
    let of_cluster: [Wrong; 3] = [
        (ConnectionErrorCode::CLUSTER_NOT_FOUND, |lab| lab.world.kms.key_stores.delete_cluster(CLUSTER)),
        (ConnectionErrorCode::INSUFFICIENT_CLOUDHSM_HSMS, |lab| cluster(lab).hsms.clear()),
        (ConnectionErrorCode::INVALID_CREDENTIALS, |lab| cluster(lab).change_password("kmsuser-2")),
    ];
    for (expected, wrong) in of_cluster {
        let mut lab = Lab::new();
        let store = lab.new_key_store('a');
        wrong(&mut lab);
        assert_eq!(failure(&mut lab, &store), expected.name());
        seen.insert(expected);
    }
    let of_proxy: [Wrong; 4] = [
        (ConnectionErrorCode::INVALID_CREDENTIALS, |lab| {
            lab.world.kms.key_stores.proxies_mut()[0].credential.access_key_id = "other".into();
        }),
        (ConnectionErrorCode::XKS_PROXY_INVALID_CONFIGURATION, |lab| {
            lab.world.kms.key_stores.proxies_mut()[0].uri_path = "/new/kms/xks/v1".into();
        }),
        (ConnectionErrorCode::XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND, |lab| {
            lab.world.kms.key_stores.proxies_mut()[0].vpc_endpoint_service.as_mut().unwrap().name = "other".into();
        }),
        (ConnectionErrorCode::XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION, |lab| {
            lab.world.kms.key_stores.proxies_mut()[0].vpc_endpoint_service.as_mut().unwrap().fits = false;
        }),
    ];
    for (expected, wrong) in of_proxy {
        let mut lab = Lab::new();
        external::proxy(&mut lab, "one");
        external::in_vpc(&mut lab, "one");
        let made = done(&mut lab, "CreateCustomKeyStore", external::vpc_request("one", "one"));
        wrong(&mut lab);
        assert_eq!(failure(&mut lab, made["CustomKeyStoreId"].as_str().unwrap()), expected.name());
        seen.insert(expected);
    }
    assert_eq!(seen.len(), ConnectionErrorCode::ALL.len());
}

#[test]
fn easily_seen_mistakes_fail_at_once_and_leave_it_disconnected() {
    for (expected, wrong) in [
        ("CloudHsmClusterNotActiveException", (|cluster| cluster.active = false) as fn(&mut HsmCluster)),
        ("CloudHsmClusterInvalidConfigurationException", |cluster| cluster.network_fits = false),
    ] {
        let mut lab = Lab::new();
        let store = lab.new_key_store('a');
        wrong(cluster(&mut lab));
        assert_eq!(code(on(&mut lab, "ConnectCustomKeyStore", &store)), expected);
        assert_eq!(state(&mut lab, &store), "DISCONNECTED");
    }
}

#[test]
fn kms_takes_over_the_password_and_a_changed_one_has_to_be_told() {
    let mut lab = Lab::new();
    let store = lab.key_store();
    assert_ne!(&*cluster(&mut lab).kmsuser_password, "kmsuser-1");
    // KMS knows its own password when it comes back.
    disconnect(&mut lab, &store);
    connect(&mut lab, &store);
    assert_eq!(state(&mut lab, &store), "CONNECTED");
    // While it is logged in, a change does no harm.
    cluster(&mut lab).change_password("kmsuser-2");
    let random = json!({"NumberOfBytes": 8, "CustomKeyStoreId": store});
    done(&mut lab, "GenerateRandom", random);
    disconnect(&mut lab, &store);
    assert_eq!(failure(&mut lab, &store), "INVALID_CREDENTIALS");
    // From FAILED the way leads over DISCONNECTED.
    assert_eq!(code(on(&mut lab, "ConnectCustomKeyStore", &store)), "CustomKeyStoreInvalidStateException");
    disconnect(&mut lab, &store);
    done(&mut lab, "UpdateCustomKeyStore", json!({"CustomKeyStoreId": store, "KeyStorePassword": "kmsuser-2"}));
    connect(&mut lab, &store);
    assert_eq!(state(&mut lab, &store), "CONNECTED");
}

#[test]
fn five_wrong_passwords_lock_kmsuser_out_until_the_password_is_changed() {
    let mut lab = Lab::new();
    let store = lab.new_key_store('a');
    cluster(&mut lab).change_password("kmsuser-2");
    for _ in 0..5 {
        assert_eq!(failure(&mut lab, &store), "INVALID_CREDENTIALS");
        disconnect(&mut lab, &store);
    }
    done(&mut lab, "UpdateCustomKeyStore", json!({"CustomKeyStoreId": store, "KeyStorePassword": "kmsuser-2"}));
    // The right password comes too late.
    assert_eq!(failure(&mut lab, &store), "USER_LOCKED_OUT");
    disconnect(&mut lab, &store);
    cluster(&mut lab).change_password("kmsuser-2");
    connect(&mut lab, &store);
    assert_eq!(state(&mut lab, &store), "CONNECTED");
}

#[test]
fn a_cluster_from_a_backup_takes_the_place_of_a_lost_one() {
    let mut lab = Lab::new();
    let store = lab.key_store();
    let key = super::key_in(&mut lab, &store);
    disconnect(&mut lab, &store);
    let restored = lab.cluster('b');
    let password = cluster(&mut lab).kmsuser_password.clone();
    let new = lab.world.kms.key_stores.cluster_mut(&restored).unwrap();
    new.backup_of = Some(CLUSTER.into());
    new.kmsuser_password = password;
    lab.world.kms.key_stores.delete_cluster(CLUSTER);
    done(&mut lab, "UpdateCustomKeyStore", json!({"CustomKeyStoreId": store, "CloudHsmClusterId": restored}));
    connect(&mut lab, &store);
    assert_eq!(state(&mut lab, &store), "CONNECTED");
    assert_eq!(done(&mut lab, "DescribeKey", json!({"KeyId": key}))["KeyMetadata"]["CloudHsmClusterId"], json!(restored));
}
