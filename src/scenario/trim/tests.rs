use super::*;
use crate::content;
use crate::diag::Sources;
use crate::doc::{self, Limits};
use crate::scenario::{Answer, combinations, describe_answers, instantiate, lower, run};
use proptest::prelude::*;

/// A scenario from its text.
fn document(name: &str, text: &str) -> Document {
    lower(&doc::read(&mut Sources::new(), name, text, Limits::default()).unwrap()).unwrap()
}

/// The verdict on answers, which must pass, with what it came from.
#[track_caller]
fn passing(document: &Document, answers: &Answers) -> (Instance, Verdict) {
    let instance = instantiate(document, answers, Rulebook::default()).unwrap();
    let verdict = run(&instance);
    assert!(verdict.passed(), "{}: {:?}", describe_answers(answers), verdict.first_failure());
    (instance, verdict)
}

/// Trims answers that pass.
#[track_caller]
fn trimmed(document: &Document, answers: &Answers) -> Option<Trim> {
    let (instance, verdict) = passing(document, answers);
    trim(document, answers, &instance, &verdict, Rulebook::default())
}

/// The changes to answers that would still pass.
fn left(document: &Document, answers: &Answers) -> Vec<String> {
    let (instance, verdict) = passing(document, answers);
    let Some(written) = written::Written::of(document, answers) else { return Vec::new() };
    let mut trial = trial::Trial::new(document, Rulebook::default(), &instance, usize::MAX);
    let seen = seen::Seen::of(&verdict.events, &instance.names, standing::Standings::of(&instance));
    let changes = search::all_changes(&written, &seen).into_iter();
    let passing = changes.filter(|(decision, change)| {
        let tree = change.edit.apply(written.tree(decision).unwrap());
        trial.accepts(&written.with(decision, tree))
    });
    passing.map(|(decision, change)| format!("{decision}: {:?} {:?}", change.part, change.edit)).collect()
}

/// Trimmed answers pass, no single further removal does, and trimming them changes nothing.
#[track_caller]
fn is_smallest(document: &Document, found: &Trim) {
    assert_eq!(left(document, &found.trimmed), Vec::<String>::new(), "{}", describe_answers(&found.trimmed));
    if let Some(again) = trimmed(document, &found.trimmed) {
        assert_eq!((again.excess, again.trimmed), (vec![], found.trimmed.clone()));
    }
}

#[test]
fn of_every_passing_combination_of_the_bundle_nothing_more_can_go() {
    let mut policies = 0;
    for file in content::SCENARIOS {
        let document = document(file.name, file.text);
        let passes = |answers: &Answers| document.proof.passes.iter().any(|rule| rule.when.matches(answers));
        for answers in combinations(&document).into_iter().filter(passes) {
            let Some(found) = trimmed(&document, &answers) else { continue };
            assert!(found.complete, "{} {}", document.id, describe_answers(&answers));
            is_smallest(&document, &found);
            policies += 1;
        }
    }
    assert!(policies > 20, "{policies}");
}

/// A key `data` of account A, whose policy or whose part of a policy is the answer `policy`; the answer `identity` is that of
/// role App. Its checks: App encrypts and decrypts, by itself and for Department IT; Admin looks at the key and B does not.
fn lab(policy: &str) -> Document {
    let text = format!(
        r#"
scenario: lab
title: t
brief: b
world:
  accounts:
    A: {{ id: "111111111111", roles: {{ App: {{ policies: {{ answer: identity }} }}, Admin: {{ allow: "kms:*" }} }} }}
    B: {{ id: "222222222222", roles: {{ Partner: {{ allow: "kms:*" }} }} }}
  kms:
    data: {{ account: A, policy: {policy} }}
    other: {{ account: A }}
decisions:
  policy: {{ ask: q, free_form: true, options: {{ none: {{ label: l, omit: true }}, empty: {{ label: m, value: [] }} }} }}
  identity: {{ ask: q, free_form: true, options: {{ none: {{ label: l, omit: true }}, empty: {{ label: m, value: [] }} }} }}
checks:
  - {{ name: encrypt, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", save: sealed,
      with: {{ KeyId: data, Plaintext: x, EncryptionContext: {{ Department: IT }} }} }}
  - {{ name: decrypt, as: "arn:aws:iam::A:role/App", call: "kms:Decrypt",
      with: {{ CiphertextBlob: "{{sealed.CiphertextBlob}}", EncryptionContext: {{ Department: IT }} }} }}
  - {{ name: look, as: "arn:aws:iam::A:role/Admin", call: "kms:DescribeKey", with: {{ KeyId: data }} }}
proof: {{}}
"#
    );
    document("lab.yaml", &text)
}

const ROOT: &str =
    r#"[{ Sid: Root, Effect: Allow, Principal: { AWS: "arn:aws:iam::A:root" }, Action: "kms:*", Resource: "*" }, { answer: policy }]"#;

