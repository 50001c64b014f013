//! `kmsprep cost trail`: what the requests in a recorded trail cost.

use super::input::{PriceArgs, unpriced};
use crate::cli::load::{self, RulebookChoice};
use crate::cli::{Edge, Exit, Failure, Format};
use crate::diag::{Sources, suggestion};
use crate::doc::Limits;
use crate::kms::{KEY_SPECS, KeySpec};
use crate::pricing::{Bill, recorded};
use crate::render;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

/// A day's log files of a busy account.
const LIMITS: Limits = Limits { bytes: 256 << 20, depth: 64, nodes: usize::MAX };

/// `kmsprep cost trail`.
#[derive(Debug, Args)]
pub(super) struct TrailArgs {
    /// Records of CloudTrail: a log file, a list, or one record a line, as `kmsprep endpoint trail --format json` and
    /// `kmsprep scenario run --trail` print them
    file: PathBuf,
    /// What kind of key it is, where the trail does not tell
    #[arg(long = "key", value_name = "ARN=SPEC", value_parser = key)]
    keys: Vec<(String, KeySpec)>,
    #[command(flatten)]
    prices: PriceArgs,
    /// Which rulebook to go by
    #[arg(long, value_enum, default_value_t)]
    rulebook: RulebookChoice,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn key(text: &str) -> Result<(String, KeySpec), String> {
    let (arn, spec) = text.split_once('=').ok_or("write ARN=SPEC")?;
    let unknown =
        || suggestion(spec, KEY_SPECS.iter().map(|row| row.spec.name())).unwrap_or_else(|| "there is no such key spec".to_owned());
    KeySpec::parse(spec).map(|spec| (arn.to_owned(), spec)).ok_or_else(unknown)
}

/// Runs the command.
///
/// # Errors
/// If the file has no records, or they cannot be priced.
pub(super) fn run(edge: &mut Edge, args: &TrailArgs) -> Result<Exit, Failure> {
    let book = args.prices.book(&mut Sources::new(), args.format)?;
    let records = records(&load::read_file_within(&args.file, LIMITS)?).ok_or_else(|| Failure::Usage {
        message: format!("{} holds no records of CloudTrail", args.file.display()),
        help: Some("expected JSON: {\"Records\": […]}, a list, or one record a line".to_owned()),
    })?;
    let found = recorded(&records, &args.keys.iter().cloned().collect());
    let rulebook = args.rulebook.rulebook();
    let bills: Vec<Bill> = found
        .months
        .iter()
        .map(|(month, meter)| Bill::of(&book, rulebook, *month, &[], meter, true))
        .collect::<Result<_, _>>()
        .map_err(|error| unpriced(&error))?;
    let assumed: Vec<String> =
        found.assumed.iter().map(|(what, count)| format!("{count} x {what}: --key ARN=SPEC tells which it is")).collect();
    if args.format == Format::Json {
        edge.print_json(&json!({"bills": bills, "assumed": assumed, "refused": found.refused, "other_records": found.others}))?;
        return Ok(Exit::Passed);
    }
    let mut text = String::new();
    for bill in &bills {
        text.push_str(&format!("Requests of {}\n{}\n", bill.month, render::bill_text(bill, str::to_owned, edge.width)));
    }
    let mut notes = assumed;
    notes.push(format!("Refused, and free of charge: {}. Records of other things, and copies: {}.", found.refused, found.others));
    notes.push("Keys are not on it: a trail does not tell how long they were there. `kmsprep cost estimate` prices them.".to_owned());
    for note in notes {
        text.push_str(&render::wrap(&render::safe_line(&note), edge.width, "", "  "));
        text.push('\n');
    }
    edge.print(&text)?;
    Ok(Exit::Passed)
}

/// The records in a file, in any of the forms that trails are kept in.
fn records(bytes: &[u8]) -> Option<Vec<Value>> {
    let is_record = |value: &Value| value.get("eventSource").is_some();
    let all = match serde_json::from_slice::<Value>(bytes) {
        Ok(Value::Array(records)) => records,
        Ok(mut file) if file.get("Records").is_some() => match file.get_mut("Records").map(Value::take) {
            Some(Value::Array(records)) => records,
            Some(_) | None => return None,
        },
        Ok(record) => vec![record],
        // One record a line.
        Err(_) => {
            let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.iter().all(u8::is_ascii_whitespace));
            lines.map(|line| serde_json::from_slice(line).ok()).collect::<Option<_>>()?
        }
    };
    (!all.is_empty() && all.iter().any(is_record)).then_some(all)
}
