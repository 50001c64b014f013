//! Loads: many calls spread over a stretch of time, several kinds at once, with the retries and the data key caches of
//! those who make them.

use super::caller::CallerFields;
use super::check::{Call, Reader};
use super::cost::count;
use crate::cloud::{Duration, parse_duration};
use crate::diag::Diagnostic;
use crate::doc::{Fields, Node};
pub(super) use crate::pricing::DataKeyCache as Cache;

/// Calls that are made side by side.
#[derive(Clone, Debug)]
pub struct Load {
    /// The stretch of time over which each kind of call is spread evenly.
    pub over: Duration,
    /// The kinds of call.
    pub calls: Vec<LoadCall>,
    /// Most messages that one data key may come to serve.
    pub messages_per_key_at_most: Option<u64>,
}

/// Calls of one kind.
#[derive(Clone, Debug)]
pub struct LoadCall {
    /// The call; every single one must give what it expects.
    pub call: Call,
    /// How many; with a cache, how many messages need a data key.
    pub times: u64,
    /// What the caller does when it is throttled; nothing: it gives up.
    pub retry: Option<Retry>,
    /// The cache of data keys, if the caller keeps one.
    pub cache: Option<Cache>,
}

/// Retries with exponential backoff, as in the "standard" mode of AWS's SDKs, without jitter and retry quota.
///
/// Source: "Retry behavior", AWS SDKs and Tools Reference Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// How often a call is tried at most, the first time included.
    pub attempts: u32,
    /// How long it waits before the second attempt; each further wait is twice the one before.
    pub backoff: Duration,
}

/// The longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::seconds(20);

impl Retry {
    /// The wait after so many attempts.
    pub(super) fn wait(self, attempts: u32) -> Duration {
        let factor = 2_i32.checked_pow(attempts.saturating_sub(1)).unwrap_or(i32::MAX);
        self.backoff.checked_mul(factor).map_or(LONGEST_WAIT, |wait| wait.min(LONGEST_WAIT))
    }
}

/// Longest time over which a load is spread, and most calls in it: what a run can carry out in a moment.
const LONGEST_LOAD: Duration = Duration::hours(1);
const MOST_CALLS: u64 = 100_000;

impl Reader<'_> {
    /// `{ over: 1s, calls: [ { as, call, with, times, … } ] }`.
    pub(super) fn load(&mut self, node: &Node) -> Option<Load> {
        let mut fields = Fields::of(node, "a load", self.diagnostics)?;
        let over = fields.required("over", self.diagnostics);
        let calls = fields.items("calls", self.diagnostics);
        let most = fields.optional("messages_per_key_at_most");
        let span = fields.span;
        fields.finish(self.diagnostics);
        let over = span_of(over?, LONGEST_LOAD, "a time such as `1s` or `5m`, at most an hour", self.diagnostics)?;
        let messages_per_key_at_most = most.and_then(|node| count(node, self.diagnostics));
        let listed = calls.len();
        let calls: Vec<LoadCall> = calls.iter().filter_map(|node| self.load_call(node)).collect();
        if calls.len() < listed {
            return None;
        }
        let total = calls.iter().fold(0, |total: u64, call| total.saturating_add(call.times));
        if total == 0 || total > MOST_CALLS {
            let message = format!("a load has between one call and {MOST_CALLS}, not {total}");
            self.diagnostics.push(Diagnostic::error("scenario/load", message).at(span, "so many `times` together"));
            return None;
        }
        Some(Load { over, calls, messages_per_key_at_most })
    }

    fn load_call(&mut self, node: &Node) -> Option<LoadCall> {
        let mut fields = Fields::of(node, "a call of a load", self.diagnostics)?;
        let operation = fields.required("call", self.diagnostics);
        let caller = CallerFields::of(&mut fields);
        let members = fields.optional("with");
        let expect = fields.optional("expect");
        let times = fields.required("times", self.diagnostics);
        let retry = fields.optional("retry");
        let cache = fields.optional("cache");
        fields.finish(self.diagnostics);
        let (operation, times) = (operation?, count(times?, self.diagnostics)?);
        let retry = retry.map(|node| self.retry(node));
        let cache = cache.map(|node| self.cache(node, operation));
        let expect = self.expectation(operation, expect, &[])?;
        let call = self.call(operation, &caller, members, expect, None)?;
        // What is wrong with either of them is reported, and the load not run.
        let (retry, cache) = (all(retry)?, all(cache)?);
        Some(LoadCall { call, times, retry, cache })
    }

    fn retry(&mut self, node: &Node) -> Option<Retry> {
        let mut fields = Fields::of(node, "retries", self.diagnostics)?;
        let attempts = fields.optional("attempts");
        let backoff = fields.optional("backoff");
        fields.finish(self.diagnostics);
        // The defaults of the SDKs: three attempts, and a second after the first throttled one.
        let attempts = match attempts {
            None => 3,
            Some(node) => match count(node, self.diagnostics)? {
                attempts @ 1..=10 => u32::try_from(attempts).unwrap_or(10),
                _ => {
                    self.diagnostics.push(node.expected("scenario/attempts", "a number of attempts from 1 to 10"));
                    return None;
                }
            },
        };
        let backoff = match backoff {
            None => Duration::seconds(1),
            Some(node) => span_of(node, LONGEST_WAIT, "a time such as `100ms`, at most 20s", self.diagnostics)?,
        };
        Some(Retry { attempts, backoff })
    }

    fn cache(&mut self, node: &Node, operation: &Node) -> Option<Cache> {
        if operation.as_str() != Some("kms:GenerateDataKey") {
            self.diagnostics.push(not_cached(node));
        }
        read_cache(node, self.diagnostics)
    }
}

/// A value that is there must have been read well.
fn all<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(read) => read.map(Some),
    }
}

pub(super) fn not_cached(node: &Node) -> Diagnostic {
    Diagnostic::error("scenario/cache", "only the data keys of `GenerateDataKey` are cached").at(node.span, "this call makes none")
}

/// `{ messages: 100, age: 5m, clients: 25 }`.
pub(super) fn read_cache(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<Cache> {
    let mut fields = Fields::of(node, "a data key cache", diagnostics)?;
    let messages = fields.optional("messages");
    let age = fields.required("age", diagnostics);
    let clients = fields.optional("clients");
    fields.finish(diagnostics);
    let messages = messages.map(|node| positive(node, diagnostics));
    let clients = clients.map_or(Some(1), |node| positive(node, diagnostics).filter(|clients| *clients <= MOST_CALLS));
    let age = age.and_then(|node| span_of(node, Duration::days(366), "a time such as `5m`, at most a year", diagnostics));
    Some(Cache { messages: all(messages)?, age: age?, clients: clients? })
}

fn positive(node: &Node, diagnostics: &mut Vec<Diagnostic>) -> Option<u64> {
    let number = count(node, diagnostics)?;
    if number == 0 {
        diagnostics.push(node.expected("scenario/count", "a number of at least 1"));
        return None;
    }
    Some(number)
}

fn span_of(node: &Node, longest: Duration, what: &str, diagnostics: &mut Vec<Diagnostic>) -> Option<Duration> {
    let span = node.as_str().and_then(parse_duration).filter(|span| *span <= longest);
    if span.is_none() {
        diagnostics.push(node.expected("scenario/duration", what));
    }
    span
}

/// Whether an error asks the caller to slow down, so that a retry makes sense.
pub(super) fn is_throttling(code: &str) -> bool {
    matches!(code, "ThrottlingException" | "SlowDown" | "KMS.ThrottlingException")
}
