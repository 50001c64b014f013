//! Decision trees: a branch, a design with what proves it, and whole trees.

use super::{heading, letter, rule, safe_line, wrap};
use crate::rulebook::{Claim, Verdict};
use crate::study::tree::{Branch, Leaf, Reply, Run, RunProof, Step, Tree};
use serde_json::{Value, json};

/// Columns of the names of fields.
const NAME: usize = 7;

/// A design with what its runs came to, in their order.
#[derive(Clone, Copy, Debug)]
pub struct LeafReport<'a> {
    /// The design.
    pub leaf: &'a Leaf,
    /// What the runs came to.
    pub proofs: &'a [RunProof],
}

fn field(text: &mut String, name: &str, value: &str, width: usize) {
    text.push_str(&wrap(value, width, &format!("{name:NAME$}"), &" ".repeat(NAME)));
    text.push('\n');
}

/// What the trees decide, and how to begin.
#[must_use]
pub fn trees_text(trees: &[Tree], width: usize) -> String {
    let mut text = heading("Decision trees", &format!("{} trees", trees.len()), width);
    text.push_str(&rule(width));
    for (index, tree) in trees.iter().enumerate() {
        text.push_str(&wrap(&format!("{}: {}", tree.id, tree.title), width, &format!("  {}  ", letter(index)), "     "));
        text.push('\n');
    }
    text.push('\n');
    text
}

/// The head of a tree.
#[must_use]
pub fn tree_head(tree: &Tree, width: usize) -> String {
    let mut text = heading(&tree.title, &tree.id, width);
    text.push_str(&rule(width));
    text.push_str(&wrap(&tree.intro, width, "", ""));
    text.push('\n');
    text.push_str(&wrap(&format!("Guide: {}", tree.guide), width, "", "       "));
    text.push('\n');
    text
}

/// A branch, to be answered by letter.
#[must_use]
pub fn branch_text(branch: &Branch, number: usize, width: usize) -> String {
    let mut text = format!("\n{}", wrap(&branch.ask, width, &format!("[{number}]  "), "     "));
    text.push_str("\n\n");
    field(&mut text, "why", &branch.why, width);
    field(&mut text, "guide", &branch.guide, width);
    field(&mut text, if holds(&branch.claims) { "today" } else { "wrong" }, &branch.today, width);
    text.push('\n');
    for (index, way) in branch.answers.iter().enumerate() {
        text.push_str(&wrap(&way.label, width, &format!("  {}  ", letter(index)), "     "));
        text.push('\n');
    }
    text
}

