//! Which claims of the guide are exercised, and which of them by something that the model runs.

use super::generate::{Family, families};
use super::question::{Evidence, Question};
use crate::rulebook::Claim;
use crate::scenario::Document;
use std::collections::BTreeSet;

/// Something that a learner works on, as far as claims and facts are concerned.
#[derive(Clone, Debug)]
pub struct Exercise {
    /// Its id among those of its kind.
    pub id: String,
    /// What it is.
    pub kind: ExerciseKind,
    /// Whether the model runs every answer to it; else its key is cited.
    pub executed: bool,
    /// Its topics, the main one first.
    pub topics: Vec<String>,
    /// The claims that it names.
    pub claims: Vec<&'static Claim>,
    /// The ids of the facts that it leans on or quotes.
    pub facts: BTreeSet<String>,
}

/// Kinds of exercises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExerciseKind {
    /// A question of a bank.
    Question,
    /// A scenario.
    Scenario,
    /// Questions that are made from a seed.
    Family,
}

impl ExerciseKind {
    /// `question`, `scenario` or `family`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ExerciseKind::Question => "question",
            ExerciseKind::Scenario => "scenario",
            ExerciseKind::Family => "family",
        }
    }
}

impl Exercise {
    /// A question of a bank.
    #[must_use]
    pub fn of_question(question: &Question) -> Self {
        let mut facts: BTreeSet<String> = question.facts.iter().cloned().collect();
        let options = question.options.iter().map(|option| option.why.as_str());
        facts.extend(options.chain([question.why.as_str()]).flat_map(quoted));
        let executed = matches!(question.evidence, Evidence::Executed { .. });
        Exercise {
            id: question.id.clone(),
            kind: ExerciseKind::Question,
            executed,
            topics: question.topics.clone(),
            claims: question.claims.clone(),
            facts,
        }
    }

    /// A scenario.
    #[must_use]
    pub fn of_scenario(document: &Document) -> Self {
        let options = document.decisions.iter().flat_map(|decision| &decision.options).filter_map(|option| option.why.as_deref());
        let facts = options.chain(document.debrief.as_deref()).flat_map(quoted).collect();
        Exercise {
            id: document.id.clone(),
            kind: ExerciseKind::Scenario,
            executed: true,
            topics: document.topics.clone(),
            claims: document.claims.clone(),
            facts,
        }
    }

    /// The families of generated questions: the model computes every answer.
    #[must_use]
    pub fn of_families() -> Vec<Self> {
        let family = |family: &&Family| Exercise {
            id: family.id.to_owned(),
            kind: ExerciseKind::Family,
            executed: true,
            topics: family.topics.iter().map(|topic| (*topic).to_owned()).collect(),
            claims: family.claims.iter().filter_map(|id| Claim::find(id)).collect(),
            facts: family.facts.iter().map(|fact| (*fact).to_owned()).collect(),
        };
        families().iter().map(family).collect()
    }
}

/// The ids in `{fact:ID}`.
fn quoted(text: &str) -> impl Iterator<Item = String> {
    text.split("{fact:").skip(1).filter_map(|rest| rest.split_once('}')).map(|(id, _)| id.to_owned())
}

/// All claims with what exercises them.
#[derive(Clone, Debug)]
pub struct Coverage<'e> {
    /// The sections of the guide, in its order.
    pub sections: Vec<SectionCoverage<'e>>,
    exercises: &'e [Exercise],
}

/// A section of the guide.
#[derive(Clone, Debug)]
pub struct SectionCoverage<'e> {
    /// The path of headings: `Key Management > Key Rotation`.
    pub name: &'static str,
    /// Its claims.
    pub claims: Vec<ClaimCoverage<'e>>,
}

/// A claim with what exercises it.
#[derive(Clone, Debug)]
pub struct ClaimCoverage<'e> {
    /// The claim.
    pub claim: &'static Claim,
    /// What names it.
    pub exercises: Vec<&'e Exercise>,
}

/// How well a claim is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Nothing names it.
    Missing,
    /// Only questions name it whose key is cited.
    Cited,
    /// Something names it that the model runs.
    Proved,
}

impl Standing {
    /// `missing`, `cited` or `proved`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Standing::Missing => "missing",
            Standing::Cited => "cited",
            Standing::Proved => "proved",
        }
    }
}

impl ClaimCoverage<'_> {
    /// How well it is covered.
    #[must_use]
    pub fn standing(&self) -> Standing {
        let standing = |exercise: &&Exercise| if exercise.executed { Standing::Proved } else { Standing::Cited };
        self.exercises.iter().map(standing).max().unwrap_or(Standing::Missing)
    }
}

impl SectionCoverage<'_> {
    /// How many of its claims are covered at least so well.
    #[must_use]
    pub fn count(&self, least: Standing) -> usize {
        self.claims.iter().filter(|claim| claim.standing() >= least).count()
    }
}

