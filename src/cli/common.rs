//! What the commands of a learner take alike.

use super::{Format, edge};
use crate::cloud::{Instant, parse_instant};
use clap::Args;
use std::path::PathBuf;

/// What the commands of a learner take alike.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Form of the output; where something goes on, json is one object a line
    #[arg(long, value_enum, default_value_t)]
    pub(super) format: Format,
    /// A folder with more questions and scenarios
    #[arg(long, value_name = "DIR")]
    pub(super) pack: Vec<PathBuf>,
    /// The time to go by, for tests: the clock stands
    #[arg(long, value_name = "TIME", hide = true, value_parser = instant)]
    pub(super) now: Option<Instant>,
}

fn instant(text: &str) -> Result<Instant, String> {
    parse_instant(text).ok_or_else(|| "expected a time such as 2026-03-01T12:00:00Z".to_owned())
}

impl Common {
    /// The time to go by.
    pub(super) fn now(&self) -> Instant {
        self.now.unwrap_or_else(edge::now)
    }
}
