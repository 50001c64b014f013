//! Keys: their life, names, tags, policies, rotations and grants.

use aws_sdk_kms::Client;
use aws_sdk_kms::types::{
    EncryptionAlgorithmSpec, GrantConstraints, GrantOperation, IncludeKeyMaterial, KeyManagerType, KeyMaterialState, KeySpec, KeyState,
    KeyUsageType, OriginType, RotationType, Tag,
};

use crate::answer::Answer as _;
use crate::coverage::called;
use crate::server::{ACCOUNT, DAY, REGION, Server, after_start};

/// The ARN of a new symmetric key.
pub async fn key(kms: &Client) -> String {
    kms.create_key().send().await.good().key_metadata.unwrap().arn.unwrap()
}

/// The ARN of a new key of a spec and a usage.
pub async fn key_of(kms: &Client, spec: KeySpec, usage: KeyUsageType) -> String {
    kms.create_key().key_spec(spec).key_usage(usage).send().await.good().key_metadata.unwrap().arn.unwrap()
}

/// A tag.
pub fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().tag_key(key).tag_value(value).build().unwrap()
}

/// The state of a key.
pub async fn state(kms: &Client, key: &str) -> KeyState {
    kms.describe_key().key_id(key).send().await.good().key_metadata.unwrap().key_state.unwrap()
}

#[tokio::test]
async fn a_key_is_made_described_disabled_and_deleted() {
    let server = Server::empty();
    let kms = server.kms();
    let made = kms.create_key().description("first").tags(tag("a", "b")).send().await.good().key_metadata.unwrap();
    let arn = made.arn().unwrap();
    assert_eq!(arn, format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{}", made.key_id));
    assert_eq!((made.aws_account_id(), made.description(), made.enabled), (Some(ACCOUNT), Some("first"), true));
    assert_eq!(made.creation_date, Some(after_start(0)));
    assert_eq!(made.key_state, Some(KeyState::Enabled));
    assert_eq!(made.key_usage, Some(KeyUsageType::EncryptDecrypt));
    assert_eq!((made.origin.clone(), made.key_manager.clone()), (Some(OriginType::AwsKms), Some(KeyManagerType::Customer)));
    assert_eq!(made.key_spec, Some(KeySpec::SymmetricDefault));
    #[expect(deprecated, reason = "the old name of KeySpec is still answered")]
    let old_spec = made.customer_master_key_spec().map(|spec| spec.as_str());
    assert_eq!(old_spec, Some("SYMMETRIC_DEFAULT"));
    assert_eq!(made.encryption_algorithms(), [EncryptionAlgorithmSpec::SymmetricDefault]);
    assert_eq!(made.multi_region, Some(false));
    assert!(made.current_key_material_id().is_some_and(|id| id.len() == 64));
    assert!(
        made.deletion_date.is_none() && made.valid_to.is_none() && made.custom_key_store_id.is_none() && made.signing_algorithms.is_none()
    );
    assert_eq!(kms.describe_key().key_id(&made.key_id).send().await.good().key_metadata.as_ref(), Some(&made));

    kms.update_key_description().key_id(arn).description("second").send().await.good();
    kms.disable_key().key_id(arn).send().await.good();
    let described = kms.describe_key().key_id(arn).send().await.good().key_metadata.unwrap();
    assert_eq!((described.description(), described.enabled, described.key_state()), (Some("second"), false, Some(&KeyState::Disabled)));
    kms.enable_key().key_id(arn).send().await.good();
    assert_eq!(state(&kms, arn).await, KeyState::Enabled);

    let scheduled = kms.schedule_key_deletion().key_id(&made.key_id).pending_window_in_days(7).send().await.good();
    assert_eq!(
        (scheduled.key_id(), scheduled.key_state(), scheduled.pending_window_in_days),
        (Some(arn), Some(&KeyState::PendingDeletion), Some(7))
    );
    assert_eq!(scheduled.deletion_date, Some(after_start(7 * DAY)));
    let described = kms.describe_key().key_id(arn).send().await.good().key_metadata.unwrap();
    assert_eq!((described.deletion_date, described.enabled), (Some(after_start(7 * DAY)), false));
    assert_eq!(kms.cancel_key_deletion().key_id(arn).send().await.good().key_id(), Some(arn));
    assert_eq!(state(&kms, arn).await, KeyState::Disabled);
    let listed = kms.list_keys().send().await.good();
    assert_eq!(listed.keys().iter().map(|entry| entry.key_arn().unwrap()).collect::<Vec<_>>(), [arn]);
    assert!(!listed.truncated && listed.next_marker.is_none());

    kms.schedule_key_deletion().key_id(arn).send().await.good();
    server.advance("30d");
    assert!(kms.list_keys().send().await.good().keys().is_empty());
    called(&server, "life");
}

#[tokio::test]
async fn keys_have_tags_and_a_policy() {
    let server = Server::empty();
    let kms = server.kms();
    let key = key(&kms).await;
    kms.tag_resource().key_id(&key).tags(tag("team", "blue")).tags(tag("empty", "")).send().await.good();
    let mut tags = kms.list_resource_tags().key_id(&key).send().await.good().tags.unwrap();
    tags.sort_by(|one, two| one.tag_key.cmp(&two.tag_key));
    assert_eq!(tags, [tag("empty", ""), tag("team", "blue")]);
    kms.untag_resource().key_id(&key).tag_keys("team").send().await.good();
    assert_eq!(kms.list_resource_tags().key_id(&key).send().await.good().tags(), [tag("empty", "")]);

    let policy = kms.get_key_policy().key_id(&key).send().await.good();
    assert_eq!(policy.policy_name(), Some("default"));
    let mut document: serde_json::Value = serde_json::from_str(policy.policy().unwrap()).unwrap();
    assert_eq!(document["Statement"][0]["Principal"]["AWS"], format!("arn:aws:iam::{ACCOUNT}:root"));
    document["Statement"][0]["Sid"] = "Everything".into();
    kms.put_key_policy().key_id(&key).policy(document.to_string()).send().await.good();
    let policy = kms.get_key_policy().key_id(&key).policy_name("default").send().await.good().policy.unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&policy).unwrap(), document);
    assert_eq!(kms.list_key_policies().key_id(&key).send().await.good().policy_names(), ["default"]);
    called(&server, "tags_and_policies");
}

