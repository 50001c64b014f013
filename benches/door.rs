//! What a call costs on its way through the door, beside the bare cipher; and what a scenario costs.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a bench that cannot go on should stop")]

use divan::{Bencher, black_box};
use kmsprep::authoring::prove;
use kmsprep::cloud::{AccountId, Caller, Principal, Region};
use kmsprep::content;
use kmsprep::diag::Sources;
use kmsprep::doc::{self, Limits};
use kmsprep::iam::{Identity, Policy, PolicyKind};
use kmsprep::kms::{
    Blob, Cipher, CreateGrantRequest, CreateKeyRequest, DataKeySpec, DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KeyId, NewKey,
    Request, Response, SignRequest, SigningAlgorithm, default_key_policy,
};
use kmsprep::rulebook::Rulebook;
use kmsprep::scenario::{combinations, instantiate, lower, run};
use kmsprep::services::{World, call};
use serde_json::json;
use std::sync::Arc;

fn main() {
    divan::main();
}

/// How many other keys the world has, and how many other grants the key: a call should hardly notice.
const CROWDS: [(usize, usize); 3] = [(0, 0), (100_000, 0), (0, 50_000)];

fn crowded((keys, grants): (usize, usize)) -> (World, Arc<Caller>, String) {
    let (mut world, caller, key) = world();
    let policy = Arc::new(default_key_policy(caller.account().unwrap(), "key policy").unwrap());
    for number in 0..keys {
        let id = KeyId::from_bits(u128::from_be_bytes(world.cloud.random.bytes()) ^ number as u128, false);
        let new = NewKey::symmetric(id, caller.account().unwrap(), caller.region, Arc::clone(&policy));
        world.kms.add_key(&world.cloud.random, world.cloud.now(), new);
    }
    for _ in 0..grants {
        grant(&mut world, &caller, &key);
    }
    // What was recorded on the way is no part of what is measured.
    world.cloud.trail.clear();
    (world, caller, key)
}

fn grant(world: &mut World, caller: &Arc<Caller>, key: &str) {
    let request = CreateGrantRequest {
        key_id: key.to_owned(),
        grantee_principal: Some("arn:aws:iam::111111111111:role/App".to_owned()),
        operations: vec!["Decrypt".to_owned()],
        ..CreateGrantRequest::default()
    };
    world.kms(caller, &Request::CreateGrant(request)).unwrap();
}

fn encrypt_request(key: &str, bytes: usize) -> Request {
    Request::Encrypt(EncryptRequest { key_id: key.to_owned(), plaintext: Blob(vec![1; bytes]), ..EncryptRequest::default() })
}

