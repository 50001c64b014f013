//! Many questions, one a line, each answered by a line.
//!
//! A line is a JSON object and so is its answer. Lines know nothing of each other, so they are answered on all cores
//! and written in the order of the input.

use super::question::{Answer, Refusal, RefusalKind, read};
use crate::diag::Diagnostic;
use crate::doc::{Node, json_pointer, read_json, repeated_key};
use rayon::prelude::*;
use serde_json::{Value, json};

/// A longer line is an error, in bytes.
pub const LONGEST_LINE: usize = 1 << 20;

/// A line's answer, and whether the line was decided.
fn answered(line: &[u8]) -> (String, bool) {
    let refused = |id: Value, kind: RefusalKind, at: String, message: &str| {
        (json!({"id": id, "error": {"kind": kind.name(), "at": at, "message": message}}).to_string(), false)
    };
    if line.len() > LONGEST_LINE {
        let message = format!("the line has {} bytes, more than {LONGEST_LINE}", line.len());
        return refused(Value::Null, RefusalKind::BadJson, String::new(), &message);
    }
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(error) => return refused(Value::Null, RefusalKind::BadJson, String::new(), &format!("the line is no UTF-8: {error}")),
    };
    let json = match read_json(text) {
        Ok(json) => json,
        Err(error) => return refused(Value::Null, RefusalKind::BadJson, String::new(), &format!("the line is no JSON: {error}")),
    };
    let root = &json.root;
    let Some(id) = id_of(root) else {
        if root.as_mapping().is_none() {
            return refused(Value::Null, RefusalKind::BadJson, String::new(), &format!("the line is {}, not an object", root.shape()));
        }
        let at = if root.get("id").is_some() { "/id" } else { "" };
        return refused(Value::Null, RefusalKind::BadRequest, at.to_owned(), "`id` is a text of 1 to 200 characters");
    };
    if let Some((key, span)) = &json.repeated {
        let at = json_pointer(root, *span);
        let in_policy =
            POLICIES.iter().any(|name| at.strip_prefix('/').and_then(|at| at.strip_prefix(name)).is_some_and(|rest| rest.starts_with('/')));
        let kind = if in_policy { RefusalKind::MalformedPolicy } else { RefusalKind::BadRequest };
        return refused(json!(id), kind, at, &repeated_key(key));
    }
    match read(root, false) {
        Ok(question) => (answer_json(id, &question.answer()).to_string(), true),
        Err(Refusal { kind, diagnostic }) => refused(json!(id), kind, place(root, &diagnostic), &said(&diagnostic)),
    }
}

/// The fields of a line that hold policies.
const POLICIES: [&str; 7] = ["identityPolicies", "keyPolicy", "scps", "rcps", "boundary", "sessionPolicy", "vpcEndpointPolicy"];

fn id_of(root: &Node) -> Option<&str> {
    let id = root.get("id")?;
    let crate::doc::NodeKind::Scalar(scalar) = &id.kind else { return None };
    (scalar.quoted && (1..=200).contains(&scalar.text.chars().count())).then_some(scalar.text.as_str())
}

fn place(root: &Node, diagnostic: &Diagnostic) -> String {
    diagnostic.labels.first().map(|label| json_pointer(root, label.span)).unwrap_or_default()
}

/// A message with its advice, in one sentence.
fn said(diagnostic: &Diagnostic) -> String {
    match diagnostic.help.first() {
        Some(help) => format!("{}; {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

fn answer_json(id: &str, answer: &Answer) -> Value {
    json!({
        "id": id,
        "decision": answer.decision.name(),
        "allows": answer.allows,
        "denies": answer.denies,
        "missing": answer.missing,
        "reason": answer.reason.headline,
    })
}

/// Answers one line, without its end. Nothing comes back for a blank one.
#[must_use]
pub fn answer_line(line: &[u8]) -> Option<(String, bool)> {
    (!line.iter().all(u8::is_ascii_whitespace)).then(|| answered(line))
}

/// Answers many lines at once, in their order; tells how many could not be decided.
#[must_use]
pub fn answer_lines(lines: &[&[u8]]) -> (String, usize) {
    let answers: Vec<(String, bool)> = lines.par_iter().filter_map(|line| answer_line(line)).collect();
    let refused = answers.iter().filter(|(_, decided)| !decided).count();
    let mut text = String::with_capacity(answers.iter().map(|(answer, _)| answer.len() + 1).sum());
    for (answer, _) in answers {
        text.push_str(&answer);
        text.push('\n');
    }
    (text, refused)
}
