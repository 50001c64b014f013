//! The way through a tree.

use super::{Branch, Leaf, Tree, Way};

/// Where a walk stands.
#[derive(Clone, Copy, Debug)]
pub enum Step<'t> {
    /// At a question.
    Branch(&'t Branch),
    /// At a design.
    Leaf(&'t Leaf),
}

/// What was said at a branch.
#[derive(Clone, Copy, Debug)]
pub struct Reply<'t> {
    /// The branch.
    pub branch: &'t Branch,
    /// The answer.
    pub way: &'t Way,
}

/// A walk through a tree, back as well.
#[derive(Clone, Debug)]
pub struct Walk<'t> {
    /// The tree.
    pub tree: &'t Tree,
    /// The answers so far.
    pub replies: Vec<Reply<'t>>,
}

impl<'t> Walk<'t> {
    /// At the first branch.
    #[must_use]
    pub fn new(tree: &'t Tree) -> Self {
        Walk { tree, replies: Vec::new() }
    }

    /// Where it stands; nothing if the tree leads nowhere.
    #[must_use]
    pub fn step(&self) -> Option<Step<'t>> {
        let id = self.replies.last().map_or(self.tree.first.as_str(), |reply| reply.way.to.as_str());
        self.tree.step(id)
    }

    /// Answers the branch at which it stands, by a letter or by the name of an answer. Nothing else moves it.
    pub fn answer(&mut self, text: &str) -> bool {
        let Some(Step::Branch(branch)) = self.step() else { return false };
        let text = text.trim().to_lowercase();
        let named = branch.answers.iter().find(|way| way.name == text);
        let way = named.or_else(|| match text.as_bytes() {
            [letter @ b'a'..=b'z'] => branch.answers.get(usize::from(letter - b'a')),
            _ => None,
        });
        if let Some(way) = way {
            self.replies.push(Reply { branch, way });
        }
        way.is_some()
    }

    /// One branch back; at the first it stays.
    pub fn back(&mut self) {
        self.replies.pop();
    }
}
