//! Workloads side by side, as text, JSON and CSV.

use super::order::{Rivals, cents, order_json, order_text};
use super::{csv_row, heading, letter, rule, safe_line, wrap};
use crate::pricing::{ComparedLine, ComparedMonth, Comparison};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use rust_decimal::Decimal;
use serde_json::{Value, json};

/// What is compared, beside the comparison itself.
#[derive(Clone, Copy, Debug)]
pub struct Compared<'a> {
    /// The comparison.
    pub comparison: &'a Comparison,
    /// The names of the workloads.
    pub names: &'a [String],
    /// Where one overtakes another, if that was asked for.
    pub rivals: &'a [Rivals],
    /// The input that the break-even points are values of.
    pub over: &'a str,
}

/// The comparison for people: amounts in cents, and what each design costs more or less than the first.
#[must_use]
pub fn comparison_text(compared: &Compared<'_>, width: usize) -> String {
    let comparison = compared.comparison;
    let mut text = heading("Side by side", "amounts in USD, rounded to cents", width);
    text.push_str(&rule(width));
    for (at, name) in compared.names.iter().enumerate() {
        text.push_str(&wrap(&safe_line(name), width, &format!("  {}  ", letter(at)), "     "));
        text.push('\n');
    }
    text.push('\n');
    let mut table = table(compared.names.len(), "item", width);
    let accounts = differ(comparison.lines.iter().map(|line| line.account.to_string()));
    let regions = differ(comparison.lines.iter().map(|line| line.region.to_string()));
    for line in &comparison.lines {
        table.add_row(row(item(line, accounts, regions), &line.amounts.iter().map(|amount| Some(*amount)).collect::<Vec<_>>(), &[]));
    }
    table.add_row([""]);
    if comparison.months.len() > 1 {
        for (label, totals) in months(&comparison.months) {
            table.add_row(row(label, totals, &[]));
        }
    }
    let whole: Vec<Option<Decimal>> = comparison.totals.iter().map(|total| Some(*total)).collect();
    let cheapest = comparison.cheapest();
    // Where all cost the same, none stands out.
    let marked = if cheapest.len() == whole.len() { Vec::new() } else { cheapest.clone() };
    let label = match comparison.months.as_slice() {
        [only] => format!("total {}", only.month),
        _ => "total over all months".to_owned(),
    };
    table.add_row(row(label, &whole, &marked));
    for line in table.lines() {
        text.push_str(format!(" {line}").trim_end());
        text.push('\n');
    }
    text.push_str(&format!("\n  {}\n", verdict(comparison, &cheapest)));
    if comparison.months.iter().any(|month| month.totals.contains(&None)) {
        text.push_str("  The workloads cover different months: their totals are of different times.\n");
    }
    for (at, band) in comparison.bands.iter().enumerate() {
        let Some(band) = band else { continue };
        let (low, high) = (cents(band.low), cents(band.high));
        let line = format!("{} is between {low} and {high}: how long a bucket key serves is not published.", letter(at));
        text.push_str(&wrap(&line, width, "  ", "    "));
        text.push('\n');
    }
    for rivals in compared.rivals {
        text.push('\n');
        text.push_str(&order_text(rivals, compared.over, width));
    }
    text
}

fn differ(mut values: impl Iterator<Item = String>) -> bool {
    let first = values.next();
    values.any(|value| Some(&value) != first.as_ref())
}

fn item(line: &ComparedLine, account: bool, region: bool) -> String {
    let mut item = safe_line(&line.item).into_owned();
    if line.free {
        item.push_str(", free");
    }
    if region {
        item.push_str(&format!(", {}", line.region));
    }
    if account {
        item.push_str(&format!(", {}", line.account));
    }
    item
}

fn table(designs: usize, first: &str, width: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width.saturating_sub(1)).unwrap_or(80));
    let mut head = vec![first.to_owned(), letter(0).to_string()];
    for at in 1..designs {
        head.extend([letter(at).to_string(), format!("{} - A", letter(at))]);
    }
    let columns = head.len();
    table.set_header(head);
    for index in 1..columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A row: the first amount, then each other one with its difference to the first. The cheapest have a star.
