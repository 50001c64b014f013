//! The files of facts (`src/rulebook/facts/*.yaml`) as a Rust table.
//!
//! Reading a hundred kilobytes of YAML with positions takes milliseconds, and every command would pay for it;
//! so the files are read here. They use a corner of YAML only: a list of flat mappings, one entry a line,
//! plain or double-quoted. A unit test of `rulebook` holds the table against a real reader of YAML.

use super::Fallible;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

const REQUIRED: [&str; 5] = ["id", "title", "guide", "current", "source"];
const OPTIONAL: [&str; 5] = ["unit", "since", "section", "note", "guide_phrase"];

type Entry = BTreeMap<&'static str, String>;

/// The text of a Rust array of `Fact`, and the order of its ids.
pub(super) fn facts(folder: &str, topics: &[&str]) -> Fallible<String> {
    let mut table = String::from("[\n");
    let mut places = BTreeMap::new();
    for topic in topics {
        let path = format!("{folder}/{topic}.yaml");
        println!("cargo::rerun-if-changed={path}");
        for (line, entry) in read(&path)? {
            if let Some(missing) = REQUIRED.iter().find(|key| !entry.contains_key(*key)) {
                return Err(format!("{path}:{line}: a fact has no `{missing}`").into());
            }
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

fn read(path: &str) -> Fallible<Vec<(usize, Entry)>> {
    let text = fs::read_to_string(path)?;
    let mut entries: Vec<(usize, Entry)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let (begins, field) = match (line.strip_prefix("- "), line.strip_prefix("  ")) {
            (Some(field), _) => (true, field),
            (None, Some(field)) => (false, field),
            (None, None) => return Err(format!("{path}:{number}: expected `- id: …` or a field of a fact").into()),
        };
        let (key, value) = field.split_once(": ").ok_or_else(|| format!("{path}:{number}: expected `key: value`"))?;
        let known = REQUIRED.into_iter().chain(OPTIONAL).find(|known| *known == key);
        let key = known.ok_or_else(|| format!("{path}:{number}: a fact has no field `{key}`"))?;
        if begins {
            entries.push((number, Entry::new()));
        }
        let (_, entry) = entries.last_mut().ok_or_else(|| format!("{path}:{number}: a field before the first fact"))?;
        let value = scalar(value.trim()).ok_or_else(|| format!("{path}:{number}: not a plain or double-quoted text"))?;
        if entry.insert(key, value).is_some() {
            return Err(format!("{path}:{number}: `{key}` stands twice").into());
        }
    }
    Ok(entries)
}

/// A plain text without signs that mean something in YAML, or a double-quoted one with `\"` and `\\`.
fn scalar(text: &str) -> Option<String> {
    let Some(inside) = text.strip_prefix('"') else {
        let plain = text.starts_with(|first: char| first.is_ascii_alphabetic()) && !text.contains(": ") && !text.contains(" #");
        return plain.then(|| text.to_owned());
    };
    let mut value = String::new();
    let mut letters = inside.strip_suffix('"')?.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => value.push(letters.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
            '"' => return None,
            letter => value.push(letter),
        }
    }
    Some(value)
}
