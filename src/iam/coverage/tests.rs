use super::*;
use crate::cloud::{AccountId, Arn, Caller, Principal, Region};
use crate::iam::{AccessRequest, ConditionKey, ContextValue, Iam, Policy, PolicyKind, PolicySet, RequestContext, ResourceRule, evaluate};
use proptest::prelude::*;

const EFFORT: usize = 1_000_000;

fn text(wide: &str, narrow: &str) -> bool {
    text_covers(wide, narrow, &mut Effort::new(EFFORT))
}

#[test]
fn a_pattern_covers_what_its_stars_can_take_up() {
    for (wide, narrow) in
        [("*", "kms:Decrypt"), ("kms:*", "kms:Describe*"), ("kms:*", "kms:De?rypt"), ("a*c", "a*b*c"), ("a?", "ab"), ("a?", "a?")]
    {
        assert!(text(wide, narrow), "{wide} {narrow}");
    }
    for (wide, narrow) in [("kms:De?rypt", "kms:De*rypt"), ("kms:Decrypt", "kms:*"), ("a?", "a*"), ("?*", "*"), ("a*b", "a*")] {
        assert!(!text(wide, narrow), "{wide} {narrow}");
    }
}

#[test]
fn resources_are_compared_segment_by_segment() {
    let covers = |wide: &str, narrow: &str| resource_covers(wide, narrow, &mut Effort::new(EFFORT));
    assert!(covers("arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-east-1:111122223333:key/1"));
    assert!(!covers("arn:aws:kms:*:key/1", "arn:aws:kms:us-east-1:111122223333:key/1"), "a star stays inside its segment");
    assert!(!covers("arn:aws:kms:*:*:key/*", "arn:aws:kms:*:*:key/${aws:username}"), "a variable is anything");
    assert!(covers("*", "arn:aws:kms:*:*:key/${aws:username}"));
}

#[test]
fn comparing_ends_when_its_effort_is_spent() {
    let mut effort = Effort::new(10);
    assert!(!text_covers("kms:*", "kms:Decrypt", &mut effort));
    assert!(effort.is_spent());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    /// What the narrow pattern matches, the wide one matches.
    #[test]
    fn a_pattern_that_covers_matches_all_that_the_other_does(wide in "[ab*?]{0,5}", narrow in "[ab*?]{0,5}", sample in "[ab]{0,6}") {
        if text(&wide, &narrow) && like(&narrow, &sample) {
            prop_assert!(like(&wide, &sample), "{wide} {narrow} {sample}");
        }
    }
}

const ACCOUNTS: [&str; 2] = ["111122223333", "444455556666"];
const ACTIONS: [&str; 4] = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant"];
const KEYS: [&str; 2] = ["arn:aws:kms:us-east-1:111122223333:key/1", "arn:aws:kms:us-east-1:111122223333:key/2"];

/// Text of a list of some of these, never of none.
fn some(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::subsequence(of, 1..=2.min(of.len()))
        .prop_map(|list| format!("[{}]", list.iter().map(|item| format!("\"{item}\"")).collect::<Vec<_>>().join(",")))
}

