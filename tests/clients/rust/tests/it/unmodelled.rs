//! Errors that every operation of AWS may have and that no SDK has types for: they are told apart by their codes.

use aws_credential_types::Credentials;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{DataKeySpec, KeySpec, KeyUsageType, SigningAlgorithmSpec};

use crate::answer::Answer as _;
use crate::keys::{key, key_of};
use crate::server::Server;

#[tokio::test]
async fn requests_that_are_not_valid() {
    let server = Server::empty();
    let kms = server.kms();
    let key = key(&kms).await;
    let rsa = key_of(&kms, KeySpec::Rsa2048, KeyUsageType::EncryptDecrypt).await;
    let sign = key_of(&kms, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
    let is = "ValidationException";
    let (detected, failed) = ("1 validation error detected: Value", "failed to satisfy constraint: Member must");
    let either = "Please specify either number of bytes or key spec.";

    let message = format!("{detected} '1025' at 'numberOfBytes' {failed} have value less than or equal to 1024");
    kms.generate_random().number_of_bytes(1025).send().await.refused().is(is, 400, &message);
    let message = format!("{detected} '0' at 'numberOfBytes' {failed} have value greater than or equal to 1");
    kms.generate_random().number_of_bytes(0).send().await.refused().is(is, 400, &message);
    let message = format!("{detected} at 'plaintext' {failed} have length less than or equal to 4096");
    kms.encrypt().key_id(&key).plaintext(Blob::new([0; 4097])).send().await.refused().is(is, 400, &message);
    let message = format!("{detected} null at 'keyId' {failed} not be null");
    kms.describe_key().send().await.refused().is(is, 400, &message);
    let refusal = kms.encrypt().send().await.refused();
    assert!(refusal.message.starts_with("2 validation errors detected: "), "{}", refusal.message);
    refusal.has(is, 400);
    kms.generate_data_key().key_id(&key).send().await.refused().is(is, 400, either);
    kms.generate_data_key().key_id(&key).key_spec(DataKeySpec::Aes256).number_of_bytes(32).send().await.refused().is(is, 400, either);
    let message = "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.";
    kms.create_key().key_spec(KeySpec::Rsa2048).send().await.refused().is(is, 400, message);
    let message = "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.";
    let long = kms.encrypt().key_id(&rsa).plaintext(Blob::new([0; 191])).encryption_algorithm("RSAES_OAEP_SHA_256".into());
    long.send().await.refused().is(is, 400, message);
    let digest = kms.sign().key_id(&sign).message(Blob::new("short")).message_type("DIGEST".into());
    let message = "Digest is invalid length for algorithm ECDSA_SHA_256.";
    digest.signing_algorithm(SigningAlgorithmSpec::EcdsaSha256).send().await.refused().is(is, 400, message);
    // The SDK sends a value that it does not know as it is.
    let refusal = kms.create_key().key_spec(KeySpec::from("ROT13")).send().await.refused();
    assert!(
        refusal.message.starts_with(&format!("{detected} 'ROT13' at 'keySpec' {failed} satisfy enum value set: [")),
        "{}",
        refusal.message
    );
    refusal.has(is, 400);
    assert_eq!(server.records("CreateKey").iter().filter(|record| record.get("errorCode").is_none()).count(), 3);
}

#[tokio::test]
async fn credentials_that_are_wrong() {
    let server = Server::empty();
    let good = server.credentials(server.administrator());
    let other = |id: &str, secret: &str| Credentials::new(id, secret, None, None, "test");
    let wrong = other(good.access_key_id(), "wrong");
    let unknown = other("AKIAIOSFODNN7NOTHERE", good.secret_access_key());

    let refusal = server.kms_with(wrong.clone()).list_keys().send().await.refused();
    let start = "The request signature we calculated does not match the signature you provided.";
    assert!(refusal.message.starts_with(start), "{}", refusal.message);
    refusal.has("InvalidSignatureException", 400);
    let invalid = "The security token included in the request is invalid.";
    server.kms_with(unknown.clone()).list_keys().send().await.refused().is("UnrecognizedClientException", 400, invalid);

    let refusal = server.sts_with(wrong).get_caller_identity().send().await.refused();
    assert!(refusal.message.starts_with(start), "{}", refusal.message);
    refusal.has("SignatureDoesNotMatch", 403);
    server.sts_with(unknown).get_caller_identity().send().await.refused().is("InvalidClientTokenId", 403, invalid);
    assert!(server.trail().iter().all(|record| record.get("errorCode").is_some()));
}
