//! What would change a decision: every suggestion, carried out, has the effect that it claims.

use kmsprep::authz::change::{Attempt, Change, Outcome, Suggestion, Tried, Wanted, suggest};
use kmsprep::authz::{Question, read_question};
use kmsprep::cloud::{AccountId, Caller, Principal, Region, parse_instant};
use kmsprep::doc::read_json;
use kmsprep::iam::{Decision, Identity, Policy, PolicyKind};
use kmsprep::kms::{AliasRef, KeyId, NewKey, OPERATIONS, Operation, Request};
use kmsprep::rulebook::Rulebook;
use kmsprep::services::World;
use serde_json::{Value, json};
use std::sync::Arc;

const A: &str = "111111111111";
const B: &str = "222222222222";
const KEY: &str = "arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab";

#[track_caller]
fn question(line: &Value) -> Question {
    let json = read_json(&line.to_string()).unwrap();
    read_question(&json.root, false).unwrap_or_else(|refusal| panic!("{refusal:?}"))
}

fn policy(statements: Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// The suggestions as a list, each with what it opens.
fn told(suggestions: &[Suggestion]) -> String {
    let line = |suggestion: &Suggestion| {
        let mark = if suggestion.advice.is_some() {
            "advice"
        } else if suggestion.is_exact() {
            "exact"
        } else {
            "more"
        };
        format!("{mark}: {}", suggestion.describe())
    };
    suggestions.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn wanted(outcome: &Outcome) -> Wanted {
    match outcome {
        Outcome::Allowed(_) => Wanted::Deny,
        Outcome::Denied(_) | Outcome::Failed => Wanted::Allow,
    }
}

/// Applies the changes of every suggestion in their order to a fresh copy and looks at what becomes of the request.
#[track_caller]
fn holds(tried: &impl Tried, shown: &dyn Fn() -> String) -> Vec<Suggestion> {
    let wanted = wanted(&tried.outcome());
    let suggestions = suggest(tried, wanted);
    assert!(suggestions.len() <= 5);
    for suggestion in suggestions.iter().filter(|suggestion| suggestion.advice.is_none()) {
        assert!(!suggestion.changes.is_empty());
        let after = suggestion.after(tried).unwrap_or_else(|| panic!("{} does not apply to {}", suggestion.describe(), shown()));
        let allowed = matches!(after.outcome(), Outcome::Allowed(_));
        assert_eq!(allowed, wanted == Wanted::Allow, "{} has no effect on {}", suggestion.describe(), shown());
        for changed in suggestion.policies.iter().filter(|changed| changed.statement.is_some()) {
            assert!(changed.document["Statement"].as_array().unwrap().contains(changed.statement.as_ref().unwrap()));
        }
    }
    suggestions
}

#[track_caller]
fn ask(line: Value) -> String {
    let question = question(&line);
    told(&holds(&question, &|| line.to_string()))
}

fn request(principal: &str, action: &str, context: Value) -> Value {
    json!({"principal": principal, "action": action, "resource": KEY, "context": context})
}

fn role(account: &str, name: &str) -> String {
    format!("arn:aws:sts::{account}:assumed-role/{name}/s")
}

fn delegation(account: &str, actions: Value) -> Value {
    json!({"Sid": "Root", "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{account}:root")}, "Action": actions, "Resource": "*"})
}

