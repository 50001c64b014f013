//! One key an answer, on a terminal.

use super::room::{Ending, Room};
use crate::cli::Failure;
use crate::cli::terminal::{Key, Terminal};
use crate::render::ExamScreen;
use crate::study::exam::{Effect, End, Over, Press};
use std::time::Duration;

/// The screen is drawn anew so often when nothing happens, so that the time left is not far off.
const PATIENCE: Duration = Duration::from_secs(60);

/// Rows of a terminal that does not say.
const ROWS: usize = 24;

/// Empties the screen and goes to its first place.
const CLEAR: &str = "\u{1b}[2J\u{1b}[H";

impl Room<'_> {
    /// Reads keys until the paper is handed in or left.
    pub(super) fn by_keys(&mut self) -> Result<Ending, Failure> {
        let mut terminal = self.edge.keys()?;
        let ending = self.keys(&mut terminal);
        self.edge.close(Some(terminal));
        self.edge.print("\n")?;
        ending
    }

    fn keys(&mut self, terminal: &mut Terminal) -> Result<Ending, Failure> {
        self.edge.print("\nAny key begins, q leaves.\n")?;
        loop {
            match next(terminal, PATIENCE)? {
                Key::Leave | Key::Sign('q') => return Ok(Ending::Left),
                Key::Resized => self.edge.measure(),
                Key::Quiet => {}
                Key::Sign(_) | Key::Enter | Key::Back | Key::Left | Key::Right | Key::Other => break,
            }
        }
        self.start_clock();
        let mut skipped = 0;
        loop {
            let screen = self.screen();
            let (shown, more) = window(&screen, rows(), skipped);
            self.edge.print(&format!("{CLEAR}{shown}"))?;
            let key = next(terminal, self.patience())?;
            if self.pass() {
                return Ok(Ending::HandedIn(End::TimeOver));
            }
            let step = rows().saturating_sub(screen.foot.lines().count() + 2).max(1);
            let press = match key {
                Key::Resized => {
                    self.edge.measure();
                    continue;
                }
                Key::Quiet => {
                    // Who is killed later loses a minute at most.
                    self.save()?;
                    continue;
                }
                // What is longer than the screen is read to its end first.
                Key::Sign(' ') | Key::Right if more => {
                    skipped += step;
                    continue;
                }
                Key::Left if skipped > 0 => {
                    skipped = skipped.saturating_sub(step);
                    continue;
                }
                Key::Leave => Press::Interrupt,
                Key::Sign(sign) => Press::Char(sign),
                Key::Enter => Press::Enter,
                Key::Back => Press::Backspace,
                Key::Left => Press::Left,
                Key::Right => Press::Right,
                Key::Other => Press::Escape,
            };
            let before = (self.sitting.at, self.desk.view, self.desk.over.is_some());
            match self.desk.press(&mut self.sitting, press) {
                Effect::Leave => return Ok(Ending::Left),
                Effect::Submit => return Ok(Ending::HandedIn(End::Submitted)),
                Effect::Changed => self.save()?,
                Effect::Shown => {}
            }
            if before != (self.sitting.at, self.desk.view, self.desk.over.is_some()) {
                skipped = 0;
            }
        }
    }

    /// How long to wait for a key: to the end of the time at most, unless the clock stands.
    fn patience(&self) -> Duration {
        let left = self.sitting.left_ms.filter(|_| self.desk.over != Some(Over::Paused));
        left.map_or(PATIENCE, |left| Duration::from_millis(left.max(1)).min(PATIENCE))
    }
}

fn next(terminal: &mut Terminal, patience: Duration) -> Result<Key, Failure> {
    terminal.key(Some(patience)).map_err(|source| Failure::Io { doing: "read a key".to_owned(), source })
}

fn rows() -> usize {
    terminal_size::terminal_size().map_or(ROWS, |(_, rows)| usize::from(rows.0))
}

/// As much of a screen as so many rows hold, without so many lines at its beginning; the foot is always there. Whether there is more is returned.
fn window(screen: &ExamScreen, rows: usize, skipped: usize) -> (String, bool) {
    let lines: Vec<&str> = screen.body.lines().collect();
    // One row is for the cursor.
    let room = rows.saturating_sub(screen.foot.lines().count() + 1).max(2);
    if lines.len() <= room {
        return (format!("{}{}", screen.body, screen.foot), false);
    }
    let shown = room - 1;
    let first = skipped.min(lines.len().saturating_sub(shown));
    let more = first + shown < lines.len();
    let mut text: String = lines.iter().skip(first).take(shown).map(|line| format!("{line}\n")).collect();
    text.push_str(if more { "-- more: space or down --\n" } else { "-- up shows the beginning --\n" });
    text.push_str(&screen.foot);
    (text, more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(lines: usize) -> ExamScreen {
        ExamScreen { body: (1..=lines).map(|line| format!("line {line}\n")).collect(), foot: "foot\nkeys\n".to_owned() }
    }

    #[test]
    fn what_fits_is_shown_whole_and_what_does_not_in_parts_that_lose_no_line() {
        assert_eq!(window(&screen(21), 24, 0), (format!("{}foot\nkeys\n", screen(21).body), false));
        let mut seen = std::collections::BTreeSet::new();
        let mut skipped = 0;
        loop {
            let (text, more) = window(&screen(70), 24, skipped);
            assert!(text.lines().count() < 24 && text.ends_with("foot\nkeys\n"), "{text}");
            seen.extend(text.lines().filter(|line| line.starts_with("line")).map(str::to_owned));
            if !more {
                break;
            }
            skipped += 20;
        }
        assert_eq!(seen.len(), 70);
    }
}
