//! The table of connection errors of custom key stores as a Rust table.

use super::{Fallible, Table, yes_or_no};
use std::fmt::Write as _;

/// The text of a Rust array of `ConnectionErrorRow`.
pub(super) fn connection_errors(table: &Table) -> Fallible<String> {
    let mut text = String::from("&[\n");
    for (index, (line, code)) in table.cells("code")?.iter().enumerate() {
        let cell =
            |name: &str| -> Fallible<String> { Ok(table.cells(name)?.get(index).map(|(_, cell)| (*cell).to_owned()).unwrap_or_default()) };
        let store = match cell("store")?.as_str() {
            "any" => "None",
            "cloudhsm" => "Some(CustomKeyStoreType::AWS_CLOUDHSM)",
            "external" => "Some(CustomKeyStoreType::EXTERNAL_KEY_STORE)",
            other => return Err(table.wrong(*line, &format!("unknown kind of key store {other}"))),
        };
        writeln!(
            text,
            "    ConnectionErrorRow {{ code: ConnectionErrorCode::{code}, store: {store}, given: {}, exception: {:?}, cause: {:?}, remedy: {:?} }},",
            yes_or_no(table, *line, &cell("given")?)?,
            cell("exception")?,
            cell("cause")?,
            cell("remedy")?,
        )?;
    }
    text.push(']');
    Ok(text)
}
