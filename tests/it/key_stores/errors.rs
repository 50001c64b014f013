//! Every error of the operations on custom key stores, brought about by what a world says.

use super::external::{self, SECRET, in_vpc, new_key, proxy, request, service, vpc_request};
use super::{connect, put};
use crate::lab::{A, Lab, why};
use kmsprep::kms::{Connection, ConnectionErrorCode, HsmCluster, XksProxy};
use serde_json::{Value, json};

/// A situation, a call in it, and the code that answers.
type Case = (&'static str, &'static str, fn(&mut Lab) -> Value);

fn cluster(lab: &mut Lab, letter: char) -> &mut HsmCluster {
    let id = lab.cluster(letter);
    lab.world.kms.key_stores.cluster_mut(&id).unwrap()
}

fn last_proxy(lab: &mut Lab) -> &mut XksProxy {
    lab.world.kms.key_stores.proxies_mut().last_mut().unwrap()
}

fn on_cluster(letter: char) -> Value {
    json!({
        "CustomKeyStoreName": format!("store {letter}"),
        "CloudHsmClusterId": format!("cluster-{}", String::from(letter).repeat(11)),
        "KeyStorePassword": "kmsuser-1",
        "TrustAnchorCertificate": format!("certificate {letter}"),
    })
}

fn with(mut request: Value, member: &str, value: Value) -> Value {
    request[member] = value;
    request
}

fn without(mut request: Value, member: &str) -> Value {
    request.as_object_mut().unwrap().remove(member).unwrap();
    request
}

/// A proxy with a trouble, and the request that meets it.
fn troubled(lab: &mut Lab, code: ConnectionErrorCode) -> Value {
    proxy(lab, "one");
    last_proxy(lab).trouble = Some(code);
    request("one")
}

