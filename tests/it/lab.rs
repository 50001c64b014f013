//! A small world to test in: two accounts, a few roles, and calls in AWS's JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kmsprep::cloud::{AccountId, ApiError, Caller, Duration, Principal, Region};
use kmsprep::iam::{Identity, Policy, PolicyKind};
use kmsprep::kms::{Connection, HsmCluster, WrappingAlgorithm, wrap_key_material};
use kmsprep::rulebook::Rulebook;
use kmsprep::services::{World, call};
use serde_json::{Value, json};
use std::sync::Arc;

/// Account 111111111111 owns the keys; 222222222222 is the other one.
pub(crate) struct Lab {
    pub(crate) world: World,
    /// The Region whose endpoint is called.
    pub(crate) region: &'static str,
    /// What was last wrapped for import.
    pub(crate) last_material: Vec<u8>,
}

pub(crate) const A: &str = "111111111111";
pub(crate) const B: &str = "222222222222";

impl Lab {
    /// Roles `Admin` and `App` in both accounts; Admin may do everything, App nothing.
    pub(crate) fn new() -> Self {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut lab = Lab { world: World::new(Rulebook::current(), now, 1), region: "us-east-1", last_material: Vec::new() };
        for account in [A, B] {
            lab.role(account, "Admin", &[json!({"Effect": "Allow", "Action": "*", "Resource": "*"})]);
            lab.role(account, "App", &[]);
        }
        lab
    }

    /// Adds a role with one policy of these statements, or replaces its policies.
    pub(crate) fn role(&mut self, account: &str, name: &str, statements: &[Value]) {
        let id = AccountId::parse(account).unwrap();
        let policies = match statements {
            [] => Vec::new(),
            some => {
                let text = json!({"Version": "2012-10-17", "Statement": some}).to_string();
                vec![Arc::new(Policy::from_json(&text, PolicyKind::Identity, &format!("policy of {name}")).unwrap())]
            }
        };
        self.world.iam.account_mut(id).roles.insert(name.into(), Identity { policies, ..Identity::default() });
    }

    /// A session of a role in the Region of the lab.
    pub(crate) fn caller(&self, account: &str, role: &str) -> Arc<Caller> {
        let principal = Principal::role_session(AccountId::parse(account).unwrap(), role, "session");
        Arc::new(Caller::direct(principal, Region::parse(self.region).unwrap()))
    }

    /// Calls KMS as a role.
    pub(crate) fn kms(&mut self, account: &str, role: &str, operation: &str, members: Value) -> Result<Value, ApiError> {
        let caller = self.caller(account, role);
        call(&mut self.world, &caller, &format!("kms:{operation}"), members)
    }

    /// The same through a service, as the caller's forwarded session.
    pub(crate) fn through(
        &mut self,
        service: &'static str,
        account: &str,
        role: &str,
        operation: &str,
        members: Value,
    ) -> Result<Value, ApiError> {
        let caller = Arc::new(self.caller(account, role).through(service, Region::default_region()));
        call(&mut self.world, &caller, &format!("kms:{operation}"), members)
    }

