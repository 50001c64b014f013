//! What the guide claims, and what holds today: the syllabus.

/// One claim of the guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Claim {
    /// Stable slug, never reused.
    pub id: &'static str,
    /// The path of headings in the guide: `Key Management > Key Rotation`.
    pub section: &'static str,
    /// The line of the guide where it stands first.
    pub line: u32,
    /// What the guide says.
    pub claim: &'static str,
    /// Whether it holds.
    pub verdict: Verdict,
    /// What holds today.
    pub today: &'static str,
    /// Title of the AWS page that says so.
    pub source: &'static str,
}

/// Whether a claim of the guide holds today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As the guide says it.
    Current,
    /// In part, or under a condition that the guide leaves out.
    Simplified,
    /// It did once.
    Outdated,
    /// It never did in this form.
    Wrong,
}

impl Verdict {
    /// `current`, `simplified`, `outdated` or `wrong`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Current => "current",
            Verdict::Simplified => "simplified",
            Verdict::Outdated => "outdated",
            Verdict::Wrong => "wrong",
        }
    }
}

impl Claim {
    /// All claims, in the order of the guide.
    #[must_use]
    pub fn all() -> &'static [Claim] {
        CLAIMS
    }

    /// The claim with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Claim> {
        CLAIMS.iter().find(|claim| claim.id == id)
    }

    /// The chapter of the guide: the first heading of the section.
    #[must_use]
    pub fn chapter(&self) -> &'static str {
        self.section.split(" > ").next().unwrap_or(self.section)
    }

    /// The last heading of the section.
    #[must_use]
    pub fn heading(&self) -> &'static str {
        self.section.rsplit(" > ").next().unwrap_or(self.section)
    }
}

static CLAIMS: &[Claim] = include!(concat!(env!("OUT_DIR"), "/claims.rs"));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sources;
    use crate::doc::{self, Limits, Node};

    #[test]
    fn the_table_is_what_a_reader_of_yaml_finds_in_the_file() {
        let file = doc::read(&mut Sources::new(), "claims", include_str!("claims.yaml"), Limits::default()).unwrap();
        let entries = file.as_sequence().unwrap();
        assert_eq!(entries.len(), Claim::all().len());
        for (entry, claim) in entries.iter().zip(Claim::all()) {
            let line = claim.line.to_string();
            let fields = [claim.id, claim.section, &line, claim.claim, claim.verdict.name(), claim.today, claim.source].map(Some);
            assert_eq!(fields, FIELDS.map(|key| entry.get(key).and_then(Node::as_str)));
        }
    }

    const FIELDS: [&str; 7] = ["id", "section", "line", "claim", "verdict", "today", "source"];

    /// The counts of the audit: a claim that is lost is noticed.
    #[test]
    fn the_syllabus_is_complete() {
        let count = |verdict| Claim::all().iter().filter(|claim| claim.verdict == verdict).count();
        let counts = [Verdict::Current, Verdict::Simplified, Verdict::Outdated, Verdict::Wrong].map(count);
        assert_eq!(counts, [162, 58, 16, 38]);
        assert!(Claim::find("kms-managed-key-service").is_some_and(|claim| claim.chapter() == "Introduction to AWS KMS"));
    }
}