const CREATE: &[Case] = &[
    ("CreateCustomKeyStore", "CloudHsmClusterNotFoundException", |_| on_cluster('a')),
    ("CreateCustomKeyStore", "CloudHsmClusterNotActiveException", |lab| {
        cluster(lab, 'a').active = false;
        on_cluster('a')
    }),
    ("CreateCustomKeyStore", "CloudHsmClusterInvalidConfigurationException", |lab| {
        cluster(lab, 'a').network_fits = false;
        on_cluster('a')
    }),
    ("CreateCustomKeyStore", "CloudHsmClusterInvalidConfigurationException", |lab| {
        // Two HSMs in one Availability Zone are not enough.
        cluster(lab, 'a').hsms = vec!["us-east-1a".into(), "us-east-1a".into()];
        on_cluster('a')
    }),
    ("CreateCustomKeyStore", "CloudHsmClusterInUseException", |lab| {
        lab.new_key_store('a');
        with(on_cluster('a'), "CustomKeyStoreName", json!("again"))
    }),
    ("CreateCustomKeyStore", "CloudHsmClusterInUseException", |lab| {
        lab.new_key_store('a');
        cluster(lab, 'b').backup_of = Some("cluster-aaaaaaaaaaa".into());
        on_cluster('b')
    }),
    ("CreateCustomKeyStore", "IncorrectTrustAnchorException", |lab| {
        lab.cluster('a');
        with(on_cluster('a'), "TrustAnchorCertificate", json!("another"))
    }),
    ("CreateCustomKeyStore", "CustomKeyStoreNameInUseException", |lab| {
        lab.new_key_store('a');
        lab.cluster('b');
        with(on_cluster('b'), "CustomKeyStoreName", json!("store a"))
    }),
    ("CreateCustomKeyStore", "LimitExceededException", |lab| {
        for letter in 'a'..='j' {
            lab.new_key_store(letter);
        }
        lab.cluster('k');
        on_cluster('k')
    }),
    ("CreateCustomKeyStore", "ValidationException", |_| without(on_cluster('a'), "KeyStorePassword")),
    ("CreateCustomKeyStore", "ValidationException", |_| without(on_cluster('a'), "CloudHsmClusterId")),
    ("CreateCustomKeyStore", "ValidationException", |_| without(on_cluster('a'), "TrustAnchorCertificate")),
    ("CreateCustomKeyStore", "ValidationException", |_| with(on_cluster('a'), "XksProxyUriPath", json!("/kms/xks/v1"))),
    ("CreateCustomKeyStore", "ValidationException", |_| without(request("one"), "XksProxyConnectivity")),
    ("CreateCustomKeyStore", "ValidationException", |_| without(request("one"), "XksProxyUriEndpoint")),
    ("CreateCustomKeyStore", "ValidationException", |_| without(request("one"), "XksProxyUriPath")),
    ("CreateCustomKeyStore", "ValidationException", |_| without(request("one"), "XksProxyAuthenticationCredential")),
    ("CreateCustomKeyStore", "ValidationException", |_| with(request("one"), "KeyStorePassword", json!("kmsuser-1"))),
    ("CreateCustomKeyStore", "ValidationException", |_| without(vpc_request("one", "one"), "XksProxyVpcEndpointServiceName")),
    ("CreateCustomKeyStore", "ValidationException", |_| with(request("one"), "XksProxyVpcEndpointServiceName", json!(service("one")))),
    ("CreateCustomKeyStore", "ValidationException", |_| {
        with(request("one"), "XksProxyAuthenticationCredential", json!({"AccessKeyId": "short", "RawSecretAccessKey": SECRET}))
    }),
    ("CreateCustomKeyStore", "XksProxyUriUnreachableException", |_| request("one")),
    ("CreateCustomKeyStore", "XksProxyUriUnreachableException", |lab| troubled(lab, ConnectionErrorCode::XKS_PROXY_NOT_REACHABLE)),
    ("CreateCustomKeyStore", "XksProxyUriUnreachableException", |lab| troubled(lab, ConnectionErrorCode::XKS_PROXY_TIMED_OUT)),
    ("CreateCustomKeyStore", "XksProxyUriUnreachableException", |lab| {
        // A proxy in a VPC does not answer on the internet.
        proxy(lab, "one");
        in_vpc(lab, "one");
        request("one")
    }),
    ("CreateCustomKeyStore", "KMSInternalException", |lab| troubled(lab, ConnectionErrorCode::INTERNAL_ERROR)),
    ("CreateCustomKeyStore", "XksProxyInvalidResponseException", |lab| troubled(lab, ConnectionErrorCode::XKS_PROXY_INVALID_RESPONSE)),
    ("CreateCustomKeyStore", "XksProxyInvalidConfigurationException", |lab| {
        troubled(lab, ConnectionErrorCode::XKS_PROXY_INVALID_TLS_CONFIGURATION)
    }),
    ("CreateCustomKeyStore", "XksProxyInvalidConfigurationException", |lab| {
        proxy(lab, "one");
        with(request("one"), "XksProxyUriPath", json!("/other/kms/xks/v1"))
    }),
    ("CreateCustomKeyStore", "XksProxyIncorrectAuthenticationCredentialException", |lab| {
        proxy(lab, "one");
        last_proxy(lab).credential.access_key_id = "A".repeat(20);
        request("one")
    }),
    ("CreateCustomKeyStore", "XksProxyUriInUseException", |lab| {
        external::external_store(lab, "one");
        with(request("one"), "CustomKeyStoreName", json!("again"))
    }),
    ("CreateCustomKeyStore", "XksProxyUriEndpointInUseException", |lab| {
        // A public key store cannot have the host name of one in a VPC.
        proxy(lab, "one");
        in_vpc(lab, "one");
        super::done(lab, "CreateCustomKeyStore", vpc_request("one", "one"));
        with(with(request("one"), "CustomKeyStoreName", json!("again")), "XksProxyUriPath", json!("/other/kms/xks/v1"))
    }),
    ("CreateCustomKeyStore", "XksProxyVpcEndpointServiceInUseException", |lab| {
        proxy(lab, "one");
        in_vpc(lab, "one");
        super::done(lab, "CreateCustomKeyStore", vpc_request("one", "one"));
        proxy(lab, "two");
        in_vpc(lab, "one");
        vpc_request("two", "one")
    }),
    ("CreateCustomKeyStore", "XksProxyVpcEndpointServiceNotFoundException", |_| vpc_request("one", "one")),
    ("CreateCustomKeyStore", "XksProxyVpcEndpointServiceNotFoundException", |lab| {
        proxy(lab, "one");
        in_vpc(lab, "one");
        with(vpc_request("one", "one"), "XksProxyVpcEndpointServiceOwner", json!("333333333333"))
    }),
    ("CreateCustomKeyStore", "XksProxyVpcEndpointServiceInvalidConfigurationException", |lab| {
        proxy(lab, "one");
        in_vpc(lab, "one");
        last_proxy(lab).vpc_endpoint_service.as_mut().unwrap().fits = false;
        vpc_request("one", "one")
    }),
    ("CreateCustomKeyStore", "XksProxyVpcEndpointServiceInvalidConfigurationException", |lab| {
        // The endpoint is not the private DNS name of the service.
        proxy(lab, "one");
        in_vpc(lab, "one");
        with(vpc_request("one", "one"), "XksProxyUriEndpoint", json!("https://other.example.com"))
    }),
];

