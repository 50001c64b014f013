//! A question inside the world of a scenario: its keys, grants and states, and what its checks have done so far.

use super::QuestionArgs;
use crate::authz::change::{Attempt, Suggestion, suggest};
use crate::cli::scenario::{Filling, answers};
use crate::cli::{Edge, Exit, Failure, Format, load};
use crate::diag::{Sources, Span};
use crate::doc::{self, Limits, Node, NodeKind};
use crate::kms::{Operation, Request};
use crate::render::{self, AuthzReport};
use crate::scenario::{Asked, Document, ask, instantiate};
use clap::Args;

/// Which world, and what is asked in it.
#[derive(Debug, Args)]
pub(super) struct WorldArgs {
    /// Ask inside the world of a scenario: its id, or a path to a file
    #[arg(long = "world", value_name = "SCENARIO")]
    pub(super) scenario: Option<String>,
    #[command(flatten)]
    source: Filling,
    /// Ask what a check of the scenario asks, after all that stands before it
    #[arg(long, value_name = "CHECK", requires = "scenario", conflicts_with_all = ["principal", "after"])]
    check: Option<String>,
    /// Ask after this check of the scenario; without it at the start
    #[arg(long, value_name = "CHECK", requires = "scenario")]
    after: Option<String>,
    /// The parameters of the call, as YAML: '{ KeyId: LABEL, EncryptionContext: { Department: Finance } }'
    #[arg(long, value_name = "YAML", requires = "scenario")]
    with: Option<String>,
}

/// The name of the check that a question of flags becomes.
const QUESTION: &str = "the question";

/// Answers the question.
///
/// # Errors
/// If scenario, answers or question cannot be used.
pub(super) fn run(edge: &mut Edge, args: &QuestionArgs) -> Result<Exit, Failure> {
    let name = args.world.scenario.as_deref().unwrap_or_default();
    let mut sources = Sources::new();
    let mut document = load::scenario(&mut sources, name, args.format)?;
    let source = &args.world.source;
    let answers = answers(&mut sources, &document, name, source, args.format)?;
    let check = match &args.world.check {
        Some(check) => check.clone(),
        None => {
            let question = question(&mut sources, args)?;
            document.checks = with_check(&document, question);
            QUESTION.to_owned()
        }
    };
    let instance = instantiate(&document, &answers, source.rulebook.rulebook())
        .map_err(|diagnostics| load::input(std::mem::take(&mut sources), diagnostics, args.format))?;
    let asked = ask(&instance, &check, args.world.after.as_deref(), args.world.check.is_some()).map_err(|error| {
        let known: Vec<&str> = instance.checks.iter().map(|check| check.name.as_str()).collect();
        Failure::Usage { message: error.to_string(), help: Some(format!("its checks: {}", known.join(", "))) }
    })?;
    let traces: Vec<_> = asked.reason.iter().filter_map(|reason| reason.trace.as_deref().cloned()).collect();
    let suggestions = suggestions(args, &asked);
    let report = AuthzReport {
        outcome: outcome(&asked),
        allowed: asked.outcome.is_ok(),
        principal: instance.names.readable(&asked.caller.principal.arn),
        action: asked.operation.clone(),
        resource: String::new(),
        message: asked.outcome.as_ref().err().map(|error| error.message.as_str()),
        reason: asked.reason.as_deref(),
        traces: &traces,
        suggestions: &suggestions,
        readable: &|text| instance.names.readable(text),
        warnings: &[],
        sources: &sources,
    };
    match args.format {
        Format::Text => edge.print(&render::authz_text(&report, args.whole, edge.width))?,
        Format::Json => edge.print_json(&render::authz_json(&report))?,
    }
    Ok(if asked.outcome.is_ok() { Exit::Passed } else { Exit::Failed })
}

/// What would change the decision; of calls to other services than KMS nothing is known.
fn suggestions(args: &QuestionArgs, asked: &Asked) -> Vec<Suggestion> {
    let operation = asked.operation.strip_prefix("kms:").and_then(Operation::parse);
    let request = operation.and_then(|operation| Request::from_json(operation, &asked.members).ok());
    match (request, args.wanted(asked.outcome.is_ok())) {
        (Some(request), Some(wanted)) => suggest(&Attempt::new(&asked.before, &asked.caller, &request), wanted),
        _ => Vec::new(),
    }
}

/// The decision, or the error that has nothing to do with permissions.
fn outcome(asked: &Asked) -> String {
    match (&asked.outcome, asked.reason.as_ref().and_then(|reason| reason.trace.as_ref())) {
        (Ok(_), _) => "Allow".to_owned(),
        (Err(_), Some(trace)) if trace.decision != "Allow" => trace.decision.to_owned(),
        (Err(error), _) => error.code.to_string(),
    }
}

/// The check that stands for a question of flags.
fn question(sources: &mut Sources, args: &QuestionArgs) -> Result<Node, Failure> {
    let (Some(principal), Some(action)) = (&args.principal, &args.action) else {
        return Err(Failure::Usage {
            message: "there is no question".to_owned(),
            help: Some(
                "write `--as arn:aws:iam::ACCOUNT:role/NAME --action kms:Decrypt --with '{ KeyId: LABEL }'`, or `--check NAME`".to_owned(),
            ),
        });
    };
    let quoted = |text: &str| serde_json::Value::String(text.to_owned()).to_string();
    let with = args.world.with.as_deref().unwrap_or("{}");
    let text = format!("name: {QUESTION}\nas: {}\ncall: {}\nexpect: ok\nwith: {with}\n", quoted(principal), quoted(action));
    doc::read(sources, "the command line", &text, Limits::default())
        .map_err(|diagnostics| load::input(std::mem::take(sources), diagnostics, args.format))
}

/// The checks of a scenario with one more at their end.
fn with_check(document: &Document, check: Node) -> Node {
    let mut items = document.checks.as_sequence().map(<[Node]>::to_vec).unwrap_or_default();
    let span: Span = document.checks.span;
    items.push(check);
    Node { kind: NodeKind::Sequence(items), span }
}