fn statement() -> impl Strategy<Value = String> {
    let effect = prop::sample::select(vec!["Allow", "Allow", "Deny"]);
    let principal = prop_oneof![
        some(&[
            "*",
            "111122223333",
            "444455556666",
            "arn:aws:iam::111122223333:role/App",
            "arn:aws:iam::111122223333:user/ana",
            "arn:aws:sts::111122223333:assumed-role/App/s",
            "arn:aws:iam::444455556666:role/App",
        ])
        .prop_map(|list| format!("{{\"AWS\":{list}}}")),
        Just("{\"Service\":\"logs.amazonaws.com\"}".to_owned()),
    ];
    let action = (
        prop::sample::select(vec!["Action", "Action", "NotAction"]),
        some(&["*", "kms:*", "kms:De*", "kms:Decrypt", "kms:?ncrypt", "kms:Encrypt"]),
    );
    let resource = (
        prop::sample::select(vec!["Resource", "Resource", "NotResource"]),
        some(&["*", "arn:aws:kms:*:*:key/*", "arn:aws:kms:us-east-1:111122223333:key/1"]),
    );
    let condition = prop::sample::select(vec![
        "",
        "",
        r#","Condition":{"StringEquals":{"kms:ViaService":"s3"}}"#,
        r#","Condition":{"StringEquals":{"kms:ViaService":"s3","kms:EncryptionContext:A":"x"}}"#,
        r#","Condition":{"StringNotEquals":{"kms:EncryptionContext:A":"x"}}"#,
    ]);
    (effect, principal, action, resource, condition).prop_map(|(effect, principal, (a, action), (r, resource), condition)| {
        format!(r#"{{"Effect":"{effect}","Principal":{principal},"{a}":{action},"{r}":{resource}{condition}}}"#)
    })
}

struct Context(bool, bool);

impl RequestContext for Context {
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>> {
        let present = match &*key.name {
            "kms:viaservice" => self.0.then_some("s3"),
            _ => self.1.then_some("x"),
        };
        present.map(|value| ContextValue::One(value.into()))
    }
}

/// Every decision of a policy over all requests that differ in something that the statements look at.
fn decisions(statements: &[&String]) -> Vec<bool> {
    let text = format!(
        r#"{{"Version":"2012-10-17","Statement":[{}]}}"#,
        statements.iter().map(|text| text.as_str()).collect::<Vec<_>>().join(",")
    );
    let policy = Policy::from_json(&text, PolicyKind::Key, "p").unwrap();
    let mut iam = Iam::default();
    let [own, other] = ACCOUNTS.map(|id| AccountId::parse(id).unwrap());
    let everything = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let identity = std::sync::Arc::new(Policy::from_json(everything, PolicyKind::Identity, "i").unwrap());
    for account in [own, other] {
        iam.account_mut(account)
            .roles
            .insert("Strong".into(), crate::iam::Identity { policies: vec![identity.clone()], ..Default::default() });
        iam.account_mut(account).roles.insert("App".into(), Default::default());
        iam.account_mut(account).users.insert("ana".into(), Default::default());
    }
    let callers = [
        Principal::role_session(own, "App", "s"),
        Principal::role_session(own, "App", "t"),
        Principal::role_session(own, "Strong", "s"),
        Principal::role_session(other, "Strong", "s"),
        Principal::role_session(other, "App", "s"),
        Principal::user(own, "ana"),
        Principal::root(own),
        Principal::service("logs.amazonaws.com"),
    ];
    let mut all = Vec::new();
    for principal in callers {
        let caller = Caller::direct(principal, Region::default_region());
        for (action, resource, via, context) in requests() {
            let context = Context(via, context);
            let account = AccountId::parse(Arn::parse(resource).unwrap().account).unwrap();
            let request = AccessRequest {
                iam: &iam,
                caller: &caller,
                action,
                resource,
                resource_account: account,
                now: Default::default(),
                context: &context,
            };
            let rule = ResourceRule::KeyPolicy;
            let evaluation = evaluate(request, PolicySet::of_caller(&iam, &caller).with_resource(&policy, rule));
            all.push(evaluation.decision() == crate::iam::Decision::Allow);
        }
    }
    all
}

/// Action, key, whether it comes through a service, whether it has an encryption context.
fn requests() -> impl Iterator<Item = (&'static str, &'static str, bool, bool)> {
    let flags = [(false, false), (false, true), (true, false), (true, true)];
    let pairs = ACTIONS.iter().flat_map(|action| KEYS.iter().map(move |key| (*action, *key)));
    pairs.flat_map(move |(action, key)| flags.map(|(via, context)| (action, key, via, context)))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    /// Without a statement that another one covers, every decision is the same.
    #[test]
    fn a_covered_statement_decides_nothing(list in prop::collection::vec(statement(), 2..5)) {
        let text = format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, list.join(","));
        let policy = Policy::from_json(&text, PolicyKind::Key, "p").unwrap();
        let statements = policy.statements();
        for (at, narrow) in statements.iter().enumerate() {
            let covered = statements.iter().enumerate().any(|(other, wide)| {
                other != at && (wide.effect == narrow.effect || wide.effect == Effect::Deny) && wide.covers(narrow, &mut Effort::new(EFFORT))
            });
            if covered {
                let all: Vec<&String> = list.iter().collect();
                let without: Vec<&String> = list.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, text)| text).collect();
                prop_assert_eq!(decisions(&all), decisions(&without), "{} in {}", at, text);
            }
        }
    }
}
