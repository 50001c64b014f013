//! What a workload costs, as text, JSON and CSV.

use super::{csv_row, safe_line, wrap};
use crate::pricing::cases::Outcome;
use crate::pricing::workload::{Band, Derivation, Estimate, Explanation, MonthEstimate};
use crate::pricing::{BillLine, Charge, grouped, usd};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// Most lines and derivations that are shown to people.
const MOST: usize = 60;

/// Decimals of an amount in a table.
const PLACES: u32 = 6;

/// An estimate for people: the months where there are several, the lines of the first with their rules, how its requests
/// were derived, the total and its band.
#[must_use]
pub fn estimate_text(estimate: &Estimate, width: usize) -> String {
    let Some(first) = estimate.months.first() else { return String::new() };
    let mut text = format!(
        "{}, by the {} rulebook and prices of {}\n",
        safe_line(&estimate.workload),
        estimate.rulebook,
        safe_line(&estimate.prices_as_of)
    );
    let mut rounded = false;
    if estimate.months.len() > 1 {
        let _ = write!(text, "\n{}", months_table(estimate, width, &mut rounded));
    }
    let _ = write!(text, "\nThe bill of {} (USD)\n\n{}", first.bill.month, lines_table(first, width, &mut rounded));
    text.push_str(&rules(first, width));
    text.push_str(&derivations(&first.derivations, width));
    let span = match (estimate.months.first(), estimate.months.last()) {
        (Some(first), Some(last)) if estimate.months.len() > 1 => format!(" of {} to {}", first.bill.month, last.bill.month),
        _ => String::new(),
    };
    let _ = writeln!(text, "\n  total{span} {} USD", usd(estimate.total));
    if let Some(band) = &estimate.band {
        text.push_str(&told_band(band, width));
    }
    if rounded {
        let note = format!("Amounts with ~ are rounded to {PLACES} decimals for display; the total is rounded once, from the exact sum.");
        let _ = writeln!(text, "{}", wrap(&note, width, "  ", "  "));
    }
    text
}

fn told_band(band: &Band, width: usize) -> String {
    let note = format!(
        "AWS does not publish how long a bucket key is kept: with {} s it would be {} USD, with {} s {} USD.",
        grouped(Decimal::from(band.low_seconds)),
        usd(band.low),
        grouped(Decimal::from(band.high_seconds)),
        usd(band.high)
    );
    format!("{}\n", wrap(&note, width, "  ", "  "))
}

/// An amount with two to six decimals; `~` before one that has more.
fn money(amount: Decimal, rounded: &mut bool) -> String {
    let exact = amount.normalize();
    let short = exact.round_dp_with_strategy(PLACES, RoundingStrategy::MidpointAwayFromZero).normalize();
    let sign = if short == exact { "" } else { "~" };
    *rounded |= short != exact;
    if short.scale() < 2 { format!("{sign}{short:.2}") } else { format!("{sign}{short}") }
}

fn table(header: &[&str], width: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width.saturating_sub(1)).unwrap_or(80));
    table.set_header(header);
    table
}

