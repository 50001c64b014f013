use super::*;
use crate::doc::NodeKind;

/// Reads with default limits; gives the tree and the file it came from.
fn read_text(text: &str) -> (Sources, Result<Node, Vec<Diagnostic>>) {
    let mut sources = Sources::new();
    let result = read(&mut sources, "t.yaml", text, Limits::default());
    (sources, result)
}

#[track_caller]
fn tree(text: &str) -> (Sources, Node) {
    let (sources, result) = read_text(text);
    (sources, result.unwrap_or_else(|errors| panic!("{errors:#?}")))
}

/// `code line:column` and the text under the primary caret of each error.
#[track_caller]
fn errors(text: &str) -> Vec<String> {
    let (sources, result) = read_text(text);
    result.expect_err("refused").iter().map(|error| describe(&sources, error)).collect()
}

fn describe(sources: &Sources, error: &Diagnostic) -> String {
    let span = error.labels[0].span;
    let at = sources.locate(span);
    format!("{} {}:{} {:?}", error.code, at.line, at.column, under(sources, span))
}

/// The text of the one error's code, for inputs too long to look at.
#[track_caller]
fn only_code(text: &str) -> &'static str {
    let (_, result) = read_text(text);
    let errors = result.expect_err("refused");
    assert_eq!(errors.len(), 1, "{errors:#?}");
    errors[0].code
}

fn under(sources: &Sources, span: Span) -> &str {
    sources.text(span.file).get(span.start as usize..span.end as usize).expect("a span fits its text")
}

/// Calls `visit` with every span of a tree.
fn spans(node: &Node, visit: &mut impl FnMut(Span)) {
    visit(node.span);
    match &node.kind {
        NodeKind::Scalar(_) => {}
        NodeKind::Sequence(items) => items.iter().for_each(|item| spans(item, visit)),
        NodeKind::Mapping(pairs) => {
            for pair in pairs {
                visit(pair.key_span);
                spans(&pair.value, visit);
            }
        }
    }
}

#[test]
fn a_scalars_span_covers_exactly_its_text() {
    let (sources, root) = tree("plain: two words  # comment\nquoted: 'it''s'\nlist:\n  - [a, \"b\"]\nnothing:\n");
    let at = |key: &str| under(&sources, root.get(key).unwrap().span);
    assert_eq!(at("plain"), "two words");
    assert_eq!(at("quoted"), "'it''s'");
    assert_eq!(at("list"), "- [a, \"b\"]");
    assert_eq!(at("nothing"), "");
    assert_eq!(sources.locate(root.get("nothing").unwrap().span).to_string(), "t.yaml:5:9");
    let inner = &root.get("list").unwrap().as_sequence().unwrap()[0];
    assert_eq!(under(&sources, inner.span), "[a, \"b\"]");
    assert_eq!(under(&sources, inner.as_sequence().unwrap()[1].span), "\"b\"");
}

#[test]
fn positions_count_characters_in_utf8_text() {
    let (sources, root) = tree("größe: \"ü→\" # é\nschlüssel: wert\n");
    let value = root.get("größe").unwrap();
    assert_eq!((value.as_str(), under(&sources, value.span)), (Some("ü→"), "\"ü→\""));
    assert_eq!(sources.locate(value.span).to_string(), "t.yaml:1:8");
    let value = root.get("schlüssel").unwrap();
    assert_eq!((under(&sources, value.span), sources.locate(value.span).to_string()), ("wert", "t.yaml:2:12".into()));
}

#[test]
fn positions_are_right_with_crlf() {
    let (sources, root) = tree("a: 1\r\nb: |\r\n  één\r\n  two\r\nc: x\r\n");
    let b = root.get("b").unwrap();
    assert_eq!((b.as_str(), under(&sources, b.span)), (Some("één\ntwo\n"), "één"));
    assert_eq!(sources.locate(root.get("c").unwrap().span).to_string(), "t.yaml:5:4");
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let (sources, root) = tree("\u{feff}a: 1\n");
    assert_eq!(sources.locate(root.get("a").unwrap().span).to_string(), "t.yaml:1:4");
}

