use super::*;
use crate::iam::{MalformedPolicy, PolicyKind};

const ROOT: &str = r#"{"AWS":"arn:aws:iam::111122223333:root"}"#;

/// The pointer and the code-free message of a refused document.
fn refused(kind: PolicyKind, text: &str) -> MalformedPolicy {
    Policy::read_json(text, kind, "p").expect_err(text)
}

fn key_statement(elements: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{elements}}}]}}"#)
}

/// A tree with spans, as a reader of files makes it: the numbered one serves.
fn diagnostics(text: &str, kind: PolicyKind) -> Vec<Diagnostic> {
    let node = crate::doc::read_json(text).unwrap().root;
    Policy::from_node(&node, kind, "p").expect_err(text)
}

#[track_caller]
fn refuses(kind: PolicyKind, text: &str, code: &str, pointer: &str) {
    let codes: Vec<&str> = diagnostics(text, kind).iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, [code], "{text}");
    assert_eq!(refused(kind, text).pointer, pointer, "{text}");
}

#[test]
fn a_key_policy_must_say_whom_it_lets_in_and_with_what_effect() {
    refuses(PolicyKind::Key, &key_statement(r#""Effect":"Allow","Action":"kms:*","Resource":"*""#), "policy/no-principal", "/Statement/0");
    refuses(
        PolicyKind::Key,
        &key_statement(&format!(r#""Principal":{ROOT},"Action":"kms:*","Resource":"*""#)),
        "policy/no-effect",
        "/Statement/0",
    );
    refuses(
        PolicyKind::Key,
        &key_statement(&format!(r#""Effect":"allow","Principal":{ROOT},"Action":"kms:*""#)),
        "policy/effect",
        "/Statement/0/Effect",
    );
}

#[test]
fn a_key_policy_may_leave_out_action_and_resource_and_others_may_not() {
    let text = key_statement(&format!(r#""Effect":"Allow","Principal":{ROOT}"#));
    assert!(Policy::from_json(&text, PolicyKind::Key, "p").is_ok());
    assert_eq!(diagnostics(&text, PolicyKind::Resource).len(), 2);
}

#[test]
fn unknown_elements_and_operators_come_with_the_nearest_name() {
    let text = key_statement(&format!(
        r#""Efect":"x","Effect":"Allow","Principal":{ROOT},"Condition":{{"StringEqual":{{"kms:ViaService":"x"}}}}"#
    ));
    let found = diagnostics(&text, PolicyKind::Key);
    let help: Vec<(&str, &str)> = found.iter().map(|diagnostic| (diagnostic.code, diagnostic.help[0].as_str())).collect();
    assert_eq!(help, [("policy/unknown-element", "did you mean `Effect`?"), ("policy/operator", "did you mean `StringEquals`?")]);
}

#[test]
fn what_excludes_each_other_or_repeats_is_refused() {
    let both = key_statement(&format!(r#""Effect":"Allow","Principal":{ROOT},"Action":"kms:*","NotAction":"kms:*","Resource":"*""#));
    refuses(PolicyKind::Key, &both, "policy/both-elements", "/Statement/0/NotAction");
    let one = format!(r#"{{"Sid":"A","Effect":"Allow","Principal":{ROOT},"Action":"kms:*","Resource":"*"}}"#);
    let twice = format!(r#"{{"Statement":[{one},{one}]}}"#);
    refuses(PolicyKind::Key, &twice, "policy/duplicate-sid", "/Statement/1/Sid");
    let repeated = format!(r#"{{"Statement":[],"Statement":[{one}]}}"#);
    assert!(refused(PolicyKind::Key, &repeated).message.contains("the key `Statement` stands here twice"));
}

#[test]
fn only_the_two_versions_exist_and_a_statement_is_needed() {
    refuses(PolicyKind::Key, r#"{"Version":"2024-01-01","Statement":[]}"#, "policy/version", "/Version");
    refuses(PolicyKind::Key, r#"{"Version":"2012-10-17"}"#, "policy/no-statement", "");
    refuses(PolicyKind::Key, "[]", "policy/wrong-shape", "");
    for text in ["", "null", "\"x\"", "7"] {
        assert!(Policy::from_json(text, PolicyKind::Key, "p").is_err(), "{text}");
    }
}

#[test]
fn principals_that_aws_refuses_are_refused() {
    for (principal, at) in [
        (r#"{"AWS":"arn:aws:iam::111122223333:user/*"}"#, "/Principal/AWS"),
        (r#"{"AWS":["111122223333","arn:aws:iam::111122223333:group/ops"]}"#, "/Principal/AWS/1"),
        (r#"{"Service":"*"}"#, "/Principal/Service"),
        (r#"{"Servce":"s3.amazonaws.com"}"#, "/Principal/Servce"),
        (r#"{"CanonicalUser":"abc"}"#, "/Principal/CanonicalUser"),
        (r#""arn:aws:iam::111122223333:root""#, "/Principal"),
        ("{}", "/Principal"),
    ] {
        let text = key_statement(&format!(r#""Effect":"Allow","Principal":{principal},"Action":"kms:*","Resource":"*""#));
        refuses(PolicyKind::Key, &text, "policy/principal", &format!("/Statement/0{at}"));
    }
}

#[test]
fn notprincipal_goes_with_deny_only() {
    let text = key_statement(&format!(r#""Effect":"Allow","NotPrincipal":{ROOT},"Action":"kms:*","Resource":"*""#));
    refuses(PolicyKind::Key, &text, "policy/not-principal-with-allow", "/Statement/0/NotPrincipal");
    assert!(Policy::from_json(&text.replace("Allow", "Deny"), PolicyKind::Key, "p").is_ok());
}

#[test]
fn identity_policies_name_nobody_and_have_plain_sids_and_whole_arns() {
    let with = |elements: &str| key_statement(&format!(r#""Effect":"Allow","Action":"kms:*",{elements}"#));
    let kind = PolicyKind::Identity;
    refuses(kind, &with(&format!(r#""Resource":"*","Principal":{ROOT}"#)), "policy/principal-not-allowed", "/Statement/0/Principal");
    refuses(kind, &with(r#""Resource":"*","Sid":"my key""#), "policy/sid", "/Statement/0/Sid");
    refuses(kind, &with(r#""Resource":"alias/app""#), "policy/resource", "/Statement/0/Resource");
}

#[test]
fn an_action_begins_with_a_whole_service_name() {
    for wrong in ["Decrypt", "kms*:Decrypt", ":Decrypt", ""] {
        let text = key_statement(&format!(r#""Effect":"Allow","Principal":{ROOT},"Action":"{wrong}""#));
        refuses(PolicyKind::Key, &text, "policy/action", "/Statement/0/Action");
    }
}

#[test]
fn a_policy_lists_its_actions_principals_and_conditions() {
    let text = key_statement(
        r#""Effect":"Deny","Principal":{"AWS":["*","111122223333","AIDACKCEVSQ6C2EXAMPLE"],"Service":"s3.amazonaws.com"},
           "NotAction":["kms:Describe*","kms:Decrypt"],"Condition":{"Bool":{"aws:SecureTransport":false}}"#,
    );
    let policy = Policy::from_json(&text, PolicyKind::Key, "p").unwrap();
    let actions: Vec<&str> = policy.statements()[0].actions().listed().iter().map(|action| &*action.written).collect();
    assert_eq!(actions, ["kms:Describe*", "kms:Decrypt"]);
    assert_eq!(policy.principals().map(|(name, _)| name).collect::<Vec<_>>(), ["111122223333", "AIDACKCEVSQ6C2EXAMPLE"]);
    let (operator, key, _) = policy.conditions().next().unwrap();
    assert_eq!((operator, &*key.written), ("Bool", "aws:SecureTransport"));
    assert_eq!(policy.to_json(), serde_json::from_str::<serde_json::Value>(&text).unwrap());
}

#[test]
fn statements_keep_their_place_only_when_it_is_one() {
    let text = key_statement(&format!(r#""Effect":"Allow","Principal":{ROOT},"Action":"kms:*""#));
    assert_eq!(Policy::from_json(&text, PolicyKind::Key, "p").unwrap().statements()[0].span, None);
    let node = crate::doc::read_json(&text).unwrap().root;
    let statement = &node.get("Statement").unwrap().as_sequence().unwrap()[0];
    assert_eq!(Policy::from_node(&node, PolicyKind::Key, "p").unwrap().statements()[0].span, Some(statement.span));
}

#[test]
fn hostile_documents_are_refused_or_read_without_harm() {
    assert!(Policy::from_json(&"[".repeat(200_000), PolicyKind::Key, "p").is_err());
    assert!(Policy::from_json(&format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000)), PolicyKind::Key, "p").is_err());
    let many: Vec<String> =
        (0..20_000).map(|at| format!(r#"{{"Sid":"S{at}","Effect":"Allow","Principal":{ROOT},"Action":"kms:*"}}"#)).collect();
    let policy = Policy::from_json(&format!(r#"{{"Statement":[{}]}}"#, many.join(",")), PolicyKind::Key, "p").unwrap();
    assert_eq!(policy.statements().len(), 20_000);
    let wrong = vec!["{}"; 20_000].join(",");
    assert_eq!(diagnostics(&format!(r#"{{"Statement":[{wrong}]}}"#), PolicyKind::Key).len(), MOST_FINDINGS);
    let long = "x".repeat(1_000_000);
    let text = key_statement(&format!(r#""Effect":"{long}","Principal":{ROOT},"{long}":"","Action":"kms:*""#));
    assert!(Policy::from_json(&text, PolicyKind::Key, "p").unwrap_err().len() < 500);
}

#[test]
fn a_hundred_thousand_mistakes_cost_no_more_than_reading_them() {
    let entries = |each: &str| (0..100_000).map(|at| each.replace('#', &at.to_string())).collect::<Vec<_>>().join(",");
    let statement = |elements: String| key_statement(&format!(r#""Effect":"Allow","Action":"kms:*","Resource":"*",{elements}"#));
    let principal = format!(r#""Principal":{ROOT}"#);
    assert!(Policy::from_json(&statement(entries(r#""Elment#":1"#)), PolicyKind::Key, "p").is_err());
    let operators = format!(r#"{principal},"Condition":{{{}}}"#, entries(r#""StringEqual#":{}"#));
    assert!(Policy::from_json(&statement(operators), PolicyKind::Key, "p").is_err());
    let kinds = format!(r#""Principal":{{{}}}"#, entries(r#""Servce#":"x""#));
    assert!(Policy::from_json(&statement(kinds), PolicyKind::Key, "p").is_err());
    let keys = format!(r#"{principal},"Condition":{{"StringEquals":{{{}}}}}"#, entries(r#""kms:ViaServce#":"x""#));
    assert!(Policy::from_json(&statement(keys), PolicyKind::Key, "p").is_ok());
}
