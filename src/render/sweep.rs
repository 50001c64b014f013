//! What costs do over a range of an input, as text, JSON and CSV.

use super::order::{Rivals, cents, order_json, order_text};
use super::{csv_row, heading, letter, rule, safe_line, wrap};
use crate::pricing::grouped;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use rust_decimal::Decimal;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

/// Rows of the table in text.
const ROWS: usize = 9;

/// So many pairs of lines are told of even if they do not cross.
const FEW_PAIRS: usize = 3;

/// One line of a sweep.
#[derive(Clone, Debug)]
pub struct Swept {
    /// What it is called: the workload, and the value of the second input.
    pub name: String,
    /// The workload.
    pub workload: String,
    /// The value of the second input.
    pub second: Option<u64>,
    /// Its totals, one for each value of the input.
    pub totals: Vec<Decimal>,
}

/// A sweep.
#[derive(Clone, Copy, Debug)]
pub struct Sweep<'a> {
    /// The input.
    pub over: &'a str,
    /// The second input.
    pub over2: Option<&'a str>,
    /// Its values.
    pub values: &'a [u64],
    /// The lines.
    pub lines: &'a [Swept],
    /// The places of the lines that text shows.
    pub shown: &'a [usize],
    /// Where one overtakes another.
    pub rivals: &'a [Rivals],
}

/// A few rows of the sweep, and the break-even points.
#[must_use]
pub fn sweep_text(sweep: &Sweep<'_>, width: usize) -> String {
    let points = format!("{} points, USD rounded to cents", grouped(Decimal::from(sweep.values.len())));
    let mut text = heading(&format!("Over {}", sweep.over), &points, width);
    text.push_str(&rule(width));
    let lines: Vec<&Swept> = sweep.shown.iter().filter_map(|at| sweep.lines.get(*at)).collect();
    for (at, line) in lines.iter().enumerate() {
        text.push_str(&wrap(&safe_line(&line.name), width, &format!("  {}  ", letter(at)), "     "));
        text.push('\n');
    }
    text.push('\n');
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width.saturating_sub(1)).unwrap_or(80));
    let columns = lines.len().min((width / 13).max(1));
    let field = sweep.over.rsplit('.').next().unwrap_or(sweep.over);
    let mut head = vec![safe_line(field).into_owned()];
    head.extend((0..columns).map(|at| letter(at).to_string()));
    table.set_header(head);
    for index in 0..=columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    for at in few(sweep.values.len(), ROWS) {
        let totals: Vec<Decimal> = lines.iter().filter_map(|line| line.totals.get(at).copied()).collect();
        let least = totals.iter().min().copied();
        let differ = totals.iter().any(|total| Some(*total) != least);
        let star = |total: Decimal| if differ && Some(total) == least { "* " } else { "" };
        let mut row = vec![sweep.values.get(at).map(|value| grouped(Decimal::from(*value))).unwrap_or_default()];
        row.extend(totals.iter().take(columns).map(|total| format!("{}{}", star(*total), cents(*total))));
        table.add_row(row);
    }
    for line in table.lines() {
        text.push_str(&format!(" {}\n", line.trim_end()));
    }
    if columns < sweep.lines.len() {
        text.push_str(&format!("  {} more columns are in --csv and --format json\n", sweep.lines.len() - columns));
    }
    // Of many pairs only those are told that cross.
    let told = |rivals: &&Rivals| sweep.rivals.len() <= FEW_PAIRS || !rivals.stretches.break_evens().is_empty();
    for rivals in sweep.rivals.iter().filter(told) {
        text.push('\n');
        text.push_str(&order_text(rivals, sweep.over, width));
    }
    text
}

/// At most so many places of a list, spread over it, both ends among them.
#[must_use]
pub fn few(length: usize, most: usize) -> Vec<usize> {
    if length <= most {
        return (0..length).collect();
    }
    (0..most).map(|number| number * (length - 1) / (most - 1).max(1)).collect()
}

/// The sweep for programs: amounts are texts, and exact.
#[must_use]
pub fn sweep_json(sweep: &Sweep<'_>) -> String {
    // A sweep has no value that JSON lacks.
    serde_json::to_string(sweep).map(|text| format!("{text}\n")).unwrap_or_default()
}

/// As a program reads it; a million points are written without a tree of them.
impl Serialize for Sweep<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("over", self.over)?;
        map.serialize_entry("over2", &self.over2)?;
        let series: Vec<_> =
            self.lines.iter().map(|line| serde_json::json!({"name": line.name, "workload": line.workload, "over2": line.second})).collect();
        map.serialize_entry("series", &series)?;
        map.serialize_entry("crossings", &self.rivals.iter().map(order_json).collect::<Vec<_>>())?;
        map.serialize_entry("points", &Points(self))?;
        map.end()
    }
}

struct Points<'a>(&'a Sweep<'a>);

impl Serialize for Points<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let point = |(at, value): (usize, &u64)| {
            let totals: Vec<Option<Decimal>> = self.0.lines.iter().map(|line| line.totals.get(at).copied()).collect();
            (*value, totals)
        };
        serializer.collect_seq(self.0.values.iter().enumerate().map(point))
    }
}

/// The sweep as CSV: a row for each value, a column for each line; with a second input a row for each pair of values.
#[must_use]
pub fn sweep_csv(sweep: &Sweep<'_>) -> String {
    let Some(over2) = sweep.over2 else {
        let head: Vec<String> = std::iter::once(sweep.over.to_owned()).chain(sweep.lines.iter().map(|line| line.name.clone())).collect();
        let mut text = csv_row(&head);
        for (at, value) in sweep.values.iter().enumerate() {
            push_row(&mut text, &[*value], sweep.lines.iter().filter_map(|line| line.totals.get(at)));
        }
        return text;
    };
    let mut seconds: Vec<Option<u64>> = sweep.lines.iter().map(|line| line.second).collect();
    seconds.sort_unstable();
    seconds.dedup();
    let of = |second: Option<u64>| sweep.lines.iter().filter(move |line| line.second == second);
    let names = seconds.first().into_iter().flat_map(|second| of(*second)).map(|line| line.workload.clone());
    let head: Vec<String> = [sweep.over.to_owned(), over2.to_owned()].into_iter().chain(names).collect();
    let mut text = csv_row(&head);
    for (at, value) in sweep.values.iter().enumerate() {
        for second in &seconds {
            push_row(&mut text, &[*value, second.unwrap_or_default()], of(*second).filter_map(|line| line.totals.get(at)));
        }
    }
    text
}

fn push_row<'a>(text: &mut String, values: &[u64], totals: impl Iterator<Item = &'a Decimal>) {
    use std::fmt::Write as _;
    // Writing to a string cannot fail, and numbers need no quotes.
    for (at, value) in values.iter().enumerate() {
        let _ = write!(text, "{}{value}", if at == 0 { "" } else { "," });
    }
    for total in totals {
        let _ = write!(text, ",{total}");
    }
    text.push('\n');
}