#[tokio::test]
async fn an_alias_moves_from_key_to_key() {
    let server = Server::empty();
    let kms = server.kms();
    let (one, two) = (key(&kms).await, key(&kms).await);
    kms.create_alias().alias_name("alias/app").target_key_id(&one).send().await.good();
    server.advance("1h");
    kms.update_alias().alias_name("alias/app").target_key_id(&two).send().await.good();
    let aliases = kms.list_aliases().key_id(&two).send().await.good().aliases.unwrap();
    let [alias] = aliases.as_slice() else { panic!("{aliases:?}") };
    assert_eq!(alias.alias_name(), Some("alias/app"));
    assert_eq!(alias.alias_arn(), Some(format!("arn:aws:kms:{REGION}:{ACCOUNT}:alias/app").as_str()));
    assert!(two.ends_with(alias.target_key_id().unwrap()));
    assert_eq!((alias.creation_date, alias.last_updated_date), (Some(after_start(0)), Some(after_start(3600))));
    let described = kms.describe_key().key_id(alias.alias_arn().unwrap()).send().await.good();
    assert_eq!(described.key_metadata.unwrap().arn, Some(two));
    kms.delete_alias().alias_name("alias/app").send().await.good();
    assert!(kms.list_aliases().key_id(&one).send().await.good().aliases().is_empty());
    called(&server, "aliases");
}

