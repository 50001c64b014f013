//! Sessions: roles that are assumed by calls and by the SDK's provider, session policies, and the end of a session.

use aws_config::sts::AssumeRoleProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_kms::primitives::Blob;
use aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder;
use aws_sdk_sts::types::Tag;
use serde_json::json;
use std::time::Duration;

use crate::answer::Answer as _;
use crate::server::{ACCOUNT, ACCOUNT_B, REGION, Server};

fn role(account: &str, name: &str) -> String {
    format!("arn:aws:iam::{account}:role/{name}")
}

fn assume(server: &Server, profile: &str, role: &str) -> AssumeRoleFluentBuilder {
    server.sts_as(profile).assume_role().role_arn(role).role_session_name("work")
}

/// What the SDK signs with, of what STS gave.
fn signing(given: &aws_sdk_sts::types::Credentials) -> Credentials {
    Credentials::new(&given.access_key_id, &given.secret_access_key, Some(given.session_token.clone()), None, "sts")
}

#[tokio::test]
async fn a_role_gives_its_permissions_and_takes_the_callers() {
    let server = Server::world("two-accounts");
    let made = assume(&server, "A.Ana", &role(ACCOUNT, "App")).send().await.good();
    let user = made.assumed_role_user.unwrap();
    assert_eq!(user.arn, format!("arn:aws:sts::{ACCOUNT}:assumed-role/App/work"));
    assert!(user.assumed_role_id.starts_with("AROA") && user.assumed_role_id.ends_with(":work"));
    let given = made.credentials.unwrap();
    assert!(given.access_key_id.starts_with("ASIA"));
    assert_eq!(server.sts_with(signing(&given)).get_caller_identity().send().await.good().arn, Some(user.arn));
    let app = server.kms_with(signing(&given));
    let sealed = app.encrypt().key_id("alias/own").plaintext(Blob::new("x")).send().await.good().ciphertext_blob.unwrap();
    assert_eq!(app.decrypt().ciphertext_blob(sealed).send().await.good().plaintext, Some(Blob::new("x")));
    // Ana may generate data keys, App may not.
    server.kms_as("A.Ana").generate_data_key().key_id("alias/own").number_of_bytes(32).send().await.good();
    app.generate_data_key().key_id("alias/own").number_of_bytes(32).send().await.refused().has("AccessDeniedException", 400);
    let record = server.records("Encrypt").pop().unwrap();
    assert_eq!(record["userIdentity"]["accessKeyId"], given.access_key_id);
    assert_eq!(record["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"], role(ACCOUNT, "App"));
}

/// The provider of the SDK for profiles with `role_arn` and `source_profile`.
#[tokio::test]
async fn the_provider_of_the_sdk_assumes_a_role_and_keeps_it() {
    let server = Server::world("two-accounts");
    let restore = role(ACCOUNT_B, "Restore");
    let ana = server.credentials("A.Ana");
    let builder = AssumeRoleProvider::builder(&restore).session_name("provided").session_length(Duration::from_secs(900));
    let provider = builder.configure(&server.config(ana.clone(), REGION)).build_from_provider(ana).await;
    let given = provider.provide_credentials().await.unwrap();
    assert!(given.access_key_id().starts_with("ASIA") && given.session_token().is_some());
    // A client compares the expiry with the clock on the wall.
    let left = given.expiry().unwrap().elapsed().expect_err("credentials that have not expired").duration();
    assert!(left > Duration::from_secs(800) && left <= Duration::from_secs(900), "{left:?}");

    let before = server.records("AssumeRole").len();
    let kms = server.kms_with(provider);
    let sealed = server.kms_as("A.Ana").encrypt().key_id("alias/shared").plaintext(Blob::new("x")).send().await.good();
    for _ in 0..5 {
        let opened = kms.decrypt().ciphertext_blob(sealed.ciphertext_blob.clone().unwrap()).send().await.good();
        assert_eq!(opened.plaintext, Some(Blob::new("x")));
    }
    // Both accounts have a record of the one call for five.
    let accounts = |records: Vec<serde_json::Value>| records.iter().map(|record| record["requestID"].clone()).collect::<Vec<_>>();
    let mut calls = accounts(server.records("AssumeRole"));
    calls.drain(..before);
    calls.dedup();
    assert_eq!(calls.len(), 1);
    let identity = server.records("Decrypt").pop().unwrap()["userIdentity"].clone();
    assert!(identity["principalId"].as_str().is_some_and(|id| id.ends_with(":provided")), "{identity}");
}