/// A CloudHSM key store and a request that changes it.
fn change(lab: &mut Lab, member: &str, value: Value) -> Value {
    let store = lab.new_key_store('a');
    with(json!({"CustomKeyStoreId": store}), member, value)
}

/// An external key store and a request that changes it.
fn change_external(lab: &mut Lab, member: &str, value: Value) -> Value {
    let store = external::external_store(lab, "one");
    with(json!({"CustomKeyStoreId": store}), member, value)
}

/// A request that moves an external key store behind a VPC endpoint service.
fn into_vpc(lab: &mut Lab, name: &str, service_name: &str) -> Value {
    let request = change_external(lab, "XksProxyConnectivity", json!("VPC_ENDPOINT_SERVICE"));
    let request = with(request, "XksProxyUriEndpoint", json!(format!("https://{name}.example.com")));
    with(request, "XksProxyVpcEndpointServiceName", json!(service(service_name)))
}

const UPDATE: &[Case] = &[
    ("UpdateCustomKeyStore", "CustomKeyStoreNotFoundException", |_| json!({"CustomKeyStoreId": "cks-0"})),
    ("UpdateCustomKeyStore", "CustomKeyStoreNameInUseException", |lab| {
        lab.new_key_store('b');
        change(lab, "NewCustomKeyStoreName", json!("store b"))
    }),
    ("UpdateCustomKeyStore", "CustomKeyStoreInvalidStateException", |lab| {
        let store = lab.key_store();
        json!({"CustomKeyStoreId": store, "KeyStorePassword": "kmsuser-2"})
    }),
    ("UpdateCustomKeyStore", "CloudHsmClusterNotFoundException", |lab| change(lab, "CloudHsmClusterId", json!("cluster-ccccccccccc"))),
    ("UpdateCustomKeyStore", "CloudHsmClusterNotRelatedException", |lab| {
        lab.cluster('b');
        change(lab, "CloudHsmClusterId", json!("cluster-bbbbbbbbbbb"))
    }),
    ("UpdateCustomKeyStore", "CloudHsmClusterNotActiveException", |lab| {
        let new = cluster(lab, 'b');
        (new.active, new.backup_of) = (false, Some("cluster-aaaaaaaaaaa".into()));
        change(lab, "CloudHsmClusterId", json!("cluster-bbbbbbbbbbb"))
    }),
    ("UpdateCustomKeyStore", "CloudHsmClusterInvalidConfigurationException", |lab| {
        let new = cluster(lab, 'b');
        new.backup_of = Some("cluster-aaaaaaaaaaa".into());
        new.hsms.truncate(1);
        change(lab, "CloudHsmClusterId", json!("cluster-bbbbbbbbbbb"))
    }),
    ("UpdateCustomKeyStore", "ValidationException", |lab| change(lab, "XksProxyUriPath", json!("/kms/xks/v1"))),
    ("UpdateCustomKeyStore", "ValidationException", |lab| change_external(lab, "KeyStorePassword", json!("kmsuser-1"))),
    ("UpdateCustomKeyStore", "XksProxyUriUnreachableException", |lab| {
        change_external(lab, "XksProxyUriEndpoint", json!("https://nowhere.example.com"))
    }),
    ("UpdateCustomKeyStore", "XksProxyInvalidConfigurationException", |lab| {
        change_external(lab, "XksProxyUriPath", json!("/other/kms/xks/v1"))
    }),
    ("UpdateCustomKeyStore", "KMSInternalException", |lab| {
        let request = change_external(lab, "XksProxyUriPath", json!("/kms/xks/v1"));
        last_proxy(lab).trouble = Some(ConnectionErrorCode::INTERNAL_ERROR);
        request
    }),
    ("UpdateCustomKeyStore", "XksProxyInvalidResponseException", |lab| {
        let request = change_external(lab, "XksProxyUriPath", json!("/kms/xks/v1"));
        last_proxy(lab).trouble = Some(ConnectionErrorCode::XKS_PROXY_INVALID_RESPONSE);
        request
    }),
    ("UpdateCustomKeyStore", "XksProxyIncorrectAuthenticationCredentialException", |lab| {
        let credential = json!({"AccessKeyId": "A".repeat(20), "RawSecretAccessKey": SECRET});
        change_external(lab, "XksProxyAuthenticationCredential", credential)
    }),
    ("UpdateCustomKeyStore", "XksProxyUriInUseException", |lab| {
        external::external_store(lab, "two");
        change_external(lab, "XksProxyUriEndpoint", json!("https://two.example.com"))
    }),
    ("UpdateCustomKeyStore", "XksProxyUriEndpointInUseException", |lab| {
        proxy(lab, "two");
        in_vpc(lab, "two");
        super::done(lab, "CreateCustomKeyStore", vpc_request("two", "two"));
        let request = change_external(lab, "XksProxyUriEndpoint", json!("https://two.example.com"));
        with(request, "XksProxyUriPath", json!("/other/kms/xks/v1"))
    }),
    ("UpdateCustomKeyStore", "XksProxyVpcEndpointServiceInUseException", |lab| {
        proxy(lab, "two");
        in_vpc(lab, "two");
        super::done(lab, "CreateCustomKeyStore", vpc_request("two", "two"));
        into_vpc(lab, "three", "two")
    }),
    ("UpdateCustomKeyStore", "XksProxyVpcEndpointServiceNotFoundException", |lab| into_vpc(lab, "two", "two")),
    ("UpdateCustomKeyStore", "XksProxyVpcEndpointServiceInvalidConfigurationException", |lab| {
        proxy(lab, "two");
        in_vpc(lab, "two");
        last_proxy(lab).vpc_endpoint_service.as_mut().unwrap().fits = false;
        into_vpc(lab, "two", "two")
    }),
];

