//! The program from outside: what it prints, where, and how it ends.

use assert_cmd::Command;
use std::fs;
use std::path::{Path, PathBuf};

/// What a run of the program left: its status and both streams.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs the program at 80 columns without colour.
#[track_caller]
pub(crate) fn kmsprep(args: &[&str]) -> Ran {
    kmsprep_with(args, "", &[])
}

/// The same with standard input and environment variables.
#[track_caller]
pub(crate) fn kmsprep_with(args: &[&str], input: &str, variables: &[(&str, &str)]) -> Ran {
    let mut command = Command::cargo_bin("kmsprep").unwrap();
    let nowhere = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-progress");
    command.args(args).env("COLUMNS", "80").env_remove("NO_COLOR").env("KMSPREP_DATA_DIR", nowhere).write_stdin(input);
    for (name, value) in variables {
        command.env(name, value);
    }
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    Ran { status: output.status.code().unwrap_or(-1), out: text(&output.stdout), err: text(&output.stderr) }
}

/// A folder for one test, removed when it ends.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    pub(crate) fn file(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }
}

fn disabled_key() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/disabled-key.yaml")).unwrap()
}

/// Lints a changed copy of a scenario; the text to change must be there.
#[track_caller]
fn lint_changed(from: &str, to: &str) -> Ran {
    let text = disabled_key();
    assert!(text.contains(from), "nothing to change: {from}");
    let folder = Folder::new();
    let file = folder.file("disabled-key.yaml", text.replacen(from, to, 1));
    let mut ran = kmsprep(&["lint", &file]);
    ran.out = ran.out.replace(folder.path().to_str().unwrap(), "");
    ran
}

#[test]
fn a_right_answer_ends_with_0_and_a_wrong_one_with_1() {
    assert_eq!(kmsprep(&["scenario", "run", "disabled-key", "--set", "repair=enable"]).status, 0);
    assert_eq!(kmsprep(&["scenario", "run", "disabled-key", "--set", "repair=cancel"]).status, 1);
}

