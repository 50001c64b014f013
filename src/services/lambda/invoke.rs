//! Running a function: a new execution environment when none is warm, then its code.

use super::at_rest::{decrypt, unexpected};
use super::function::{CodeBehaviour, Environment, Function, ciphertext};
use super::{INVALID, permitted};
use crate::cloud::{ApiError, Caller, Reason};
use crate::kms::{Blob, DecryptRequest, Request, Response};
use crate::rulebook::ids;
use crate::services::World;
use crate::services::request::read;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[allow(dead_code, reason = "the model's functions take no event")]
struct Invoke {
    function_name: String,
    payload: Option<Value>,
}

pub(super) fn invoke(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Value, ApiError> {
    let Invoke { function_name, .. } = read(members, INVALID)?;
    let (place, mut function) = permitted(world, caller, &function_name, "lambda:InvokeFunction")?;
    let outcome = run(world, &mut function);
    let payload = outcome.as_ref().ok().map(|seen| seen.as_deref().map_or(Value::Null, Value::from));
    function.last_payload.clone_from(&payload);
    world.lambda.functions.insert(place, function);
    outcome?;
    Ok(json!({"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": payload}))
}

/// What the code sees of its variable.
fn run(world: &mut World, function: &mut Function) -> Result<Option<String>, ApiError> {
    let mut environment = match function.environment.take() {
        Some(warm) => warm,
        None => start(world, function)?,
    };
    let value = function.code.value(&environment.variables).map(str::to_owned);
    let seen = match (function.code.behaviour, value) {
        (_, None) => Ok(None),
        (CodeBehaviour::Reads, value) => Ok(value),
        (CodeBehaviour::DecryptsOnce, Some(value)) => {
            let decrypted = match environment.decrypted.take() {
                Some(decrypted) => decrypted,
                // Code outside the handler belongs to the start: if it fails, no environment comes about.
                None => decrypt_in_code(world, function, &value)?,
            };
            environment.decrypted = Some(decrypted.clone());
            Ok(Some(decrypted))
        }
        (CodeBehaviour::DecryptsPerInvocation, Some(value)) => decrypt_in_code(world, function, &value).map(Some),
    };
    function.environment = Some(environment);
    seen
}

/// A cold start: Lambda decrypts the variables as the execution role, which its grant admits.
fn start(world: &mut World, function: &mut Function) -> Result<Environment, ApiError> {
    let role = function.role.session(function);
    let through = role.through("lambda", function.region);
    let tokens: Vec<String> = function.stored.iter().map(|stored| stored.grant_token.to_string()).collect();
    let mut variables = decrypt(world, &through, function, &tokens).map_err(|error| translate(&error))?;
    if world.rulebook.allowed(ids::LAMBDA_ENV_HELPER_DECRYPT) {
        for value in variables.values_mut() {
            if let Some(blob) = ciphertext(value) {
                *value = decrypt_helper(world, &through, function, blob).map_err(|error| translate(&error))?;
            }
        }
    }
    function.cold_starts += 1;
    Ok(Environment { variables, decrypted: None })
}

/// How KMS's errors come out of a start.
///
/// Source: "Invoke", section "Errors", AWS Lambda API Reference.
fn translate(error: &ApiError) -> ApiError {
    let (code, why) = match error.code.as_ref() {
        "DisabledException" => ("KMSDisabledException", "the KMS key used is disabled"),
        "KMSInvalidStateException" => ("KMSInvalidStateException", "the state of the KMS key used is not valid for Decrypt"),
        "NotFoundException" => ("KMSNotFoundException", "the KMS key was not found"),
        _ => ("KMSAccessDeniedException", "KMS access was denied"),
    };
    let message = format!(
        "Lambda was unable to decrypt the environment variables because {why}. Please check the function's KMS key settings. KMS Exception: {} KMS Message: {}",
        error.code, error.message
    );
    error.translate(code, message, 502)
}

/// The code's own call of KMS. What it does not catch ends the invocation.
fn decrypt_in_code(world: &mut World, function: &Function, value: &str) -> Result<String, ApiError> {
    // Code that is given something else than its ciphertext sends that to KMS all the same.
    let sealed = ciphertext(value);
    let is_plain = sealed.is_none();
    let blob = sealed.unwrap_or_else(|| value.as_bytes().to_vec());
    decrypt_helper(world, &function.role.session(function), function, blob).map_err(|mut error| {
        let why = error.reason.take().map_or_else(|| Reason::new(format!("KMS answered {error}")), |reason| Reason::clone(&reason));
        let place =
            format!("the code of function {} called kms:Decrypt as its execution role, without any service in between", function.name);
        let why = why.detail(place, None);
        let plain = "the variable holds a text that nobody encrypted before Lambda received it: there is nothing to decrypt";
        error.with_reason(Arc::new(if is_plain { why.detail(plain, None) } else { why }))
    })
}

fn decrypt_helper(world: &mut World, caller: &Caller, function: &Function, blob: Vec<u8>) -> Result<String, ApiError> {
    let encryption_context = function.code.context(&function.name);
    let request = DecryptRequest { ciphertext_blob: Blob(blob), encryption_context, ..DecryptRequest::default() };
    let opened = world.kms(&Arc::new(caller.clone()), &Request::Decrypt(request))?;
    let Response::Decrypt(opened) = opened else { return Err(unexpected(&opened)) };
    Ok(String::from_utf8_lossy(&opened.plaintext.0).into_owned())
}