fn named(lab: &mut Lab) -> Value {
    let store = lab.new_key_store('a');
    json!({"CustomKeyStoreId": store})
}

fn connected(lab: &mut Lab) -> Value {
    let store = lab.key_store();
    json!({"CustomKeyStoreId": store})
}

fn key_in_store(lab: &mut Lab) -> String {
    let store = lab.key_store();
    super::key_in(lab, &store)
}

fn key_in_external(lab: &mut Lab, external_key: &str) -> Value {
    let store = external::external_store(lab, "one");
    connect(lab, &store);
    new_key(&store, external_key)
}

const OTHERS: &[Case] = &[
    ("ConnectCustomKeyStore", "CustomKeyStoreNotFoundException", |_| json!({"CustomKeyStoreId": "cks-0"})),
    ("ConnectCustomKeyStore", "CloudHsmClusterNotActiveException", |lab| {
        let request = named(lab);
        cluster(lab, 'a').active = false;
        request
    }),
    ("ConnectCustomKeyStore", "CloudHsmClusterInvalidConfigurationException", |lab| {
        let request = named(lab);
        cluster(lab, 'a').network_fits = false;
        request
    }),
    ("ConnectCustomKeyStore", "CustomKeyStoreInvalidStateException", |lab| {
        let request = named(lab);
        put(lab, request["CustomKeyStoreId"].as_str().unwrap(), Connection::Failed(ConnectionErrorCode::NETWORK_ERRORS));
        request
    }),
    ("DisconnectCustomKeyStore", "CustomKeyStoreNotFoundException", |_| json!({"CustomKeyStoreId": "cks-0"})),
    ("DisconnectCustomKeyStore", "CustomKeyStoreInvalidStateException", named),
    ("DeleteCustomKeyStore", "CustomKeyStoreNotFoundException", |_| json!({"CustomKeyStoreId": "cks-0"})),
    ("DeleteCustomKeyStore", "CustomKeyStoreInvalidStateException", connected),
    ("DeleteCustomKeyStore", "CustomKeyStoreHasCMKsException", |lab| {
        let request = connected(lab);
        super::key_in(lab, request["CustomKeyStoreId"].as_str().unwrap());
        lab.disconnect_key_store();
        request
    }),
    ("DescribeCustomKeyStores", "CustomKeyStoreNotFoundException", |_| json!({"CustomKeyStoreId": "cks-0"})),
    ("DescribeCustomKeyStores", "CustomKeyStoreNotFoundException", |_| json!({"CustomKeyStoreName": "none"})),
    ("DescribeCustomKeyStores", "InvalidMarkerException", |_| json!({"Marker": "none"})),
    ("DescribeCustomKeyStores", "ValidationException", |_| json!({"CustomKeyStoreName": "none", "CustomKeyStoreId": "cks-0"})),
    ("GenerateRandom", "CustomKeyStoreNotFoundException", |_| json!({"NumberOfBytes": 8, "CustomKeyStoreId": "cks-0"})),
    ("GenerateRandom", "CustomKeyStoreInvalidStateException", |lab| with(named(lab), "NumberOfBytes", json!(8))),
    ("GenerateRandom", "DependencyTimeoutException", |lab| {
        let request = connected(lab);
        cluster(lab, 'a').hsms.clear();
        with(request, "NumberOfBytes", json!(8))
    }),
    ("GenerateRandom", "UnsupportedOperationException", |lab| {
        let store = external::external_store(lab, "one");
        json!({"NumberOfBytes": 8, "CustomKeyStoreId": store})
    }),
    ("CreateKey", "CustomKeyStoreNotFoundException", |_| json!({"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-0"})),
    ("CreateKey", "CustomKeyStoreInvalidStateException", |lab| with(named(lab), "Origin", json!("AWS_CLOUDHSM"))),
    ("CreateKey", "CustomKeyStoreInvalidStateException", |lab| {
        // A key store that is connected and whose proxy is gone.
        let request = key_in_external(lab, "good");
        last_proxy(lab).trouble = Some(ConnectionErrorCode::XKS_PROXY_TIMED_OUT);
        request
    }),
    ("CreateKey", "CloudHsmClusterInvalidConfigurationException", |lab| {
        let request = with(connected(lab), "Origin", json!("AWS_CLOUDHSM"));
        cluster(lab, 'a').hsms.truncate(1);
        request
    }),
    ("CreateKey", "UnsupportedOperationException", |lab| {
        let request = with(connected(lab), "Origin", json!("EXTERNAL_KEY_STORE"));
        with(request, "XksKeyId", json!("good"))
    }),
    ("CreateKey", "UnsupportedOperationException", |lab| {
        let request = with(connected(lab), "Origin", json!("AWS_CLOUDHSM"));
        with(request, "MultiRegion", json!(true))
    }),
    ("GenerateDataKeyPair", "UnsupportedOperationException", |lab| json!({"KeyId": key_in_store(lab), "KeyPairSpec": "ECC_NIST_P256"})),
    (
        "GenerateDataKeyPairWithoutPlaintext",
        "UnsupportedOperationException",
        |lab| json!({"KeyId": key_in_store(lab), "KeyPairSpec": "ECC_NIST_P256"}),
    ),
    ("CreateKey", "XksKeyNotFoundException", |lab| key_in_external(lab, "none")),
    ("CreateKey", "XksKeyInvalidConfigurationException", |lab| key_in_external(lab, "off")),
    ("CreateKey", "XksKeyInvalidConfigurationException", |lab| key_in_external(lab, "rsa")),
    ("CreateKey", "XksKeyAlreadyInUseException", |lab| {
        let request = key_in_external(lab, "good");
        lab.key_of(request.clone());
        request
    }),
];

