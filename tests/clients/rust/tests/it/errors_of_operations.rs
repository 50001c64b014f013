//! The errors that many operations share: each of these operations has a type of its own for them.

use aws_sdk_kms::Client;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    AlgorithmSpec, DataKeyPairSpec, DataKeySpec, EncapsulationAlgorithmSpec, GrantOperation, KeyAgreementAlgorithmSpec, KeySpec,
    KeyUsageType, MacAlgorithmSpec, SigningAlgorithmSpec, WrappingKeySpec,
};
use std::collections::BTreeSet;

use crate::answer::{Answer as _, refused};
use crate::coverage::operations_with;
use crate::keys::{key, key_of, tag};
use crate::server::{ACCOUNT, Server};

/// A key for each use.
struct Keys {
    symmetric: String,
    sign: String,
    mac: String,
    agree: String,
    kem: String,
}

impl Keys {
    async fn made(kms: &Client) -> Self {
        Keys {
            symmetric: key(kms).await,
            sign: key_of(kms, KeySpec::EccNistP256, KeyUsageType::SignVerify).await,
            mac: key_of(kms, KeySpec::Hmac256, KeyUsageType::GenerateVerifyMac).await,
            agree: key_of(kms, KeySpec::EccNistP256, KeyUsageType::KeyAgreement).await,
            kem: key_of(kms, KeySpec::MlKem512, KeyUsageType::EncapsulateDecapsulate).await,
        }
    }

    /// Keys that are not there.
    fn missing() -> Self {
        let [symmetric, sign, mac, agree, kem] = [1, 2, 3, 4, 5].map(|last| format!("1234abcd-12ab-34cd-56ef-12345678900{last}"));
        Keys { symmetric, sign, mac, agree, kem }
    }

    fn all(&self) -> [&String; 5] {
        [&self.symmetric, &self.sign, &self.mac, &self.agree, &self.kem]
    }
}

/// What was made with the keys while they could be used.
struct Made {
    sealed: Blob,
    signature: Blob,
    mac: Blob,
    public: Blob,
    secret: Blob,
}

fn text() -> Blob {
    Blob::new("x")
}

impl Made {
    async fn with(kms: &Client, keys: &Keys) -> Self {
        let sign = kms.sign().key_id(&keys.sign).message(text()).signing_algorithm(SigningAlgorithmSpec::EcdsaSha256);
        let mac = kms.generate_mac().key_id(&keys.mac).message(text()).mac_algorithm(MacAlgorithmSpec::HmacSha256);
        let secret = kms.encapsulate().key_id(&keys.kem).encapsulation_algorithm(EncapsulationAlgorithmSpec::MlKem);
        Made {
            sealed: kms.encrypt().key_id(&keys.symmetric).plaintext(text()).send().await.good().ciphertext_blob.unwrap(),
            signature: sign.send().await.good().signature.unwrap(),
            mac: mac.send().await.good().mac.unwrap(),
            public: kms.get_public_key().key_id(&keys.agree).send().await.good().public_key.unwrap(),
            secret: secret.send().await.good().shared_secret_ciphertext_blob.unwrap(),
        }
    }
}

