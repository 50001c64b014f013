//! Trees from YAML.

use super::{Branch, Leaf, Run, Tree, Way};
use crate::diag::{Diagnostic, Sources};
use crate::doc::{Fields, Limits, Node, Pair, read};
use crate::scenario::read_claims;

/// Reads one tree.
///
/// # Errors
/// All that is wrong with the file.
pub(super) fn tree(sources: &mut Sources, name: &str, text: &str) -> Result<Tree, Vec<Diagnostic>> {
    let node = read(sources, name, text, Limits::default())?;
    let mut diagnostics = Vec::new();
    let found = whole(&node, &mut diagnostics);
    match found {
        Some(tree) if diagnostics.is_empty() => {
            let lost = lost(&tree, &node);
            if lost.is_empty() { Ok(tree) } else { Err(lost) }
        }
        Some(_) | None => Err(diagnostics),
    }
}

fn whole(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Tree> {
    let mut fields = Fields::of(node, "a tree", diagnostics)?;
    let mut text = |key| fields.required_text(key, diagnostics).map(|text| text.trim().to_owned());
    let texts = [text("tree"), text("title"), text("guide"), text("intro"), text("first")];
    let branches = fields.entries("branches", diagnostics).iter().filter_map(|pair| branch(pair, diagnostics)).collect();
    let leaves = fields.entries("leaves", diagnostics).iter().filter_map(|pair| leaf(pair, diagnostics)).collect();
    fields.finish(diagnostics);
    let [id, title, guide, intro, first] = texts;
    Some(Tree { id: id?, title: title?, guide: guide?, intro: intro?, first: first?, branches, leaves })
}

fn branch(pair: &Pair, diagnostics: &mut Vec<Diagnostic>) -> Option<Branch> {
    let mut fields = Fields::of(&pair.value, "a branch", diagnostics)?;
    let mut text = |key| fields.required_text(key, diagnostics).map(|text| text.trim().to_owned());
    let texts = [text("ask"), text("why"), text("guide"), text("today")];
    let claims = read_claims(fields.optional("claims"), diagnostics);
    let answers = fields.entries("answers", diagnostics).iter().filter_map(|pair| way(pair, diagnostics)).collect();
    fields.finish(diagnostics);
    let [ask, why, guide, today] = texts;
    Some(Branch { id: pair.key.clone(), ask: ask?, why: why?, guide: guide?, today: today?, claims, answers })
}

fn way(pair: &Pair, diagnostics: &mut Vec<Diagnostic>) -> Option<Way> {
    let mut fields = Fields::of(&pair.value, "an answer", diagnostics)?;
    let label = fields.required_text("label", diagnostics);
    let to = fields.required_text("to", diagnostics);
    fields.finish(diagnostics);
    Some(Way { name: pair.key.clone(), label: label?.to_owned(), to: to?.to_owned() })
}

fn leaf(pair: &Pair, diagnostics: &mut Vec<Diagnostic>) -> Option<Leaf> {
    let mut fields = Fields::of(&pair.value, "a leaf", diagnostics)?;
    let mut text = |key| fields.required_text(key, diagnostics).map(|text| text.trim().to_owned());
    let texts = [text("design"), text("why"), text("guide")];
    let wrong = fields.text("wrong", diagnostics).map(|text| text.trim().to_owned());
    let claims = read_claims(fields.optional("claims"), diagnostics);
    let runs = fields.items("runs", diagnostics).iter().filter_map(|node| run(node, diagnostics)).collect();
    fields.finish(diagnostics);
    let [design, why, guide] = texts;
    Some(Leaf { id: pair.key.clone(), design: design?, why: why?, guide: guide?, wrong, claims, runs })
}

fn run(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Run> {
    let mut fields = Fields::of(node, "a run", diagnostics)?;
    let mut text = |key| fields.required_text(key, diagnostics).map(|text| text.trim().to_owned());
    let (scenario, what) = (text("scenario"), text("what"));
    let with = fields.required("with", diagnostics);
    let fails = fields.optional("fails").map(|node| failure(node, diagnostics));
    let shows = fields.entries("shows", diagnostics);
    let shows = shows.iter().filter_map(|pair| Some((pair.key.clone(), pair.value.as_str()?.to_owned()))).collect();
    fields.finish(diagnostics);
    // A failure that cannot be read is told; it must not become a pass.
    let fails = match fails {
        Some(found) => Some(found?),
        None => None,
    };
    Some(Run { scenario: scenario?, what: what?, with: with?.clone(), fails, shows })
}

fn failure(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<(String, String)> {
    let mut fields = Fields::of(node, "a failure", diagnostics)?;
    let at = fields.required_text("at", diagnostics);
    let with = fields.required_text("with", diagnostics);
    fields.finish(diagnostics);
    Some((at?.to_owned(), with?.to_owned()))
}

/// Ways that lead nowhere.
fn lost(tree: &Tree, node: &Node) -> Vec<Diagnostic> {
    let ways = tree.branches.iter().flat_map(|branch| &branch.answers).map(|way| way.to.as_str());
    ways.chain([tree.first.as_str()])
        .filter(|id| tree.step(id).is_none())
        .map(|id| {
            Diagnostic::error("tree/nowhere", format!("tree `{}` has no branch or leaf `{id}`", tree.id)).at(node.span, "in this tree")
        })
        .collect()
}
