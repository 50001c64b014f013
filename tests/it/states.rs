//! Every operation on a key in every state, against the table: none skipped, each state brought about by calls.

use super::lab::{A, Lab, role_arn, why};
use kmsprep::cloud::Duration;
use kmsprep::kms::{CellResult, KeyState, OPERATIONS, Operation, cell};
use serde_json::{Value, json};

/// The kinds of key that the footnotes tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Material made by KMS.
    Made,
    /// Imported material.
    Imported,
    /// In a CloudHSM key store.
    InStore,
}

/// A key in a state, with a ciphertext, a grant and an alias from before.
struct Prepared {
    lab: Lab,
    key: String,
    other: String,
    blob: Value,
    signature: Value,
    mac: Value,
    encapsulated: Value,
    grant: Value,
    import: Value,
}

/// The spec and usage of a key that an operation fits.
fn type_of(operation: Operation) -> (&'static str, &'static str) {
    match operation {
        Operation::Sign | Operation::Verify | Operation::GetPublicKey => ("ECC_NIST_P256", "SIGN_VERIFY"),
        Operation::GenerateMac | Operation::VerifyMac => ("HMAC_256", "GENERATE_VERIFY_MAC"),
        Operation::DeriveSharedSecret => ("ECC_NIST_P256", "KEY_AGREEMENT"),
        Operation::Encapsulate | Operation::Decapsulate => ("ML_KEM_512", "ENCAPSULATE_DECAPSULATE"),
        _ => ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"),
    }
}

/// Whether a key of this kind can be in this state, for this operation.
fn exists(operation: Operation, kind: Kind, state: KeyState) -> bool {
    let (spec, _) = type_of(operation);
    match kind {
        Kind::Made => !matches!(state, KeyState::PendingImport | KeyState::Unavailable),
        // ML-KEM and ML-DSA keys cannot be imported.
        Kind::Imported => state != KeyState::Unavailable && !spec.starts_with("ML_"),
        Kind::InStore => {
            spec == "SYMMETRIC_DEFAULT"
                && matches!(state, KeyState::Enabled | KeyState::Disabled | KeyState::PendingDeletion | KeyState::Unavailable)
        }
    }
}

fn multi_region(state: KeyState) -> bool {
    matches!(state, KeyState::PendingReplicaDeletion | KeyState::Creating | KeyState::Updating)
}

fn prepare(operation: Operation, kind: Kind, state: KeyState) -> Prepared {
    let mut lab = Lab::new();
    let (spec, usage) = type_of(operation);
    let other = lab.key_of(json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "KEY_AGREEMENT"}));
    // ReplicateKey and UpdatePrimaryRegion need a multi-Region key whatever its state.
    let multi = multi_region(state) || matches!(operation, Operation::ReplicateKey | Operation::UpdatePrimaryRegion);
    let mut new = json!({"KeySpec": spec, "KeyUsage": usage});
    if multi && kind != Kind::InStore {
        new["MultiRegion"] = json!(true);
    }
    match kind {
        Kind::Made => {}
        Kind::Imported => new["Origin"] = json!("EXTERNAL"),
        Kind::InStore => {
            new["Origin"] = json!("AWS_CLOUDHSM");
            new["CustomKeyStoreId"] = json!(lab.key_store());
        }
    }
    let key = lab.key_of(new);
    let mut import = Value::Null;
    if kind == Kind::Imported {
        let material = lab.material_for(spec);
        import = lab.import_request(&key, &material);
        lab.kms(A, "Admin", "ImportKeyMaterial", import.clone()).unwrap();
    }
    let mut prepared = Prepared {
        lab,
        key,
        other,
        blob: Value::Null,
        signature: Value::Null,
        mac: Value::Null,
        encapsulated: Value::Null,
        grant: Value::Null,
        import,
    };
    prepared.use_it(spec, usage);
    prepared.bring_about(state, kind, operation);
    prepared
}

