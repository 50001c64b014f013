//! Errors of keys and of what belongs to them, as the SDK's types.

use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{EncryptionAlgorithmSpec, GrantOperation, KeySpec, KeyUsageType, MacAlgorithmSpec, SigningAlgorithmSpec};
use serde_json::json;

use crate::answer::{Answer as _, refused};
use crate::coverage::provoked;
use crate::keys::{key, key_of, tag};
use crate::server::{ACCOUNT, REGION, Server};

const MISSING: &str = "1234abcd-12ab-34cd-56ef-1234567890ab";

fn blob() -> Blob {
    Blob::new("x")
}

#[tokio::test]
async fn keys_that_are_not_there_or_cannot_be_used() {
    let server = Server::empty();
    let kms = server.kms();
    let key = key(&kms).await;
    let here = format!("arn:aws:kms:{REGION}:{ACCOUNT}");
    let sealed = kms.encrypt().key_id(&key).plaintext(blob()).send().await.good().ciphertext_blob.unwrap();
    let encrypt = |key: &str| kms.encrypt().key_id(key).plaintext(blob());
    let missing = format!("Key '{here}:key/{MISSING}' does not exist");
    let mut seen = vec![
        refused!(kms.describe_key().key_id(MISSING), NotFoundException, missing),
        refused!(encrypt(MISSING), NotFoundException, missing),
        refused!(encrypt("alias/none"), NotFoundException, format!("Alias {here}:alias/none is not found.")),
        refused!(kms.describe_key().key_id("nonsense"), NotFoundException, "Invalid keyId 'nonsense'"),
        refused!(kms.describe_key().key_id("arn:aws:kms:nowhere"), InvalidArnException),
        refused!(kms.cancel_key_deletion().key_id(&key), KmsInvalidStateException, format!("{key} is not pending deletion.")),
    ];
    let message = "The request would have succeeded, but the DryRun option is set.";
    let grant = kms.create_grant().key_id(&key).grantee_principal(server.arn(server.administrator())).operations(GrantOperation::Decrypt);
    seen.push(refused!(encrypt(&key).dry_run(true), DryRunOperationException, message));
    seen.push(refused!(kms.decrypt().ciphertext_blob(sealed.clone()).dry_run(true), DryRunOperationException, message));
    seen.push(refused!(grant.dry_run(true), DryRunOperationException, message));
    assert!(kms.list_grants().key_id(&key).send().await.good().grants().is_empty());

    kms.disable_key().key_id(&key).send().await.good();
    let message = format!("{key} is disabled.");
    seen.push(refused!(encrypt(&key), DisabledException, message));
    seen.push(refused!(kms.decrypt().ciphertext_blob(sealed.clone()), DisabledException, message));
    seen.push(refused!(kms.enable_key_rotation().key_id(&key), DisabledException, message));
    kms.schedule_key_deletion().key_id(&key).send().await.good();
    let message = format!("{key} is pending deletion.");
    seen.push(refused!(kms.decrypt().ciphertext_blob(sealed), KmsInvalidStateException, message));
    seen.push(refused!(kms.enable_key().key_id(&key), KmsInvalidStateException, message));
    provoked(&seen, "states");
}

