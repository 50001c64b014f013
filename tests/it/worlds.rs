//! Worlds with every kind of key: each case is a scenario that lint proves.

use super::cli::{Folder, kmsprep};
use std::fs;
use std::path::Path;

fn case(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name)).unwrap()
}

/// Lints a case with these changes.
#[track_caller]
fn lint(name: &str, changes: &[(&str, &str)]) -> String {
    let mut text = case(name);
    for (from, to) in changes {
        assert!(text.contains(from), "nothing to change: {from}");
        text = text.replacen(from, to, 1);
    }
    kmsprep(&["lint", &Folder::new().file(name, text)]).out
}

/// The codes of the errors that a lint reports.
#[track_caller]
fn codes(report: &str) -> Vec<&str> {
    report.lines().filter_map(|line| line.strip_prefix("error[")?.split_once(']')).map(|(code, _)| code).collect()
}

#[test]
fn worlds_of_every_kind_of_key_are_proved() {
    for name in ["key-types.yaml", "key-stores.yaml"] {
        let folder = Folder::new();
        let ran = kmsprep(&["lint", &folder.file(name, case(name))]);
        assert!(ran.status == 0 && ran.out.contains("0 errors, 0 warnings"), "{}", ran.out);
    }
}

#[test]
fn a_key_type_that_cannot_be_is_told_at_its_place() {
    for (from, to, code) in [
        ("spec: ECC_NIST_P256", "spec: ECC_NIST_P265", "scenario/key-type"),
        ("usage: SIGN_VERIFY", "usage: ENCRYPT_DECRYPT", "scenario/key-type"),
        ("origin: EXTERNAL, material: first", "material: first", "scenario/material"),
        ("material_expires: 2026-01-31", "material_expires: soon", "scenario/date"),
        ("replica_of: orders", "replica_of: signer", "scenario/replica"),
        ("replica_of: orders, region: us-west-2", "replica_of: orders", "scenario/replica"),
    ] {
        let report = lint("key-types.yaml", &[(from, to)]);
        assert!(codes(&report).contains(&code), "{to}: {report}");
    }
}

#[test]
fn a_key_store_that_cannot_be_is_told_at_its_place() {
    for (from, to, code, told) in [
        ("cluster: main, password", "cluster: mian, password", "scenario/unknown-cluster", "did you mean `main`"),
        ("backup_of: main", "backup_of: none", "scenario/unknown-cluster", "no CloudHSM cluster `none`"),
        ("proxy: vault", "proxy: valt", "scenario/unknown-proxy", "did you mean `vault`"),
        ("key_store: hsm", "key_store: hsn", "scenario/unknown-key-store", "no custom key store `hsn`"),
        ("proxy: vault,", "proxy: vault, cluster: old,", "scenario/key-store", "expected either `cluster` or `proxy`"),
        ("{ proxy: private,", "{ cluster: main,", "scenario/key-store", "stands on what `hsm` stands on"),
        ("name: the vault", "name: hsm", "scenario/key-store", "two key stores are named `hsm`"),
        ("xks_key: first", "xks_key: third", "scenario/key-store", "the external key manager has no key `third`"),
        ("{ store: ext, xks_key: first }", "ext", "scenario/key-store", "says its external key"),
        ("key_store: hsm,", "key_store: hsm, spec: RSA_2048,", "scenario/key-store", "symmetric encryption keys"),
        ("key_store: hsm,", "key_store: hsm, multi_region: true,", "scenario/key-store", "symmetric encryption keys"),
        ("key_store: hsm,", "region: eu-west-1, key_store: hsm,", "scenario/key-store", "one account and one Region"),
        ("key_store: hsm,", "key_store: { store: hsm, xks_key: first },", "scenario/key-store", "has no external key"),
        ("state: DISCONNECTED", "state: GONE", "scenario/connection-state", "`CONNECTED`, `DISCONNECTED` or `FAILED`"),
        ("error: INVALID_CREDENTIALS", "error: XKS_PROXY_TIMED_OUT", "scenario/connection-error", "does not fail with"),
        ("state: FAILED, error: INVALID_CREDENTIALS", "state: FAILED", "scenario/connection-error", "add `error:`"),
        ("state: FAILED, error", "error", "scenario/connection-error", "add `state: FAILED`"),
        ("trouble: USER_LOGGED_IN", "trouble: CLUSTER_NOT_FOUND", "scenario/trouble", "follows from the rest of the world"),
        ("state: INITIALIZED", "state: BROKEN", "scenario/cluster-state", "`ACTIVE`, `INITIALIZED` or `UNINITIALIZED`"),
        ("second: disabled", "second: off", "scenario/external-key", "`enabled`, `disabled` or `unsuitable`"),
        ("endpoint: https://xks.example.com", "path: /kms/xks/v1", "doc/missing-field", "has no `endpoint`"),
        ("    old: {", "    hsm: {", "scenario/duplicate-label", "two resources are labelled `hsm`"),
    ] {
        let report = lint("key-stores.yaml", &[(from, to)]);
        // Long lines are broken for the terminal.
        let flat = report.split_whitespace().collect::<Vec<_>>().join(" ");
        // One mistake, one error: what names the wrong part is not wrong itself.
        assert!(codes(&report) == [code] && flat.contains(told), "{to}: {report}");
    }
}

#[test]
fn a_key_policy_that_kms_would_not_save_is_told_at_its_key() {
    let with = |statement: &str| format!("spec: ECC_NIST_P256, policy: [ {statement} ]");
    let root = "Effect: Allow, Principal: { AWS: A }, Action: \"kms:*\", Resource: \"*\"";
    for (statement, code) in [
        (format!("{{ Sid: \"{}\", {root} }}", "x".repeat(33_000)), "policy/too-long"),
        (format!("{{ Sid: \"\u{9375}\", {root} }}"), "policy/character"),
        (format!("{{ {root}, Condition: {{ StringEquals: {{ \"aws:ResourceTag/team\": blue }} }} }}"), "policy/refused-condition"),
    ] {
        let report = lint("key-types.yaml", &[("spec: ECC_NIST_P256", &with(&statement))]);
        assert!(codes(&report).contains(&code), "{code}: {report}");
    }
}