fn row(label: String, amounts: &[Option<Decimal>], cheapest: &[usize]) -> Vec<String> {
    let shown = |at: usize, amount: Option<Decimal>| match amount {
        Some(amount) => format!("{}{}", if cheapest.contains(&at) { "* " } else { "" }, cents(amount)),
        None => "-".to_owned(),
    };
    let first = amounts.first().copied().flatten();
    let mut cells = vec![label, shown(0, first)];
    for (at, amount) in amounts.iter().enumerate().skip(1) {
        let Some(more) = amount.zip(first).map(|(amount, first)| amount.saturating_sub(first)) else {
            cells.extend([shown(at, *amount), "-".to_owned()]);
            continue;
        };
        let sign = if more > Decimal::ZERO { "+" } else { "" };
        cells.extend([shown(at, *amount), if more.is_zero() { "=".to_owned() } else { format!("{sign}{}", cents(more)) }]);
    }
    cells
}

/// Months that cost the same, together.
fn months(months: &[ComparedMonth]) -> Vec<(String, &[Option<Decimal>])> {
    let mut shown = Vec::new();
    for same in months.chunk_by(|a, b| a.totals == b.totals) {
        if let (Some(first), Some(last)) = (same.first(), same.last()) {
            let label = if same.len() == 1 {
                format!("total {}", first.month)
            } else {
                format!("total of each month {} .. {}", first.month, last.month)
            };
            shown.push((label, first.totals.as_slice()));
        }
    }
    shown
}

fn verdict(comparison: &Comparison, cheapest: &[usize]) -> String {
    let names: Vec<String> = cheapest.iter().map(|at| letter(*at).to_string()).collect();
    let mut sorted = comparison.totals.clone();
    sorted.sort_unstable();
    sorted.dedup();
    match (sorted.as_slice(), names.as_slice()) {
        ([_], [_, _, ..]) => "All cost the same.".to_owned(),
        ([least, next, ..], _) => {
            let verb = if names.len() == 1 { "is" } else { "are" };
            format!("* {} {verb} the cheapest, {} less than the next.", names.join(" and "), cents(next.saturating_sub(*least)))
        }
        _ => String::new(),
    }
}

/// The comparison for programs: amounts are texts, and exact.
#[must_use]
pub fn comparison_json(compared: &Compared<'_>) -> Value {
    let comparison = compared.comparison;
    let cheapest: Vec<&String> = comparison.cheapest().into_iter().filter_map(|at| compared.names.get(at)).collect();
    let mut report = json!({
        "workloads": compared.names,
        "lines": comparison.lines,
        "months": comparison.months,
        "totals": comparison.totals,
        "bands": comparison.bands,
        "cheapest": cheapest,
    });
    if !compared.rivals.is_empty()
        && let Some(fields) = report.as_object_mut()
    {
        fields.insert("over".to_owned(), json!(compared.over));
        fields.insert("break_even".to_owned(), compared.rivals.iter().map(order_json).collect());
    }
    report
}

/// The comparison as CSV: a row for each line of the bills, month and total, with exact amounts.
#[must_use]
pub fn comparison_csv(compared: &Compared<'_>) -> String {
    let comparison = compared.comparison;
    let mut head: Vec<String> = ["kind", "item", "account", "region", "unit"].map(str::to_owned).to_vec();
    head.extend(compared.names.iter().map(|name| format!("quantity of {name}")));
    head.extend(compared.names.iter().map(|name| format!("USD of {name}")));
    let mut text = csv_row(&head);
    let empty = || compared.names.iter().map(|_| String::new());
    for line in &comparison.lines {
        let (account, region) = (line.account.to_string(), line.region.to_string());
        let mut cells = vec!["line".to_owned(), item(line, false, false), account, region, line.unit.clone()];
        cells.extend(line.quantities.iter().chain(&line.amounts).map(ToString::to_string));
        text.push_str(&csv_row(&cells));
    }
    let wholes = comparison.months.iter().map(|month| (month.month.to_string(), month.totals.clone()));
    let all = std::iter::once(("all".to_owned(), comparison.totals.iter().map(|total| Some(*total)).collect()));
    for (label, totals) in wholes.chain(all) {
        let mut cells = vec!["total".to_owned(), label, String::new(), String::new(), String::new()];
        cells.extend(empty());
        cells.extend(totals.into_iter().map(|total: Option<Decimal>| total.map(|total| total.to_string()).unwrap_or_default()));
        text.push_str(&csv_row(&cells));
    }
    for rivals in compared.rivals {
        for point in rivals.stretches.break_evens() {
            let mut cells =
                vec!["break-even".to_owned(), compared.over.to_owned(), rivals.a.clone(), rivals.b.clone(), point.first_after.to_string()];
            cells.extend(empty());
            cells.extend(empty());
            text.push_str(&csv_row(&cells));
        }
    }
    text
}
