//! Turns the tables of facts (`src/*/tables/*.csv`) into Rust tables, so that a word that is not in the
//! vocabulary stops the build and nothing has to be read or checked when the program starts.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

#[path = "build/claims.rs"]
mod claims;
#[path = "build/condition_keys.rs"]
mod condition_keys;
#[path = "build/connection_errors.rs"]
mod connection_errors;
#[path = "build/facts.rs"]
mod facts;
#[path = "build/flat.rs"]
mod flat;
#[path = "build/quotas.rs"]
mod quotas;

type Fallible<T> = Result<T, Box<dyn Error>>;

fn main() -> Fallible<()> {
    let out = env::var("OUT_DIR")?;
    let write = |name: &str, text: String| fs::write(Path::new(&out).join(name), text);
    write("regions.rs", regions(&Table::read("src/cloud/tables/regions.csv")?)?)?;
    let operations = Table::read("src/kms/tables/operations.csv")?;
    write("kms_operations.rs", kms_operations(&operations)?)?;
    write("kms_condition_keys.rs", condition_keys::kms(&Table::read("src/kms/tables/condition_keys.csv")?, &operations)?)?;
    write("global_condition_keys.rs", condition_keys::global(&Table::read("src/iam/tables/global_condition_keys.csv")?)?)?;
    write("kms_key_specs.rs", kms_key_specs(&Table::read("src/kms/tables/key_specs.csv")?)?)?;
    write("kms_members.rs", kms_members(&Table::read_with("src/kms/tables/members.csv", ';')?)?)?;
    write("kms_states.rs", kms_states(&Table::read("src/kms/tables/key_states.csv")?)?)?;
    let connection_errors = Table::read_with("src/kms/tables/connection_errors.csv", ';')?;
    write("kms_connection_errors.rs", connection_errors::connection_errors(&connection_errors)?)?;
    write("kms_request_quotas.rs", quotas::request_quotas(&Table::read("src/kms/tables/request_quotas.csv")?)?)?;
    write("kms_logged_members.rs", kms_logged_members(&Table::read("src/kms/tables/logged_members.csv")?)?)?;
    write("kms_logged_responses.rs", kms_logged_responses(&Table::read("src/kms/tables/logged_responses.csv")?)?)?;
    write("service_operations.rs", service_operations(&Table::read("src/services/tables/operations.csv")?)?)?;
    let topics =
        ["keys", "states", "rotation", "deletion", "limits", "policies", "grants", "prices", "s3", "storage", "compute", "monitoring"];
    write("scenarios.rs", bundle("scenarios")?)?;
    write("questions.rs", bundle("question-bank")?)?;
    write("claims.rs", claims::claims("src/rulebook/claims.yaml")?)?;
    write("facts.rs", facts::facts("src/rulebook/facts", &topics)?)?;
    Ok(())
}

/// The YAML files of a folder as a table of names and texts, in the order of their names.
fn bundle(folder: &str) -> Fallible<String> {
    println!("cargo::rerun-if-changed={folder}");
    let root = env::var("CARGO_MANIFEST_DIR")?;
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".yaml") {
            println!("cargo::rerun-if-changed={folder}/{name}");
            names.push(name);
        }
    }
    names.sort();
    let mut text = String::from("&[\n");
    for name in names {
        let path = format!("{root}/{folder}/{name}");
        writeln!(text, "    Bundled {{ name: {:?}, text: include_str!({path:?}) }},", format!("{folder}/{name}"))?;
    }
    text.push(']');
    Ok(text)
}

/// A comma-separated file: `#` comments, a header row, then rows with as many cells.
struct Table {
    path: &'static str,
    header: Vec<String>,
    rows: Vec<(usize, Vec<String>)>,
}

impl Table {
    fn read(path: &'static str) -> Fallible<Table> {
        Table::read_with(path, ',')
    }