#[test]
fn an_action_that_lacks_in_a_statement_is_added_to_it() {
    let key = policy(json!([
        delegation(A, json!("kms:Describe*")),
        {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/App"}, "Action": ["kms:Encrypt"], "Resource": "*"},
    ]));
    insta::assert_snapshot!(ask(json!({"request": request(&role(A, "App"), "kms:Decrypt", json!({})), "keyPolicy": key})), @r#"
    exact: add kms:Decrypt to statement "Use" of the key policy
    exact: add a statement to the key policy: allow arn:aws:iam::111111111111:role/App kms:Decrypt
    exact: create a grant that lets arn:aws:iam::111111111111:role/App use Decrypt
    "#);
}

#[test]
fn across_accounts_both_sides_are_changed_at_once_or_a_grant_stands_for_them() {
    let key = policy(json!([delegation(A, json!("kms:*"))]));
    insta::assert_snapshot!(ask(json!({"request": request(&role(B, "Restore"), "kms:CreateGrant", json!({})), "keyPolicy": key})), @r#"
    exact: create a grant that lets arn:aws:iam::222222222222:role/Restore use CreateGrant
    exact: add arn:aws:iam::222222222222:role/Restore to the principals of statement "Root" of the key policy, and attach a policy to role Restore of account 222222222222: allow kms:CreateGrant on arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab
    exact: add a statement to the key policy: allow arn:aws:iam::222222222222:role/Restore kms:CreateGrant, and attach a policy to role Restore of account 222222222222: allow kms:CreateGrant on arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab
    more: add arn:aws:iam::222222222222:root to the principals of statement "Root" of the key policy, and attach a policy to role Restore of account 222222222222: allow kms:CreateGrant on arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab; also allows any identity of account 222222222222 whose own policies allow it and the root user of account 222222222222
    more: add a statement to the key policy: allow arn:aws:iam::222222222222:root kms:CreateGrant, and attach a policy to role Restore of account 222222222222: allow kms:CreateGrant on arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab; also allows any identity of account 222222222222 whose own policies allow it and the root user of account 222222222222
    "#);
    let key = policy(
        json!([delegation(A, json!("kms:*")), delegation(B, json!(["kms:DescribeKey", "kms:CreateGrant"]))])
            .as_array()
            .map(|all| {
                let mut all = all.clone();
                all[1]["Sid"] = json!("AllowAccountB");
                json!(all)
            })
            .unwrap(),
    );
    let own = policy(json!([{"Sid": "UseKeyOfA", "Effect": "Allow", "Action": ["kms:DescribeKey", "kms:CreateGrant"], "Resource": KEY}]));
    let line = json!({"request": request(&role(B, "Restore"), "kms:Decrypt", json!({})), "keyPolicy": key, "identityPolicies": [own]});
    insta::assert_snapshot!(ask(line), @r#"
    exact: create a grant that lets arn:aws:iam::222222222222:role/Restore use Decrypt
    exact: add arn:aws:iam::222222222222:role/Restore to the principals of statement "Root" of the key policy, and add kms:Decrypt to statement "UseKeyOfA" of the identity-based policy
    exact: add arn:aws:iam::222222222222:role/Restore to the principals of statement "Root" of the key policy, and attach a policy to role Restore of account 222222222222: allow kms:Decrypt on arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab
    exact: add a statement to the key policy: allow arn:aws:iam::222222222222:role/Restore kms:Decrypt, and add kms:Decrypt to statement "UseKeyOfA" of the identity-based policy
    exact: add a statement to the key policy: allow arn:aws:iam::222222222222:role/Restore kms:Decrypt, and attach a policy to role Restore of account 222222222222: allow kms:Decrypt on arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab
    "#);
}

#[test]
fn a_condition_is_met_by_the_request_or_widened_in_the_policy() {
    let key = policy(json!([
        delegation(A, json!("kms:Describe*")),
        {"Sid": "Ebs", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/App"}, "Action": "kms:Decrypt", "Resource": "*",
         "Condition": {"StringEquals": {"kms:ViaService": "ec2.us-east-1.amazonaws.com"}}},
    ]));
    let direct = json!({"request": request(&role(A, "App"), "kms:Decrypt", json!({})), "keyPolicy": key});
    insta::assert_snapshot!(ask(direct), @r#"
    exact: call through the service, as ec2.us-east-1.amazonaws.com
    more: add a statement to the key policy: allow arn:aws:iam::111111111111:role/App kms:Decrypt; also allows through any other service
    more: create a grant that lets arn:aws:iam::111111111111:role/App use Decrypt; also allows through any other service
    more: drop the condition StringEquals kms:ViaService of statement "Ebs" of the key policy; also allows through any other service
    "#);
    let context = json!({"kms:ViaService": "s3.us-east-1.amazonaws.com"});
    insta::assert_snapshot!(ask(json!({"request": request(&role(A, "App"), "kms:Decrypt", context), "keyPolicy": key})), @r#"
    exact: add StringEquals kms:ViaService = s3.us-east-1.amazonaws.com to the conditions of statement "Ebs" of the key policy
    exact: call through the service, as ec2.us-east-1.amazonaws.com
    exact: add a statement to the key policy: allow arn:aws:iam::111111111111:role/App kms:Decrypt, if kms:ViaService = s3.us-east-1.amazonaws.com
    more: add a statement to the key policy: allow arn:aws:iam::111111111111:role/App kms:Decrypt; also allows directly, through no service and through any other service
    more: create a grant that lets arn:aws:iam::111111111111:role/App use Decrypt; also allows directly, through no service and through any other service
    "#);
}

#[test]
fn a_deny_gets_an_exception_before_it_is_removed() {
    let key = policy(json!([
        delegation(A, json!("kms:*")),
        {"Sid": "OnlyTls", "Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {"Sid": "NoInterns", "Effect": "Deny", "Principal": {"AWS": ["arn:aws:iam::111111111111:user/ivy", "arn:aws:iam::111111111111:user/ana"]},
         "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*"},
    ]));
    let own = policy(json!([{"Effect": "Allow", "Action": "kms:*", "Resource": "*"}]));
    let context = json!({"aws:SecureTransport": "false", "aws:PrincipalArn": "arn:aws:iam::111111111111:user/ana"});
    let ana = "arn:aws:iam::111111111111:user/ana";
    insta::assert_snapshot!(ask(json!({"request": request(ana, "kms:Decrypt", context), "keyPolicy": key, "identityPolicies": [own]})), @r#"
    exact: call with aws:SecureTransport = true, and add ArnNotEquals aws:PrincipalArn = arn:aws:iam::111111111111:user/ana to the conditions of statement "NoInterns" of the key policy
    exact: call with aws:SecureTransport = true, and take arn:aws:iam::111111111111:user/ana out of the principals of statement "NoInterns" of the key policy
    exact: call with aws:SecureTransport = true, and take kms:Decrypt out of statement "NoInterns" of the key policy
    exact: call with aws:SecureTransport = true, and remove statement "NoInterns" of the key policy
    more: add ArnNotEquals aws:PrincipalArn = arn:aws:iam::111111111111:user/ana to the conditions of statement "OnlyTls" of the key policy, and take kms:Decrypt out of statement "NoInterns" of the key policy; also allows without aws:SecureTransport, with any other aws:SecureTransport and kms:CancelKeyDeletion, kms:CreateAlias, kms:CreateGrant and 41 more
    "#);
}

#[test]
fn boundary_session_policy_and_organization_are_widened_together() {
    let key = policy(json!([delegation(A, json!("kms:*"))]));
    let all = policy(json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]));
    let describe = policy(json!([{"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"}]));
    let line = json!({
        "request": request(&role(A, "App"), "kms:Decrypt", json!({})), "keyPolicy": key, "identityPolicies": [all],
        "boundary": describe, "sessionPolicy": describe, "scps": [[all], [describe], []],
    });
    insta::assert_snapshot!(ask(line), @r#"
    more: add kms:Decrypt to the statement of the service control policy 1 of level 1, and attach a policy to level 2 of the organization: allow kms:Decrypt on arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab, and add a statement to the key policy: allow arn:aws:sts::111111111111:assumed-role/App/s kms:Decrypt; also allows the root user of account 111111111111 and any identity of account 111111111111 whose own policies allow it
    more: add a statement to the service control policy 1 of level 1: allow kms:Decrypt on arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab, and attach a policy to level 2 of the organization: allow kms:Decrypt on arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab, and add a statement to the key policy: allow arn:aws:sts::111111111111:assumed-role/App/s kms:Decrypt; also allows the root user of account 111111111111 and any identity of account 111111111111 whose own policies allow it
    "#);
}

#[test]
fn what_never_works_gets_advice_that_was_not_tried() {
    let key = policy(json!([delegation(A, json!("kms:*"))]));
    insta::assert_snapshot!(ask(json!({"request": request(&role(B, "Restore"), "kms:ScheduleKeyDeletion", json!({})), "keyPolicy": key})), @"advice: kms:ScheduleKeyDeletion never works on a key of another account, so no policy helps: call it as a principal of account 111111111111");
}

#[test]
fn an_unwanted_allow_is_taken_back_where_it_was_given() {
    let key = policy(json!([
        delegation(A, json!("kms:*")),
        {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/App"}, "Action": ["kms:Encrypt", "kms:Decrypt"], "Resource": "*"},
    ]));
    let grants = json!([{"grantee": "arn:aws:iam::111111111111:role/App", "operations": ["Encrypt"]}]);
    let line = json!({"request": request(&role(A, "App"), "kms:Decrypt", json!({})), "keyPolicy": key});
    insta::assert_snapshot!(ask(line), @r#"
    exact: take kms:Decrypt out of statement "Use" of the key policy
    exact: add a statement to the key policy: deny arn:aws:iam::111111111111:role/App kms:Decrypt
    exact: attach a policy to role App of account 111111111111: deny kms:Decrypt on arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab
    more: remove statement "Use" of the key policy; also stops kms:Encrypt
    "#);
    let line = json!({"request": request(&role(A, "App"), "kms:Encrypt", json!({})), "keyPolicy": key, "grants": grants});
    insta::assert_snapshot!(ask(line), @r#"
    exact: add a statement to the key policy: deny arn:aws:iam::111111111111:role/App kms:Encrypt
    exact: attach a policy to role App of account 111111111111: deny kms:Encrypt on arn:aws:kms:us-east-1:111111111111:key/1234abcd-12ab-34cd-56ef-1234567890ab
    "#);
}

#[test]
fn a_suggestion_for_programs_holds_the_new_text_of_the_policy() {
    let key = policy(
        json!([{"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111111111111:role/App"}, "Action": "kms:Encrypt", "Resource": "*"}]),
    );
    let question = question(&json!({"request": request(&role(A, "App"), "kms:Decrypt", json!({})), "keyPolicy": key}));
    let first = suggest(&question, Wanted::Allow).into_iter().next().unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&first.to_json()).unwrap(), @r#"
    {
      "text": "add kms:Decrypt to statement \"Use\" of the key policy",
      "tried": true,
      "exact": true,
      "changes": [
        {
          "kind": "edit-statement",
          "policy": "/keyPolicy",
          "statement": 0,
          "text": "add kms:Decrypt to statement \"Use\" of the key policy"
        }
      ],
      "opens": [],
      "policies": [
        {
          "policy": "/keyPolicy",
          "document": {
            "Version": "2012-10-17",
            "Statement": [
              {
                "Sid": "Use",
                "Effect": "Allow",
                "Principal": {
                  "AWS": "arn:aws:iam::111111111111:role/App"
                },
                "Action": [
                  "kms:Encrypt",
                  "kms:Decrypt"
                ],
                "Resource": "*"
              }
            ]
          },
          "statement": {
            "Sid": "Use",
            "Effect": "Allow",
            "Principal": {
              "AWS": "arn:aws:iam::111111111111:role/App"
            },
            "Action": [
              "kms:Encrypt",
              "kms:Decrypt"
            ],
            "Resource": "*"
          }
        }
      ]
    }
    "#);
}

#[test]
fn every_decided_case_has_suggestions_that_hold() {
    let mut shown = String::new();
    for case in super::authz::cases() {
        let line = Value::Object(case);
        let question = question(&line);
        let suggestions = holds(&question, &|| line.to_string());
        assert!(!suggestions.is_empty(), "{line}");
        let decision = question.decide();
        if decision != Decision::Allow {
            shown.push_str(&format!("{} ({}):\n{}\n\n", line["id"].as_str().unwrap(), decision.name(), told(&suggestions)));
        }
    }
    insta::assert_snapshot!(shown);
}

/// A small generator: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % limit
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.below(of.len())]
    }

    fn chance(&mut self, of_ten: usize) -> bool {
        self.below(10) < of_ten
    }
}

const ACTIONS: [&str; 7] =
    ["kms:Decrypt", "kms:Encrypt", "kms:*", "kms:GenerateDataKey*", "kms:DescribeKey", "kms:CreateGrant", "kms:ReEncrypt*"];
const PRINCIPALS: [&str; 8] = [
    "arn:aws:iam::111111111111:root",
    "arn:aws:iam::222222222222:root",
    "arn:aws:iam::111111111111:role/App",
    "arn:aws:iam::222222222222:role/App",
    "arn:aws:iam::111111111111:user/ana",
    "arn:aws:iam::222222222222:user/ana",
    "arn:aws:sts::111111111111:assumed-role/App/s",
    "arn:aws:sts::222222222222:assumed-role/Other/s",
];

fn conditions(numbers: &mut Numbers) -> Value {
    let value = |numbers: &mut Numbers, values: &[&str]| numbers.one(values).to_owned();
    match numbers.below(8) {
        0 => json!({"StringEquals": {"kms:ViaService": value(numbers, &["s3.us-east-1.amazonaws.com", "ec2.us-east-1.amazonaws.com"])}}),
        1 => json!({"StringEquals": {"kms:EncryptionContext:app": [value(numbers, &["x", "y"]), "z"]}}),
        2 => {
            json!({"StringNotEquals": {"kms:ViaService": [value(numbers, &["s3.us-east-1.amazonaws.com", "ec2.us-east-1.amazonaws.com"]), "rds.us-east-1.amazonaws.com"]}})
        }
        3 => json!({"Bool": {"aws:SecureTransport": value(numbers, &["true", "false"])}}),
        4 => json!({"Null": {"kms:EncryptionContext:app": value(numbers, &["true", "false"])}}),
        5 => {
            json!({"ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["app"]}, "BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}})
        }
        6 => json!({"ArnNotLike": {"aws:PrincipalArn": value(numbers, &["arn:aws:iam::*:role/App", "arn:aws:iam::*:user/*"])}}),
        _ => json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}),
    }
}

fn statement(numbers: &mut Numbers, with_principal: bool, deny_of_ten: usize) -> Value {
    let deny = numbers.chance(deny_of_ten);
    let mut statement = json!({"Effect": if deny { "Deny" } else { "Allow" }});
    if with_principal {
        let named = json!({"AWS": [numbers.one(&PRINCIPALS), numbers.one(&PRINCIPALS)]});
        let (element, value) = match numbers.below(8) {
            0 => ("Principal", json!("*")),
            1 if deny => ("NotPrincipal", named),
            2 => ("Principal", json!({"Service": "s3.amazonaws.com"})),
            _ => ("Principal", named),
        };
        statement[element] = value;
    }
    let element = if numbers.chance(1) { "NotAction" } else { "Action" };
    statement[element] = json!([numbers.one(&ACTIONS), numbers.one(&ACTIONS)]);
    let other = "arn:aws:kms:us-east-1:111111111111:key/other";
    statement["Resource"] = match numbers.below(6) {
        _ if with_principal => json!("*"),
        0 => json!(other),
        1 => json!([other, KEY]),
        2 => json!(KEY),
        _ => json!("*"),
    };
    if numbers.chance(3) {
        statement["Condition"] = conditions(numbers);
    }
    statement
}

fn document(numbers: &mut Numbers, with_principal: bool, deny_of_ten: usize) -> Value {
    let count = 1 + numbers.below(3);
    policy((0..count).map(|_| statement(numbers, with_principal, deny_of_ten)).collect())
}

fn generated(numbers: &mut Numbers) -> Value {
    let principal = numbers.one(&[
        "arn:aws:sts::111111111111:assumed-role/App/s",
        "arn:aws:sts::222222222222:assumed-role/App/s",
        "arn:aws:iam::111111111111:user/ana",
        "arn:aws:iam::222222222222:user/ana",
        "arn:aws:iam::111111111111:root",
        "arn:aws:sts::111111111111:federated-user/ana",
        "s3.amazonaws.com",
    ]);
    let action = numbers.one(&["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:CreateGrant", "kms:PutKeyPolicy"]);
    let mut context = json!({});
    for (key, value) in [
        ("kms:ViaService", "s3.us-east-1.amazonaws.com"),
        ("kms:EncryptionContext:app", "x"),
        ("aws:SecureTransport", "true"),
        ("aws:MultiFactorAuthPresent", "false"),
        ("aws:MultiFactorAuthAge", "900"),
    ] {
        if numbers.chance(3) {
            context[key] = json!(value);
        }
    }
    if numbers.chance(7) && principal.starts_with("arn:") {
        let arn = principal.replace(":sts:", ":iam:").replace(":assumed-role/App/s", ":role/App");
        context["aws:PrincipalArn"] = json!(arn);
    }
    let mut line = json!({"request": request(principal, action, context)});
    if numbers.chance(9) {
        line["keyPolicy"] = document(numbers, true, 2);
    }
    line["identityPolicies"] = (0..numbers.below(3)).map(|_| document(numbers, false, 2)).collect();
    for name in ["boundary", "sessionPolicy"] {
        if numbers.chance(3) {
            line[name] = document(numbers, false, 1);
        }
    }
    if numbers.chance(2) {
        line["vpcEndpointPolicy"] = document(numbers, true, 1);
    }
    if numbers.chance(3) {
        line["scps"] =
            (0..1 + numbers.below(3)).map(|_| (0..numbers.below(3)).map(|_| document(numbers, false, 2)).collect::<Value>()).collect();
    }
    if numbers.chance(2) {
        line["rcps"] = json!([[policy(
            json!([{"Effect": "Deny", "Principal": "*", "Action": "kms:*", "Resource": "*", "Condition": conditions(numbers)}])
        )]]);
    }
    if numbers.chance(3) {
        line["grants"] = json!([{"grantee": numbers.one(&PRINCIPALS), "operations": ["Decrypt", "GenerateDataKey"],
            "constraints": {"encryptionContextSubset": {"app": numbers.one(&["x", "y"])}}}]);
    }
    line
}

#[test]
fn of_thousands_of_generated_questions_every_suggestion_has_its_effect() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut denials, mut allows, mut silent) = (0, 0, Vec::new());
    for _ in 0..2000 {
        let line = generated(&mut numbers);
        let question = question(&line);
        let suggestions = holds(&question, &|| line.to_string());
        if question.decide() == Decision::Allow {
            allows += 1
        } else {
            denials += 1
        }
        if suggestions.is_empty() {
            silent.push(line.to_string());
        }
    }
    assert!(denials > 1000 && allows > 50, "{denials} denials, {allows} allows");
    assert!(
        silent.is_empty(),
        "{} without a suggestion, such as\n{}",
        silent.len(),
        silent.iter().take(3).cloned().collect::<Vec<_>>().join("\n")
    );
}

