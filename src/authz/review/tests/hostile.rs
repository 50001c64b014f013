//! Policies made to cost time or to mislead. Each is so large that anything quadratic in it would not end; nothing is timed.

use super::*;
use crate::cloud::{Caller, Instant, Principal};
use crate::iam::{AccessRequest, Iam, NoContext, PolicySet, ResourceRule, evaluate};

/// Reads, evaluates, explains and reviews; the codes of the warnings, each once.
fn all(text: &str) -> Vec<&'static str> {
    let policy = Policy::from_json(text, PolicyKind::Key, "p").unwrap();
    let account = AccountId::parse("111122223333").unwrap();
    let caller = Caller::direct(Principal::role_session(account, "App", "s"), Region::default_region());
    let iam = Iam::default();
    let request = AccessRequest {
        iam: &iam,
        caller: &caller,
        action: "kms:GenerateDataKeyPairWithoutPlaintext",
        resource: ARN,
        resource_account: account,
        now: Instant::default(),
        context: &NoContext,
    };
    let evaluation = evaluate(request, PolicySet::new().with_resource(&policy, ResourceRule::KeyPolicy));
    assert!(!evaluation.explain().headline.is_empty());
    let found = review(&policy, &subject());
    assert!(found.len() <= MOST_FINDINGS);
    assert!(found.iter().all(|found| found.message.len() < 1_000), "long texts are cut");
    let mut codes: Vec<&str> = found.iter().map(|found| found.code).collect();
    codes.dedup();
    codes
}

fn statements(count: usize, each: impl Fn(usize) -> String) -> String {
    let list: Vec<String> = (0..count).map(each).collect();
    format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, list.join(","))
}

fn list(count: usize, each: impl Fn(usize) -> String) -> String {
    format!("[{}]", (0..count).map(|at| format!("\"{}\"", each(at))).collect::<Vec<_>>().join(","))
}

/// A key policy with a statement of these elements, and its defaults.
fn one(elements: &str) -> String {
    document(&completed(elements, &format!(r#""Principal":{ROLE}"#)))
}

#[test]
fn a_hundred_thousand_statements() {
    let alike = statements(100_000, |_| format!(r#"{{"Effect":"Allow","Principal":{ROLE},"Action":"kms:Decrypt","Resource":"*"}}"#));
    assert_eq!(all(&alike), ["policy/dead-statement"]);
    let distinct = statements(100_000, |at| {
        format!(
            r#"{{"Effect":"Allow","Principal":{{"AWS":"arn:aws:iam::111122223333:role/R{at}"}},"Action":"kms:Decrypt","Resource":"*"}}"#
        )
    });
    assert_eq!(all(&distinct), Vec::<&str>::new());
}

#[test]
fn a_hundred_thousand_actions_resources_values_and_keys_in_two_statements() {
    let two = |element: &str| {
        let statement = completed(element, &format!(r#""Principal":{ROLE}"#));
        format!(r#"{{"Version":"2012-10-17","Statement":[{{{statement}}},{{{statement}}}]}}"#)
    };
    all(&two(&format!(r#""Action":{}"#, list(100_000, |at| format!("kms:*a{at}*")))));
    all(&two(&format!(r#""Action":{}"#, list(100_000, |at| format!("s3:GetObjec{at}")))));
    all(&two(&format!(r#""Resource":{}"#, list(100_000, |at| format!("arn:aws:kms:*:*:key/*{at}")))));
    all(&two(&when("StringEquals", "kms:ViaService", &list(100_000, |at| format!("s{at}.us-east-1.amazonaws.com")))));
    let keys: Vec<String> = (0..100_000).map(|at| format!(r#""kms:EncryptionContext:K{at}":"x""#)).collect();
    all(&two(&format!(r#""Condition":{{"StringEquals":{{{}}}}}"#, keys.join(","))));
}

#[test]
fn wildcards_made_to_explode() {
    let stars = "a*".repeat(100_000);
    all(&one(&format!(r#""Action":["kms:{stars}b","kms:{}"],"Resource":["arn:aws:kms:*:*:key/{stars}","*"]"#, "*?".repeat(50_000))));
    all(&one(&when("StringLike", "kms:ViaService", &format!("[\"{stars}\",\"{}\"]", "?*".repeat(100_000)))));
    // Two patterns that are held against each other.
    let against = statements(2, |at| {
        let action = if at == 0 { format!("kms:{}", "a".repeat(200_000)) } else { format!("kms:*{}b*", "?".repeat(100_000)) };
        format!(r#"{{"Effect":"Allow","Principal":{ROLE},"Action":"{action}","Resource":"*"}}"#)
    });
    all(&against);
}

#[test]
fn texts_of_ten_megabytes() {
    let long = "x".repeat(10_000_000);
    for elements in [
        format!(r#""Sid":"{long}""#),
        format!(r#""Action":"kms:{long}""#),
        format!(r#""Action":"{long}:Get""#),
        format!(r#""Resource":"arn:aws:kms:us-east-1:111122223333:key/{long}""#),
        format!(r#""Principal":{{"Service":"{long}.amazonaws.com"}}"#),
        when("StringEquals", "kms:KeySpec", &format!("\"{long}\"")),
        when("StringEquals", &format!("kms:{long}"), r#""x""#),
        when("StringLike", "kms:EncryptionContext:App", &format!("\"${{{long}}}\"")),
    ] {
        all(&one(&elements));
    }
}

#[test]
fn deep_repeated_and_misleading_documents_have_a_clear_error() {
    let refused = |text: &str| Policy::from_json(text, PolicyKind::Key, "p").unwrap_err();
    for (open, close) in [("[", "]"), (r#"{"Statement":"#, "}")] {
        let error = refused(&format!("{}1{}", open.repeat(100_000), close.repeat(100_000)));
        assert!(error.starts_with("the policy is not valid JSON: recursion limit exceeded"), "{error}");
    }
    let twice = refused(&one("").replacen("\"Effect\"", "\"Effect\":\"Deny\",\"Effect\"", 1));
    assert_eq!(twice, "the policy is not valid JSON: the key `Effect` stands here twice (at /Statement/0/Effect)");
    let error = refused(&one("\"Effect\":\"Al\u{202e}low\""));
    assert_eq!(crate::render::safe_line(&error), "`Effect` is `Allow` or `Deny`, found `Al<U+202E>low` (at /Statement/0/Effect)");
}

#[test]
fn direction_marks_in_a_warning_are_shown_as_marks() {
    let text = one("\"Action\":\"kms:De\u{202e}crypt\u{7}\"");
    let policy = Policy::from_json(&text.replace('\u{7}', "\\u0007"), PolicyKind::Key, "p").unwrap();
    let found = review(&policy, &subject());
    let shown = crate::render::diagnostics_text(&found, &Sources::new(), false, 80);
    assert!(shown.contains("kms:De<U+202E>crypt<U+0007>") && !shown.contains('\u{202e}') && !shown.contains('\u{7}'), "{shown}");
}
