use super::super::{AccessRequest, ConditionKey, ContextValue, RequestContext};
use super::*;
use crate::cloud::{AccountId, Caller, Principal, Region, parse_instant};
use std::borrow::Cow;

/// A complete context of a few keys.
struct Context(Vec<(ConditionKey, Vec<&'static str>)>);

impl RequestContext for Context {
    fn value(&self, key: &ConditionKey) -> Option<ContextValue<'_>> {
        let (_, values) = self.0.iter().find(|(known, _)| known.written.eq_ignore_ascii_case(&key.written))?;
        Some(match values.as_slice() {
            [one] if !key.name.ends_with("keys") => ContextValue::One(Cow::Borrowed(one)),
            many => ContextValue::Many(many.iter().map(|value| Cow::Borrowed(*value)).collect()),
        })
    }

    fn is_complete(&self) -> bool {
        true
    }
}

/// Whether `operator: { key: wanted }` holds when the request carries `values` for the key (none: absent).
/// A key whose name ends in `Keys` is multivalued.
fn holds(operator: &str, key: &str, wanted: &[&str], values: &[&'static str]) -> bool {
    holds_with(operator, key, wanted, &[(key, values)])
}

fn holds_with(operator: &str, key: &str, wanted: &[&str], context: &[(&str, &[&'static str])]) -> bool {
    // A multivalued key may be there with no values; a single-valued one without a value is absent.
    let keys = context.iter().filter(|(key, values)| !values.is_empty() || key.ends_with("Keys"));
    let context = Context(keys.map(|(key, values)| (ConditionKey::parse(key), values.to_vec())).collect());
    let account = AccountId::parse("111122223333").unwrap();
    let caller = Caller::direct(Principal::user(account, "ana"), Region::default_region());
    let iam = super::super::Iam::default();
    let request = AccessRequest {
        iam: &iam,
        caller: &caller,
        action: "kms:Decrypt",
        resource: "*",
        resource_account: account,
        now: parse_instant("2026-01-15").unwrap(),
        context: &context,
    };
    let wanted = wanted.iter().map(|value| ConditionValue { written: Arc::from(*value), span: None }).collect();
    Condition::new(operator, Operator::parse(operator).unwrap(), Key::parse(key), wanted, true, None).holds(&request)
}

#[test]
fn only_the_like_operators_know_wildcards() {
    assert!(holds("StringLike", "k:a", &["s3.*.amazonaws.com"], &["s3.us-east-1.amazonaws.com"]));
    assert!(!holds("StringEquals", "k:a", &["s3.*.amazonaws.com"], &["s3.us-east-1.amazonaws.com"]));
    assert!(holds("StringEquals", "k:a", &["a*"], &["a*"]));
    assert!(!holds("StringLike", "k:a", &["A*"], &["ab"]));
    assert!(holds("StringLike", "k:a", &["a${*}"], &["a*"]));
    assert!(!holds("StringLike", "k:a", &["a${*}"], &["ab"]));
}

#[test]
fn only_the_ignorecase_operators_ignore_case() {
    assert!(!holds("StringEquals", "k:a", &["IT"], &["it"]));
    assert!(holds("StringEqualsIgnoreCase", "k:a", &["IT"], &["it"]));
    assert!(!holds("StringNotEqualsIgnoreCase", "k:a", &["IT"], &["it"]));
    assert!(holds("StringEqualsIgnoreCase", "k:a", &["É"], &["é"]));
}

#[test]
fn values_of_a_key_are_ored_and_those_of_a_negated_operator_nored() {
    assert!(holds("StringEquals", "k:a", &["x", "y"], &["y"]));
    assert!(!holds("StringNotEquals", "k:a", &["x", "y"], &["y"]));
    assert!(holds("StringNotEquals", "k:a", &["x", "y"], &["z"]));
}

#[test]
fn an_absent_key_fails_positive_operators_and_fulfils_negated_ones_and_ifexists() {
    let wanted = |name: &str| match name {
        name if name.starts_with("Date") => "2026-01-01",
        name if name.starts_with("Numeric") => "1",
        "IpAddress" | "NotIpAddress" => "10.0.0.0/8",
        "Bool" => "true",
        name if name.starts_with("Arn") => "arn:aws:s3:::b",
        _ => "YQ==",
    };
    for name in operator_names().filter(|name| *name != "Null") {
        let value = wanted(name);
        assert_eq!(holds(name, "k:a", &[value], &[]), name.contains("Not"), "{name}");
        assert!(holds(&format!("{name}IfExists"), "k:a", &[value], &[]), "{name}");
        assert!(holds(&format!("ForAllValues:{name}"), "k:a", &[value], &[]), "{name}");
        assert!(!holds(&format!("ForAnyValue:{name}"), "k:a", &[value], &[]), "{name}");
    }
}

#[test]
fn ifexists_tests_a_key_that_is_there() {
    assert!(!holds("StringEqualsIfExists", "k:a", &["x"], &["y"]));
    assert!(holds("StringNotEqualsIfExists", "k:a", &["x"], &["y"]));
}

#[test]
fn null_asks_whether_the_key_exists() {
    assert!(holds("Null", "k:a", &["true"], &[]));
    assert!(!holds("Null", "k:a", &["true"], &["false"]));
    assert!(holds("Null", "k:a", &["false"], &["x"]));
    assert!(!holds("Null", "k:a", &["false"], &[]));
    assert_eq!(Operator::parse("NullIfExists"), None);
    assert_eq!(Operator::parse("ForAnyValue:Null"), None);
}

#[test]
fn set_operators_ask_all_or_any_of_the_request_values() {
    let check = |operator: &str, values: &[&'static str]| holds(operator, "k:Keys", &["a", "b"], values);
    assert!(check("ForAllValues:StringEquals", &["a", "b"]));
    assert!(!check("ForAllValues:StringEquals", &["a", "c"]));
    assert!(check("ForAnyValue:StringEquals", &["a", "c"]));
    assert!(!check("ForAnyValue:StringEquals", &["c", "d"]));
    // With a negated operator each value is tested against "none of these".
    assert!(check("ForAllValues:StringNotEquals", &["c", "d"]));
    assert!(!check("ForAllValues:StringNotEquals", &["a", "c"]));
    assert!(check("ForAnyValue:StringNotEquals", &["a", "c"]));
    assert!(!check("ForAnyValue:StringNotEquals", &["a", "b"]));
}

#[test]
fn a_multivalued_key_without_values_counts_as_absent() {
    assert!(holds("Null", "k:Keys", &["true"], &[]));
    assert!(holds("ForAllValues:StringEquals", "k:Keys", &["a"], &[]));
    assert!(!holds("ForAnyValue:StringEquals", "k:Keys", &["a"], &[]));
}

#[test]
fn numbers_compare_as_numbers() {
    assert!(holds("NumericLessThan", "k:a", &["14"], &["7"]));
    assert!(holds("NumericEquals", "k:a", &["7.0"], &["7"]));
    assert!(holds("NumericNotEquals", "k:a", &["7"], &["8"]));
    assert!(holds("NumericLessThanEquals", "k:a", &["7"], &["7"]) && !holds("NumericLessThan", "k:a", &["7"], &["7"]));
    assert!(holds("NumericGreaterThanEquals", "k:a", &["7"], &["7"]) && !holds("NumericGreaterThan", "k:a", &["7"], &["7"]));
    assert!(holds("NumericGreaterThan", "k:a", &["-1"], &["0"]));
    assert!(!holds("NumericEquals", "k:a", &["ten"], &["ten"]));
    assert!(!holds("NumericLessThan", "k:a", &[&"9".repeat(10_000)], &["1"]));
}

#[test]
fn dates_compare_in_every_spelling() {
    for same in ["2026-03-15T00:00:00Z", "2026-03-15", "2026-03-15T02:00:00+02:00", "1773532800", "2026-03-15T00:00Z"] {
        assert!(holds("DateEquals", "k:a", &[same], &["2026-03-15T00:00:00Z"]), "{same}");
        assert!(!holds("DateNotEquals", "k:a", &[same], &["2026-03-15T00:00:00Z"]), "{same}");
        assert!(holds("DateLessThanEquals", "k:a", &[same], &["2026-03-15"]) && !holds("DateLessThan", "k:a", &[same], &["2026-03-15"]));
        assert!(holds("DateGreaterThan", "k:a", &[same], &["1773532801"]), "{same}");
    }
    assert!(holds("DateEquals", "k:a", &["2026-03"], &["2026-03-01"]) && holds("DateEquals", "k:a", &["2026"], &["2026-01-01"]));
    for wrong in ["yesterday", "", "2026-13-01", "99999999999999999999", "2026-03-15T10:3éZ"] {
        assert!(!holds("DateLessThan", "k:a", &[wrong], &["2026-03-15"]), "{wrong}");
    }
}

#[test]
fn booleans_and_binary_values() {
    assert!(holds("Bool", "k:a", &["true"], &["true"]) && !holds("Bool", "k:a", &["true"], &["false"]));
    assert!(!holds("Bool", "k:a", &["yes"], &["yes"]));
    assert!(holds("BinaryEquals", "k:a", &["QmluYXJ5VmFsdWU="], &["QmluYXJ5VmFsdWU="]));
    assert!(!holds("BinaryEquals", "k:a", &["QmluYXJ5VmFsdWU="], &["QmluYXJ5VmFsdWV="]));
    assert!(!holds("BinaryEquals", "k:a", &["not base64!"], &["not base64!"]));
}

#[test]
fn address_ranges_match_within_their_family() {
    let inside = |range: &str, address: &'static str| holds("IpAddress", "k:a", &[range], &[address]);
    assert!(inside("203.0.113.0/24", "203.0.113.255") && !inside("203.0.113.0/24", "203.0.114.0"));
    assert!(inside("203.0.113.7", "203.0.113.7") && !inside("203.0.113.7", "203.0.113.8"));
    assert!(inside("0.0.0.0/0", "8.8.8.8") && !inside("0.0.0.0/0", "::1"));
    assert!(inside("2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1") && inside("::/0", "2001:db8::1"));
    assert!(holds("NotIpAddress", "k:a", &["10.0.0.0/8", "2001:db8::/32"], &["192.0.2.1"]));
    for wrong in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0", "x"] {
        assert!(!inside(wrong, "10.0.0.0"), "{wrong}");
    }
}

#[test]
fn arns_compare_part_by_part_and_a_star_stays_inside_its_part() {
    let arn = "arn:aws:logs:us-east-1:111122223333:log-group:/app/prod";
    for operator in ["ArnLike", "ArnEquals"] {
        assert!(holds(operator, "k:a", &["arn:aws:logs:*:111122223333:log-group:/app/*"], &[arn]));
        assert!(!holds(operator, "k:a", &["arn:aws:logs:*:log-group:/app/*"], &[arn]));
        assert!(!holds(operator, "k:a", &["arn:aws:LOGS:*:*:*"], &[arn]));
    }
    assert!(!holds("ArnNotLike", "k:a", &["arn:aws:logs:*:*:log-group:*"], &[arn]));
    assert!(holds("ArnNotEquals", "k:a", &["arn:aws:sns:*:*:*"], &[arn]));
}

#[test]
fn a_variable_takes_the_value_of_its_key_literally() {
    let user = |values: &'static [&'static str]| ("aws:username", values);
    let check = |operator: &str, wanted: &str, value: &'static [&'static str], name: &'static [&'static str]| {
        holds_with(operator, "k:a", &[wanted], &[("k:a", value), user(name)])
    };
    assert!(check("StringEquals", "home-${AWS:UserName}", &["home-ana"], &["ana"]));
    assert!(!check("StringEquals", "home-${aws:username}", &["home-ana"], &["bob"]));
    assert!(check("StringLike", "${aws:username}/*", &["ana/x"], &["ana"]));
    assert!(!check("StringLike", "${aws:username}", &["ana"], &["*"]), "a star in a value is no wildcard");
    assert!(check("StringEqualsIgnoreCase", "${aws:username}", &["ANA"], &["ana"]));
    assert!(check("ArnLike", "arn:aws:iam::111122223333:user/${aws:username}", &["arn:aws:iam::111122223333:user/ana"], &["ana"]));
}

#[test]
fn a_variable_without_value_matches_nothing_unless_it_has_a_default() {
    assert!(!holds("StringEquals", "k:a", &["${aws:PrincipalTag/team}"], &["x"]));
    assert!(holds("StringNotEquals", "k:a", &["${aws:PrincipalTag/team}"], &["x"]));
    assert!(holds("StringEquals", "k:a", &["${aws:PrincipalTag/team, 'x'}"], &["x"]));
}

#[test]
fn condition_key_names_ignore_case() {
    assert!(holds_with("StringEquals", "KMS:viaservice", &["s"], &[("kms:ViaService", &["s"])]));
}

#[test]
fn operators_are_written_as_documented() {
    for wrong in ["stringEquals", "StringEqual", "ForSomeValues:StringEquals", "StringEqualsIfExistsIfExists", ""] {
        assert_eq!(Operator::parse(wrong), None, "{wrong}");
    }
}
