//! External key stores.

use super::{connect, disconnect, done, key_state, on, shown, state};
use crate::lab::{A, Lab, code, why};
use kmsprep::cloud::{AccountId, Duration, Region};
use kmsprep::kms::{Connection, ConnectionErrorCode, ExternalKey, VpcEndpointService, XksProxy, XksProxyAuthenticationCredential};
use serde_json::{Value, json};

pub(super) const ACCESS_KEY: &str = "ABCDEFGHIJKLMNOPQRST";
pub(super) const SECRET: &str = "SecretSecretSecretSecretSecretSecretSecret+1";

/// A proxy on the internet at `https://NAME.example.com` with three keys.
pub(super) fn proxy(lab: &mut Lab, name: &str) {
    let keys = [("good", ExternalKey::Enabled), ("off", ExternalKey::Disabled), ("rsa", ExternalKey::Unsuitable)];
    lab.world.kms.key_stores.add_proxy(XksProxy {
        uri_endpoint: format!("https://{name}.example.com"),
        uri_path: "/kms/xks/v1".into(),
        vpc_endpoint_service: None,
        credential: XksProxyAuthenticationCredential { access_key_id: ACCESS_KEY.into(), raw_secret_access_key: SECRET.into() },
        keys: keys.into_iter().map(|(id, key)| (id.to_owned(), key)).collect(),
        trouble: None,
    });
}

/// Puts the last proxy behind a VPC endpoint service `NAME` of account A.
pub(super) fn in_vpc(lab: &mut Lab, name: &str) {
    let service = VpcEndpointService {
        name: service(name),
        owner: AccountId::parse(A).unwrap(),
        region: Region::parse(lab.region).unwrap(),
        fits: true,
    };
    lab.world.kms.key_stores.proxies_mut().last_mut().unwrap().vpc_endpoint_service = Some(service);
}

pub(super) fn service(name: &str) -> String {
    format!("com.amazonaws.vpce.us-east-1.vpce-svc-{name}")
}

/// The request that makes a key store for the proxy.
pub(super) fn request(name: &str) -> Value {
    json!({
        "CustomKeyStoreName": name,
        "CustomKeyStoreType": "EXTERNAL_KEY_STORE",
        "XksProxyConnectivity": "PUBLIC_ENDPOINT",
        "XksProxyUriEndpoint": format!("https://{name}.example.com"),
        "XksProxyUriPath": "/kms/xks/v1",
        "XksProxyAuthenticationCredential": {"AccessKeyId": ACCESS_KEY, "RawSecretAccessKey": SECRET},
    })
}

pub(super) fn vpc_request(name: &str, service_name: &str) -> Value {
    let mut request = request(name);
    request["XksProxyConnectivity"] = json!("VPC_ENDPOINT_SERVICE");
    request["XksProxyVpcEndpointServiceName"] = json!(service(service_name));
    request
}

/// A key store on a fresh proxy, not connected.
pub(super) fn external_store(lab: &mut Lab, name: &str) -> String {
    proxy(lab, name);
    let made = done(lab, "CreateCustomKeyStore", request(name));
    made["CustomKeyStoreId"].as_str().unwrap().to_owned()
}

pub(super) fn new_key(store: &str, external: &str) -> Value {
    json!({"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": store, "XksKeyId": external})
}

#[test]
fn an_external_key_store_connects_in_five_minutes_and_its_keys_name_external_ones() {
    let mut lab = Lab::new();
    let store = external_store(&mut lab, "one");
    on(&mut lab, "ConnectCustomKeyStore", &store).unwrap();
    lab.world.advance(Duration::minutes(4));
    assert_eq!(state(&mut lab, &store), "CONNECTING");
    lab.world.advance(Duration::minutes(1));
    let entry = shown(&mut lab, &store);
    assert_eq!(entry["ConnectionState"], "CONNECTED");
    let configuration = json!({
        "Connectivity": "PUBLIC_ENDPOINT",
        "AccessKeyId": ACCESS_KEY,
        "UriEndpoint": "https://one.example.com",
        "UriPath": "/kms/xks/v1",
    });
    assert_eq!(entry["XksProxyConfiguration"], configuration);
    let key = lab.key_of(new_key(&store, "good"));
    let metadata = done(&mut lab, "DescribeKey", json!({"KeyId": key}))["KeyMetadata"].clone();
    assert_eq!(metadata["XksKeyConfiguration"], json!({"Id": "good"}));
    assert_eq!(metadata["Origin"], "EXTERNAL_KEY_STORE");
    let sealed = done(&mut lab, "Encrypt", json!({"KeyId": key, "Plaintext": "aGk="}))["CiphertextBlob"].clone();
    disconnect(&mut lab, &store);
    assert_eq!(key_state(&mut lab, &key), "Unavailable");
    connect(&mut lab, &store);
    assert_eq!(done(&mut lab, "Decrypt", json!({"CiphertextBlob": sealed}))["Plaintext"], "aGk=");
}