#[test]
fn scalars_stay_as_written_and_empty_ones_are_null() {
    let (_, root) = tree("{id: 000000000001, cost: 2.00, quoted: \"null\", gap: , tilde: ~}");
    assert_eq!(root.get("id").unwrap().as_str(), Some("000000000001"));
    assert_eq!(root.get("cost").unwrap().as_str(), Some("2.00"));
    assert_eq!(root.get("quoted").unwrap().as_str(), Some("null"));
    assert!(root.get("gap").unwrap().is_null() && root.get("tilde").unwrap().is_null());
}

#[test]
fn a_json_policy_indented_with_tabs_reads_as_well() {
    let policy = "{\n\t\"Version\": \"2012-10-17\",\n\t\"Statement\": [\n\t\t{\n\t\t\t\"Sid\": \"Allow \\u00fcse\\/\",\n\t\t\t\"Effect\": \"Allow\",\n\t\t\t\"Principal\": {\"AWS\":\"arn:aws:iam::111122223333:root\"},\n\t\t\t\"Action\": [\"kms:Encrypt\", \"kms:Decrypt\"],\n\t\t\t\"Resource\": \"*\",\n\t\t\t\"Condition\": {\"Bool\": {\"kms:GrantIsForAWSResource\": true}, \"NumericLessThan\": {\"x\": -1.5e3, \"y\": null}}\n\t\t}\n\t]\n}\n";
    let (sources, root) = tree(policy);
    let statement = &root.get("Statement").unwrap().as_sequence().unwrap()[0];
    assert_eq!(statement.get("Sid").unwrap().as_str(), Some("Allow üse/"));
    assert_eq!(statement.get("Principal").unwrap().get("AWS").unwrap().as_str(), Some("arn:aws:iam::111122223333:root"));
    let condition = statement.get("Condition").unwrap();
    assert_eq!(condition.get("Bool").unwrap().get("kms:GrantIsForAWSResource").unwrap().as_bool(), Some(true));
    assert!(condition.get("NumericLessThan").unwrap().get("y").unwrap().is_null());
    assert_eq!(sources.locate(statement.get("Effect").unwrap().span).to_string(), "t.yaml:6:14");
    let expected: serde_json::Value = serde_json::from_str(policy).unwrap();
    assert_eq!(root.to_json()["Statement"][0]["Principal"], expected["Statement"][0]["Principal"]);
}

#[test]
fn json_on_one_line_with_a_long_text_reads() {
    let long = "x".repeat(50_000);
    let (_, root) = tree(&format!("{{\"a\":[\"{long}\",{{\"b\":\"\\ud83d\\ude00\"}}]}}"));
    let items = root.get("a").unwrap().as_sequence().unwrap();
    assert_eq!(items[0].as_str().map(str::len), Some(50_000));
    assert_eq!(items[1].get("b").unwrap().as_str(), Some("😀"));
}

#[test]
fn duplicate_keys_show_both_places() {
    let (sources, result) = read_text("a: 1\nb: {c: 1, 'c': 2}\na: 3\n");
    let errors = result.unwrap_err();
    let places = |error: &Diagnostic| error.labels.iter().map(|label| sources.locate(label.span).to_string()).collect::<Vec<_>>();
    assert_eq!(errors.iter().map(|error| error.code).collect::<Vec<_>>(), ["doc/duplicate-key", "doc/duplicate-key"]);
    assert_eq!(places(&errors[0]), ["t.yaml:2:11", "t.yaml:2:5"]);
    assert_eq!(places(&errors[1]), ["t.yaml:3:1", "t.yaml:1:1"]);
}

