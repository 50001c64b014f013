//! From an operation's name and JSON members to the service that carries it out.

use super::{World, cloudtrail, cloudwatch, ec2, lambda, logs, rds, s3, sqs, sts};
use crate::cloud::{ApiError, Caller};
use crate::kms::{Operation, Parameter};
use serde_json::Value;
use std::sync::Arc;

/// A row of `tables/operations.csv`.
#[derive(Debug)]
pub struct ServiceOperation {
    /// `s3:PutObject`.
    pub name: &'static str,
    /// The permissions that it asks for, besides KMS's own.
    pub permissions: &'static [&'static str],
    /// Its request members.
    pub parameters: &'static [Parameter],
    /// The member of the response that stands for the whole, like `VolumeId`; empty if there is none.
    pub result: &'static str,
    /// The errors that it can return.
    pub errors: &'static [&'static str],
}

/// The operations of all services but KMS.
pub static SERVICE_OPERATIONS: &[ServiceOperation] = include!(concat!(env!("OUT_DIR"), "/service_operations.rs"));

/// The row of an operation.
#[must_use]
pub fn service_operation(name: &str) -> Option<&'static ServiceOperation> {
    SERVICE_OPERATIONS.iter().find(|row| row.name == name)
}

/// Carries out `operation` (`kms:Decrypt`, `s3:PutObject`) for a caller, members and response in AWS's JSON shape.
///
/// # Errors
/// AWS's error; `InvalidAction` for an operation that the model does not know.
pub fn call(world: &mut World, caller: &Arc<Caller>, operation: &str, members: Value) -> Result<Value, ApiError> {
    let unknown = || ApiError::new("InvalidAction", format!("The model does not know the operation {operation}."));
    let (service, name) = operation.split_once(':').ok_or_else(unknown)?;
    if service == "kms" {
        let known = Operation::parse(name).ok_or_else(unknown)?;
        return world.door().call_json(caller, known, members).map(|response| response.to_json());
    }
    if service_operation(operation).is_none() {
        return Err(unknown());
    }
    match service {
        "s3" => s3::call(world, caller, name, members),
        "ec2" => ec2::call(world, caller, name, members),
        "rds" => rds::call(world, caller, name, members),
        "lambda" => lambda::call(world, caller, name, members),
        "logs" => logs::call(world, caller, name, members),
        "sqs" => sqs::call(world, caller, name, members),
        "cloudtrail" => cloudtrail::call(world, caller, name, members),
        "cloudwatch" => cloudwatch::call(world, caller, name, members),
        "sts" => sts::call(world, caller, name, members),
        _ => Err(unknown()),
    }
}
