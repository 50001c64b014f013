use super::*;
use crate::diag::Sources;
use crate::doc;
use crate::kms::OPERATIONS;

const ARN: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE: &str = r#"{"AWS":"arn:aws:iam::111122223333:role/App"}"#;

/// A symmetric key of account 111122223333 in us-east-1.
fn subject() -> Subject<'static> {
    Subject {
        key_arn: Some(ARN),
        account: AccountId::parse("111122223333"),
        region: Region::parse("us-east-1"),
        spec: Some(KeySpec::SYMMETRIC_DEFAULT),
        usage: Some(KeyUsage::ENCRYPT_DECRYPT),
    }
}

/// The codes of the warnings, each with the text at its first place.
#[track_caller]
fn warnings_for(kind: PolicyKind, text: &str, subject: &Subject<'_>) -> Vec<(&'static str, String)> {
    let mut sources = Sources::new();
    let node = doc::read(&mut sources, "policy.json", text, doc::Limits::default()).expect(text);
    let policy = Policy::from_node(&node, kind, "p").expect(text);
    let found = review(&policy, subject);
    found
        .iter()
        .map(|warning| {
            assert_eq!(warning.severity, crate::diag::Severity::Warning);
            let span = warning.labels.first().expect(warning.code).span;
            let place = sources.text(span.file).get(span.start as usize..span.end as usize).unwrap();
            (warning.code, place.trim_matches('"').to_owned())
        })
        .collect()
}

fn document(statement: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{statement}}}]}}"#)
}

