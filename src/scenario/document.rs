//! The scenario document: what one file says, before any hole is filled.

use super::cheapest::Known;
use super::claims::read_claims;
use crate::diag::{Diagnostic, Span};
use crate::doc::{Fields, Node, Pair};
use crate::rulebook::Claim;

/// The version of the language that this program reads.
const VERSION: i64 = 1;

/// A scenario as its file has it. World and checks may still have holes.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its id, the name of the file without `.yaml`.
    pub id: String,
    /// Where the id stands.
    pub id_span: Span,
    /// One line for lists.
    pub title: String,
    /// The section of the guide that it belongs to.
    pub guide: Option<String>,
    /// The claims of the guide that it exercises.
    pub claims: Vec<&'static Claim>,
    /// Topics, for choosing what to drill.
    pub topics: Vec<String>,
    /// From 1 (easy) to 5.
    pub difficulty: u8,
    /// What the learner is asked to achieve.
    pub brief: String,
    /// The world, with holes.
    pub world: Node,
    /// The checks, with holes.
    pub checks: Node,
    /// The decisions, in the order of the file.
    pub decisions: Vec<Decision>,
    /// What is claimed about every combination of options.
    pub proof: Proof,
    /// Nodes by name that world, checks and options take up with `{ fragment: NAME }`.
    pub fragments: Vec<Pair>,
    /// What to take away, told after the verdict.
    pub debrief: Option<String>,
    /// Hints, from a nudge to the first step.
    pub hints: Vec<String>,
    /// What passing costs at least, once somebody has asked.
    pub(super) cheapest: Known,
}

/// One thing that the learner decides.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Its name; holes refer to it.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// The question.
    pub ask: String,
    /// Whether the learner may write the value himself.
    pub free_form: bool,
    /// How many options are chosen together.
    pub choose: usize,
    /// The options, in the order of the file.
    pub options: Vec<Choice>,
}

/// One option of a decision.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// What the learner reads.
    pub label: String,
    /// What it puts into the holes.
    pub fills: Fills,
    /// Why it works or fails, in the author's words.
    pub why: Option<String>,
}

/// What an option puts into the holes of its decision.
#[derive(Clone, Debug)]
pub enum Fills {
    /// Nothing: the field or item with the hole is left out.
    Omit,
    /// One value for all holes of the decision.
    Value(Node),
    /// A value for each `part`; a part that is not named is left out.
    Parts(Vec<Pair>),
}

impl Decision {
    /// The option of this name.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&Choice> {
        self.options.iter().find(|option| option.name == name)
    }
}

impl Document {
    /// The fragment of this name.
    #[must_use]
    pub fn fragment(&self, name: &str) -> Option<&Node> {
        self.fragments.iter().find(|pair| pair.key == name).map(|pair| &pair.value)
    }

    /// The decision of this name.
    #[must_use]
    pub fn decision(&self, name: &str) -> Option<&Decision> {
        self.decisions.iter().find(|decision| decision.name == name)
    }
}

/// What the author claims, which lint executes.
#[derive(Clone, Debug, Default)]
pub struct Proof {
    /// Combinations that pass.
    pub passes: Vec<PassRule>,
    /// Combinations that fail, read from top to bottom: the first rule that matches a combination counts.
    pub fails: Vec<FailRule>,
    /// Where the proof stands.
    pub span: Span,
}

/// Combinations that pass.
#[derive(Clone, Debug)]
pub struct PassRule {
    /// Which.
    pub when: Selection,
    /// Where it stands.
    pub span: Span,
}

/// Combinations that fail, where and how.
#[derive(Clone, Debug)]
pub struct FailRule {
    /// Which.
    pub when: Selection,
    /// The first check that fails.
    pub at: String,
    /// Where its name stands.
    pub at_span: Span,
    /// What that check shows: an error code, a state, `ok`, or whatever it found.
    pub with: Option<String>,
    /// Where the rule stands.
    pub span: Span,
}

/// A name with its place.
pub(super) type Named = (String, Span);

