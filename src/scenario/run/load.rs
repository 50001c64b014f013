//! Carrying out a load: calls in the order of their time, the clock moving from one to the next.

use super::{Runner, Stop, adapt, failed_call};
use crate::cloud::{ApiError, Detail, Duration, Instant, Reason, after, format_duration};
use crate::doc::Node;
use crate::kms::{Operation, Request};
use crate::pricing::grouped;
use crate::scenario::check::Expectation;
use crate::scenario::load::{Load, LoadCall, is_throttling};
use crate::scenario::verdict::Evidence;
use crate::services::call;
use serde_json::{Map, Value};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

/// What is sent, made ready once for all calls of a kind.
enum Prepared {
    Kms(Box<Request>),
    Service(Value),
    /// A request that cannot even be read is refused the same way every time.
    Unreadable(ApiError),
}

/// The calls of one kind under way, and what has come of those that have ended.
struct Lane<'l> {
    call: &'l LoadCall,
    prepared: Prepared,
    /// How many have been started.
    started: u64,
    /// By client: since when it has its data key, and for how many messages it has served.
    cached: BTreeMap<u64, (Instant, u64)>,
    /// How often KMS or the service was asked.
    attempts: u64,
    throttled: u64,
    /// Calls by the way they ended, `ok` or an error code.
    ended: BTreeMap<String, u64>,
}

/// An attempt that waits for its time: when, its number in the order of waiting, the lane, the client, attempts so far.
type Waiting = (Instant, u64, usize, u64, u32);

/// All that a load is about to do.
struct Schedule<'l> {
    start: Instant,
    over: Duration,
    lanes: Vec<Lane<'l>>,
    waiting: BinaryHeap<Reverse<Waiting>>,
    waited: u64,
}

impl Runner<'_> {
    /// Makes all calls of a load, and looks at how they ended.
    pub(super) fn load(&mut self, load: &Load) -> Result<(), Stop> {
        let lanes = load.calls.iter().map(|call| self.lane(call)).collect::<Result<Vec<_>, Stop>>()?;
        let start = self.world.cloud.now();
        let mut schedule = Schedule { start, over: load.over, lanes, waiting: BinaryHeap::new(), waited: 0 };
        let mut first = None;
        while let Some((time, index, client, attempts)) = schedule.next() {
            self.world_until(time);
            let Some(lane) = schedule.lanes.get_mut(index) else { break };
            let outcome = if lane.has_data_key(client, time) { Ok(()) } else { self.attempt(lane, client) };
            let attempts = attempts + 1;
            match (&outcome, lane.call.retry) {
                (Err(error), Some(retry)) if is_throttling(&error.code) && attempts < retry.attempts => {
                    schedule.wait(after(time, retry.wait(attempts)), index, client, attempts);
                }
                (_, _) => {
                    lane.end(outcome.as_ref().map_or_else(|error| error.code.as_ref(), |()| "ok"));
                    first = first.or_else(|| unexpected(&lane.call.call.expect, &outcome));
                }
            }
        }
        self.world_until(after(start, load.over));
        match first {
            Some(evidence) => Err(Stop::Failed(told(evidence, load, &schedule.lanes))),
            None => exposure(load),
        }
    }

    fn world_until(&mut self, time: Instant) {
        let now = self.world.cloud.now();
        if time > now {
            self.world.advance(time - now);
        }
    }

    fn lane<'l>(&self, call: &'l LoadCall) -> Result<Lane<'l>, Stop> {
        let members = call.call.members.as_ref().map_or_else(|| Ok(Value::Object(Map::new())), |node: &Node| self.members(node));
        let mut members = members?;
        if let Value::Object(map) = &mut members {
            adapt(map, &self.world.cloud.random);
        }
        let prepared = match call.call.operation.strip_prefix("kms:").and_then(Operation::parse) {
            Some(operation) => {
                Request::from_json(operation, &members).map_or_else(Prepared::Unreadable, |request| Prepared::Kms(Box::new(request)))
            }
            None => Prepared::Service(members),
        };
        Ok(Lane { call, prepared, started: 0, cached: BTreeMap::new(), attempts: 0, throttled: 0, ended: BTreeMap::new() })
    }

    fn attempt(&mut self, lane: &mut Lane<'_>, client: u64) -> Result<(), ApiError> {
        let made = &lane.call.call;
        let outcome = match &lane.prepared {
            Prepared::Kms(request) => self.world.kms(&made.caller, request).map(|_| ()),
            Prepared::Service(members) => call(&mut self.world, &made.caller, &made.operation, members.clone()).map(|_| ()),
            Prepared::Unreadable(error) => Err(error.clone()),
        };
        lane.attempts += 1;
        lane.throttled += u64::from(outcome.as_ref().is_err_and(|error| is_throttling(&error.code)));
        if outcome.is_ok() && lane.call.cache.is_some() {
            lane.cached.insert(client, (self.world.cloud.now(), 1));
        }
        outcome
    }
}

