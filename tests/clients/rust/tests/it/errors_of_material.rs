//! Errors of rotations, imports and replicas, as the SDK's types.

use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{AlgorithmSpec, ExpirationModelType, ImportType, KeySpec, KeyUsageType, WrappingKeySpec};

use crate::answer::{Answer as _, refused};
use crate::coverage::provoked;
use crate::keys::{key, key_of};
use crate::material::{import, waiting};
use crate::server::Server;

#[tokio::test]
async fn rotations_that_are_refused() {
    let server = Server::empty();
    let kms = server.kms();
    let rsa = key_of(&kms, KeySpec::Rsa2048, KeyUsageType::SignVerify).await;
    let key = key(&kms).await;
    let mut seen = vec![
        refused!(kms.rotate_key_on_demand().key_id(&rsa), UnsupportedOperationException, ""),
        refused!(kms.enable_key_rotation().key_id(&rsa), UnsupportedOperationException, ""),
    ];
    kms.enable_key_rotation().key_id(&key).rotation_period_in_days(90).send().await.good();
    // An automatic rotation is due within twenty minutes.
    server.advance("89d23h45m");
    seen.push(refused!(kms.rotate_key_on_demand().key_id(&key), ConflictException));
    server.advance("1h");
    for _ in 0..25 {
        kms.rotate_key_on_demand().key_id(&key).send().await.good();
        server.advance("1m");
    }
    let message = format!(
        "The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: {key}"
    );
    seen.push(refused!(kms.rotate_key_on_demand().key_id(&key), LimitExceededException, message));
    provoked(&seen, "rotation");
}

#[tokio::test]
async fn imports_that_are_refused() {
    let server = Server::empty();
    let kms = server.kms();
    let (key, waiting) = (key(&kms).await, waiting(&kms).await);
    let request = kms.get_parameters_for_import().key_id(&key).wrapping_algorithm(AlgorithmSpec::RsaesOaepSha256);
    let request = request.wrapping_key_spec(WrappingKeySpec::Rsa2048);
    let message = format!("{key} origin is AWS_KMS which is not valid for this operation.");
    let stays = ExpirationModelType::KeyMaterialDoesNotExpire;
    let ready = import(&kms, &waiting, [1; 32]).await.expiration_model(stays.clone());
    let mut seen = vec![
        refused!(request, UnsupportedOperationException, message),
        refused!(
            kms.encrypt().key_id(&waiting).plaintext(Blob::new("x")),
            KmsInvalidStateException,
            format!("{waiting} is pending import.")
        ),
        refused!(ready.clone().import_token(Blob::new("none")), InvalidImportTokenException),
        refused!(ready.clone().encrypted_key_material(Blob::new([1; 256])), InvalidCiphertextException),
    ];
    ready.send().await.good();
    let other = import(&kms, &waiting, [2; 32]).await.expiration_model(stays);
    seen.push(refused!(other.clone(), IncorrectKeyMaterialException));
    let message = format!("No available key material pending rotation for the key: {waiting}.");
    seen.push(refused!(kms.rotate_key_on_demand().key_id(&waiting), KmsInvalidStateException, message));
    server.advance("25h");
    seen.push(refused!(other.import_type(ImportType::NewKeyMaterial), ExpiredImportTokenException));
    provoked(&seen, "import");
}

#[tokio::test]
async fn replicas_that_are_refused() {
    let server = Server::empty();
    let (home, west) = (server.kms(), server.kms_in("us-west-2"));
    let primary = home.create_key().multi_region(true).send().await.good().key_metadata.unwrap().arn.unwrap();
    let single = key(&home).await;
    home.replicate_key().key_id(&primary).replica_region("us-west-2").send().await.good();
    let replica = primary.replace("us-east-1", "us-west-2");
    let encrypt = west.encrypt().key_id(&replica).plaintext(Blob::new("x"));
    refused!(encrypt, KmsInvalidStateException, format!("{replica} is creating."));
    refused!(home.replicate_key().key_id(&primary).replica_region("us-west-2"), AlreadyExistsException);
    refused!(home.replicate_key().key_id(&single).replica_region("us-west-2"), UnsupportedOperationException);
    server.advance("1m");
    let message = format!("{replica} is not a multi-region primary key.");
    refused!(west.replicate_key().key_id(&replica).replica_region("eu-west-1"), UnsupportedOperationException, message);
    refused!(home.describe_key().key_id(&replica), NotFoundException, "Invalid arn us-west-2");
}
