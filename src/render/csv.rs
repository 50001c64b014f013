//! Comma-separated values, after RFC 4180 with plain newlines.

/// One row. Cells with commas, quotes or newlines are quoted.
#[must_use]
pub fn csv_row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(&super::safe_line(cell))).collect();
    format!("{}\n", cells.join(","))
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"']) { format!("\"{}\"", cell.replace('"', "\"\"")) } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn cells_are_quoted_where_they_must_be() {
        let cells = ["a", "1,000", "say \"no\"", "x\ny"].map(str::to_owned);
        assert_eq!(super::csv_row(&cells), "a,\"1,000\",\"say \"\"no\"\"\",x<U+000A>y\n");
    }
}
