//! Recording a service's own calls, as CloudTrail logs management events.

use super::{World, service_operation};
use crate::cloud::{Additional, ApiError, Caller, Event, Parameters, Reason, Resource, Stamp};
use serde_json::Value;
use std::sync::Arc;

/// A call that CloudTrail logs as a management event.
#[derive(Clone, Debug)]
pub(super) struct Logged {
    /// `sqs.amazonaws.com`.
    pub(super) source: &'static str,
    /// The event's name.
    pub(super) name: &'static str,
    /// The type of the resource, `AWS::SQS::Queue`.
    pub(super) kind: &'static str,
    /// Whether the call only reads.
    pub(super) read_only: bool,
    /// The members, without secrets.
    pub(super) members: Value,
}

/// Records a management event.
pub(super) fn record(world: &mut World, caller: &Arc<Caller>, logged: Logged, resource: Option<Arc<str>>, error: Option<&ApiError>) {
    let account = caller.account();
    let event = Event {
        time: world.cloud.now(),
        source: logged.source,
        name: logged.name,
        caller: Arc::clone(caller),
        region: caller.region,
        recipient: account,
        parameters: Parameters::of(logged.members),
        response: None,
        additional: Additional::Nothing,
        resources: resource.into_iter().map(|arn| Resource { arn, account, kind: logged.kind }).collect(),
        error: error.map(|error| Arc::new(error.clone())),
        allowed: None,
        read_only: logged.read_only,
        stamp: Stamp::default(),
    };
    world.cloud.record(event);
}

/// Records a call that is named as in the table of operations, like `ec2:CreateVolume`, and touches no resource that the
/// record names; members that are secret must have been taken out.
pub(super) fn record_management_event(
    world: &mut World,
    caller: &Arc<Caller>,
    source: &'static str,
    operation: &str,
    members: &Value,
    error: Option<&ApiError>,
) {
    let Some((_, name)) = service_operation(operation).and_then(|row| row.name.split_once(':')) else { return };
    let read_only = name.starts_with("Describe") || name.starts_with("Get");
    record(world, caller, Logged { source, name, kind: "", read_only, members: members.clone() }, None, error);
}

/// What brought about an error, for a resource to keep: the reason, or what KMS answered.
pub(super) fn cause(error: &ApiError) -> Arc<Reason> {
    error.reason.clone().unwrap_or_else(|| Arc::new(Reason::new(format!("KMS answered {}: {}", error.code, error.message))))
}
