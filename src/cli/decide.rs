//! `kmsprep decide`: walks the guide's decision trees, and proves where they end.

use super::{Edge, Exit, Failure, Format, load, prompt};
use crate::diag::Sources;
use crate::render::{self, LeafReport};
use crate::study::tree::{Branch, Leaf, RunProof, Step, Tree, Walk};
use clap::Args;
use serde_json::json;
use std::io::{self, BufRead};

/// `kmsprep decide`.
#[derive(Debug, Args)]
#[command(
    after_help = "On a terminal it asks, one question after the other: a letter answers, p goes to the previous one, q leaves. Otherwise give the answers with \
    --answer, or one a line on standard input.\n\n\
    Exit codes: 0 at a design that is proved, 1 left before or not proved, 2 unusable input."
)]
pub(super) struct DecideArgs {
    /// The tree; without it the trees are listed
    tree: Option<String>,
    /// The next answer, by letter or name; one for each question
    #[arg(long = "answer", value_name = "ANSWER", requires = "tree")]
    answers: Vec<String>,
    /// Print whole trees: every question, every design, and what proves it
    #[arg(long, conflicts_with = "answers")]
    all: bool,
    /// Form of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
///
/// # Errors
/// If there is no such tree or answer, or the input ends early.
pub(super) fn run(edge: &mut Edge, args: &DecideArgs) -> Result<Exit, Failure> {
    edge.interactive &= args.format == Format::Text;
    let trees = Tree::all().map_err(|(sources, diagnostics)| load::input(sources, diagnostics, args.format))?;
    if args.all {
        let wanted: Vec<&Tree> = match &args.tree {
            Some(name) => vec![named(&trees, name)?],
            None => trees.iter().collect(),
        };
        return all(edge, &wanted, args.format);
    }
    let tree = match &args.tree {
        Some(name) => named(&trees, name)?,
        None if edge.interactive => {
            edge.print(&render::trees_text(&trees, edge.width))?;
            match choose(edge, &trees)? {
                Some(tree) => tree,
                None => return Ok(Exit::Failed),
            }
        }
        None => {
            list(edge, &trees, args.format)?;
            return Ok(Exit::Passed);
        }
    };
    walk(edge, args, tree)
}

fn list(edge: &mut Edge, trees: &[Tree], format: Format) -> Result<(), Failure> {
    match format {
        Format::Text => {
            edge.print(&render::trees_text(trees, edge.width))?;
            let first = trees.first().map_or("", |tree| tree.id.as_str());
            let how = format!("Walk one: kmsprep decide {first}. Both whole: kmsprep decide --all");
            edge.print(&format!("{}\n", render::wrap(&how, edge.width, "", "")))
        }
        Format::Json => {
            edge.print_json(&trees.iter().map(|tree| json!({"id": tree.id, "title": tree.title, "guide": tree.guide})).collect())
        }
    }
}

fn named<'t>(trees: &'t [Tree], name: &str) -> Result<&'t Tree, Failure> {
    trees.iter().find(|tree| tree.id == name).ok_or_else(|| Failure::Usage {
        message: format!("there is no tree `{name}`"),
        help: crate::diag::suggestion(name, trees.iter().map(|tree| tree.id.as_str())),
    })
}

/// Asks for a tree until one is named; nothing if the learner leaves.
fn choose<'t>(edge: &mut Edge, trees: &'t [Tree]) -> Result<Option<&'t Tree>, Failure> {
    loop {
        let Some(line) = prompt::line(edge, "Tree", Some("a letter, or q to leave"), None)? else { return Ok(None) };
        let line = line.trim().to_lowercase();
        let lettered =
            trees.iter().enumerate().find(|(index, tree)| tree.id == line || render::letter(*index).to_lowercase().to_string() == line);
        match lettered {
            Some((_, tree)) => return Ok(Some(tree)),
            None if line == "q" => return Ok(None),
            None => {}
        }
    }
}

