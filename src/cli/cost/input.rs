//! What the commands of `kmsprep cost` read: price books, workloads, and values set on the command line.

use crate::cli::load::{self, RulebookChoice};
use crate::cli::{Failure, Format};
use crate::diag::{Diagnostic, Sources, Span};
use crate::doc::{self, Limits, Node};
use crate::pricing::workload::{self, Workload};
use crate::pricing::{Month, PriceBook, PricingError};
use crate::rulebook::{Rulebook, RulebookKind};
use clap::Args;
use std::borrow::Cow;
use std::path::{Path, PathBuf};

/// A workload has a line for each use, so it may be longer than a scenario.
pub(super) const LIMITS: Limits = Limits { bytes: 16 << 20, depth: 32, nodes: 2_000_000 };

/// Whose prices to go by.
#[derive(Debug, Args)]
pub(super) struct PriceArgs {
    /// A price book of your own, in the form of the one inside the program
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
}

/// What is changed in a workload before it is read.
#[derive(Debug, Args)]
pub(super) struct WorkloadArgs {
    /// Replace a value: uses.0.gets=1000000, keys.photos.rotation_days=90
    #[arg(long = "set", value_name = "PATH=VALUE")]
    set: Vec<String>,
    #[command(flatten)]
    prices: PriceArgs,
    /// Which rulebook to go by, whatever the file says
    #[arg(long, value_enum)]
    rulebook: Option<RulebookChoice>,
}

/// A workload with the prices that it is billed by.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) workload: Workload,
    pub(super) book: Cow<'static, PriceBook>,
    pub(super) rulebook: Rulebook,
}

impl PriceArgs {
    /// The price book.
    ///
    /// # Errors
    /// If the file cannot be read or used.
    pub(super) fn book(&self, sources: &mut Sources, format: Format) -> Result<Cow<'static, PriceBook>, Failure> {
        let Some(path) = &self.prices else { return Ok(Cow::Borrowed(PriceBook::standard())) };
        let text = load::text(path)?;
        PriceBook::read(sources, &path.display().to_string(), &text)
            .map(Cow::Owned)
            .map_err(|diagnostics| load::input(std::mem::take(sources), diagnostics, format))
    }
}

impl WorkloadArgs {
    /// Reads the workload in a file.
    ///
    /// # Errors
    /// If a file or a value cannot be used.
    pub(super) fn load(&self, path: &Path, format: Format) -> Result<Loaded, Failure> {
        let bytes = load::read_file_within(path, LIMITS)?;
        let mut sources = Sources::new();
        let node = doc::read_bytes(&mut sources, &path.display().to_string(), &bytes, LIMITS);
        self.finish(sources, node, format)
    }

    /// Reads a workload from text that a name stands for.
    ///
    /// # Errors
    /// If it or a value cannot be used.
    pub(super) fn load_text(&self, name: &str, text: &str, format: Format) -> Result<Loaded, Failure> {
        let mut sources = Sources::new();
        let node = doc::read(&mut sources, name, text, LIMITS);
        self.finish(sources, node, format)
    }

    fn finish(&self, mut sources: Sources, node: Result<Node, Vec<Diagnostic>>, format: Format) -> Result<Loaded, Failure> {
        let book = self.prices.book(&mut sources, format)?;
        let kind = self.rulebook.map(|choice| choice.rulebook().kind);
        match node.and_then(|node| self.read(&mut sources, node, &book, kind)) {
            Ok(workload) => Ok(Loaded { rulebook: Rulebook::of(workload.rulebook), workload, book }),
            Err(diagnostics) => Err(load::input(sources, diagnostics, format)),
        }
    }

    fn read(
        &self,
        sources: &mut Sources,
        mut node: Node,
        book: &PriceBook,
        kind: Option<RulebookKind>,
    ) -> Result<Workload, Vec<Diagnostic>> {
        for flag in &self.set {
            set(sources, &mut node, flag)?;
        }
        workload::read(&node, book, kind)
    }
}

/// Applies `PATH=VALUE`; what is wrong is shown within the flag.
///
/// # Errors
/// If there is no value, it is no YAML, or the path leads nowhere.
pub(super) fn set(sources: &mut Sources, node: &mut Node, flag: &str) -> Result<(), Vec<Diagnostic>> {
    let file = sources.add("--set", flag);
    let place = |from: usize, to: usize| {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { file, start: narrow(from), end: narrow(to) }
    };
    let Some((path, value)) = flag.split_once('=') else {
        let wrong = Diagnostic::error("cost/set", "a value is set as `PATH=VALUE`").at(place(0, flag.len()), "no `=` here");
        return Err(vec![wrong.help("like `--set uses.0.gets=1000000`")]);
    };
    let value = doc::read(sources, &format!("--set {path}"), value, Limits::default())?;
    workload::set(node, path, value).map_err(|error| {
        let from: usize = path.split('.').take(error.step).map(|step| step.len() + 1).sum();
        let to = path.get(from..).and_then(|rest| rest.find('.')).map_or(path.len(), |dot| from + dot);
        let wrong = Diagnostic::error("cost/set", error.message).at(place(from, to), "this step leads nowhere");
        vec![match error.help {
            Some(help) => wrong.help(help),
            None => wrong,
        }]
    })
}

/// The failure for a bill that cannot be drawn up.
pub(super) fn unpriced(error: &PricingError) -> Failure {
    Failure::Usage { message: error.to_string(), help: None }
}

/// Reads `--month`.
///
/// # Errors
/// If it is no month.
pub(super) fn month(text: &str) -> Result<Month, String> {
    Month::parse(text).ok_or_else(|| "expected a month like 2026-07".to_owned())
}
