//! The table of request quotas as a Rust table.

use super::{Fallible, Table, paths, words, yes_or_no};
use std::fmt::Write as _;

/// The text of a Rust array of `QuotaRow`.
pub(super) fn request_quotas(table: &Table) -> Fallible<String> {
    let mut text = String::from("&[\n");
    for (index, (line, name)) in table.cells("name")?.iter().enumerate() {
        let cell = |column: &str| -> Fallible<&str> { Ok(table.cells(column)?.get(index).map(|(_, cell)| *cell).unwrap_or_default()) };
        let wrong = |what: &str| table.wrong(*line, what);
        let mut rates = words(cell("rate")?).into_iter();
        let usual = rates.next().and_then(rate).ok_or_else(|| wrong("expected a rate"))?;
        let mut regional = Vec::new();
        for word in rates {
            let (region, rate) =
                word.split_once('=').and_then(|(region, text)| Some((region, rate(text)?))).ok_or_else(|| wrong("expected REGION=RATE"))?;
            regional.push(format!("({region:?}, {rate})"));
        }
        let pair = match cell("pair")? {
            "" => "None".to_owned(),
            spec => format!("Some(KeySpec::{spec})"),
        };
        let elsewhere = match cell("elsewhere")? {
            "" => "None".to_owned(),
            cell => {
                let (operation, count) = cell.split_once('*').ok_or_else(|| wrong("expected OPERATION*COUNT"))?;
                format!("Some((Operation::{operation}, {}))", count.parse::<u32>()?)
            }
        };
        let per_store = match cell("counted_by")? {
            "account" => false,
            "store" => true,
            _ => return Err(wrong("expected account or store")),
        };
        writeln!(
            text,
            "    QuotaRow {{ name: {name:?}, operations: {}, families: {}, pair: {pair}, usual: {usual}, regional: &[{}], elsewhere: {elsewhere}, per_store: {per_store}, adjustable: {} }},",
            paths("Operation", cell("operations")?),
            paths("KeyFamily", cell("keys")?),
            regional.join(", "),
            yes_or_no(table, *line, cell("adjustable")?)?,
        )?;
    }
    text.push(']');
    Ok(text)
}

/// `10000`, or `1/10` for one request in ten seconds.
fn rate(text: &str) -> Option<String> {
    let (requests, seconds) = text.split_once('/').unwrap_or((text, "1"));
    let (requests, seconds) = (requests.parse::<u32>().ok()?, seconds.parse::<u32>().ok()?);
    (requests > 0 && seconds > 0).then(|| format!("Rate {{ requests: {requests}, seconds: {seconds} }}"))
}
