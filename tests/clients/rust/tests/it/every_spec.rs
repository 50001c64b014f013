//! Keys of every spec that the SDK knows, for every usage and with every algorithm.

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{EncryptionAlgorithmSpec, KeyMetadata, KeySpec, KeyUsageType, MessageType, SigningAlgorithmSpec};
use std::collections::BTreeSet;

use crate::answer::Answer as _;
use crate::server::Server;

/// The usages of a spec, by "Key spec reference" of the AWS KMS Developer Guide.
fn usages(spec: &str) -> Vec<KeyUsageType> {
    use KeyUsageType::{EncapsulateDecapsulate, EncryptDecrypt, GenerateVerifyMac, KeyAgreement, SignVerify};
    match spec {
        "SYMMETRIC_DEFAULT" => vec![EncryptDecrypt],
        "SM2" => vec![EncryptDecrypt, SignVerify, KeyAgreement],
        "ECC_SECG_P256K1" | "ECC_NIST_EDWARDS25519" => vec![SignVerify],
        _ if spec.starts_with("RSA") => vec![EncryptDecrypt, SignVerify],
        _ if spec.starts_with("ECC") => vec![SignVerify, KeyAgreement],
        _ if spec.starts_with("ML_DSA") => vec![SignVerify],
        _ if spec.starts_with("ML_KEM") => vec![EncapsulateDecapsulate],
        _ if spec.starts_with("HMAC") => vec![GenerateVerifyMac],
        _ => panic!("a spec that is new: {spec}"),
    }
}

/// Uses a key in every way that its metadata tell; gives the names of the algorithms.
async fn used(kms: &Client, key: &KeyMetadata) -> Vec<String> {
    let mut names = Vec::new();
    for algorithm in key.encryption_algorithms() {
        let encrypt = kms.encrypt().key_id(&key.key_id).plaintext(Blob::new("x")).encryption_algorithm(algorithm.clone());
        let sealed = encrypt.send().await.good().ciphertext_blob.unwrap();
        let decrypt = kms.decrypt().key_id(&key.key_id).ciphertext_blob(sealed).encryption_algorithm(algorithm.clone());
        assert_eq!(decrypt.send().await.good().plaintext, Some(Blob::new("x")));
        names.push(algorithm.to_string());
    }
    for algorithm in key.signing_algorithms() {
        // The algorithm with a prehash signs digests only.
        let prehash = *algorithm == SigningAlgorithmSpec::Ed25519PhSha512;
        let (kind, message) = if prehash { (MessageType::Digest, vec![1; 64]) } else { (MessageType::Raw, b"message".to_vec()) };
        let sign = kms.sign().key_id(&key.key_id).message(Blob::new(message.clone())).message_type(kind.clone());
        let signature = sign.signing_algorithm(algorithm.clone()).send().await.good().signature.unwrap();
        let verify = kms.verify().key_id(&key.key_id).message(Blob::new(message)).message_type(kind).signing_algorithm(algorithm.clone());
        assert!(verify.signature(signature).send().await.good().signature_valid);
        names.push(algorithm.to_string());
    }
    for algorithm in key.mac_algorithms() {
        let mac = kms.generate_mac().key_id(&key.key_id).message(Blob::new("x")).mac_algorithm(algorithm.clone()).send().await.good().mac;
        let verify = kms.verify_mac().key_id(&key.key_id).message(Blob::new("x")).mac_algorithm(algorithm.clone()).mac(mac.unwrap());
        assert!(verify.send().await.good().mac_valid);
        names.push(algorithm.to_string());
    }
    for algorithm in key.encapsulation_algorithms() {
        let made = kms.encapsulate().key_id(&key.key_id).encapsulation_algorithm(algorithm.clone()).send().await.good();
        let open = kms.decapsulate().key_id(&key.key_id).encapsulation_algorithm(algorithm.clone());
        let opened = open.shared_secret_ciphertext_blob(made.shared_secret_ciphertext_blob.unwrap()).send().await.good();
        assert_eq!(opened.shared_secret, made.shared_secret);
        names.push(algorithm.to_string());
    }
    for algorithm in key.key_agreement_algorithms() {
        let own = kms.get_public_key().key_id(&key.key_id).send().await.good().public_key.unwrap();
        let derive = kms.derive_shared_secret().key_id(&key.key_id).key_agreement_algorithm(algorithm.clone()).public_key(own);
        assert!(derive.send().await.good().shared_secret.is_some_and(|secret| secret.as_ref().len() >= 32));
        names.push(algorithm.to_string());
    }
    names
}