/// What coverage comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Figures {
    /// Claims of the guide.
    pub claims: usize,
    /// Those that something names.
    pub claims_covered: usize,
    /// Those that something names that the model runs.
    pub claims_proved: usize,
    /// Questions of the bank.
    pub questions: usize,
    /// Those whose key is executed.
    pub questions_proved: usize,
    /// Scenarios.
    pub scenarios: usize,
    /// Families of generated questions.
    pub families: usize,
    /// Sections of the guide.
    pub sections: usize,
    /// Those none of whose claims is named.
    pub sections_untouched: usize,
}

impl<'e> Coverage<'e> {
    /// The coverage by these exercises.
    #[must_use]
    pub fn of(exercises: &'e [Exercise]) -> Self {
        let mut sections: Vec<SectionCoverage<'e>> = Vec::new();
        for claim in Claim::all() {
            let naming = exercises.iter().filter(|exercise| exercise.claims.contains(&claim)).collect();
            let covered = ClaimCoverage { claim, exercises: naming };
            match sections.iter_mut().find(|section| section.name == claim.section) {
                Some(section) => section.claims.push(covered),
                None => sections.push(SectionCoverage { name: claim.section, claims: vec![covered] }),
            }
        }
        // A section stands with its chapter even where one of its claims is made in an earlier one.
        let chapters: Vec<&str> = Claim::all().iter().map(Claim::chapter).collect();
        let chapter = |section: &SectionCoverage<'_>| {
            let first = section.name.split(" > ").next();
            chapters.iter().rposition(|name| Some(*name) == first)
        };
        sections.sort_by_key(chapter);
        Coverage { sections, exercises }
    }

    /// What it comes to. Sections that were taken out of the list do not count.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let claims = |least| self.sections.iter().map(|section| section.count(least)).sum();
        let kind = |kind| self.exercises.iter().filter(move |exercise| exercise.kind == kind);
        Figures {
            claims: claims(Standing::Missing),
            claims_covered: claims(Standing::Cited),
            claims_proved: claims(Standing::Proved),
            questions: kind(ExerciseKind::Question).count(),
            questions_proved: kind(ExerciseKind::Question).filter(|exercise| exercise.executed).count(),
            scenarios: kind(ExerciseKind::Scenario).count(),
            families: kind(ExerciseKind::Family).count(),
            sections: self.sections.len(),
            sections_untouched: self.sections.iter().filter(|section| section.count(Standing::Cited) == 0).count(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exercise(id: &str, kind: ExerciseKind, executed: bool, claims: &[&str]) -> Exercise {
        let claims = claims.iter().map(|id| Claim::find(id).unwrap()).collect();
        Exercise { id: id.to_owned(), kind, executed, topics: Vec::new(), claims, facts: BTreeSet::new() }
    }

    #[test]
    fn a_claim_is_proved_by_one_run_and_not_by_many_citations() {
        let exercises = [
            exercise("cited", ExerciseKind::Question, false, &["rotation-kinds", "aes-256-standard"]),
            exercise("run", ExerciseKind::Question, true, &["rotation-kinds"]),
        ];
        let coverage = Coverage::of(&exercises);
        let standing = |id: &str| {
            let mut claims = coverage.sections.iter().flat_map(|section| &section.claims);
            claims.find(|claim| claim.claim.id == id).unwrap().standing()
        };
        assert_eq!(
            ["rotation-kinds", "aes-256-standard", "rds-scope"].map(standing),
            [Standing::Proved, Standing::Cited, Standing::Missing]
        );
        let figures = coverage.figures();
        assert_eq!((figures.claims_covered, figures.claims_proved, figures.questions, figures.questions_proved), (2, 1, 2, 1));
        assert_eq!((figures.claims, figures.sections - figures.sections_untouched), (Claim::all().len(), 2));
    }

    #[test]
    fn every_claim_that_a_family_names_exists() {
        let named: usize = families().iter().map(|family| family.claims.len()).sum();
        assert_eq!(Exercise::of_families().iter().map(|family| family.claims.len()).sum::<usize>(), named);
    }

    #[test]
    fn sections_stand_in_the_order_of_their_chapters() {
        let coverage = Coverage::of(&[]);
        let mut chapters: Vec<&str> = coverage.sections.iter().filter_map(|section| section.name.split(" > ").next()).collect();
        chapters.dedup();
        assert_eq!(chapters.len(), chapters.iter().collect::<BTreeSet<_>>().len(), "{chapters:?}");
        assert_eq!(chapters.first(), Some(&"Introduction to AWS KMS"));
    }

    #[test]
    fn quoted_facts_are_found_in_a_text() {
        assert_eq!(quoted("a {fact:one}, {fact:two} and {fact:open").collect::<Vec<_>>(), ["one", "two"]);
    }
}