fn printed(mut table: Table, right: &[usize]) -> String {
    for index in right {
        if let Some(column) = table.column_mut(*index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.lines().map(|line| format!(" {}", line.trim_end())).collect();
    format!("{}\n", lines.join("\n"))
}

fn months_table(estimate: &Estimate, width: usize, rounded: &mut bool) -> String {
    let mut table = table(&["month", "keys", "requests", "other", "total"], width);
    for month in &estimate.months {
        let sum =
            |of: fn(&Charge) -> bool| -> Decimal { month.bill.lines.iter().filter(|line| of(&line.charge)).map(|line| line.amount).sum() };
        table.add_row([
            month.bill.month.to_string(),
            money(sum(|charge| matches!(charge, Charge::Key(_) | Charge::Rotations(_))), rounded),
            money(sum(|charge| matches!(charge, Charge::Requests { .. })), rounded),
            money(sum(|charge| matches!(charge, Charge::Neighbour)), rounded),
            money(month.bill.total, rounded),
        ]);
    }
    printed(table, &[1, 2, 3, 4])
}

fn lines_table(month: &MonthEstimate, width: usize, rounded: &mut bool) -> String {
    let lines = &month.bill.lines;
    let mut table = table(&["#", "item", "quantity", "unit price", "amount"], width);
    for (number, line) in (1..).zip(lines).take(MOST) {
        table.add_row([
            number.to_string(),
            safe_line(&placed(line, lines)).into_owned(),
            format!("{} {}", grouped(line.quantity), safe_line(&line.unit)),
            line.unit_price.normalize().to_string(),
            money(line.amount, rounded),
        ]);
    }
    let mut text = printed(table, &[0, 2, 3, 4]);
    if lines.len() > MOST {
        let _ = writeln!(text, "  and {} more lines (--format json or csv has all)", lines.len() - MOST);
    }
    let _ = writeln!(text, "  total {} USD", usd(month.bill.total));
    text
}

/// The item, with Region and account where lines differ in them.
fn placed(line: &BillLine, lines: &[BillLine]) -> String {
    let mut item = line.item.clone();
    if lines.iter().any(|other| other.region != line.region) {
        let _ = write!(item, " in {}", line.region);
    }
    if lines.iter().any(|other| other.account != line.account) {
        let _ = write!(item, " of {}", line.account);
    }
    item
}

/// The rule and the source of every line; lines that share them stand together.
fn rules(month: &MonthEstimate, width: usize) -> String {
    let mut told: Vec<(Vec<usize>, String)> = Vec::new();
    for (number, line) in (1..).zip(&month.bill.lines).take(MOST) {
        let rule = format!("{} ({})", line.rule, line.source);
        match told.iter_mut().find(|(_, known)| *known == rule) {
            Some((numbers, _)) => numbers.push(number),
            None => told.push((vec![number], rule)),
        }
    }
    let mut text = String::from("\nRules\n");
    for (numbers, rule) in told {
        let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
        let _ = writeln!(text, "{}", wrap(&format!("{}: {}", numbers.join(", "), safe_line(&rule)), width, "  ", "     "));
    }
    text
}

fn derivations(derivations: &[Derivation], width: usize) -> String {
    if derivations.is_empty() {
        return String::new();
    }
    let mut text = String::from("\nHow the requests come about\n");
    for derived in derivations.iter().take(MOST) {
        let _ = writeln!(text, "{}", wrap(&safe_line(&derived.told()), width, "  ", "     "));
    }
    if derivations.len() > MOST {
        let _ = writeln!(text, "  and {} more uses (--format json has all)", derivations.len() - MOST);
    }
    text
}

/// An estimate for programs: amounts are texts, and exact.
#[must_use]
pub fn estimate_json(estimate: &Estimate) -> Value {
    json!(estimate)
}

/// An estimate for spreadsheets: one line for each line of a bill, amounts exact.
#[must_use]
pub fn estimate_csv(estimate: &Estimate) -> String {
    let mut text = String::from("month,item,account,region,quantity,unit,unit_price_usd,amount_usd,rule,source\n");
    for month in &estimate.months {
        for line in &month.bill.lines {
            let cells = [
                month.bill.month.to_string(),
                line.item.clone(),
                line.account.to_string(),
                line.region.to_string(),
                line.quantity.normalize().to_string(),
                line.unit.clone(),
                line.unit_price.normalize().to_string(),
                line.amount.normalize().to_string(),
                line.rule.clone(),
                line.source.clone(),
            ];
            text.push_str(&csv_row(&cells));
        }
    }
    text
}

/// One amount, step by step.
#[must_use]
pub fn explanation_text(explanation: &Explanation, width: usize) -> String {
    let line = &explanation.charge;
    let mut text = format!("{}  {}: {} USD\n", explanation.line, safe_line(&line.item), usd(line.amount));
    for (heading, steps) in
        [("quantity", &explanation.quantity), ("price", &explanation.price), ("amount", &vec![explanation.amount.clone()])]
    {
        let _ = writeln!(text, "  {heading}");
        for step in steps {
            let _ = writeln!(text, "{}", wrap(&safe_line(step), width, "    ", "      "));
        }
    }
    text
}

/// Which worked cases come out, and every figure that differs.
#[must_use]
pub fn outcomes_text(outcomes: &[Outcome]) -> String {
    let mut text = String::new();
    for outcome in outcomes {
        let word = if outcome.ok { "ok" } else { "differs" };
        let _ = writeln!(text, "{word:<8} {} {}", safe_line(&outcome.id), safe_line(&outcome.variant));
        for difference in &outcome.differences {
            let _ = writeln!(
                text,
                "         {}: expected {}, found {}",
                safe_line(&difference.field),
                safe_line(&difference.expected),
                safe_line(&difference.found)
            );
        }
    }
    let wrong = outcomes.iter().filter(|outcome| !outcome.ok).count();
    let _ = writeln!(text, "{} variants, {wrong} of them differ", outcomes.len());
    text
}