/// The answers to the same question about every other action and another key.
fn around(question: &Question) -> Vec<Decision> {
    let actions = OPERATIONS.iter().flat_map(|row| row.permissions).map(|permission| permission.action);
    let others = actions.filter(|action| *action != question.action);
    others.map(|action| Question { action: action.to_owned(), ..question.clone() }.decide()).collect()
}

#[test]
fn of_generated_questions_what_is_exact_turns_nothing_else() {
    let mut numbers = Numbers(0x0123_4567_89ab_cdef);
    let mut exact = 0;
    for _ in 0..1000 {
        let line = generated(&mut numbers);
        let question = question(&line);
        let wanted = wanted(&question.outcome());
        let allowed = |question: &Question| around(question).iter().map(|decision| *decision == Decision::Allow).collect::<Vec<_>>();
        let before = allowed(&question);
        for suggestion in suggest(&question, wanted).iter().filter(|suggestion| suggestion.is_exact()) {
            if suggestion.changes.iter().any(Change::is_of_request) {
                continue;
            }
            exact += 1;
            assert_eq!(allowed(&suggestion.after(&question).unwrap()), before, "{} for {line}", suggestion.describe());
        }
    }
    assert!(exact > 500, "{exact} exact suggestions");
}

#[test]
fn in_a_world_a_resource_that_opens_every_key_is_no_exact_change() {
    let own = json!([{"Sid": "Use", "Effect": "Allow", "Action": ["kms:CreateKey", "kms:Decrypt"], "Resource": KEY}]);
    let (world, _) = world(json!([delegation(A, json!("kms:*"))]), own);
    let request = Request::from_json(Operation::CreateKey, &json!({})).unwrap();
    insta::assert_snapshot!(tried(&Attempt::new(&world, &app(A), &request)), @r#"
    exact: attach a policy to role App of account 111111111111: allow kms:CreateKey
    more: add * to statement "Use" of the policy of role App; also allows kms:Decrypt
    "#);
}

fn account(id: &str) -> AccountId {
    AccountId::parse(id).unwrap()
}

/// A world with role App in both accounts, and its key in A.
fn world(key: Value, own: Value) -> (World, String) {
    let mut world = World::new(Rulebook::default(), parse_instant("2026-01-01").unwrap(), 7);
    for id in [A, B] {
        let policy = Policy::from_json(&policy(own.clone()).to_string(), PolicyKind::Identity, "policy of role App").unwrap();
        let identity = Identity { policies: vec![Arc::new(policy)], ..Identity::default() };
        world.iam.account_mut(account(id)).roles.insert("App".into(), identity);
        world.iam.account_mut(account(id)).roles.insert("Other".into(), Identity::default());
    }
    let policy = Policy::from_json(&policy(key).to_string(), PolicyKind::Key, "key policy of lake").unwrap();
    let region = Region::default_region();
    let new = NewKey::symmetric(KeyId::parse(&world.cloud.random.uuid("lake")).unwrap(), account(A), region, Arc::new(policy));
    let at = world.kms.add_key(&world.cloud.random, world.cloud.now(), new);
    let now = world.cloud.now();
    world.kms.set_alias(AliasRef { account: account(A), region, name: "alias/lake".into() }, at, now);
    let arn = world.kms.key(at).unwrap().arn.to_string();
    (world, arn)
}

fn app(id: &str) -> Arc<Caller> {
    Arc::new(Caller::direct(Principal::role_session(account(id), "App", "s"), Region::default_region()))
}

fn encrypt(key: &str, context: Value) -> Request {
    Request::from_json(Operation::Encrypt, &json!({"KeyId": key, "Plaintext": "aGk=", "EncryptionContext": context})).unwrap()
}

fn tried(attempt: &Attempt) -> String {
    told(&holds(attempt, &|| format!("{attempt:?}")))
}

#[test]
fn in_a_world_policies_grants_and_the_state_of_the_key_are_changed() {
    let (mut world, key) =
        world(json!([delegation(A, json!("kms:*"))]), json!([{"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*"}]));
    let here = Attempt::new(&world, &app(A), &encrypt(&key, json!({})));
    let across = Attempt::new(&world, &app(B), &encrypt(&key, json!({})));
    insta::with_settings!({filters => vec![("[0-9a-f]{8}-[0-9a-f-]{27}", "KEY-ID")]}, {
        insta::assert_snapshot!(tried(&here), @r#"
        exact: attach a policy to role App of account 111111111111: allow kms:Encrypt on arn:aws:kms:us-east-1:111111111111:key/KEY-ID
        exact: add a statement to the key policy of lake: allow arn:aws:iam::111111111111:role/App kms:Encrypt
        exact: create a grant that lets arn:aws:iam::111111111111:role/App use Encrypt
        more: add kms:Encrypt to the statement of the policy of role App; also allows on other keys of account 111111111111
        "#);
        insta::assert_snapshot!(tried(&across), @r#"
        exact: create a grant that lets arn:aws:iam::222222222222:role/App use Encrypt
        exact: add a statement to the key policy of lake: allow arn:aws:iam::222222222222:role/App kms:Encrypt, and attach a policy to role App of account 222222222222: allow kms:Encrypt on arn:aws:kms:us-east-1:111111111111:key/KEY-ID
        more: add arn:aws:iam::222222222222:role/App to the principals of statement "Root" of the key policy of lake, and attach a policy to role App of account 222222222222: allow kms:Encrypt on arn:aws:kms:us-east-1:111111111111:key/KEY-ID; also allows kms:Decrypt
        more: add a statement to the key policy of lake: allow arn:aws:iam::222222222222:role/App kms:Encrypt, and add kms:Encrypt to the statement of the policy of role App; also allows on other keys of account 111111111111
        more: add arn:aws:iam::222222222222:role/App to the principals of statement "Root" of the key policy of lake, and add kms:Encrypt to the statement of the policy of role App; also allows on other keys of account 111111111111 and kms:Decrypt
        "#);
    });
    let at = world.kms.keys().next().map(|key| kmsprep::kms::KeyRef { id: key.id, region: key.region }).unwrap();
    world.kms.configure(at).unwrap().enabled = false;
    let disabled = Attempt::new(&world, &app(A), &encrypt(&key, json!({})));
    insta::with_settings!({filters => vec![("[0-9a-f]{8}-[0-9a-f-]{27}", "KEY-ID")]}, {
        insta::assert_snapshot!(tried(&disabled), @r#"
        more: attach a policy to role App of account 111111111111: allow kms:Encrypt on arn:aws:kms:us-east-1:111111111111:key/KEY-ID, and enable the key; also allows the root user of account 111111111111, any identity of account 111111111111 whose own policies allow it and kms:Decrypt
        more: add a statement to the key policy of lake: allow arn:aws:iam::111111111111:role/App kms:Encrypt, and enable the key; also allows the root user of account 111111111111, any identity of account 111111111111 whose own policies allow it and kms:Decrypt
        more: create a grant that lets arn:aws:iam::111111111111:role/App use Encrypt, and enable the key; also allows the root user of account 111111111111, any identity of account 111111111111 whose own policies allow it and kms:Decrypt
        more: add kms:Encrypt to the statement of the policy of role App, and enable the key; also allows the root user of account 111111111111, any identity of account 111111111111 whose own policies allow it, on other keys of account 111111111111 and 1 more
        "#);
    });
}

#[test]
fn in_a_world_an_allow_is_taken_back() {
    let (world, key) = world(
        json!([delegation(A, json!("kms:*"))]),
        json!([{"Sid": "Use", "Effect": "Allow", "Action": ["kms:Decrypt", "kms:Encrypt"], "Resource": "*"}]),
    );
    let attempt = Attempt::new(&world, &app(A), &encrypt(&key, json!({})));
    insta::with_settings!({filters => vec![("[0-9a-f]{8}-[0-9a-f-]{27}", "KEY-ID")]}, {
        insta::assert_snapshot!(tried(&attempt), @r#"
        exact: add a statement to the key policy of lake: deny arn:aws:iam::111111111111:role/App kms:Encrypt
        exact: attach a policy to role App of account 111111111111: deny kms:Encrypt on arn:aws:kms:us-east-1:111111111111:key/KEY-ID
        more: take kms:Encrypt out of statement "Use" of the policy of role App; also stops on other keys of account 111111111111
        more: add ArnNotEquals aws:PrincipalArn = arn:aws:iam::111111111111:role/App to the conditions of statement "Root" of the key policy of lake; also stops kms:Decrypt
        more: add ArnNotEquals aws:PrincipalArn = arn:aws:iam::111111111111:role/App to the conditions of statement "Use" of the policy of role App; also stops on other keys of account 111111111111 and kms:Decrypt
        "#);
    });
}

#[test]
fn of_generated_worlds_every_suggestion_has_its_effect() {
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut silent = Vec::new();
    for _ in 0..150 {
        let statements: Value = (0..1 + numbers.below(3)).map(|_| statement(&mut numbers, true, 2)).collect();
        let own: Value = (0..1 + numbers.below(2)).map(|_| statement(&mut numbers, false, 2)).collect();
        let (world, key) = world(statements.clone(), own.clone());
        let caller = if numbers.chance(5) { app(A) } else { app(B) };
        let caller = if numbers.chance(3) { Arc::new(caller.through("s3", Region::default_region())) } else { caller };
        let context = if numbers.chance(5) { json!({"app": "x"}) } else { json!({}) };
        let attempt = Attempt::new(&world, &caller, &encrypt(&key, context));
        let shown = format!("{statements}\n{own}\n{}", caller.principal.arn);
        if holds(&attempt, &|| shown.clone()).is_empty() {
            silent.push(shown);
        }
    }
    assert!(
        silent.is_empty(),
        "{} without a suggestion, such as\n{}",
        silent.len(),
        silent.iter().take(3).cloned().collect::<Vec<_>>().join("\n")
    );
}

#[test]
fn an_edit_of_a_world_names_the_change_it_is() {
    let (world, key) =
        world(json!([delegation(A, json!("kms:*"))]), json!([{"Effect": "Allow", "Action": "kms:Encrypt", "Resource": "*"}]));
    let attempt = Attempt::new(&world, &app(A), &encrypt(&key, json!({"a": "b"})));
    assert!(matches!(attempt.outcome(), Outcome::Allowed(_)));
    let disabled = attempt.with(&Change::DisableKey(key.clone())).unwrap();
    assert!(matches!(disabled.outcome(), Outcome::Failed));
    let again = disabled.with(&Change::EnableKey(key)).unwrap();
    assert!(matches!(again.outcome(), Outcome::Allowed(_)));
    assert_eq!(attempt.carried(), [("kms:EncryptionContext:a".to_owned(), "b".to_owned())]);
}
