//! Looking at the state of a resource by a path.
//!
//! A path is `service.collection.NAME`, which gives the resource's main state, or
//! `service.collection.NAME#field` for one field: `ebs.volumes.vol-0a1b`, `s3.objects.docs/a.txt#replication_status`.

use super::World;
use crate::cloud::Reason;
use serde_json::Value;
use std::sync::Arc;

/// What stands at a path, and what brought it there if something went wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The value.
    pub value: Value,
    /// Why it is so: of a failed resource the reason of the call that failed.
    pub cause: Option<Arc<Reason>>,
}

impl State {
    /// A state without a story.
    #[must_use]
    pub fn of(value: impl Into<Value>) -> Self {
        State { value: value.into(), cause: None }
    }

    /// With the reason for it.
    #[must_use]
    pub fn because(mut self, cause: Option<Arc<Reason>>) -> Self {
        self.cause = cause;
        self
    }
}

impl World {
    /// What stands at a path; nothing for a resource that does not exist.
    #[must_use]
    pub fn state(&self, path: &str) -> Option<State> {
        let mut parts = path.splitn(3, '.');
        let (service, collection, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let (name, field) = rest.split_once('#').map_or((rest, None), |(name, field)| (name, Some(field)));
        match service {
            "kms" => self.kms_state(collection, name, field),
            "s3" => self.s3.state(collection, name, field),
            "ebs" | "ec2" => self.ec2.state(collection, name, field),
            "rds" => self.rds.state(collection, name, field),
            "lambda" => self.lambda.state(collection, name, field),
            "logs" => self.logs.state(collection, name, field),
            "sqs" => self.sqs.state(collection, name, field),
            "cloudtrail" => self.cloudtrail.state(collection, name, field),
            "cloudwatch" => self.cloudwatch_state(collection, name, field),
            _ => None,
        }
    }

    /// `kms.keys.ARN`: the key state, and fields such as `rotations` and `manager`.
    fn kms_state(&self, collection: &str, name: &str, field: Option<&str>) -> Option<State> {
        (collection == "keys").then_some(())?;
        let Some(key) = self.kms.keys().find(|key| *key.arn == *name || key.id.to_string() == name) else {
            return self.kms.deleted_keys().iter().any(|key| *key.arn == *name).then(|| State::of("Deleted"));
        };
        let value = match field {
            None | Some("state") => Value::from(key.state().name()),
            Some("rotations") => Value::from(key.rotations.len()),
            Some("rotation_enabled") => Value::from(key.rotation.is_some()),
            Some("grants") => Value::from(key.grants.len()),
            Some("manager") => Value::from(if key.is_aws_managed() { "AWS" } else { "CUSTOMER" }),
            Some(_) => return None,
        };
        Some(State::of(value))
    }
}
