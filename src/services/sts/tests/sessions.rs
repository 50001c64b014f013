//! What a session is given on its way.

use super::*;

#[test]
fn two_sessions_of_one_name_do_not_share_their_policies() {
    let mut world = world();
    let bob = user(&mut world, A, "bob", sts_allow(json!("sts:*")));
    let role = trusting(&mut world, A, "Open", &[]);
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{A}:root")}, "Action": "kms:*", "Resource": "*"});
    let data = key(&mut world, "data", json!([statement]));
    let only = |action: &str| json!({"Policy": json!({"Version": "2012-10-17", "Statement": [allow(json!(action))]}).to_string()});
    let reader = sts(&mut world, &bob, "AssumeRole", with(assume(&role), only("kms:DescribeKey")));
    let writer = sts(&mut world, &bob, "AssumeRole", with(assume(&role), only("kms:DisableKey")));
    let plain = sts(&mut world, &bob, "AssumeRole", assume(&role));
    let managed = json!({"PolicyArns": [{"arn": "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser"}]});
    let power = sts(&mut world, &bob, "AssumeRole", with(assume(&role), managed));
    assert!(reader["PackedPolicySize"].as_u64().is_some_and(|percent| (1..=100).contains(&percent)));
    let arn = |answer: &Value| answer["AssumedRoleUser"]["Arn"].clone();
    assert!(arn(&reader) == arn(&writer) && arn(&reader) == arn(&plain));
    // The world may describe a session of that name: nobody else's session is meant by it.
    let nothing = policy(&json!([{"Effect": "Deny", "Action": "*", "Resource": "*"}]));
    let described = Session { policies: vec![Arc::new(nothing)], ..Session::default() };
    world.iam.add_session(arn(&plain).as_str().unwrap().into(), described);
    use crate::kms::Operation::{DescribeKey, DisableKey};
    let mut may = |answer: &Value, operation| {
        let caller = signing(&world, answer);
        kms(&mut world, &caller, operation, json!({"KeyId": data})).is_ok()
    };
    assert_eq!([may(&reader, DescribeKey), may(&reader, DisableKey)], [true, false]);
    assert_eq!([may(&power, DescribeKey), may(&power, DisableKey)], [true, false]);
    assert_eq!([may(&writer, DescribeKey), may(&writer, DisableKey)], [false, true]);
    assert_eq!([may(&plain, DescribeKey), may(&plain, DisableKey)], [true, true]);
}

#[test]
fn session_policies_must_be_policies_and_fit() {
    let mut world = world();
    let bob = user(&mut world, A, "bob", sts_allow(json!("sts:*")));
    let role = trusting(&mut world, A, "Open", &[]);
    let mut refused = |more: Value| message(&mut world, &bob, "AssumeRole", with(assume(&role), more));
    assert_eq!(refused(json!({"Policy": "no json"})), "MalformedPolicyDocument: The policy is not in the valid JSON format.");
    let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"});
    let named = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    assert!(refused(json!({"Policy": named})).starts_with("MalformedPolicyDocument: "));
    let unknown = "arn:aws:iam::aws:policy/SecurityAudit";
    assert_eq!(
        refused(json!({"PolicyArns": [{"arn": unknown}]})),
        format!("ValidationError: The managed policy {unknown} does not exist or cannot be attached.")
    );
    let tags: Vec<Value> = (0..30).map(|number| json!({"Key": format!("key{number}"), "Value": "v".repeat(200)})).collect();
    let packed = refused(json!({"Tags": tags}));
    assert!(packed.starts_with("PackedPolicyTooLarge: Packed policy consumes "), "{packed}");
}

#[test]
fn a_managed_policy_of_the_account_limits_its_own_sessions_only() {
    let mut world = world();
    let bob = user(&mut world, A, "bob", sts_allow(json!("sts:*")));
    let role = trusting(&mut world, A, "Open", &[]);
    for owner in [A, B] {
        let own = Arc::new(policy(&json!([allow(json!("kms:Encrypt"))])));
        world.iam.account_mut(account(owner)).managed_policies.insert("Writers".into(), own);
    }
    let passing = |owner: &str| with(assume(&role), json!({"PolicyArns": [{"arn": format!("arn:aws:iam::{owner}:policy/Writers")}]}));
    assert_eq!(code(&mut world, &bob, "sts:AssumeRole", passing(A)), "ok");
    assert_eq!(code(&mut world, &bob, "sts:AssumeRole", passing(B)), "ValidationError");
}

#[test]
fn tags_and_a_source_identity_need_their_own_permissions_and_reach_the_session() {
    let mut world = world();
    let narrow = user(&mut world, A, "narrow", sts_allow(json!("sts:AssumeRole")));
    let bob = user(&mut world, A, "bob", sts_allow(json!("sts:*")));
    let role = trusting(&mut world, A, "Open", &[]);
    let tagged = with(assume(&role), json!({"Tags": [{"Key": "Team", "Value": "blue"}]}));
    let sourced = with(assume(&role), json!({"SourceIdentity": "ana"}));
    assert!(message(&mut world, &narrow, "AssumeRole", tagged.clone()).contains("to perform: sts:TagSession on resource"));
    assert!(message(&mut world, &narrow, "AssumeRole", sourced.clone()).contains("to perform: sts:SetSourceIdentity on resource"));
    let answer = sts(&mut world, &bob, "AssumeRole", tagged);
    let principal = credential(&world, &answer).principal;
    assert_eq!(world.iam.principal_tag(&principal, "team"), Some("blue"));
    // A source identity stays the same all along a chain of roles.
    let answer = sts(&mut world, &bob, "AssumeRole", sourced.clone());
    assert_eq!(answer["SourceIdentity"], "ana");
    let session = signing(&world, &answer);
    assert_eq!(sts(&mut world, &session, "AssumeRole", assume(&role))["SourceIdentity"], "ana");
    assert_eq!(code(&mut world, &session, "sts:AssumeRole", with(assume(&role), json!({"SourceIdentity": "bob"}))), "AccessDenied");
    let gated =
        json!([{"Effect": "Allow", "Action": "sts:*", "Resource": "*", "Condition": {"StringEquals": {"aws:SourceIdentity": "ana"}}}]);
    crate::services::test_world::role(&mut world, A, "Open", gated);
    assert_eq!(code(&mut world, &session, "sts:AssumeRole", assume(&role)), "ok");
}