#[test]
fn anchors_aliases_tags_and_merge_keys_are_refused_at_their_place() {
    assert_eq!(errors("a: &x 1\nb: *x\n"), ["doc/alias 1:4 \"&x\""]);
    assert_eq!(errors("b: *nope\n"), ["doc/alias 1:4 \"*nope\""]);
    assert_eq!(errors("*k : 1\n"), ["doc/alias 1:1 \"*k\""]);
    assert_eq!(errors("k: !Ref Key\n"), ["doc/tag 1:4 \"!Ref\""]);
    assert_eq!(errors("k: !!binary aa\n"), ["doc/tag 1:4 \"!!binary\""]);
    assert_eq!(errors("k: !e!x y\n"), ["doc/tag 1:4 \"!\""]);
    assert_eq!(errors("<<: {a: 1}\n"), ["doc/merge-key 1:1 \"<<\""]);
    assert_eq!(tree("'<<': 1\n").1.get("<<").unwrap().as_str(), Some("1"));
}

#[test]
fn keys_are_texts() {
    assert_eq!(errors("? [a]\n: b\n"), ["doc/complex-key 1:3 \"[\""]);
    assert_eq!(errors("{{a: b}: c}"), ["doc/complex-key 1:2 \"{\""]);
    assert_eq!(errors("{: c}"), ["doc/empty-key 1:2 \"\""]);
}

#[test]
fn a_file_is_exactly_one_document() {
    assert_eq!(errors("a: 1\n---\nb: 1\n"), ["doc/many-documents 2:1 \"---\""]);
    for empty in ["", "# only a comment\n", "---\n", "~", "\n\n", "\u{feff}"] {
        assert_eq!(errors(empty), ["doc/empty 1:1 \"\""], "{empty:?}");
    }
    assert!(tree("---\na: 1\n...\n").1.get("a").is_some());
}

#[test]
fn syntax_errors_have_a_place() {
    assert_eq!(errors("a:\n\tb: 1\n"), ["doc/syntax 2:2 \"b\""]);
    assert_eq!(errors("a: \"x\nb: 1\n"), ["doc/syntax 1:4 \"\\\"\""]);
    assert_eq!(errors("- {a: 1\n"), ["doc/syntax 1:3 \"{\""]);
    assert_eq!(errors("a: b: c\n"), ["doc/syntax 1:5 \":\""]);
    assert_eq!(errors("a: 1\nfoo\nb: 2\n"), ["doc/syntax 2:1 \"f\""]);
    assert_eq!(errors("  a: 1\n b: 2\n"), ["doc/syntax 2:2 \"b\""]);
    assert_eq!(errors("{\"a\" 1}"), ["doc/syntax 1:6 \"1\""]);
}

#[test]
fn a_syntax_error_names_the_open_bracket_and_earlier_errors_stay() {
    let (sources, result) = read_text("x: {k: 1, k: 2}\na: [1, 2\nb: 1\n");
    let errors = result.unwrap_err();
    assert_eq!(
        errors.iter().map(|error| describe(&sources, error)).collect::<Vec<_>>(),
        ["doc/duplicate-key 1:11 \"k\"", "doc/syntax 3:2 \":\""]
    );
    assert_eq!(under(&sources, errors[1].labels[1].span), "[");
}

#[test]
fn control_and_direction_characters_are_refused() {
    assert_eq!(errors("a: \u{1b}[31mred\n"), ["doc/control-character 1:4 \"\\u{1b}\""]);
    assert_eq!(errors("a: b # \u{202e}x\n"), ["doc/control-character 1:8 \"\\u{202e}\""]);
    for character in ['\0', '\u{7f}', '\u{85}', '\u{9b}', '\u{200e}', '\u{2067}', '\u{61c}'] {
        assert_eq!(only_code(&format!("a: x{character}y\n")), "doc/control-character");
    }
    assert_eq!(errors("title: \"\\e[31mred\"\n"), ["doc/control-character 1:8 \"\\\"\\\\e[31mred\\\"\""]);
    let (_, result) = read_text(&"\u{7}".repeat(40));
    assert_eq!(result.unwrap_err()[0].labels.len(), PLACES);
}