impl Prepared {
    fn call(&mut self, operation: &str, members: Value) -> Value {
        self.lab.kms(A, "Admin", operation, members).unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    /// Leaves a ciphertext, a signature and the like behind.
    fn use_it(&mut self, spec: &str, usage: &str) {
        let key = self.key.clone();
        match usage {
            "ENCRYPT_DECRYPT" => self.blob = self.call("Encrypt", json!({"KeyId": key, "Plaintext": "aGVsbG8="}))["CiphertextBlob"].clone(),
            "SIGN_VERIFY" => {
                let request = json!({"KeyId": key, "Message": "aGk=", "SigningAlgorithm": "ECDSA_SHA_256"});
                self.signature = self.call("Sign", request)["Signature"].clone();
            }
            "GENERATE_VERIFY_MAC" => {
                let request = json!({"KeyId": key, "Message": "aGk=", "MacAlgorithm": "HMAC_SHA_256"});
                self.mac = self.call("GenerateMac", request)["Mac"].clone();
            }
            "ENCAPSULATE_DECAPSULATE" => {
                let request = json!({"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"});
                self.encapsulated = self.call("Encapsulate", request)["SharedSecretCiphertextBlob"].clone();
            }
            _ => {}
        }
        let grant = json!({"KeyId": key, "GranteePrincipal": role_arn(A, "App"), "Operations": ["DescribeKey"]});
        self.grant = self.call("CreateGrant", grant)["GrantId"].clone();
        self.call("CreateAlias", json!({"AliasName": "alias/old", "TargetKeyId": key}));
        let _ = spec;
    }

    fn bring_about(&mut self, state: KeyState, kind: Kind, operation: Operation) {
        let key = self.key.clone();
        match state {
            KeyState::Enabled => {
                // RotateKeyOnDemand of imported material needs some that waits.
                if kind == Kind::Imported && operation == Operation::RotateKeyOnDemand {
                    self.import_new();
                }
                // A key in a key store has no replica.
                if operation == Operation::UpdatePrimaryRegion && kind != Kind::InStore {
                    self.replica();
                }
            }
            KeyState::Disabled => drop(self.call("DisableKey", json!({"KeyId": key}))),
            KeyState::PendingDeletion => drop(self.call("ScheduleKeyDeletion", json!({"KeyId": key}))),
            KeyState::PendingReplicaDeletion => {
                self.replica();
                self.call("ScheduleKeyDeletion", json!({"KeyId": key}));
            }
            KeyState::PendingImport => drop(self.call("DeleteImportedKeyMaterial", json!({"KeyId": key}))),
            KeyState::Unavailable => self.lab.disconnect_key_store(),
            KeyState::Creating => {
                self.call("ReplicateKey", json!({"KeyId": key, "ReplicaRegion": "us-west-2"}));
                self.lab.region = "us-west-2";
                self.key = key.replace("us-east-1", "us-west-2");
                let alias = json!({"AliasName": "alias/old", "TargetKeyId": self.key});
                self.call("CreateAlias", alias);
            }
            KeyState::Updating => {
                self.replica();
                if kind == Kind::Imported && operation == Operation::RotateKeyOnDemand {
                    self.import_new();
                }
                // The replica becomes the primary; both are Updating.
                self.call("UpdatePrimaryRegion", json!({"KeyId": key, "PrimaryRegion": "us-west-2"}));
                let old = std::mem::replace(&mut self.lab.region, "us-west-2");
                let there = key.replace("us-east-1", "us-west-2");
                self.call("UpdatePrimaryRegion", json!({"KeyId": there, "PrimaryRegion": old}));
                self.lab.region = old;
            }
        }
        let shown = self.call("DescribeKey", json!({"KeyId": self.key}))["KeyMetadata"].clone();
        assert_eq!(shown["KeyState"], state.name(), "{kind:?} for {operation:?}");
        assert_eq!(shown["Enabled"], state == KeyState::Enabled);
    }

    /// A replica in us-west-2, ready, with its material.
    fn replica(&mut self) {
        let key = self.key.clone();
        self.call("ReplicateKey", json!({"KeyId": key, "ReplicaRegion": "us-west-2"}));
        self.lab.world.advance(Duration::minutes(1));
        if !self.import.is_null() {
            let there = key.replace("us-east-1", "us-west-2");
            self.lab.region = "us-west-2";
            let bytes = self.lab.last_material.clone();
            let request = self.lab.import_request(&there, &bytes);
            self.call("ImportKeyMaterial", request);
            self.lab.region = "us-east-1";
        }
    }

    /// New material that waits for a rotation, in every related key.
    fn import_new(&mut self) {
        let key = self.key.clone();
        let mut request = self.lab.import_request(&key, &[9; 32]);
        request["ImportType"] = json!("NEW_KEY_MATERIAL");
        self.call("ImportKeyMaterial", request);
        if self.call("DescribeKey", json!({"KeyId": key}))["KeyMetadata"]["MultiRegion"] == true {
            let there = key.replace("us-east-1", "us-west-2");
            self.lab.region = "us-west-2";
            let request = self.lab.import_request(&there, &[9; 32]);
            self.call("ImportKeyMaterial", request);
            self.lab.region = "us-east-1";
        }
    }

    /// A request that succeeds on an enabled key, but for `CancelKeyDeletion`.
    fn request(&mut self, operation: Operation) -> Option<Value> {
        let key = self.key.clone();
        Some(match operation {
            Operation::Decrypt => json!({"CiphertextBlob": self.blob, "KeyId": key}),
            Operation::ReEncrypt => json!({"CiphertextBlob": self.blob, "SourceKeyId": key, "DestinationKeyId": key}),
            Operation::Encrypt => json!({"KeyId": key, "Plaintext": "aGk="}),
            Operation::GenerateDataKey | Operation::GenerateDataKeyWithoutPlaintext => json!({"KeyId": key, "KeySpec": "AES_256"}),
            Operation::GenerateDataKeyPair | Operation::GenerateDataKeyPairWithoutPlaintext => {
                json!({"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"})
            }
            Operation::Sign => json!({"KeyId": key, "Message": "aGk=", "SigningAlgorithm": "ECDSA_SHA_256"}),
            Operation::Verify => {
                json!({"KeyId": key, "Message": "aGk=", "SigningAlgorithm": "ECDSA_SHA_256", "Signature": self.signature})
            }
            Operation::GenerateMac => json!({"KeyId": key, "Message": "aGk=", "MacAlgorithm": "HMAC_SHA_256"}),
            Operation::VerifyMac => json!({"KeyId": key, "Message": "aGk=", "MacAlgorithm": "HMAC_SHA_256", "Mac": self.mac}),
            Operation::DeriveSharedSecret => {
                let region = std::mem::replace(&mut self.lab.region, "us-east-1");
                let other = self.other.clone();
                let public = self.call("GetPublicKey", json!({"KeyId": other}))["PublicKey"].clone();
                self.lab.region = region;
                json!({"KeyId": key, "KeyAgreementAlgorithm": "ECDH", "PublicKey": public})
            }
            Operation::Encapsulate => json!({"KeyId": key, "EncapsulationAlgorithm": "ML_KEM"}),
            Operation::Decapsulate => {
                json!({"KeyId": key, "EncapsulationAlgorithm": "ML_KEM", "SharedSecretCiphertextBlob": self.encapsulated})
            }
            Operation::CreateAlias => json!({"AliasName": "alias/new", "TargetKeyId": key}),
            Operation::UpdateAlias => json!({"AliasName": "alias/old", "TargetKeyId": key}),
            Operation::DeleteAlias => json!({"AliasName": "alias/old"}),
            Operation::CreateGrant => json!({"KeyId": key, "GranteePrincipal": role_arn(A, "App"), "Operations": ["DescribeKey"]}),
            // The replica has no grant: they are not copied.
            Operation::RetireGrant | Operation::RevokeGrant if self.lab.region != "us-east-1" => return None,
            Operation::RetireGrant | Operation::RevokeGrant => json!({"KeyId": key, "GrantId": self.grant}),
            Operation::GetParametersForImport => {
                json!({"KeyId": key, "WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"})
            }
            // A key that is no longer importable still has the request of the time when it was.
            Operation::ImportKeyMaterial if self.import.is_null() => {
                json!({"KeyId": key, "ImportToken": "aGk=", "EncryptedKeyMaterial": "aGk=", "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"})
            }
            Operation::ImportKeyMaterial => {
                let mut request = self.import.clone();
                request["KeyId"] = json!(key);
                request
            }
            Operation::PutKeyPolicy => {
                let root =
                    json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{A}:root")}, "Action": "kms:*", "Resource": "*"});
                json!({"KeyId": key, "Policy": json!({"Version": "2012-10-17", "Statement": [root]}).to_string()})
            }
            Operation::ReplicateKey => json!({"KeyId": key, "ReplicaRegion": "eu-west-1"}),
            Operation::UpdatePrimaryRegion => json!({"KeyId": key, "PrimaryRegion": "us-west-2"}),
            Operation::TagResource => json!({"KeyId": key, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
            Operation::UntagResource => json!({"KeyId": key, "TagKeys": ["a"]}),
            Operation::UpdateKeyDescription => json!({"KeyId": key, "Description": "x"}),
            Operation::CreateKey
            | Operation::GenerateRandom
            | Operation::ListKeys
            | Operation::ListRetirableGrants
            | Operation::ConnectCustomKeyStore
            | Operation::CreateCustomKeyStore
            | Operation::DeleteCustomKeyStore
            | Operation::DescribeCustomKeyStores
            | Operation::DisconnectCustomKeyStore
            | Operation::UpdateCustomKeyStore => return None,
            _ => json!({"KeyId": key}),
        })
    }
}

/// What the table says of an operation on a key of a kind in a state: an error code, or success. The second half is said here in
/// words of its own, from the footnotes of "Key states of AWS KMS keys", and not with the model's code.
fn expected(operation: Operation, kind: Kind, state: KeyState) -> Option<&'static str> {
    use Operation::*;
    let found = cell(operation, state);
    let has = |footnote: u8| found.footnotes.contains(&footnote);
    let rotation = matches!(operation, EnableKeyRotation | DisableKeyRotation);
    match found.result {
        CellResult::Ok if has(10) => Some("KMSInvalidStateException"),
        CellResult::Ok if has(7) && kind == Kind::InStore => Some("UnsupportedOperationException"),
        CellResult::Ok if has(9) && kind != Kind::Imported => Some("UnsupportedOperationException"),
        // The cell of Updating has no footnote 9, which cannot mean that KMS-made material could be imported.
        CellResult::Ok if operation == ImportKeyMaterial && kind != Kind::Imported => Some("UnsupportedOperationException"),
        // The note to EnableKeyRotation: never for imported material.
        CellResult::Ok if rotation && kind == Kind::Imported => Some("UnsupportedOperationException"),
        // Key type reference: no data key pairs and no replicas from a custom key store.
        CellResult::Ok if kind == Kind::InStore && operation.name().starts_with("GenerateDataKeyPair") => {
            Some("UnsupportedOperationException")
        }
        CellResult::Ok if kind == Kind::InStore && matches!(operation, ReplicateKey | UpdatePrimaryRegion) => {
            Some("UnsupportedOperationException")
        }
        // A replica is no primary, which only its own checks tell.
        CellResult::Ok | CellResult::NotApplicable => None,
        CellResult::Error(_) if has(9) && kind != Kind::Imported => Some("UnsupportedOperationException"),
        CellResult::Error(_) if has(9) => Some("KMSInvalidStateException"),
        CellResult::Error(code) => Some(code),
    }
}

#[test]
fn every_operation_does_in_every_state_what_the_table_says() {
    let (mut walked, mut impossible) = (0, 0);
    let mut rows = std::collections::BTreeSet::new();
    for state in KeyState::ALL {
        for kind in [Kind::Made, Kind::Imported, Kind::InStore] {
            for row in OPERATIONS {
                let applies = cell(row.operation, state).result != CellResult::NotApplicable;
                if !applies || !exists(row.operation, kind, state) {
                    impossible += 1;
                    continue;
                }
                let mut prepared = prepare(row.operation, kind, state);
                let Some(members) = prepared.request(row.operation) else { continue };
                let outcome = prepared.lab.kms(A, "Admin", row.name, members);
                match (expected(row.operation, kind, state), outcome) {
                    (None, Ok(_)) => {}
                    (Some(code), Err(error)) => assert_eq!(error.code, code, "{} {state} {kind:?}: {error}", row.name),
                    (expected, outcome) => {
                        panic!("{} on a {kind:?} key that is {state}: expected {expected:?}, got {outcome:?}", row.name)
                    }
                }
                walked += 1;
                rows.insert((row.name, state.name()));
            }
        }
    }
    // 46 operations act on a key, in eight states. Not walked are the cells that the table calls not applicable, and the two
    // operations on grants in Creating, where a key has none yet.
    let missing: Vec<String> = OPERATIONS
        .iter()
        .filter(|row| rows.contains(&(row.name, "Enabled")))
        .flat_map(|row| KeyState::ALL.map(|state| (row, state)))
        .filter(|(row, state)| cell(row.operation, *state).result != CellResult::NotApplicable && !rows.contains(&(row.name, state.name())))
        .map(|(row, state)| format!("{} {state}", row.name))
        .collect();
    assert_eq!(missing, ["RetireGrant Creating", "RevokeGrant Creating"]);
    let acting = rows.iter().filter(|(_, state)| *state == "Enabled").count();
    assert_eq!(acting, 46);
    println!("{walked} combinations walked, {impossible} cannot be, {} cells of the table covered", rows.len());
}

#[test]
fn a_deletion_that_is_not_there_is_explained_as_such() {
    let mut lab = Lab::new();
    let key = lab.key();
    let told = why(lab.kms(A, "Admin", "CancelKeyDeletion", json!({"KeyId": key})));
    assert!(told.contains("only while a key waits for it") && !told.contains("wait until"), "{told}");
}
