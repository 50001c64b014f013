//! The guide's decision trees: questions, designs, and the runs that prove the designs.
//!
//! The trees are data (`trees/*.yaml`). [`Walk`] goes through one of them, [`Run::execute`] runs a bundled scenario with the answers that a
//! design stands for, and tells whether it ends as the tree says.

mod read;
mod run;
#[cfg(test)]
mod tests;
mod walk;

pub use run::{RunProof, Shown};
pub use walk::{Reply, Step, Walk};

use crate::diag::{Diagnostic, Sources};
use crate::doc::Node;
use crate::rulebook::Claim;

/// The files of the trees: name and text.
const FILES: [(&str, &str); 2] = [
    ("src/study/trees/key-selection.yaml", include_str!("../trees/key-selection.yaml")),
    ("src/study/trees/key-rotation.yaml", include_str!("../trees/key-rotation.yaml")),
];

/// One decision tree.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Its id: `key-selection`.
    pub id: String,
    /// What it decides.
    pub title: String,
    /// The section of the guide.
    pub guide: String,
    /// What is to be said of the whole tree.
    pub intro: String,
    /// The id of the first branch.
    pub first: String,
    /// The branches, in the order of the file.
    pub branches: Vec<Branch>,
    /// The leaves.
    pub leaves: Vec<Leaf>,
}

/// A question on the way.
#[derive(Clone, Debug)]
pub struct Branch {
    /// Its id within the tree.
    pub id: String,
    /// The question.
    pub ask: String,
    /// Why the answer matters.
    pub why: String,
    /// What the guide says here.
    pub guide: String,
    /// What holds today.
    pub today: String,
    /// The claims of the guide that it is about.
    pub claims: Vec<&'static Claim>,
    /// The answers.
    pub answers: Vec<Way>,
}

/// An answer, and where it leads.
#[derive(Clone, Debug)]
pub struct Way {
    /// Its name: `yes`.
    pub name: String,
    /// What the learner reads.
    pub label: String,
    /// The id of a branch or leaf.
    pub to: String,
}

/// The design at the end of a way.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// Its id within the tree.
    pub id: String,
    /// The design.
    pub design: String,
    /// Why it is the one.
    pub why: String,
    /// What the guide has here.
    pub guide: String,
    /// What is wrong with that today.
    pub wrong: Option<String>,
    /// The claims of the guide that it is about.
    pub claims: Vec<&'static Claim>,
    /// What proves it: the design first, then what others come to.
    pub runs: Vec<Run>,
}

/// A bundled scenario with answers to all its decisions.
#[derive(Clone, Debug)]
pub struct Run {
    /// The id of the scenario.
    pub scenario: String,
    /// What is tried.
    pub what: String,
    /// The answers.
    pub with: Node,
    /// Where it fails and what is found there; nothing if it passes.
    pub fails: Option<(String, String)>,
    /// Checks by name, with what they show.
    pub shows: Vec<(String, String)>,
}

impl Tree {
    /// All trees.
    ///
    /// # Errors
    /// What is wrong with their files, which are part of the program.
    pub fn all() -> Result<Vec<Tree>, (Sources, Vec<Diagnostic>)> {
        let mut sources = Sources::new();
        let mut trees = Vec::new();
        for (name, text) in FILES {
            match read::tree(&mut sources, name, text) {
                Ok(tree) => trees.push(tree),
                Err(diagnostics) => return Err((sources, diagnostics)),
            }
        }
        Ok(trees)
    }

    /// The branch of this id.
    #[must_use]
    pub fn branch(&self, id: &str) -> Option<&Branch> {
        self.branches.iter().find(|branch| branch.id == id)
    }

    /// The leaf of this id.
    #[must_use]
    pub fn leaf(&self, id: &str) -> Option<&Leaf> {
        self.leaves.iter().find(|leaf| leaf.id == id)
    }

    /// What stands at an id; nothing if there is neither a branch nor a leaf.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<Step<'_>> {
        self.branch(id).map(Step::Branch).or_else(|| self.leaf(id).map(Step::Leaf))
    }
}
