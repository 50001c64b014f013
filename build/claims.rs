//! The guide's claims (`src/rulebook/claims.yaml`) as a Rust table.

use super::{Fallible, flat};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const FIELDS: [&str; 7] = ["id", "section", "line", "claim", "verdict", "today", "source"];

/// The text of a Rust array of `Claim`.
pub(super) fn claims(path: &str) -> Fallible<String> {
    let mut table = String::from("&[\n");
    let mut ids = BTreeSet::new();
    for (line, entry) in flat::read(path, &FIELDS, &[])? {
        let text = |key: &str| entry.get(key).map_or("", String::as_str);
        if !ids.insert(text("id").to_owned()) {
            return Err(format!("{path}:{line}: a second claim with the id `{}`", text("id")).into());
        }
        let verdict = match text("verdict") {
            "current" => "Current",
            "simplified" => "Simplified",
            "outdated" => "Outdated",
            "wrong" => "Wrong",
            other => return Err(format!("{path}:{line}: there is no verdict `{other}`").into()),
        };
        writeln!(
            table,
            "Claim {{ id: {:?}, section: {:?}, line: {}, claim: {:?}, verdict: Verdict::{verdict}, today: {:?}, source: {:?} }},",
            text("id"),
            text("section"),
            text("line").parse::<u32>()?,
            text("claim"),
            text("today"),
            text("source"),
        )?;
    }
    table.push(']');
    Ok(table)
}
