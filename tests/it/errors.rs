//! The error codes that the API lists for each operation, against what can be provoked.

use super::lab::{A, B, Lab, base64, role_arn};
use kmsprep::kms::{OPERATIONS, Rules};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What the model cannot bring about, and why. `*` stands for every operation that does not answer it after all.
const UNREACHABLE: &[(&str, &str, &str)] = &[
    ("*", "DependencyTimeoutException", "a fault inside AWS; the model has those of custom key stores alone"),
    ("*", "KMSInternalException", "a fault inside AWS; the model has those of custom key stores alone"),
    ("*", "KeyUnavailableException", "a passing fault inside AWS; the model has none"),
    ("GetPublicKey", "DisabledException", "the table of key states lets GetPublicKey pass on a disabled key"),
    ("GetPublicKey", "InvalidKeyUsageException", "every usage of an asymmetric key fits; other keys get UnsupportedOperationException"),
    ("DeleteAlias", "KMSInvalidStateException", "the table of key states lets it pass in every state"),
    ("GetKeyPolicy", "KMSInvalidStateException", "the table of key states lets it pass in every state"),
    ("ListGrants", "KMSInvalidStateException", "the table of key states lets it pass in every state"),
    ("ListKeyPolicies", "KMSInvalidStateException", "the table of key states lets it pass in every state"),
    ("ListKeyRotations", "KMSInvalidStateException", "the table of key states lets it pass in every state"),
    ("PutKeyPolicy", "KMSInvalidStateException", "the table of key states lets it pass in every state"),
    ("RetireGrant", "KMSInvalidStateException", "the table of key states lets it pass in every state"),
    ("RevokeGrant", "KMSInvalidStateException", "the table of key states lets it pass in every state"),
    ("GetKeyRotationStatus", "KMSInvalidStateException", "the table of key states lets it pass, or knows UnsupportedOperationException"),
    ("EnableKey", "LimitExceededException", "no quota of AWS KMS counts enabled keys"),
    ("TagResource", "LimitExceededException", "too many tags are a TagException, as recorded"),
    ("UntagResource", "TagException", "a tag key that does not exist is passed over"),
    ("PutKeyPolicy", "UnsupportedOperationException", "the policy of an AWS managed key already denies its change"),
    ("CreateKey", "InvalidArnException", "a wrong ARN in the policy is a MalformedPolicyDocumentException"),
    ("ListRetirableGrants", "NotFoundException", "a principal that does not exist has no grants to retire"),
    ("ListRetirableGrants", "InvalidArnException", "a principal that is no ARN breaks the constraint of the member or names nobody"),
];

