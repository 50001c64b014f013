//! Encryption, data keys, signatures, authentication codes and shared secrets.

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    DataKeyPairSpec, DataKeySpec, EncapsulationAlgorithmSpec, EncryptionAlgorithmSpec, KeyAgreementAlgorithmSpec,
    KeyLastUsageTrackingOperation, KeySpec, KeyUsageType, MacAlgorithmSpec, MessageType, OriginType, SigningAlgorithmSpec,
};

use crate::answer::Answer as _;
use crate::coverage::called;
use crate::keys::{key, key_of};
use crate::server::{Server, after_start};

/// The length of a blob.
fn len(blob: &Option<Blob>) -> usize {
    blob.as_ref().unwrap().as_ref().len()
}

#[tokio::test]
async fn a_text_is_encrypted_moved_to_another_key_and_decrypted() {
    let server = Server::empty();
    let kms = server.kms();
    let (one, two) = (key(&kms).await, key(&kms).await);
    let plaintext = Blob::new(b"\x00secret\xff");
    let sealed = kms.encrypt().key_id(&one).plaintext(plaintext.clone()).encryption_context("a", "b").send().await.good();
    assert_eq!((sealed.key_id(), &sealed.encryption_algorithm), (Some(one.as_str()), &Some(EncryptionAlgorithmSpec::SymmetricDefault)));
    server.advance("1h");
    let blob = sealed.ciphertext_blob.unwrap();
    let opened = kms.decrypt().ciphertext_blob(blob.clone()).encryption_context("a", "b").send().await.good();
    assert_eq!((opened.plaintext(), opened.key_id()), (Some(&plaintext), Some(one.as_str())));
    let material = kms.describe_key().key_id(&one).send().await.good().key_metadata.unwrap().current_key_material_id;
    assert_eq!((opened.key_material_id.as_ref(), opened.ciphertext_for_recipient), (material.as_ref(), None));

    let usage = kms.get_key_last_usage().key_id(&one).send().await.good();
    assert_eq!(
        (usage.key_id(), usage.key_creation_date, usage.tracking_start_date),
        (Some(one.as_str()), Some(after_start(0)), Some(after_start(0)))
    );
    let last = usage.key_last_usage.unwrap();
    assert_eq!((&last.operation, last.timestamp), (&Some(KeyLastUsageTrackingOperation::Decrypt), Some(after_start(3600))));
    let record = server.records("Decrypt").pop().unwrap();
    assert_eq!((last.cloud_trail_event_id(), last.kms_request_id()), (record["eventID"].as_str(), record["requestID"].as_str()));

    let moved = kms.re_encrypt().ciphertext_blob(blob).source_encryption_context("a", "b").destination_key_id(&two);
    let moved = moved.destination_encryption_context("c", "d").send().await.good();
    assert_eq!((moved.source_key_id(), moved.key_id()), (Some(one.as_str()), Some(two.as_str())));
    assert_eq!(moved.source_encryption_algorithm, Some(EncryptionAlgorithmSpec::SymmetricDefault));
    assert_eq!(moved.destination_encryption_algorithm, Some(EncryptionAlgorithmSpec::SymmetricDefault));
    assert_eq!(moved.source_key_material_id, material);
    assert!(moved.destination_key_material_id.is_some_and(|id| Some(id) != material));
    let opened =
        kms.decrypt().ciphertext_blob(moved.ciphertext_blob.unwrap()).encryption_context("c", "d").key_id(&two).send().await.good();
    assert_eq!(opened.plaintext, Some(plaintext));

    let one = kms.generate_random().number_of_bytes(1024).send().await.good().plaintext;
    assert_eq!(len(&one), 1024);
    assert_ne!(kms.generate_random().number_of_bytes(1024).send().await.good().plaintext, one);
    called(&server, "encryption");
}

#[tokio::test]
async fn data_keys_and_pairs_open_again() {
    let server = Server::empty();
    let kms = server.kms();
    let key = key(&kms).await;
    let open =
        async |blob: Option<Blob>| kms.decrypt().ciphertext_blob(blob.unwrap()).encryption_context("a", "b").send().await.good().plaintext;
    let made = kms.generate_data_key().key_id(&key).key_spec(DataKeySpec::Aes128).encryption_context("a", "b").send().await.good();
    assert_eq!((made.key_id(), len(&made.plaintext)), (Some(key.as_str()), 16));
    assert!(made.key_material_id.is_some() && made.ciphertext_for_recipient.is_none());
    assert_eq!(open(made.ciphertext_blob).await, made.plaintext);
    let made = kms.generate_data_key_without_plaintext().key_id(&key).number_of_bytes(57).encryption_context("a", "b").send().await.good();
    assert_eq!(made.key_id(), Some(key.as_str()));
    assert_eq!(len(&open(made.ciphertext_blob).await), 57);

    let spec = DataKeyPairSpec::EccNistP256;
    let made = kms.generate_data_key_pair().key_id(&key).key_pair_spec(spec.clone()).encryption_context("a", "b").send().await.good();
    assert_eq!((made.key_id(), made.key_pair_spec(), len(&made.public_key)), (Some(key.as_str()), Some(&spec), 91));
    assert_eq!(open(made.private_key_ciphertext_blob).await, made.private_key_plaintext);
    // A pair of every spec that is not of China Regions alone; the SDK knows the values.
    for spec in DataKeyPairSpec::values().iter().filter(|name| **name != "SM2").map(|name| DataKeyPairSpec::from(*name)) {
        let made = kms.generate_data_key_pair_without_plaintext().key_id(&key).key_pair_spec(spec.clone()).encryption_context("a", "b");
        let made = made.send().await.good();
        assert_eq!(made.key_pair_spec, Some(spec));
        assert!(len(&made.public_key) > 32 && len(&open(made.private_key_ciphertext_blob).await) > 32);
    }
    called(&server, "data_keys");
}

