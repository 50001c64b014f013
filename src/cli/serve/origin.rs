//! Where a served world comes from: an empty account, or a scenario with answers. It is the head of a state file, so that the
//! file alone brings the world back.

use crate::cli::scenario::{FilledIn, answers_of};
use crate::cli::{Failure, Format, load};
use crate::cloud::{AccountId, Instant, Region, format_instant};
use crate::content;
use crate::diag::Sources;
use crate::doc::{self, Limits};
use crate::rulebook::{Rulebook, RulebookKind};
use crate::scenario::{Answers, Document, Instance, instantiate, lower};
use crate::services::World;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A world before anything happened in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Origin {
    /// The facts in force: `current` or `guide`.
    pub(super) rulebook: String,
    pub(super) world: Source,
}

/// What a world is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Source {
    /// An account without keys.
    Empty { account: String, region: String, start: String, seed: u64, open: bool },
    /// A scenario, with its whole text: the file may change or go.
    Scenario { name: String, text: String, answers: FilledIn },
}

/// A world, ready to be served.
pub(super) struct Made {
    pub(super) title: String,
    /// The account of an empty world.
    pub(super) account: Option<AccountId>,
    pub(super) instance: Instance,
    pub(super) document: Document,
    pub(super) answers: Answers,
    pub(super) sources: Sources,
    pub(super) rulebook: Rulebook,
    /// Whether the world has checks of its own to run.
    pub(super) is_scenario: bool,
}

impl Source {
    /// An account without keys that begins now.
    ///
    /// In an `open` world no user or role has to exist for a policy to name it.
    pub(super) fn empty(account: AccountId, region: Region, start: Instant, seed: u64, open: bool) -> Self {
        Source::Empty { account: account.to_string(), region: region.code().to_owned(), start: format_instant(start), seed, open }
    }

    /// The scenario with a name, or in a file.
    ///
    /// # Errors
    /// If there is none, or it cannot be read.
    pub(super) fn scenario(name: &str, answers: FilledIn) -> Result<Self, Failure> {
        let (name, text) = load::scenario_text(name)?;
        Ok(Source::Scenario { name, text, answers })
    }
}

impl Origin {
    pub(super) fn new(rulebook: Rulebook, world: Source) -> Self {
        Origin { rulebook: rulebook.kind.name().to_owned(), world }
    }

    /// Whether a world that was saved is the one that is asked for. Where no scenario is named, what was saved goes on as it is, but for the
    /// kind of an empty account and the rulebook.
    ///
    /// # Errors
    /// If it is another.
    pub(super) fn agrees_with(&self, wanted: &Origin, path: Option<&Path>) -> Result<(), Failure> {
        let same = match (&self.world, &wanted.world) {
            (Source::Empty { open: saved, .. }, Source::Empty { open, .. }) => saved == open && self.rulebook == wanted.rulebook,
            (Source::Scenario { .. }, Source::Empty { .. }) => true,
            (saved, named) => saved == named && self.rulebook == wanted.rulebook,
        };
        if same {
            return Ok(());
        }
        let path = path.map(|path| path.display().to_string()).unwrap_or_default();
        Err(Failure::Usage {
            message: format!("{path} holds {}, which is not the world that the flags describe", self.title()),
            help: Some("name another state file, or give the flags with which it was begun".to_owned()),
        })
    }

    /// What the world is, for people.
    pub(super) fn title(&self) -> String {
        match &self.world {
            Source::Empty { account, open: false, .. } => format!("the empty account {account}"),
            Source::Empty { open: true, .. } => "empty accounts".to_owned(),
            Source::Scenario { name, .. } => format!("the scenario {name}"),
        }
    }

    /// Makes the world.
    ///
    /// # Errors
    /// If scenario or answers cannot be used.
    pub(super) fn make(&self) -> Result<Made, Failure> {
        let rulebook = Rulebook::of(RulebookKind::parse(&self.rulebook).unwrap_or_default());
        let mut sources = Sources::new();
        let is_scenario = matches!(self.world, Source::Scenario { .. });
        let (name, text, filled) = match &self.world {
            Source::Empty { account, region, start, seed, .. } => {
                (EMPTY_NAME.to_owned(), empty_account(account, region, start, *seed), FilledIn::default())
            }
            Source::Scenario { name, text, answers } => (name.clone(), text.clone(), answers.clone()),
        };
        let document = doc::read(&mut sources, &name, &text, Limits::default())
            .and_then(|node| lower(&node))
            .map_err(|diagnostics| load::input(std::mem::take(&mut sources), diagnostics, Format::Text))?;
        let bundled = content::SCENARIOS.iter().find(|bundled| bundled.name == name).map(content::Bundled::id);
        let answers = answers_of(&mut sources, &document, bundled.unwrap_or(&name), &filled, Format::Text)?;
        let mut instance = instantiate(&document, &answers, rulebook)
            .map_err(|diagnostics| load::input(std::mem::take(&mut sources), diagnostics, Format::Text))?;
        if let Source::Empty { open: true, .. } = self.world {
            let cloud = &instance.world.cloud;
            // Accounts that the world does not describe are taken to have every user and role.
            instance.world = World::new(rulebook, cloud.now(), cloud.random.seed());
        }
        let account = match &self.world {
            Source::Empty { account, .. } => AccountId::parse(account),
            Source::Scenario { .. } => None,
        };
        let title = if is_scenario { format!("the scenario {}", document.id) } else { self.title() };
        Ok(Made { title, account, instance, document, answers, sources, rulebook, is_scenario })
    }
}

const EMPTY_NAME: &str = "empty-account";

/// An account with an administrator, as a scenario. The account's label is its id, so that texts show the id.
fn empty_account(account: &str, region: &str, start: &str, seed: u64) -> String {
    format!(
        "scenario: {EMPTY_NAME}\ntitle: An empty account\nbrief: An account without keys.\nworld:\n  seed: {seed}\n  region: {region}\n  start: \
         \"{start}\"\n  accounts:\n    \"{account}\":\n      id: \"{account}\"\n      users: {{ Admin: {{ policies: [AdministratorAccess] }} \
         }}\nchecks: []\nproof: {{}}\n"
    )
}