struct Trial {
    lab: Lab,
    seen: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Trial {
    fn new() -> Self {
        Trial { lab: Lab::new(), seen: BTreeMap::new() }
    }

    /// Calls and notes the error.
    fn try_as(&mut self, account: &str, operation: &'static str, members: Value) {
        match self.lab.kms(account, "Admin", operation, members) {
            Ok(_) => {}
            Err(error) => {
                self.seen.entry(operation).or_default().insert(error.code.to_string());
            }
        }
    }

    fn provoke(&mut self, operation: &'static str, members: Value) {
        self.try_as(A, operation, members);
    }

    fn rules(&mut self, change: impl Fn(&mut Rules)) {
        let mut rules = self.lab.world.kms.rules().clone();
        change(&mut rules);
        self.lab.world.kms.set_rules(rules);
    }
}

/// The request of an operation on a key that would succeed, and the key type that it fits.
fn ordinary(name: &str, key: &str) -> Value {
    let mut request = match name {
        "Decrypt" => json!({"CiphertextBlob": base64(&[1; 100])}),
        "ReEncrypt" => json!({"CiphertextBlob": base64(&[1; 100]), "DestinationKeyId": key}),
        "Encrypt" => json!({"Plaintext": "aGk="}),
        "GenerateDataKey" | "GenerateDataKeyWithoutPlaintext" => json!({"KeySpec": "AES_256"}),
        "GenerateDataKeyPair" | "GenerateDataKeyPairWithoutPlaintext" => json!({"KeyPairSpec": "ECC_NIST_P256"}),
        "Sign" => json!({"Message": "aGk=", "SigningAlgorithm": "ECDSA_SHA_256"}),
        "Verify" => json!({"Message": "aGk=", "SigningAlgorithm": "ECDSA_SHA_256", "Signature": "aGk="}),
        "GenerateMac" => json!({"Message": "aGk=", "MacAlgorithm": "HMAC_SHA_256"}),
        "VerifyMac" => json!({"Message": "aGk=", "MacAlgorithm": "HMAC_SHA_256", "Mac": "aGk="}),
        "DeriveSharedSecret" => json!({"KeyAgreementAlgorithm": "ECDH", "PublicKey": "aGk="}),
        "Encapsulate" => json!({"EncapsulationAlgorithm": "ML_KEM"}),
        "Decapsulate" => json!({"EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": "aGk="}),
        "DeleteAlias" => json!({"AliasName": "alias/nowhere"}),
        "ListRetirableGrants" => json!({"RetiringPrincipal": role_arn(A, "App")}),
        "CreateAlias" => json!({"AliasName": "alias/a"}),
        "UpdateAlias" => json!({"AliasName": "alias/there"}),
        "CreateGrant" => json!({"GranteePrincipal": role_arn(A, "App"), "Operations": ["DescribeKey"]}),
        "RetireGrant" | "RevokeGrant" => json!({"GrantId": "0".repeat(64)}),
        "GetParametersForImport" => json!({"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}),
        "ImportKeyMaterial" => {
            json!({"ImportToken": "aGk=", "EncryptedKeyMaterial": "aGk=", "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"})
        }
        "PutKeyPolicy" => json!({"Policy": "{}"}),
        "ReplicateKey" => json!({"ReplicaRegion": "us-west-2"}),
        "UpdatePrimaryRegion" => json!({"PrimaryRegion": "us-west-2"}),
        "TagResource" => json!({"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        "UntagResource" => json!({"TagKeys": ["a"]}),
        "UpdateKeyDescription" => json!({"Description": "x"}),
        _ => json!({}),
    };
    let member = match name {
        "CreateAlias" | "UpdateAlias" => "TargetKeyId",
        "ReEncrypt" => "SourceKeyId",
        _ => "KeyId",
    };
    request[member] = json!(key);
    request
}

fn type_of(name: &str) -> Value {
    match name {
        "Sign" | "Verify" | "GetPublicKey" => json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}),
        "GenerateMac" | "VerifyMac" => json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}),
        "DeriveSharedSecret" => json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}),
        "Encapsulate" | "Decapsulate" => json!({"KeySpec": "ML_KEM_512", "KeyUsage": "ENCAPSULATE_DECAPSULATE"}),
        "ReplicateKey" | "UpdatePrimaryRegion" => json!({"MultiRegion": true}),
        "GetParametersForImport" | "ImportKeyMaterial" | "DeleteImportedKeyMaterial" => json!({"Origin": "EXTERNAL"}),
        _ => json!({}),
    }
}