    fn read_with(path: &'static str, separator: char) -> Fallible<Table> {
        println!("cargo::rerun-if-changed={path}");
        let text = fs::read_to_string(path)?;
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#') && !line.trim().is_empty());
        let (_, header) = lines.next().ok_or_else(|| format!("{path}: no header"))?;
        let header: Vec<String> = header.split(separator).map(str::to_owned).collect();
        let mut rows = Vec::new();
        for (index, line) in lines {
            let cells: Vec<String> = line.split(separator).map(|cell| cell.trim().to_owned()).collect();
            if cells.len() != header.len() {
                return Err(format!("{path}:{}: {} cells, the header has {}", index + 1, cells.len(), header.len()).into());
            }
            rows.push((index + 1, cells));
        }
        Ok(Table { path, header, rows })
    }

    fn column(&self, name: &str) -> Fallible<usize> {
        self.header.iter().position(|cell| cell == name).ok_or_else(|| format!("{}: no column {name}", self.path).into())
    }

    /// The cells of one column, with their line numbers.
    fn cells(&self, name: &str) -> Fallible<Vec<(usize, &str)>> {
        let column = self.column(name)?;
        Ok(self.rows.iter().filter_map(|(line, row)| row.get(column).map(|cell| (*line, cell.as_str()))).collect())
    }

    fn wrong(&self, line: usize, what: &str) -> Box<dyn Error> {
        format!("{}:{line}: {what}", self.path).into()
    }
}

fn regions(table: &Table) -> Fallible<String> {
    let mut text = String::from("&[\n");
    let (codes, partitions, names) = (table.cells("region")?, table.cells("partition")?, table.cells("name")?);
    for ((code, partition), name) in codes.iter().zip(&partitions).zip(&names) {
        if !matches!(partition.1, "aws" | "aws-cn" | "aws-us-gov") {
            return Err(table.wrong(code.0, "unknown partition"));
        }
        writeln!(text, "    RegionRow {{ code: {:?}, partition: {:?}, name: {:?} }},", code.1, partition.1, name.1)?;
    }
    text.push(']');
    Ok(text)
}

fn words(cell: &str) -> Vec<&str> {
    cell.split_whitespace().collect()
}

fn yes_or_no(table: &Table, line: usize, cell: &str) -> Fallible<bool> {
    match cell {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(table.wrong(line, &format!("expected yes or no, found {cell}"))),
    }
}

/// `Name!` is a required parameter, `Name` an optional one.
fn parameters(cell: &str) -> String {
    let list: Vec<String> = words(cell)
        .iter()
        .map(|word| format!("Parameter {{ name: {:?}, required: {} }}", word.trim_end_matches('!'), word.ends_with('!')))
        .collect();
    format!("&[{}]", list.join(", "))
}

fn kms_operations(table: &Table) -> Fallible<String> {
    let cell = |name: &str| table.cells(name);
    let (names, categories, permissions) = (cell("operation")?, cell("category")?, cell("permissions")?);
    let (identifiers, cross, usages) = (cell("identifiers")?, cell("cross_account")?, cell("key_usages")?);
    let (dry_run, tokens, params, errors) = (cell("dry_run")?, cell("grant_tokens")?, cell("parameters")?, cell("errors")?);
    let mut variants = String::new();
    let mut rows = String::new();
    for (index, (line, name)) in names.iter().enumerate() {
        let at = |column: &[(usize, &str)]| column.get(index).map(|(_, cell)| (*cell).to_owned()).unwrap_or_default();
        writeln!(variants, "    /// `kms:{name}`.\n    {name},")?;
        let mut needed = Vec::new();
        for word in words(&at(&permissions)) {
            let (action, on) = word.split_once('@').ok_or_else(|| table.wrong(*line, "permission without @"))?;
            let on = match on {
                "key" => "Key",
                "alias" => "Alias",
                "account" => "Account",
                other => return Err(table.wrong(*line, &format!("unknown permission target {other}"))),
            };
            needed.push(format!("Permission {{ action: {action:?}, on: PermissionTarget::{on} }}"));
        }
        let mut kinds = Vec::new();
        for word in words(&at(&identifiers)) {
            kinds.push(match word {
                "key-id" => "IdentifierKind::KeyId",
                "key-arn" => "IdentifierKind::KeyArn",
                "alias-name" => "IdentifierKind::AliasName",
                "alias-arn" => "IdentifierKind::AliasArn",
                other => return Err(table.wrong(*line, &format!("unknown identifier kind {other}"))),
            });
        }
        writeln!(
            rows,
            "    OperationRow {{ operation: Operation::{name}, name: {name:?}, action: {:?}, category: {:?}, permissions: &[{}], identifiers: &[{}], cross_account: {}, key_usages: {}, dry_run: {}, grant_tokens: {}, parameters: {}, errors: &{:?} }},",
            format!("kms:{name}"),
            at(&categories),
            needed.join(", "),
            kinds.join(", "),
            yes_or_no(table, *line, &at(&cross))?,
            paths("KeyUsage", &at(&usages)),
            yes_or_no(table, *line, &at(&dry_run))?,
            yes_or_no(table, *line, &at(&tokens))?,
            parameters(&at(&params)),
            words(&at(&errors)),
        )?;
    }
    Ok(format!(
        "/// An operation of the KMS API.\n#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]\n#[allow(missing_docs, reason = \"generated from the table\")]\npub enum Operation {{\n{variants}}}\n\n/// One row per operation, in the order of the enum.\npub static OPERATIONS: &[OperationRow] = &[\n{rows}];\n"
    ))
}