#[test]
fn a_verdict_says_what_failed_why_and_what_works() {
    let ran = kmsprep(&["scenario", "run", "disabled-key", "--set", "repair=rotate"]);
    insta::assert_snapshot!(ran.out);
    assert!(ran.err.is_empty());
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn the_verdict_as_json_has_reasons_trail_and_bill() {
    let ran = kmsprep(&["scenario", "run", "disabled-key", "--set", "repair=rotate", "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(value["passed"], false);
    assert_eq!(value["checks"][0]["found"], "DisabledException");
    assert!(value["checks"][0]["reason"]["headline"].as_str().unwrap().contains("the key is Disabled"));
    assert_eq!(value["trail"][0]["eventName"], "RotateKeyOnDemand");
    assert_eq!(value["bill"]["total"], "1");
}

#[test]
fn an_answers_file_is_read_and_its_mistakes_are_shown_with_their_place() {
    let folder = Folder::new();
    let good = folder.file("answers.yaml", "repair: enable\n");
    assert_eq!(kmsprep(&["scenario", "run", "disabled-key", "--answers", &good]).status, 0);
    let wrong = folder.file("wrong.yaml", "repair: enabel\nfix: enable\n");
    let ran = kmsprep(&["scenario", "run", "disabled-key", "--answers", &wrong]);
    assert_eq!(ran.status, 2);
    for part in ["wrong.yaml:1:9", "did you mean `enable`?", "wrong.yaml:2:1", "no decision `fix`"] {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
}

#[test]
fn mistakes_on_the_command_line_are_told_with_what_to_do() {
    for (args, part) in [
        (vec!["scenario", "run", "disabled-kye"], "did you mean `disabled-key`?"),
        (vec!["scenario", "run", "disabled-key"], "no answer for `repair`"),
        (vec!["scenario", "run", "disabled-key", "--set", "repair=enabl"], "did you mean `enable`?"),
        (vec!["scenario", "run", "disabled-key", "--set", "repiar=enable"], "did you mean `repair`?"),
        (vec!["scenario", "run", "no/such/file.yaml"], "cannot read no/such/file.yaml"),
        (vec!["scenari"], "scenario"),
    ] {
        let ran = kmsprep(&args);
        assert_eq!(ran.status, 2, "{args:?}");
        assert!(ran.err.contains(part), "{args:?}: {}", ran.err);
    }
}

#[test]
fn solve_reads_one_answer_a_line_without_a_terminal() {
    let ran = kmsprep_with(&["scenario", "solve", "disabled-key"], "a\n", &[]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.contains("PASSED"));
    let json = kmsprep_with(&["scenario", "solve", "disabled-key", "--format", "json"], "rotate\n", &[]);
    let value: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!((json.status, &value["passed"]), (1, &false.into()));
    let early = kmsprep_with(&["scenario", "solve", "disabled-key"], "", &[]);
    assert_eq!((early.status, early.err.contains("the input ends before `repair` is answered")), (2, true));
}

#[test]
fn everything_in_the_bundle_is_proved() {
    let ran = kmsprep(&["lint"]);
    assert_eq!(ran.status, 0, "{}", ran.out);
    assert!(ran.out.contains("0 errors, 0 warnings"), "{}", ran.out);
}

#[test]
fn lint_finds_a_distractor_that_passes() {
    // Cancelling is made to be enabling.
    let ran = lint_changed("value: \"kms:CancelKeyDeletion\"", "value: \"kms:EnableKey\"");
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("proof/should-fail") && ran.out.contains("repair=cancel"), "{}", ran.out);
}

#[test]
fn lint_finds_a_right_answer_that_fails() {
    let ran = lint_changed("value: \"kms:EnableKey\"", "value: \"kms:DisableKey\"");
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(ran.out);
}

#[test]
fn lint_finds_a_check_that_can_never_fail() {
    let check = "  - { name: look, as: \"arn:aws:iam::A:role/Admin\", call: \"kms:DescribeKey\", with: { KeyId: data } }\n";
    let ran = lint_changed("proof:\n", &format!("{check}\nproof:\n"));
    assert_eq!((ran.status, ran.out.contains("proof/never-fails")), (1, true), "{}", ran.out);
}

#[test]
fn lint_finds_an_undefined_account() {
    let ran = lint_changed("arn:aws:iam::A:role/Admin", "arn:aws:iam::AA:role/Admin");
    assert!(ran.out.contains("scenario/unknown-account") && ran.out.contains("`AA`"), "{}", ran.out);
    assert_eq!(ran.status, 1);
}

#[test]
fn lint_finds_misspelt_actions_and_operations() {
    let in_policy = lint_changed("\"kms:Decrypt\"]", "\"kms:Decript\"]");
    assert!(in_policy.out.contains("policy/unknown-action") && in_policy.out.contains("did you mean `kms:Decrypt`?"), "{}", in_policy.out);
    let in_call = lint_changed("call: \"kms:Encrypt\"", "call: \"kms:Encript\"");
    assert!(in_call.out.contains("scenario/unknown-operation") && in_call.out.contains("did you mean `kms:Encrypt`?"), "{}", in_call.out);
    let in_error = lint_changed("with: DisabledException }", "with: DisabledException, at2: x }");
    assert!(in_error.out.contains("doc/unknown-field"), "{}", in_error.out);
}

#[test]
fn lint_finds_unknown_parameters_error_codes_keys_and_saves() {
    for (from, to, code) in [
        ("Plaintext: \"invoice 17\" }, save", "Plaintxt: \"invoice 17\" }, save", "scenario/unknown-parameter"),
        ("save: sealed }", "save: sealed, expect: AccesDeniedException }", "scenario/unknown-error"),
        ("with: { KeyId: data, Plaintext", "with: { KeyId: dta, Plaintext", "scenario/unknown-key"),
        ("{sealed.CiphertextBlob}", "{seal.CiphertextBlob}", "scenario/unknown-save"),
        ("role/App\", call", "role/Ap\", call", "scenario/unknown-principal"),
        ("advance: 400d", "advance: 400 days", "scenario/duration"),
        // These two would keep the program busy for ever.
        ("advance: 400d", "advance: 99999999d", "scenario/duration"),
        ("rotation: true", "rotation: 0", "scenario/rotation"),
    ] {
        let ran = lint_changed(from, to);
        assert_eq!((ran.status, ran.out.contains(code)), (1, true), "{code}: {}", ran.out);
    }
}

#[test]
fn lint_finds_a_duplicate_id_and_an_unused_decision() {
    let folder = Folder::new();
    folder.file("disabled-key.yaml", disabled_key());
    folder.file("other.yaml", disabled_key());
    let ran = kmsprep(&["lint", folder.path().to_str().unwrap()]);
    assert_eq!((ran.status, ran.out.contains("scenario/duplicate-id")), (1, true), "{}", ran.out);
    let extra = "decisions:\n  idle:\n    ask: Nothing depends on this.\n    options:\n      a: { label: a, value: x }\n      b: { label: b, value: y }\n";
    let unused = lint_changed("decisions:\n", extra);
    assert!(unused.out.contains("scenario/unused-decision"), "{}", unused.out);
}

#[test]
fn all_mistakes_of_a_file_are_reported_at_once() {
    let folder = Folder::new();
    let file = folder.file("x.yaml", "scenario: X Y\ntitel: a\nbrief: b\nworld: {}\nchecks: []\nproof: { passes: [{}], failz: [] }\n");
    let ran = kmsprep(&["lint", &file]);
    insta::with_settings!({filters => vec![(r"--> .*/x\.yaml", "--> x.yaml")]}, {
        insta::assert_snapshot!(ran.out);
    });
}

#[test]
fn lint_prints_the_same_bytes_with_one_thread_and_with_many() {
    let command = ["lint", "--format", "json", "question-bank", "scenarios/ebs-share-snapshot.yaml", "scenarios/lambda-env-secrets.yaml"];
    let one = kmsprep_with(&command, "", &[("RAYON_NUM_THREADS", "1")]);
    let many = kmsprep_with(&command, "", &[("RAYON_NUM_THREADS", "4")]);
    assert_eq!(one.out, many.out);
}

#[test]
fn hostile_files_get_one_clear_error_and_exit_code_2() {
    let folder = Folder::new();
    let bomb = "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n";
    let files = [
        folder.file("bomb.yaml", bomb),
        folder.file("flow.yaml", format!("a: {}", "[".repeat(100_000))),
        folder.file("maps.yaml", "{a: ".repeat(100_000)),
        folder.file("long.yaml", vec![b'x'; 50 * 1024 * 1024]),
        folder.file("escape.yaml", "scenario: x\ntitle: \"\u{1b}[31mred\u{7}\"\n"),
        folder.file("bytes.yaml", [0x73, 0x3a, 0x20, 0xff, 0xfe]),
        folder.file("empty.yaml", ""),
        folder.path().to_str().unwrap().to_owned() + "/folder.yaml",
    ];
    fs::create_dir(folder.path().join("folder.yaml")).unwrap();
    for file in &files {
        let ran = kmsprep(&["scenario", "run", file]);
        let text = format!("{}{}", ran.out, ran.err);
        assert_eq!(ran.status, 2, "{file}: {text}");
        assert_eq!(text.matches("error").count(), 1, "{file}: {text}");
        assert!(!text.contains(['\u{1b}', '\u{7}']) && !text.contains("panicked"), "{file}");
        assert!(text.len() < 2_000, "{file}: {} bytes", text.len());
    }
    let linted = kmsprep(&["lint", &files[4]]);
    assert_eq!(linted.status, 2, "{}", linted.out);
}

#[test]
fn without_a_command_it_says_what_to_do() {
    let ran = kmsprep(&[]);
    assert_eq!(ran.status, 0);
    for part in ["No answers yet", "kmsprep drill", "kmsprep scenario solve disabled-key"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
    // It only looks.
    assert!(!Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-progress").exists());
}

#[test]
fn a_condition_key_that_does_not_exist_is_a_warning_because_aws_accepts_it() {
    let root = "{ Sid: Root, Effect: Allow, Principal: { AWS: A }, Action: \"kms:*\", Resource: \"*\" }";
    let odd = "{ Sid: Odd, Effect: Allow, Principal: { AWS: A }, Action: \"kms:Decrypt\", Resource: \"*\", \
        Condition: { StringEquals: { \"kms:ViaServis\": s3.us-east-1.amazonaws.com } } }";
    let ran = lint_changed("rotation: true }", &format!("rotation: true, policy: [ {root}, {odd} ] }}"));
    assert_eq!(ran.status, 0, "{}", ran.out);
    assert!(ran.out.contains("warning[policy/condition-key]") && ran.out.contains("kms:ViaService"), "{}", ran.out);
}

#[test]
fn a_warning_about_a_policy_of_the_world_is_told_at_its_place() {
    let root = "{ Sid: Root, Effect: Allow, Principal: { AWS: A }, Action: \"kms:*\", Resource: \"*\" }";
    let alias = "{ Sid: Alias, Effect: Allow, Principal: { AWS: \"arn:aws:iam::A:role/Admin\" }, Action: \"kms:Decrypt\", Resource: \"arn:aws:kms:us-east-1:A:alias/x\" }";
    let ran = lint_changed("rotation: true }", &format!("rotation: true, policy: [ {root}, {alias} ] }}"));
    assert_eq!(ran.status, 0, "{}", ran.out);
    assert!(ran.out.contains("warning[policy/resource-not-this-key]") && ran.out.contains("write `*`"), "{}", ran.out);
    assert!(ran.out.contains("0 errors, 1 warning "), "{}", ran.out);
}

/// A distractor may make the very mistake that it is there to show, but not be misspelt.
#[test]
fn lint_leaves_the_mistakes_of_options_that_fail_alone_and_run_tells_them() {
    let scenario = |action: &str, resource: &str| {
        format!(
            r#"scenario: two-ways
title: Two ways
guide: "Key Policies"
topics: [key-policy]
difficulty: 1
brief: App must decrypt.
world:
  accounts:
    A: {{ id: "111111111111", roles: {{ Admin: {{ allow: ["kms:*"] }}, App: {{}} }} }}
  kms:
    lake:
      account: A
      policy:
        Version: "2012-10-17"
        Statement:
          - {{ Sid: Root, Effect: Allow, Principal: {{ AWS: A }}, Action: "kms:*", Resource: "*" }}
          - {{ answer: app }}
decisions:
  app:
    ask: Which statement?
    options:
      good:
        label: The key
        value: {{ Sid: App, Effect: Allow, Principal: {{ AWS: "arn:aws:iam::A:role/App" }}, Action: "kms:DescribeKey", Resource: "*" }}
        why: It names the key.
      bad:
        label: The alias
        value: {{ Sid: App, Effect: Allow, Principal: {{ AWS: "arn:aws:iam::A:role/App" }}, Action: "{action}", Resource: "{resource}" }}
        why: An alias is no key.
checks:
  - {{ name: works, as: "arn:aws:iam::A:role/App", call: "kms:DescribeKey", with: {{ KeyId: lake }}, expect: ok }}
proof:
  passes: [ {{ app: good }} ]
  fails: [ {{ when: {{ app: bad }}, at: works, with: AccessDeniedException }} ]
debrief: Permission is decided on the key.
hints: [ "What does Resource mean in a key policy?" ]
"#
        )
    };
    let folder = Folder::new();
    let file = folder.file("two-ways.yaml", scenario("kms:DescribeKey", "arn:aws:kms:us-east-1:A:alias/x"));
    let linted = kmsprep(&["lint", &file]);
    assert!(linted.status == 0 && linted.out.contains("0 errors, 0 warnings"), "{}", linted.out);
    let ran = kmsprep(&["scenario", "run", &file, "--set", "app=bad"]);
    assert!(ran.status == 1 && ran.err.contains("warning[policy/resource-not-this-key]"), "{} {}", ran.out, ran.err);
    let misspelt = folder.file("two-ways.yaml", scenario("kms:DescribKey", "*"));
    let linted = kmsprep(&["lint", &misspelt]);
    assert!(
        linted.out.contains("warning[policy/unknown-action]") && linted.out.contains("did you mean `kms:DescribeKey`?"),
        "{}",
        linted.out
    );
}

#[test]
fn a_mistake_in_a_statement_of_ones_own_is_told_once_and_alone() {
    let folder = Folder::new();
    let statement = "key_policy: { Sid: Mine, Effect: Alow, Principal: { AWS: ACCOUNT }, Action: \"kms:*\", Resource: \"*\" }\n";
    let others = "key: customer\nshare: account\nb_identity: by-key\nrestore_by: copy\n";
    let text = format!("{others}{}", statement.replace("ACCOUNT", "\"arn:aws:iam::B:role/Restore\""));
    let file = folder.file("answers.yaml", text);
    let ran = kmsprep(&["scenario", "run", "ebs-share-snapshot", "--answers", &file]);
    assert_eq!((ran.status, ran.err.matches("error[").count()), (2, 1), "{}", ran.err);
    assert!(ran.err.contains("answers.yaml:5:34") && ran.err.contains("did you mean `Allow`?"), "{}", ran.err);
}

#[test]
fn lint_finds_facts_that_do_not_exist_or_give_the_answer_away() {
    let unknown = lint_changed("Disabling is the reversible", "{fact:rotation-period-defualt} Disabling is the reversible");
    assert!(unknown.out.contains("scenario/unknown-fact") && unknown.out.contains("rotation-period-default"), "{}", unknown.out);
    let early = lint_changed("label: Enable the key", "label: \"Enable the key, {fact:rotation-period-default}\"");
    assert!(early.out.contains("scenario/fact-place"), "{}", early.out);
}

#[test]
fn a_review_looks_for_the_nearest_answers_that_pass() {
    // Each option alone is part of some passing combination; together only the code has to change.
    let sets = ["at_rest_key=default", "helper=helper", "code=reads", "exec_policy=helper", "ops_policy=nothing"];
    let mut args = vec!["scenario", "run", "lambda-env-secrets", "--format", "json"];
    args.extend(sets.iter().flat_map(|set| ["--set", set]));
    let value: serde_json::Value = serde_json::from_str(&kmsprep(&args).out).unwrap();
    let works: Vec<(&str, bool)> =
        value["decisions"].as_array().unwrap().iter().map(|d| (d["decision"].as_str().unwrap(), d["works"].as_bool().unwrap())).collect();
    assert_eq!(works, [("at_rest_key", true), ("helper", true), ("code", false), ("exec_policy", true), ("ops_policy", true)]);
    assert!(value["decisions"][2]["instead"][0]["label"].as_str().unwrap().contains("outside the handler"));
}

#[test]
fn each_mistake_is_told_and_nothing_that_only_follows_from_one() {
    let folder = Folder::new();
    let world = "world: { accounts: { A: { id: 111, roles: { App: {} } } }, kms: { k: { rotation: 0 } } }";
    let check = "checks: [ { name: a, as: \"arn:aws:iam::A:role/App\", call: \"kms:Decript\" } ]";
    let file = folder.file("bad.yaml", format!("scenario: bad\ntitle: x\nbrief: y\n{world}\n{check}\nproof: {{ passes: [ {{}} ] }}\n"));
    let ran = kmsprep(&["lint", &file, "--format", "json"]);
    let value: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let codes: Vec<&str> = value["diagnostics"].as_array().unwrap().iter().map(|found| found["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["scenario/account-id", "scenario/rotation", "scenario/unknown-operation"]);
}
