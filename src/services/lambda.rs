//! AWS Lambda: functions whose environment variables are encrypted at rest, and what their code does with them.
//!
//! ```text
//! configure          Encrypt, CreateGrant  by the caller, through lambda; the grant is for the execution role
//! look at            Decrypt               by the caller, through lambda; refused: the variables are withheld
//! invoke, cold       Decrypt               by the execution role, through lambda, admitted by the grant
//! code with helper   Decrypt               by the execution role itself, with {"LambdaFunctionName": NAME}
//! ```
//!
//! Source: "Securing Lambda environment variables", AWS Lambda Developer Guide.

mod at_rest;
mod configure;
mod function;
mod invoke;
mod workload;

pub use configure::add_function;
pub use function::{CodeBehaviour, FunctionCode, NewFunction, Variable};
pub use workload::LambdaWorkload;

use super::event::{Logged, record};
use super::{State, World};
use crate::cloud::{AccountId, ApiError, Arn, Caller, Region};
use function::Function;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The state of Lambda.
#[derive(Clone, Debug, Default)]
pub struct Lambda {
    functions: BTreeMap<Place, Function>,
}

/// Account, Region and name.
type Place = (AccountId, Region, Arc<str>);

const INVALID: &str = "InvalidParameterValueException";
const DENIAL: (&str, u16) = ("AccessDeniedException", 403);

impl Lambda {
    /// A function in use, with what it is configured to do. The name is looked up over all accounts and Regions.
    #[must_use]
    pub fn workload(&self, name: &str, invocations: u64, environments: u64) -> Option<LambdaWorkload> {
        let function = self.functions.values().find(|function| *function.name == *name)?;
        Some(LambdaWorkload { invocations, environments, variables: function.stored.is_some(), code: function.code.behaviour })
    }

    /// What stands at a path: `functions.NAME`, also by ARN, with these fields.
    ///
    /// | field | value |
    /// | --- | --- |
    /// | `kms_key` | the ARN of the customer managed key, null under `aws/lambda` |
    /// | `environments` | warm execution environments: 1, or 0 if the next invocation is a cold start |
    /// | `cold_starts` | how many environments there have been |
    /// | `last_view` | what the last answer with the configuration showed: `plaintext`, `ciphertext` or `withheld` |
    /// | `last_view_hidden` | whether that was anything but plaintext |
    /// | `last_view_denial` | the code of KMS's refusal, with its reason; null if there was none |
    /// | `last_payload` | what the code gave back last |
    /// | `saw` | what it was: `plaintext` or `ciphertext` |
    #[must_use]
    pub fn state(&self, collection: &str, name: &str, field: Option<&str>) -> Option<State> {
        (collection == "functions").then_some(())?;
        let function = self.functions.values().find(|function| *function.name == *name || *function.arn == *name)?;
        function.state(field)
    }
}

/// Carries out an operation.
///
/// # Errors
/// Lambda's error; KMS's come out as `KMS…` with status 502 when a function starts. What the function's code
/// does not catch is returned as the error of `Invoke` itself, with KMS's own code.
pub fn call(world: &mut World, caller: &Arc<Caller>, name: &str, members: Value) -> Result<Value, ApiError> {
    let (event, read_only) = match name {
        // CloudTrail shows these operations with the version of the API in their names.
        "CreateFunction" => ("CreateFunction20150331", false),
        "UpdateFunctionConfiguration" => ("UpdateFunctionConfiguration20150331v2", false),
        "GetFunctionConfiguration" => ("GetFunctionConfiguration20150331v2", true),
        "Invoke" => return invoke::invoke(world, caller, members),
        _ => return Err(ApiError::new("InvalidAction", format!("The model does not know the operation lambda:{name}."))),
    };
    let mut shown = members.clone();
    if let Value::Object(shown) = &mut shown {
        shown.remove("Environment");
        shown.remove("Code");
    }
    let logged = Logged { source: "lambda.amazonaws.com", name: event, kind: "AWS::Lambda::Function", read_only, members: shown };
    let outcome = match name {
        "CreateFunction" => configure::create(world, caller, members),
        "UpdateFunctionConfiguration" => configure::update(world, caller, members),
        _ => configure::get(world, caller, members),
    };
    let arn = outcome.as_ref().ok().and_then(|response| response.get("FunctionArn")).and_then(Value::as_str).map(Arc::from);
    record(world, caller, logged, arn, outcome.as_ref().err());
    outcome
}

fn arn(account: AccountId, region: Region, name: &str) -> Arc<str> {
    format!("arn:{}:lambda:{region}:{account}:function:{name}", region.partition()).into()
}

/// The place that a `FunctionName` means, a name or an ARN.
fn place(caller: &Caller, named: &str) -> Result<Place, ApiError> {
    let invalid = || ApiError::new(INVALID, format!("{named} names no function."));
    if !named.starts_with("arn:") {
        return Ok((caller.account().ok_or_else(invalid)?, caller.region, named.into()));
    }
    let arn = Arn::parse(named).filter(|arn| arn.service == "lambda").ok_or_else(invalid)?;
    let name = arn.resource.strip_prefix("function:").ok_or_else(invalid)?;
    Ok((AccountId::parse(arn.account).ok_or_else(invalid)?, Region::parse(arn.region).ok_or_else(invalid)?, name.into()))
}

/// A copy of a function, after asking for the permission on it.
fn permitted(world: &World, caller: &Caller, named: &str, action: &str) -> Result<(Place, Function), ApiError> {
    let place = place(caller, named)?;
    let arn = arn(place.0, place.1, &place.2);
    let permission = super::request::Permission { action, resource: &arn, owner: place.0, policy: None, denial: DENIAL };
    super::request::ask(world, caller, permission)?;
    let function = world.lambda.functions.get(&place).cloned();
    function.map(|function| (place, function)).ok_or_else(|| missing(&arn))
}

fn missing(arn: &str) -> ApiError {
    ApiError::new("ResourceNotFoundException", format!("Function not found: {arn}")).status(404)
}

#[cfg(test)]
mod tests;