/// Whether nothing that the guide says here is out of date or never was so.
fn holds(claims: &[&'static Claim]) -> bool {
    claims.iter().all(|claim| matches!(claim.verdict, Verdict::Current | Verdict::Simplified))
}

/// What was answered.
#[must_use]
pub fn reply_text(reply: &Reply<'_>, width: usize) -> String {
    format!("{}\n", wrap(&reply.way.label, width, "  => ", "     "))
}

/// A design with its proof.
#[must_use]
pub fn leaf_text(report: &LeafReport<'_>, width: usize) -> String {
    let leaf = report.leaf;
    let mut text = format!("\n{}\n{}", wrap(&leaf.design, width, "", ""), rule(width));
    field(&mut text, "why", &leaf.why, width);
    field(&mut text, "guide", &leaf.guide, width);
    match &leaf.wrong {
        Some(wrong) => field(&mut text, "wrong", wrong, width),
        None => field(&mut text, "today", "As the guide says.", width),
    }
    for (run, proof) in leaf.runs.iter().zip(report.proofs) {
        text.push('\n');
        text.push_str(&run_text(run, proof, width));
    }
    if let Some(run) = leaf.runs.first() {
        let line = format!("Try it: kmsprep scenario solve {}", safe_line(&run.scenario));
        text.push_str(&format!("\n{}\n", wrap(&line, width, "", "        ")));
    }
    text
}

fn run_text(run: &Run, proof: &RunProof, width: usize) -> String {
    let mut text = wrap(&run.what, width, "Run    ", "       ");
    text.push('\n');
    let answers: Vec<String> = answers(run).map(|(decision, option)| format!("{decision}={option}")).collect();
    text.push_str(&wrap(&format!("{}: {}", run.scenario, answers.join(" ")), width, "       ", "         "));
    text.push('\n');
    for shown in &proof.shown {
        let mark = if shown.passed { "  ok   " } else { "  FAIL " };
        text.push_str(&wrap(&format!("{}: {}", shown.check, shown.shows), width, mark, "       "));
        text.push('\n');
    }
    let end = match &proof.failure {
        None => format!("{} of {} checks pass", proof.passed, proof.checks),
        Some((check, found)) => format!("found at {check}: {found}"),
    };
    text.push_str(&wrap(&end, width, "       ", "         "));
    text.push('\n');
    if !proof.as_told {
        text.push_str(&wrap("This is not what the tree says.", width, "  !!   ", "       "));
        text.push('\n');
    }
    text
}

fn answers(run: &Run) -> impl Iterator<Item = (&str, &str)> {
    let pairs = run.with.as_mapping().unwrap_or_default();
    pairs.iter().map(|pair| (pair.key.as_str(), pair.value.as_str().unwrap_or("...")))
}

/// A whole tree: its outline, then every branch and every design.
#[must_use]
pub fn tree_text(tree: &Tree, reports: &[LeafReport<'_>], width: usize) -> String {
    let mut text = tree_head(tree, width);
    text.push('\n');
    outline(&mut text, tree, &tree.first, 0, width);
    for (index, branch) in tree.branches.iter().enumerate() {
        text.push_str(&branch_text(branch, index + 1, width));
    }
    for report in reports {
        text.push_str(&leaf_text(report, width));
    }
    text
}

/// The questions and answers below an id, each a step further in. A tree that goes round in a circle ends at its depth.
fn outline(text: &mut String, tree: &Tree, id: &str, depth: usize, width: usize) {
    let indent = "  ".repeat(depth);
    match tree.step(id) {
        Some(Step::Branch(branch)) if depth <= 2 * tree.branches.len() => {
            text.push_str(&wrap(&branch.ask, width, &indent, &indent));
            text.push('\n');
            for way in &branch.answers {
                let to = tree.leaf(&way.to).map(|leaf| format!("{} => {}", way.name, leaf.design));
                let line = to.clone().unwrap_or_else(|| way.name.clone());
                text.push_str(&wrap(&line, width, &format!("{indent}- "), &format!("{indent}    ")));
                text.push('\n');
                if to.is_none() {
                    outline(text, tree, &way.to, depth + 1, width);
                }
            }
        }
        Some(Step::Branch(_) | Step::Leaf(_)) | None => {}
    }
}

fn ids(claims: &[&'static Claim]) -> Vec<&'static str> {
    claims.iter().map(|claim| claim.id).collect()
}

/// A branch for programs.
#[must_use]
pub fn branch_json(branch: &Branch) -> Value {
    let answers: Vec<Value> = branch.answers.iter().map(|way| json!({"name": way.name, "label": way.label, "to": way.to})).collect();
    json!({
        "id": branch.id, "ask": branch.ask, "why": branch.why, "guide": branch.guide, "today": branch.today,
        "claims": ids(&branch.claims), "answers": answers,
    })
}

/// A design for programs.
#[must_use]
pub fn leaf_json(report: &LeafReport<'_>) -> Value {
    let leaf = report.leaf;
    let run = |(run, proof): (&Run, &RunProof)| {
        let with: serde_json::Map<String, Value> = answers(run).map(|(decision, option)| (decision.to_owned(), json!(option))).collect();
        let shown: Vec<Value> = proof
            .shown
            .iter()
            .map(|shown| json!({"check": shown.check, "passed": shown.passed, "goal": shown.goal, "shows": shown.shows}))
            .collect();
        json!({
            "scenario": run.scenario, "what": run.what, "with": with, "checks": proof.checks, "passed": proof.passed, "shows": shown,
            "fails": proof.failure.as_ref().map(|(at, found)| json!({"at": at, "found": found})), "as_told": proof.as_told,
        })
    };
    json!({
        "id": leaf.id, "design": leaf.design, "why": leaf.why, "guide": leaf.guide, "wrong_today": leaf.wrong, "claims": ids(&leaf.claims),
        "runs": leaf.runs.iter().zip(report.proofs).map(run).collect::<Vec<_>>(),
    })
}

/// A whole tree for programs.
#[must_use]
pub fn tree_json(tree: &Tree, reports: &[LeafReport<'_>]) -> Value {
    json!({
        "id": tree.id, "title": tree.title, "guide": tree.guide, "intro": tree.intro, "first": tree.first,
        "branches": tree.branches.iter().map(branch_json).collect::<Vec<_>>(),
        "leaves": reports.iter().map(leaf_json).collect::<Vec<_>>(),
    })
}

/// A walk for programs: what was answered, and the design.
#[must_use]
pub fn walk_json(tree: &Tree, replies: &[Reply<'_>], report: &LeafReport<'_>) -> Value {
    let path: Vec<Value> = replies.iter().map(|reply| json!({"branch": branch_json(reply.branch), "answer": reply.way.name})).collect();
    json!({"tree": tree.id, "path": path, "leaf": leaf_json(report)})
}
