//! Text with wildcards and policy variables, prepared once and matched often.
//!
//! ```text
//! "arn:aws:kms:*:111122223333:key/${aws:PrincipalTag/key}" -> atoms -> Pattern per ARN segment -> matches(text)
//! ```
//!
//! A pattern without variables is compiled when its policy is read. One with variables keeps its atoms and is
//! compiled for each request, with the values as plain text: a star in a value is a star, not a wildcard.

use super::AccessRequest;
use super::ContextValue;
use super::key::{Key, lookup};
use std::sync::Arc;

/// A piece of a pattern as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Atom {
    /// Characters that stand for themselves.
    Text(String),
    /// `?`
    One,
    /// `*`
    Any,
    /// `${key}` or `${key, 'default'}`
    Variable(Key, Option<Arc<str>>),
}

/// Which characters of a text are more than characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Syntax {
    /// `*` and `?` are wildcards.
    pub(super) wildcards: bool,
    /// `${…}` is a policy variable: only in documents of version 2012-10-17.
    pub(super) variables: bool,
}

/// Splits a text into atoms.
///
/// Source: "IAM policy elements: Variables and tags", IAM User Guide.
pub(super) fn atoms(text: &str, syntax: Syntax) -> Vec<Atom> {
    let mut atoms = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    let mut variables = syntax.variables;
    while let Some(first) = rest.chars().next() {
        if variables && let Some(inside) = rest.strip_prefix("${") {
            if let Some((inner, after)) = inside.split_once('}') {
                rest = after;
                match inner {
                    "*" | "?" | "$" => plain.push_str(inner),
                    _ => {
                        flush(&mut plain, &mut atoms);
                        atoms.push(variable(inner));
                    }
                }
                continue;
            }
            // No brace closes here, so none closes further on: looking again each time would be quadratic.
            variables = false;
        }
        rest = rest.get(first.len_utf8()..).unwrap_or("");
        match first {
            '*' if syntax.wildcards => {
                flush(&mut plain, &mut atoms);
                if atoms.last() != Some(&Atom::Any) {
                    atoms.push(Atom::Any);
                }
            }
            '?' if syntax.wildcards => {
                flush(&mut plain, &mut atoms);
                atoms.push(Atom::One);
            }
            other => plain.push(other),
        }
    }
    flush(&mut plain, &mut atoms);
    atoms
}

fn flush(plain: &mut String, atoms: &mut Vec<Atom>) {
    if !plain.is_empty() {
        atoms.push(Atom::Text(std::mem::take(plain)));
    }
}

fn variable(inner: &str) -> Atom {
    let with_default = inner.split_once(", ").and_then(|(key, rest)| Some((key, rest.strip_prefix('\'')?.strip_suffix('\'')?)));
    match with_default {
        Some((key, default)) => Atom::Variable(Key::parse(key), Some(default.into())),
        None => Atom::Variable(Key::parse(inner), None),
    }
}

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Pattern {
    /// `*`
    Any,
    /// No wildcard.
    Exact(Box<str>),
    /// Text, then one star.
    Prefix(Box<str>),
    /// Everything else without variables.
    Glob(Glob),
    /// With variables: compiled for each request.
    Template(Box<[Atom]>),
}

impl Pattern {
    /// Compiles atoms.
    pub(super) fn compile(atoms: Vec<Atom>) -> Pattern {
        if atoms.iter().any(|atom| matches!(atom, Atom::Variable(..))) {
            return Pattern::Template(atoms.into());
        }
        match atoms.as_slice() {
            [] => Pattern::Exact("".into()),
            [Atom::Any] => Pattern::Any,
            [Atom::Text(text)] => Pattern::Exact(text.as_str().into()),
            [Atom::Text(text), Atom::Any] => Pattern::Prefix(text.as_str().into()),
            _ => Pattern::Glob(Glob::compile(&atoms)),
        }
    }

    /// Whether it has variables.
    pub(super) fn is_template(&self) -> bool {
        matches!(self, Pattern::Template(_))
    }

