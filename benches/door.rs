//! What a call costs on its way through the door, beside the bare cipher; and what a scenario costs.

use divan::{Bencher, black_box};
use kmsprep::authoring::prove;
use kmsprep::cloud::{AccountId, Caller, Principal, Region};
use kmsprep::content;
use kmsprep::diag::Sources;
use kmsprep::doc::{self, Limits};
use kmsprep::iam::{Identity, Policy, PolicyKind};
use kmsprep::kms::{Blob, Cipher, DecryptRequest, EncryptRequest, Request, Response};
use kmsprep::rulebook::Rulebook;
use kmsprep::scenario::{combinations, instantiate, lower, run};
use kmsprep::services::{World, call};
use serde_json::json;
use std::sync::Arc;

fn main() {
    divan::main();
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
    let request = Request::Encrypt(EncryptRequest { key_id: key, plaintext: Blob(vec![1; bytes]), ..EncryptRequest::default() });
    bencher.bench_local(|| world.kms(&caller, black_box(&request)).unwrap());
}

#[divan::bench(args = [32, 4096])]
fn decrypt_through_the_door(bencher: Bencher<'_, '_>, bytes: usize) {
    let (mut world, caller, key) = world();
    let request = Request::Encrypt(EncryptRequest { key_id: key, plaintext: Blob(vec![1; bytes]), ..EncryptRequest::default() });
    let Ok(Response::Encrypt(sealed)) = world.kms(&caller, &request) else { return };
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