/// What every operation on a key meets: a key that is not there, an identifier that is none, a wrong state, a wrong usage, a token
/// that is none, a dry run, a marker that is none.
fn everywhere(trial: &mut Trial) {
    trial.lab.kms(A, "Admin", "CreateKey", json!({})).unwrap();
    let there = trial.lab.key();
    trial.lab.kms(A, "Admin", "CreateAlias", json!({"AliasName": "alias/there", "TargetKeyId": there})).unwrap();
    let missing = "1234abcd-12ab-34cd-56ef-1234567890ab";
    for row in OPERATIONS {
        let takes = |name: &str| row.parameters.iter().any(|parameter| parameter.name == name);
        trial.provoke(row.name, ordinary(row.name, missing));
        trial.provoke(row.name, ordinary(row.name, "arn:aws:kms:nowhere"));
        let key = trial.lab.key_of(type_of(row.name));
        if takes("Marker") {
            let mut request = ordinary(row.name, &key);
            request["Marker"] = json!("none");
            trial.provoke(row.name, request);
        }
        if takes("GrantTokens") {
            let mut request = ordinary(row.name, &key);
            request["GrantTokens"] = json!(["none"]);
            trial.provoke(row.name, request);
        }
        if !takes("KeyId") && !takes("TargetKeyId") && !takes("SourceKeyId") {
            continue;
        }
        for wrong in [json!({}), json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"})] {
            let other = trial.lab.key_of(wrong);
            trial.provoke(row.name, ordinary(row.name, &other));
        }
        // The state last: Disabled, then waiting for deletion.
        let _ = trial.lab.kms(A, "Admin", "DisableKey", json!({"KeyId": key}));
        trial.provoke(row.name, ordinary(row.name, &key));
        let _ = trial.lab.kms(A, "Admin", "ScheduleKeyDeletion", json!({"KeyId": key}));
        trial.provoke(row.name, ordinary(row.name, &key));
        if row.dry_run {
            let fresh = trial.lab.key_of(type_of(row.name));
            let mut request = ordinary(row.name, &fresh);
            if matches!(row.name, "Decrypt" | "ReEncrypt") {
                request["DryRunModifiers"] = json!(["IGNORE_CIPHERTEXT"]);
            }
            if matches!(row.name, "RetireGrant" | "RevokeGrant") {
                let grant = json!({"KeyId": fresh, "GranteePrincipal": role_arn(A, "App"), "Operations": ["DescribeKey"]});
                request["GrantId"] = trial.lab.kms(A, "Admin", "CreateGrant", grant).unwrap()["GrantId"].clone();
            }
            request["DryRun"] = json!(true);
            trial.provoke(row.name, request);
        }
    }
    trial.provoke("CancelKeyDeletion", json!({"KeyId": there}));
}

