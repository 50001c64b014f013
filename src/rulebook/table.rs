//! The table of facts, made by the build from `facts/*.yaml`.

use super::{Fact, Value};

include!(concat!(env!("OUT_DIR"), "/facts.rs"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;
    use crate::doc::{self, Limits};

    const FILES: &[(&str, &str)] = &[
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
        ("monitoring", include_str!("facts/monitoring.yaml")),
    ];

    #[test]
    fn the_table_is_what_a_reader_of_yaml_finds_in_the_files() {
        let mut facts = FACTS.iter();
        for (topic, text) in FILES {
            let file = doc::read(&mut Sources::new(), topic, text, Limits::default()).unwrap();
            for entry in file.as_sequence().unwrap() {
                let fact = facts.next().unwrap();
                let text = |key: &str| entry.get(key).and_then(doc::Node::as_str);
                assert_eq!(fact.topic, *topic);
                assert_eq!([Some(fact.id), Some(fact.title), Some(fact.source)], ["id", "title", "source"].map(text));
                assert_eq!(
                    [fact.unit, fact.since, fact.section, fact.note, fact.guide_phrase],
                    ["unit", "since", "section", "note", "guide_phrase"].map(text)
                );
                assert_eq!(Some(fact.current.as_str()), text("current"));
                assert_eq!(Some(fact.guide.map_or("unspecified", |guide| guide.as_str())), text("guide"), "{}", fact.id);
            }
        }
        assert_eq!(facts.next(), None);
    }

    #[test]
    fn ids_are_slugs() {
        for fact in FACTS {
            assert!(fact.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'), "{}", fact.id);
        }
    }
}
