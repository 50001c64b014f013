//! Patterns of JSON events: `{ $.eventSource = "kms*" && ($.errorCode = * || $.count >= 3) }`.

use super::cursor::Cursor;
use super::operand::{Comparison, Operand};
use super::{FilterError, Selector};
use serde_json::Value;

/// How deep parentheses may stand in each other.
const DEEPEST: usize = 64;

/// What an event must be like.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Test(Selector, Test),
}

#[derive(Clone, Debug)]
pub(super) enum Test {
    Equals(Operand),
    Differs(Operand),
    Compares(Comparison, f64),
    IsNull,
    Is(bool),
    NotExists,
}

impl Condition {
    pub(super) fn holds(&self, event: &Value) -> bool {
        match self {
            Condition::All(parts) => parts.iter().all(|part| part.holds(event)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Condition::Test(selector, test) => test.holds(selector.find(event)),
        }
    }
}

impl Test {
    /// `=` and `!=` look at texts and numbers only: what is not there, and what is a list or an object, is neither equal to
    /// anything nor different from it.
    fn holds(&self, found: Option<&Value>) -> bool {
        match self {
            Test::Equals(operand) => found.and_then(|value| operand.equals(value)) == Some(true),
            Test::Differs(operand) => found.and_then(|value| operand.equals(value)) == Some(false),
            Test::Compares(comparison, number) => found.and_then(Value::as_f64).is_some_and(|value| comparison.holds(value, *number)),
            Test::IsNull => found == Some(&Value::Null),
            Test::Is(wanted) => found == Some(&Value::Bool(*wanted)),
            Test::NotExists => found.is_none(),
        }
    }
}

/// Reads `{ … }`.
pub(super) fn read(cursor: &mut Cursor) -> Result<Condition, FilterError> {
    cursor.take("{");
    let condition = either(cursor, 0)?;
    if !cursor.take("}") {
        return Err(cursor.expected("`&&`, `||` or `}`"));
    }
    cursor.skip_space();
    match cursor.peek() {
        None => Ok(condition),
        Some(_) => Err(cursor.error("nothing may stand behind the closing brace")),
    }
}

/// `a || b`, which binds weaker than `a && b`.
fn either(cursor: &mut Cursor, depth: usize) -> Result<Condition, FilterError> {
    let mut parts = vec![both(cursor, depth)?];
    while cursor.take("||") {
        parts.push(both(cursor, depth)?);
    }
    Ok(one_of(parts, Condition::Any))
}

fn both(cursor: &mut Cursor, depth: usize) -> Result<Condition, FilterError> {
    let mut parts = vec![unit(cursor, depth)?];
    while cursor.take("&&") {
        parts.push(unit(cursor, depth)?);
    }
    Ok(one_of(parts, Condition::All))
}

fn one_of(mut parts: Vec<Condition>, several: fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            several(parts)
        }
    }
}

/// A condition or one in parentheses, with the space around it.
fn unit(cursor: &mut Cursor, depth: usize) -> Result<Condition, FilterError> {
    cursor.skip_space();
    let condition = if cursor.peek() == Some('(') {
        if depth == DEEPEST {
            return Err(cursor.error(format!("parentheses stand at most {DEEPEST} deep")));
        }
        cursor.take("(");
        let inner = either(cursor, depth + 1)?;
        if !cursor.take(")") {
            return Err(cursor.expected("`&&`, `||` or `)`"));
        }
        inner
    } else {
        let selector = Selector::read(cursor)?;
        cursor.skip_space();
        Condition::Test(selector, test(cursor)?)
    };
    cursor.skip_space();
    Ok(condition)
}

fn test(cursor: &mut Cursor) -> Result<Test, FilterError> {
    // The longer operators first: `<` is the beginning of `<=`.
    for (operator, comparison) in
        [("<=", Comparison::AtMost), (">=", Comparison::AtLeast), ("<", Comparison::Below), (">", Comparison::Above)]
    {
        if cursor.take(operator) {
            return Operand::read_number(cursor).map(|number| Test::Compares(comparison, number));
        }
    }
    if cursor.take("!=") {
        return Operand::read(cursor).map(Test::Differs);
    }
    if cursor.take("=") {
        return Operand::read(cursor).map(Test::Equals);
    }
    let start = cursor.at();
    let wrong = |words: &str| FilterError {
        message: format!("expected =, !=, <, <=, >, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS, found `{words}`"),
        at: start,
    };
    let first = cursor.take_while(char::is_alphabetic);
    cursor.skip_space();
    match first.as_str() {
        "IS" | "NOT" => {}
        "" => return Err(cursor.expected("=, !=, <, <=, >, >=, IS NULL, IS TRUE, IS FALSE or NOT EXISTS")),
        other => return Err(wrong(other)),
    }
    let second = cursor.take_while(char::is_alphabetic);
    match (first.as_str(), second.as_str()) {
        ("IS", "NULL") => Ok(Test::IsNull),
        ("IS", "TRUE") => Ok(Test::Is(true)),
        ("IS", "FALSE") => Ok(Test::Is(false)),
        ("NOT", "EXISTS") => Ok(Test::NotExists),
        (first, second) => Err(wrong(format!("{first} {second}").trim_end())),
    }
}
