//! `authz matrix`: who may do what with a key of a scenario.

use crate::authz::matrix;
use crate::cli::scenario::{Filling, answers};
use crate::cli::{Edge, Exit, Failure, Format, load};
use crate::diag::Sources;
use crate::kms::EncryptionContext;
use crate::render;
use crate::scenario::instantiate;
use clap::Args;

/// `kmsprep authz matrix`.
#[derive(Debug, Args)]
pub(super) struct MatrixArgs {
    /// The scenario: its id, or a path to a file
    #[arg(long = "world", value_name = "SCENARIO")]
    scenario: String,
    #[command(flatten)]
    source: Filling,
    /// The key, by its label; may be left out where there is one
    #[arg(long, value_name = "LABEL")]
    key: Option<String>,
    /// The service that forwards the requests, like s3
    #[arg(long, value_name = "SERVICE")]
    via: Option<String>,
    /// A pair of the encryption context of the requests
    #[arg(long, value_name = "NAME=VALUE")]
    context: Vec<String>,
    /// Show the actions that nobody may do, too
    #[arg(long)]
    all: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Draws the matrix.
///
/// # Errors
/// If scenario, answers or key cannot be used.
pub(super) fn run(edge: &mut Edge, args: &MatrixArgs) -> Result<Exit, Failure> {
    let mut sources = Sources::new();
    let document = load::scenario(&mut sources, &args.scenario, args.format)?;
    let source = &args.source;
    let answers = answers(&mut sources, &document, &args.scenario, source, args.format)?;
    let mut instance = instantiate(&document, &answers, source.rulebook.rulebook())
        .map_err(|diagnostics| load::input(std::mem::take(&mut sources), diagnostics, args.format))?;
    let usage = |message: String, help: String| Failure::Usage { message, help: Some(help) };
    let labels: Vec<String> = instance.world.kms.keys().filter_map(|key| instance.names.key_label(&key.arn)).map(str::to_owned).collect();
    let wanted = match (&args.key, labels.as_slice()) {
        (Some(label), _) => label.clone(),
        (None, [only]) => only.clone(),
        (None, _) => return Err(usage("the world has several keys".to_owned(), format!("add `--key` with one of {}", labels.join(", ")))),
    };
    let key = instance.world.kms.keys().find(|key| instance.names.key_label(&key.arn) == Some(wanted.as_str())).cloned();
    let key = key.ok_or_else(|| usage(format!("the world has no key `{wanted}`"), format!("its keys: {}", labels.join(", "))))?;
    let mut context = EncryptionContext::new();
    for pair in &args.context {
        let (name, value) =
            pair.split_once('=').ok_or_else(|| usage(format!("`{pair}` is no pair"), "write `--context NAME=VALUE`".to_owned()))?;
        context.insert(name.to_owned(), value.to_owned());
    }
    let region = key.region;
    let via = args.via.as_deref().map(|service| super::single::via(service, region)).transpose()?.map(|via| via.service);
    let found = matrix(&mut instance.world, &key, region, via, &context);
    let readable = |text: &str| instance.names.readable(text);
    match args.format {
        Format::Text => edge.print(&render::matrix_text(&found, &wanted, args.all, readable, edge.width))?,
        Format::Json => edge.print_json(&render::matrix_json(&found, &wanted))?,
    }
    Ok(Exit::Passed)
}