#[tokio::test]
async fn signatures_and_authentication_codes_are_verified() {
    let server = Server::empty();
    let kms = server.kms();
    let key = key_of(&kms, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
    let (message, algorithm) = (Blob::new(b"message"), SigningAlgorithmSpec::EcdsaSha256);
    let signed = kms.sign().key_id(&key).message(message.clone()).signing_algorithm(algorithm.clone()).send().await.good();
    assert_eq!((signed.key_id(), signed.signing_algorithm()), (Some(key.as_str()), Some(&algorithm)));
    let verify = kms.verify().key_id(&key).message(message.clone()).message_type(MessageType::Raw).signing_algorithm(algorithm.clone());
    let verified = verify.signature(signed.signature.unwrap()).send().await.good();
    assert_eq!((verified.key_id(), verified.signature_valid), (Some(key.as_str()), true));
    assert_eq!(verified.signing_algorithm, Some(algorithm.clone()));
    let public = kms.get_public_key().key_id(&key).send().await.good();
    assert_eq!((public.key_id(), len(&public.public_key)), (Some(key.as_str()), 91));
    assert_eq!((&public.key_spec, &public.key_usage), (&Some(KeySpec::EccNistP256), &Some(KeyUsageType::SignVerify)));
    assert_eq!(public.signing_algorithms(), [algorithm]);
    assert!(public.encryption_algorithms.is_none());

    let key = key_of(&kms, KeySpec::Hmac384, KeyUsageType::GenerateVerifyMac).await;
    let algorithm = MacAlgorithmSpec::HmacSha384;
    let made = kms.generate_mac().key_id(&key).message(message.clone()).mac_algorithm(algorithm.clone()).send().await.good();
    assert_eq!((made.key_id(), made.mac_algorithm(), len(&made.mac)), (Some(key.as_str()), Some(&algorithm), 48));
    let verify = kms.verify_mac().key_id(&key).message(message).mac_algorithm(algorithm.clone()).mac(made.mac.unwrap());
    let verified = verify.send().await.good();
    assert_eq!((verified.key_id(), verified.mac_valid, verified.mac_algorithm()), (Some(key.as_str()), true, Some(&algorithm)));
    called(&server, "signatures");
}

#[tokio::test]
async fn two_parties_come_to_the_same_secret() {
    let server = Server::empty();
    let kms = server.kms();
    let [one, two] = [(); 2].map(|()| key_of(&kms, KeySpec::EccNistP384, KeyUsageType::KeyAgreement));
    let (one, two) = (one.await, two.await);
    let mut secrets = Vec::new();
    for (ours, theirs) in [(&one, &two), (&two, &one)] {
        let public = kms.get_public_key().key_id(theirs).send().await.good();
        assert_eq!(public.key_agreement_algorithms(), [KeyAgreementAlgorithmSpec::Ecdh]);
        let derive = kms.derive_shared_secret().key_id(ours).key_agreement_algorithm(KeyAgreementAlgorithmSpec::Ecdh);
        let derived = derive.public_key(public.public_key.unwrap()).send().await.good();
        assert_eq!((derived.key_id(), &derived.key_origin), (Some(ours.as_str()), &Some(OriginType::AwsKms)));
        assert_eq!(derived.key_agreement_algorithm, Some(KeyAgreementAlgorithmSpec::Ecdh));
        secrets.push(derived.shared_secret);
    }
    assert_eq!((len(&secrets[0]), &secrets[0]), (48, &secrets[1]));

    let key = key_of(&kms, KeySpec::MlKem768, KeyUsageType::EncapsulateDecapsulate).await;
    let algorithm = EncapsulationAlgorithmSpec::MlKem;
    let public = kms.get_public_key().key_id(&key).send().await.good();
    assert_eq!(public.encapsulation_algorithms.as_deref(), Some(std::slice::from_ref(&algorithm)));
    let made = kms.encapsulate().key_id(&key).encapsulation_algorithm(algorithm.clone()).send().await.good();
    assert_eq!((made.key_id(), made.encapsulation_algorithm()), (Some(key.as_str()), Some(&algorithm)));
    assert_eq!((len(&made.shared_secret), len(&made.shared_secret_ciphertext_blob)), (32, 1088));
    let open = kms.decapsulate().key_id(&key).encapsulation_algorithm(algorithm.clone());
    let opened = open.shared_secret_ciphertext_blob(made.shared_secret_ciphertext_blob.unwrap()).send().await.good();
    assert_eq!((opened.key_id(), opened.encapsulation_algorithm()), (Some(key.as_str()), Some(&algorithm)));
    assert_eq!(opened.shared_secret, made.shared_secret);
    called(&server, "secrets");
}
