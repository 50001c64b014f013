use super::super::{
    AccessRequest, ConditionKey, ContextValue, Decision, Iam, Identity, NoContext, Policy, PolicyKind, PolicySet, PrincipalMatch,
    RequestContext, ResourceRule, evaluate,
};
use crate::cloud::{AccountId, Caller, Principal, Reason, Region, parse_instant};
use crate::diag::Span;
use crate::doc::{Node, NodeKind};
use std::borrow::Cow;
use std::sync::Arc;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const DELEGATION: &str =
    r#"{"Sid":"Root","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}"#;

fn account_a() -> AccountId {
    AccountId::parse("111122223333").unwrap()
}

fn account_b() -> AccountId {
    AccountId::parse("444455556666").unwrap()
}

fn ana() -> Caller {
    direct(Principal::user(account_a(), "ana"))
}

fn bob_of_b() -> Caller {
    direct(Principal::user(account_b(), "bob"))
}

fn loader() -> Caller {
    direct(Principal::role_session(account_a(), "service/Loader", "nightly"))
}

fn root() -> Caller {
    direct(Principal::root(account_a()))
}

fn direct(principal: Principal) -> Caller {
    Caller::direct(principal, Region::default_region())
}

fn allow(principal: &str, action: &str) -> String {
    format!(r#"{{"Effect":"Allow","Principal":{principal},"Action":"{action}","Resource":"*"}}"#)
}

fn aws(principal: &str) -> String {
    format!(r#"{{"AWS":"{principal}"}}"#)
}

fn deny(principal: &str, action: &str) -> String {
    allow(principal, action).replace("Allow", "Deny")
}

fn may(action: &str) -> String {
    format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"*"}}"#)
}

/// One request in a world of one resource: `kms:Decrypt` on a key of account A unless changed.
struct Given {
    caller: Caller,
    action: &'static str,
    resource: &'static str,
    rule: Option<ResourceRule>,
    policy: Vec<String>,
    /// Identity-based policies of the caller, one statement each.
    identity: Vec<String>,
    grant: Option<&'static str>,
    context: Vec<(&'static str, &'static str)>,
}

struct Answer {
    decision: Decision,
    message: String,
    reason: Reason,
    lets_in: bool,
}

impl Given {
    fn caller(caller: Caller) -> Self {
        Given {
            caller,
            action: "kms:Decrypt",
            resource: KEY,
            rule: Some(ResourceRule::KeyPolicy),
            policy: vec![],
            identity: vec![],
            grant: None,
            context: vec![],
        }
    }

    fn key_policy(mut self, statements: &[&str]) -> Self {
        self.policy = statements.iter().map(|statement| (*statement).to_owned()).collect();
        self
    }

    fn identity(mut self, statement: &str) -> Self {
        self.identity.push(statement.to_owned());
        self
    }

    fn carrying(mut self, key: &'static str, value: &'static str) -> Self {
        self.context.push((key, value));
        self
    }

    fn ask(&self) -> Answer {
        let document = |statements: &[String]| format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","));
        let kind = if self.rule == Some(ResourceRule::Union) { PolicyKind::Resource } else { PolicyKind::Key };
        let policy = with_spans(&document(&self.policy), kind, "key policy of lake");
        let mut iam = Iam::default();
        let read = |statement: &String| {
            Arc::new(Policy::from_json(&document(std::slice::from_ref(statement)), PolicyKind::Identity, "inline policy Read").unwrap())
        };
        let policies = self.identity.iter().map(read).collect();
        let identity = Identity { policies, ..Identity::default() };
        let account = self.caller.account().map(|account| iam.account_mut(account));
        match (&self.caller.principal.kind, account) {
            (crate::cloud::PrincipalKind::User { name }, Some(account)) => drop(account.users.insert(Arc::clone(name), identity)),
            (crate::cloud::PrincipalKind::AssumedRole { role, .. }, Some(account)) => {
                drop(account.roles.insert(Arc::clone(role), identity))
            }
            _ => {}
        }
        let request = AccessRequest {
            iam: &iam,
            caller: &self.caller,
            action: self.action,
            resource: self.resource,
            resource_account: account_a(),
            now: parse_instant("2026-01-15T10:30:00Z").unwrap(),
            context: if self.context.is_empty() { &NoContext } else { self },
        };
        let mut set = PolicySet::of_caller(&iam, &self.caller);
        if let Some(rule) = self.rule {
            set = set.with_resource(&policy, rule);
        }
        if let Some(grant) = self.grant {
            set = set.with_grant(grant, PrincipalMatch::User);
        }
        let evaluation = evaluate(request, set);
        Answer {
            decision: evaluation.decision(),
            message: evaluation.message(),
            reason: evaluation.explain(),
            lets_in: evaluation.resource_policy_allows(),
        }
    }

    fn decision(&self) -> Decision {
        self.ask().decision
    }
}

