//! Flat files of YAML, read while building.
//!
//! Reading a hundred kilobytes of YAML with positions takes milliseconds, and every command would pay for it;
//! so the files are read here. They use a corner of YAML only: a list of flat mappings, one entry a line,
//! plain or double-quoted. Unit tests of `rulebook` hold the tables against a real reader of YAML.

use super::Fallible;
use std::collections::BTreeMap;
use std::fs;

/// The fields of one entry.
pub(super) type Entry = BTreeMap<&'static str, String>;

/// The entries of a file with the lines where they begin.
pub(super) fn read(path: &str, required: &[&'static str], optional: &[&'static str]) -> Fallible<Vec<(usize, Entry)>> {
    println!("cargo::rerun-if-changed={path}");
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
            (None, None) => return Err(format!("{path}:{number}: expected `- id: …` or a field").into()),
        };
        let (key, value) = field.split_once(": ").ok_or_else(|| format!("{path}:{number}: expected `key: value`"))?;
        let known = required.iter().chain(optional).copied().find(|known| *known == key);
        let key = known.ok_or_else(|| format!("{path}:{number}: there is no field `{key}`"))?;
        if begins {
            entries.push((number, Entry::new()));
        }
        let (_, entry) = entries.last_mut().ok_or_else(|| format!("{path}:{number}: a field before the first entry"))?;
        let value = scalar(value.trim()).ok_or_else(|| format!("{path}:{number}: not a plain or double-quoted text"))?;
        if entry.insert(key, value).is_some() {
            return Err(format!("{path}:{number}: `{key}` stands twice").into());
        }
    }
    for (line, entry) in &entries {
        if let Some(missing) = required.iter().find(|key| !entry.contains_key(*key)) {
            return Err(format!("{path}:{line}: an entry has no `{missing}`").into());
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
