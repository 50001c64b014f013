//! Log files: about every five minutes, what happened since the last one.
//!
//! Nothing happened, no file: a quiet account gets none. A delivery that fails is told to nobody but
//! GetTrailStatus; its events go into the next file that arrives.

use super::trail::Trail;
use super::{Task, World, log_group};
use crate::cloud::{Cloud, Duration, Event};
use crate::kms::EncryptionContext;
use crate::services::Task as ServiceTask;
use crate::services::event::cause;
use crate::services::s3::{Delivery, deliver};
use serde_json::{Value, json};
use std::sync::Arc;

/// How often log files are delivered.
///
/// Source: "How CloudTrail works", AWS CloudTrail User Guide: about every five minutes, and none without activity.
const INTERVAL: Duration = Duration::minutes(5);

pub(super) fn run(world: &mut World, arn: &Arc<str>, start: u64) {
    let Some(trail) = world.cloudtrail.trails.get(arn).filter(|trail| trail.logging && trail.starts == start).cloned() else { return };
    if something_happened(&world.cloud, &trail) {
        attempt(world, trail);
    }
    world.later(INTERVAL, ServiceTask::CloudTrail(Task::Deliver { trail: Arc::clone(arn), start }));
}

/// The record of an event that a trail gets, if it gets one: of its account, and of its Region unless it takes all.
pub(super) fn record(trail: &Trail, event: &Event) -> Option<Value> {
    if trail.multi_region || event.region == trail.region { event.record_in(trail.account) } else { None }
}

/// Calls that are made for deliveries, by CloudTrail and for its log group, are logged, but are no reason for another
/// file: it would never end.
fn something_happened(cloud: &Cloud, trail: &Trail) -> bool {
    let for_logs = |event: &Event| trail.logs.as_ref().is_some_and(|logs| event.caller.source_arn.as_ref() == Some(&logs.arn));
    let own = |event: &Event| {
        let caller = &event.caller.principal;
        caller.is_service() && (*caller.arn == *"cloudtrail.amazonaws.com" || for_logs(event))
    };
    events_since(cloud, trail.looked_at).any(|event| !own(event) && record(trail, event).is_some())
}

/// The events from a place on; all of them if the record has been cleared since.
pub(super) fn events_since(cloud: &Cloud, place: usize) -> impl Iterator<Item = &Event> {
    let events = cloud.trail.events();
    events.get(place..).unwrap_or(events).iter()
}

fn attempt(world: &mut World, mut trail: Trail) {
    let records: Vec<Value> = events_since(&world.cloud, trail.delivered).filter_map(|event| record(&trail, event)).collect();
    let (body, key) = (json!({ "Records": records }).to_string(), file_key(world, &trail));
    let until = world.cloud.trail.len();
    let region = world.s3.bucket(&trail.bucket).map_or(trail.region, |bucket| bucket.region);
    let delivery = Delivery {
        caller: &trail.service(region),
        bucket: &trail.bucket,
        key: &key,
        body: &body,
        kms_key: trail.kms_key.as_deref(),
        extra: EncryptionContext::from([("aws:cloudtrail:arn".to_owned(), trail.arn.to_string())]),
    };
    let outcome = deliver(world, &delivery);
    log_group::send(world, &mut trail);
    trail.looked_at = world.cloud.trail.len();
    match outcome {
        Ok(()) => {
            trail.files += 1;
            trail.latest_file = Some(key.into());
            trail.latest_delivery = Some(world.cloud.now());
            trail.latest_error = None;
            trail.delivered = until;
        }
        Err(error) => trail.latest_error = Some((error.code.to_string(), cause(&error))),
    }
    world.cloudtrail.trails.insert(Arc::clone(&trail.arn), trail);
}

/// `PREFIX/AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/ACCOUNT_CloudTrail_REGION_YYYYMMDDTHHmmZ_UNIQUE.json.gz`.
///
/// Source: "CloudTrail log file examples", AWS CloudTrail User Guide.
fn file_key(world: &World, trail: &Trail) -> String {
    let (now, account, region) = (world.cloud.now(), trail.account, trail.region);
    let unique = world.cloud.random.hex(&format!("log file {} of {}", trail.files + 1, trail.arn), 16);
    let (day, minute) = (now.format("%Y/%m/%d"), now.format("%Y%m%dT%H%MZ"));
    format!("{}CloudTrail/{region}/{day}/{account}_CloudTrail_{region}_{minute}_{unique}.json.gz", trail.log_prefix())
}