#[tokio::test]
async fn ciphertexts_signatures_and_codes_that_are_wrong() {
    let server = Server::empty();
    let kms = server.kms();
    let (key, other) = (key(&kms).await, key(&kms).await);
    let sealed = kms.encrypt().key_id(&key).plaintext(blob()).encryption_context("a", "b").send().await.good().ciphertext_blob.unwrap();
    let decrypt = |blob: &Blob, value: &str| kms.decrypt().ciphertext_blob(blob.clone()).encryption_context("a", value);
    let mut bent = sealed.clone().into_inner();
    *bent.last_mut().unwrap() ^= 1;
    let foreign = "The key ID in the request does not identify a CMK that can perform this operation.";
    let mut seen = vec![
        refused!(decrypt(&sealed, "c"), InvalidCiphertextException, ""),
        refused!(kms.decrypt().ciphertext_blob(sealed.clone()), InvalidCiphertextException, ""),
        refused!(decrypt(&Blob::new(bent), "b"), InvalidCiphertextException, ""),
        refused!(decrypt(&blob(), "b"), InvalidCiphertextException),
        refused!(decrypt(&sealed, "b").key_id(&other), IncorrectKeyException, foreign),
    ];
    let moving = kms.re_encrypt().ciphertext_blob(sealed.clone()).source_encryption_context("a", "b").source_key_id(&other);
    seen.push(refused!(moving.destination_key_id(&key), IncorrectKeyException, foreign));
    // The operation's own type, as a program matches it.
    let error = decrypt(&sealed, "c").send().await.unwrap_err().into_service_error();
    assert!(error.is_invalid_ciphertext_exception() && matches!(error, DecryptError::InvalidCiphertextException(_)), "{error:?}");

    let mac = key_of(&kms, KeySpec::Hmac256, KeyUsageType::GenerateVerifyMac).await;
    let rsa = key_of(&kms, KeySpec::Rsa2048, KeyUsageType::EncryptDecrypt).await;
    let sign = key_of(&kms, KeySpec::EccNistP256, KeyUsageType::SignVerify).await;
    let message = format!("{mac} key usage is GENERATE_VERIFY_MAC which is not valid for Encrypt.");
    seen.push(refused!(kms.encrypt().key_id(&mac).plaintext(blob()), InvalidKeyUsageException, message));
    let message = "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.";
    seen.push(refused!(kms.encrypt().key_id(&rsa).plaintext(blob()), InvalidKeyUsageException, message));
    let message = "Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.";
    let oaep = kms.encrypt().key_id(&key).plaintext(blob()).encryption_algorithm(EncryptionAlgorithmSpec::RsaesOaepSha1);
    seen.push(refused!(oaep, InvalidKeyUsageException, message));
    let algorithm = SigningAlgorithmSpec::EcdsaSha256;
    let signature = kms.sign().key_id(&sign).message(Blob::new("one")).signing_algorithm(algorithm.clone()).send().await.good().signature;
    let verify = kms.verify().key_id(&sign).message(Blob::new("two")).signing_algorithm(algorithm).signature(signature.unwrap());
    seen.push(refused!(verify, KmsInvalidSignatureException, ""));
    let verify = kms.verify_mac().key_id(&mac).message(blob()).mac_algorithm(MacAlgorithmSpec::HmacSha256).mac(Blob::new([0; 32]));
    seen.push(refused!(verify, KmsInvalidMacException, ""));
    provoked(&seen, "ciphertexts");
}

#[tokio::test]
async fn names_tags_and_policies_that_are_refused() {
    let server = Server::empty();
    let kms = server.kms();
    let key = key(&kms).await;
    let alias = |name: &str| kms.create_alias().alias_name(name).target_key_id(&key);
    let put = |policy: serde_json::Value| kms.put_key_policy().key_id(&key).policy(policy.to_string());
    let policy = |principal: &str, action: &str| {
        let statement = json!({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": [statement]})
    };
    alias("alias/app").send().await.good();
    let message = format!("An alias with the name arn:aws:kms:{REGION}:{ACCOUNT}:alias/app already exists");
    let lockout = "The new key policy will not allow you to update the key policy in the future.";
    let ghost = "Policy contains a statement with one or more invalid principals.";
    let mut seen = vec![
        refused!(alias("alias/app"), AlreadyExistsException, message),
        refused!(alias("alias/a:b"), InvalidAliasNameException),
        refused!(kms.tag_resource().key_id(&key).tags(tag("a", "b")).tags(tag("a", "c")), TagException, "Duplicate tag keys"),
        refused!(kms.create_key().tags(tag("aws:a", "b")), TagException, "Tags beginning with aws: are reserved"),
        refused!(put(policy(server.arn(server.administrator()), "kms:Encrypt")), MalformedPolicyDocumentException, lockout),
        refused!(put(policy(&format!("arn:aws:iam::{ACCOUNT}:role/Ghost"), "kms:*")), MalformedPolicyDocumentException, ghost),
        refused!(kms.create_key().policy("{"), MalformedPolicyDocumentException),
    ];
    for number in 1..50 {
        alias(&format!("alias/app-{number}")).send().await.good();
    }
    seen.push(refused!(alias("alias/one-too-many"), LimitExceededException));
    provoked(&seen, "names");
}

#[tokio::test]
async fn grants_tokens_and_markers_that_are_none() {
    let server = Server::empty();
    let kms = server.kms();
    let key = key(&kms).await;
    let seen = [
        refused!(kms.encrypt().key_id(&key).plaintext(blob()).grant_tokens("none"), InvalidGrantTokenException),
        refused!(kms.retire_grant().grant_token("none"), InvalidGrantTokenException),
        refused!(kms.revoke_grant().key_id(&key).grant_id("none"), InvalidGrantIdException),
        refused!(kms.list_grants().key_id(&key).grant_id("none"), InvalidGrantIdException),
        refused!(kms.revoke_grant().key_id(&key).grant_id("0".repeat(64)), NotFoundException),
        refused!(kms.list_keys().marker("none"), InvalidMarkerException),
        refused!(kms.list_aliases().marker("none"), InvalidMarkerException),
        refused!(kms.list_grants().key_id(&key).marker("none"), InvalidMarkerException),
        refused!(kms.describe_custom_key_stores().marker("none"), InvalidMarkerException),
    ];
    provoked(&seen, "grants");
}