/// Answers to `policy` and `identity`.
fn answers(policy: &str, identity: &str) -> Answers {
    let read = |text: &str| match text {
        "none" => Answer::Options(vec!["none".to_owned()]),
        text => Answer::Free(doc::read(&mut Sources::new(), "answer", text, Limits::default()).unwrap()),
    };
    Answers::from([("policy".to_owned(), read(policy)), ("identity".to_owned(), read(identity))])
}

/// What is reported of answers, each in a line, and the trimmed answers as JSON.
#[track_caller]
fn report(document: &Document, answers: &Answers) -> (Vec<String>, serde_json::Value) {
    let found = trimmed(document, answers).unwrap();
    is_smallest(document, &found);
    let excess = found.excess.iter().map(|excess| {
        let what = match &excess.part {
            Part::Statement => "statement".to_owned(),
            Part::Action(text) | Part::Principal(text) | Part::Resource(text) | Part::Value { value: text, .. } => text.clone(),
        };
        format!("{} {what} -> {}", excess.decision, excess.instead.join(" "))
    });
    let offered = found.offered.iter().map(|offer| format!("{} + {} {}", offer.decision, offer.key, offer.value));
    let unneeded = found.unneeded.iter().map(|unneeded| {
        let key = unneeded.condition.as_ref().map_or("Deny", |(_, key)| key);
        format!("{} ~ {key}", unneeded.decision)
    });
    let lines = excess.chain(offered).chain(unneeded).map(|line| line.trim_end().to_owned()).collect();
    (lines, crate::render::answers_json(&found.trimmed))
}

#[test]
fn everything_for_everyone_becomes_two_actions_for_one_role() {
    let (lines, left) = report(&lab(ROOT), &answers("{ Effect: Allow, Principal: '*', Action: 'kms:*', Resource: '*' }", "none"));
    assert_eq!(
        lines,
        ["policy * -> arn:aws:iam::A:role/App", "policy kms:* -> kms:Decrypt kms:Encrypt", "policy + kms:EncryptionContext:Department IT",]
    );
    assert_eq!(left["policy"]["Principal"], serde_json::json!({"AWS": "arn:aws:iam::A:role/App"}));
    assert_eq!(left["identity"], "none");
}

#[test]
fn one_statement_a_list_and_a_whole_document_are_trimmed_alike() {
    let statement = "{ Effect: Allow, Action: ['kms:Enc*', 'kms:Dec*', 'kms:List*'], Resource: '*' }";
    let shapes = [
        statement.to_owned(),
        format!("[{statement}]"),
        format!("{{ Version: '2012-10-17', Statement: {statement} }}"),
        format!("[{{ Version: '2012-10-17', Statement: [{statement}] }}]"),
        format!("[{{ Effect: Allow, Action: 'kms:ListKeys', Resource: '*' }}, {statement}]"),
    ];
    for shape in shapes {
        let (lines, _) = report(&lab(ROOT), &answers("none", &shape));
        let lines: Vec<&str> = lines.iter().map(String::as_str).filter(|line| *line != "identity statement ->").collect();
        assert_eq!(
            lines,
            [
                "identity kms:Enc* -> kms:Encrypt",
                "identity kms:Dec* -> kms:Decrypt",
                "identity kms:List* ->",
                "identity * -> arn:aws:kms:us-east-1:A:key/data",
                "identity + kms:EncryptionContext:Department IT",
            ],
            "{shape}"
        );
    }
}

#[test]
fn a_document_goes_with_its_last_statement() {
    let key = "{ Effect: Allow, Principal: { AWS: 'arn:aws:iam::A:role/App' }, Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: '*' }";
    let document = "{ Version: '2012-10-17', Statement: [{ Effect: Allow, Action: 'kms:ListKeys', Resource: '*' }] }";
    for shape in [document.to_owned(), format!("[{document}]")] {
        let (lines, left) = report(&lab(ROOT), &answers(key, &shape));
        assert_eq!(lines, ["identity statement ->", "policy + kms:EncryptionContext:Department IT"], "{shape}");
        assert_eq!(left["identity"], serde_json::json!([]), "{shape}");
    }
}

#[test]
fn the_statement_for_the_account_itself_is_left_alone() {
    let root = "{ Effect: Allow, Principal: { AWS: ['arn:aws:iam::A:root', 'arn:aws:iam::B:root'] }, Action: 'kms:*', Resource: '*' }";
    let identity = "{ Effect: Allow, Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: 'arn:aws:kms:us-east-1:A:key/data' }";
    let (lines, left) = report(&lab("{ answer: policy }"), &answers(root, identity));
    assert_eq!(lines, ["policy arn:aws:iam::B:root ->", "identity + kms:EncryptionContext:Department IT"]);
    assert_eq!(left["policy"]["Action"], "kms:*");
}