/// Every use of keys that can be a dry run, with more members if need be, ends in this error.
macro_rules! uses_are_refused {
    ($kms:expr, $keys:expr, $made:expr, $kind:ident $(, $more:ident($value:expr))?) => {{
        let (kms, keys, made): (&Client, &Keys, &Made) = ($kms, $keys, $made);
        let pair = DataKeyPairSpec::EccNistP256;
        let grantee = format!("arn:aws:iam::{ACCOUNT}:user/Admin");
        let (signing, macs) = (SigningAlgorithmSpec::EcdsaSha256, MacAlgorithmSpec::HmacSha256);
        let (kem, ecdh) = (EncapsulationAlgorithmSpec::MlKem, KeyAgreementAlgorithmSpec::Ecdh);
        let (symmetric, sealed) = (&keys.symmetric, made.sealed.clone());
        refused!(kms.encrypt().key_id(symmetric).plaintext(text()) $(.$more($value))?, $kind);
        refused!(kms.decrypt().key_id(symmetric).ciphertext_blob(sealed.clone()) $(.$more($value))?, $kind);
        refused!(kms.re_encrypt().ciphertext_blob(sealed).source_key_id(symmetric).destination_key_id(symmetric) $(.$more($value))?, $kind);
        refused!(kms.generate_data_key().key_id(symmetric).key_spec(DataKeySpec::Aes256) $(.$more($value))?, $kind);
        refused!(kms.generate_data_key_without_plaintext().key_id(symmetric).key_spec(DataKeySpec::Aes256) $(.$more($value))?, $kind);
        refused!(kms.generate_data_key_pair().key_id(symmetric).key_pair_spec(pair.clone()) $(.$more($value))?, $kind);
        refused!(kms.generate_data_key_pair_without_plaintext().key_id(symmetric).key_pair_spec(pair) $(.$more($value))?, $kind);
        refused!(kms.generate_mac().key_id(&keys.mac).message(text()).mac_algorithm(macs.clone()) $(.$more($value))?, $kind);
        refused!(kms.verify_mac().key_id(&keys.mac).message(text()).mac_algorithm(macs).mac(made.mac.clone()) $(.$more($value))?, $kind);
        refused!(kms.sign().key_id(&keys.sign).message(text()).signing_algorithm(signing.clone()) $(.$more($value))?, $kind);
        let verify = kms.verify().key_id(&keys.sign).message(text()).signing_algorithm(signing).signature(made.signature.clone());
        refused!(verify $(.$more($value))?, $kind);
        let derive = kms.derive_shared_secret().key_id(&keys.agree).key_agreement_algorithm(ecdh).public_key(made.public.clone());
        refused!(derive $(.$more($value))?, $kind);
        refused!(kms.encapsulate().key_id(&keys.kem).encapsulation_algorithm(kem.clone()) $(.$more($value))?, $kind);
        let open = kms.decapsulate().key_id(&keys.kem).encapsulation_algorithm(kem).shared_secret_ciphertext_blob(made.secret.clone());
        refused!(open $(.$more($value))?, $kind);
        let grant = kms.create_grant().key_id(symmetric).grantee_principal(grantee).operations(GrantOperation::Decrypt);
        refused!(grant $(.$more($value))?, $kind);
    }};
}

/// The operations whose records have this error are those that the API lists it for, but for some that cannot have it.
fn all_had(server: &Server, error: &str, but: &[&str]) {
    let trail = server.trail();
    let had = trail.iter().filter(|record| record["errorCode"] == error).map(|record| record["eventName"].as_str().unwrap().to_owned());
    let mut listed = operations_with(error);
    for operation in but {
        assert!(listed.remove(*operation), "{operation}");
    }
    assert_eq!(had.collect::<BTreeSet<_>>(), listed, "{error}");
}

#[tokio::test]
async fn every_use_of_a_key_has_its_types_of_errors() {
    let server = Server::empty();
    let kms = server.kms();
    let keys = Keys::made(&kms).await;
    let made = Made::with(&kms, &keys).await;

    uses_are_refused!(&kms, &keys, &made, InvalidGrantTokenException, grant_tokens("none"));
    refused!(kms.get_public_key().key_id(&keys.sign).grant_tokens("none"), InvalidGrantTokenException);
    refused!(kms.retire_grant().grant_token("none"), InvalidGrantTokenException);
    all_had(&server, "InvalidGrantTokenException", &[]);

    uses_are_refused!(&kms, &keys, &made, DryRunOperationException, dry_run(true));
    let grant = kms.create_grant().key_id(&keys.symmetric).grantee_principal(server.arn(server.administrator()));
    let id = grant.operations(GrantOperation::Decrypt).send().await.good().grant_id.unwrap();
    refused!(kms.retire_grant().key_id(&keys.symmetric).grant_id(&id).dry_run(true), DryRunOperationException);
    refused!(kms.revoke_grant().key_id(&keys.symmetric).grant_id(&id).dry_run(true), DryRunOperationException);
    assert_eq!(kms.list_grants().key_id(&keys.symmetric).send().await.good().grants().len(), 1);
    all_had(&server, "DryRunOperationException", &[]);

    let replicated = kms.create_key().multi_region(true).send().await.good().key_metadata.unwrap().key_id;
    for key in keys.all().into_iter().chain([&replicated]) {
        kms.disable_key().key_id(key).send().await.good();
    }
    uses_are_refused!(&kms, &keys, &made, DisabledException);
    refused!(kms.enable_key_rotation().key_id(&keys.symmetric), DisabledException);
    refused!(kms.disable_key_rotation().key_id(&keys.symmetric), DisabledException);
    refused!(kms.rotate_key_on_demand().key_id(&keys.symmetric), DisabledException);
    refused!(kms.replicate_key().key_id(&replicated).replica_region("eu-west-1"), DisabledException);
    refused!(kms.update_primary_region().key_id(&replicated).primary_region("eu-west-1"), DisabledException);
    // GetPublicKey passes for disabled keys, by "Key states of AWS KMS keys".
    kms.get_public_key().key_id(&keys.sign).send().await.good();
    all_had(&server, "DisabledException", &["GetPublicKey"]);

    for key in keys.all() {
        kms.schedule_key_deletion().key_id(key).send().await.good();
    }
    uses_are_refused!(&kms, &keys, &made, KmsInvalidStateException);
    refused!(kms.get_public_key().key_id(&keys.sign), KmsInvalidStateException);
}