impl RequestContext for Given {
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>> {
        let found = self.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(&key.written));
        found.map(|(_, value)| ContextValue::One(Cow::Borrowed(*value)))
    }
}

/// As a file would give it: each statement at a place of its own.
fn with_spans(text: &str, kind: PolicyKind, name: &str) -> Policy {
    let node = crate::doc::read_json(text).unwrap().root;
    Policy::from_node(&node, kind, name).unwrap()
}

#[test]
fn delegation_lets_identity_policies_decide_and_allows_nobody_by_itself() {
    let given = Given::caller(ana()).key_policy(&[DELEGATION]);
    assert_eq!(given.decision(), Decision::ImplicitDeny);
    assert_eq!(given.identity(&may("kms:Decrypt")).decision(), Decision::Allow);
}

#[test]
fn the_bare_account_id_delegates_too() {
    let given = Given::caller(ana()).key_policy(&[&allow(&aws("111122223333"), "kms:Decrypt")]);
    assert_eq!(given.decision(), Decision::ImplicitDeny);
    assert_eq!(given.identity(&may("kms:*")).decision(), Decision::Allow);
}

#[test]
fn without_delegation_an_identity_allow_has_no_effect_on_a_key_and_a_deny_has() {
    let named = allow(&aws("arn:aws:iam::111122223333:user/ana"), "kms:Decrypt");
    let other = allow(&aws("arn:aws:iam::111122223333:user/eve"), "kms:Decrypt");
    assert_eq!(Given::caller(ana()).key_policy(&[&other]).identity(&may("kms:*")).decision(), Decision::ImplicitDeny);
    let denied = Given::caller(ana()).key_policy(&[&named]).identity(&may("kms:Decrypt").replace("Allow", "Deny"));
    assert_eq!(denied.decision(), Decision::ExplicitDeny);
}

#[test]
fn delegation_passes_on_only_what_the_statement_lists() {
    let given = Given::caller(ana()).key_policy(&[&allow(&aws("111122223333"), "kms:Describe*")]).identity(&may("*"));
    assert_eq!(given.decision(), Decision::ImplicitDeny);
}