    /// The keys of its variables.
    pub(super) fn variables(&self) -> impl Iterator<Item = &Key> {
        let atoms: &[Atom] = match self {
            Pattern::Template(atoms) => atoms,
            Pattern::Any | Pattern::Exact(_) | Pattern::Prefix(_) | Pattern::Glob(_) => &[],
        };
        atoms.iter().filter_map(|atom| match atom {
            Atom::Variable(key, _) => Some(key),
            Atom::Text(_) | Atom::One | Atom::Any => None,
        })
    }

    /// A pattern of an action: without variables, in lower case, to be used with [`Pattern::matches_action`].
    pub(super) fn of_action(text: &str) -> Pattern {
        Pattern::compile(atoms(&text.to_ascii_lowercase(), Syntax { wildcards: true, variables: false }))
    }

    /// Whether it covers an action, which must be in lower case: then comparing is comparing bytes.
    pub(super) fn matches_action(&self, action: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Exact(text) => **text == *action,
            Pattern::Prefix(text) => action.starts_with(&**text),
            Pattern::Glob(glob) => glob.matches(action),
            Pattern::Template(_) => false,
        }
    }

    /// Whether it matches a text. A variable without a value matches nothing.
    pub(super) fn matches(&self, text: &str, request: &AccessRequest<'_>) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Exact(exact) => **exact == *text,
            Pattern::Prefix(prefix) => text.starts_with(&**prefix),
            Pattern::Glob(glob) => glob.matches(text),
            Pattern::Template(atoms) => substitute(atoms, request).is_some_and(|atoms| Pattern::compile(atoms).matches(text, request)),
        }
    }

    /// Whether it is the same text, case aside. Wildcards do not exist here.
    pub(super) fn equals_ignoring_case(&self, text: &str, request: &AccessRequest<'_>) -> bool {
        match self {
            Pattern::Exact(exact) => exact.eq_ignore_ascii_case(text) || (!text.is_ascii() && exact.to_lowercase() == text.to_lowercase()),
            Pattern::Template(atoms) => {
                substitute(atoms, request).is_some_and(|atoms| Pattern::compile(atoms).equals_ignoring_case(text, request))
            }
            Pattern::Any | Pattern::Prefix(_) | Pattern::Glob(_) => false,
        }
    }
}

/// The atoms with every variable replaced by its value; nothing if one has none.
fn substitute(atoms: &[Atom], request: &AccessRequest<'_>) -> Option<Vec<Atom>> {
    let mut result: Vec<Atom> = Vec::with_capacity(atoms.len());
    for atom in atoms {
        let next = match atom {
            Atom::Variable(key, default) => Atom::Text(match (lookup(request, key), default) {
                (Some(ContextValue::One(value)), _) => value.into_owned(),
                // A multivalued key cannot be a variable.
                (Some(ContextValue::Many(_)) | None, Some(default)) => default.to_string(),
                (Some(ContextValue::Many(_)) | None, None) => return None,
            }),
            Atom::Text(_) | Atom::One | Atom::Any => atom.clone(),
        };
        match (result.last_mut(), next) {
            (Some(Atom::Text(before)), Atom::Text(text)) => before.push_str(&text),
            (_, next) => result.push(next),
        }
    }
    Some(result)
}

/// A pattern with wildcards, cut at its stars.
///
/// The first piece must begin the text, the last must end it, and those between are found one after the other,
/// each at its first place. So nothing is ever tried again, and time is at worst text length times piece length
/// (and only for pieces with `?`; the others are searched in linear time).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Glob {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(Box<str>),
    /// None stands for `?`.
    Ones(Box<[Option<char>]>),
}

/// Whether a text fits a pattern in which `*` stands for any run of characters and `?` for one.
#[must_use]
pub fn like(pattern: &str, text: &str) -> bool {
    Glob::compile(&atoms(pattern, Syntax { wildcards: true, variables: false })).matches(text)
}

impl Glob {
    fn compile(atoms: &[Atom]) -> Glob {
        let pieces = atoms.split(|atom| *atom == Atom::Any).map(Piece::compile).collect();
        Glob { pieces }
    }

