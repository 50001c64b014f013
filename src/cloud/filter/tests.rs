//! The examples of the documentation, and what is wrong with a pattern.

use super::{FilterPattern, Selector};
use serde_json::{Value, json};

fn event() -> Value {
    json!({
        "eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null, "ThisFlag": true,
        "user": {"id": 1, "email": "John.Stiles@example.com"}, "users": [{"id": 2, "email": "John.Doe@example.com"}],
        "actions": ["GET", "PUT", "DELETE"], "coordinates": [[0, 1, 2], [4, 5, 6]], "latency": 55.5, "cluster.name": "c",
        "errorMessage": "arn:aws:kms:us-east-1:1:key/2 is pending deletion.", "account": "012345678901", "code": 400
    })
}

#[track_caller]
fn matches(pattern: &str) -> bool {
    let pattern = FilterPattern::parse(pattern).unwrap();
    let event = event();
    assert_eq!(pattern.matches(&event.to_string()), pattern.matches_json(&event));
    pattern.matches_json(&event)
}

#[test]
fn conditions_of_json_events() {
    for (pattern, expected) in [
        (r#"{ $.eventType = "UpdateTrail" }"#, true),
        (r#"{$.eventType=UpdateTrail}"#, true),
        (r#"{ $.eventType = "updatetrail" }"#, false),
        (r#"{ $.sourceIPAddress != 123.123.* }"#, true),
        (r#"{ $.sourceIPAddress != 111.111.* }"#, false),
        (r#"{ $.arrayKey[0] = "value" }"#, true),
        (r#"{ $.objectList[1].id = 2 }"#, true),
        (r#"{ $.objectList[7].id = 2 }"#, false),
        (r#"{ $.SomeObject IS NULL }"#, true),
        (r#"{ $.eventType IS NULL }"#, false),
        (r#"{ $.SomeOtherObject NOT EXISTS }"#, true),
        (r#"{ $.SomeObject NOT EXISTS }"#, false),
        (r#"{ $.ThisFlag IS TRUE }"#, true),
        (r#"{ $.ThisFlag IS FALSE }"#, false),
        (r#"{ $.['cluster.name'] = "c" }"#, true),
        (r#"{ $["cluster.name"] = "c" }"#, true),
        (r#"{ $.errorMessage = "* is pending deletion*" }"#, true),
        (r#"{ $.errorMessage = "* is pending" }"#, false),
        (r#"{ $.errorMessage = * }"#, true),
        (r#"{ $.errorCode = * }"#, false),
        // A star in the middle is a star.
        (r#"{ $.eventType = "Update*ail" }"#, false),
        // A list and what is not there are neither equal nor different.
        (r#"{ $.users = 1 }"#, false),
        (r#"{ $.users != 1 }"#, false),
        (r#"{ $.nothing != 1 }"#, false),
        (r#"{ $.eventType = %^Update[A-Z]rail$% }"#, true),
        (r#"{ $.eventType = %Create|Delete% }"#, false),
    ] {
        assert_eq!(matches(pattern), expected, "{pattern}");
    }
}

#[test]
fn numbers_compare_as_numbers_and_texts_of_digits_as_texts() {
    for (pattern, expected) in [
        ("{ $.latency >= 55.5 }", true),
        ("{ $.latency > 55.5 }", false),
        ("{ $.latency <= 10e3 }", true),
        ("{ $.latency < 10e-3 }", false),
        ("{ $.latency > +10 }", true),
        ("{ $.code = 400 }", true),
        ("{ $.code = 400.0 }", true),
        ("{ $.code = 4* }", true),
        ("{ $.code != 500 }", true),
        ("{ $.account = 012345678901 }", true),
        ("{ $.account = 12345678901 }", false),
        // A text is no number, whatever it says.
        ("{ $.account > 1 }", false),
        ("{ $.coordinates[0][1] = 1 }", true),
    ] {
        assert_eq!(matches(pattern), expected, "{pattern}");
    }
}

#[test]
fn and_binds_tighter_than_or_and_parentheses_tightest() {
    for (pattern, expected) in [
        (r#"{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }"#, true),
        (r#"{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }"#, false),
        (r#"{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = nomatch }"#, true),
        (r#"{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch) && $.actions[2] = nomatch }"#, false),
    ] {
        assert_eq!(matches(pattern), expected, "{pattern}");
    }
}

#[test]
fn terms_of_plain_text() {
    let both = "ERROR WARN message";
    let (error, warn) = ("ERROR message", "WARN message");
    for (pattern, expected) in [
        ("", [true, true, true]),
        ("ERROR", [true, true, false]),
        ("?ERROR ?WARN", [true, true, true]),
        ("ERROR WARN", [true, false, false]),
        ("ERROR -WARN", [false, true, false]),
        ("\"ERROR message\"", [false, true, false]),
        ("-\"WARN message\"", [false, true, false]),
        ("%ERR[OR]+ W%", [true, false, false]),
        // Beside other terms, those with a question mark are ignored.
        ("?ERROR message", [true, true, true]),
        ("error", [false, false, false]),
    ] {
        let read = FilterPattern::parse(pattern).unwrap();
        assert_eq!([both, error, warn].map(|message| read.matches(message)), expected, "{pattern}");
    }
    let guide = FilterPattern::parse("{ $.eventSource = kms.amazonaws.com }").unwrap();
    assert!(guide.matches(r#"{"eventSource": "kms.amazonaws.com"}"#));
    assert!(!guide.matches("no JSON"));
}

#[test]
fn a_mistake_is_told_with_its_column() {
    for (pattern, told) in [
        ("{ $.a = }", "column 9: expected a value, found `}`"),
        ("{ $.a = 1", "column 10: expected `&&`, `||` or `}`, and the pattern ends"),
        ("{ $.a == 1 }", "column 8: a text with `=` stands in double quotes"),
        ("{ a = 1 }", "column 3: expected a selector such as $.eventName, or `(`, found `a`"),
        ("{ $ = 1 }", "column 4: expected `.` and the name of a member, found ` `"),
        ("{ $.aws:arn = 1 }", "column 8: a name with other signs than letters, digits, - and _ is written .['…']"),
        ("{ $.a[x] = 1 }", "column 7: expected the number of an item, or a name in quotes, found `x`"),
        ("{ ($.a = 1 }", "column 12: expected `&&`, `||` or `)`, found `}`"),
        ("{ $.a = \"x }", "column 9: no \" closes what begins here"),
        ("{ $.a LIKE 1 }", "column 7: expected =, !=, <, <=, >, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS, found `LIKE`"),
        ("{ $.a IS EMPTY }", "column 7: expected =, !=, <, <=, >, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS, found `IS EMPTY`"),
        ("{ $.a > big }", "column 9: expected a number such as 500, -1.5 or 10e3, found `b`"),
        ("{ $.a = 1 } x", "column 13: nothing may stand behind the closing brace"),
        ("{ $.a = a@b }", "column 10: a text with `@` stands in double quotes"),
        ("{ $.a = %(b)% }", "column 10: `(` has no place in a regular expression here"),
        (
            "kms.amazonaws.com",
            "column 4: the term kms.amazonaws.com has other signs than letters, digits and _: it stands in double quotes",
        ),
        ("[ip, user]", "column 1: patterns of space-delimited fields are not in the model"),
        ("ERROR -", "column 8: expected a term, and the pattern ends"),
    ] {
        assert_eq!(FilterPattern::parse(pattern).unwrap_err().to_string(), told, "{pattern}");
    }
}

#[test]
fn hostile_patterns_end_quickly() {
    let deep = format!("{{ {}$.a = 1{} }}", "(".repeat(500), ")".repeat(500));
    assert_eq!(FilterPattern::parse(&deep).unwrap_err().message, "parentheses stand at most 64 deep");
    assert_eq!(FilterPattern::parse(&"x".repeat(1025)).unwrap_err().message, "a pattern has at most 1024 characters");
    assert!(FilterPattern::parse("{ $.a = %a{1000}{1000}{1000}% }").is_err());
    assert!(FilterPattern::parse("{ $.a[99999999999999999999] = 1 }").is_err());
}

#[test]
fn a_selector_alone_finds_a_value() {
    let event = json!({"a": {"b": [1, {"c d": 2}]}});
    assert_eq!(Selector::parse("$.a.b[1].['c d']").unwrap().find(&event), Some(&json!(2)));
    assert_eq!(Selector::parse("$.a.b[1]x").unwrap_err().to_string(), "column 9: expected `.`, `[` or the end, found `x`");
}