#[tokio::test]
async fn a_key_rotates_by_itself_and_on_demand() {
    let server = Server::empty();
    let kms = server.kms();
    let key = key(&kms).await;
    let status = kms.get_key_rotation_status().key_id(&key).send().await.good();
    assert_eq!((status.key_rotation_enabled, status.rotation_period_in_days), (false, None));
    kms.enable_key_rotation().key_id(&key).rotation_period_in_days(90).send().await.good();
    let status = kms.get_key_rotation_status().key_id(&key).send().await.good();
    assert_eq!((status.key_rotation_enabled, status.rotation_period_in_days), (true, Some(90)));
    assert_eq!((status.key_id(), status.next_rotation_date), (Some(key.as_str()), Some(after_start(90 * DAY))));
    server.advance("10d");
    assert_eq!(kms.rotate_key_on_demand().key_id(&key).send().await.good().key_id(), Some(key.as_str()));
    server.advance("80d");
    kms.disable_key_rotation().key_id(&key).send().await.good();
    assert!(!kms.get_key_rotation_status().key_id(&key).send().await.good().key_rotation_enabled);

    let rotations = kms.list_key_rotations().key_id(&key).send().await.good().rotations.unwrap();
    let of = |day: i64| rotations.iter().find(|entry| entry.rotation_date == Some(after_start(day * DAY))).unwrap();
    assert_eq!(rotations.len(), 2);
    assert_eq!(of(10).rotation_type, Some(RotationType::OnDemand));
    assert_eq!(of(90).rotation_type, Some(RotationType::Automatic));
    assert!(of(90).key_id().is_some_and(|id| key.ends_with(id)));
    let all = kms.list_key_rotations().key_id(&key).include_key_material(IncludeKeyMaterial::AllKeyMaterial).send().await.good();
    let current: Vec<_> = all.rotations().iter().filter(|entry| entry.key_material_state == Some(KeyMaterialState::Current)).collect();
    let metadata = kms.describe_key().key_id(&key).send().await.good().key_metadata.unwrap();
    assert_eq!((all.rotations().len(), current.len()), (3, 1));
    assert_eq!(current[0].key_material_id(), metadata.current_key_material_id());
    called(&server, "rotation");
}

#[tokio::test]
async fn grants_are_made_listed_retired_and_revoked() {
    let server = Server::empty();
    let kms = server.kms();
    let key = key(&kms).await;
    let admin = server.arn(server.administrator());
    let constraints = GrantConstraints::builder().encryption_context_subset("a", "b").build();
    let grant = || kms.create_grant().key_id(&key).grantee_principal(admin).operations(GrantOperation::Decrypt);
    let made = grant().operations(GrantOperation::RetireGrant).retiring_principal(admin).name("first").constraints(constraints.clone());
    let made = made.send().await.good();
    assert!(made.grant_token().is_some_and(|token| !token.is_empty()));
    assert!(made.grant_id().is_some_and(|id| id.len() == 64));
    let grants = kms.list_grants().key_id(&key).send().await.good().grants.unwrap();
    let [listed] = grants.as_slice() else { panic!("{grants:?}") };
    assert_eq!((listed.key_id(), listed.grant_id(), listed.name()), (Some(key.as_str()), made.grant_id(), Some("first")));
    assert_eq!((listed.grantee_principal(), listed.retiring_principal()), (Some(admin), Some(admin)));
    assert_eq!(listed.issuing_account(), Some(format!("arn:aws:iam::{ACCOUNT}:root").as_str()));
    assert_eq!(listed.creation_date, Some(after_start(0)));
    assert_eq!(listed.operations(), [GrantOperation::Decrypt, GrantOperation::RetireGrant]);
    assert_eq!(listed.constraints(), Some(&constraints));
    let retirable = kms.list_retirable_grants().retiring_principal(admin).send().await.good();
    assert_eq!(retirable.grants(), grants);

    let other = grant().send().await.good();
    kms.retire_grant().grant_token(made.grant_token().unwrap()).send().await.good();
    kms.revoke_grant().key_id(&key).grant_id(other.grant_id().unwrap()).send().await.good();
    assert!(kms.list_grants().key_id(&key).send().await.good().grants().is_empty());
    called(&server, "grants");
}
