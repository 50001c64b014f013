//! One line an answer: without a terminal, for programs, and for screen readers.

use super::room::{Ending, Room};
use crate::cli::{Failure, Format};
use crate::render;
use crate::study::exam::{Effect, End};
use std::io::{self, BufRead as _};

impl Room<'_> {
    /// Reads lines until the paper is handed in or left.
    pub(super) fn by_lines(&mut self) -> Result<Ending, Failure> {
        self.start_clock();
        self.show_all()?;
        loop {
            let Some(line) = self.line()? else {
                self.pass();
                return Ok(if self.shelf.keeps() { Ending::Left } else { Ending::HandedIn(End::Submitted) });
            };
            if self.pass() {
                self.say("The time is over: what is answered is handed in, without this line.")?;
                return Ok(Ending::HandedIn(End::TimeOver));
            }
            let before = (self.sitting.at, self.desk.view, self.desk.over.clone());
            let effect = self.desk.line(&mut self.sitting, &line);
            match effect {
                Effect::Leave => return Ok(Ending::Left),
                Effect::Submit => return Ok(Ending::HandedIn(End::Submitted)),
                Effect::Changed => self.save()?,
                Effect::Shown => {}
            }
            if before == (self.sitting.at, self.desk.view, self.desk.over.clone()) { self.show_note()? } else { self.show_all()? }
        }
    }

    /// One line, or nothing at the end of the input. Nobody at a pipe reads a prompt.
    fn line(&mut self) -> Result<Option<String>, Failure> {
        if self.edge.interactive && self.args.format == Format::Text {
            self.edge.print("> ")?;
        }
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line).map_err(|source| Failure::Io { doing: "read an answer".to_owned(), source })?;
        Ok((read > 0).then_some(line))
    }

    fn show_all(&mut self) -> Result<(), Failure> {
        match self.args.format {
            Format::Text => {
                let screen = self.screen();
                self.edge.print(&format!("\n{}{}", screen.body, screen.foot))
            }
            Format::Json => {
                let value = render::exam_screen_json(&self.sitting, &self.items.questions, &self.desk);
                self.edge.print_json_line(&value)
            }
        }
    }

    /// Where nothing else is to be seen, what the line came to is enough.
    fn show_note(&mut self) -> Result<(), Failure> {
        match (self.args.format, self.desk.note.clone()) {
            (Format::Text, Some(note)) => self.say(&note),
            (Format::Text, None) => {
                let foot = self.screen().foot;
                self.edge.print(&foot)
            }
            (Format::Json, _) => self.show_all(),
        }
    }
}