/// The words of a cell as paths of an enum; the compiler refuses a word that is no variant.
fn paths(kind: &str, cell: &str) -> String {
    let list: Vec<String> = words(cell).iter().map(|word| format!("{kind}::{word}")).collect();
    format!("&[{}]", list.join(", "))
}

fn kms_key_specs(table: &Table) -> Fallible<String> {
    let mut text = String::from("&[\n");
    for (index, (line, spec)) in table.cells("spec")?.iter().enumerate() {
        let cell =
            |name: &str| -> Fallible<String> { Ok(table.cells(name)?.get(index).map(|(_, cell)| (*cell).to_owned()).unwrap_or_default()) };
        let flag = |name: &str| -> Fallible<bool> { yes_or_no(table, *line, &cell(name)?) };
        let mut most = Vec::new();
        for word in words(&cell("max_plaintext")?) {
            let (algorithm, bytes) = word.split_once('=').ok_or_else(|| table.wrong(*line, "expected ALGORITHM=BYTES"))?;
            most.push(format!("(EncryptionAlgorithm::{algorithm}, {})", bytes.parse::<usize>()?));
        }
        writeln!(
            text,
            "    KeySpecRow {{ spec: KeySpec::{spec}, family: KeyFamily::{}, usages: {}, encryption: {}, signing: {}, mac: {}, agreement: {}, encapsulation: {}, message_types: {}, max_plaintext: &[{}], importable: {}, rotates: {}, key_store: {}, data_key_pair: {}, china: InChina::{}, price: RequestClass::{} }},",
            cell("family")?,
            paths("KeyUsage", &cell("usages")?),
            paths("EncryptionAlgorithm", &cell("encryption")?),
            paths("SigningAlgorithm", &cell("signing")?),
            paths("MacAlgorithm", &cell("mac")?),
            paths("KeyAgreementAlgorithm", &cell("agreement")?),
            paths("EncapsulationAlgorithm", &cell("encapsulation")?),
            paths("MessageType", &cell("message_types")?),
            most.join(", "),
            flag("importable")?,
            flag("rotates")?,
            flag("key_store")?,
            flag("data_key_pair")?,
            cell("china")?,
            cell("price")?,
        )?;
    }
    text.push(']');
    Ok(text)
}

fn kms_members(table: &Table) -> Fallible<String> {
    let mut text = String::from("&[\n");
    for (index, (line, member)) in table.cells("member")?.iter().enumerate() {
        let cell =
            |name: &str| -> Fallible<String> { Ok(table.cells(name)?.get(index).map(|(_, cell)| (*cell).to_owned()).unwrap_or_default()) };
        let limit = |name: &str| -> Fallible<Option<i64>> {
            let text = cell(name)?;
            if text.is_empty() { Ok(None) } else { Ok(Some(text.parse().map_err(|_| table.wrong(*line, "expected a number"))?)) }
        };
        let kind = cell("kind")?;
        let mut letters = kind.chars();
        let kind: String = letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect();
        writeln!(
            text,
            "    MemberRow {{ name: {member:?}, operations: {}, kind: Kind::{kind}, min: {:?}, max: {:?}, pattern: {:?}, values: &{:?} }},",
            paths("Operation", &cell("operations")?),
            limit("min")?,
            limit("max")?,
            cell("pattern")?,
            words(&cell("values")?),
        )?;
    }
    text.push(']');
    Ok(text)
}