    fn matches(&self, text: &str) -> bool {
        let Some((first, others)) = self.pieces.split_first() else { return text.is_empty() };
        let Some(mut rest) = first.strip_from(text) else { return false };
        let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
        for piece in middle {
            match piece.skip_past(rest) {
                Some(after) => rest = after,
                None => return false,
            }
        }
        last.ends(rest)
    }
}

impl Piece {
    fn compile(atoms: &[Atom]) -> Piece {
        if atoms.contains(&Atom::One) {
            let mut ones = Vec::new();
            for atom in atoms {
                match atom {
                    Atom::Text(text) => ones.extend(text.chars().map(Some)),
                    Atom::One => ones.push(None),
                    Atom::Any | Atom::Variable(..) => {}
                }
            }
            return Piece::Ones(ones.into());
        }
        let text: String = atoms
            .iter()
            .map(|atom| match atom {
                Atom::Text(text) => text.as_str(),
                Atom::One | Atom::Any | Atom::Variable(..) => "",
            })
            .collect();
        Piece::Text(text.into())
    }

    /// The text after this piece, if the text begins with it.
    fn strip_from<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Piece::Text(piece) => text.strip_prefix(&**piece),
            Piece::Ones(ones) => {
                let mut chars = text.chars();
                ones.iter().all(|one| chars.next().is_some_and(|char| one.is_none_or(|one| one == char))).then_some(chars.as_str())
            }
        }
    }

    /// The text after the first place where this piece stands.
    fn skip_past<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self {
            Piece::Text(piece) => text.split_once(&**piece).map(|(_, after)| after),
            Piece::Ones(_) => text.char_indices().find_map(|(at, _)| self.strip_from(text.get(at..)?)),
        }
    }

    /// Whether the text ends with this piece.
    fn ends(&self, text: &str) -> bool {
        match self {
            Piece::Text(piece) => text.ends_with(&**piece),
            Piece::Ones(ones) => {
                let start = ones.len().checked_sub(1).and_then(|back| text.char_indices().nth_back(back));
                start.and_then(|(at, _)| self.strip_from(text.get(at..)?)).is_some_and(str::is_empty)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of a wildcard match, slow and obvious.
    fn by_definition(pattern: &[char], text: &[char]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some(('*', rest)) => (0..=text.len()).any(|skip| by_definition(rest, &text[skip..])),
            Some(('?', rest)) => !text.is_empty() && by_definition(rest, &text[1..]),
            Some((one, rest)) => text.first() == Some(one) && by_definition(rest, &text[1..]),
        }
    }

    #[test]
    fn wildcards_match_as_defined_for_all_short_patterns_and_texts() {
        let words = |letters: &[char], longest: usize| {
            let mut all = vec![String::new()];
            let mut last = all.clone();
            for _ in 0..longest {
                last = last.iter().flat_map(|word| letters.iter().map(move |letter| format!("{word}{letter}"))).collect();
                all.extend(last.clone());
            }
            all
        };
        for pattern in words(&['*', '?', 'a', 'é'], 5) {
            for text in words(&['a', 'é'], 4) {
                let (p, t): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
                assert_eq!(like(&pattern, &text), by_definition(&p, &t), "{pattern} on {text}");
            }
        }
    }

    #[test]
    fn a_pattern_of_many_stars_takes_no_exponential_time() {
        assert!(!like(&"a*".repeat(2_000), &format!("{}b", "a".repeat(1_000))));
        assert!(!like(&format!("{}b", "*a?".repeat(1_000)), &"a".repeat(4_000)));
    }

    #[test]
    fn an_unclosed_variable_is_text() {
        let syntax = Syntax { wildcards: true, variables: true };
        assert_eq!(atoms("a${b", syntax), [Atom::Text("a${b".into())]);
        assert_eq!(atoms(&"${".repeat(100_000), syntax).len(), 1);
        assert_eq!(atoms("${*}${?}${$}", syntax), [Atom::Text("*?$".into())]);
    }
}
