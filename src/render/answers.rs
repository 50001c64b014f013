//! Answers as a file that can be given back with `--answers`.

use crate::doc::{Node, NodeKind, Scalar};
use crate::scenario::{Answer, Answers};
use serde_json::{Value, json};

/// The longest list that stands on one line, in characters.
const ONE_LINE: usize = 60;

/// Answers as YAML, a decision each.
#[must_use]
pub fn answers_yaml(answers: &Answers) -> String {
    let mut text = String::new();
    for (decision, answer) in answers {
        let decision = word(decision);
        match answer {
            Answer::Options(names) => match names.as_slice() {
                [name] => text.push_str(&format!("{decision}: {}\n", word(name))),
                _ => text.push_str(&format!("{decision}: [{}]\n", names.iter().map(|name| word(name)).collect::<Vec<_>>().join(", "))),
            },
            Answer::Free(node) => entry(&decision, node).iter().for_each(|line| {
                text.push_str(line);
                text.push('\n');
            }),
        }
    }
    text
}

/// Answers as JSON, which `--answers` reads as well.
#[must_use]
pub fn answers_json(answers: &Answers) -> Value {
    let value = |answer: &Answer| match answer {
        Answer::Options(names) if names.len() == 1 => json!(names.first()),
        Answer::Options(names) => json!(names),
        Answer::Free(node) => node.to_json(),
    };
    Value::Object(answers.iter().map(|(decision, answer)| (decision.clone(), value(answer))).collect())
}

/// The lines of a key with its value.
fn entry(key: &str, value: &Node) -> Vec<String> {
    match inline(value) {
        Some(value) => vec![format!("{key}: {value}")],
        None => [format!("{key}:")].into_iter().chain(block(value).into_iter().map(|line| format!("  {line}"))).collect(),
    }
}

/// The lines of a list or mapping.
fn block(node: &Node) -> Vec<String> {
    match &node.kind {
        NodeKind::Scalar(value) => vec![scalar(value)],
        NodeKind::Mapping(pairs) => pairs.iter().flat_map(|pair| entry(&word(&pair.key), &pair.value)).collect(),
        NodeKind::Sequence(items) => items
            .iter()
            .flat_map(|item| {
                let lines = inline(item).map_or_else(|| block(item), |line| vec![line]);
                let dashed = |(index, line): (usize, String)| format!("{}{line}", if index == 0 { "- " } else { "  " });
                lines.into_iter().enumerate().map(dashed).collect::<Vec<_>>()
            })
            .collect(),
    }
}

/// A value that fits on the line of its key.
fn inline(node: &Node) -> Option<String> {
    match &node.kind {
        NodeKind::Scalar(value) => Some(scalar(value)),
        NodeKind::Mapping(pairs) => pairs.is_empty().then(|| "{}".to_owned()),
        NodeKind::Sequence(items) => {
            let item = |node: &Node| match &node.kind {
                NodeKind::Scalar(value) => Some(scalar(value)),
                NodeKind::Sequence(_) | NodeKind::Mapping(_) => None,
            };
            let items: Vec<String> = items.iter().map(item).collect::<Option<_>>()?;
            let line = format!("[{}]", items.join(", "));
            (line.chars().count() <= ONE_LINE).then_some(line)
        }
    }
}

fn scalar(value: &Scalar) -> String {
    match value {
        Scalar { quoted: false, text } if text.is_empty() => "null".to_owned(),
        Scalar { quoted: false, text } if is_plain(text) || value.is_null() => text.clone(),
        Scalar { text, .. } => word(text),
    }
}

/// A text, with quotes only where it could be read as something else.
fn word(text: &str) -> String {
    let looks_like_text = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let bare = Scalar { text: text.to_owned(), quoted: false };
    if is_plain(text) && looks_like_text && bare.as_bool().is_none() && !bare.is_null() { text.to_owned() } else { quoted(text) }
}

/// Whether it means itself without quotes wherever it stands.
fn is_plain(text: &str) -> bool {
    let allowed = |character: char| character.is_ascii_alphanumeric() || "_-./:*@+".contains(character);
    text.chars().all(allowed) && text.starts_with(|first: char| first.is_ascii_alphanumeric()) && !text.ends_with(':')
}

/// In double quotes: YAML reads all of JSON's escapes. Characters that hide or reorder text are refused when answers are
/// read, so that none is left to be escaped.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;
    use crate::doc::{self, Limits};

    /// What is read of a value again after it was written.
    fn again(text: &str) -> (serde_json::Value, serde_json::Value, String) {
        let read = |text: &str| doc::read(&mut Sources::new(), "answers.yaml", text, Limits::default()).unwrap();
        let node = read(text);
        let written = answers_yaml(&Answers::from([("one".to_owned(), Answer::Free(node.clone()))]));
        (node.to_json(), read(&written).get("one").unwrap().to_json(), written)
    }

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for text in [
            "{ Effect: Allow, Action: [\"kms:*\", kms:Decrypt], Condition: { Bool: { \"kms:GrantIsForAWSResource\": true, x: \"true\" } } }",
            "[{ Sid: A, Principal: { AWS: \"*\" } }, { Statement: [{ Effect: Deny }], Version: \"2012-10-17\" }]",
            "[[a, [b, { c: d }]], [], {}, '', ~, \"~\", 12, \"12\", 007, \"a: b # c\", \"two\\nlines\", '- x']",
            "[a-rather-long-text-in-a-list, another-rather-long-text-in-a-list, a-third-one]",
            "{ \"true\": 1, \"odd key: \": { \"\": x } }",
            "[]",
            "plain",
        ] {
            let (before, after, written) = again(text);
            assert_eq!(before, after, "{written}");
        }
    }

    #[test]
    fn a_policy_looks_as_people_write_it() {
        let (_, _, written) = again(
            "[{ Sid: Use, Effect: Allow, Principal: { AWS: \"arn:aws:iam::A:role/App\" }, Action: [\"kms:Decrypt\", \"kms:DescribeKey\"], Resource: \"*\" }]",
        );
        insta::assert_snapshot!(written, @r#"
        one:
          - Sid: Use
            Effect: Allow
            Principal:
              AWS: arn:aws:iam::A:role/App
            Action: [kms:Decrypt, kms:DescribeKey]
            Resource: "*"
        "#);
    }
}