#[test]
fn a_key_policy_that_names_user_role_session_or_everyone_is_enough_in_the_account() {
    for (caller, principal) in [
        (ana(), aws("arn:aws:iam::111122223333:user/ana")),
        (loader(), aws("arn:aws:iam::111122223333:role/service/Loader")),
        (loader(), aws("arn:aws:sts::111122223333:assumed-role/Loader/nightly")),
        (ana(), r#""*""#.to_owned()),
        (ana(), aws("*")),
    ] {
        let given = Given::caller(caller).key_policy(&[&allow(&principal, "kms:Decrypt")]);
        assert_eq!(given.decision(), Decision::Allow, "{principal}");
    }
}

#[test]
fn the_account_statement_covers_the_root_user_and_nothing_else_does() {
    assert_eq!(Given::caller(root()).key_policy(&[DELEGATION]).decision(), Decision::Allow);
    let named = allow(&aws("arn:aws:iam::111122223333:user/ana"), "kms:*");
    assert_eq!(Given::caller(root()).key_policy(&[&named]).decision(), Decision::ImplicitDeny);
}

#[test]
fn across_accounts_both_sides_must_allow_even_for_everyone() {
    for principal in [aws("444455556666"), aws("arn:aws:iam::444455556666:user/bob"), r#""*""#.to_owned()] {
        let given = Given::caller(bob_of_b()).key_policy(&[DELEGATION, &allow(&principal, "kms:Decrypt")]);
        assert_eq!(given.decision(), Decision::ImplicitDeny, "{principal}");
        assert_eq!(given.identity(&may("kms:Decrypt")).decision(), Decision::Allow, "{principal}");
    }
    assert_eq!(Given::caller(bob_of_b()).key_policy(&[DELEGATION]).identity(&may("kms:*")).decision(), Decision::ImplicitDeny);
}

#[test]
fn a_service_is_decided_by_the_policy_of_the_resource_alone() {
    let statement = r#"{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"kms:Decrypt","Resource":"*",
        "Condition":{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:orders-*"},"StringEquals":{"aws:SourceAccount":"111122223333"}}}"#;
    let service = |name: &str, arn: &str, account| Caller::service(name, Region::default_region(), Some(arn), Some(account));
    let ask = |caller| Given::caller(caller).key_policy(&[statement]).decision();
    assert_eq!(ask(service("sns.amazonaws.com", "arn:aws:sns:us-east-1:111122223333:orders-eu", account_a())), Decision::Allow);
    assert_eq!(ask(service("sns.amazonaws.com", "arn:aws:sns:us-east-1:444455556666:orders-eu", account_b())), Decision::ImplicitDeny);
    assert_eq!(ask(service("sqs.amazonaws.com", "arn:aws:sns:us-east-1:111122223333:orders-eu", account_a())), Decision::ImplicitDeny);
    assert_eq!(ask(ana()), Decision::ImplicitDeny);
}

#[test]
fn a_grant_allows_in_every_account_and_an_explicit_deny_beats_it() {
    let given = |caller: Caller, statements: &[&str]| {
        let mut given = Given::caller(caller).key_policy(statements);
        given.grant = Some("g-1");
        given
    };
    assert_eq!(given(ana(), &[DELEGATION]).decision(), Decision::Allow);
    assert_eq!(given(bob_of_b(), &[DELEGATION]).decision(), Decision::Allow);
    assert_eq!(given(bob_of_b(), &[&deny(r#""*""#, "kms:Decrypt")]).decision(), Decision::ExplicitDeny);
}

#[test]
fn an_explicit_deny_anywhere_wins_over_every_allow() {
    let named = allow(&aws("arn:aws:iam::111122223333:user/ana"), "kms:*");
    for denied in
        [deny(&aws("111122223333"), "kms:Decrypt"), deny(r#""*""#, "KMS:decrypt"), deny(&aws("arn:aws:iam::111122223333:user/ana"), "*")]
    {
        let given = Given::caller(ana()).key_policy(&[&named, DELEGATION, &denied]).identity(&may("*"));
        assert_eq!(given.decision(), Decision::ExplicitDeny, "{denied}");
    }
}

#[test]
fn other_resources_take_the_union_of_both_sides_in_the_account() {
    let with = |policy: &str, identity: Option<&str>, caller: Caller| {
        let mut given = Given::caller(caller).key_policy(&[policy]);
        given.rule = Some(ResourceRule::Union);
        given.identity.extend(identity.map(may));
        given.decision()
    };
    let named = allow(&aws("arn:aws:iam::111122223333:user/ana"), "kms:Decrypt");
    let other = allow(&aws("arn:aws:iam::111122223333:user/eve"), "kms:Decrypt");
    assert_eq!(with(&named, None, ana()), Decision::Allow);
    assert_eq!(with(&other, Some("kms:Decrypt"), ana()), Decision::Allow);
    assert_eq!(with(&other, None, ana()), Decision::ImplicitDeny);
    assert_eq!(with(DELEGATION, None, ana()), Decision::ImplicitDeny, "the account is not its users");
    assert_eq!(with(&other, None, root()), Decision::Allow);
    assert_eq!(with(&other, Some("kms:Decrypt"), bob_of_b()), Decision::ImplicitDeny);
    assert_eq!(with(&allow(r#""*""#, "kms:Decrypt"), Some("kms:Decrypt"), bob_of_b()), Decision::Allow);
}

#[test]
fn what_has_no_resource_policy_is_decided_by_identity_policies() {
    let create = |caller: Caller, statement: &str| {
        let mut given = Given::caller(caller).identity(statement);
        (given.action, given.resource, given.rule) = ("kms:CreateKey", "*", None);
        given.decision()
    };
    assert_eq!(create(ana(), &may("kms:CreateKey")), Decision::Allow);
    assert_eq!(create(ana(), &may("kms:ListKeys")), Decision::ImplicitDeny);
    assert_eq!(create(ana(), r#"{"Effect":"Allow","Action":"kms:*","Resource":"arn:aws:kms:*:*:key/*"}"#), Decision::ImplicitDeny);
    assert_eq!(create(root(), &may("s3:*")), Decision::Allow);
}

#[test]
fn actions_ignore_case_and_resources_do_not() {
    let given = |action: &str, resource: &str| {
        let statement = format!(r#"{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}"#);
        Given::caller(ana()).key_policy(&[DELEGATION]).identity(&statement).decision()
    };
    for action in ["KMS:DECRYPT", "kms:D*", "kms:?ecrypt", "kms:*crypt", "*"] {
        assert_eq!(given(action, KEY), Decision::Allow, "{action}");
    }
    for action in ["kms:Encrypt", "kms:D?crypt?", "s3:*", "kms:"] {
        assert_eq!(given(action, KEY), Decision::ImplicitDeny, "{action}");
    }
    for resource in
        ["arn:aws:kms:*:111122223333:key/*", "arn:aws:kms:us-*:*:key/1234abcd-*", "arn:aws:kms:*", "arn:aws:kms:us-east-1:111122223333:*"]
    {
        assert_eq!(given("kms:*", resource), Decision::Allow, "{resource}");
    }
    for resource in ["arn:aws:kms:*:key/*", "arn:aws:kms:us-east-1:111122223333:alias/*", "arn:aws:KMS:*:*:*", &KEY.to_uppercase()] {
        assert_eq!(given("kms:*", resource), Decision::ImplicitDeny, "{resource}");
    }
}

#[test]
fn notaction_and_notresource_cover_everything_else() {
    let given = |elements: &str| {
        let statement = format!(r#"{{"Effect":"Deny",{elements}}}"#);
        Given::caller(ana()).key_policy(&[&allow(r#""*""#, "kms:*")]).identity(&statement).decision()
    };
    assert_eq!(given(r#""NotAction":["kms:describe*","s3:*"],"Resource":"*""#), Decision::ExplicitDeny);
    assert_eq!(given(r#""NotAction":"kms:dec*","Resource":"*""#), Decision::Allow);
    assert_eq!(given(&format!(r#""Action":"*","NotResource":"{KEY}""#)), Decision::Allow);
    assert_eq!(given(r#""Action":"*","NotResource":"arn:aws:kms:*:*:alias/*""#), Decision::ExplicitDeny);
}

#[test]
fn a_key_policy_statement_without_resource_has_no_effect() {
    let statement = r#"{"Effect":"Allow","Principal":"*","Action":"kms:*"}"#;
    assert_eq!(Given::caller(ana()).key_policy(&[statement]).decision(), Decision::ImplicitDeny);
    let other_key = allow(r#""*""#, "kms:*").replace(r#""Resource":"*""#, r#""Resource":"arn:aws:kms:us-east-1:111122223333:key/other""#);
    assert_eq!(Given::caller(ana()).key_policy(&[&other_key]).decision(), Decision::ImplicitDeny);
}

#[test]
fn global_keys_come_from_the_caller_and_the_time() {
    let holds = |caller: Caller, operator: &str, key: &str, value: &str| {
        let statement =
            allow(r#""*""#, "kms:*").replace(r#""Resource""#, &format!(r#""Condition":{{"{operator}":{{"{key}":"{value}"}}}},"Resource""#));
        Given::caller(caller).key_policy(&[&statement]).decision() == Decision::Allow
    };
    let forwarded = ana().through("s3", Region::default_region());
    let service =
        || Caller::service("sns.amazonaws.com", Region::default_region(), Some("arn:aws:sns:us-east-1:111122223333:t"), Some(account_a()));
    assert!(holds(ana(), "ArnEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:user/ana"));
    assert!(holds(loader(), "ArnEquals", "aws:principalarn", "arn:aws:iam::111122223333:role/service/Loader"));
    assert!(holds(ana(), "StringEquals", "aws:PrincipalAccount", "111122223333"));
    assert!(
        holds(ana(), "StringEquals", "aws:PrincipalType", "User") && holds(loader(), "StringEquals", "aws:PrincipalType", "AssumedRole")
    );
    assert!(holds(direct(Principal::user(account_a(), "team/ana")), "StringEquals", "aws:username", "ana"));
    assert!(holds(loader(), "Null", "aws:username", "true"));
    assert!(holds(ana(), "StringEquals", "aws:RequestedRegion", "us-east-1") && holds(ana(), "Bool", "aws:SecureTransport", "true"));
    assert!(holds(ana(), "StringEquals", "aws:ResourceAccount", "111122223333"));
    assert!(
        holds(ana(), "DateGreaterThan", "aws:CurrentTime", "2026-01-15") && holds(ana(), "DateLessThan", "aws:CurrentTime", "2026-01-16")
    );
    assert!(holds(ana(), "NumericEquals", "aws:EpochTime", "1768473000"));
    assert!(holds(ana(), "Bool", "aws:ViaAWSService", "false") && holds(forwarded.clone(), "Bool", "aws:ViaAWSService", "true"));
    assert!(holds(forwarded, "ForAnyValue:StringEquals", "aws:CalledVia", "s3.amazonaws.com"));
    assert!(holds(ana(), "Null", "aws:SourceArn", "true") && holds(service(), "ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*"));
    assert!(holds(service(), "Bool", "aws:PrincipalIsAWSService", "true") && holds(ana(), "Bool", "aws:PrincipalIsAWSService", "false"));
    assert!(holds(service(), "StringEquals", "aws:PrincipalServiceName", "sns.amazonaws.com"));
    assert!(holds(service(), "Null", "aws:PrincipalAccount", "true"));
}

#[test]
fn the_lockout_check_looks_at_the_key_policy_alone() {
    let lets_in = |statements: &[&str]| Given::caller(ana()).key_policy(statements).ask().lets_in;
    assert!(lets_in(&[DELEGATION]));
    assert!(!lets_in(&[&allow(&aws("arn:aws:iam::111122223333:user/eve"), "kms:*")]));
    assert!(!lets_in(&[DELEGATION, &deny(&aws("arn:aws:iam::111122223333:user/ana"), "kms:*")]));
}

#[test]
fn messages_name_the_type_of_policy_as_aws_does() {
    let who = "User: arn:aws:iam::111122223333:user/ana is not authorized to perform: kms:Decrypt on resource: ";
    let message = |given: Given| given.ask().message;
    assert_eq!(
        message(Given::caller(ana()).key_policy(&[DELEGATION])),
        format!("{who}{KEY} because no identity-based policy allows the kms:Decrypt action")
    );
    assert_eq!(
        message(Given::caller(ana()).identity(&may("kms:*"))),
        format!("{who}{KEY} because no resource-based policy allows the kms:Decrypt action")
    );
    assert_eq!(
        message(Given::caller(ana()).key_policy(&[&deny(r#""*""#, "kms:*")])),
        format!("{who}{KEY} with an explicit deny in a resource-based policy")
    );
    assert_eq!(
        message(Given::caller(ana()).identity(&may("kms:*").replace("Allow", "Deny"))),
        format!("{who}{KEY} with an explicit deny in an identity-based policy")
    );
    assert_eq!(message(Given::caller(ana()).key_policy(&[&allow(r#""*""#, "kms:*")])), "");
}

#[test]
fn messages_to_another_account_withhold_the_resource() {
    let who = "User: arn:aws:iam::444455556666:user/bob is not authorized to perform: kms:Decrypt on this resource because ";
    let withheld = "the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access";
    let trusting = allow(&aws("444455556666"), "kms:*");
    let message = |given: Given| given.ask().message;
    assert_eq!(message(Given::caller(bob_of_b()).key_policy(&[DELEGATION]).identity(&may("*"))), format!("{who}{withheld}"));
    assert_eq!(message(Given::caller(bob_of_b()).key_policy(&[&trusting, &deny(r#""*""#, "kms:*")])), format!("{who}{withheld}"));
    assert_eq!(
        message(Given::caller(bob_of_b()).key_policy(&[&trusting])),
        format!("{who}no identity-based policy allows the kms:Decrypt action")
    );
}

fn texts(reason: &Reason) -> Vec<&str> {
    reason.details.iter().map(|detail| detail.text.as_str()).collect()
}

#[test]
fn an_explanation_shows_the_condition_that_fails_and_what_the_request_carries() {
    let statement = allow(&aws("arn:aws:iam::111122223333:user/ana"), "kms:Decrypt")
        .replace(r#""Effect""#, r#""Sid":"AllowB","Condition":{"StringEquals":{"kms:ViaService":"s3.us-east-1.amazonaws.com"}},"Effect""#);
    let given = Given::caller(ana()).key_policy(&[&statement]);
    let reason = given.ask().reason;
    assert_eq!(
        reason.headline,
        "the key policy of lake lets neither arn:aws:iam::111122223333:user/ana nor account 111122223333 use kms:Decrypt"
    );
    let begin = "statement \"AllowB\" of the key policy of lake names the caller and allows kms:Decrypt, but its condition \
                 StringEquals kms:ViaService = s3.us-east-1.amazonaws.com does not hold: ";
    assert_eq!(texts(&reason), [format!("{begin}the request carries no kms:ViaService")]);
    let reason = given.carrying("kms:ViaService", "ec2.us-east-1.amazonaws.com").ask().reason;
    assert_eq!(texts(&reason), [format!("{begin}the request has kms:ViaService = ec2.us-east-1.amazonaws.com")]);
}

#[test]
fn an_explanation_lists_the_nearest_misses_first_with_their_places() {
    let far = allow(&aws("arn:aws:iam::111122223333:user/Ana"), "kms:Decrypt")
        .replace(r#""Effect""#, r#""Condition":{"Bool":{"aws:ViaAWSService":"true"}},"Effect""#);
    let near = allow(&aws("arn:aws:iam::111122223333:user/ana"), "kms:ReEncryptFrom");
    let unrelated = allow(&aws("arn:aws:iam::111122223333:user/eve"), "kms:Encrypt");
    let document = format!(r#"{{"Version":"2012-10-17","Statement":[{unrelated},{far},{near}]}}"#);
    let reason = Given::caller(ana()).key_policy(&[&unrelated, &far, &near]).ask().reason;
    assert_eq!(
        texts(&reason),
        [
            "statement 3 of the key policy of lake names the caller, but lists kms:ReEncryptFrom, not kms:Decrypt",
            "statement 2 of the key policy of lake allows kms:Decrypt, but to arn:aws:iam::111122223333:user/Ana, not to \
             arn:aws:iam::111122223333:user/ana; names are case-sensitive, and its condition Bool aws:ViaAWSService = true does not \
             hold: the request has aws:ViaAWSService = false",
        ]
    );
    let spans: Vec<Option<Span>> = reason.details.iter().map(|detail| detail.span).collect();
    let place = |index: usize| statement_span(&document, index);
    assert_eq!(spans, [place(2), place(1)]);
}

fn statement_span(document: &str, index: usize) -> Option<Span> {
    let node: Node = crate::doc::read_json(document).unwrap().root;
    match &node.get("Statement").unwrap().kind {
        NodeKind::Sequence(items) => Some(items[index].span),
        NodeKind::Scalar(_) | NodeKind::Mapping(_) => None,
    }
}

#[test]
fn an_explanation_across_accounts_says_which_half_is_missing() {
    let trusting = allow(&aws("444455556666"), "kms:Decrypt");
    let identity_half = Given::caller(bob_of_b()).key_policy(&[&trusting]).ask().reason;
    assert_eq!(
        identity_half.headline,
        "the key policy of lake lets account 444455556666 use kms:Decrypt, but no identity-based policy of user bob of account \
         444455556666 allows it: across accounts both sides must"
    );
    assert_eq!(texts(&identity_half)[1], "user bob of account 444455556666 has no identity-based policies");
    let key_half = Given::caller(bob_of_b()).key_policy(&[DELEGATION]).identity(&may("kms:Decrypt")).ask().reason;
    assert!(
        key_half.headline.starts_with("the key policy of lake lets neither arn:aws:iam::444455556666:user/bob nor account 444455556666")
    );
    assert_eq!(
        texts(&key_half)[1],
        "the statement of the inline policy Read allows kms:Decrypt, but that counts only once the key policy of lake lets it in"
    );
    let neither = Given::caller(bob_of_b()).key_policy(&[DELEGATION]).ask().reason;
    assert!(neither.headline.ends_with("allows it: across accounts both must"), "{}", neither.headline);
}

#[test]
fn an_explanation_of_a_denial_or_an_allow_names_the_statement() {
    let denied = deny(r#""*""#, "kms:Decrypt")
        .replace(r#""Effect""#, r#""Sid":"Outside","Condition":{"StringNotEquals":{"aws:SourceVpce":"vpce-1"}},"Effect""#);
    let reason = Given::caller(ana()).key_policy(&[DELEGATION, &denied]).identity(&may("kms:*")).ask().reason;
    assert_eq!(reason.headline, "statement \"Outside\" of the key policy of lake denies kms:Decrypt to arn:aws:iam::111122223333:user/ana");
    assert_eq!(texts(&reason)[1], "its condition StringNotEquals aws:SourceVpce = vpce-1 holds: the request carries no aws:SourceVpce");
    let reason = Given::caller(ana()).key_policy(&[DELEGATION]).identity(&may("kms:*")).ask().reason;
    assert_eq!(
        reason.headline,
        "allowed by statement \"Root\" of the key policy of lake, which delegates to account 111122223333, and by the statement of the \
         inline policy Read"
    );
}

proptest::proptest! {
    /// Adding a Deny never turns a refusal into an allow, and adding an Allow never takes one away without a Deny.
    #[test]
    fn a_deny_never_allows(choice in proptest::collection::vec((0_usize..5, 0_usize..4, proptest::bool::ANY), 0..6), extra in (0_usize..5, 0_usize..4)) {
        let principals = [aws("111122223333"), aws("arn:aws:iam::111122223333:user/ana"), r#""*""#.to_owned(), aws("444455556666"), aws("arn:aws:iam::111122223333:user/eve")];
        let actions = ["kms:*", "kms:Decrypt", "kms:Encrypt", "kms:D*"];
        let statement = |(principal, action): (usize, usize), deny: bool| {
            let text = allow(&principals[principal], actions[action]);
            if deny { text.replace("Allow", "Deny") } else { text }
        };
        let before: Vec<String> = choice.iter().map(|(principal, action, deny)| statement((*principal, *action), *deny)).collect();
        let ask = |extra: Option<String>| {
            let statements: Vec<&str> = before.iter().chain(extra.iter()).map(String::as_str).collect();
            Given::caller(ana()).key_policy(&statements).identity(&may("kms:Decrypt")).decision()
        };
        let first = ask(None);
        let denied = ask(Some(statement(extra, true)));
        let allowed = ask(Some(statement(extra, false)));
        proptest::prop_assert!(denied != Decision::Allow || first == Decision::Allow);
        proptest::prop_assert!(first != Decision::Allow || allowed == Decision::Allow);
    }
}

#[test]
fn an_explanation_says_which_level_of_an_organization_lets_nothing_through() {
    let iam = Iam::default();
    let full = Policy::from_json(&format!(r#"{{"Statement":{}}}"#, may("*")), PolicyKind::ServiceControl, "SCP of the root").unwrap();
    let (caller, now) = (root(), parse_instant("2026-01-15T10:30:00Z").unwrap());
    let told = |levels: usize, attached: &[usize]| {
        let request = AccessRequest {
            iam: &iam,
            caller: &caller,
            action: "kms:ListKeys",
            resource: "*",
            resource_account: account_a(),
            now,
            context: &NoContext,
        };
        let set = attached.iter().fold(PolicySet::new().with_control_levels(levels), |set, level| set.with_service_control(*level, &full));
        let reason = evaluate(request, set).explain();
        let headline = reason.headline.split(" allows ").next().unwrap_or_default().to_owned();
        (headline, reason.details.last().map(|detail| detail.text.clone()).unwrap_or_default())
    };
    let nothing = "no service control policy is attached there";
    let wanted = |place: &str| (format!("no service control policy on {place}"), nothing.to_owned());
    assert_eq!(told(3, &[1, 2]), wanted("the root of the organization"));
    assert_eq!(told(3, &[0, 2]), wanted("the organizational unit at level 1 below the root"));
    assert_eq!(told(3, &[0, 1]), wanted("account 111122223333"));
}
