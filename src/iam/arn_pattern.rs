//! Patterns for ARNs, compared segment by segment.

use super::AccessRequest;
use super::pattern::{Atom, Pattern, Syntax, atoms};

/// A pattern for ARNs: six segments compared one by one, so that a star stays inside its segment; only the sixth
/// holds colons of its own.
///
/// Source: "IAM JSON policy elements: Resource" and "IAM JSON policy elements: Condition operators", IAM User Guide.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ArnPattern {
    /// `*` alone.
    Everything,
    /// A whole ARN without wildcards.
    Exact(Box<str>),
    /// A pattern for each segment.
    Segments(Box<[Pattern]>),
    /// No ARN: matches nothing.
    Malformed,
}

impl ArnPattern {
    /// Compiles an ARN pattern. `complete` fills missing segments at the end with wildcards, as identity-based
    /// policies do.
    pub(super) fn compile(text: &str, syntax: Syntax, complete: bool) -> ArnPattern {
        let atoms = atoms(text, syntax);
        if atoms == [Atom::Any] {
            return ArnPattern::Everything;
        }
        if let [Atom::Text(text)] = atoms.as_slice()
            && text.split(':').count() >= 6
        {
            return ArnPattern::Exact(text.as_str().into());
        }
        let mut segments = split_at_colons(atoms);
        if complete && segments.len() > 1 {
            segments.resize(6, vec![Atom::Any]);
        }
        if segments.len() == 6 { ArnPattern::Segments(segments.into_iter().map(Pattern::compile).collect()) } else { ArnPattern::Malformed }
    }

    /// Whether it matches an ARN.
    pub(super) fn matches(&self, arn: &str, request: &AccessRequest<'_>) -> bool {
        match self {
            ArnPattern::Everything => true,
            ArnPattern::Exact(exact) => **exact == *arn,
            ArnPattern::Segments(segments) => {
                let mut parts = arn.splitn(6, ':');
                segments.iter().all(|pattern| parts.next().is_some_and(|part| pattern.matches(part, request)))
            }
            ArnPattern::Malformed => false,
        }
    }
}

/// Splits atoms at the first five colons that are written out; a colon inside `${aws:username}` is none.
fn split_at_colons(atoms: Vec<Atom>) -> Vec<Vec<Atom>> {
    let mut done: Vec<Vec<Atom>> = Vec::new();
    let mut current = Vec::new();
    for atom in atoms {
        match atom {
            Atom::Text(text) => {
                let mut rest = text.as_str();
                while done.len() < 5
                    && let Some((segment, after)) = rest.split_once(':')
                {
                    if !segment.is_empty() {
                        current.push(Atom::Text(segment.to_owned()));
                    }
                    done.push(std::mem::take(&mut current));
                    rest = after;
                }
                if !rest.is_empty() {
                    current.push(Atom::Text(rest.to_owned()));
                }
            }
            Atom::One | Atom::Any | Atom::Variable(..) => current.push(atom),
        }
    }
    done.push(current);
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_arn_is_completed_only_where_asked() {
        let syntax = Syntax { wildcards: true, variables: false };
        assert_eq!(ArnPattern::compile("arn:aws:kms", syntax, false), ArnPattern::Malformed);
        assert!(matches!(ArnPattern::compile("arn:aws:kms", syntax, true), ArnPattern::Segments(_)));
        assert_eq!(ArnPattern::compile("alias", syntax, true), ArnPattern::Malformed);
    }
}
