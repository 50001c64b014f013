//! Imported material, and multi-Region keys.

use aws_sdk_kms::Client;
use aws_sdk_kms::operation::import_key_material::builders::ImportKeyMaterialFluentBuilder;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{
    AlgorithmSpec, ExpirationModelType, ImportState, ImportType, IncludeKeyMaterial, KeyMaterialState, KeyState, MultiRegionKeyType,
    OriginType, WrappingKeySpec,
};
use rsa::pkcs8::DecodePublicKey as _;

use crate::answer::Answer as _;
use crate::coverage::called;
use crate::keys::{state, tag};
use crate::server::{DAY, Server, after_start};

/// The ARN of a new key that waits for its material.
pub async fn waiting(kms: &Client) -> String {
    kms.create_key().origin(OriginType::External).send().await.good().key_metadata.unwrap().arn.unwrap()
}

/// The request that imports a material, wrapped for a key.
pub async fn import(kms: &Client, key: &str, material: [u8; 32]) -> ImportKeyMaterialFluentBuilder {
    let request = kms.get_parameters_for_import().key_id(key).wrapping_algorithm(AlgorithmSpec::RsaesOaepSha256);
    let parameters = request.wrapping_key_spec(WrappingKeySpec::Rsa2048).send().await.good();
    assert_eq!(parameters.key_id(), Some(key));
    let public = rsa::PublicKey::from_public_key_der(parameters.public_key.unwrap().as_ref()).unwrap();
    let wrapped = public.oaep_encrypt::<sha2::Sha256>(&material).unwrap();
    kms.import_key_material().key_id(key).import_token(parameters.import_token.unwrap()).encrypted_key_material(Blob::new(wrapped))
}

#[tokio::test]
async fn material_is_imported_expires_comes_back_and_is_deleted() {
    let server = Server::empty();
    let kms = server.kms();
    let key = waiting(&kms).await;
    let parameters = kms.get_parameters_for_import().key_id(&key).wrapping_algorithm(AlgorithmSpec::RsaesOaepSha1);
    let parameters = parameters.wrapping_key_spec(WrappingKeySpec::Rsa4096).send().await.good();
    assert_eq!(parameters.parameters_valid_to, Some(after_start(DAY)));
    assert_eq!(state(&kms, &key).await, KeyState::PendingImport);

    let until = after_start(30 * DAY);
    let request = import(&kms, &key, [7; 32]).await.expiration_model(ExpirationModelType::KeyMaterialExpires).valid_to(until);
    let imported = request.send().await.good();
    assert_eq!(imported.key_id(), Some(key.as_str()));
    assert!(imported.key_material_id().is_some_and(|id| id.len() == 64));
    let metadata = kms.describe_key().key_id(&key).send().await.good().key_metadata.unwrap();
    assert_eq!((metadata.key_state, metadata.origin), (Some(KeyState::Enabled), Some(OriginType::External)));
    assert_eq!((metadata.expiration_model, metadata.valid_to), (Some(ExpirationModelType::KeyMaterialExpires), Some(until)));
    let sealed = kms.encrypt().key_id(&key).plaintext(Blob::new("x")).send().await.good().ciphertext_blob.unwrap();

    server.advance("30d");
    assert_eq!(state(&kms, &key).await, KeyState::PendingImport);
    let stays = ExpirationModelType::KeyMaterialDoesNotExpire;
    let again = import(&kms, &key, [7; 32]).await.expiration_model(stays.clone()).send().await.good();
    assert_eq!(again.key_material_id, imported.key_material_id);
    assert_eq!(kms.decrypt().ciphertext_blob(sealed).send().await.good().plaintext, Some(Blob::new("x")));

    let request = import(&kms, &key, [8; 32]).await.expiration_model(stays).import_type(ImportType::NewKeyMaterial);
    let next = request.key_material_description("next").send().await.good();
    let all = kms.list_key_rotations().key_id(&key).include_key_material(IncludeKeyMaterial::AllKeyMaterial).send().await.good();
    let entry = all.rotations().iter().find(|entry| entry.key_material_id == next.key_material_id).unwrap();
    assert_eq!(entry.key_material_state, Some(KeyMaterialState::PendingRotation));
    assert_eq!((&entry.import_state, entry.key_material_description()), (&Some(ImportState::Imported), Some("next")));
    let deleted = kms.delete_imported_key_material().key_id(&key).key_material_id(imported.key_material_id().unwrap()).send().await.good();
    assert_eq!((deleted.key_id(), deleted.key_material_id()), (Some(key.as_str()), imported.key_material_id()));
    assert_eq!(state(&kms, &key).await, KeyState::PendingImport);
    called(&server, "import");
}

#[tokio::test]
async fn a_multi_region_key_is_replicated_and_its_primary_moves() {
    let server = Server::empty();
    let (home, abroad) = (server.kms(), server.kms_in("eu-west-1"));
    let made = home.create_key().multi_region(true).send().await.good().key_metadata.unwrap();
    let primary = made.arn.unwrap();
    assert!(made.key_id.starts_with("mrk-"));
    assert_eq!(made.multi_region_configuration.unwrap().multi_region_key_type, Some(MultiRegionKeyType::Primary));
    let request = home.replicate_key().key_id(&primary).replica_region("eu-west-1").tags(tag("a", "b")).description("there");
    let answer = request.send().await.good();
    let replica = answer.replica_key_metadata.unwrap();
    let arn = replica.arn.unwrap();
    assert_eq!(arn, primary.replace("us-east-1", "eu-west-1"));
    assert_eq!((replica.key_state, replica.description.as_deref()), (Some(KeyState::Creating), Some("there")));
    assert_eq!(answer.replica_tags, Some(vec![tag("a", "b")]));
    assert!(answer.replica_policy.is_some_and(|policy| policy.contains(":root")));

    server.advance("1m");
    let sealed = home.encrypt().key_id(&primary).plaintext(Blob::new("both")).send().await.good().ciphertext_blob.unwrap();
    assert_eq!(abroad.decrypt().ciphertext_blob(sealed).key_id(&arn).send().await.good().plaintext, Some(Blob::new("both")));
    home.update_primary_region().key_id(&primary).primary_region("eu-west-1").send().await.good();
    assert_eq!(state(&home, &primary).await, KeyState::Updating);
    server.advance("1m");
    for (client, own, kind) in [(&home, &primary, MultiRegionKeyType::Replica), (&abroad, &arn, MultiRegionKeyType::Primary)] {
        let metadata = client.describe_key().key_id(own).send().await.good().key_metadata.unwrap();
        let configuration = metadata.multi_region_configuration.unwrap();
        assert_eq!(configuration.multi_region_key_type, Some(kind));
        let first = configuration.primary_key.as_ref().unwrap();
        assert_eq!((first.arn(), first.region()), (Some(arn.as_str()), Some("eu-west-1")));
        let others: Vec<_> = configuration.replica_keys().iter().map(|other| (other.arn().unwrap(), other.region().unwrap())).collect();
        assert_eq!(others, [(primary.as_str(), "us-east-1")]);
    }
    called(&server, "regions");
}
