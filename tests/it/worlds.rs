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
    for (from, to, code) in [
        ("cluster: hsm,", "cluster: hms,", "scenario/unknown-cluster"),
        ("proxy: vault", "proxy: volt", "scenario/unknown-proxy"),
        ("state: DISCONNECTED", "state: FAILED", "scenario/connection-error"),
        ("state: DISCONNECTED", "state: AWAY", "scenario/connection-state"),
        ("key_store: own", "key_store: mine", "scenario/unknown-key-store"),
        ("xks_key: payroll", "xks_key: pay", "scenario/key-store"),
        ("{ store: outside, xks_key: payroll }", "outside", "scenario/key-store"),
        ("old: disabled", "old: off", "scenario/external-key"),
    ] {
        let report = lint("key-stores.yaml", &[(from, to)]);
        assert!(codes(&report).contains(&code), "{to}: {report}");
    }
}
