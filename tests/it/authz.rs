//! Questions of authorisation: the decided cases, and the command.

use kmsprep::authz::answer_line;
use kmsprep::diag::Sources;
use kmsprep::doc::{self, Limits};
use serde_json::{Map, Value, json};
use std::path::Path;

/// The decided cases.
fn cases() -> Vec<Map<String, Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/policy-cases.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let node = doc::read(&mut Sources::new(), "policy-cases.yaml", &text, Limits::default()).unwrap();
    let Value::Array(cases) = node.get("cases").unwrap().to_json() else { panic!("cases is no list") };
    cases.into_iter().map(|case| case.as_object().unwrap().clone()).collect()
}

fn answer(line: &Value) -> Value {
    let (text, _) = answer_line(line.to_string().as_bytes()).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_decided_case_is_decided_so_by_the_same_statements() {
    let cases = cases();
    assert_eq!(cases.len(), 60);
    let mut wrong = Vec::new();
    for case in cases {
        let found = answer(&Value::Object(case.clone()));
        let wanted = |name: &str| case.get(name).cloned().unwrap_or(json!([]));
        for (field, wanted) in
            [("decision", wanted("expected")), ("allows", wanted("allows")), ("denies", wanted("denies")), ("missing", wanted("missing"))]
        {
            if found[field] != wanted {
                wrong.push(format!("{}: {field} is {}, not {wanted}: {}", case["id"], found[field], found));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