/// Makes a key, and compares what is told of it in three places.
async fn made(kms: &Client, spec: &str, usage: &KeyUsageType) -> KeyMetadata {
    let create = kms.create_key().key_spec(KeySpec::from(spec)).key_usage(usage.clone());
    let key = create.send().await.good().key_metadata.unwrap();
    assert_eq!((key.key_spec().map(KeySpec::as_str), key.key_usage()), (Some(spec), Some(usage)));
    assert_eq!(kms.describe_key().key_id(&key.key_id).send().await.good().key_metadata.as_ref(), Some(&key));
    let get = kms.get_public_key().key_id(&key.key_id).send().await;
    if spec == "SYMMETRIC_DEFAULT" || spec.starts_with("HMAC") {
        get.refused().has("UnsupportedOperationException", 400);
    } else {
        let public = get.good();
        assert_eq!((public.key_spec, public.key_usage), (key.key_spec.clone(), key.key_usage.clone()));
        assert_eq!(public.encryption_algorithms, key.encryption_algorithms);
        assert_eq!(public.signing_algorithms, key.signing_algorithms);
        assert_eq!(public.key_agreement_algorithms, key.key_agreement_algorithms);
        assert_eq!(public.encapsulation_algorithms, key.encapsulation_algorithms);
    }
    key
}

fn without<'a>(values: &[&'a str], left_out: &str) -> BTreeSet<&'a str> {
    values.iter().copied().filter(|name| *name != left_out).collect()
}

#[tokio::test]
async fn every_key_works_with_all_of_its_algorithms() {
    let server = Server::empty();
    let kms = server.kms();
    let mut names = BTreeSet::new();
    for spec in without(KeySpec::values(), "SM2") {
        for usage in usages(spec) {
            let key = made(&kms, spec, &usage).await;
            let algorithms = used(&kms, &key).await;
            assert!(!algorithms.is_empty(), "{spec} {usage}");
            names.extend(algorithms);
        }
    }
    let all = without(EncryptionAlgorithmSpec::values(), "SM2PKE").into_iter().chain(without(SigningAlgorithmSpec::values(), "SM2DSA"));
    let missing: Vec<_> = all.filter(|name| !names.contains(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    // A usage that a spec does not have.
    let wrong = kms.create_key().key_spec(KeySpec::EccSecgP256K1).key_usage(KeyUsageType::KeyAgreement);
    wrong.send().await.refused().has("ValidationException", 400);
}

#[tokio::test]
async fn keys_of_the_china_regions_are_theirs_alone() {
    let server = Server::empty();
    let china = server.kms_in("cn-north-1");
    let mut names = BTreeSet::new();
    for usage in usages("SM2") {
        let key = made(&china, "SM2", &usage).await;
        assert!(key.arn().is_some_and(|arn| arn.starts_with("arn:aws-cn:kms:cn-north-1:")));
        names.extend(used(&china, &key).await);
    }
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), ["ECDH", "SM2DSA", "SM2PKE"]);
    let elsewhere = server.kms().create_key().key_spec(KeySpec::Sm2).key_usage(KeyUsageType::SignVerify);
    elsewhere.send().await.refused().has("UnsupportedOperationException", 400);
    let kem = china.create_key().key_spec(KeySpec::MlKem768).key_usage(KeyUsageType::EncapsulateDecapsulate);
    kem.send().await.refused().has("UnsupportedOperationException", 400);
}
