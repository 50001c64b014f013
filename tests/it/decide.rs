//! `kmsprep decide`: the walk, the whole trees, and their proofs.

use super::cli::{kmsprep, kmsprep_with};
use serde_json::Value;

#[track_caller]
fn fits(text: &str, width: usize) {
    let wide: Vec<&str> = text.lines().filter(|line| line.chars().count() > width).collect();
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

#[test]
fn whole_trees_tell_every_branch_every_design_and_its_proof() {
    let ran = kmsprep(&["decide", "--all"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    fits(&ran.out, 80);
    insta::assert_snapshot!("decide_all", ran.out);
    let narrow = kmsprep_with(&["decide", "--all"], "", &[("COLUMNS", "40")]);
    fits(&narrow.out, 40);
}

#[test]
fn a_walk_by_flags_and_one_by_lines_come_to_the_same_design() {
    let by_flags = kmsprep(&["decide", "key-selection", "--answer", "yes", "--answer", "b", "--answer", "a"]);
    assert_eq!(by_flags.status, 0, "{}", by_flags.err);
    fits(&by_flags.out, 80);
    insta::assert_snapshot!("decide_walk", by_flags.out);
    // The second line goes back to the first question.
    let by_lines = kmsprep_with(&["decide", "key-selection"], "no\np\nYes\nno\nyes\n", &[]);
    let end = |text: &str| text.split_once("\nA key in each of the two Regions").map(|(_, end)| end.to_owned());
    assert_eq!(by_lines.status, 0, "{}", by_lines.err);
    assert!(end(&by_flags.out).is_some_and(|text| Some(text) == end(&by_lines.out)), "{}", by_lines.out);
}

#[test]
fn json_has_the_way_and_the_runs() {
    let ran = kmsprep(&["decide", "key-rotation", "--answer", "aws-managed", "--format", "json"]);
    let walk: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(walk["path"][0]["answer"], "aws-managed");
    assert_eq!(walk["leaf"]["runs"][0]["as_told"], true);
    assert_eq!(walk["leaf"]["runs"][1]["fails"]["found"], "AccessDeniedException");
    assert!(walk["leaf"]["wrong_today"].as_str().is_some_and(|text| text.contains("Every year")));
}

#[test]
fn what_is_missing_or_unknown_is_unusable_and_says_what_there_is() {
    for (args, input, told) in [
        (&["decide", "key-selektion"][..], "", "did you mean `key-selection`?"),
        (&["decide", "key-selection", "--answer", "perhaps"], "", "`perhaps` is no answer to `service`"),
        (&["decide", "key-selection", "--answer", "yes"], "", "`accounts` is not answered"),
        (&["decide", "key-rotation"], "customer\n", "`kind` is not answered"),
    ] {
        let ran = kmsprep_with(args, input, &[]);
        assert_eq!(ran.status, 2, "{args:?}");
        assert!(ran.err.contains(told), "{args:?}: {}", ran.err);
    }
    assert!(kmsprep(&["decide"]).out.contains("kmsprep decide --all"));
}
