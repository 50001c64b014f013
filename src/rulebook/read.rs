//! From the files in `facts/` to typed facts.

use super::{Fact, Value};
use crate::diag::{Diagnostic, Sources};
use crate::doc::{self, Fields, Node};

/// The files of facts: topic and text.
pub(super) const FILES: &[(&str, &str)] = &[
    ("keys", include_str!("facts/keys.yaml")),
    ("states", include_str!("facts/states.yaml")),
    ("rotation", include_str!("facts/rotation.yaml")),
    ("deletion", include_str!("facts/deletion.yaml")),
    ("limits", include_str!("facts/limits.yaml")),
    ("policies", include_str!("facts/policies.yaml")),
    ("grants", include_str!("facts/grants.yaml")),
    ("prices", include_str!("facts/prices.yaml")),
    ("s3", include_str!("facts/s3.yaml")),
    ("storage", include_str!("facts/storage.yaml")),
    ("compute", include_str!("facts/compute.yaml")),
];

/// Reads every file. What cannot be read is left out and reported.
pub(super) fn read_files(files: &[(&'static str, &str)], diagnostics: &mut Vec<Diagnostic>) -> Vec<Fact> {
    let mut sources = Sources::new();
    let mut facts = Vec::new();
    for (topic, text) in files {
        match doc::read(&mut sources, &format!("facts/{topic}.yaml"), text, doc::Limits::default()) {
            Ok(node) => facts.extend(node.one_or_many().iter().filter_map(|entry| read_fact(entry, topic, diagnostics))),
            Err(found) => diagnostics.extend(found),
        }
    }
    facts
}

fn read_fact(node: &Node, topic: &'static str, diagnostics: &mut Vec<Diagnostic>) -> Option<Fact> {
    let mut fields = Fields::of(node, "a fact", diagnostics)?;
    let id = fields.required_text("id", diagnostics);
    let title = fields.required_text("title", diagnostics);
    let guide = fields.required_text("guide", diagnostics);
    let current = fields.required_text("current", diagnostics);
    let source = fields.required_text("source", diagnostics);
    let unit = fields.text("unit", diagnostics).map(str::to_owned);
    let since = fields.text("since", diagnostics).map(str::to_owned);
    let section = fields.text("section", diagnostics).map(str::to_owned);
    let note = fields.text("note", diagnostics).map(str::to_owned);
    fields.finish(diagnostics);
    Some(Fact {
        id: id?.to_owned(),
        title: title?.to_owned(),
        topic,
        guide: guide.filter(|text| *text != "unspecified").map(|text| Value(text.to_owned())),
        current: Value(current?.to_owned()),
        unit,
        since,
        source: source?.to_owned(),
        section,
        note,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_embedded_fact_is_read_and_has_an_id_of_its_own() {
        let mut diagnostics = Vec::new();
        let facts = read_files(FILES, &mut diagnostics);
        assert_eq!(diagnostics, []);
        let written: usize = FILES.iter().map(|(_, text)| text.matches("- id: ").count()).sum();
        assert_eq!(facts.len(), written);
        let ids: BTreeSet<&str> = facts.iter().map(|fact| fact.id.as_str()).collect();
        assert_eq!(ids.len(), facts.len());
        for id in ids {
            assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{id}");
        }
    }

    #[test]
    fn a_fact_without_a_value_or_with_a_strange_field_is_reported() {
        let mut diagnostics = Vec::new();
        let facts = read_files(&[("t", "- id: a\n  title: A\n  guide: b\n  source: S\n  colour: red\n")], &mut diagnostics);
        assert!(facts.is_empty());
        let codes: Vec<&str> = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes, ["doc/missing-field", "doc/unknown-field"]);
    }
}
