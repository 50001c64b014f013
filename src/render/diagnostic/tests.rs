use insta::assert_snapshot;

use super::*;
use crate::diag::{FileId, Span};
use crate::doc::{Limits, is_hostile, read};

/// What is shown at 80 columns for a text that the reader refuses.
#[track_caller]
fn refused(text: &str) -> String {
    let mut sources = Sources::new();
    let errors = read(&mut sources, "s.yaml", text, Limits::default()).expect_err("refused");
    diagnostics_text(&errors, &sources, false, 80)
}

/// The first place of `part` in a file.
#[track_caller]
fn place(sources: &Sources, file: FileId, part: &str) -> Span {
    let start = sources.text(file).find(part).expect("part of the text");
    Span { file, start: u32::try_from(start).unwrap(), end: u32::try_from(start + part.len()).unwrap() }
}

#[test]
fn a_long_line_is_cut_around_its_caret() {
    let mut sources = Sources::new();
    let check = "  - { name: no-delegate, as: \"arn:aws:iam::ACCOUNT-B:role/Restore\", call: \"kms:CreatGrant\", with: { KeyId: k } }\n";
    let file = sources.add("scenarios/ebs.yaml", format!("{}{check}", "\n".repeat(30)));
    let unknown = Diagnostic::error("scenario/unknown-operation", "unknown operation `kms:CreatGrant`")
        .at(place(&sources, file, "kms:CreatGrant"), "no such KMS operation")
        .suggest("kms:CreatGrant", ["kms:CreateGrant"]);
    assert_snapshot!(diagnostics_text(&[unknown], &sources, false, 80), @r#"
    error[scenario/unknown-operation]: unknown operation `kms:CreatGrant`
      --> scenarios/ebs.yaml:31:76
       |
    31 | ...:ACCOUNT-B:role/Restore", call: "kms:CreatGrant", with: { KeyId: k } ...
       |                                     ^^^^^^^^^^^^^^ no such KMS operation
    help: did you mean `kms:CreateGrant`?
    "#);
}

#[test]
fn both_places_of_a_duplicate_key_show_however_far_apart() {
    assert_snapshot!(refused("a: 1\nb: 2\na: 3\n"), @"
    error[doc/duplicate-key]: key `a` stands twice in one mapping
     --> s.yaml:3:1
      |
    1 | a: 1
      | - first here
    2 | b: 2
    3 | a: 3
      | ^ again here
    help: remove one of them, or rename it
    ");
    assert_snapshot!(refused(&format!("a: 1\n{}a: 3\n", "# comment\n".repeat(9_000))), @"
    error[doc/duplicate-key]: key `a` stands twice in one mapping
        --> s.yaml:9002:1
         |
       1 | a: 1
         | - first here
    ...
    9002 | a: 3
         | ^ again here
    help: remove one of them, or rename it
    ");
}

#[test]
fn carets_stand_under_text_of_any_width() {
    assert_snapshot!(refused("größe: &x \"ü\"\r\n鍵: *x\r\n"), @r#"
    error[doc/alias]: anchors and aliases are not supported (2 places)
     --> s.yaml:1:8
      |
    1 | größe: &x "ü"
      |        ^^ an anchor
    2 | 鍵: *x
      |     -- an alias
    help: write the value out, or put the text in quotes if it begins with `&` or
          `*`
    "#);
}

#[test]
fn tabs_and_escape_sequences_are_drawn_as_marks() {
    assert_snapshot!(refused("a:\n\tb: 1\n"), @"
    error[doc/syntax]: a tab is used as indentation
     --> s.yaml:2:2
      |
    2 |     b: 1
      |     ^ a tab stands before this
    help: indent with spaces; an editor can replace the tabs
    ");
    assert_snapshot!(refused("a: \u{1b}[31m\tx\u{202e}\n"), @"
    error[doc/control-character]: file contains the invisible character U+001B, and 1 more of the kind
     --> s.yaml:1:4
      |
    1 | a: <U+001B>[31m    x<U+202E>
      |    ^^^^^^^^ U+001B  -------- U+202E
    help: remove it: it can hide or reorder what a reader sees
    ");
}

#[test]
fn an_unclosed_bracket_and_an_unclosed_quote_are_pointed_at() {
    assert_snapshot!(refused("a: [1, 2\nb: 1\n"), @"
    error[doc/syntax]: the list or mapping in brackets does not go on like this
     --> s.yaml:2:2
      |
    1 | a: [1, 2
      |    - this bracket is still open
    2 | b: 1
      |  ^ unexpected here
    help: a comma or the closing bracket is missing before it
    ");
    assert_snapshot!(refused("a: 'x\nb: 1\n"), @"
    error[doc/syntax]: a quoted text has no end
     --> s.yaml:1:4
      |
    1 | a: 'x
      |    ^ the quote that is open
    help: close it with the same quote character
    ");
}

#[test]
fn an_empty_file_has_a_place_but_no_line() {
    assert_snapshot!(refused(""), @"
    error[doc/empty]: file holds nothing
     --> s.yaml:1:1
    help: comments and blank lines do not count
    ");
}

#[test]
fn a_label_over_several_lines_is_drawn_on_its_first() {
    let mut sources = Sources::new();
    let file = sources.add("s.yaml", "key:\n  a: 1\n  b: 2\n");
    let missing = Diagnostic::warning("doc/missing-field", "a key has no `id`").at(place(&sources, file, "a: 1\n  b: 2"), "add `id:` here");
    assert_snapshot!(diagnostics_text(&[missing], &sources, false, 80), @"
    warning[doc/missing-field]: a key has no `id`
     --> s.yaml:2:3
      |
    2 |   a: 1
      |   ^^^^ add `id:` here
    ");
}

#[test]
fn labels_in_two_files_and_on_distant_parts_of_a_line_get_their_own_excerpts() {
    let mut sources = Sources::new();
    let one = sources.add("one.json", format!("{{\"a\": 1, {} \"z\": 2}}", " ".repeat(1_000_000)));
    let two = sources.add("two.yaml", "m: 1\n");
    let diagnostic = Diagnostic::error("x/y", "three places")
        .at(place(&sources, one, "\"z\""), "here")
        .at(place(&sources, one, "\"a\""), "")
        .at(place(&sources, two, "m"), "and there");
    assert_snapshot!(diagnostics_text(&[diagnostic], &sources, false, 80), @r#"
    error[x/y]: three places
     --> one.json:1:1000011
      |
    1 | ...                                                               "z": 2}
      |                                                                   ^^^ here
     ::: one.json:1:2
      |
    1 | {"a": 1,                                                              ...
      |  ---
     ::: two.yaml:1:1
      |
    1 | m: 1
      | - and there
    "#);
}

#[test]
fn diagnostics_come_in_the_order_of_files_and_places() {
    let mut sources = Sources::new();
    let (one, two) = (sources.add("1", "ab\n"), sources.add("2", "cd\n"));
    let at = |file, part: &str, code| Diagnostic::error(code, "m").at(place(&sources, file, part), "");
    let all = [at(two, "c", "4"), at(one, "b", "3"), Diagnostic::error("1", "m"), at(one, "a", "2")];
    let text = diagnostics_text(&all, &sources, false, 80);
    let codes: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("error[")).collect();
    assert_eq!(codes, ["1]: m", "2]: m", "3]: m", "4]: m"]);
    let json = diagnostics_json(&all, &sources);
    assert_eq!(json.as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap()).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
}

#[test]
fn json_has_places_and_the_end_line_where_it_differs() {
    let mut sources = Sources::new();
    let file = sources.add("a\u{1b}.yaml", "é: 1\nb: 2\n");
    let error =
        Diagnostic::error("x/y", "bad `\u{202e}`").at(place(&sources, file, "1\nb"), "t").at(place(&sources, file, "2"), "").help("do");
    insta::assert_json_snapshot!(diagnostics_json(&[error], &sources), @r#"
    [
      {
        "severity": "error",
        "code": "x/y",
        "message": "bad `<U+202E>`",
        "labels": [
          {
            "file": "a<U+001B>.yaml",
            "line": 1,
            "column": 4,
            "text": "t",
            "end_line": 2
          },
          {
            "file": "a<U+001B>.yaml",
            "line": 2,
            "column": 4,
            "text": ""
          }
        ],
        "help": [
          "do"
        ]
      }
    ]
    "#);
}

#[test]
fn colour_changes_no_letter() {
    let mut sources = Sources::new();
    let errors = read(&mut sources, "s.yaml", "a: 1\na: 2\nb: *x\n", Limits::default()).unwrap_err();
    let coloured = diagnostics_text(&errors, &sources, true, 80);
    assert!(coloured.contains("\u{1b}["));
    assert_eq!(anstream::adapter::strip_str(&coloured).to_string(), diagnostics_text(&errors, &sources, false, 80));
}

#[test]
fn a_very_long_name_is_cut_in_messages() {
    let long = "x".repeat(500_000);
    let text = refused(&format!("? {long}\n: 1\n? {long}\n: 2\n"));
    assert!(text.starts_with("error[doc/duplicate-key]: key `xxx") && text.len() < 1_500, "{}", text.len());
}

proptest::proptest! {
    #[test]
    fn any_spans_in_any_text_draw_safely(
        text in "(\\PC|[\0-\u{9f}\u{2028}-\u{202e}]|\n|\t|\r\n|[a-z ]{20,90}){0,40}",
        spans in proptest::collection::vec((0u32..900, 0u32..900), 0..5),
        width in 20usize..100,
    ) {
        let mut sources = Sources::new();
        let file = sources.add(text.clone(), text.as_str());
        let mut diagnostic = Diagnostic::error("x/y", text.as_str()).help(text.as_str());
        for (start, end) in spans {
            diagnostic = diagnostic.at(Span { file, start, end }, text.as_str());
        }
        let shown = diagnostics_text(&[diagnostic], &sources, false, width);
        let numbered = |line: &&str| line.split_once(" | ").is_some_and(|(number, _)| number.trim().parse::<u32>().is_ok());
        assert!(shown.lines().filter(numbered).all(|line| unicode_width::UnicodeWidthStr::width(line) <= width), "{shown}");
        assert!(!shown.chars().any(|character| character != '\n' && (character.is_control() || is_hostile(character))), "{shown:?}");
    }
}