fn walk(edge: &mut Edge, args: &DecideArgs, tree: &Tree) -> Result<Exit, Failure> {
    let talks = args.format == Format::Text;
    if talks {
        edge.print(&render::tree_head(tree, edge.width))?;
    }
    let mut given = args.answers.iter().cloned();
    let mut walk = Walk::new(tree);
    loop {
        let branch = match walk.step() {
            Some(Step::Branch(branch)) => branch,
            Some(Step::Leaf(leaf)) => return end(edge, &walk, leaf, args.format),
            None => return Ok(Exit::Failed),
        };
        if talks {
            edge.print(&render::branch_text(branch, walk.replies.len() + 1, edge.width))?;
        }
        let asks = edge.interactive && given.len() == 0;
        let line = match given.next() {
            Some(answer) => Some(answer),
            None if asks => prompt::line(edge, "Answer", Some("a letter, p previous, q leave"), None)?,
            None if args.answers.is_empty() => Some(read_line(branch)?),
            None => return Err(unanswered(branch)),
        };
        match line.as_deref().map(str::trim) {
            None | Some("q" | "Q") => return Ok(Exit::Failed),
            Some(text) if walk.answer(text) => {
                if let Some(reply) = walk.replies.last().filter(|_| talks) {
                    edge.print(&format!("\n{}", render::reply_text(reply, edge.width)))?;
                }
            }
            Some("p" | "P") => walk.back(),
            Some(_) if asks => edge.print("Answer with a letter from the list.\n")?,
            Some(text) => {
                let help = crate::diag::suggestion(text, branch.answers.iter().map(|way| way.name.as_str()));
                return Err(Failure::Usage { message: format!("`{text}` is no answer to `{}`", branch.id), help });
            }
        }
    }
}

fn read_line(branch: &Branch) -> Result<String, Failure> {
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line).map_err(|source| Failure::Io { doing: "read an answer".to_owned(), source })?;
    if read == 0 { Err(unanswered(branch)) } else { Ok(line) }
}

fn unanswered(branch: &Branch) -> Failure {
    let names: Vec<String> = branch.answers.iter().map(|way| format!("`{}`", way.name)).collect();
    Failure::Usage {
        message: format!("`{}` is not answered", branch.id),
        help: Some(format!("add `--answer` with one of {}, or one answer a line on standard input", names.join(", "))),
    }
}

/// Runs what proves a design.
fn proofs(leaf: &Leaf, format: Format) -> Result<Vec<RunProof>, Failure> {
    // What is wrong with a bundled scenario is told without its text; a test sees to it that nothing is.
    leaf.runs.iter().map(|run| run.execute().map_err(|diagnostics| load::input(Sources::new(), diagnostics, format))).collect()
}

fn end(edge: &mut Edge, walk: &Walk<'_>, leaf: &Leaf, format: Format) -> Result<Exit, Failure> {
    let proofs = proofs(leaf, format)?;
    let report = LeafReport { leaf, proofs: &proofs };
    match format {
        Format::Text => edge.print(&render::leaf_text(&report, edge.width))?,
        Format::Json => edge.print_json(&render::walk_json(walk.tree, &walk.replies, &report))?,
    }
    Ok(if proofs.iter().all(|proof| proof.as_told) { Exit::Passed } else { Exit::Failed })
}

fn all(edge: &mut Edge, trees: &[&Tree], format: Format) -> Result<Exit, Failure> {
    let mut told = true;
    let mut values = Vec::new();
    for (index, tree) in trees.iter().enumerate() {
        let proofs: Vec<Vec<RunProof>> = tree.leaves.iter().map(|leaf| proofs(leaf, format)).collect::<Result<_, _>>()?;
        let reports: Vec<LeafReport<'_>> = tree.leaves.iter().zip(&proofs).map(|(leaf, proofs)| LeafReport { leaf, proofs }).collect();
        told &= proofs.iter().flatten().all(|proof| proof.as_told);
        match format {
            Format::Text => {
                let gap = if index == 0 { "" } else { "\n\n" };
                edge.print(&format!("{gap}{}", render::tree_text(tree, &reports, edge.width)))?;
            }
            Format::Json => values.push(render::tree_json(tree, &reports)),
        }
    }
    if format == Format::Json {
        edge.print_json(&json!({ "trees": values }))?;
    }
    Ok(if told { Exit::Passed } else { Exit::Failed })
}