#[test]
fn bytes_that_are_no_utf8_are_named() {
    let mut sources = Sources::new();
    let error = read_bytes(&mut sources, "t.yaml", b"a: \xc3\xa9\nb: \xff\xfe\n", Limits::default()).unwrap_err().remove(0);
    assert_eq!((error.code, error.message.as_str()), ("doc/not-utf8", "file is not UTF-8: byte 9 is 0xFF"));
    assert_eq!(sources.locate(error.labels[0].span).to_string(), "t.yaml:2:4");
}

#[test]
fn depth_is_refused_for_every_style_however_deep() {
    for unit in ["{a: ", "[", "- ", "[{a: "] {
        assert_eq!(only_code(&unit.repeat(100_000)), "doc/too-deep", "{unit}");
    }
    // A mapping as the key of a mapping as a key: that is wrong as well.
    let codes: Vec<_> = read_text(&"? ".repeat(100_000)).1.unwrap_err().iter().map(|error| error.code).collect();
    assert_eq!(codes, ["doc/too-deep", "doc/complex-key"]);
    let staircase: String = (0..1000).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    assert_eq!(only_code(&staircase), "doc/too-deep");
    let mixed = format!("{}{}{}", "- ".repeat(20), "[".repeat(20), "]".repeat(20));
    assert_eq!(errors(&mixed), ["doc/too-deep 1:53 \"[\""]);
}

#[test]
fn the_depth_limit_itself_is_allowed() {
    tree(&format!("{}1{}", "[".repeat(32), "]".repeat(32)));
    assert_eq!(errors(&format!("{}1{}", "[".repeat(33), "]".repeat(33))), ["doc/too-deep 1:33 \"[\""]);
    tree(&format!("{}1", "- ".repeat(32)));
    assert_eq!(errors(&format!("{}1", "- ".repeat(33))).len(), 1);
}

#[test]
fn size_and_node_limits_are_refused() {
    assert_eq!(only_code(&"x".repeat(50_000_000)), "doc/too-large");
    assert_eq!(only_code(&"- \n".repeat(100_001)), "doc/too-many-nodes");
    let mut sources = Sources::new();
    let small = Limits { nodes: 3, ..Limits::default() };
    assert!(read(&mut sources, "t", "[1, 2]", small).is_ok());
    assert_eq!(read(&mut sources, "t", "[1, 2, 3]", small).unwrap_err()[0].code, "doc/too-many-nodes");
}

#[test]
fn an_alias_bomb_is_one_error() {
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x]\n");
    for (from, to) in ('a'..'i').zip('b'..='i') {
        bomb.push_str(&format!("{to}: &{to} [{}]\n", vec![format!("*{from}"); 9].join(", ")));
    }
    assert_eq!(only_code(&bomb), "doc/alias");
}

#[test]
fn many_duplicate_keys_are_one_error() {
    assert_eq!(only_code(&"k: 1\n".repeat(90_000)), "doc/duplicate-key");
}

#[test]
fn an_unclosed_bracket_is_shown_and_not_the_letter_of_a_pair_inside_it() {
    let (sources, result) = read_text("a: [\u{3099}: |");
    let labels: Vec<&str> = result
        .unwrap_err()
        .iter()
        .flat_map(|error| &error.labels)
        .map(|label| sources.text(label.span.file).get(label.span.start as usize..label.span.end as usize).unwrap())
        .map(|text| if text == "[" { "the bracket" } else { "another place" })
        .collect();
    assert!(labels.contains(&"the bracket"), "{labels:?}");
}

proptest::proptest! {
    #[test]
    fn no_text_panics_and_spans_fit_the_text(text in "([a-c:,'\"{}\\[\\]&*!?|>#%@~<\\- \n\t\r\\\\é→\u{feff}\u{202e}]|: |- |\n  |\r\n|---\n|<<|\\PC){0,60}") {
        let (sources, result) = read_text(&text);
        let inside = |span: Span| assert!(sources.text(span.file).get(span.start as usize..span.end as usize).is_some(), "{span:?}");
        match result {
            Ok(root) => spans(&root, &mut |span| inside(span)),
            Err(errors) => {
                assert!(!errors.is_empty());
                errors.iter().flat_map(|error| &error.labels).for_each(|label| inside(label.span));
            }
        }
    }
}
