//! Policies from files, for a question of flags; and what to warn of in them.

use crate::authz::{Subject, review as warnings_of};
use crate::cli::{Edge, Exit, Failure, Format, load};
use crate::diag::Sources;
use crate::doc::{Node, Pair};
use crate::iam::{Policy, PolicyKind};
use crate::render;
use clap::Args;
use std::path::{Path, PathBuf};

/// The policies of a question.
#[derive(Debug, Args)]
pub(super) struct PolicyArgs {
    /// The key that is asked for
    #[arg(long, value_name = "KEY-ARN")]
    pub(super) resource: Option<String>,
    /// The key policy
    #[arg(long, value_name = "FILE")]
    pub(super) key_policy: Option<PathBuf>,
    /// An identity-based policy of the caller; may be given several times
    #[arg(long = "identity-policy", value_name = "FILE")]
    pub(super) identity: Vec<PathBuf>,
    /// The permissions boundary of the caller
    #[arg(long, value_name = "FILE")]
    pub(super) boundary: Option<PathBuf>,
    /// The session policy
    #[arg(long, value_name = "FILE")]
    pub(super) session_policy: Option<PathBuf>,
    /// The policy of the VPC endpoint in between
    #[arg(long, value_name = "FILE")]
    pub(super) endpoint_policy: Option<PathBuf>,
    /// A service control policy; one for each level, from the root of the organization down to the account
    #[arg(long = "scp", value_name = "FILE")]
    pub(super) scps: Vec<PathBuf>,
    /// A resource control policy, likewise
    #[arg(long = "rcp", value_name = "FILE")]
    pub(super) rcps: Vec<PathBuf>,
    /// The grants on the key: a list of `grantee`, `operations` and `constraints`
    #[arg(long, value_name = "FILE")]
    pub(super) grants: Option<PathBuf>,
    /// A pair of the encryption context (`Department=Finance`) or a condition key (`aws:SourceIp=203.0.113.7`);
    /// a key that is given several times has several values
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) context: Vec<String>,
    /// The service that forwards the request, like s3
    #[arg(long, value_name = "SERVICE")]
    pub(super) via: Option<String>,
}

/// `kmsprep authz review`.
#[derive(Debug, Args)]
pub(super) struct ReviewArgs {
    /// The files with policies, in YAML or JSON
    #[arg(required = true, value_name = "POLICY")]
    files: Vec<PathBuf>,
    /// What the policies are; without it, those that name principals are key policies and the others identity-based
    #[arg(long, value_name = "KIND")]
    kind: Option<KindChoice>,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The kinds of policies, by the names that flags use.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum KindChoice {
    /// A key policy
    Key,
    /// An identity-based policy, a permissions boundary or a session policy
    Identity,
    /// A policy of another resource, such as a bucket
    Resource,
    /// A service control policy
    Scp,
    /// A resource control policy
    Rcp,
    /// The policy of a VPC endpoint
    Endpoint,
}

impl KindChoice {
    pub(super) fn kind(self) -> PolicyKind {
        match self {
            KindChoice::Key => PolicyKind::Key,
            KindChoice::Identity => PolicyKind::Identity,
            KindChoice::Resource => PolicyKind::Resource,
            KindChoice::Scp => PolicyKind::ServiceControl,
            KindChoice::Rcp => PolicyKind::ResourceControl,
            KindChoice::Endpoint => PolicyKind::Endpoint,
        }
    }
}

/// Reads a policy from a file.
///
/// # Errors
/// If the file cannot be read or is no policy.
pub(super) fn policy(sources: &mut Sources, path: &Path, kind: Option<PolicyKind>, name: &str, format: Format) -> Result<Policy, Failure> {
    let node = load::read_node(sources, path)?;
    let read = |node: Node| Policy::from_node(&node, kind.unwrap_or_else(|| likely_kind(&node)), name);
    node.and_then(read).map_err(|diagnostics| load::input(std::mem::take(sources), diagnostics, format))
}

/// A policy that names principals is taken for a key policy.
fn likely_kind(node: &Node) -> PolicyKind {
    let names = |statement: &Node| {
        let named = |pair: &Pair| matches!(pair.key.as_str(), "Principal" | "NotPrincipal");
        statement.as_mapping().is_some_and(|pairs| pairs.iter().any(named))
    };
    let statements = node.get("Statement").map(Node::one_or_many).unwrap_or_default();
    if statements.iter().any(names) { PolicyKind::Key } else { PolicyKind::Identity }
}

/// Reviews policies; exits with 1 if there is anything to warn of.
///
/// # Errors
/// If a file cannot be read or is no policy.
pub(super) fn review(edge: &mut Edge, args: &ReviewArgs) -> Result<Exit, Failure> {
    let mut sources = Sources::new();
    let mut warnings = Vec::new();
    for path in &args.files {
        let policy = policy(&mut sources, path, args.kind.map(KindChoice::kind), &path.display().to_string(), args.format)?;
        warnings.extend(warnings_of(&policy, &Subject::default()));
    }
    match args.format {
        Format::Json => edge.print_json(&serde_json::json!({ "warnings": render::diagnostics_json(&warnings, &sources) }))?,
        Format::Text if warnings.is_empty() => edge.print("Nothing to warn of.\n")?,
        Format::Text => {
            let text = render::diagnostics_text(&warnings, &sources, edge.color, edge.width);
            edge.print(&text)?;
        }
    }
    Ok(if warnings.is_empty() { Exit::Passed } else { Exit::Failed })
}