impl Schedule<'_> {
    /// The next attempt: when, of which lane, by which client, after how many others. Of equals who has waited goes first.
    fn next(&mut self) -> Option<(Instant, usize, u64, u32)> {
        let fresh = self.lanes.iter().enumerate().filter(|(_, lane)| lane.started < lane.call.times);
        let fresh = fresh.map(|(index, lane)| (after(self.start, share(self.over, lane.started, lane.call.times)), index)).min();
        let waiting = self.waiting.peek().map(|Reverse((time, ..))| *time);
        if let Some((time, index)) = fresh.filter(|(time, _)| waiting.is_none_or(|waiting| *time < waiting)) {
            let lane = self.lanes.get_mut(index)?;
            let client = lane.started % lane.call.cache.map_or(1, |cache| cache.clients);
            lane.started += 1;
            return Some((time, index, client, 0));
        }
        let Reverse((time, _, index, client, attempts)) = self.waiting.pop()?;
        Some((time, index, client, attempts))
    }

    fn wait(&mut self, until: Instant, index: usize, client: u64, attempts: u32) {
        self.waited += 1;
        self.waiting.push(Reverse((until, self.waited, index, client, attempts)));
    }
}

impl Lane<'_> {
    /// Whether a client has a data key for one message more; if so, the message takes it.
    fn has_data_key(&mut self, client: u64, now: Instant) -> bool {
        let Some(cache) = self.call.cache else { return false };
        let Some((since, served)) = self.cached.get_mut(&client) else { return false };
        let kept = now - *since < cache.age && cache.messages.is_none_or(|most| *served < most);
        *served += u64::from(kept);
        kept
    }

    fn end(&mut self, how: &str) {
        match self.ended.get_mut(how) {
            Some(count) => *count += 1,
            None => {
                self.ended.insert(how.to_owned(), 1);
            }
        }
    }
}

/// What came of all calls of an operation by one principal, however many lanes they took.
#[derive(Default)]
struct Tally {
    times: u64,
    attempts: u64,
    throttled: u64,
    retried: bool,
    cached: bool,
    ended: BTreeMap<String, u64>,
}

