//! What can be asked: questions, decisions, scenarios and generated items, each under an id that progress is kept by.

/// Something that can be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// `question:ID`, `decision:SCENARIO/DECISION`, `scenario:ID` or `generated:FAMILY`.
    pub id: String,
    /// Its main topic.
    pub topic: String,
    /// What it has in common with its siblings: one gives away another's answer.
    pub family: String,
    /// What it is.
    pub kind: ItemKind,
    /// How hard it is, from 1 to 5: of new scenarios the easy ones come first.
    pub difficulty: u8,
}

/// The kinds of items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ItemKind {
    /// One question of the bank.
    Question,
    /// One decision of a scenario, the others being made.
    Decision,
    /// A whole scenario with all its decisions.
    Scenario,
    /// A question that is made from a seed, another one each time.
    Generated,
}

impl ItemKind {
    /// All of them.
    pub const ALL: [ItemKind; 4] = [ItemKind::Question, ItemKind::Decision, ItemKind::Scenario, ItemKind::Generated];

    /// `question`, `decision`, `scenario` or `generated`: what an item's id begins with.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ItemKind::Question => "question",
            ItemKind::Decision => "decision",
            ItemKind::Scenario => "scenario",
            ItemKind::Generated => "generated",
        }
    }

    /// The id under which progress with an item of this kind is kept.
    #[must_use]
    pub fn id(self, name: &str) -> String {
        format!("{}:{name}", self.name())
    }

    /// The kind of the item with this id.
    #[must_use]
    pub fn of(id: &str) -> Option<Self> {
        let (name, _) = id.split_once(':')?;
        ItemKind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Seconds that one takes, as long as nothing is known about the learner.
    #[must_use]
    pub(super) fn usual_seconds(self) -> u64 {
        match self {
            ItemKind::Question | ItemKind::Decision => 45,
            ItemKind::Generated => 50,
            ItemKind::Scenario => 150,
        }
    }
}
