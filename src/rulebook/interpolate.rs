//! Facts inside texts: `{fact:ID}` becomes the value in force.

use super::Rulebook;

/// A text quotes a fact that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown fact `{id}`")]
pub struct UnknownFact {
    /// The id as it was written.
    pub id: String,
    /// Where the quotation begins, in bytes from the start of the text.
    pub offset: usize,
    /// What to do about it.
    pub suggestion: Option<String>,
}

const OPENING: &str = "{fact:";

impl Rulebook {
    /// Replaces every `{fact:ID}` by the fact's value in force with its unit, and where the two rulebooks
    /// differ adds what the other one says: `365 days (the guide says 1,095 days)`. Other braces stay as they are.
    ///
    /// # Errors
    /// The first quotation of a fact that does not exist, or that is not closed.
    pub fn interpolate(self, text: &str) -> Result<String, UnknownFact> {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPENING) {
            result.push_str(before);
            let offset = text.len() - rest.len() + before.len();
            // Without its closing brace a quotation would swallow the text: the id then ends with the line.
            let line = after.lines().next().unwrap_or("");
            let (id, closed) = line.split_once('}').map_or((line, false), |(id, _)| (id, true));
            let Some(fact) = self.fact(id).filter(|_| closed) else {
                let suggestion = crate::diag::suggestion(id, self.facts().iter().map(|fact| fact.id));
                return Err(UnknownFact { id: id.to_owned(), offset, suggestion });
            };
            result.push_str(&fact.quote(self.kind));
            rest = after.split_once('}').map_or("", |(_, rest)| rest);
        }
        result.push_str(rest);
        Ok(result)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotations_become_the_value_in_force() {
        let text = "At most {fact:grants-per-key} and {fact:deletion-window-min}; {other} stays.";
        assert_eq!(
            Rulebook::current().interpolate(text).unwrap(),
            "At most 50,000 grants (the guide says 10,000 grants) and 7 days; {other} stays."
        );
        assert_eq!(Rulebook::guide().interpolate(text).unwrap(), "At most 10,000 grants (today: 50,000 grants) and 7 days; {other} stays.");
    }

    #[test]
    fn an_unknown_or_unclosed_quotation_is_an_error_with_its_place() {
        let error = Rulebook::current().interpolate("é {fact:grants-per-kye}").unwrap_err();
        assert_eq!((error.id.as_str(), error.offset), ("grants-per-kye", 3));
        assert_eq!(error.suggestion.as_deref(), Some("did you mean `grants-per-key`?"));
        let error = Rulebook::current().interpolate("{fact:grants-per-key\nand more}").unwrap_err();
        assert_eq!(error.id, "grants-per-key");
    }
}