/// A set of combinations: for each named decision the options that count; a decision that is not named may have any.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Decision names with their options and the places of these.
    pub options: Vec<(String, Span, Vec<Named>)>,
}

/// Reads a scenario.
///
/// # Errors
/// All that is wrong with it.
pub fn lower(node: &Node) -> Result<Document, Vec<Diagnostic>> {
    let mut diagnostics = Vec::new();
    let document = scenario(node, &mut diagnostics);
    match document {
        Some(document) if diagnostics.is_empty() => Ok(document),
        Some(_) | None => Err(diagnostics),
    }
}

fn scenario(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Document> {
    let mut fields = Fields::of(node, "a scenario", diagnostics)?;
    let id = fields.required("scenario", diagnostics);
    if let Some(version) = fields.optional("version").filter(|version| version.as_str() != Some(&VERSION.to_string())) {
        diagnostics.push(
            Diagnostic::error("scenario/version", format!("this program reads version {VERSION} of the scenario language"))
                .at(version.span, "another version"),
        );
    }
    let title = fields.required_text("title", diagnostics);
    let guide = fields.text("guide", diagnostics).map(str::to_owned);
    let claims = read_claims(fields.optional("claims"), diagnostics);
    let topics = fields.texts("topics", diagnostics).into_iter().map(str::to_owned).collect();
    let difficulty = difficulty(&mut fields, diagnostics);
    let brief = fields.required_text("brief", diagnostics);
    let world = fields.required("world", diagnostics);
    let checks = fields.required("checks", diagnostics);
    let decisions: Vec<Decision> = fields.entries("decisions", diagnostics).iter().filter_map(|pair| decision(pair, diagnostics)).collect();
    let proof = fields.required("proof", diagnostics).map(|node| proof(node, diagnostics)).unwrap_or_default();
    let fragments = fields.entries("fragments", diagnostics).to_vec();
    let debrief = fields.text("debrief", diagnostics).map(|text| text.trim().to_owned());
    let hints = fields.texts("hints", diagnostics).into_iter().map(str::to_owned).collect();
    fields.finish(diagnostics);
    if let Some(id) = id {
        check_id(id, diagnostics);
    }
    Some(Document {
        id: id?.as_str()?.to_owned(),
        id_span: id?.span,
        title: title?.to_owned(),
        guide,
        claims,
        topics,
        difficulty,
        brief: brief?.trim().to_owned(),
        world: world?.clone(),
        checks: checks?.clone(),
        decisions,
        proof,
        fragments,
        debrief,
        hints,
        cheapest: Known::default(),
    })
}

/// Reads the parts that a question's proof shares with a scenario: world, checks and one decision.
#[must_use]
pub fn lower_parts(id: (&str, Span), world: Node, checks: Node, decision: Decision, proof: Proof) -> Document {
    Document {
        id: id.0.to_owned(),
        id_span: id.1,
        title: id.0.to_owned(),
        guide: None,
        claims: Vec::new(),
        topics: Vec::new(),
        difficulty: 1,
        brief: String::new(),
        world,
        checks,
        decisions: vec![decision],
        proof,
        fragments: Vec::new(),
        debrief: None,
        hints: Vec::new(),
        cheapest: Known::default(),
    }
}

/// An id is a name for files and command lines.
fn check_id(node: &Node, diagnostics: &mut Vec<Diagnostic>) {
    let fits = node.as_str().is_some_and(|id| {
        !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    });
    if !fits {
        diagnostics.push(
            Diagnostic::error("scenario/id", "an id is made of small letters, digits and hyphens")
                .at(node.span, "not an id")
                .help("for example `ebs-share-snapshot`"),
        );
    }
}

fn difficulty(fields: &mut Fields<'_>, diagnostics: &mut Vec<Diagnostic>) -> u8 {
    let Some(node) = fields.optional("difficulty") else { return 1 };
    match node.as_str().and_then(|text| text.parse().ok()).filter(|level| (1..=5).contains(level)) {
        Some(level) => level,
        None => {
            diagnostics.push(node.expected("scenario/difficulty", "a difficulty from 1 to 5"));
            1
        }
    }
}

fn decision(pair: &Pair, diagnostics: &mut Vec<Diagnostic>) -> Option<Decision> {
    let mut fields = Fields::of(&pair.value, "a decision", diagnostics)?;
    let ask = fields.required_text("ask", diagnostics);
    let free_form = fields.flag("free_form", diagnostics);
    let choose = fields.integer("choose", diagnostics).unwrap_or(1);
    let entries = fields.entries("options", diagnostics);
    fields.finish(diagnostics);
    let options: Vec<Choice> = entries.iter().filter_map(|pair| option(pair, diagnostics)).collect();
    let choose = usize::try_from(choose).unwrap_or(0);
    if options.len() < 2 || choose == 0 || choose >= options.len() {
        diagnostics.push(
            Diagnostic::error("scenario/options", format!("decision `{}` needs at least two options, and more than are chosen", pair.key))
                .at(pair.key_span, format!("{} options, {choose} chosen", options.len())),
        );
    }
    Some(Decision { name: pair.key.clone(), span: pair.key_span, ask: ask?.trim().to_owned(), free_form, choose, options })
}

fn option(pair: &Pair, diagnostics: &mut Vec<Diagnostic>) -> Option<Choice> {
    let mut fields = Fields::of(&pair.value, "an option", diagnostics)?;
    let label = fields.required_text("label", diagnostics);
    let value = fields.optional("value");
    let parts = fields.entries("parts", diagnostics);
    let omit = fields.flag("omit", diagnostics);
    let why = fields.text("why", diagnostics).map(|text| text.trim().to_owned());
    let span = fields.span;
    fields.finish(diagnostics);
    let fills = match (value, parts, omit) {
        (Some(value), [], false) => Fills::Value(value.clone()),
        (None, [_, ..], false) => Fills::Parts(parts.to_vec()),
        (None, [], true) => Fills::Omit,
        _ => {
            diagnostics.push(
                Diagnostic::error("scenario/option-value", format!("option `{}` says not what it fills in", pair.key))
                    .at(span, "exactly one of `value`, `parts` and `omit: true` is needed"),
            );
            return None;
        }
    };
    Some(Choice { name: pair.key.clone(), span: pair.key_span, label: label?.trim().to_owned(), fills, why })
}

fn proof(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Proof {
    let Some(mut fields) = Fields::of(node, "a proof", diagnostics) else { return Proof::default() };
    let passes = fields.items("passes", diagnostics);
    let fails = fields.items("fails", diagnostics);
    fields.finish(diagnostics);
    Proof {
        passes: passes.iter().map(|node| PassRule { when: selection(node, diagnostics), span: node.span }).collect(),
        fails: fails.iter().filter_map(|node| fail_rule(node, diagnostics)).collect(),
        span: node.span,
    }
}

fn fail_rule(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<FailRule> {
    let mut fields = Fields::of(node, "a failing combination", diagnostics)?;
    let when = fields.required("when", diagnostics).map(|node| selection(node, diagnostics));
    let at = fields.required("at", diagnostics);
    let with = fields.text("with", diagnostics).map(str::to_owned);
    fields.finish(diagnostics);
    Some(FailRule { when: when?, at: at?.as_str()?.to_owned(), at_span: at?.span, with, span: node.span })
}

/// `{ key: customer, sharing: [for-aws, narrow] }`.
fn selection(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Selection {
    let Some(pairs) = node.as_mapping() else {
        diagnostics.push(node.expected("doc/wrong-shape", "a mapping of decisions to options"));
        return Selection::default();
    };
    let options = pairs
        .iter()
        .map(|pair| {
            let names = pair.value.one_or_many().iter().filter_map(|node| Some((node.as_str()?.to_owned(), node.span))).collect();
            (pair.key.clone(), pair.key_span, names)
        })
        .collect();
    Selection { options }
}
