//! One question, from a file or from flags.

use super::QuestionArgs;
use super::policies::policy;
use crate::authz::change::suggest;
use crate::authz::{Context, Question, Subject, Unusable, Values, parse_action, parse_caller, parse_resource, unknown_action};
use crate::authz::{read_grants, read_question, review};
use crate::cli::{Edge, Exit, Failure, Format, edge, load};
use crate::cloud::{Caller, Region, Via};
use crate::diag::{Diagnostic, Sources};
use crate::doc::{self, Limits};
use crate::iam::{Decision, Policy, PolicyKind};
use crate::render::{self, AuthzReport};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Answers one question.
///
/// # Errors
/// If it cannot be used.
pub(super) fn run(edge: &mut Edge, args: &QuestionArgs) -> Result<Exit, Failure> {
    let mut sources = Sources::new();
    let question = match &args.file {
        Some(path) => from_file(&mut sources, path, args.format)?,
        None => from_flags(&mut sources, args)?,
    };
    let answer = question.answer();
    let allowed = answer.decision == Decision::Allow;
    let suggestions = args.wanted(allowed).map(|wanted| suggest(&question, wanted)).unwrap_or_default();
    let warnings: Vec<Diagnostic> = question.policies().iter().flat_map(|(_, policy)| review(policy, &Subject::default())).collect();
    let trace = question.trace();
    let report = AuthzReport {
        outcome: answer.decision.name().to_owned(),
        allowed,
        principal: question.caller.principal.arn.to_string(),
        action: question.action.clone(),
        resource: question.resource.clone(),
        message: None,
        reason: Some(&answer.reason),
        traces: &[trace],
        suggestions: &suggestions,
        readable: &|text| text.to_owned(),
        warnings: &warnings,
        sources: &sources,
    };
    match args.format {
        Format::Text => edge.print(&render::authz_text(&report, args.whole, edge.width))?,
        Format::Json => edge.print_json(&render::authz_json(&report))?,
    }
    Ok(if allowed { Exit::Passed } else { Exit::Failed })
}

fn from_file(sources: &mut Sources, path: &Path, format: Format) -> Result<Question, Failure> {
    let node = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let most = u64::try_from(Limits::default().bytes).unwrap_or(u64::MAX).saturating_add(1);
        std::io::stdin()
            .lock()
            .take(most)
            .read_to_end(&mut bytes)
            .map_err(|source| Failure::Io { doing: "read the question".to_owned(), source })?;
        doc::read_bytes(sources, "the question", &bytes, Limits::default())
    } else {
        load::read_node(sources, path)?
    };
    node.and_then(|node| read_question(&node, true).map_err(|refusal| vec![refusal.diagnostic]))
        .map_err(|diagnostics| load::input(std::mem::take(sources), diagnostics, format))
}

fn usage(message: impl Into<String>, help: &str) -> Failure {
    Failure::Usage { message: message.into(), help: Some(help.to_owned()) }
}

