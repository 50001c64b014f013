//! Comma-separated values, after RFC 4180 with plain newlines.

use std::borrow::Cow;

/// One row. A cell with commas or quotes is quoted, and one that a spreadsheet would take for a formula gets an apostrophe before it.
#[must_use]
pub fn csv_row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| shown(cell)).collect();
    format!("{}\n", cells.join(","))
}

fn shown(cell: &str) -> String {
    let cell = super::safe_line(cell);
    let number = cell.parse::<rust_decimal::Decimal>().is_ok();
    let cell = if cell.starts_with(['=', '+', '-', '@']) && !number { Cow::Owned(format!("'{cell}")) } else { cell };
    if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.into_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn cells_are_quoted_where_they_must_be_and_are_no_formulas() {
        let cells = ["a", "1,000", "say \"no\"", "x\ny", "=1+1", "-5.2", ""].map(str::to_owned);
        assert_eq!(super::csv_row(&cells), "a,\"1,000\",\"say \"\"no\"\"\",x<U+000A>y,'=1+1,-5.2,\n");
    }
}
