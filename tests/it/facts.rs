//! `kmsprep facts`: found, listed, and in full.

use super::cli::{Ran, kmsprep, kmsprep_with};
use serde_json::Value;

#[track_caller]
fn at(width: usize, args: &[&str]) -> Ran {
    let ran = kmsprep_with(args, "", &[("COLUMNS", &width.to_string())]);
    let wide: Vec<&str> = ran.out.lines().filter(|line| line.chars().count() > width).collect();
    assert!(wide.is_empty(), "{args:?} at {width}:\n{}", wide.join("\n"));
    ran
}

#[test]
fn words_find_the_best_first_and_show_both_values() {
    let ran = at(80, &["facts", "grnats", "per", "key"]);
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!("facts_found", ran.out);
}

#[test]
fn an_id_shows_the_entry_in_full_with_what_exercises_it() {
    insta::assert_snapshot!("fact_in_full", at(80, &["facts", "ebs-share-actions"]).out);
    insta::assert_snapshot!("claim_in_full_narrow", at(40, &["facts", "aws-managed-rotation-period"]).out);
    let named: Value = serde_json::from_str(&kmsprep(&["facts", "grants-per-key", "--format", "json"]).out).unwrap();
    let fact = &named["entries"][0];
    assert_eq!((fact["guide"].as_str(), fact["current"].as_str(), fact["differs"].as_bool()), (Some("10000"), Some("50000"), Some(true)));
    assert!(fact["try"].as_str().unwrap().starts_with("kmsprep "));
}

#[test]
fn lists_fold_at_both_widths_and_differs_keeps_only_what_differs() {
    for width in [40, 80] {
        for args in [&["facts"][..], &["facts", "--differs"], &["facts", "--all", "key"], &["facts", "kms:ViaService"]] {
            assert_eq!(at(width, args).status, 0, "{args:?}");
        }
    }
    for args in [&["facts", "--differs", "--format", "json"][..], &["facts", "--differs", "rotation", "--format", "json"]] {
        let list: Value = serde_json::from_str(&kmsprep(args).out).unwrap();
        let entries = list["entries"].as_array().unwrap();
        assert!(entries.len() > 3 && entries.iter().all(|entry| entry["differs"] == true), "{list:#}");
    }
}

#[test]
fn nothing_found_ends_with_1_and_says_what_to_do() {
    let ran = kmsprep(&["facts", "elephant"]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("`kmsprep facts`"), "{}", ran.out);
}