/// Brings about every error that custom key stores have, and notes the operation and the code that it answered.
pub(crate) fn provoke_all(mut note: impl FnMut(&'static str, String)) {
    for (operation, _, prepare) in CREATE.iter().chain(UPDATE).chain(OTHERS) {
        let mut lab = Lab::new();
        let members = prepare(&mut lab);
        if let Err(error) = lab.kms(A, "Admin", operation, members) {
            note(operation, error.code.to_string());
        }
    }
}

#[test]
fn every_error_follows_from_what_the_world_says() {
    for (operation, expected, prepare) in CREATE.iter().chain(UPDATE).chain(OTHERS) {
        let mut lab = Lab::new();
        let members = prepare(&mut lab);
        let outcome = lab.kms(A, "Admin", operation, members.clone());
        let error = outcome.expect_err(expected);
        assert_eq!(error.code, *expected, "{operation} {members}: {error}");
        let fault = matches!(*expected, "KMSInternalException" | "DependencyTimeoutException");
        assert_eq!(error.http_status, if fault { 500 } else { 400 }, "{operation} {expected}");
        // AWS's codes say little; a constraint says all there is to say, anything else has a reason that teaches.
        if !matches!(error.code.as_ref(), "ValidationException") {
            assert!(why(Err(error)).len() > 20, "{operation} {expected} gives no reason");
        }
        assert!(!format!("{:?}", lab.kms(A, "Admin", operation, members)).contains(SECRET));
    }
}

#[test]
fn each_kind_of_permission_is_asked_for() {
    let mut lab = Lab::new();
    lab.cluster('a');
    let allow = |actions: Value| json!({"Effect": "Allow", "Action": actions, "Resource": "*"});
    lab.role(A, "App", &[allow(json!(["kms:CreateCustomKeyStore"]))]);
    let told = why(lab.kms(A, "App", "CreateCustomKeyStore", on_cluster('a')));
    assert!(told.contains("cloudhsm:DescribeClusters"), "{told}");
    let all = json!(["kms:CreateCustomKeyStore", "cloudhsm:DescribeClusters", "iam:CreateServiceLinkedRole"]);
    lab.role(A, "App", &[allow(all)]);
    lab.kms(A, "App", "CreateCustomKeyStore", on_cluster('a')).unwrap();
    // An external key store on the internet asks for nothing else.
    proxy(&mut lab, "one");
    lab.role(A, "App", &[allow(json!(["kms:CreateCustomKeyStore"]))]);
    lab.kms(A, "App", "CreateCustomKeyStore", request("one")).unwrap();
}