#[tokio::test]
async fn whom_a_role_trusts() {
    let server = Server::world("two-accounts");
    let app = role(ACCOUNT, "App");
    assume(&server, "A.Bob", &app).send().await.good();
    let message =
        |name: &str, role: &str| format!("User: {} is not authorized to perform: sts:AssumeRole on resource: {role}", server.arn(name));
    for (profile, role) in [("A.Eve", app.clone()), ("A.Ana", role(ACCOUNT, "Ghost")), ("A.Ana", role(ACCOUNT_B, "Locked"))] {
        let refusal = assume(&server, profile, &role).send().await.refused();
        assert!(refusal.message.starts_with(&message(profile, &role)), "{}", refusal.message);
        refusal.has("AccessDenied", 403);
    }
    let message = "Roles may not be assumed by root accounts.";
    assume(&server, "A.root", &app).send().await.refused().is("AccessDenied", 403, message);
    let error = assume(&server, "A.Ana", &app).policy("{").send().await.unwrap_err().into_service_error();
    assert!(error.is_malformed_policy_document_exception(), "{error:?}");
    assume(&server, "A.Ana", &app).duration_seconds(899).send().await.refused().has("ValidationError", 400);
}

#[tokio::test]
async fn session_policies_and_tags_count() {
    let server = Server::world("two-accounts");
    let app = role(ACCOUNT, "App");
    let statement = json!({"Effect": "Allow", "Action": ["kms:Encrypt", "kms:CreateKey"], "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let given = assume(&server, "A.Ana", &app).policy(policy).send().await.good();
    #[expect(deprecated, reason = "it is still answered")]
    let packed = given.packed_policy_size;
    assert!(packed.is_some_and(|size| (1..=100).contains(&size)));
    let narrow = server.kms_with(signing(&given.credentials.unwrap()));
    let sealed = narrow.encrypt().key_id("alias/own").plaintext(Blob::new("x")).send().await.good().ciphertext_blob.unwrap();
    let refusal = narrow.decrypt().ciphertext_blob(sealed).send().await.refused();
    assert!(refusal.message.ends_with("because no session policy allows the kms:Decrypt action"), "{}", refusal.message);
    narrow.create_key().send().await.refused().has("AccessDeniedException", 400);
}

#[tokio::test]
async fn a_session_comes_to_its_end() {
    let server = Server::world("two-accounts");
    let given = assume(&server, "A.Ana", &role(ACCOUNT, "App")).duration_seconds(900).send().await.good().credentials.unwrap();
    let (kms, sts) = (server.kms_with(signing(&given)), server.sts_with(signing(&given)));
    let own = server.kms().describe_key().key_id("alias/own").send().await.good().key_metadata.unwrap().arn.unwrap();
    server.advance("14m");
    kms.describe_key().key_id(&own).send().await.good();
    server.advance("2m");
    let message = "The security token included in the request is expired";
    kms.describe_key().key_id(&own).send().await.refused().is("ExpiredTokenException", 400, message);
    sts.get_caller_identity().send().await.refused().is("ExpiredToken", 403, message);
}

#[tokio::test]
async fn users_get_sessions_and_federated_users() {
    let server = Server::world("two-accounts");
    let sts = server.sts_as("A.Ana");
    let session = sts.get_session_token().send().await.good().credentials.unwrap();
    let told = server.sts_with(signing(&session)).get_caller_identity().send().await.good();
    assert_eq!(told.arn(), Some(server.arn("A.Ana")));
    let statement = json!({"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"});
    let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let federated = sts.get_federation_token().name("guest").policy(policy).send().await.good();
    let user = federated.federated_user.unwrap();
    assert_eq!(user.arn, format!("arn:aws:sts::{ACCOUNT}:federated-user/guest"));
    assert_eq!(user.federated_user_id, format!("{ACCOUNT}:guest"));
    let guest = server.kms_with(signing(&federated.credentials.unwrap()));
    let sealed = guest.encrypt().key_id("alias/own").plaintext(Blob::new("x")).send().await.good().ciphertext_blob.unwrap();
    guest.decrypt().ciphertext_blob(sealed).send().await.refused().has("AccessDeniedException", 400);
    // A session does not make further ones.
    let again = server.sts_with(signing(&session)).get_session_token().send().await.refused();
    again.is("AccessDenied", 403, "Cannot call GetSessionToken with session credentials");
}

#[tokio::test]
async fn tags_of_a_session_are_asked_for_by_conditions() {
    let server = Server::world("two-accounts");
    let app = role(ACCOUNT, "App");
    let tagged = async |team: &str| {
        let tag = Tag::builder().key("team").value(team).build().unwrap();
        signing(&assume(&server, "A.Ana", &app).tags(tag).send().await.good().credentials.unwrap())
    };
    let (blue, red) = (server.kms_with(tagged("blue").await), server.kms_with(tagged("red").await));
    let sealed = blue.encrypt().key_id("alias/blue").plaintext(Blob::new("x")).send().await.good().ciphertext_blob.unwrap();
    blue.decrypt().ciphertext_blob(sealed.clone()).send().await.good();
    red.decrypt().ciphertext_blob(sealed).send().await.refused().has("AccessDeniedException", 400);
}

/// Asking for a long token is no mistake, and changes nothing (docs/fidelity.md).
#[tokio::test]
async fn a_token_that_should_be_long_works_like_any_other() {
    let server = Server::world("two-accounts");
    let made = assume(&server, "A.Ana", &role(ACCOUNT, "App")).minimum_session_token_size(3000).send().await.good();
    server.kms_with(signing(&made.credentials.unwrap())).describe_key().key_id("alias/own").send().await.good();
}
