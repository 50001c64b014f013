//! That the tests call every operation and provoke every error.

use crate::server::{Server, repository};
use std::collections::BTreeSet;

/// The operations that a test calls with success.
const OPERATIONS: &[(&str, &str)] = &[
    ("life", "CreateKey DescribeKey ListKeys UpdateKeyDescription DisableKey EnableKey ScheduleKeyDeletion CancelKeyDeletion"),
    ("tags_and_policies", "TagResource UntagResource ListResourceTags GetKeyPolicy PutKeyPolicy ListKeyPolicies"),
    ("aliases", "CreateAlias UpdateAlias ListAliases DeleteAlias"),
    ("rotation", "EnableKeyRotation GetKeyRotationStatus DisableKeyRotation RotateKeyOnDemand ListKeyRotations"),
    ("grants", "CreateGrant ListGrants ListRetirableGrants RetireGrant RevokeGrant"),
    ("encryption", "Encrypt Decrypt ReEncrypt GetKeyLastUsage GenerateRandom"),
    ("data_keys", "GenerateDataKey GenerateDataKeyWithoutPlaintext GenerateDataKeyPair GenerateDataKeyPairWithoutPlaintext"),
    ("signatures", "Sign Verify GetPublicKey GenerateMac VerifyMac"),
    ("secrets", "DeriveSharedSecret Encapsulate Decapsulate"),
    ("import", "GetParametersForImport ImportKeyMaterial DeleteImportedKeyMaterial"),
    ("regions", "ReplicateKey UpdatePrimaryRegion"),
    (
        "key_stores",
        "CreateCustomKeyStore DescribeCustomKeyStores UpdateCustomKeyStore ConnectCustomKeyStore DisconnectCustomKeyStore \
         DeleteCustomKeyStore",
    ),
];

/// The errors that a test provokes.
const ERRORS: &[(&str, &str)] = &[
    ("states", "DisabledException KMSInvalidStateException NotFoundException InvalidArnException DryRunOperationException"),
    (
        "ciphertexts",
        "InvalidCiphertextException IncorrectKeyException InvalidKeyUsageException KMSInvalidSignatureException KMSInvalidMacException",
    ),
    ("names", "AlreadyExistsException InvalidAliasNameException LimitExceededException TagException MalformedPolicyDocumentException"),
    ("grants", "InvalidGrantTokenException InvalidGrantIdException InvalidMarkerException"),
    ("rotation", "UnsupportedOperationException ConflictException"),
    ("import", "InvalidImportTokenException ExpiredImportTokenException IncorrectKeyMaterialException"),
    (
        "clusters",
        "CloudHsmClusterNotFoundException CloudHsmClusterInUseException CloudHsmClusterNotActiveException CloudHsmClusterNotRelatedException \
         CloudHsmClusterInvalidConfigurationException IncorrectTrustAnchorException CustomKeyStoreNameInUseException \
         CustomKeyStoreNotFoundException CustomKeyStoreInvalidStateException CustomKeyStoreHasCMKsException DependencyTimeoutException",
    ),
    (
        "proxies",
        "XksProxyUriUnreachableException XksProxyInvalidResponseException XksProxyInvalidConfigurationException XksProxyUriInUseException \
         XksProxyIncorrectAuthenticationCredentialException KMSInternalException",
    ),
    (
        "endpoint_services",
        "XksProxyVpcEndpointServiceNotFoundException XksProxyVpcEndpointServiceInvalidConfigurationException \
         XksProxyVpcEndpointServiceInUseException XksProxyUriEndpointInUseException",
    ),
    ("keys_outside", "XksKeyNotFoundException XksKeyInvalidConfigurationException XksKeyAlreadyInUseException"),
];

/// A passing fault inside of AWS: no request to the model leads to it.
const OUT_OF_REACH: &str = "KeyUnavailableException";

fn row<'a>(table: &[(&str, &'a str)], test: &str) -> BTreeSet<&'a str> {
    table.iter().find(|(name, _)| *name == test).unwrap().1.split_whitespace().collect()
}

/// The test has called its operations with success, as the trail of its server shows.
#[track_caller]
pub fn called(server: &Server, test: &str) {
    let trail = server.trail();
    let good = trail.iter().filter(|record| record.get("errorCode").is_none());
    let names: BTreeSet<_> = good.filter_map(|record| record["eventName"].as_str()).collect();
    let missing: Vec<_> = row(OPERATIONS, test).difference(&names).copied().collect();
    assert!(missing.is_empty(), "not called: {missing:?}");
}

/// The test has provoked its errors; `seen` has the names of the SDK's variants.
#[track_caller]
pub fn provoked(seen: &[&str], test: &str) {
    let is_seen = |error: &str| seen.iter().any(|name| name.eq_ignore_ascii_case(error));
    let missing: Vec<_> = row(ERRORS, test).into_iter().filter(|error| !is_seen(error)).collect();
    assert!(missing.is_empty(), "not provoked: {missing:?}");
}

/// The rows of the model's table of operations: the name of each, and its errors.
fn operations() -> Vec<(String, String)> {
    let table = std::fs::read_to_string(repository("src/kms/tables/operations.csv")).unwrap();
    let rows = table.lines().filter(|line| !line.starts_with('#')).skip(1);
    rows.map(|line| (line.split(',').next().unwrap().to_owned(), line.rsplit(',').next().unwrap().to_owned())).collect()
}

/// The operations for which the API lists an error.
pub fn operations_with(error: &str) -> BTreeSet<String> {
    let rows = operations().into_iter();
    rows.filter(|(_, errors)| errors.split_whitespace().any(|name| name == error)).map(|(name, _)| name).collect()
}

fn listed(table: &[(&str, &str)]) -> BTreeSet<String> {
    table.iter().flat_map(|(_, names)| names.split_whitespace()).map(str::to_owned).collect()
}

#[test]
fn every_operation_has_a_test() {
    let names: BTreeSet<_> = operations().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names.len(), 56);
    assert_eq!(listed(OPERATIONS), names);
}

#[test]
fn every_error_has_a_test() {
    let mut errors: BTreeSet<_> = operations().iter().flat_map(|(_, errors)| errors.split_whitespace()).map(str::to_owned).collect();
    assert!(errors.remove(OUT_OF_REACH));
    assert_eq!(listed(ERRORS), errors);
}
