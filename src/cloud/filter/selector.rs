//! Selectors: `$.requestParameters.encryptionContext.['aws:s3:arn']`, `$.resources[0].ARN`.

use super::FilterError;
use super::cursor::Cursor;
use serde_json::Value;

/// A path from the root of a JSON event to a value in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Member(String),
    Index(usize),
}

impl Selector {
    /// Reads a selector that stands alone.
    ///
    /// # Errors
    /// The first mistake, with its column.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let mut cursor = Cursor::new(text);
        let selector = Selector::read(&mut cursor)?;
        match cursor.peek() {
            None => Ok(selector),
            Some(_) => Err(cursor.expected("`.`, `[` or the end")),
        }
    }

    pub(super) fn read(cursor: &mut Cursor) -> Result<Self, FilterError> {
        if !cursor.take("$") {
            return Err(cursor.expected("a selector such as $.eventName, or `(`"));
        }
        let mut steps = Vec::new();
        loop {
            if cursor.take(".") {
                // `.['a.b']` is what the documentation writes; `['a.b']` alone is read below.
                if cursor.peek() != Some('[') {
                    steps.push(Step::Member(name(cursor)?));
                }
            } else if cursor.take("[") {
                steps.push(in_brackets(cursor)?);
            } else {
                break;
            }
        }
        if steps.is_empty() {
            return Err(cursor.expected("`.` and the name of a member"));
        }
        Ok(Selector { steps })
    }

    /// What stands at the path.
    #[must_use]
    pub fn find<'v>(&self, event: &'v Value) -> Option<&'v Value> {
        self.steps.iter().try_fold(event, |value, step| match step {
            Step::Member(name) => value.as_object()?.get(name),
            Step::Index(index) => value.as_array()?.get(*index),
        })
    }
}

fn name(cursor: &mut Cursor) -> Result<String, FilterError> {
    let name = cursor.take_while(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_'));
    if name.is_empty() {
        return Err(cursor.expected("the name of a member; one with other signs is written .['…']"));
    }
    if cursor.peek() == Some(':') {
        return Err(cursor.error("a name with other signs than letters, digits, - and _ is written .['…']"));
    }
    Ok(name)
}

/// A number or a quoted name; the bracket has been taken.
fn in_brackets(cursor: &mut Cursor) -> Result<Step, FilterError> {
    let step = if cursor.take("'") {
        Step::Member(cursor.take_until('\'', false)?)
    } else if cursor.take("\"") {
        Step::Member(cursor.take_until('"', true)?)
    } else {
        let wrong = cursor.expected("the number of an item, or a name in quotes");
        let digits = cursor.take_while(|letter| letter.is_ascii_digit());
        Step::Index(digits.parse().map_err(|_| wrong)?)
    };
    if cursor.take("]") { Ok(step) } else { Err(cursor.expected("`]`")) }
}
