//! Recording a service's own calls, as CloudTrail logs management events.

use super::{World, service_operation};
use crate::cloud::{ApiError, Caller, Event, Parameters, Reason};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Records a call of a service other than KMS in the trail. `operation` is a name of the table, like `ec2:CreateVolume`;
/// members that are secret must have been taken out.
pub(super) fn record_management_event(
    world: &mut World,
    caller: &Arc<Caller>,
    source: &'static str,
    operation: &str,
    members: &Value,
    error: Option<&ApiError>,
) {
    let Some((_, name)) = service_operation(operation).and_then(|row| row.name.split_once(':')) else { return };
    let event = Event {
        time: world.cloud.now(),
        source,
        name,
        caller: Arc::clone(caller),
        region: caller.region,
        recipient: caller.account(),
        parameters: shown(members),
        resources: Vec::new(),
        error: error.map(|error| Arc::new(error.clone())),
        allowed: None,
        read_only: name.starts_with("Describe") || name.starts_with("Get"),
    };
    world.cloud.record(event);
}

/// CloudTrail writes member names with a small first letter.
fn shown(members: &Value) -> Parameters {
    let Some(members) = members.as_object().filter(|members| !members.is_empty()) else { return Parameters::Empty };
    let small = |name: &str| {
        let mut letters = name.chars();
        letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect::<String>()
    };
    let shown: Map<String, Value> = members.iter().map(|(name, value)| (small(name), value.clone())).collect();
    Parameters::Json(Arc::new(Value::Object(shown)))
}

/// What brought about an error, for a resource to keep: the reason, or what KMS answered.
pub(super) fn cause(error: &ApiError) -> Arc<Reason> {
    error.reason.clone().unwrap_or_else(|| Arc::new(Reason::new(format!("KMS answered {}: {}", error.code, error.message))))
}