    /// A key of account A with the default policy, by its ARN.
    pub(crate) fn key(&mut self) -> String {
        let made = self.kms(A, "Admin", "CreateKey", json!({})).unwrap();
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    /// A key of account A as `CreateKey` is asked for it, by its ARN.
    pub(crate) fn key_of(&mut self, new: Value) -> String {
        let made = self.kms(A, "Admin", "CreateKey", new).unwrap();
        made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned()
    }

    /// Key material of a spec, as a customer would make it outside of AWS.
    pub(crate) fn material_for(&mut self, spec: &str) -> Vec<u8> {
        if matches!(spec, "SYMMETRIC_DEFAULT" | "HMAC_256") {
            return vec![7; 32];
        }
        let key = self.key();
        let pair = self.kms(A, "Admin", "GenerateDataKeyPair", json!({"KeyId": key, "KeyPairSpec": spec})).unwrap();
        bytes(&pair["PrivateKeyPlaintext"])
    }

    /// The request that imports material into a key, wrapped with a fresh public key and never to expire.
    pub(crate) fn import_request(&mut self, key: &str, material: &[u8]) -> Value {
        self.last_material = material.to_vec();
        let algorithm = if material.len() > 300 { "RSA_AES_KEY_WRAP_SHA_256" } else { "RSAES_OAEP_SHA_256" };
        let asked = json!({"KeyId": key, "WrappingAlgorithm": algorithm, "WrappingKeySpec": "RSA_3072"});
        let given = self.kms(A, "Admin", "GetParametersForImport", asked).unwrap();
        let wrapping = WrappingAlgorithm::parse(algorithm).unwrap();
        let wrapped = wrap_key_material(&bytes(&given["PublicKey"]), wrapping, material, [5; 32]).unwrap();
        json!({
            "KeyId": key,
            "ImportToken": given["ImportToken"],
            "EncryptedKeyMaterial": base64(&wrapped),
            "ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE",
        })
    }

    /// A key of account A whose policy is the default one and these statements.
    pub(crate) fn key_with(&mut self, statements: &[Value]) -> String {
        let key = self.key();
        self.put_policy(&key, statements);
        key
    }

    /// Gives a key the default statement and these.
    pub(crate) fn put_policy(&mut self, key: &str, statements: &[Value]) {
        let root = json!({"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{A}:root")}, "Action": "kms:*", "Resource": "*"});
        let all: Vec<Value> = std::iter::once(root).chain(statements.iter().cloned()).collect();
        let policy = json!({"Version": "2012-10-17", "Statement": all}).to_string();
        self.kms(A, "Admin", "PutKeyPolicy", json!({"KeyId": key, "Policy": policy})).unwrap();
    }

    /// A CloudHSM cluster of account A in the Region of the lab, with two HSMs and the password `kmsuser-1`; `letter` tells
    /// clusters apart. Gives its id.
    pub(crate) fn cluster(&mut self, letter: char) -> String {
        let id = format!("cluster-{}", String::from(letter).repeat(11));
        let zone = |suffix: char| format!("{}{suffix}", self.region).into();
        let cluster = HsmCluster {
            id: id.as_str().into(),
            account: AccountId::parse(A).unwrap(),
            region: Region::parse(self.region).unwrap(),
            active: true,
            hsms: vec![zone('a'), zone('b')],
            network_fits: true,
            customer_ca: format!("certificate {letter}"),
            kmsuser_password: "kmsuser-1".into(),
            failed_logins: 0,
            backup_of: None,
            trouble: None,
        };
        self.world.kms.key_stores.add_cluster(cluster);
        id
    }

    /// A custom key store of account A on a fresh cluster, not connected, by its id.
    pub(crate) fn new_key_store(&mut self, letter: char) -> String {
        let cluster = self.cluster(letter);
        let asked = json!({
            "CustomKeyStoreName": format!("store {letter}"),
            "CloudHsmClusterId": cluster,
            "KeyStorePassword": "kmsuser-1",
            "TrustAnchorCertificate": format!("certificate {letter}"),
        });
        let made = self.kms(A, "Admin", "CreateCustomKeyStore", asked).unwrap();
        made["CustomKeyStoreId"].as_str().unwrap().to_owned()
    }

    /// A connected CloudHSM key store of account A, by its id.
    pub(crate) fn key_store(&mut self) -> String {
        let id = self.new_key_store('a');
        self.kms(A, "Admin", "ConnectCustomKeyStore", json!({"CustomKeyStoreId": id})).unwrap();
        self.world.advance(Duration::minutes(20));
        id
    }

    /// Disconnects the connected key stores of account A and waits until they are.
    pub(crate) fn disconnect_key_store(&mut self) {
        let (account, region) = (AccountId::parse(A).unwrap(), Region::parse(self.region).unwrap());
        let stores = self.world.kms.key_stores.of(account, region).filter(|store| store.connection == Connection::Connected);
        let ids: Vec<String> = stores.map(|store| store.id.to_string()).collect();
        for id in ids {
            self.kms(A, "Admin", "DisconnectCustomKeyStore", json!({"CustomKeyStoreId": id})).unwrap();
        }
        self.world.advance(Duration::minutes(1));
    }

    pub(crate) fn advance(&mut self, days: i64) {
        self.world.advance(Duration::days(days));
    }
}

/// What a blob of a response holds.
#[track_caller]
pub(crate) fn bytes(blob: &Value) -> Vec<u8> {
    STANDARD.decode(blob.as_str().unwrap()).unwrap()
}

/// Bytes as a request carries them.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// The error code of a refused call.
#[track_caller]
pub(crate) fn code(outcome: Result<Value, ApiError>) -> String {
    match outcome {
        Ok(value) => panic!("expected an error, got {value}"),
        Err(error) => error.code.to_string(),
    }
}

/// The headline and details of the reason of a refused call.
#[track_caller]
pub(crate) fn why(outcome: Result<Value, ApiError>) -> String {
    let error = outcome.unwrap_err();
    let reason = error.reason.expect("a denial has a reason");
    let details: Vec<&str> = reason.details.iter().map(|detail| detail.text.as_str()).collect();
    format!("{}\n{}", reason.headline, details.join("\n"))
}

pub(crate) fn role_arn(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

pub(crate) fn allow(principal: &str, actions: &[&str]) -> Value {
    json!({"Sid": "AllowThem", "Effect": "Allow", "Principal": {"AWS": principal}, "Action": actions, "Resource": "*"})
}