#[tokio::test]
async fn every_operation_on_a_key_misses_one_that_is_not_there() {
    let server = Server::empty();
    let kms = server.kms();
    let (there, missing) = (Keys::made(&kms).await, Keys::missing());
    let made = Made::with(&kms, &there).await;
    uses_are_refused!(&kms, &missing, &made, NotFoundException);
    let key = &missing.symmetric;
    let policy = kms.get_key_policy().key_id(&there.symmetric).send().await.good().policy.unwrap();
    let parameters = kms.get_parameters_for_import().key_id(key).wrapping_algorithm(AlgorithmSpec::RsaesOaepSha256);
    refused!(kms.cancel_key_deletion().key_id(key), NotFoundException);
    refused!(kms.create_alias().alias_name("alias/app").target_key_id(key), NotFoundException);
    refused!(kms.delete_alias().alias_name("alias/app"), NotFoundException);
    refused!(kms.delete_imported_key_material().key_id(key), NotFoundException);
    refused!(kms.describe_key().key_id(key), NotFoundException);
    refused!(kms.disable_key().key_id(key), NotFoundException);
    refused!(kms.disable_key_rotation().key_id(key), NotFoundException);
    refused!(kms.enable_key().key_id(key), NotFoundException);
    refused!(kms.enable_key_rotation().key_id(key), NotFoundException);
    refused!(kms.get_key_last_usage().key_id(key), NotFoundException);
    refused!(kms.get_key_policy().key_id(key), NotFoundException);
    refused!(kms.get_key_rotation_status().key_id(key), NotFoundException);
    refused!(parameters.wrapping_key_spec(WrappingKeySpec::Rsa2048), NotFoundException);
    refused!(kms.get_public_key().key_id(key), NotFoundException);
    refused!(kms.import_key_material().key_id(key).import_token(text()).encrypted_key_material(text()), NotFoundException);
    refused!(kms.list_aliases().key_id(key), NotFoundException);
    refused!(kms.list_grants().key_id(key), NotFoundException);
    refused!(kms.list_key_policies().key_id(key), NotFoundException);
    refused!(kms.list_key_rotations().key_id(key), NotFoundException);
    refused!(kms.list_resource_tags().key_id(key), NotFoundException);
    refused!(kms.put_key_policy().key_id(key).policy(policy), NotFoundException);
    refused!(kms.replicate_key().key_id(key).replica_region("eu-west-1"), NotFoundException);
    refused!(kms.retire_grant().key_id(format!("arn:aws:kms:us-east-1:{ACCOUNT}:key/{key}")).grant_id("0".repeat(64)), NotFoundException);
    refused!(kms.revoke_grant().key_id(key).grant_id("0".repeat(64)), NotFoundException);
    refused!(kms.rotate_key_on_demand().key_id(key), NotFoundException);
    refused!(kms.schedule_key_deletion().key_id(key), NotFoundException);
    refused!(kms.tag_resource().key_id(key).tags(tag("a", "b")), NotFoundException);
    refused!(kms.untag_resource().key_id(key).tag_keys("a"), NotFoundException);
    refused!(kms.update_alias().alias_name("alias/app").target_key_id(key), NotFoundException);
    refused!(kms.update_key_description().key_id(key).description("x"), NotFoundException);
    refused!(kms.update_primary_region().key_id(key).primary_region("eu-west-1"), NotFoundException);
    // It names a principal, and no key.
    all_had(&server, "NotFoundException", &["ListRetirableGrants"]);
}