/// A key of this type, and what `Sign` asks of it.
fn signing(world: &mut World, caller: &Arc<Caller>, spec: &str, algorithm: SigningAlgorithm) -> Request {
    let made = call(world, caller, "kms:CreateKey", json!({"KeySpec": spec, "KeyUsage": "SIGN_VERIFY"})).unwrap();
    let key_id = made["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    Request::Sign(SignRequest { key_id, message: Blob(vec![1; 32]), signing_algorithm: algorithm, ..SignRequest::default() })
}

#[divan::bench(args = [("RSA_2048", SigningAlgorithm::RSASSA_PSS_SHA_256), ("ECC_NIST_P256", SigningAlgorithm::ECDSA_SHA_256)])]
fn sign(bencher: Bencher<'_, '_>, (spec, algorithm): (&str, SigningAlgorithm)) {
    let (mut world, caller, _) = world();
    let request = signing(&mut world, &caller, spec, algorithm);
    world.kms(&caller, &request).unwrap();
    bencher.bench_local(|| world.kms(&caller, black_box(&request)).unwrap());
}

/// The first use of a key is the one that makes it.
#[divan::bench(args = ["RSA_2048", "RSA_3072", "RSA_4096"])]
fn create_and_sign_first(bencher: Bencher<'_, '_>, spec: &str) {
    let (mut world, caller, _) = world();
    bencher.bench_local(|| {
        let request = signing(&mut world, &caller, spec, SigningAlgorithm::RSASSA_PSS_SHA_256);
        world.kms(&caller, &request).unwrap()
    });
}

#[divan::bench(args = CROWDS)]
fn encrypt_32_bytes_in_a_crowd(bencher: Bencher<'_, '_>, crowd: (usize, usize)) {
    let (mut world, caller, key) = crowded(crowd);
    let request = encrypt_request(&key, 32);
    bencher.bench_local(|| world.kms(&caller, black_box(&request)).unwrap());
}

#[divan::bench(args = CROWDS)]
fn decrypt_32_bytes_in_a_crowd(bencher: Bencher<'_, '_>, crowd: (usize, usize)) {
    let (mut world, caller, key) = crowded(crowd);
    let Ok(Response::Encrypt(sealed)) = world.kms(&caller, &encrypt_request(&key, 32)) else { return };
    let request = Request::Decrypt(DecryptRequest { ciphertext_blob: sealed.ciphertext_blob, ..DecryptRequest::default() });
    bencher.bench_local(|| world.kms(&caller, black_box(&request)).unwrap());
}

#[divan::bench(args = CROWDS)]
fn generate_data_key_in_a_crowd(bencher: Bencher<'_, '_>, crowd: (usize, usize)) {
    let (mut world, caller, key) = crowded(crowd);
    let request = Request::GenerateDataKey(GenerateDataKeyRequest {
        key_id: key,
        key_spec: Some(DataKeySpec::AES_256),
        ..GenerateDataKeyRequest::default()
    });
    bencher.bench_local(|| world.kms(&caller, black_box(&request)).unwrap());
}

#[divan::bench(args = CROWDS, sample_count = 100)]
fn create_key_in_a_crowd(bencher: Bencher<'_, '_>, crowd: (usize, usize)) {
    let (mut world, caller, _) = crowded(crowd);
    let mut rules = world.kms.rules().clone();
    rules.keys_per_region = usize::MAX;
    world.kms.set_rules(rules);
    let request = Request::CreateKey(CreateKeyRequest::default());
    bencher.bench_local(|| world.kms(&caller, black_box(&request)).unwrap());
}

#[divan::bench(args = CROWDS, sample_count = 100)]
fn create_grant_in_a_crowd(bencher: Bencher<'_, '_>, crowd: (usize, usize)) {
    let (mut world, caller, key) = crowded(crowd);
    let mut rules = world.kms.rules().clone();
    rules.grants_per_key = usize::MAX;
    world.kms.set_rules(rules);
    bencher.bench_local(|| grant(&mut world, &caller, &key));
}

/// A world with one key under the default policy, and a role that may do everything through IAM.
fn world() -> (World, Arc<Caller>, String) {
    let account = AccountId::parse("111111111111").unwrap();
    let mut world = World::new(Rulebook::current(), "2026-01-01T00:00:00Z".parse().unwrap(), 1);
    let text = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]}).to_string();
    let policy = Arc::new(Policy::from_json(&text, PolicyKind::Identity, "policy of App").unwrap());
    let identity = Identity { policies: vec![policy], ..Identity::default() };
    world.iam.account_mut(account).roles.insert("App".into(), identity);
    let caller = Arc::new(Caller::direct(Principal::role_session(account, "App", "session"), Region::default_region()));
    let made = call(&mut world, &caller, "kms:CreateKey", json!({})).unwrap();
    let key = made["KeyMetadata"]["Arn"].as_str().unwrap().to_owned();
    (world, caller, key)
}

#[divan::bench(args = [32, 4096])]
fn bare_cipher(bencher: Bencher<'_, '_>, bytes: usize) {
    let cipher = Cipher::new(&[7; 32]);
    let plaintext = vec![1; bytes];
    bencher.bench(|| cipher.seal(&[3; 12], b"", black_box(&plaintext)));
}

#[divan::bench(args = [32, 4096])]
fn encrypt_through_the_door(bencher: Bencher<'_, '_>, bytes: usize) {
    let (mut world, caller, key) = world();
    let request = encrypt_request(&key, bytes);
    bencher.bench_local(|| world.kms(&caller, black_box(&request)).unwrap());
}

#[divan::bench(args = [32, 4096])]
fn decrypt_through_the_door(bencher: Bencher<'_, '_>, bytes: usize) {
    let (mut world, caller, key) = world();
    let Ok(Response::Encrypt(sealed)) = world.kms(&caller, &encrypt_request(&key, bytes)) else { return };
    let request = Request::Decrypt(DecryptRequest { ciphertext_blob: sealed.ciphertext_blob, ..DecryptRequest::default() });
    bencher.bench_local(|| world.kms(&caller, black_box(&request)).unwrap());
}

#[divan::bench(args = content::SCENARIOS.iter().map(content::Bundled::id))]
fn read_fill_and_run(bencher: Bencher<'_, '_>, id: &str) {
    let file = content::SCENARIOS.iter().find(|file| file.id() == id).unwrap();
    bencher.bench_local(|| {
        let node = doc::read(&mut Sources::new(), file.name, file.text, Limits::default()).unwrap();
        let document = lower(&node).unwrap();
        let answers = combinations(&document).swap_remove(0);
        run(&instantiate(&document, &answers, Rulebook::current()).unwrap())
    });
}

#[divan::bench(args = content::SCENARIOS.iter().map(content::Bundled::id), sample_count = 5)]
fn prove_every_combination(bencher: Bencher<'_, '_>, id: &str) {
    let file = content::SCENARIOS.iter().find(|file| file.id() == id).unwrap();
    let node = doc::read(&mut Sources::new(), file.name, file.text, Limits::default()).unwrap();
    let document = lower(&node).unwrap();
    bencher.bench_local(|| prove(black_box(&document), Rulebook::current()));
}
