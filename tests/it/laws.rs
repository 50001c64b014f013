//! Laws that every sequence of calls keeps.

use super::lab::{A, Lab, base64, role_arn};
use kmsprep::cloud::{Additional, Duration, RequestClass};
use kmsprep::kms::{OPERATIONS, Operation};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// One step. Numbers choose among the keys, ciphertexts and grants that there are.
#[derive(Clone, Debug)]
enum Step {
    Create { multi_region: bool },
    Switch { key: usize, operation: &'static str },
    Schedule { key: usize },
    Replicate { key: usize },
    Encrypt { by: &'static str, key: usize, context: u8 },
    Decrypt { by: &'static str, blob: usize, context: u8, west: bool },
    Grant { key: usize },
    Revoke { grant: usize },
    Advance { minutes: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let who = prop_oneof![Just("Admin"), Just("App")];
    let switch = prop_oneof![
        Just("DisableKey"),
        Just("EnableKey"),
        Just("CancelKeyDeletion"),
        Just("EnableKeyRotation"),
        Just("RotateKeyOnDemand"),
        Just("DescribeKey")
    ];
    prop_oneof![
        1 => any::<bool>().prop_map(|multi_region| Step::Create { multi_region }),
        3 => (any::<usize>(), switch).prop_map(|(key, operation)| Step::Switch { key, operation }),
        1 => any::<usize>().prop_map(|key| Step::Schedule { key }),
        1 => any::<usize>().prop_map(|key| Step::Replicate { key }),
        4 => (who.clone(), any::<usize>(), 0..2_u8).prop_map(|(by, key, context)| Step::Encrypt { by, key, context }),
        5 => (who, any::<usize>(), 0..2_u8, any::<bool>()).prop_map(|(by, blob, context, west)| Step::Decrypt { by, blob, context, west }),
        2 => any::<usize>().prop_map(|key| Step::Grant { key }),
        1 => any::<usize>().prop_map(|grant| Step::Revoke { grant }),
        3 => prop_oneof![Just(1), Just(6), Just(60 * 24 * 5), Just(60 * 24 * 100)].prop_map(|minutes| Step::Advance { minutes }),
    ]
}

/// A ciphertext with what it was made of.
struct Sealed {
    blob: Value,
    key_id: String,
    context: u8,
    plaintext: String,
}

/// A grant that lets App decrypt.
struct Granted {
    key: String,
    id: Value,
    /// Minutes on the clock when it was made.
    at: i64,
    revoked: bool,
}

struct Play {
    lab: Lab,
    keys: Vec<String>,
    sealed: Vec<Sealed>,
    grants: Vec<Granted>,
    minutes: i64,
    calls: usize,
    gone: Vec<String>,
}

fn pick<T>(list: &[T], number: usize) -> Option<&T> {
    list.get(number.checked_rem(list.len())?)
}

fn context(number: u8) -> Value {
    json!({"purpose": format!("p{number}")})
}

fn id_of(arn: &str) -> String {
    arn.rsplit('/').next().unwrap().to_owned()
}

impl Play {
    fn call(&mut self, by: &str, operation: &str, members: Value) -> Result<Value, kmsprep::cloud::ApiError> {
        self.calls += 1;
        self.lab.kms(A, by, operation, members)
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Create { multi_region } => {
                let made = self.call("Admin", "CreateKey", json!({"MultiRegion": multi_region})).unwrap();
                self.keys.push(made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned());
            }
            Step::Switch { key, operation } => {
                if let Some(key) = pick(&self.keys, *key).cloned() {
                    let outcome = self.call("Admin", operation, json!({"KeyId": key}));
                    if self.gone.contains(&key) {
                        prop_assert_eq!(outcome.unwrap_err().code, "NotFoundException");
                    } else if outcome.is_err_and(|error| error.code == "NotFoundException") {
                        self.gone.push(key);
                    }
                }
            }
            Step::Schedule { key } => {
                if let Some(key) = pick(&self.keys, *key).cloned() {
                    let _ = self.call("Admin", "ScheduleKeyDeletion", json!({"KeyId": key, "PendingWindowInDays": 7}));
                }
            }
            Step::Replicate { key } => {
                if let Some(key) = pick(&self.keys, *key).cloned() {
                    let made = self.call("Admin", "ReplicateKey", json!({"KeyId": key, "ReplicaRegion": "us-west-2"}));
                    // The record of the new key in its own Region.
                    self.calls += usize::from(made.is_ok());
                }
            }
            Step::Encrypt { by, key, context: number } => {
                if let Some(key) = pick(&self.keys, *key).cloned() {
                    let plaintext = base64(format!("message {}", self.sealed.len()).as_bytes());
                    let members = json!({"KeyId": key, "Plaintext": plaintext, "EncryptionContext": context(*number)});
                    let outcome = self.call(by, "Encrypt", members);
                    // Nobody allows App to encrypt.
                    prop_assert!(*by == "Admin" || outcome.is_err());
                    if let Ok(made) = outcome {
                        prop_assert_eq!(&made["KeyId"], &json!(key));
                        self.sealed.push(Sealed { blob: made["CiphertextBlob"].clone(), key_id: id_of(&key), context: *number, plaintext });
                    }
                }
            }
            Step::Decrypt { by, blob, context: number, west } => self.decrypt(by, *blob, *number, *west)?,
            Step::Grant { key } => {
                if let Some(key) = pick(&self.keys, *key).cloned() {
                    let members = json!({"KeyId": key, "GranteePrincipal": role_arn(A, "App"), "Operations": ["Decrypt"]});
                    if let Ok(made) = self.call("Admin", "CreateGrant", members) {
                        self.grants.push(Granted { key, id: made["GrantId"].clone(), at: self.minutes, revoked: false });
                    }
                }
            }
            Step::Revoke { grant } => {
                if let Some((key, id)) = pick(&self.grants, *grant).map(|grant| (grant.key.clone(), grant.id.clone())) {
                    let revoked = self.call("Admin", "RevokeGrant", json!({"KeyId": key, "GrantId": id})).is_ok();
                    for grant in self.grants.iter_mut().filter(|grant| grant.id == id && revoked) {
                        grant.revoked = true;
                    }
                }
            }
            Step::Advance { minutes } => {
                self.minutes += minutes;
                self.lab.world.advance(Duration::minutes(*minutes));
            }
        }
        self.holds()
    }

    fn decrypt(&mut self, by: &str, blob: usize, number: u8, west: bool) -> Result<(), TestCaseError> {
        let Some((bytes, key_id, made_with, plaintext)) =
            pick(&self.sealed, blob).map(|sealed| (sealed.blob.clone(), sealed.key_id.clone(), sealed.context, sealed.plaintext.clone()))
        else {
            return Ok(());
        };
        self.lab.region = if west { "us-west-2" } else { "us-east-1" };
        let outcome = self.call(by, "Decrypt", json!({"CiphertextBlob": bytes, "EncryptionContext": context(number)}));
        let region = std::mem::replace(&mut self.lab.region, "us-east-1");
        let Ok(opened) = outcome else { return Ok(()) };
        // Exactly its context, its key or a related one in the Region that was asked, and its text.
        prop_assert_eq!(made_with, number);
        let arn = opened["KeyId"].as_str().unwrap();
        prop_assert_eq!(id_of(arn), key_id);
        prop_assert!(arn.contains(region));
        prop_assert_eq!(&opened["Plaintext"], &json!(plaintext));
        // No plaintext without an allowing decision: App has nothing but grants that have propagated.
        if by == "App" {
            let allowed = self.grants.iter().any(|grant| grant.key == arn && !grant.revoked && self.minutes - grant.at >= 5);
            prop_assert!(allowed, "App decrypted with {arn} without a grant");
        }
        Ok(())
    }

    /// The trail has one record a call, and the meter counts what of it succeeded.
    fn holds(&self) -> Result<(), TestCaseError> {
        let events = self.lab.world.cloud.trail.events();
        let calls: Vec<_> = events.iter().filter(|event| !matches!(event.additional, Additional::ServiceEvent(_))).collect();
        prop_assert_eq!(calls.len(), self.calls);
        let replicas = calls.iter().filter(|event| event.name == "ReplicateKey" && event.error.is_none()).count();
        let succeeded = calls.iter().filter(|event| event.error.is_none()).count() - replicas;
        prop_assert_eq!(self.lab.world.cloud.meter.total(RequestClass::Symmetric), u64::try_from(succeeded).unwrap());
        Ok(())
    }
}

fn play(steps: &[Step]) -> Result<Vec<String>, TestCaseError> {
    let mut play =
        Play { lab: Lab::new(), keys: Vec::new(), sealed: Vec::new(), grants: Vec::new(), minutes: 0, calls: 0, gone: Vec::new() };
    for step in steps {
        play.take(step)?;
    }
    let mut bytes: Vec<String> = play.lab.world.cloud.trail.events().iter().map(|event| event.to_json().to_string()).collect();
    bytes.extend(play.sealed.iter().map(|sealed| sealed.blob.to_string()));
    Ok(bytes)
}

/// A value of the right type for a member, so that what is behind the first look at the request is reached.
fn garbage(name: &str, text: &str, number: i64, key: &str, blob: &[u8]) -> Value {
    match name {
        "KeyId" | "TargetKeyId" | "SourceKeyId" | "DestinationKeyId" if number % 3 != 0 => json!(key),
        "Limit" | "NumberOfBytes" | "PendingWindowInDays" | "RotationPeriodInDays" | "ValidTo" => json!(number),
        "DryRun" | "MultiRegion" | "BypassPolicyLockoutSafetyCheck" => json!(number % 2 == 0),
        "EncryptionContext" | "SourceEncryptionContext" | "DestinationEncryptionContext" => json!({ text: text }),
        "Constraints" => json!({"EncryptionContextEquals": { text: text }, "SourceArn": text}),
        "GrantTokens" | "TagKeys" => json!([text]),
        "Tags" => json!([{"TagKey": text, "TagValue": text}]),
        "Operations" => json!(["Decrypt", "Sign"]),
        "CiphertextBlob"
        | "Plaintext"
        | "Message"
        | "Mac"
        | "Signature"
        | "PublicKey"
        | "ImportToken"
        | "EncryptedKeyMaterial"
        | "SharedSecretCiphertextBlob" => json!(base64(blob)),
        "XksProxyAuthenticationCredential" => json!({"AccessKeyId": text, "RawSecretAccessKey": text}),
        "Recipient" => json!({"AttestationDocument": base64(blob)}),
        "KeySpec" => json!(["AES_256", "RSA_2048", "HMAC_256"][number.unsigned_abs() as usize % 3]),
        "SigningAlgorithm" => json!("ECDSA_SHA_256"),
        "MacAlgorithm" => json!("HMAC_SHA_256"),
        "KeyPairSpec" => json!("ECC_NIST_P256"),
        "KeyAgreementAlgorithm" => json!("ECDH"),
        "EncapsulationAlgorithm" => json!("ML_KEM"),
        "WrappingAlgorithm" => json!("RSAES_OAEP_SHA_256"),
        "WrappingKeySpec" => json!("RSA_2048"),
        "ReplicaRegion" | "PrimaryRegion" => json!("us-west-2"),
        "Policy" if number % 2 == 0 => {
            json!(json!({"Version": "2012-10-17", "Statement": [{"Effect": text, "Principal": text, "Action": text}]}).to_string())
        }
        _ => json!(text),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_calls_keeps_the_laws(steps in prop::collection::vec(step(), 1..60)) {
        // Equal seeds give equal bytes.
        prop_assert_eq!(play(&steps)?, play(&steps)?);
    }

    #[test]
    fn garbage_of_the_right_type_is_an_error_of_aws_and_never_a_panic(
        text in ".{0,60}",
        number in any::<i64>(),
        blob in prop::collection::vec(any::<u8>(), 1..400),
        skip in any::<u64>(),
        kind in 0..5_usize,
    ) {
        let mut lab = Lab::new();
        let types = [
            json!({}),
            json!({"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}),
            json!({"KeySpec": "ML_KEM_512", "KeyUsage": "ENCAPSULATE_DECAPSULATE"}),
            json!({"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"}),
            json!({"Origin": "EXTERNAL"}),
        ];
        let key = lab.key_of(types[kind].clone());
        for row in OPERATIONS.iter().filter(|row| row.operation != Operation::ScheduleKeyDeletion) {
            let mut members = BTreeMap::new();
            for (index, parameter) in row.parameters.iter().enumerate() {
                // What is not required is there only now and then.
                if parameter.required || skip & (1 << (index % 64)) != 0 {
                    members.insert(parameter.name, garbage(parameter.name, &text, number, &key, &blob));
                }
            }
            if let Err(error) = lab.kms(A, "Admin", row.name, json!(members)) {
                prop_assert!(error.code.ends_with("Exception"), "{} answers {}", row.name, error.code);
                prop_assert!(error.http_status == 400 || error.http_status == 500);
            }
        }
    }
}
