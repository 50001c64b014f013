//! The tables of condition keys as Rust tables.

use super::{Fallible, Table, words};
use std::fmt::Write as _;

const TYPES: [&str; 6] = ["String", "Numeric", "Date", "Bool", "IPAddress", "ARN"];

fn value_type(table: &Table, line: usize, cell: &str) -> Fallible<String> {
    if TYPES.contains(&cell) { Ok(format!("ValueType::{cell}")) } else { Err(table.wrong(line, "unknown type")) }
}

fn multivalued(table: &Table, line: usize, cell: &str) -> Fallible<bool> {
    match cell {
        "one" => Ok(false),
        "many" => Ok(true),
        _ => Err(table.wrong(line, "expected one or many")),
    }
}

/// The text of a Rust array of `GlobalKeyRow`.
pub(super) fn global(table: &Table) -> Fallible<String> {
    let mut text = String::from("&[\n");
    let (types, values, present) = (table.cells("type")?, table.cells("values")?, table.cells("present")?);
    for (((line, name), (_, kind)), ((_, values), (_, present))) in table.cells("key")?.iter().zip(&types).zip(values.iter().zip(&present))
    {
        let presence = match *present {
            "always" => "Always",
            "service" => "Service",
            "sometimes" => "Sometimes",
            _ => return Err(table.wrong(*line, "expected always, service or sometimes")),
        };
        let (kind, many) = (value_type(table, *line, kind)?, multivalued(table, *line, values)?);
        writeln!(text, "    GlobalKeyRow {{ name: {name:?}, value_type: {kind}, multivalued: {many}, presence: Presence::{presence} }},")?;
    }
    text.push(']');
    Ok(text)
}

/// The text of a Rust array of `ConditionKeyRow`. `keys` among the actions stands for every action that is asked on a key, and
/// `stores` for those of custom key stores; `action!` is one whose requests always carry the key.
pub(super) fn kms(table: &Table, operations: &Table) -> Fallible<String> {
    let permissions = operations.cells("permissions")?;
    let asked = |on: &str| -> Vec<String> {
        let all = permissions.iter().flat_map(|(_, cell)| words(cell));
        all.filter_map(|word| word.strip_suffix(on)).filter_map(|action| action.strip_prefix("kms:")).map(str::to_owned).collect()
    };
    let known: Vec<String> = ["@key", "@alias", "@account"].into_iter().flat_map(asked).collect();
    let stores: Vec<String> = known.iter().filter(|action| action.contains("CustomKeyStore")).cloned().collect();
    let mut text = String::from("&[\n");
    for (index, (line, name)) in table.cells("key")?.iter().enumerate() {
        let cell = |column: &str| -> Fallible<&str> { Ok(table.cells(column)?.get(index).map(|(_, cell)| *cell).unwrap_or_default()) };
        let (mut actions, mut always): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for word in words(cell("actions")?) {
            let (word, is_always) = word.strip_suffix('!').map_or((word, false), |word| (word, true));
            let meant = match word {
                "keys" => asked("@key"),
                "stores" => stores.clone(),
                action if known.iter().any(|known| known == action) => vec![action.to_owned()],
                _ => return Err(table.wrong(*line, &format!("unknown action {word}"))),
            };
            if is_always {
                always.extend(meant.iter().map(|action| format!("kms:{action}")));
            }
            actions.extend(meant.iter().map(|action| format!("kms:{action}")));
        }
        for list in [&mut actions, &mut always] {
            list.sort();
            list.dedup();
        }
        let shape = match cell("shape")? {
            "" => "Any",
            "account" => "Account",
            "alias" => "AliasName",
            "region" => "Region",
            "via-service" => "ViaService",
            _ => return Err(table.wrong(*line, "unknown shape")),
        };
        writeln!(
            text,
            "    ConditionKeyRow {{ name: {name:?}, value_type: {}, multivalued: {}, actions: &{actions:?}, always: &{always:?}, shape: ValueShape::{shape}, values: &{:?} }},",
            value_type(table, *line, cell("type")?)?,
            multivalued(table, *line, cell("values")?)?,
            words(cell("legal")?),
        )?;
    }
    text.push(']');
    Ok(text)
}
