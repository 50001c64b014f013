//! `kmsprep scenario list | show | run | solve`.

use super::load::{self, RulebookChoice};
use super::verdict::{Showing, verdict};
use super::{Edge, Exit, Failure, Format, solve};
use crate::cloud::FilterPattern;
use crate::content;
use crate::diag::Sources;
use crate::doc::{self, Limits};
use crate::render::{self};
use crate::scenario::{Answer, Answers, Document, lower, read_answers};
use clap::{Args, Subcommand};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// `kmsprep scenario`.
#[derive(Debug, Args)]
pub(super) struct ScenarioArgs {
    #[command(subcommand)]
    command: ScenarioCommand,
}

#[derive(Debug, Subcommand)]
enum ScenarioCommand {
    /// Lists the scenarios
    List {
        /// Only those with one of these topics
        topics: Vec<String>,
        /// Form of the output
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Shows a scenario: what is asked, and the decisions with their options
    Show {
        /// Its id, or a path to a file
        scenario: String,
        /// Show the hints as well
        #[arg(long)]
        hints: bool,
        /// Form of the output
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Runs a scenario with answers and prints the verdict; exits with 0 if every check passes
    Run(RunArgs),
    /// Asks for every decision, then runs the scenario and says why
    Solve {
        /// Its id, or a path to a file
        scenario: String,
        /// Which rulebook to go by
        #[arg(long, value_enum, default_value_t)]
        rulebook: RulebookChoice,
        /// Form of the verdict; with json one answer a line is read from standard input, and nothing else is printed
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// How the holes of a scenario are filled.
#[derive(Debug, Args)]
pub(super) struct Filling {
    /// A YAML file with the answers: `decision: option`, or a value of your own
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// One answer; several options of a decision are joined with `+`
    #[arg(long = "set", value_name = "DECISION=OPTION")]
    set: Vec<String>,
    /// Which rulebook to go by
    #[arg(long, value_enum, default_value_t)]
    pub(super) rulebook: RulebookChoice,
}

/// What was filled in, as text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct FilledIn {
    /// The name of the file with answers, and what it says.
    answers: Option<(String, String)>,
    /// The single answers.
    set: Vec<String>,
}

impl Filling {
    /// What is filled in.
    ///
    /// # Errors
    /// If the file with answers cannot be read.
    pub(super) fn read(&self) -> Result<FilledIn, Failure> {
        let file = |path: &PathBuf| load::text(path).map(|text| (path.display().to_string(), text));
        Ok(FilledIn { answers: self.answers.as_ref().map(file).transpose()?, set: self.set.clone() })
    }

    /// Whether anything is.
    pub(super) fn is_empty(&self) -> bool {
        self.answers.is_none() && self.set.is_empty()
    }
}

#[derive(Debug, Args)]
struct RunArgs {
    /// Its id, or a path to a file
    scenario: String,
    #[command(flatten)]
    filling: Filling,
    /// Print the records of the run's trail instead of the verdict, one a line; with a filter pattern of CloudWatch Logs
    /// only those that match
    #[arg(long, value_name = "PATTERN", num_args = 0..=1, default_missing_value = "")]
    trail: Option<String>,
    /// Print the answers without what no check needs instead of the verdict, as a file for `--answers`
    #[arg(long, conflicts_with = "trail")]
    trimmed: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// If a scenario or answer cannot be used.
pub(super) fn run(edge: &mut Edge, args: &ScenarioArgs) -> Result<Exit, Failure> {
    match &args.command {
        ScenarioCommand::List { topics, format } => list(edge, topics, *format),
        ScenarioCommand::Show { scenario, hints, format } => show(edge, scenario, *hints, *format),
        ScenarioCommand::Run(args) => run_once(edge, args),
        ScenarioCommand::Solve { scenario, rulebook, format } => solve::run(edge, scenario, rulebook.rulebook(), *format),
    }
}

/// The scenarios of the bundle.
///
/// # Errors
/// If one is wrong.
pub(super) fn bundled(sources: &mut Sources, format: Format) -> Result<Vec<Document>, Failure> {
    content::SCENARIOS
        .iter()
        .map(|file| {
            doc::read(sources, file.name, file.text, Limits::default())
                .and_then(|node| lower(&node))
                .map_err(|diagnostics| load::input(std::mem::take(sources), diagnostics, format))
        })
        .collect()
}

fn list(edge: &mut Edge, topics: &[String], format: Format) -> Result<Exit, Failure> {
    let documents = bundled(&mut Sources::new(), format)?;
    let wanted: Vec<&Document> =
        documents.iter().filter(|document| topics.is_empty() || document.topics.iter().any(|topic| topics.contains(topic))).collect();
    match format {
        Format::Text => edge.print(&render::scenario_list(&wanted, edge.width))?,
        Format::Json => edge.print_json(&render::scenario_list_json(&wanted))?,
    }
    Ok(Exit::Passed)
}

fn show(edge: &mut Edge, name: &str, hints: bool, format: Format) -> Result<Exit, Failure> {
    let document = load::scenario(&mut Sources::new(), name, format)?;
    match format {
        Format::Text => edge.print(&render::scenario_text(&document, hints, edge.width))?,
        Format::Json => edge.print_json(&render::scenario_json(&document))?,
    }
    Ok(Exit::Passed)
}

fn run_once(edge: &mut Edge, args: &RunArgs) -> Result<Exit, Failure> {
    let showing = match &args.trail {
        Some(pattern) => Showing::Trail(filter(pattern)?, args.format),
        None if args.trimmed => Showing::Trimmed(args.format),
        None => Showing::Verdict(args.format),
    };
    let mut sources = Sources::new();
    let document = load::scenario(&mut sources, &args.scenario, args.format)?;
    let answers = answers(&mut sources, &document, &args.scenario, &args.filling, args.format)?;
    verdict(edge, &mut sources, &document, &answers, args.filling.rulebook.rulebook(), showing)
}

/// The answers to all decisions, from a file and from the command line.
///
/// # Errors
/// If one is missing or cannot be used.
pub(super) fn answers(
    sources: &mut Sources,
    document: &Document,
    scenario: &str,
    filling: &Filling,
    format: Format,
) -> Result<Answers, Failure> {
    answers_of(sources, document, scenario, &filling.read()?, format)
}

/// The answers to all decisions, from what was filled in.
///
/// # Errors
/// If one is missing or cannot be used.
pub(super) fn answers_of(
    sources: &mut Sources,
    document: &Document,
    scenario: &str,
    filled: &FilledIn,
    format: Format,
) -> Result<Answers, Failure> {
    let mut answers = match &filled.answers {
        Some((name, text)) => doc::read(sources, name, text, Limits::default())
            .and_then(|node| read_answers(document, &node))
            .map_err(|diagnostics| load::input(std::mem::take(sources), diagnostics, format))?,
        None => Answers::new(),
    };
    for text in &filled.set {
        let (decision, answer) = setting(document, text)?;
        answers.insert(decision, answer);
    }
    let missing: Vec<&str> =
        document.decisions.iter().map(|decision| decision.name.as_str()).filter(|name| !answers.contains_key(*name)).collect();
    if missing.is_empty() {
        return Ok(answers);
    }
    Err(Failure::Usage {
        message: format!("no answer for {}", missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
        help: Some(format!("add `--set {}=OPTION`; `kmsprep scenario show {scenario}` lists the options", missing.first().unwrap_or(&""),)),
    })
}

fn filter(pattern: &str) -> Result<FilterPattern, Failure> {
    FilterPattern::parse(pattern).map_err(|error| Failure::Usage {
        message: format!("`{pattern}` is no filter pattern: {error}"),
        help: Some("write for example `--trail '{ $.eventName = \"Decrypt\" && $.errorCode = * }'`".to_owned()),
    })
}

/// `DECISION=OPTION`, or `DECISION=OPTION+OPTION`.
fn setting(document: &Document, text: &str) -> Result<(String, Answer), Failure> {
    let usage = |message: String, help: Option<String>| Failure::Usage { message, help };
    let (name, options) =
        text.split_once('=').ok_or_else(|| usage(format!("`{text}` is no answer"), Some("write `--set DECISION=OPTION`".to_owned())))?;
    let decision = document.decision(name).ok_or_else(|| {
        let legal = document.decisions.iter().map(|decision| decision.name.as_str());
        usage(format!("the scenario has no decision `{name}`"), crate::diag::suggestion(name, legal))
    })?;
    let chosen: Vec<String> = options.split('+').map(str::to_owned).collect();
    if let Some(unknown) = chosen.iter().find(|option| decision.option(option).is_none()) {
        let legal = decision.options.iter().map(|option| option.name.as_str());
        return Err(usage(format!("decision `{name}` has no option `{unknown}`"), crate::diag::suggestion(unknown, legal)));
    }
    if chosen.len() != decision.choose {
        return Err(usage(format!("decision `{name}` takes {} options, and {} are given", decision.choose, chosen.len()), None));
    }
    Ok((name.to_owned(), Answer::Options(chosen)))
}
