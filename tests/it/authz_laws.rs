//! What holds for every policy and request, over generated ones.

use kmsprep::authz::{answer_line, answer_lines, read_question, with_policy};
use kmsprep::doc::read_json;
use kmsprep::iam::{Decision, Policy, PolicyKind};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];

fn one_of(values: &'static [&'static str]) -> impl Strategy<Value = Value> {
    proptest::sample::select(values).prop_map(|text| json!(text))
}

/// One value, or a list of up to three.
fn few(values: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop_oneof![one_of(values), proptest::collection::vec(proptest::sample::select(values), 1..4).prop_map(|list| json!(list))]
}

const ACTIONS: &[&str] =
    &["kms:Decrypt", "KMS:decrypt", "kms:*", "kms:Gen*", "*", "kms:De?????", "s3:GetObject", "kms:Encrypt", "kms:*Key*"];
const PRINCIPALS: &[&str] = &[
    "arn:aws:iam::111122223333:root",
    "111122223333",
    "444455556666",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:role/App",
    "arn:aws:sts::111122223333:assumed-role/App/s",
    "arn:aws:iam::444455556666:user/bob",
    "*",
];
const RESOURCES: &[&str] =
    &["*", "arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-east-1:111122223333:key/k", "arn:aws:kms:us-west-2:*:key/*"];
const CALLERS: &[&str] = &[
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:sts::111122223333:assumed-role/App/s",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:user/bob",
    "arn:aws:sts::444455556666:federated-user/eve",
    "s3.amazonaws.com",
];

fn condition() -> impl Strategy<Value = Value> {
    let operators =
        &["StringEquals", "StringLike", "StringNotEquals", "StringEqualsIfExists", "ForAnyValue:StringEquals", "ForAllValues:StringLike"];
    let keys = &["kms:ViaService", "kms:CallerAccount", "kms:EncryptionContext:Dept", "KMS:EncryptionContextKeys"];
    let values = &["IT", "s3.us-east-1.amazonaws.com", "*", "${kms:CallerAccount}", "111122223333", "Dept"];
    (proptest::sample::select(operators), proptest::sample::select(keys), few(values))
        .prop_map(|(operator, key, values)| json!({ operator: { key: values } }))
}

fn statement(names: bool, effects: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let parts = (one_of(effects), few(ACTIONS), few(RESOURCES), few(PRINCIPALS), proptest::option::of(condition()), 0..8_u8);
    parts.prop_map(move |(effect, actions, resources, principals, condition, turn)| {
        let mut statement = json!({"Effect": effect});
        statement[if turn == 0 { "NotAction" } else { "Action" }] = actions;
        statement[if turn == 1 { "NotResource" } else { "Resource" }] = resources;
        if names {
            let denies = statement["Effect"] == json!("Deny");
            statement[if turn == 2 && denies { "NotPrincipal" } else { "Principal" }] = json!({"AWS": principals});
        }
        if let Some(condition) = condition {
            statement["Condition"] = condition;
        }
        statement
    })
}

const BOTH: &[&str] = &["Allow", "Allow", "Deny"];

fn policy(names: bool, effects: &'static [&'static str], most: usize) -> impl Strategy<Value = Value> {
    (one_of(&["2012-10-17", "2008-10-17"]), proptest::collection::vec(statement(names, effects), 1..=most))
        .prop_map(|(version, statements)| json!({"Version": version, "Statement": statements}))
}

