//! Who may do what: two accounts, two Regions, grants and conditions.

use aws_sdk_kms::Client;
use aws_sdk_kms::operation::RequestId as _;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_kms::types::{GrantConstraints, GrantOperation};
use std::collections::BTreeSet;
use tokio::task::JoinSet;

use crate::answer::Answer as _;
use crate::server::{ACCOUNT, ACCOUNT_B, REGION, Server};

/// Why a call across accounts fails is not told.
const WITHHELD: &str = "because the resource does not exist in this Region, no resource-based policies allow access, \
                        or a resource-based policy explicitly denies access";

fn denied(caller: &str, action: &str, rest: &str) -> String {
    format!("User: {caller} is not authorized to perform: kms:{action} on {rest}")
}

async fn arn(kms: &Client, alias: &str) -> String {
    kms.describe_key().key_id(alias).send().await.good().key_metadata.unwrap().arn.unwrap()
}

async fn seal(kms: &Client, key: &str, department: Option<&str>) -> Blob {
    let context = department.map(|department| [("department".to_owned(), department.to_owned())].into());
    kms.encrypt().key_id(key).plaintext(Blob::new("x")).set_encryption_context(context).send().await.good().ciphertext_blob.unwrap()
}

#[tokio::test]
async fn every_profile_is_who_it_says() {
    let server = Server::world("two-accounts");
    for profile in server.profiles() {
        let told = server.sts_as(profile).get_caller_identity().send().await.good();
        assert_eq!(told.arn(), Some(server.arn(profile)));
        assert_eq!(told.account(), server.arn(profile).split(':').nth(4));
        assert!(told.user_id().is_some_and(|id| !id.is_empty()));
    }
}

#[tokio::test]
async fn without_a_permission_there_is_no_access() {
    let server = Server::world("two-accounts");
    let (key, closed) = (arn(&server.kms(), "alias/own").await, arn(&server.kms(), "alias/closed").await);
    let encrypt = |kms: Client, key: &str| kms.encrypt().key_id(key).plaintext(Blob::new("x"));
    let reason = format!("resource: {key} because no identity-based policy allows the kms:Encrypt action");
    let message = denied(server.arn("A.Bob"), "Encrypt", &reason);
    encrypt(server.kms_as("A.Bob"), "alias/own").send().await.refused().is("AccessDeniedException", 400, &message);
    // A key policy that names one role alone leaves nothing to IAM.
    let reason = format!("resource: {closed} because no resource-based policy allows the kms:Encrypt action");
    let message = denied(server.arn("A.Ana"), "Encrypt", &reason);
    encrypt(server.kms_as("A.Ana"), &closed).send().await.refused().is("AccessDeniedException", 400, &message);
}

#[tokio::test]
async fn a_key_that_is_shared_with_another_account() {
    let server = Server::world("two-accounts");
    let (ana, restore) = (server.kms_as("A.Ana"), server.kms_as("ACCOUNT-B.Restore"));
    let key = arn(&server.kms(), "alias/shared").await;
    let sealed = seal(&ana, "alias/shared", None).await;
    let opened = restore.decrypt().ciphertext_blob(sealed).send().await.good();
    assert_eq!((opened.plaintext, opened.key_id.as_ref()), (Some(Blob::new("x")), Some(&key)));
    assert_eq!(arn(&restore, &format!("arn:aws:kms:{REGION}:{ACCOUNT}:alias/shared")).await, key);
    let missing = format!("Alias arn:aws:kms:{REGION}:{ACCOUNT_B}:alias/shared is not found.");
    restore.describe_key().key_id("alias/shared").send().await.refused().is("NotFoundException", 400, &missing);
    let sealed = seal(&ana, "alias/own", None).await;
    let message = denied(server.arn("ACCOUNT-B.Restore"), "Decrypt", &format!("the resource associated with this ciphertext {WITHHELD}"));
    restore.decrypt().ciphertext_blob(sealed).send().await.refused().is("AccessDeniedException", 400, &message);
    // Management does not work across accounts, whoever asks.
    server.kms_as("ACCOUNT-B.Admin").disable_key().key_id(&key).send().await.refused().has("AccessDeniedException", 400);
    let records = server.records("Decrypt");
    let accounts: Vec<_> =
        records.iter().filter(|record| record.get("errorCode").is_none()).map(|record| &record["recipientAccountId"]).collect();
    assert!(accounts.len() == 2 && accounts.iter().any(|id| *id == ACCOUNT) && accounts.iter().any(|id| *id == ACCOUNT_B), "{accounts:?}");
}