fn kms_states(table: &Table) -> Fallible<String> {
    const STATES: [&str; 8] =
        ["Enabled", "Disabled", "PendingDeletion", "PendingReplicaDeletion", "PendingImport", "Unavailable", "Creating", "Updating"];
    let mut text = String::from("&[\n");
    for (index, (line, name)) in table.cells("operation")?.iter().enumerate() {
        write!(text, "    (Operation::{name}, [")?;
        for state in STATES {
            let cells = table.cells(state)?;
            let cell = cells.get(index).map(|(_, cell)| *cell).unwrap_or_default();
            let mut parts = cell.split('/');
            let result = match (cell, parts.next().unwrap_or_default()) {
                ("n/a", _) => "CellResult::NotApplicable".to_owned(),
                (_, "ok") => "CellResult::Ok".to_owned(),
                (_, code @ ("DisabledException" | "KMSInvalidStateException" | "UnsupportedOperationException")) => {
                    format!("CellResult::Error({code:?})")
                }
                (_, other) => return Err(table.wrong(*line, &format!("unknown result {other}"))),
            };
            let mut footnotes = Vec::new();
            if cell != "n/a" {
                for footnote in parts {
                    footnotes.push(footnote.parse::<u8>().map_err(|_| table.wrong(*line, "footnote is no number"))?);
                }
            }
            write!(text, "Cell {{ result: {result}, footnotes: &{footnotes:?} }}, ")?;
        }
        text.push_str("]),\n");
    }
    text.push(']');
    Ok(text)
}

/// Member names in their order, each with whether it is logged.
fn kms_logged_members(table: &Table) -> Fallible<String> {
    let mut text = String::from("&[\n");
    let mut last = "";
    for ((line, member), (_, logged)) in table.cells("member")?.iter().zip(table.cells("logged")?) {
        if *member <= last {
            return Err(table.wrong(*line, "members stand in alphabetical order"));
        }
        last = member;
        writeln!(text, "    ({member:?}, {}),", yes_or_no(table, *line, logged)?)?;
    }
    text.push(']');
    Ok(text)
}

fn kms_logged_responses(table: &Table) -> Fallible<String> {
    let mut text = String::from("&[\n");
    for ((line, operation), (_, elements)) in table.cells("operation")?.iter().zip(table.cells("elements")?) {
        let elements = match elements {
            "response" => "Response",
            "key" => "Key",
            "both" => "Both",
            other => return Err(table.wrong(*line, &format!("unknown elements {other}"))),
        };
        writeln!(text, "    (Operation::{operation}, Elements::{elements}),")?;
    }
    text.push(']');
    Ok(text)
}

fn service_operations(table: &Table) -> Fallible<String> {
    let cell = |name: &str| table.cells(name);
    let (names, permissions, params) = (cell("operation")?, cell("permissions")?, cell("parameters")?);
    let (results, errors) = (cell("result")?, cell("errors")?);
    let mut text = String::from("&[\n");
    for (index, (line, name)) in names.iter().enumerate() {
        if !name.contains(':') {
            return Err(table.wrong(*line, "expected service:Operation"));
        }
        let at = |column: &[(usize, &str)]| column.get(index).map(|(_, cell)| (*cell).to_owned()).unwrap_or_default();
        writeln!(
            text,
            "    ServiceOperation {{ name: {name:?}, permissions: &{:?}, parameters: {}, result: {:?}, errors: &{:?} }},",
            words(&at(&permissions)),
            parameters(&at(&params)),
            at(&results),
            words(&at(&errors)),
        )?;
    }
    text.push(']');
    Ok(text)
}
