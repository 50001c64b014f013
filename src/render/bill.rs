//! A bill as a table.

use super::safe_line;
use crate::pricing::{Bill, BillLine, grouped, usd};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::{Value, json};

/// The bill for people; `readable` puts labels in the place of ids. Lines without an amount are left out.
#[must_use]
pub fn bill_text(bill: &Bill, readable: impl Fn(&str) -> String, width: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width.saturating_sub(1)).unwrap_or(80));
    table.set_header(["item", "quantity", "unit price", "amount", "rule"]);
    // Whose line it is matters only where several accounts pay.
    let several = bill.lines.iter().any(|line| bill.lines.first().is_some_and(|first| first.account != line.account));
    for line in bill.lines.iter().filter(|line| !line.quantity.is_zero()) {
        table.add_row([
            safe_line(&readable(&item(line, several))).into_owned(),
            format!("{} {}", grouped(line.quantity), line.unit),
            line.unit_price.normalize().to_string(),
            usd(line.amount),
            safe_line(&line.rule).into_owned(),
        ]);
    }
    for index in 1..=3 {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let lines: Vec<String> = table.lines().map(|line| format!(" {}", line.trim_end())).collect();
    format!("{}\n  total {} USD\n", lines.join("\n"), usd(bill.total))
}

fn item(line: &BillLine, with_account: bool) -> String {
    if with_account { format!("{} of {}", line.item, line.account) } else { line.item.clone() }
}

/// The bill for programs: amounts are texts, and exact.
#[must_use]
pub fn bill_json(bill: &Bill) -> Value {
    json!(bill)
}
