//! Session tokens, federated users, and the credentials that everybody has.

use super::*;

#[test]
fn a_session_token_with_a_device_makes_a_user_multi_factor() {
    let mut world = world();
    let condition = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "600"},
        "DateGreaterThanEquals": {"aws:TokenIssueTime": "2026-01-01T00:00:00Z"}});
    let statement = json!([{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*", "Condition": condition}]);
    let ana = user(&mut world, A, "ana", statement);
    let role = trusting(&mut world, A, "Open", &[]);
    let device = json!({"SerialNumber": "arn:aws:iam::111111111111:mfa/ana", "TokenCode": "123456"});
    let without = sts(&mut world, &ana, "GetSessionToken", json!({}));
    let plain = signing(&world, &without);
    assert_eq!(without["Credentials"]["Expiration"], "2026-01-01T12:00:00Z");
    let answer = sts(&mut world, &ana, "GetSessionToken", device.clone());
    let secure = signing(&world, &answer);
    assert_eq!(code(&mut world, &ana, "sts:AssumeRole", assume(&role)), "AccessDenied");
    assert_eq!(code(&mut world, &plain, "sts:AssumeRole", assume(&role)), "AccessDenied");
    assert_eq!(code(&mut world, &secure, "sts:AssumeRole", assume(&role)), "ok");
    let identity = &last(&world).to_json()["userIdentity"];
    assert_eq!((identity["type"].as_str(), &identity["accessKeyId"]), (Some("IAMUser"), &answer["Credentials"]["AccessKeyId"]));
    assert_eq!(identity["sessionContext"]["attributes"], json!({"creationDate": "2026-01-01T00:00:00Z", "mfaAuthenticated": "true"}));
    world.advance(crate::cloud::Duration::minutes(10));
    assert_eq!(code(&mut world, &secure, "sts:AssumeRole", assume(&role)), "AccessDenied", "the code is too old");
    let half = json!({"SerialNumber": "arn:aws:iam::111111111111:mfa/ana"});
    assert!(message(&mut world, &ana, "GetSessionToken", half).contains("must provide both MFA serial number and one time pass code"));
}

#[test]
fn a_device_of_the_call_itself_counts_for_it_and_not_for_the_session() {
    let mut world = world();
    let multi_factor = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let bob = user(&mut world, A, "bob", json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*", "Condition": multi_factor}]));
    let role = trusting(&mut world, A, "Open", &[]);
    assert_eq!(code(&mut world, &bob, "sts:AssumeRole", assume(&role)), "AccessDenied");
    let answer = sts(&mut world, &bob, "AssumeRole", with(assume(&role), json!({"SerialNumber": "GAHT12345678", "TokenCode": "123456"})));
    assert!(!credential(&world, &answer).principal.temporary().unwrap().multi_factor);
}

#[test]
fn session_tokens_are_for_long_term_credentials_and_root_gets_an_hour() {
    let mut world = world();
    let session = role(&mut world, A, "App", sts_allow(json!("*")));
    let ana = user(&mut world, A, "ana", Value::Null);
    let token = sts(&mut world, &ana, "GetSessionToken", json!({"DurationSeconds": 129_600}));
    assert_eq!(token["Credentials"]["Expiration"], "2026-01-02T12:00:00Z");
    let with_token = signing(&world, &token);
    for caller in [&session, &with_token] {
        for (operation, members) in [("GetSessionToken", json!({})), ("GetFederationToken", json!({"Name": "partner"}))] {
            let denied = format!("AccessDenied: Cannot call {operation} with session credentials");
            assert_eq!(message(&mut world, caller, operation, members), denied);
        }
    }
    assert_eq!(code(&mut world, &ana, "sts:GetSessionToken", json!({"DurationSeconds": 129_601})), "ValidationError");
    for asked in [json!({}), json!({"DurationSeconds": "7200"})] {
        assert_eq!(sts(&mut world, &root(A), "GetSessionToken", asked)["Credentials"]["Expiration"], "2026-01-01T01:00:00Z");
    }
}

#[test]
fn a_federated_user_may_what_both_its_user_and_its_policy_allow() {
    let mut world = world();
    let poor = user(&mut world, A, "poor", Value::Null);
    let broker = user(&mut world, A, "broker", sts_allow(json!(["sts:GetFederationToken", "kms:DescribeKey"])));
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{A}:root")}, "Action": "kms:*", "Resource": "*"});
    let data = key(&mut world, "data", json!([statement]));
    assert_eq!(
        message(&mut world, &poor, "GetFederationToken", json!({"Name": "partner"})),
        "AccessDenied: User: arn:aws:iam::111111111111:user/poor is not authorized to perform: sts:GetFederationToken on resource: \
         arn:aws:sts::111111111111:federated-user/partner"
    );
    assert_eq!(code(&mut world, &broker, "sts:GetFederationToken", json!({"Name": "p"})), "ValidationError");
    let all = json!({"Version": "2012-10-17", "Statement": [allow(json!("kms:*"))]}).to_string();
    let federated = sts(&mut world, &broker, "GetFederationToken", json!({"Name": "partner", "Policy": all}));
    assert_eq!(federated["FederatedUser"]["FederatedUserId"], format!("{A}:partner"));
    assert_eq!(federated["FederatedUser"]["Arn"], "arn:aws:sts::111111111111:federated-user/partner");
    let bare = sts(&mut world, &broker, "GetFederationToken", json!({"Name": "partner"}));
    let of_root = sts(&mut world, &root(A), "GetFederationToken", json!({"Name": "partner", "Policy": all, "DurationSeconds": 7200}));
    assert_eq!(of_root["Credentials"]["Expiration"], "2026-01-01T01:00:00Z");
    use crate::kms::Operation::{DescribeKey, DisableKey};
    let mut may = |answer: &Value, operation| {
        let caller = signing(&world, answer);
        kms(&mut world, &caller, operation, json!({"KeyId": data})).is_ok()
    };
    assert_eq!([may(&federated, DescribeKey), may(&federated, DisableKey)], [true, false]);
    assert_eq!([may(&bare, DescribeKey), may(&bare, DisableKey)], [false, false]);
    assert_eq!([may(&of_root, DescribeKey), may(&of_root, DisableKey)], [true, true]);
    let role = trusting(&mut world, A, "Open", &[]);
    let partner = signing(&world, &of_root);
    assert_eq!(code(&mut world, &partner, "sts:AssumeRole", assume(&role)), "AccessDenied");
    assert_eq!(code(&mut world, &partner, "sts:GetCallerIdentity", json!({})), "ok");
}

#[test]
fn everybody_has_standing_credentials_that_the_trail_shows() {
    let mut world = world();
    user(&mut world, A, "ana", Value::Null);
    role(&mut world, A, "service/App", json!([allow(json!("*"))]));
    for session in ["session", "nightly"] {
        let arn = Principal::role_session(account(A), "service/App", session).arn;
        world.iam.add_session(arn, Session::default());
    }
    let all = principals(&world);
    let arns: Vec<&str> = all.iter().map(|principal| &*principal.arn).collect();
    assert_eq!(
        arns,
        [
            "arn:aws:iam::111111111111:root",
            "arn:aws:iam::111111111111:user/ana",
            "arn:aws:sts::111111111111:assumed-role/App/session",
            "arn:aws:sts::111111111111:assumed-role/App/nightly",
            "arn:aws:iam::222222222222:root",
        ]
    );
    assert!(
        all.iter().filter(|principal| principal.arn.contains("App")).all(|principal| principal.identity_arn().contains("role/service/App"))
    );
    for principal in all {
        let credential = standing(&world.cloud.random, &principal);
        let is_session = principal.arn.contains(":sts:");
        assert_eq!(credential.access_key_id.get(..4), Some(if is_session { "ASIA" } else { "AKIA" }));
        assert_eq!((credential.session_token.is_some(), credential.expires), (is_session, None));
        let caller = Arc::new(Caller::direct(principal.clone(), region()));
        sts(&mut world, &caller, "GetCallerIdentity", json!({}));
        assert_eq!(last(&world).to_json()["userIdentity"]["accessKeyId"], *credential.access_key_id);
        assert_eq!(access_key_id(7, &principal).as_deref(), Some(&*credential.access_key_id));
    }
}

#[test]
fn equal_worlds_make_equal_credentials_and_draw_nothing_for_them() {
    let (mut one, mut other) = (world(), world());
    let mut made = Vec::new();
    for world in [&mut one, &mut other] {
        let ana = user(world, A, "ana", Value::Null);
        let _: [u8; 4] = if made.is_empty() { [0; 4] } else { world.cloud.random.bytes() };
        made.push([sts(world, &ana, "GetSessionToken", json!({})), sts(world, &ana, "GetSessionToken", json!({}))]);
    }
    assert_eq!(made[0], made[1]);
    assert_ne!(made[0][0], made[0][1]);
    assert_eq!(one.sts.temporary("AKIAUNKNOWN").map(|credential| credential.expires), None);
}