#[test]
fn an_external_key_serves_one_kms_key_until_that_is_gone() {
    let mut lab = Lab::new();
    let store = external_store(&mut lab, "one");
    connect(&mut lab, &store);
    let key = lab.key_of(new_key(&store, "good"));
    let again = |lab: &mut Lab| lab.kms(A, "Admin", "CreateKey", new_key(&store, "good"));
    assert_eq!(code(again(&mut lab)), "XksKeyAlreadyInUseException");
    done(&mut lab, "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7}));
    assert_eq!(code(again(&mut lab)), "XksKeyAlreadyInUseException");
    lab.advance(8);
    again(&mut lab).unwrap();
    // In another key store the same id is another key.
    let other = external_store(&mut lab, "two");
    connect(&mut lab, &other);
    lab.key_of(new_key(&other, "good"));
}

#[test]
fn whatever_is_wrong_outside_the_use_of_a_key_fails_in_the_same_way() {
    let mut lab = Lab::new();
    let store = external_store(&mut lab, "one");
    connect(&mut lab, &store);
    let key = lab.key_of(new_key(&store, "good"));
    let sound = lab.world.kms.key_stores.proxies()[0].clone();
    type Wrong = (&'static str, fn(&mut XksProxy));
    let wrongs: [Wrong; 5] = [
        ("does not answer within 250 milliseconds", |proxy| proxy.trouble = Some(ConnectionErrorCode::XKS_PROXY_TIMED_OUT)),
        ("does not accept the access key", |proxy| proxy.credential.raw_secret_access_key = "another".into()),
        ("needs the external key `good`", |proxy| proxy.keys.clear()),
        ("needs the external key `good`", |proxy| *proxy.keys.get_mut("good").unwrap() = ExternalKey::Disabled),
        ("no external key store proxy answers", |proxy| proxy.uri_endpoint = "https://moved.example.com".into()),
    ];
    for (told, wrong) in wrongs {
        wrong(&mut lab.world.kms.key_stores.proxies_mut()[0]);
        let refused = lab.kms(A, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": "aGk="}));
        assert_eq!(refused.as_ref().unwrap_err().code, "KMSInvalidStateException");
        assert!(why(refused).contains(told), "{told}");
        // The key and its store know nothing of it.
        assert_eq!((key_state(&mut lab, &key), state(&mut lab, &store)), ("Enabled".into(), "CONNECTED".into()));
        lab.world.kms.key_stores.proxies_mut()[0] = sound.clone();
    }
    done(&mut lab, "Encrypt", json!({"KeyId": key, "Plaintext": "aGk="}));
}

#[test]
fn a_rotated_credential_is_told_to_a_connected_key_store() {
    let mut lab = Lab::new();
    let store = external_store(&mut lab, "one");
    connect(&mut lab, &store);
    let fresh = XksProxyAuthenticationCredential { access_key_id: "Z".repeat(20), raw_secret_access_key: "z".repeat(43) };
    lab.world.kms.key_stores.proxies_mut()[0].credential = fresh;
    let update = json!({
        "CustomKeyStoreId": store,
        "XksProxyAuthenticationCredential": {"AccessKeyId": "Z".repeat(20), "RawSecretAccessKey": "z".repeat(43)},
    });
    done(&mut lab, "UpdateCustomKeyStore", update);
    assert_eq!(shown(&mut lab, &store)["XksProxyConfiguration"]["AccessKeyId"], "Z".repeat(20));
    assert_eq!(state(&mut lab, &store), "CONNECTED");
    lab.key_of(new_key(&store, "good"));
    // The endpoint is another matter.
    let moved = json!({"CustomKeyStoreId": store, "XksProxyUriEndpoint": "https://two.example.com"});
    assert_eq!(code(lab.kms(A, "Admin", "UpdateCustomKeyStore", moved.clone())), "CustomKeyStoreInvalidStateException");
    disconnect(&mut lab, &store);
    assert_eq!(code(lab.kms(A, "Admin", "UpdateCustomKeyStore", moved.clone())), "XksProxyUriUnreachableException");
    lab.world.kms.key_stores.proxies_mut()[0].uri_endpoint = "https://two.example.com".into();
    done(&mut lab, "UpdateCustomKeyStore", moved);
}

#[test]
fn changing_the_connectivity_takes_a_new_endpoint_and_a_service() {
    let mut lab = Lab::new();
    let store = external_store(&mut lab, "one");
    proxy(&mut lab, "private");
    in_vpc(&mut lab, "private");
    let refused = |lab: &mut Lab, more: Value| {
        let mut request = json!({"CustomKeyStoreId": store, "XksProxyConnectivity": "VPC_ENDPOINT_SERVICE"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        lab.kms(A, "Admin", "UpdateCustomKeyStore", request)
    };
    let endpoint = json!("https://private.example.com");
    let message = refused(&mut lab, json!({})).unwrap_err().message;
    assert!(message.contains("'xksProxyUriEndpoint'"), "{message}");
    let message = refused(&mut lab, json!({"XksProxyUriEndpoint": endpoint})).unwrap_err().message;
    assert!(message.contains("'xksProxyVpcEndpointServiceName'"), "{message}");
    refused(&mut lab, json!({"XksProxyUriEndpoint": endpoint, "XksProxyVpcEndpointServiceName": service("private")})).unwrap();
    let shown = shown(&mut lab, &store)["XksProxyConfiguration"].clone();
    assert_eq!(shown["VpcEndpointServiceName"], service("private"));
    assert_eq!(shown["VpcEndpointServiceOwner"], A);
    // Back again, the service is forgotten.
    let back =
        json!({"CustomKeyStoreId": store, "XksProxyConnectivity": "PUBLIC_ENDPOINT", "XksProxyUriEndpoint": "https://one.example.com"});
    done(&mut lab, "UpdateCustomKeyStore", back);
    assert_eq!(super::shown(&mut lab, &store)["XksProxyConfiguration"].get("VpcEndpointServiceName"), None);
}

#[test]
fn in_a_vpc_the_proxy_is_tried_when_the_key_store_is_connected() {
    let mut lab = Lab::new();
    proxy(&mut lab, "private");
    in_vpc(&mut lab, "private");
    lab.world.kms.key_stores.proxies_mut()[0].trouble = Some(ConnectionErrorCode::XKS_PROXY_INVALID_RESPONSE);
    let made = done(&mut lab, "CreateCustomKeyStore", vpc_request("private", "private"));
    let store = made["CustomKeyStoreId"].as_str().unwrap().to_owned();
    connect(&mut lab, &store);
    assert_eq!(shown(&mut lab, &store)["ConnectionErrorCode"], "XKS_PROXY_INVALID_RESPONSE");
    // A service of another account is found only under its owner's id.
    disconnect(&mut lab, &store);
    let proxy = &mut lab.world.kms.key_stores.proxies_mut()[0];
    proxy.trouble = None;
    proxy.vpc_endpoint_service.as_mut().unwrap().owner = AccountId::parse("333333333333").unwrap();
    connect(&mut lab, &store);
    assert_eq!(shown(&mut lab, &store)["ConnectionErrorCode"], "XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND");
    disconnect(&mut lab, &store);
    done(&mut lab, "UpdateCustomKeyStore", json!({"CustomKeyStoreId": store, "XksProxyVpcEndpointServiceOwner": "333333333333"}));
    connect(&mut lab, &store);
    assert_eq!(lab.world.kms.key_stores.get(&store).unwrap().connection, Connection::Connected);
}

#[test]
fn a_key_of_another_kind_names_no_external_key() {
    let mut lab = Lab::new();
    let store = lab.key_store();
    for request in [json!({"XksKeyId": "good"}), json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": store, "XksKeyId": "good"})] {
        assert_eq!(code(lab.kms(A, "Admin", "CreateKey", request)), "ValidationException");
    }
    let other = external_store(&mut lab, "one");
    connect(&mut lab, &other);
    let nameless = json!({"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": other});
    assert_eq!(code(lab.kms(A, "Admin", "CreateKey", nameless)), "ValidationException");
}
