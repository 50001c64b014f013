//! Prompts: single keys on a terminal, lines in a pipe and for screen readers.

use super::entry::{Draft, Entered, Pressed, Shape, level, parse};
use crate::cli::terminal::{Key, Terminal};
use crate::cli::{Edge, Failure};
use std::io::{self, BufRead as _};

/// Forgets what stands on the line of a prompt.
const ANEW: &str = "\r\u{1b}[K";

/// How a confidence was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sure {
    /// From 1 to 3, or no say.
    Level(Option<u8>),
    /// The answer before is to be another one.
    Back,
    /// The learner leaves.
    Leave,
}

/// Where answers come from.
#[derive(Debug)]
pub(super) struct Input {
    terminal: Option<Terminal>,
    /// Whether somebody reads prompts.
    talks: bool,
}

impl Input {
    /// Opens the terminal for single keys, if somebody sits there and did not ask for plain text.
    pub(super) fn open(edge: &mut Edge, talks: bool) -> Result<Self, Failure> {
        let terminal = if talks && edge.takes_keys() { Some(edge.keys()?) } else { None };
        Ok(Input { terminal, talks })
    }

    /// Puts the terminal back.
    pub(super) fn close(&mut self, edge: &mut Edge) {
        edge.close(self.terminal.take());
    }

    /// Whether somebody is asked.
    pub(super) fn talks(&self) -> bool {
        self.talks
    }

    /// Whether keys count one by one.
    pub(super) fn has_keys(&self) -> bool {
        self.terminal.is_some()
    }

    /// One answer or command; nothing at the end of the input. `again` shows what is asked once more, for a window of another size.
    pub(super) fn answer(
        &mut self,
        edge: &mut Edge,
        shape: Shape,
        prompt: &str,
        again: &dyn Fn(usize) -> String,
    ) -> Result<Option<(Entered, String)>, Failure> {
        if self.terminal.is_none() {
            return Ok(self.line(edge, prompt)?.map(|line| (parse(&line, shape), line)));
        }
        let mut draft = Draft::new(shape);
        edge.print(&format!("\n{prompt}\n> "))?;
        loop {
            let key = self.key()?;
            if key == Key::Resized {
                edge.measure();
                edge.print(&format!("{ANEW}{}\n{prompt}\n> {}", again(edge.width), draft.shown()))?;
                continue;
            }
            match draft.press(key) {
                Pressed::Done(entered) => {
                    let shown = match &entered {
                        Entered::Options(indices, _) => indices.iter().map(|index| crate::render::letter(*index)).collect(),
                        Entered::Number(figures, _) => figures.clone(),
                        Entered::Hint | Entered::Skip | Entered::Quit | Entered::Help | Entered::Unclear => String::new(),
                    };
                    edge.print(&format!("{ANEW}> {shown}\n"))?;
                    return Ok(Some((entered, String::new())));
                }
                Pressed::Changed => edge.print(&format!("{ANEW}> {}", draft.shown()))?,
                Pressed::Missing(what) => edge.print(&format!("{ANEW}> {}   ({what})", draft.shown()))?,
                Pressed::Unknown => edge.print(&format!("{ANEW}> {}   (? lists the keys)", draft.shown()))?,
            }
        }
    }

    /// How sure the learner is.
    pub(super) fn confidence(&mut self, edge: &mut Edge) -> Result<Sure, Failure> {
        if self.terminal.is_none() {
            loop {
                let Some(line) = self.line(edge, "How sure?  1 guess  2 fairly  3 sure  Enter no say")? else {
                    return Ok(Sure::Leave);
                };
                match line.trim() {
                    "" => return Ok(Sure::Level(None)),
                    "q" => return Ok(Sure::Leave),
                    text => match text.chars().next().and_then(level).filter(|_| text.len() == 1) {
                        Some(level) => return Ok(Sure::Level(Some(level))),
                        None => edge.print("Type 1, 2 or 3, or Enter.\n")?,
                    },
                }
            }
        }
        edge.print("How sure?  1 guess  2 fairly  3 sure  Enter no say  Backspace change\n> ")?;
        loop {
            let (shown, sure) = match self.key()? {
                Key::Enter | Key::Sign(' ') => ("", Sure::Level(None)),
                Key::Leave | Key::Sign('q') => ("", Sure::Leave),
                Key::Back => ("", Sure::Back),
                Key::Sign(sign) => match level(sign) {
                    Some(1) => ("guess", Sure::Level(Some(1))),
                    Some(2) => ("fairly", Sure::Level(Some(2))),
                    Some(_) => ("sure", Sure::Level(Some(3))),
                    None => continue,
                },
                Key::Resized => {
                    edge.measure();
                    continue;
                }
                Key::Left | Key::Right | Key::Quiet | Key::Other => continue,
            };
            edge.print(&format!("{ANEW}> {shown}\n"))?;
            return Ok(sure);
        }
    }

    /// One of the keys, or Enter; other keys do nothing. `None` if the learner leaves. Nobody at a pipe is asked.
    pub(super) fn choice(&mut self, edge: &mut Edge, prompt: &str, keys: &[char]) -> Result<Option<char>, Failure> {
        const ENTER: char = '\n';
        if !self.talks {
            return Ok(Some(ENTER));
        }
        if self.terminal.is_none() {
            let line = self.line(edge, prompt)?;
            let sign = line.map(|line| line.trim().to_ascii_lowercase().chars().next().unwrap_or(ENTER));
            return Ok(sign.filter(|sign| *sign != 'q'));
        }
        edge.print(&format!("\n{prompt}"))?;
        loop {
            let sign = match self.key()? {
                Key::Enter | Key::Right | Key::Sign(' ' | 'n') => Some(ENTER),
                Key::Leave | Key::Sign('q') => None,
                Key::Sign(sign) if keys.contains(&sign) => Some(sign),
                Key::Resized => {
                    edge.measure();
                    continue;
                }
                Key::Sign(_) | Key::Left | Key::Back | Key::Quiet | Key::Other => continue,
            };
            edge.print(&format!("{ANEW}\n"))?;
            return Ok(sign);
        }
    }

    /// One line, or nothing at the end of the input. Nobody at a pipe reads a prompt.
    pub(super) fn line(&mut self, edge: &mut Edge, prompt: &str) -> Result<Option<String>, Failure> {
        if self.talks {
            edge.print(&format!("\n{prompt}\n> "))?;
        }
        let failed = |source| Failure::Io { doing: "read an answer".to_owned(), source };
        if let Some(terminal) = &mut self.terminal {
            return terminal.line().map_err(failed);
        }
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_until(b'\n', &mut bytes).map_err(failed)?;
        // Bytes that are no text are no answer, and no reason to stop.
        Ok((read > 0).then(|| String::from_utf8_lossy(&bytes).into_owned()))
    }

    fn key(&mut self) -> Result<Key, Failure> {
        let Some(terminal) = &mut self.terminal else { return Ok(Key::Leave) };
        terminal.key(None).map_err(|source| Failure::Io { doing: "read a key".to_owned(), source })
    }
}
