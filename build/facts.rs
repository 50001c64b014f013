//! The files of facts (`src/rulebook/facts/*.yaml`) as a Rust table.

use super::{Fallible, flat};
use std::collections::BTreeMap;
use std::fmt::Write as _;

const REQUIRED: [&str; 5] = ["id", "title", "guide", "current", "source"];
const OPTIONAL: [&str; 5] = ["unit", "since", "section", "note", "guide_phrase"];

/// The text of a Rust array of `Fact`, and the order of its ids.
pub(super) fn facts(folder: &str, topics: &[&str]) -> Fallible<String> {
    let mut table = String::from("[\n");
    let mut places = BTreeMap::new();
    for topic in topics {
        let path = format!("{folder}/{topic}.yaml");
        for (line, entry) in flat::read(&path, &REQUIRED, &OPTIONAL)? {
            let text = |key: &str| entry.get(key).map_or("", String::as_str);
            let optional = |key: &str| entry.get(key).map_or_else(|| "None".to_owned(), |text| format!("Some({text:?})"));
            let guide = match text("guide") {
                "unspecified" => "None".to_owned(),
                guide => format!("Some(Value({guide:?}))"),
            };
            if places.insert(text("id").to_owned(), places.len()).is_some() {
                return Err(format!("{path}:{line}: a second fact with the id `{}`", text("id")).into());
            }
            writeln!(
                table,
                "Fact {{ id: {:?}, title: {:?}, topic: {topic:?}, guide: {guide}, current: Value({:?}), unit: {}, since: {}, source: {:?}, section: {}, note: {}, guide_phrase: {} }},",
                text("id"),
                text("title"),
                text("current"),
                optional("unit"),
                optional("since"),
                text("source"),
                optional("section"),
                optional("note"),
                optional("guide_phrase"),
            )?;
        }
    }
    table.push(']');
    let order: Vec<usize> = places.into_values().collect();
    Ok(format!("pub(super) static FACTS: &[Fact] = &{table};\npub(super) static BY_ID: &[usize] = &{order:?};\n"))
}