/// Of a key policy with a statement of these elements; `Effect`, `Principal`, `Action` and `Resource` have defaults.
#[track_caller]
fn key_policy(elements: &str) -> Vec<(&'static str, String)> {
    warnings_for(PolicyKind::Key, &document(&completed(elements, &format!(r#""Principal":{ROLE}"#))), &subject())
}

#[track_caller]
fn identity(elements: &str) -> Vec<(&'static str, String)> {
    warnings_for(PolicyKind::Identity, &document(&completed(elements, "")), &Subject::default())
}

fn completed(elements: &str, principal: &str) -> String {
    let mut all: Vec<String> = Vec::new();
    for (names, default) in [
        (["\"Effect\"", "\"Effect\""], r#""Effect":"Allow""#),
        (["\"Principal\"", "\"NotPrincipal\""], principal),
        (["\"Action\"", "\"NotAction\""], r#""Action":"kms:Decrypt""#),
        (["\"Resource\"", "\"NotResource\""], r#""Resource":"*""#),
    ] {
        if !default.is_empty() && !names.iter().any(|name| elements.contains(name)) {
            all.push(default.to_owned());
        }
    }
    if !elements.is_empty() {
        all.push(elements.to_owned());
    }
    all.join(",")
}

/// One warning of this code at this text.
#[track_caller]
fn is(found: Vec<(&'static str, String)>, code: &str, place: &str) {
    assert_eq!(found, [(code, place.to_owned())]);
}

fn when(operator: &str, key: &str, values: &str) -> String {
    format!(r#""Condition":{{"{operator}":{{"{key}":{values}}}}}"#)
}

#[test]
fn actions_that_no_service_has_are_told_with_the_nearest() {
    is(key_policy(r#""Action":["kms:Decrypt","kms:CreatGrant"]"#), "policy/unknown-action", "kms:CreatGrant");
    is(key_policy(r#""Action":"kms:ReEncrypt""#), "policy/unknown-action", "kms:ReEncrypt");
    is(key_policy(r#""Action":"kms:Delte*""#), "policy/unknown-action", "kms:Delte*");
    is(identity(r#""Effect":"Deny","NotAction":"s3:GetObjct""#), "policy/unknown-action", "s3:GetObjct");
    for good in ["kms:ReEncrypt*", "kms:*", "KMS:decrypt", "*", "dynamodb:GetItem", "kms:GenerateDataKey*", "s3:GetBucketWebsite"] {
        assert_eq!(identity(&format!(r#""Action":"{good}""#)), [], "{good}");
    }
}

#[test]
fn an_action_for_another_usage_allows_nothing_on_this_key() {
    is(key_policy(r#""Action":["kms:Decrypt","kms:Sign"]"#), "policy/action-for-other-key", "kms:Sign");
    assert_eq!(key_policy(r#""Action":["kms:Get*","kms:GetPublicKey*"]"#), []);
    assert_eq!(key_policy(r#""Effect":"Deny","Action":"kms:Sign""#), []);
    let unknown_key = document(&completed(r#""Action":"kms:Sign""#, &format!(r#""Principal":{ROLE}"#)));
    assert_eq!(warnings_for(PolicyKind::Key, &unknown_key, &Subject::default()), []);
}

#[test]
fn everything_but_a_list_is_rarely_what_an_allow_means() {
    is(key_policy(r#""NotAction":"kms:ScheduleKeyDeletion""#), "policy/not-action-with-allow", "kms:ScheduleKeyDeletion");
    assert_eq!(key_policy(r#""Effect":"Deny","NotAction":"kms:ScheduleKeyDeletion""#), []);
}

#[test]
fn a_key_policy_without_action_or_resource_has_no_effect() {
    let text = format!(r#"{{"Statement":[{{"Effect":"Allow","Principal":{ROLE}}}]}}"#);
    let codes: Vec<&str> = warnings_for(PolicyKind::Key, &text, &subject()).into_iter().map(|(code, _)| code).collect();
    assert_eq!(codes, ["policy/missing-element", "policy/missing-element"]);
}

#[test]
fn a_resource_of_a_key_policy_is_this_key() {
    for (resource, fits) in [
        ("*", true),
        (ARN, true),
        ("arn:aws:kms:us-east-1:111122223333:key/*", true),
        ("arn:aws:kms:*:${aws:PrincipalAccount}:key/*", true),
        ("arn:aws:kms:us-west-2:111122223333:key/*", false),
        ("arn:aws:kms:us-east-1:444455556666:key/*", false),
        ("arn:aws:kms:us-east-1:111122223333:key/99999999-12ab-34cd-56ef-1234567890ab", false),
        ("arn:aws:kms:us-east-1:111122223333:alias/app", false),
        ("arn:aws:s3:::bucket", false),
        ("1234abcd-12ab-34cd-56ef-1234567890ab", false),
    ] {
        let found = key_policy(&format!(r#""Resource":["{resource}"]"#));
        if fits {
            assert_eq!(found, [], "{resource}");
        } else {
            is(found, "policy/resource-not-this-key", resource);
        }
    }
}

#[test]
fn of_a_key_that_is_not_known_only_the_certain_is_told() {
    let with = |resource: &str, subject: &Subject<'_>| {
        let text = document(&completed(&format!(r#""Resource":"{resource}""#), &format!(r#""Principal":{ROLE}"#)));
        warnings_for(PolicyKind::Key, &text, subject).len()
    };
    let nothing = Subject::default();
    assert_eq!(with(ARN, &nothing), 0);
    assert_eq!(with("arn:aws:kms:us-east-1:111122223333:alias/app", &nothing), 1);
    let region = Subject { region: Region::parse("eu-west-1"), ..nothing };
    assert_eq!(with(ARN, &region), 1);
}

#[test]
fn an_alias_as_resource_gives_no_use_of_its_key() {
    let alias = "arn:aws:kms:us-east-1:111122223333:alias/app";
    is(identity(&format!(r#""Resource":"{alias}""#)), "policy/alias-resource", alias);
    is(identity(&format!(r#""Action":"kms:*","Resource":["{ARN}","{alias}"]"#)), "policy/alias-resource", alias);
    assert_eq!(identity(&format!(r#""Action":["kms:CreateAlias","kms:DeleteAlias"],"Resource":["{ARN}","{alias}"]"#)), []);
}

#[test]
fn what_is_about_no_key_is_allowed_on_a_star_alone() {
    is(identity(&format!(r#""Action":["kms:Decrypt","kms:CreateKey"],"Resource":"{ARN}""#)), "policy/resource-must-be-star", ARN);
    assert_eq!(identity(&format!(r#""Action":["kms:List*","kms:Decrypt"],"Resource":"{ARN}""#)), []);
    assert_eq!(identity(r#""Action":["kms:ListKeys","kms:GenerateRandom"]"#), []);
}

#[test]
fn condition_keys_that_do_not_exist_are_told() {
    is(key_policy(&when("StringEquals", "kms:ViaServce", r#""x""#)), "policy/condition-key", "kms:ViaServce");
    is(key_policy(&when("StringEquals", "aws:PrincipalOrgId2", r#""o-1""#)), "policy/condition-key", "aws:PrincipalOrgId2");
    is(key_policy(&when("StringEquals", "kms:EncryptionContext", r#""x""#)), "policy/condition-key", "kms:EncryptionContext");
    for good in ["KMS:calleraccount", "aws:PRINCIPALORGID", "aws:PrincipalTag/team", "kms:EncryptionContext:aws:logs:arn", "saml:sub"] {
        assert_eq!(key_policy(&when("StringEquals", good, r#""111122223333""#)), [], "{good}");
    }
}

#[test]
fn condition_keys_that_no_request_of_the_statement_carries_are_told() {
    let on =
        |action: &str, operator: &str, key: &str, value: &str| key_policy(&format!(r#""Action":{action},{}"#, when(operator, key, value)));
    for (action, key, value) in [
        (r#""kms:DescribeKey""#, "kms:EncryptionContext:App", "x"),
        (r#"["kms:Decrypt","kms:Encrypt"]"#, "kms:GrantIsForAWSResource", "true"),
        (r#""kms:ScheduleKeyDeletion""#, "kms:RequestAlias", "alias/app"),
        (r#""kms:Decrypt""#, "kms:RotationPeriodInDays", "90"),
        (r#""kms:Decrypt""#, "s3:prefix", "home"),
        (r#""kms:Decrypt""#, "aws:RequestTag/team", "blue"),
    ] {
        is(on(action, "StringEquals", key, &format!("\"{value}\"")), "policy/condition-key-never-set", key);
    }
    // One of the actions sets it, the other is named beside it.
    let both = on(r#"["kms:Decrypt","kms:DescribeKey"]"#, "StringEquals", "kms:EncryptionContext:App", r#""x""#);
    is(both, "policy/condition-key-not-for-all", "kms:EncryptionContext:App");
    for wide in [r#"["kms:Decrypt","kms:Describe*"]"#, r#""kms:*""#, r#"["kms:CreateGrant","kms:Decrypt","kms:RetireGrant"]"#] {
        assert_eq!(on(wide, "StringEquals", "kms:EncryptionContext:App", r#""x""#), [], "{wide}");
    }
    let expected = on(r#"["kms:Decrypt","kms:DescribeKey"]"#, "StringEqualsIfExists", "kms:EncryptionContext:App", r#""x""#);
    assert_eq!(expected, []);
    let of_s3 =
        identity(&format!(r#""Action":"s3:GetObject",{}"#, when("StringEquals", "kms:ViaService", r#""s3.us-east-1.amazonaws.com""#)));
    is(of_s3, "policy/condition-key-never-set", "kms:ViaService");
}

#[test]
fn an_asymmetric_key_has_no_encryption_context() {
    let rsa = Subject { spec: Some(KeySpec::RSA_2048), ..subject() };
    let text = document(&completed(&when("StringEquals", "kms:EncryptionContext:App", r#""x""#), &format!(r#""Principal":{ROLE}"#)));
    is(warnings_for(PolicyKind::Key, &text, &rsa), "policy/condition-key-never-set", "kms:EncryptionContext:App");
}

#[test]
fn keys_of_users_and_keys_of_services_go_with_their_principals() {
    let service = |condition: &str| key_policy(&format!(r#""Principal":{{"Service":"cloudtrail.amazonaws.com"}},{condition}"#));
    let source = r#""Condition":{"StringEquals":{"aws:SourceAccount":"111122223333"}}"#;
    assert_eq!(service(source), []);
    let via = r#""Condition":{"StringEquals":{"aws:SourceAccount":"111122223333","kms:ViaService":"s3.us-east-1.amazonaws.com"}}"#;
    is(service(via), "policy/user-key-for-service", "kms:ViaService");
    is(key_policy(source), "policy/service-key-for-user", "aws:SourceAccount");
    is(identity(source), "policy/service-key-for-user", "aws:SourceAccount");
    assert_eq!(key_policy(&format!(r#""Principal":"*",{source}"#)), []);
    is(service(""), "policy/confused-deputy", "cloudtrail.amazonaws.com");
    assert_eq!(service(r#""Action":"kms:DescribeKey""#), []);
    assert_eq!(
        service(&when("StringLike", "kms:EncryptionContext:aws:cloudtrail:arn", r#""arn:aws:cloudtrail:*:111122223333:trail/*""#)),
        []
    );
}

#[test]
fn everyone_without_a_condition_is_told() {
    is(key_policy(r#""Principal":{"AWS":["*"]}"#), "policy/everyone", "*");
    assert_eq!(key_policy(&format!(r#""Principal":"*",{}"#, when("StringEquals", "kms:CallerAccount", r#""111122223333""#))), []);
    assert_eq!(key_policy(r#""Effect":"Deny","Principal":"*""#), []);
}

#[test]
fn everyone_in_the_policy_of_a_vpc_endpoint_is_no_mistake() {
    let elements = document(&completed("", r#""Principal":"*""#));
    assert_eq!(warnings_for(PolicyKind::Endpoint, &elements, &Subject::default()), []);
    is(warnings_for(PolicyKind::Resource, &elements, &Subject::default()), "policy/everyone", "*");
}

#[test]
fn notprincipal_is_told_with_what_it_forgets() {
    let deny = |list: &str| key_policy(&format!(r#""Effect":"Deny","NotPrincipal":{{"AWS":{list}}}"#));
    let role = "arn:aws:iam::111122223333:role/App";
    is(deny(&format!("[\"{role}\"]")), "policy/not-principal", role);
    is(deny(&format!(r#"["{role}","111122223333"]"#)), "policy/not-principal", role);
    let session = "arn:aws:sts::111122223333:assumed-role/App/one";
    is(deny(&format!(r#"["111122223333","{session}"]"#)), "policy/not-principal", session);
}

#[test]
fn values_that_a_key_never_has_are_told() {
    for (operator, key, value, action) in [
        ("StringEquals", "kms:KeySpec", "AES_256", "kms:Decrypt"),
        ("StringEquals", "kms:KeyUsage", "encrypt_decrypt", "kms:Decrypt"),
        ("StringLike", "kms:KeyOrigin", "HSM*", "kms:Decrypt"),
        ("StringEquals", "kms:GrantIsForAWSResource", "yes", "kms:CreateGrant"),
        ("Bool", "kms:GrantIsForAWSResource", "yes", "kms:CreateGrant"),
        ("StringEquals", "kms:ViaService", "s3.amazonaws.com", "kms:Decrypt"),
        ("StringEquals", "kms:ViaService", "s3.us-east-9.amazonaws.com", "kms:Decrypt"),
        ("StringEquals", "kms:CallerAccount", "1111-2222-3333", "kms:Decrypt"),
        ("StringEquals", "kms:RequestAlias", "arn:aws:kms:us-east-1:111122223333:alias/app", "kms:Decrypt"),
        ("StringLike", "kms:RequestAlias", "app*", "kms:Decrypt"),
        ("StringEquals", "kms:ReplicaRegion", "Frankfurt", "kms:ReplicateKey"),
        ("NumericLessThan", "kms:RotationPeriodInDays", "ninety", "kms:EnableKeyRotation"),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:sts::111122223333:assumed-role/App/one", "kms:Decrypt"),
        ("IpAddress", "aws:SourceIp", "10.0.0.0/99", "kms:Decrypt"),
    ] {
        let found = key_policy(&format!(r#""Action":"{action}",{}"#, when(operator, key, &format!("\"{value}\""))));
        is(found, "policy/condition-value", value);
    }
    for (operator, key, value) in [
        ("StringLike", "kms:ViaService", "s3.*.amazonaws.com"),
        ("StringLike", "kms:RequestAlias", "a*"),
        ("StringEqualsIgnoreCase", "kms:KeyUsage", "encrypt_decrypt"),
        ("StringNotEquals", "kms:KeySpec", "RSA_2048"),
        ("ArnLike", "aws:PrincipalArn", "arn:aws:iam::*:role/App"),
        ("StringEquals", "kms:EncryptionContext:url", "https://example.com/?q=1"),
    ] {
        assert_eq!(key_policy(&when(operator, key, &format!("\"{value}\""))), [], "{value}");
    }
}

#[test]
fn wildcards_are_characters_to_equals() {
    is(key_policy(&when("StringEquals", "kms:ViaService", r#""s3.*.amazonaws.com""#)), "policy/wildcard-in-equals", "s3.*.amazonaws.com");
    is(key_policy(&when("StringNotEquals", "kms:EncryptionContext:App", r#""shop-?""#)), "policy/wildcard-in-equals", "shop-?");
}

#[test]
fn variables_need_the_version_that_knows_them() {
    let text = |version: &str| {
        let elements =
            completed(&when("StringEquals", "kms:EncryptionContext:User", r#""${aws:username}""#), &format!(r#""Principal":{ROLE}"#));
        format!(r#"{{{version}"Statement":[{{{elements}}}]}}"#)
    };
    is(warnings_for(PolicyKind::Key, &text(""), &subject()), "policy/variable-in-2008", "${aws:username}");
    assert_eq!(warnings_for(PolicyKind::Key, &text(r#""Version":"2012-10-17","#), &subject()), []);
}

#[test]
fn operators_fit_the_number_of_values() {
    let on = |action: &str, condition: &str| identity(&format!(r#""Action":"{action}",{condition}"#));
    is(
        on("kms:Decrypt", &when("ForAnyValue:StringEquals", "kms:EncryptionContext:App", r#""x""#)),
        "policy/set-operator",
        "kms:EncryptionContext:App",
    );
    is(
        on("kms:Decrypt", &when("ForAllValues:StringEquals", "kms:CallerAccount", r#""111122223333""#)),
        "policy/set-operator",
        "kms:CallerAccount",
    );
    is(on("kms:Decrypt", &when("StringEquals", "kms:ResourceAliases", r#""alias/app""#)), "policy/no-set-operator", "kms:ResourceAliases");
    is(
        on("kms:Decrypt", &when("ForAllValues:StringEquals", "kms:EncryptionContextKeys", r#""App""#)),
        "policy/for-all-values",
        "kms:EncryptionContextKeys",
    );
    let with_null =
        r#""Condition":{"ForAllValues:StringEquals":{"kms:EncryptionContextKeys":"App"},"Null":{"kms:EncryptionContextKeys":"false"}}"#;
    assert_eq!(on("kms:Decrypt", with_null), []);
    // CreateGrant always has operations.
    assert_eq!(on("kms:CreateGrant", &when("ForAllValues:StringEquals", "kms:GrantOperations", r#"["Decrypt"]"#)), []);
}

#[test]
fn conditions_that_always_or_never_hold_are_told() {
    is(key_policy(&when("Null", "kms:KeySpec", r#""false""#)), "policy/null-of-ever-present", "kms:KeySpec");
    is(key_policy(&when("Null", "aws:CurrentTime", r#""true""#)), "policy/null-of-ever-present", "aws:CurrentTime");
    is(
        key_policy(&when("StringEqualsIfExists", "kms:KeySpec", r#""SYMMETRIC_DEFAULT""#)),
        "policy/if-exists-of-ever-present",
        "kms:KeySpec",
    );
    is(key_policy(&when("StringEquals", "kms:KeySpec", "[]")), "policy/no-values", "kms:KeySpec");
    assert_eq!(key_policy(&when("Null", "kms:EncryptionContext:App", r#""false""#)), []);
}

#[test]
fn conditions_that_exclude_each_other_are_told() {
    for (one, other) in [
        (r#""Null":{"kms:ViaService":"true"}"#, r#""StringLike":{"kms:ViaService":"s3.*.amazonaws.com"}"#),
        (r#""StringEquals":{"kms:CallerAccount":["111122223333","444455556666"]}"#, r#""StringLike":{"kms:calleraccount":"9*"}"#),
        (r#""StringEquals":{"aws:PrincipalOrgID":"o-1"}"#, r#""StringNotEquals":{"aws:PrincipalOrgID":"o-1"}"#),
        (r#""DateGreaterThan":{"aws:CurrentTime":"2026-06-01"}"#, r#""DateLessThan":{"aws:CurrentTime":"2026-05-01"}"#),
        (r#""NumericLessThan":{"aws:MultiFactorAuthAge":"10"}"#, r#""NumericGreaterThanEquals":{"aws:MultiFactorAuthAge":"10"}"#),
    ] {
        let found = key_policy(&format!(r#""Condition":{{{one},{other}}}"#));
        assert_eq!(found.iter().map(|(code, _)| *code).collect::<Vec<_>>(), ["policy/contradiction"], "{one} {other}");
    }
    for (one, other) in [
        (r#""StringEquals":{"kms:CallerAccount":["111122223333","444455556666"]}"#, r#""StringLike":{"kms:CallerAccount":"4*"}"#),
        (r#""DateGreaterThan":{"aws:CurrentTime":"2026-05-01"}"#, r#""DateLessThan":{"aws:CurrentTime":"2026-06-01"}"#),
        (r#""NumericLessThanEquals":{"aws:MultiFactorAuthAge":"10"}"#, r#""NumericGreaterThanEquals":{"aws:MultiFactorAuthAge":"10"}"#),
        (r#""NumericLessThanIfExists":{"aws:MultiFactorAuthAge":"1"}"#, r#""NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"10"}"#),
    ] {
        assert_eq!(key_policy(&format!(r#""Condition":{{{one},{other}}}"#)), [], "{one} {other}");
    }
}

#[test]
fn a_statement_that_another_makes_dead_is_told_with_the_other() {
    let root = r#"{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}"#;
    let policy = |statements: &[&str]| format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
    let dead = |statements: &[&str]| {
        let found = warnings_for(PolicyKind::Key, &policy(statements), &subject()).into_iter();
        found.filter(|(code, _)| *code == "policy/dead-statement").map(|(_, text)| text).collect::<Vec<_>>()
    };
    let narrow = format!(
        r#"{{"Effect":"Allow","Principal":{ROLE},"Action":["kms:Decrypt","kms:GenerateDataKey*"],"Resource":"*","Condition":{{"Bool":{{"aws:SecureTransport":"true"}}}}}}"#
    );
    let wide = format!(r#"{{"Effect":"Allow","Principal":{ROLE},"Action":"kms:*","Resource":"*"}}"#);
    assert_eq!(dead(&[root, &narrow, &wide]), [narrow.as_str()]);
    assert_eq!(dead(&[root, &wide, &wide]), [wide.as_str()], "of two that are alike the second");
    // The account statement delegates; it lets nobody in by itself.
    assert_eq!(dead(&[root, &wide]), Vec::<String>::new());
    let deny = r#"{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"kms:*","Resource":"*"}"#;
    assert_eq!(dead(&[&wide, deny]), [wide.as_str()]);
    let some = r#"{"Effect":"Deny","Principal":"*","Action":"kms:Decrypt","Resource":"*","Condition":{"StringNotEquals":{"kms:CallerAccount":"111122223333"}}}"#;
    assert_eq!(dead(&[&narrow, some]), Vec::<String>::new());
}

#[test]
fn policies_that_aws_makes_itself_are_clean() {
    let account = "arn:aws:iam::111122223333";
    let role = format!("{account}:role/App");
    let console = format!(
        r#"{{"Version":"2012-10-17","Id":"key-consolepolicy-3","Statement":[
        {{"Sid":"Root","Effect":"Allow","Principal":{{"AWS":"{account}:root"}},"Action":"kms:*","Resource":"*"}},
        {{"Sid":"Administrators","Effect":"Allow","Principal":{{"AWS":"{account}:role/Admin"}},"Action":["kms:Create*","kms:Describe*",
          "kms:Enable*","kms:List*","kms:Put*","kms:Update*","kms:Revoke*","kms:Disable*","kms:Get*","kms:Delete*","kms:TagResource",
          "kms:UntagResource","kms:ScheduleKeyDeletion","kms:CancelKeyDeletion","kms:RotateKeyOnDemand"],"Resource":"*"}},
        {{"Sid":"Use","Effect":"Allow","Principal":{{"AWS":"{role}"}},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*",
          "kms:GenerateDataKey*","kms:DescribeKey"],"Resource":"*"}},
        {{"Sid":"Resources","Effect":"Allow","Principal":{{"AWS":"{role}"}},"Action":["kms:CreateGrant","kms:ListGrants",
          "kms:RevokeGrant"],"Resource":"*","Condition":{{"Bool":{{"kms:GrantIsForAWSResource":"true"}}}}}}]}}"#
    );
    assert_eq!(warnings_for(PolicyKind::Key, &console, &subject()), []);
    let logs = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"logs.us-east-1.amazonaws.com"},
        "Action":["kms:Encrypt*","kms:Decrypt*","kms:ReEncrypt*","kms:GenerateDataKey*","kms:Describe*"],"Resource":"*",
        "Condition":{"ArnLike":{"kms:EncryptionContext:aws:logs:arn":"arn:aws:logs:us-east-1:111122223333:*"}}}]}"#;
    assert_eq!(warnings_for(PolicyKind::Key, logs, &subject()), []);
    let account = AccountId::parse("111122223333").unwrap();
    let default = crate::kms::default_key_policy(account, "p").unwrap();
    assert_eq!(review(&default, &subject()), []);
    let mut world = crate::services::World::new(crate::rulebook::Rulebook::current(), crate::cloud::Instant::default(), 1);
    for service in ["s3", "ebs", "lambda"] {
        world.aws_managed_key(account, Region::default_region(), service, service);
    }
    for key in world.kms.keys() {
        assert_eq!(review(&key.policy, &Subject::of_key(key)), [], "{}", key.policy.name);
    }
}

#[test]
fn text_without_places_gets_the_same_warnings() {
    let text = document(&completed(r#""Action":"kms:Decript""#, &format!(r#""Principal":{ROLE}"#)));
    let policy = Policy::from_json(&text, PolicyKind::Key, "p").unwrap();
    let found = review(&policy, &Subject::default());
    assert_eq!(found.iter().map(|found| (found.code, found.labels.len())).collect::<Vec<_>>(), [("policy/unknown-action", 0)]);
}

#[test]
fn the_actions_of_the_review_are_those_of_the_operations() {
    for row in OPERATIONS {
        for permission in row.permissions.iter().filter(|permission| permission.action.starts_with("kms:")) {
            assert!(covered::names().any(|name| name == permission.action), "{}", permission.action);
        }
    }
}

mod hostile;