fn line() -> impl Strategy<Value = Value> {
    let context = (proptest::option::of(few(&["IT", "HR"])), proptest::bool::ANY, 0..2_usize).prop_map(|(dept, via, account)| {
        let mut context = json!({"kms:CallerAccount": ACCOUNTS[account]});
        if let Some(dept) = dept {
            context["kms:EncryptionContext:Dept"] = dept.as_array().map_or(dept.clone(), |list| list[0].clone());
            context["kms:EncryptionContextKeys"] = json!(["Dept"]);
        }
        if via {
            context["kms:ViaService"] = json!("s3.us-east-1.amazonaws.com");
        }
        context
    });
    let everything = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]});
    let optional = |names| proptest::option::weighted(0.3, policy(names, BOTH, 2));
    (
        (one_of(CALLERS), one_of(&["kms:Decrypt", "kms:Encrypt", "kms:DescribeKey", "kms:PutKeyPolicy"]), context),
        proptest::collection::vec(policy(false, BOTH, 3), 0..3),
        policy(true, BOTH, 4),
        (optional(false), optional(false), proptest::option::weighted(0.3, policy(false, BOTH, 2))),
        proptest::option::weighted(0.3, one_of(PRINCIPALS)),
    )
        .prop_map(move |((principal, action, context), identity, key, (boundary, session, scp), grantee)| {
            let mut line = json!({
                "id": "case",
                "request": {"principal": principal, "action": action, "resource": "arn:aws:kms:us-east-1:111122223333:key/k", "context": context},
                "identityPolicies": identity,
                "keyPolicy": key,
                "boundary": boundary,
                "sessionPolicy": session,
            });
            if let Some(scp) = scp {
                line["scps"] = json!([[everything], [scp, everything]]);
            }
            if let Some(grantee) = grantee.filter(|grantee| grantee != "*") {
                line["grants"] = json!([{"grantee": grantee, "operations": ["Decrypt", "DescribeKey"]}]);
            }
            line
        })
}

fn decision(line: &Value) -> Decision {
    read_question(&read_json(&line.to_string()).unwrap().root, false).unwrap().decide()
}

fn add(line: &Value, policy: &str, statement: Value) -> Value {
    let mut line = line.clone();
    line.pointer_mut(policy).unwrap()["Statement"].as_array_mut().unwrap().push(statement);
    line
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, ..ProptestConfig::default() })]

    #[test]
    fn one_more_deny_never_allows_and_one_more_allow_never_denies(
        line in line(), deny in statement(true, &["Deny"]), allow in statement(true, &["Allow"]), own in statement(false, &["Allow", "Deny"])
    ) {
        let before = decision(&line);
        if before != Decision::Allow {
            prop_assert_ne!(decision(&add(&line, "/keyPolicy", deny)), Decision::Allow);
        } else {
            prop_assert_eq!(decision(&add(&line, "/keyPolicy", allow)), Decision::Allow);
        }
        if line.pointer("/identityPolicies/0").is_some() {
            let after = decision(&add(&line, "/identityPolicies/0", own.clone()));
            let denies = own["Effect"] == json!("Deny");
            let (least, most) = if denies { (after, before) } else { (before, after) };
            prop_assert!(least != Decision::Allow || most == Decision::Allow, "{before:?} became {after:?}");
        }
    }

    #[test]
    fn the_order_of_statements_and_policies_decides_nothing(line in line()) {
        let mut turned = line.clone();
        turned["keyPolicy"]["Statement"].as_array_mut().unwrap().reverse();
        turned["identityPolicies"].as_array_mut().unwrap().reverse();
        prop_assert_eq!(decision(&line), decision(&turned));
    }

    #[test]
    fn a_policy_decides_like_its_normal_form_which_is_its_own_normal_form(line in line(), key in policy(true, BOTH, 4), own in policy(false, BOTH, 4)) {
        let question = read_question(&read_json(&line.to_string()).unwrap().root, false).unwrap();
        for (document, kind) in [(key, PolicyKind::Key), (own, PolicyKind::Identity)] {
            let read = |text: String| Arc::new(Policy::from_json(&text, kind, "p").unwrap());
            let policy = read(document.to_string());
            let normal = read(policy.normal_form().to_string());
            prop_assert_eq!(normal.normal_form(), policy.normal_form());
            prop_assert_eq!(with_policy(&question, &policy).decide(), with_policy(&question, &normal).decide());
        }
    }

    #[test]
    fn the_answer_tells_the_decision_and_a_batch_is_its_lines(lines in proptest::collection::vec(line(), 1..8)) {
        let texts: Vec<String> = lines.iter().map(Value::to_string).collect();
        let slices: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
        let single: String = slices.iter().map(|line| answer_line(line).unwrap().0 + "\n").collect();
        let (batch, refused) = answer_lines(&slices);
        prop_assert_eq!(&batch, &single);
        prop_assert_eq!(refused, 0);
        for (line, answer) in lines.iter().zip(batch.lines()) {
            let answer: Value = serde_json::from_str(answer).unwrap();
            prop_assert_eq!(answer["decision"].as_str().unwrap(), decision(line).name());
            let denies = !answer["denies"].as_array().unwrap().is_empty();
            prop_assert_eq!(denies, answer["decision"] == json!("ExplicitDeny"));
        }
    }
}