fn from_flags(sources: &mut Sources, args: &QuestionArgs) -> Result<Question, Failure> {
    let (Some(principal), Some(action)) = (&args.principal, &args.action) else {
        return Err(usage(
            "there is no question",
            "name a file with one, or write `kmsprep authz --as ARN --action kms:Decrypt --key-policy FILE`; `--world SCENARIO` asks inside a scenario",
        ));
    };
    let action = parse_action(action).map_err(unusable)?;
    if let Some(help) = unknown_action(&action) {
        return Err(usage(format!("KMS has no action `{action}`"), &help));
    }
    let principal = parse_caller(principal).map_err(unusable)?;
    let flags = &args.policies;
    let account = principal.account.map_or_else(|| "111122223333".to_owned(), |account| account.to_string());
    let resource =
        flags.resource.clone().unwrap_or_else(|| format!("arn:aws:kms:us-east-1:{account}:key/1234abcd-12ab-34cd-56ef-1234567890ab"));
    let (owner, region) = parse_resource(&resource, &action).map_err(unusable)?;
    let owner = owner
        .or(principal.account)
        .ok_or_else(|| usage("a service has no account, so the resource must be a key", "add `--resource KEY-ARN`"))?;
    let via = flags.via.as_deref().map(|service| via(service, region)).transpose()?;
    let caller = Caller { via, ..Caller::direct(principal, region) };
    let context = context(&caller, &flags.context)?;
    let format = args.format;
    let mut read = |path: &PathBuf, kind, name: &str| policy(sources, path, Some(kind), name, format).map(Arc::new);
    let mut list = |paths: &[PathBuf], kind, name: &str| -> Result<Vec<Arc<Policy>>, Failure> {
        let title = |number: usize| if paths.len() == 1 { name.to_owned() } else { format!("{name} {}", number + 1) };
        paths.iter().enumerate().map(|(number, path)| read(path, kind, &title(number))).collect()
    };
    let identity_policies = list(&flags.identity, PolicyKind::Identity, "identity-based policy")?;
    let levels = |policies: Vec<Arc<Policy>>| policies.into_iter().map(|policy| vec![policy]).collect();
    let service_controls = levels(list(&flags.scps, PolicyKind::ServiceControl, "service control policy")?);
    let resource_controls = levels(list(&flags.rcps, PolicyKind::ResourceControl, "resource control policy")?);
    let mut one = |path: &Option<PathBuf>, kind, name: &str| path.as_ref().map(|path| read(path, kind, name)).transpose();
    let key_policy = one(&flags.key_policy, PolicyKind::Key, "key policy")?;
    let boundary = one(&flags.boundary, PolicyKind::Identity, "permissions boundary")?;
    let session_policy = one(&flags.session_policy, PolicyKind::Identity, "session policy")?;
    let endpoint_policy = one(&flags.endpoint_policy, PolicyKind::Endpoint, "VPC endpoint policy")?;
    let grants = match &flags.grants {
        Some(path) => load::read_node(sources, path)?
            .and_then(|node| read_grants(&node, owner).map_err(|refusal| vec![refusal.diagnostic]))
            .map_err(|diagnostics| load::input(std::mem::take(sources), diagnostics, format))?,
        None => Vec::new(),
    };
    Ok(Question {
        caller,
        action,
        resource,
        resource_account: owner,
        context,
        now: edge::now(),
        identity_policies,
        key_policy,
        service_controls,
        resource_controls,
        boundary,
        session_policy,
        endpoint_policy,
        grants,
    })
}

fn unusable(wrong: Unusable) -> Failure {
    usage(wrong.message, &wrong.help)
}

/// The services that call KMS for a principal, by the first label of their name.
const FORWARDING: [&str; 12] =
    ["backup", "dynamodb", "ec2", "elasticfilesystem", "lambda", "logs", "rds", "s3", "secretsmanager", "sns", "sqs", "ssm"];

/// The service that a flag names.
///
/// # Errors
/// If it forwards no requests.
pub(super) fn via(service: &str, region: Region) -> Result<Via, Failure> {
    let known = FORWARDING.iter().copied().find(|known| *known == service);
    known.map(|service| Via { service, region }).ok_or_else(|| {
        usage(format!("`{service}` is no service that forwards requests to KMS here"), &format!("one of {}", FORWARDING.join(", ")))
    })
}

/// Condition keys from flags, beside those that follow from the caller.
fn context(caller: &Caller, flags: &[String]) -> Result<Context, Failure> {
    let mut context = Context::default();
    if let Some(account) = caller.account() {
        context.insert("kms:CallerAccount", Values::One(account.to_string()));
    }
    if let Some(via) = &caller.via {
        context.insert("kms:ViaService", Values::One(via.via_service()));
    }
    let mut keys: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut names = Vec::new();
    for flag in flags {
        let Some((name, value)) = flag.split_once('=') else {
            return Err(usage(format!("`{flag}` is no pair"), "write `--context NAME=VALUE`"));
        };
        // A name with the prefix of a service is a condition key; any other is a pair of the encryption context.
        let key = match name.split_once(':') {
            Some(("kms" | "aws", _)) => name.to_owned(),
            Some(_) | None => {
                names.push(name.to_owned());
                format!("kms:EncryptionContext:{name}")
            }
        };
        keys.entry(key).or_default().push(value.to_owned());
    }
    if !names.is_empty() {
        keys.entry("kms:EncryptionContextKeys".to_owned()).or_default().extend(names);
    }
    for (key, mut values) in keys {
        let many = values.len() > 1 || key.eq_ignore_ascii_case("kms:EncryptionContextKeys");
        context.set(&key, if many { Values::Many(values) } else { Values::One(values.pop().unwrap_or_default()) });
    }
    Ok(context)
}
