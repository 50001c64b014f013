//! The SDK's paginators: page by page, and item by item.

use aws_sdk_kms::types::{GrantOperation, IncludeKeyMaterial, KeySpec, KeyUsageType};

use crate::answer::Answer as _;
use crate::keys::{key, key_of, tag};
use crate::server::Server;

/// Goes through a list in pages of two, and by items; both give what the list gives at once. Gives the sizes of the pages.
macro_rules! paged {
    ($list:expr, $items:ident) => {{
        let whole = $list.send().await.good();
        assert!(!whole.truncated && whole.next_marker.is_none());
        let pages: Vec<_> = $list.into_paginator().page_size(2).send().try_collect().await.unwrap();
        let (last, others) = pages.split_last().unwrap();
        assert!(others.iter().all(|page| page.truncated && page.next_marker.is_some()));
        assert!(!last.truncated && last.next_marker.is_none());
        let items: Vec<_> = $list.into_paginator().page_size(2).items().send().try_collect().await.unwrap();
        assert_eq!(items, whole.$items());
        assert_eq!(pages.iter().flat_map(|page| page.$items()).cloned().collect::<Vec<_>>(), items);
        pages.iter().map(|page| page.$items().len()).collect::<Vec<_>>()
    }};
}

#[tokio::test]
async fn keys_and_their_names() {
    let server = Server::empty();
    let kms = server.kms();
    for number in 0..5 {
        let key = key(&kms).await;
        kms.create_alias().alias_name(format!("alias/number-{number}")).target_key_id(&key).send().await.good();
    }
    let first = kms.list_keys().send().await.good().keys()[0].key_id().unwrap().to_owned();
    for number in 0..3 {
        kms.create_alias().alias_name(format!("alias/more-{number}")).target_key_id(&first).send().await.good();
    }
    assert_eq!(paged!(kms.list_keys(), keys), [2, 2, 1]);
    assert_eq!(paged!(kms.list_aliases().key_id(&first), aliases), [2, 2]);
    let all: usize = paged!(kms.list_aliases(), aliases).into_iter().sum();
    assert!(all >= 8);
}

#[tokio::test]
async fn what_belongs_to_a_key() {
    let server = Server::empty();
    let kms = server.kms();
    let admin = server.arn(server.administrator());
    let key = key(&kms).await;
    for number in 0..3 {
        kms.tag_resource().key_id(&key).tags(tag(&number.to_string(), "")).send().await.good();
        let grant = kms.create_grant().key_id(&key).grantee_principal(admin).retiring_principal(admin);
        grant.operations(GrantOperation::Decrypt).name(number.to_string()).send().await.good();
        kms.rotate_key_on_demand().key_id(&key).send().await.good();
        server.advance("1m");
    }
    assert_eq!(paged!(kms.list_resource_tags().key_id(&key), tags), [2, 1]);
    assert_eq!(paged!(kms.list_grants().key_id(&key), grants), [2, 1]);
    assert_eq!(paged!(kms.list_retirable_grants().retiring_principal(admin), grants), [2, 1]);
    assert_eq!(paged!(kms.list_key_rotations().key_id(&key), rotations), [2, 1]);
    let all = IncludeKeyMaterial::AllKeyMaterial;
    assert_eq!(paged!(kms.list_key_rotations().key_id(&key).include_key_material(all.clone()), rotations), [2, 2]);
    assert_eq!(paged!(kms.list_key_policies().key_id(&key), policy_names), [1]);
    // A list without items is one page without items.
    let bare = key_of(&kms, KeySpec::Hmac224, KeyUsageType::GenerateVerifyMac).await;
    assert_eq!(paged!(kms.list_grants().key_id(&bare), grants), [0]);
}

#[tokio::test]
async fn key_stores() {
    let server = Server::world("key-stores");
    let sizes = paged!(server.kms().describe_custom_key_stores(), custom_key_stores);
    assert_eq!(sizes, [2, 2, 2, 2]);
}