#[test]
fn a_key_is_never_left_without_somebody_who_can_manage_it() {
    let policy = "[{ Sid: Use, Effect: Allow, Principal: { AWS: 'arn:aws:iam::A:role/App' }, Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: '*' },
        { Sid: Manage, Effect: Allow, Principal: { AWS: 'arn:aws:iam::A:role/Admin' }, Action: ['kms:Put*', 'kms:Describe*', 'kms:Disable*'], Resource: '*' }]";
    let (lines, left) = report(&lab("{ answer: policy }"), &answers(policy, "none"));
    assert_eq!(lines[..3], ["policy kms:Put* -> kms:PutKeyPolicy", "policy kms:Describe* -> kms:DescribeKey", "policy kms:Disable* ->"]);
    assert_eq!(left["policy"][1]["Action"], serde_json::json!(["kms:PutKeyPolicy", "kms:DescribeKey"]));
}

#[test]
fn what_not_action_leaves_open_is_named() {
    let (lines, _) =
        report(&lab(ROOT), &answers("none", "{ Effect: Allow, NotAction: 'kms:Delete*', Resource: 'arn:aws:kms:us-east-1:A:key/data' }"));
    assert_eq!(lines[0], "identity NotAction kms:Delete* -> kms:Decrypt kms:Encrypt");
}

#[test]
fn conditions_that_no_check_needs_and_denials_are_told_apart_from_excess() {
    let policy = "[{ Effect: Allow, Principal: { AWS: 'arn:aws:iam::A:role/App' }, Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: '*',
          Condition: { StringEquals: { 'kms:EncryptionContext:Department': [IT, HR] }, StringNotEquals: { 'aws:PrincipalArn': [x, y] } } },
        { Effect: Deny, Principal: '*', Action: 'kms:ScheduleKeyDeletion', Resource: '*' }]";
    let (lines, left) = report(&lab(ROOT), &answers(policy, "none"));
    assert_eq!(lines, ["policy HR ->", "policy ~ kms:EncryptionContext:Department", "policy ~ aws:PrincipalArn", "policy ~ Deny"]);
    assert_eq!(left["policy"][0]["Condition"]["StringEquals"]["kms:EncryptionContext:Department"], serde_json::json!(["IT"]));
    assert_eq!(left["policy"].as_array().map(Vec::len), Some(2));
}

#[test]
fn without_a_policy_in_the_answers_or_with_a_failed_check_nothing_is_trimmed() {
    let document = lab(ROOT);
    let instance = instantiate(&document, &answers("none", "none"), Rulebook::default()).unwrap();
    let verdict = run(&instance);
    assert!(!verdict.passed());
    assert!(trim(&document, &answers("none", "none"), &instance, &verdict, Rulebook::default()).is_none());
    let disabled = content::SCENARIOS.iter().find(|file| file.id() == "disabled-key").unwrap();
    let disabled = self::document(disabled.name, disabled.text);
    assert!(trimmed(&disabled, &Answers::from([("repair".to_owned(), Answer::Options(vec!["enable".to_owned()]))])).is_none());
}

#[test]
fn a_spent_budget_is_told_and_what_was_found_still_passes() {
    let document = lab(ROOT);
    let answers = answers("{ Effect: Allow, Principal: '*', Action: 'kms:*', Resource: '*' }", "none");
    let (instance, verdict) = passing(&document, &answers);
    let enough = trimmed(&document, &answers).unwrap().runs;
    for budget in 1..enough {
        let written = written::Written::of(&document, &answers).unwrap();
        let found = search::search(&document, &answers, written, &instance, &verdict, Rulebook::default(), budget).unwrap();
        assert!(!found.complete && found.runs == budget, "{budget}: {}", found.runs);
        passing(&document, &found.trimmed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever is written too widely, trimming ends with the least that passes.
    #[test]
    fn any_broad_policies_become_the_smallest(
        actions in proptest::sample::subsequence(vec!["kms:*", "kms:Enc*", "kms:Decrypt", "kms:List*", "kms:?ncrypt", "kms:D*", "s3:*"], 1..7),
        principals in proptest::sample::subsequence(vec!["*", "arn:aws:iam::A:root", "arn:aws:iam::A:role/App", "arn:aws:iam::A:role/Admin", "B"], 1..5),
        identity in proptest::sample::subsequence(vec!["kms:*", "kms:Encrypt", "kms:Decrypt", "kms:Create*", "*"], 1..5),
        resources in proptest::sample::subsequence(vec!["*", "arn:aws:kms:*:A:key/*", "arn:aws:kms:us-east-1:A:key/data", "arn:aws:kms:us-east-1:A:key/other"], 1..4),
    ) {
        let list = |items: &[&str]| items.iter().map(|item| format!("'{item}'")).collect::<Vec<_>>().join(", ");
        let policy = format!("[{{ Effect: Allow, Principal: {{ AWS: [{}] }}, Action: [{}], Resource: '*' }}]", list(&principals), list(&actions));
        let identity = format!("{{ Effect: Allow, Action: [{}], Resource: [{}] }}", list(&identity), list(&resources));
        let (document, answers) = (lab(ROOT), answers(&policy, &identity));
        let instance = instantiate(&document, &answers, Rulebook::default()).unwrap();
        let verdict = run(&instance);
        if let Some(found) = trim(&document, &answers, &instance, &verdict, Rulebook::default()) {
            is_smallest(&document, &found);
        }
    }
}
