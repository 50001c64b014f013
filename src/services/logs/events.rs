//! Log events: written, read, and searched with a filter pattern.

use super::{INVALID, LogEvent, Message, Place, REUSE, context, metric_filter, missing, permitted, service, translate};
use crate::cloud::{ApiError, Caller, FilterPattern};
use crate::services::World;
use crate::services::envelope::{DataKey, Lock};
use crate::services::request::read;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PutLogEvents {
    log_group_name: String,
    log_stream_name: String,
    log_events: Vec<InputLogEvent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InputLogEvent {
    /// Milliseconds since 1970; now, if nothing is said.
    timestamp: Option<i64>,
    message: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct GetLogEvents {
    log_group_name: String,
    log_stream_name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FilterLogEvents {
    log_group_name: String,
    #[serde(default)]
    log_stream_names: Vec<String>,
    log_stream_name_prefix: Option<String>,
    filter_pattern: Option<String>,
    start_time: Option<i64>,
    end_time: Option<i64>,
    limit: Option<usize>,
}

/// Most events of one answer of FilterLogEvents.
const MOST: usize = 10_000;

pub(super) fn put(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Value, ApiError> {
    let PutLogEvents { log_group_name, log_stream_name, log_events } = read(members, INVALID)?;
    let (place, arn) = permitted(world, caller, &log_group_name, Some(&log_stream_name), "logs:PutLogEvents")?;
    let named = world.logs.groups.get(&place).ok_or_else(missing)?.key.clone();
    let key = named.map(|named| encrypting_key(world, &place, &named)).transpose().map_err(|error| translate(&error, &arn))?;
    let (stream, now): (Arc<str>, _) = (log_stream_name.into(), world.cloud.now());
    let mut events = Vec::new();
    for InputLogEvent { timestamp, message } in log_events {
        let timestamp = timestamp.unwrap_or_else(|| now.timestamp_millis());
        metric_filter::apply(world, &place, timestamp, &message);
        let message = match &key {
            Some(key) => Message::Sealed(key.seal(&mut world.cloud.random, &arn, message.as_bytes())?),
            None => Message::Default(message),
        };
        events.push(LogEvent { stream: Arc::clone(&stream), timestamp, ingested: now, message });
    }
    world.logs.groups.get_mut(&place).ok_or_else(missing)?.events.extend(events);
    Ok(json!({}))
}

fn encrypting_key(world: &mut World, place: &Place, named: &Arc<str>) -> Result<Arc<DataKey>, ApiError> {
    let now = world.cloud.now();
    let group = world.logs.groups.get(place).ok_or_else(missing)?;
    if let Some(key) = group.encrypting.get(named, now, REUSE) {
        return Ok(key);
    }
    let (caller, context) = (service(group.account, group.region, &group.arn), context(&group.arn));
    let key = Arc::new(DataKey::generate(world, &caller, named, &context)?);
    world.logs.groups.get_mut(place).ok_or_else(missing)?.encrypting.put(Arc::clone(named), Arc::clone(&key), now, REUSE);
    Ok(key)
}

pub(super) fn get(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Value, ApiError> {
    let GetLogEvents { log_group_name, log_stream_name } = read(members, INVALID)?;
    let (place, arn) = permitted(world, caller, &log_group_name, Some(&log_stream_name), "logs:GetLogEvents")?;
    let group = world.logs.groups.get(&place).ok_or_else(missing)?;
    let wanted: Vec<LogEvent> = group.events.iter().filter(|event| *event.stream == *log_stream_name).cloned().collect();
    let mut events = Vec::new();
    for event in wanted {
        let (timestamp, ingested) = (event.timestamp, event.ingested.timestamp_millis());
        let message = open(world, &place, &arn, event.message)?;
        events.push(json!({"timestamp": timestamp, "message": message, "ingestionTime": ingested}));
    }
    Ok(json!({"events": events}))
}

/// Searches a log group, oldest events first. Both ends of the time count.
///
/// Source: "FilterLogEvents", Amazon CloudWatch Logs API Reference.
pub(super) fn filter(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Value, ApiError> {
    let request: FilterLogEvents = read(members, INVALID)?;
    let (place, arn) = permitted(world, caller, &request.log_group_name, None, "logs:FilterLogEvents")?;
    let pattern = pattern(request.filter_pattern.as_deref().unwrap_or_default())?;
    let group = world.logs.groups.get(&place).ok_or_else(missing)?;
    let in_time = |event: &LogEvent| {
        request.start_time.is_none_or(|start| event.timestamp >= start) && request.end_time.is_none_or(|end| event.timestamp <= end)
    };
    let in_stream = |event: &LogEvent| {
        let named = request.log_stream_names.is_empty() || request.log_stream_names.iter().any(|name| **name == *event.stream);
        named && request.log_stream_name_prefix.as_deref().is_none_or(|prefix| event.stream.starts_with(prefix))
    };
    let wanted = group.events.iter().enumerate().filter(|(_, event)| in_time(event) && in_stream(event));
    let mut wanted: Vec<(usize, LogEvent)> = wanted.map(|(number, event)| (number, event.clone())).collect();
    wanted.sort_by_key(|(number, event)| (event.timestamp, *number));
    let most = request.limit.unwrap_or(MOST).min(MOST);
    let mut events = Vec::new();
    for (number, event) in wanted {
        let (stream, timestamp, ingested) = (event.stream, event.timestamp, event.ingested.timestamp_millis());
        let message = open(world, &place, &arn, event.message)?;
        if events.len() < most && pattern.matches(&message) {
            let id = world.cloud.random.hex(&format!("log event {number} of {arn}"), 56);
            events.push(
                json!({"logStreamName": &*stream, "timestamp": timestamp, "message": message, "ingestionTime": ingested, "eventId": id}),
            );
        }
    }
    Ok(json!({"events": events, "searchedLogStreams": []}))
}

/// Reads a filter pattern.
///
/// # Errors
/// `InvalidParameterException`, with the place of the mistake in its reason.
pub(super) fn pattern(text: &str) -> Result<FilterPattern, ApiError> {
    FilterPattern::parse(text).map_err(|error| ApiError::new(INVALID, "Invalid filter pattern").because(format!("{text}: {error}")))
}

fn open(world: &mut World, place: &Place, arn: &Arc<str>, message: Message) -> Result<String, ApiError> {
    match message {
        Message::Default(text) => Ok(text),
        Message::Sealed(sealed) => {
            let key = decrypting_key(world, place, &sealed.lock).map_err(|error| translate(&error, arn))?;
            Ok(String::from_utf8_lossy(&key.open(arn, &sealed)?).into_owned())
        }
    }
}

fn decrypting_key(world: &mut World, place: &Place, lock: &Lock) -> Result<Arc<DataKey>, ApiError> {
    let now = world.cloud.now();
    let group = world.logs.groups.get(place).ok_or_else(missing)?;
    if let Some(key) = group.decrypting.get(lock, now, REUSE) {
        return Ok(key);
    }
    let (caller, context) = (service(group.account, group.region, &group.arn), context(&group.arn));
    let key = Arc::new(DataKey::unlock(world, &caller, lock, &context)?);
    world.logs.groups.get_mut(place).ok_or_else(missing)?.decrypting.put(lock.clone(), Arc::clone(&key), now, REUSE);
    Ok(key)
}