fn ciphertexts(trial: &mut Trial) {
    let (key, other) = (trial.lab.key(), trial.lab.key());
    let rsa = trial.lab.key_of(json!({"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}));
    let signing = trial.lab.key_of(json!({"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}));
    let blob = trial.lab.kms(A, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": "aGk="})).unwrap()["CiphertextBlob"].clone();
    trial.provoke("Decrypt", json!({"CiphertextBlob": blob, "KeyId": other}));
    trial.provoke("ReEncrypt", json!({"CiphertextBlob": blob, "SourceKeyId": other, "DestinationKeyId": key}));
    trial.provoke("ReEncrypt", json!({"CiphertextBlob": blob, "DestinationKeyId": signing}));
    trial.provoke("Decrypt", json!({"CiphertextBlob": blob, "KeyId": signing, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}));
    trial.provoke("Encrypt", json!({"KeyId": rsa, "Plaintext": "aGk="}));
    for (operation, key) in [("Decrypt", &rsa), ("Decrypt", &key)] {
        trial.provoke(operation, json!({"CiphertextBlob": "aGk=", "KeyId": key}));
    }
    for state in ["DisableKey", "ScheduleKeyDeletion"] {
        trial.lab.kms(A, "Admin", state, json!({"KeyId": key})).unwrap();
        trial.provoke("Decrypt", json!({"CiphertextBlob": blob}));
        trial.provoke("ReEncrypt", json!({"CiphertextBlob": blob, "DestinationKeyId": other}));
    }
    let kem = trial.lab.key_of(type_of("Decapsulate"));
    trial.provoke("Decapsulate", ordinary("Decapsulate", &kem));
    let (mac, ecc) = (trial.lab.key_of(type_of("VerifyMac")), trial.lab.key_of(type_of("Verify")));
    trial.provoke("VerifyMac", ordinary("VerifyMac", &mac));
    trial.provoke("Verify", ordinary("Verify", &ecc));
}

fn limits(trial: &mut Trial) {
    let key = trial.lab.key();
    let primary = trial.lab.key_of(json!({"MultiRegion": true}));
    trial.rules(|rules| (rules.aliases_per_key, rules.grants_per_key, rules.policy_bytes, rules.on_demand_rotations) = (1, 1, 300, 0));
    trial.provoke("CreateAlias", json!({"AliasName": "alias/one", "TargetKeyId": key}));
    trial.provoke("CreateAlias", json!({"AliasName": "alias/two", "TargetKeyId": key}));
    trial.provoke("UpdateAlias", json!({"AliasName": "alias/there", "TargetKeyId": key}));
    trial.provoke("CreateAlias", json!({"AliasName": "alias/one", "TargetKeyId": primary}));
    trial.provoke("CreateAlias", json!({"AliasName": "alias/a:b", "TargetKeyId": primary}));
    for _ in 0..2 {
        trial.provoke("CreateGrant", ordinary("CreateGrant", &key));
    }
    let nobody = json!({"KeyId": primary, "GranteePrincipal": role_arn(A, "Ghost"), "Operations": ["Decrypt"]});
    trial.provoke("CreateGrant", nobody);
    trial.provoke("PutKeyPolicy", json!({"KeyId": key, "Policy": " ".repeat(301)}));
    trial.provoke("PutKeyPolicy", ordinary("PutKeyPolicy", &key));
    trial.provoke("CreateKey", json!({"Policy": "{}"}));
    trial.provoke("ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": "us-west-2", "Policy": "{}"}));
    trial.provoke("RotateKeyOnDemand", json!({"KeyId": key}));
    trial.rules(|rules| rules.on_demand_rotations = 5);
    trial.lab.kms(A, "Admin", "EnableKeyRotation", json!({"KeyId": key, "RotationPeriodInDays": 90})).unwrap();
    trial.lab.world.advance(kmsprep::cloud::Duration::minutes(90 * 24 * 60 - 10));
    trial.provoke("RotateKeyOnDemand", json!({"KeyId": key}));
    let reserved = json!([{"TagKey": "aws:x", "TagValue": ""}]);
    trial.provoke("CreateKey", json!({"Tags": reserved}));
    trial.provoke("TagResource", json!({"KeyId": key, "Tags": reserved}));
    trial.provoke("ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": "us-west-2", "Tags": reserved}));
    trial.rules(|rules| rules.keys_per_region = 1);
    trial.provoke("CreateKey", json!({}));
    trial.rules(|rules| rules.keys_per_region = 0);
    trial.provoke("ReplicateKey", json!({"KeyId": primary, "ReplicaRegion": "us-west-2"}));
    trial.rules(|rules| rules.keys_per_region = 100_000);
    trial.provoke("CreateKey", json!({"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"}));
}

fn multi_region_and_grants(trial: &mut Trial) {
    let primary = trial.lab.key_of(json!({"MultiRegion": true}));
    for _ in 0..2 {
        trial.provoke("ReplicateKey", ordinary("ReplicateKey", &primary));
    }
    trial.provoke("UpdatePrimaryRegion", json!({"KeyId": primary, "PrimaryRegion": "eu-west-1"}));
    let key = trial.lab.key();
    for id in ["none", &"0".repeat(64)] {
        trial.provoke("RevokeGrant", json!({"KeyId": key, "GrantId": id}));
        trial.provoke("RetireGrant", json!({"KeyId": key, "GrantId": id}));
        trial.provoke("ListGrants", json!({"KeyId": key, "GrantId": id}));
    }
    trial.provoke("RetireGrant", json!({"GrantToken": "none"}));
    let sealed = trial.lab.key_of(json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}));
    for operation in ["EnableKeyRotation", "DisableKeyRotation", "RotateKeyOnDemand", "GetPublicKey", "UpdatePrimaryRegion"] {
        trial.provoke(operation, ordinary(operation, &sealed));
    }
    trial.provoke("ListKeyRotations", json!({"KeyId": sealed, "IncludeKeyMaterial": "ALL_KEY_MATERIAL"}));
    // GetKeyRotationStatus knows no answer for a key without its imported material.
    let waiting = trial.lab.key_of(json!({"Origin": "EXTERNAL"}));
    trial.provoke("GetKeyRotationStatus", json!({"KeyId": waiting}));
    for operation in ["RotateKeyOnDemand", "EnableKeyRotation"] {
        trial.provoke(operation, json!({"KeyId": waiting}));
    }
    trial.provoke("DeleteImportedKeyMaterial", json!({"KeyId": waiting, "KeyMaterialId": "0".repeat(64)}));
}

fn imports(trial: &mut Trial) {
    let key = trial.lab.key_of(json!({"Origin": "EXTERNAL"}));
    let request = trial.lab.import_request(&key, &[7; 32]);
    let mut garbled = request.clone();
    garbled["EncryptedKeyMaterial"] = json!(base64(&[1; 256]));
    trial.provoke("ImportKeyMaterial", garbled);
    trial.provoke("ImportKeyMaterial", ordinary("ImportKeyMaterial", &key));
    trial.lab.kms(A, "Admin", "ImportKeyMaterial", request).unwrap();
    let other = trial.lab.import_request(&key, &[8; 32]);
    trial.provoke("ImportKeyMaterial", other.clone());
    trial.lab.advance(2);
    trial.provoke("ImportKeyMaterial", other);
    let replica = trial.lab.key_of(json!({"Origin": "EXTERNAL", "MultiRegion": true}));
    let first = trial.lab.import_request(&replica, &[7; 32]);
    trial.lab.kms(A, "Admin", "ImportKeyMaterial", first).unwrap();
    trial.provoke("ReplicateKey", ordinary("ReplicateKey", &replica));
    trial.lab.region = "us-west-2";
    for operation in ["DeleteImportedKeyMaterial", "GetParametersForImport"] {
        trial.provoke(operation, ordinary(operation, &replica.replace("us-east-1", "us-west-2")));
    }
    trial.lab.region = "us-east-1";
    trial.try_as(B, "DescribeKey", json!({"KeyId": key}));
}

#[test]
fn every_error_that_the_api_lists_is_provoked_or_said_to_be_out_of_reach() {
    let mut trial = Trial::new();
    everywhere(&mut trial);
    ciphertexts(&mut trial);
    limits(&mut trial);
    multi_region_and_grants(&mut trial);
    imports(&mut trial);
    super::key_stores::provoke_all(|operation, code| {
        trial.seen.entry(operation).or_default().insert(code);
    });
    let (mut provoked, mut wrong) = (0, Vec::new());
    for row in OPERATIONS {
        let seen = trial.seen.remove(row.name).unwrap_or_default();
        for code in row.errors {
            let excuse = UNREACHABLE.iter().find(|(operation, known, _)| (*operation == "*" || *operation == row.name) && known == code);
            match (seen.contains(*code), excuse) {
                (true, None | Some(("*", ..))) => provoked += 1,
                (false, Some(_)) => {}
                (false, None) => wrong.push(format!("{} never answers {code}", row.name)),
                (true, Some(_)) => wrong.push(format!("{} answers {code}, which is said to be out of reach", row.name)),
            }
        }
        // And nothing is answered that neither the operation nor the common list has.
        let common = ["AccessDeniedException", "ValidationException", "SerializationException", "NotAuthorizedException"];
        for code in seen.iter().filter(|code| !row.errors.contains(&code.as_str()) && !common.contains(&code.as_str())) {
            wrong.push(format!("{} answers {code}, which the API does not list for it", row.name));
        }
    }
    println!("{provoked} errors provoked, {} rules for what cannot be", UNREACHABLE.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
