//! A chart as text.

use super::frame::{Frame, Place};
use super::layout::on_line;
use super::{Chart, ChartError, MOST_MARKS, label, style, ticks};
use crate::render::{safe_line, wrap};
use unicode_width::UnicodeWidthStr;

/// How a chart looks on a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns of the whole chart.
    pub width: usize,
    /// Rows between the axes.
    pub rows: usize,
    /// Nothing but ASCII.
    pub plain: bool,
    /// Colour beside the symbols.
    pub color: bool,
}

/// What stands in one place between the axes.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    /// The series that pass here, one bit each.
    series: u8,
    /// The number of the mark here.
    mark: Option<usize>,
    /// Whether a mark stands above.
    below_mark: bool,
}

/// Characters of the frame.
struct Strokes {
    upright: &'static str,
    y_tick: &'static str,
    corner: &'static str,
    flat: char,
    x_tick: char,
    drop: char,
}

const DRAWN: Strokes = Strokes { upright: "│", y_tick: "┤", corner: "└", flat: '─', x_tick: '┬', drop: '┊' };
const PLAIN: Strokes = Strokes { upright: "|", y_tick: "+", corner: "+", flat: '-', x_tick: '+', drop: ':' };

/// The chart for a terminal. Lines that share a place take turns.
///
/// # Errors
/// If there is nothing to draw, or too many lines.
pub fn chart_text(chart: &Chart, look: Look) -> Result<String, ChartError> {
    let rows = look.rows.max(4);
    let wanted = (rows / 3).max(2);
    let frame = Frame::of(chart, wanted)?;
    let strokes = if look.plain { &PLAIN } else { &DRAWN };
    let named = frame.y.ticks(wanted);
    let labels = label::labels(&named, chart.y.scale, chart.y.unit);
    let margin = labels.iter().map(String::len).max().unwrap_or(0) + 2;
    // The last label of the x axis reaches beyond its tick.
    let columns = look.width.saturating_sub(margin + 4).max(16);
    let grid = Grid::of(chart, &frame, columns, rows);

    let mut text = String::new();
    for part in [&chart.title, &frame.y_title(&chart.y)] {
        text.push_str(&wrap(&safe_line(part), look.width, "", "  "));
        text.push('\n');
    }
    let tick_rows: Vec<usize> = named.iter().map(|tick| row_of(frame.y.share(*tick).unwrap_or_default(), rows)).collect();
    for row in 0..rows {
        let tick = tick_rows.iter().position(|at| *at == row).and_then(|index| labels.get(index));
        let axis = if tick.is_some() { strokes.y_tick } else { strokes.upright };
        let line = grid.line(row, look, strokes);
        text.push_str(&format!("{:>margin$} {axis}", tick.map_or("", String::as_str), margin = margin - 1));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text.push_str(&x_axis(chart, &frame, margin, columns, strokes));
    text.push_str(&key(chart, look));
    Ok(text)
}

/// The row of a share, the top row being 0.
fn row_of(share: f64, rows: usize) -> usize {
    let from_top = ((1.0 - share) * (rows - 1) as f64).round().max(0.0) as usize;
    from_top.min(rows - 1)
}

fn column_of(share: f64, columns: usize) -> usize {
    ((share * (columns - 1) as f64).round().max(0.0) as usize).min(columns - 1)
}

/// The places between the axes.
struct Grid {
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    fn of(chart: &Chart, frame: &Frame, columns: usize, rows: usize) -> Self {
        let mut grid = Grid { rows: vec![vec![Cell::default(); columns]; rows] };
        for (index, series) in chart.series.iter().enumerate() {
            for piece in frame.track(series, columns * 4) {
                grid.line_through(index, &piece, columns, rows);
            }
        }
        for (number, mark) in (1..).zip(chart.marks.iter().take(MOST_MARKS)) {
            let place = frame.place((mark.x, mark.y)).filter(|(x, y)| (0.0..=1.0).contains(x) && (0.0..=1.0).contains(y));
            let Some((x, y)) = place else { continue };
            let (column, row) = (column_of(x, columns), row_of(y, rows));
            grid.change(column, row, |cell| {
                cell.mark.get_or_insert(number);
            });
            for below in row + 1..rows {
                grid.change(column, below, |cell| cell.below_mark = true);
            }
        }
        grid
    }

    fn change(&mut self, column: usize, row: usize, change: impl FnOnce(&mut Cell)) {
        if let Some(cell) = self.rows.get_mut(row).and_then(|row| row.get_mut(column)) {
            change(cell);
        }
    }

    /// A place in every column that the line passes, and upright strokes where it climbs more than a row.
    fn line_through(&mut self, series: usize, line: &[Place], columns: usize, rows: usize) {
        let bit = 1_u8 << (series % 8);
        let share = |column: usize| column as f64 / (columns - 1) as f64;
        let mut before: Option<usize> = None;
        for column in 0..columns {
            let Some((_, y)) = on_line(line, share(column)) else { continue };
            let row = row_of(y, rows);
            self.change(column, row, |cell| cell.series |= bit);
            if let Some(last) = before {
                for between in last.min(row) + 1..last.max(row) {
                    self.change(column, between, |cell| cell.series |= bit);
                }
            }
            before = Some(row);
        }
        // A line shorter than a column has passed none.
        if let (None, Some((x, y))) = (before, line.first()) {
            self.change(column_of(*x, columns), row_of(*y, rows), |cell| cell.series |= bit);
        }
    }

    fn line(&self, row: usize, look: Look, strokes: &Strokes) -> String {
        let mut line = String::new();
        for (column, cell) in self.rows.get(row).into_iter().flatten().enumerate() {
            match (cell.mark.and_then(|number| char::from_digit(u32::try_from(number).unwrap_or(0), 10)), cell.series) {
                (Some(digit), _) => line.push(digit),
                (None, 0) if cell.below_mark => line.push(strokes.drop),
                (None, 0) => line.push(' '),
                (None, series) => {
                    let here: Vec<usize> = (0..8).filter(|index| series >> index & 1 == 1).collect();
                    let turn = here.get(column % here.len().max(1)).copied().unwrap_or(0);
                    line.push_str(&symbol(turn, look));
                }
            }
        }
        line
    }
}

fn symbol(series: usize, look: Look) -> String {
    let style = style::of(series);
    let glyph = if look.plain { style.plain } else { style.glyph };
    if look.color {
        let color = anstyle::Style::new().fg_color(Some(style.ansi.into()));
        format!("{color}{glyph}{color:#}")
    } else {
        glyph.to_string()
    }
}

fn x_axis(chart: &Chart, frame: &Frame, margin: usize, columns: usize, strokes: &Strokes) -> String {
    let named = frame.x.ticks((columns / 10).clamp(2, 8));
    let labels = label::labels(&named, chart.x.scale, chart.x.unit);
    let places: Vec<usize> = named.iter().map(|tick| column_of(frame.x.share(*tick).unwrap_or_default(), columns)).collect();
    let lengths: Vec<(f64, f64)> = places.iter().zip(&labels).map(|(at, label)| (*at as f64, label.len() as f64)).collect();
    let nth = ticks::apart(&lengths, 2.0);
    let ticks_at: Vec<usize> = ticks::every(&places, nth);
    let axis: String = (0..columns).map(|column| if ticks_at.contains(&column) { strokes.x_tick } else { strokes.flat }).collect();
    let mut numbers = String::new();
    for (at, label) in ticks_at.iter().zip(ticks::every(&labels, nth)) {
        let start = (margin + 1 + at).saturating_sub(label.len() / 2);
        numbers.push_str(&" ".repeat(start.saturating_sub(numbers.len())));
        numbers.push_str(&label);
    }
    let title = safe_line(&chart.x.title);
    let indent = " ".repeat((margin + 1 + columns / 2).saturating_sub(title.width() / 2));
    format!("{}{}{axis}\n{numbers}\n{}\n", " ".repeat(margin), strokes.corner, wrap(&title, margin + columns + 1, &indent, "  "))
}

/// The legend, then the marks.
fn key(chart: &Chart, look: Look) -> String {
    let mut text = String::new();
    let names: Vec<String> = chart.series.iter().map(|series| safe_line(&series.name).into_owned()).collect();
    let together: usize = names.iter().map(|name| name.width() + 5).sum();
    if together <= look.width {
        let entries: Vec<String> = names.iter().enumerate().map(|(index, name)| format!("{} {name}", symbol(index, look))).collect();
        text.push_str(&format!("  {}\n", entries.join("   ")));
    } else {
        for (index, name) in names.iter().enumerate() {
            let wrapped = wrap(name, look.width.saturating_sub(4), "", "    ");
            text.push_str(&format!("  {} {wrapped}\n", symbol(index, look)));
        }
    }
    for (number, mark) in (1..=MOST_MARKS).zip(&chart.marks) {
        text.push_str(&wrap(&safe_line(&mark.label), look.width, &format!("  {number} "), "    "));
        text.push('\n');
    }
    text
}