/// `s3:GetObject by role/Web: 9,000 times, 7,826 ok, 1,174 SlowDown`, for each operation and principal in the order of the load.
fn tallies(lanes: &[Lane<'_>]) -> Vec<Detail> {
    let mut tallies: Vec<(String, Tally)> = Vec::new();
    for lane in lanes {
        let made = &lane.call.call;
        let who = made.caller.principal.identity_arn().rsplit(':').next().unwrap_or_default().to_owned();
        let what = format!("{} by {who}", made.operation);
        let at = tallies.iter().position(|(known, _)| *known == what).unwrap_or_else(|| {
            tallies.push((what, Tally::default()));
            tallies.len() - 1
        });
        let Some((_, tally)) = tallies.get_mut(at) else { continue };
        tally.times += lane.call.times;
        tally.attempts += lane.attempts;
        tally.throttled += lane.throttled;
        tally.retried |= lane.call.retry.is_some();
        tally.cached |= lane.call.cache.is_some();
        for (how, count) in &lane.ended {
            *tally.ended.entry(how.clone()).or_default() += count;
        }
    }
    let told = |(what, tally): (String, Tally)| {
        let ended: Vec<String> = tally.ended.iter().rev().map(|(how, count)| format!("{} {how}", number(*count))).collect();
        let mut text = format!("{what}: {} times, {}", number(tally.times), ended.join(", "));
        if tally.retried {
            text.push_str(&format!(", throttled {} times in {} attempts", number(tally.throttled), number(tally.attempts)));
        } else if tally.cached {
            text.push_str(&format!(", with {} requests", number(tally.attempts)));
        }
        Detail { text, span: None }
    };
    tallies.into_iter().map(told).collect()
}

/// The part of a span that has passed when `done` of `all` even parts have.
fn share(span: Duration, done: u64, all: u64) -> Duration {
    let nanoseconds = i128::from(span.num_nanoseconds().unwrap_or(i64::MAX)) * i128::from(done) / i128::from(all.max(1));
    Duration::nanoseconds(i64::try_from(nanoseconds).unwrap_or(i64::MAX))
}

fn number(count: u64) -> String {
    grouped(count.into())
}

/// What is wrong with the way in which a call ended.
fn unexpected(expect: &Expectation, outcome: &Result<(), ApiError>) -> Option<Evidence> {
    match (expect, outcome) {
        (Expectation::Ok(_), Ok(())) => None,
        (Expectation::Ok(_), Err(error)) => Some(failed_call("ok", error)),
        (Expectation::Error(code), Err(error)) if error.code == *code => None,
        (Expectation::Error(code), Err(error)) => Some(failed_call(code, error)),
        (Expectation::Error(code), Ok(())) => {
            Some(Evidence { expected: code.clone(), found: "ok".to_owned(), message: String::new(), reason: None })
        }
    }
}

/// The evidence of the first call that ended otherwise than it must, with the counts of all.
fn told(first: Evidence, load: &Load, lanes: &[Lane<'_>]) -> Evidence {
    let total: u64 = load.calls.iter().map(|call| call.times).sum();
    let mut wrong: BTreeMap<&str, u64> = BTreeMap::new();
    for lane in lanes {
        let right = match &lane.call.call.expect {
            Expectation::Ok(_) => "ok",
            Expectation::Error(code) => code,
        };
        for (how, count) in lane.ended.iter().filter(|(how, _)| *how != right) {
            *wrong.entry(how).or_default() += count;
        }
    }
    let count: u64 = wrong.values().sum();
    let wrong: Vec<String> = wrong.iter().map(|(how, count)| format!("{} with {how}", number(*count))).collect();
    let message = format!(
        "{} of {} calls in {} ended otherwise than they must: {}",
        number(count),
        number(total),
        format_duration(load.over),
        wrong.join(", ")
    );
    let mut reason = first.reason.as_ref().map_or_else(|| Reason::new(first.message.clone()), |reason| Reason::clone(reason));
    reason.details.splice(0..0, tallies(lanes));
    Evidence { message, reason: Some(Arc::new(reason)), ..first }
}

/// Whether one data key comes to serve more messages than it may.
fn exposure(load: &Load) -> Result<(), Stop> {
    let Some(most) = load.messages_per_key_at_most else { return Ok(()) };
    let worst = load
        .calls
        .iter()
        .filter_map(|call| Some((call, call.cache?.messages_per_key(call.times, load.over))))
        .max_by_key(|(_, served)| *served);
    let Some((call, served)) = worst.filter(|(_, served)| *served > most) else { return Ok(()) };
    let Some(cache) = call.cache else { return Ok(()) };
    let clients = if cache.clients == 1 { "1 client".to_owned() } else { format!("{} clients", number(cache.clients)) };
    let kept = match cache.messages {
        Some(messages) => format!("{} messages or {}", number(messages), format_duration(cache.age)),
        None => format_duration(cache.age),
    };
    let headline = format!(
        "{} messages in {} for {clients}, each with a cache that keeps a data key for {kept}: it comes to serve {}",
        number(call.times),
        format_duration(load.over),
        number(served),
    );
    Err(Stop::Failed(Evidence {
        expected: format!("at most {most}"),
        found: served.to_string(),
        message: format!("one data key opens {} messages to whoever gets hold of it", number(served)),
        reason: Some(Arc::new(Reason::new(headline))),
    }))
}