#[tokio::test]
async fn keys_stay_in_their_region() {
    let server = Server::world("two-accounts");
    let (east, west) = (server.kms(), server.kms_in("us-west-2"));
    let key = arn(&west, "alias/west").await;
    assert!(key.starts_with(&format!("arn:aws:kms:us-west-2:{ACCOUNT}:key/")));
    let missing = format!("Alias arn:aws:kms:{REGION}:{ACCOUNT}:alias/west is not found.");
    east.describe_key().key_id("alias/west").send().await.refused().is("NotFoundException", 400, &missing);
    east.describe_key().key_id(&key).send().await.refused().is("NotFoundException", 400, "Invalid arn us-west-2");
    let keys = west.list_keys().send().await.good().keys.unwrap();
    assert_eq!(keys.iter().map(|entry| entry.key_arn().unwrap()).collect::<Vec<_>>(), [key.as_str()]);
    let sealed = seal(&west, &key, None).await;
    let refusal = east.decrypt().ciphertext_blob(sealed).send().await.refused();
    assert!(["AccessDeniedException", "InvalidCiphertextException"].contains(&refusal.code.as_str()), "{refusal:?}");
}

#[tokio::test]
async fn a_grant_counts_at_once_with_its_token_and_later_without() {
    let server = Server::world("two-accounts");
    let (admin, nobody, bob) = (server.kms_as("A.Admin"), server.kms_as("A.Nobody"), server.kms_as("A.Bob"));
    let key = arn(&admin, "alias/closed").await;
    let sealed = seal(&admin, &key, Some("finance")).await;
    let decrypt = |kms: &Client, sealed: &Blob, department: &str| {
        kms.decrypt().ciphertext_blob(sealed.clone()).encryption_context("department", department)
    };
    let constraints = GrantConstraints::builder().encryption_context_subset("department", "finance").build();
    let grant = admin.create_grant().key_id(&key).grantee_principal(format!("arn:aws:iam::{ACCOUNT}:role/Nobody"));
    let made = grant.operations(GrantOperation::Decrypt).constraints(constraints).send().await.good();
    let token = made.grant_token().unwrap();
    let denied = "AccessDeniedException";
    decrypt(&nobody, &sealed, "finance").send().await.refused().has(denied, 400);
    let opened = decrypt(&nobody, &sealed, "finance").grant_tokens(token).send().await.good();
    assert_eq!(opened.plaintext, Some(Blob::new("x")));
    decrypt(&bob, &sealed, "finance").grant_tokens(token).send().await.refused().has(denied, 400);
    server.advance("5m");
    decrypt(&nobody, &sealed, "finance").send().await.good();
    // Nothing else is granted: no other context, and no other operation.
    let other = seal(&admin, &key, Some("sales")).await;
    decrypt(&nobody, &other, "sales").send().await.refused().has(denied, 400);
    nobody.encrypt().key_id(&key).plaintext(Blob::new("x")).send().await.refused().has(denied, 400);
    admin.revoke_grant().key_id(&key).grant_id(made.grant_id().unwrap()).send().await.good();
    decrypt(&nobody, &sealed, "finance").send().await.refused().has(denied, 400);
}

#[tokio::test]
async fn a_condition_denies() {
    let server = Server::world("two-accounts");
    let ana = server.kms_as("A.Ana");
    let key = arn(&server.kms(), "alias/contextual").await;
    let sealed = seal(&ana, &key, Some("finance")).await;
    ana.decrypt().ciphertext_blob(sealed).encryption_context("department", "finance").send().await.good();
    let message = denied(server.arn("A.Ana"), "Decrypt", &format!("resource: {key} with an explicit deny in a resource-based policy"));
    let sealed = seal(&ana, &key, Some("sales")).await;
    let decrypt = ana.decrypt().ciphertext_blob(sealed).encryption_context("department", "sales");
    decrypt.send().await.refused().is("AccessDeniedException", 400, &message);
    let sealed = seal(&ana, &key, None).await;
    ana.decrypt().ciphertext_blob(sealed).send().await.refused().is("AccessDeniedException", 400, &message);

    // The tag of the role is asked for, and one of the two has it.
    let (blue, red) = (server.kms_as("A.Blue"), server.kms_as("A.Red"));
    let sealed = seal(&blue, "alias/blue", None).await;
    blue.decrypt().ciphertext_blob(sealed.clone()).send().await.good();
    red.decrypt().ciphertext_blob(sealed).send().await.refused().has("AccessDeniedException", 400);
}

#[tokio::test]
async fn calls_at_the_same_time_are_answered_and_recorded_one_by_one() {
    let server = Server::world("two-accounts");
    let ana = server.kms_as("A.Ana");
    let calls: JoinSet<_> = (0..100)
        .map(|number| {
            let (kms, plaintext) = (ana.clone(), Blob::new(format!("number {number}")));
            async move {
                let sealed = kms.encrypt().key_id("alias/own").plaintext(plaintext.clone()).send().await.good();
                let id = sealed.request_id().unwrap().to_owned();
                let opened = kms.decrypt().ciphertext_blob(sealed.ciphertext_blob.unwrap()).send().await.good();
                assert_eq!(opened.plaintext(), Some(&plaintext));
                [id, opened.request_id().unwrap().to_owned()]
            }
        })
        .collect();
    let ids: BTreeSet<String> = calls.join_all().await.into_iter().flatten().collect();
    assert_eq!(ids.len(), 200);
    let trail = server.trail();
    let recorded: Vec<_> = trail.iter().map(|record| record["requestID"].as_str().unwrap()).collect();
    assert_eq!(recorded.len(), 200);
    assert!(recorded.iter().all(|id| ids.contains(*id)));
}
