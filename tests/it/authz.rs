//! Questions of authorisation: the decided cases, and the command.

use super::cli::{Folder, kmsprep, kmsprep_with};
use kmsprep::authz::answer_line;
use kmsprep::diag::Sources;
use kmsprep::doc::{self, Limits};
use serde_json::{Map, Value, json};
use std::path::Path;

/// The decided cases.
pub(crate) fn cases() -> Vec<Map<String, Value>> {
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

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn error(line: &str) -> (Value, String, String, String) {
    let (text, decided) = answer_line(line.as_bytes()).unwrap();
    assert!(!decided, "{text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    let text = |name: &str| answer["error"][name].as_str().unwrap().to_owned();
    (answer["id"].clone(), text("kind"), text("at"), text("message"))
}

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/k";

fn request(principal: &str, action: &str, resource: &str) -> Value {
    json!({"id": "c", "request": {"principal": principal, "action": action, "resource": resource}})
}

const ALICE: &str = "arn:aws:iam::111122223333:user/alice";

#[test]
fn a_line_that_cannot_be_decided_says_why_and_where() {
    let with = |field: &str, value: Value| {
        let mut line = request(ALICE, "kms:Decrypt", KEY);
        line[field] = value;
        line.to_string()
    };
    let context = |context: Value| {
        let mut line = request(ALICE, "kms:Decrypt", KEY);
        line["request"]["context"] = context;
        line.to_string()
    };
    let key_policy = json!({"Statement": [{"Effect": "Permit", "Principal": "*", "Action": "kms:*", "Resource": "*"}]});
    let cases: Vec<(String, &str, &str)> = vec![
        ("nonsense".to_owned(), "BadJson", ""),
        ("[1]".to_owned(), "BadJson", ""),
        ("\u{feff}{}".to_owned(), "BadJson", ""),
        ("{}".to_owned(), "BadRequest", ""),
        (with("id", json!(7)), "BadRequest", "/id"),
        (with("id", json!("x".repeat(201))), "BadRequest", "/id"),
        (with("request", Value::Null), "BadRequest", "/request"),
        (with("request", json!({"principal": ALICE, "action": "kms:Decrypt"})), "BadRequest", "/request"),
        (
            with("request", json!({"principal": ALICE, "action": "kms:Decrypt", "resource": KEY, "region": "x"})),
            "BadRequest",
            "/request/region",
        ),
        (request("arn:aws:iam::111122223333:role/App", "kms:Decrypt", KEY).to_string(), "BadRequest", "/request/principal"),
        (request("arn:aws:iam::1111:user/a", "kms:Decrypt", KEY).to_string(), "BadRequest", "/request/principal"),
        (request(ALICE, "Decrypt", KEY).to_string(), "BadRequest", "/request/action"),
        (request(ALICE, "kms:*", KEY).to_string(), "BadRequest", "/request/action"),
        (request(ALICE, "kms:Decrypt", "alias/app").to_string(), "BadRequest", "/request/resource"),
        (request(ALICE, "kms:Decrypt", "arn:aws:kms:us-east-1:111122223333:alias/app").to_string(), "BadRequest", "/request/resource"),
        (request("s3.amazonaws.com", "kms:ListKeys", "*").to_string(), "BadRequest", "/request"),
        (context(json!({"kms:ViaService": 1, "KMS:viaservice": "2"})), "BadRequest", "/request/context/KMS:viaservice"),
        (context(json!({"kms:ViaService": {"a": "b"}})), "BadRequest", "/request/context/kms:ViaService"),
        (with("keyPolicy", key_policy), "MalformedPolicy", "/keyPolicy/Statement/0/Effect"),
        (with("identityPolicies", json!([{"Statement": []}, {"Version": "2012-10-17"}])), "MalformedPolicy", "/identityPolicies/1"),
        (with("identityPolicies", json!({})), "BadRequest", "/identityPolicies"),
        (with("scps", json!([{}])), "BadRequest", "/scps/0"),
        (with("grants", json!([{"grantee": ALICE, "operations": ["Decript"]}])), "BadRequest", "/grants/0/operations/0"),
        (with("boundary", json!("text")), "MalformedPolicy", "/boundary"),
        (
            with("keyPolicy", json!({})).replace(r#""keyPolicy":{}"#, r#""keyPolicy":{"Statement":[],"Statement":[]}"#),
            "MalformedPolicy",
            "/keyPolicy/Statement",
        ),
        (with("id", json!("c")).replace(r#""id":"c""#, r#""id":"c","id":"d""#), "BadRequest", "/id"),
        ("x".repeat((1 << 20) + 1), "BadJson", ""),
        (format!("{}{}", r#"{"id":"#.repeat(5_000), "}".repeat(5_000)), "BadJson", ""),
    ];
    for (line, kind, at) in cases {
        let shown: String = line.chars().take(200).collect();
        let (_, found, place, message) = error(&line);
        assert_eq!((found.as_str(), place.as_str()), (kind, at), "{shown}: {message}");
        assert!(!message.is_empty() && message.len() < 500, "{message}");
    }
}

#[test]
fn a_batch_answers_in_order_skips_blank_lines_and_goes_on_after_an_error() {
    let good = |id: &str| {
        let mut line = request(ALICE, "kms:Decrypt", KEY);
        line["id"] = json!(id);
        line.to_string()
    };
    let mut input = String::new();
    for number in 0..2_000 {
        input.push_str(&good(&format!("line {number}")));
        input.push_str(if number % 3 == 0 { "\r\n" } else { "\n" });
        if number == 700 {
            input.push_str("\n   \nnonsense\n");
        }
    }
    input.push_str(&good("the last, without an end"));
    let ran = kmsprep_with(&["authz", "--batch", "-"], &input, &[]);
    assert_eq!((ran.status, ran.err.as_str()), (1, ""));
    let answers = lines(&ran.out);
    assert_eq!(answers.len(), 2_002);
    let ids: Vec<&str> = answers.iter().filter_map(|answer| answer["id"].as_str()).collect();
    let mut wanted: Vec<String> = (0..2_000).map(|number| format!("line {number}")).collect();
    wanted.push("the last, without an end".to_owned());
    assert_eq!(ids, wanted);
    assert_eq!(answers[701]["error"]["kind"], json!("BadJson"));
    let folder = Folder::new();
    let file = folder.file("good.jsonl", good("a"));
    assert_eq!(kmsprep(&["authz", "--batch", &file]).status, 0);
    assert_eq!(kmsprep(&["authz", "--batch", "no-such-file"]).status, 2);
}

#[test]
fn a_batch_answers_what_it_has_before_more_comes() {
    use std::io::{BufRead, BufReader, Write};
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("kmsprep"))
        .args(["authz", "--batch", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    for number in 0..3 {
        writeln!(input, "{}", request(ALICE, "kms:Decrypt", KEY)).unwrap();
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        assert!(line.contains("ImplicitDeny"), "{number}: {line}");
    }
    drop(input);
    assert!(child.wait().unwrap().success());
}

/// The files of a question: a key policy that delegates, and an identity-based policy for another action.
fn question_of_files() -> (Folder, String, String) {
    let folder = Folder::new();
    let key = folder.file(
        "key.yaml",
        "Version: \"2012-10-17\"\nStatement:\n  - Sid: Root\n    Effect: Allow\n    Principal: { AWS: \"arn:aws:iam::111122223333:root\" }\n    Action: \"kms:*\"\n    Resource: \"*\"\n",
    );
    let own = folder.file(
        "own.json",
        "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    { \"Sid\": \"Write\", \"Effect\": \"Allow\", \"Action\": \"kms:Encrypt\", \"Resource\": \"*\",\n      \"Condition\": { \"StringEquals\": { \"kms:EncryptionContext:Dept\": \"IT\" } } }\n  ]\n}\n",
    );
    (folder, key, own)
}

#[test]
fn a_question_of_flags_is_answered_on_one_screen() {
    let (folder, key, own) = question_of_files();
    let ask = |more: &[&str]| {
        let mut args = vec!["authz", "--as", ALICE, "--key-policy", &key, "--identity-policy", &own, "--action"];
        args.extend(more);
        let ran = kmsprep(&args);
        (ran.status, ran.out.replace(folder.path().to_str().unwrap(), "FOLDER") + &ran.err)
    };
    let (status, text) = ask(&["kms:Decrypt"]);
    assert_eq!(status, 1);
    assert!(text.lines().count() <= 40 && text.lines().all(|line| line.chars().count() <= 80), "{text}");
    insta::assert_snapshot!("authz_flags_denied", text);
    let (status, text) = ask(&["kms:Encrypt", "--context", "Dept=IT", "--whole"]);
    assert_eq!(status, 0, "{text}");
    insta::assert_snapshot!("authz_flags_allowed_whole", text);
    assert_eq!(ask(&["kms:Encrypt", "--context", "Dept=HR"]).0, 1);
    assert_eq!(ask(&["kms:Encrypt", "--context", "Dept"]).0, 2);
    assert_eq!(ask(&["kms:Encrypt", "--via", "nothing"]).0, 2);
    for (wrong, told) in [("Encrypt", "`Encrypt` is no action"), ("kms:Encrypy", "did you mean `kms:Encrypt`?"), ("kms:*", "no action")] {
        let (status, text) = ask(&[wrong]);
        assert_eq!(status, 2, "{text}");
        assert!(text.contains(told), "{text}");
    }
    let (status, text) = ask(&["kms:Encrypt", "--resource", "alias/app"]);
    assert_eq!(status, 2, "{text}");
    // What would deny an allowed request is told where somebody asks.
    let (status, text) = ask(&["kms:Encrypt", "--context", "Dept=IT", "--prevent"]);
    assert_eq!(status, 0);
    assert!(text.contains("What would deny it\n  1  "), "{text}");
}

#[test]
fn a_question_from_a_file_is_the_line_of_a_batch() {
    let folder = Folder::new();
    for case in cases() {
        let file = folder.file("question.json", Value::Object(case.clone()).to_string());
        let ran = kmsprep(&["authz", &file, "--format", "json"]);
        let answer: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{}: {error} {}", case["id"], ran.err));
        assert_eq!(answer["decision"], case["expected"], "{}", case["id"]);
        assert_eq!(ran.status, i32::from(case["expected"] != json!("Allow")));
    }
}

const SNAPSHOT: [&str; 8] =
    ["--world", "ebs-share-snapshot", "--set", "key=customer", "--set", "share=account", "--set", "restore_by=copy"];

#[test]
fn the_denial_of_the_shared_snapshot_says_what_is_missing() {
    let ask = |key_policy: &str, b_identity: &str, more: &[&str]| {
        let (first, second) = (format!("key_policy={key_policy}"), format!("b_identity={b_identity}"));
        let args = [&["authz"], &SNAPSHOT[..], &["--set", &first, "--set", &second], more].concat();
        let ran = kmsprep(&args);
        (ran.status, ran.out + &ran.err)
    };
    let (status, text) = ask("for-account", "none", &["--check", "restore"]);
    assert_eq!(status, 1);
    insta::assert_snapshot!("authz_world_snapshot_denied", text);
    let question = ["--as", "arn:aws:iam::B:role/Restore", "--action", "kms:DescribeKey", "--with", "{ KeyId: a-key }"];
    assert_eq!(ask("for-account", "by-key", &question).0, 0);
    assert_eq!(ask("for-account", "none", &question).0, 1);
    let damaged = ["--as", "arn:aws:iam::A:role/Backup", "--action", "kms:Decrypt", "--with", "{ CiphertextBlob: AAAA }"];
    let (status, text) = ask("nothing", "none", &damaged);
    assert_eq!(status, 1);
    assert!(text.starts_with("FAILED   kms:Decrypt (InvalidCiphertextException)"), "{text}");
    let (status, text) = ask("for-account", "none", &["--check", "no-such-check"]);
    assert_eq!(status, 2);
    assert!(text.contains("the scenario has no check `no-such-check`"), "{text}");
}

#[test]
fn the_matrix_shows_what_calls_would_show() {
    let args = [&["authz", "matrix", "--key", "a-key"], &SNAPSHOT[..], &["--set", "key_policy=for-account", "--set", "b_identity=by-key"]]
        .concat();
    let ran = kmsprep(&args);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    insta::assert_snapshot!("authz_matrix", ran.out);
}

#[test]
fn two_versions_of_a_policy_are_compared() {
    let folder = Folder::new();
    let policy = |name: &str, more: &str| {
        folder.file(name, format!(r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"111122223333"}},"Action":"kms:*","Resource":"*"}}{more}]}}"#))
    };
    let old = policy("old.json", "");
    let new = policy(
        "new.json",
        r#",{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::444455556666:role/Loader"},"Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:Dept":"IT"}}}"#,
    );
    let ran = kmsprep(&["authz", "diff", &old, &new]);
    assert_eq!((ran.status, ran.err.as_str()), (1, ""));
    insta::assert_snapshot!("authz_diff", ran.out);
    let same = folder.file(
        "same.json",
        r#"{"Statement":{"Resource":["*"],"Action":["KMS:*"],"Principal":{"AWS":["arn:aws:iam::111122223333:root"]},"Effect":"Allow"},"Version":"2012-10-17"}"#,
    );
    let ran = kmsprep(&["authz", "diff", &old, &same]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "Both versions are the same policy, at most written differently.\n"));
    let mut line = request("arn:aws:sts::444455556666:assumed-role/Loader/s", "kms:Decrypt", KEY);
    line["request"]["context"] = json!({"kms:EncryptionContext:Dept": "IT"});
    line["identityPolicies"] = json!([{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}}]);
    let requests = folder.file("requests.jsonl", format!("{line}\n{}\n", request(ALICE, "kms:Decrypt", KEY)));
    let ran = kmsprep(&["authz", "diff", &old, &new, "--requests", &requests, "--format", "json"]);
    let found: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((found["asked"].clone(), found["differences"].as_array().unwrap().len()), (json!(2), 1));
    assert_eq!((found["differences"][0]["old"].clone(), found["differences"][0]["new"].clone()), (json!("ImplicitDeny"), json!("Allow")));
}

#[test]
fn a_policy_is_reviewed_with_places() {
    let folder = Folder::new();
    let file = folder.file(
        "key.json",
        "{ \"Version\": \"2012-10-17\", \"Statement\": [\n  { \"Effect\": \"Allow\", \"Principal\": { \"AWS\": \"111122223333\" }, \"Action\": \"kms:Decript\", \"Resource\": \"*\" } ] }",
    );
    let ran = kmsprep(&["authz", "review", &file]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("no service has the action `kms:Decript`") && ran.out.contains("key.json:2:"), "{}", ran.out);
}
