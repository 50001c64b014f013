//! The room in which a paper is sat: what reads, shows, saves and keeps the clock.

use super::look;
use super::shelf::Shelf;
use crate::cli::common::Common;
use crate::cli::drill::items::Items;
use crate::cli::{Edge, Exit, Failure, Format, edge};
use crate::render;
use crate::study::exam::{Desk, End, Sitting};
use serde_json::json;
use std::time;

/// How the sitting of a paper ends for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// It is handed in.
    HandedIn(End),
    /// The learner left.
    Left,
}

/// A paper that is being sat.
pub(super) struct Room<'r> {
    pub(super) edge: &'r mut Edge,
    pub(super) args: &'r Common,
    pub(super) items: &'r Items,
    pub(super) shelf: Shelf,
    pub(super) sitting: Sitting,
    pub(super) desk: Desk,
    /// When the clock was looked at last; it stands where the time is given.
    looked: Option<time::Instant>,
}

impl<'r> Room<'r> {
    pub(super) fn new(edge: &'r mut Edge, args: &'r Common, items: &'r Items, shelf: Shelf, sitting: Sitting) -> Self {
        Room { edge, args, items, shelf, sitting, desk: Desk::default(), looked: None }
    }

    /// Sits the paper until it is handed in or left.
    pub(super) fn sit(mut self) -> Result<Exit, Failure> {
        self.save()?;
        let by_keys = self.args.format == Format::Text && self.edge.takes_keys();
        let ending = if by_keys { self.by_keys()? } else { self.by_lines()? };
        match ending {
            Ending::HandedIn(end) => self.hand_in(end),
            Ending::Left => self.leave(),
        }
    }

    /// Lets the clock run from now on.
    pub(super) fn start_clock(&mut self) {
        self.looked = self.args.now.is_none().then(edge::tick);
    }

    /// Lets the time pass since the last call. Whether it is over is returned.
    pub(super) fn pass(&mut self) -> bool {
        if let Some(looked) = self.looked {
            let now = edge::tick();
            let milliseconds = u64::try_from(now.duration_since(looked).as_millis()).unwrap_or(u64::MAX);
            self.desk.pass(&mut self.sitting, milliseconds);
            // What is less than a millisecond stays for the next time.
            self.looked = Some(looked + time::Duration::from_millis(milliseconds));
        }
        self.sitting.is_over()
    }

    pub(super) fn save(&mut self) -> Result<(), Failure> {
        self.shelf.save(&self.sitting)
    }

    pub(super) fn screen(&self) -> render::ExamScreen {
        render::exam_screen(&self.sitting, &self.items.questions, &self.desk, look(self.edge))
    }

    /// Tells what the bank has otherwise than when the sitting was saved.
    pub(super) fn differences(&mut self) -> Result<(), Failure> {
        for told in render::exam_differences(&self.sitting, &self.items.questions) {
            self.say(&told)?;
        }
        Ok(())
    }

    /// A sentence beside the screens.
    pub(super) fn say(&mut self, text: &str) -> Result<(), Failure> {
        self.edge.say(self.args.format, text)
    }

    fn leave(mut self) -> Result<Exit, Failure> {
        self.save()?;
        let open = self.sitting.open();
        if self.args.format == Format::Json {
            self.edge.print_json_line(&json!({"type": "left", "sitting": self.sitting.id, "open": open, "kept": self.shelf.keeps()}))?;
        } else if self.shelf.keeps() {
            let id = self.sitting.id.clone();
            self.say(&format!("Exam {id} is saved with {open} open. kmsprep exam resume goes on; the clock stands until then, which in the real exam it would not."))?;
        } else {
            self.say("Nothing of this exam was kept.")?;
        }
        Ok(Exit::Failed)
    }
}
