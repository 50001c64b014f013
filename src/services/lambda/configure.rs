//! Making, changing and looking at functions.

use super::at_rest::{Variables, decrypt, denied_because, encrypt, refused, store};
use super::function::{Function, NewFunction, Role, Variable, View};
use super::{DENIAL, INVALID, Place, arn, missing, permitted};
use crate::cloud::{AccountId, ApiError, Caller, Reason, Region};
use crate::kms::{Blob, EncryptRequest};
use crate::services::World;
use crate::services::request::{Permission, ask, read};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct EnvironmentMember {
    #[serde(default)]
    variables: Variables,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[allow(dead_code, reason = "AWS's members without effect in the model are accepted, whatever they hold")]
struct CreateFunction {
    function_name: String,
    role: String,
    code: Option<Value>,
    runtime: Option<String>,
    handler: Option<String>,
    description: Option<String>,
    timeout: Option<u32>,
    memory_size: Option<u32>,
    environment: Option<EnvironmentMember>,
    #[serde(rename = "KMSKeyArn")]
    kms_key_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[allow(dead_code, reason = "AWS's members without effect in the model are accepted, whatever they hold")]
struct UpdateFunctionConfiguration {
    function_name: String,
    role: Option<String>,
    runtime: Option<String>,
    handler: Option<String>,
    description: Option<String>,
    timeout: Option<u32>,
    memory_size: Option<u32>,
    environment: Option<EnvironmentMember>,
    #[serde(rename = "KMSKeyArn")]
    kms_key_arn: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct GetFunctionConfiguration {
    function_name: String,
}

/// Adds a function to a world. Its variables are encrypted and its grant is made as `setup` would do it, a
/// principal that may (the account's root user, say); helper-encrypted values are encrypted by `setup` too.
///
/// # Errors
/// Lambda's or KMS's error if `setup` may not, or a key or role is missing.
pub fn add_function(world: &mut World, setup: &Arc<Caller>, new: NewFunction) -> Result<(), ApiError> {
    let mut variables = Variables::new();
    let context = new.code.context(&new.name);
    for (name, variable) in new.variables {
        let value = match variable {
            Variable::Plain(value) => value,
            Variable::HelperEncrypted { plaintext, key } => {
                let plaintext = Blob(plaintext.into_bytes());
                let request = EncryptRequest { key_id: key, plaintext, encryption_context: context.clone(), ..EncryptRequest::default() };
                STANDARD.encode(encrypt(world, setup, request)?)
            }
        };
        variables.insert(name, value);
    }
    let arn = arn(new.account, new.region, &new.name);
    let role = assumable(world, &new.role, new.account)?;
    let key = new.key.map(|named| resolve(world, &named, new.account, new.region)).transpose()?;
    let mut function = Function {
        name: Arc::clone(&new.name),
        arn,
        account: new.account,
        region: new.region,
        role,
        memory_size: new.memory_size,
        key,
        stored: None,
        code: new.code,
        environment: None,
        cold_starts: 0,
        last_view: None,
        last_payload: None,
    };
    function.stored = store(world, setup, &function, &variables, None)?;
    world.lambda.functions.insert((new.account, new.region, new.name), function);
    Ok(())
}

pub(super) fn create(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Value, ApiError> {
    let request: CreateFunction = read(members, INVALID)?;
    let account = caller.account().ok_or_else(|| ApiError::new(DENIAL.0, "A service owns no functions.").status(DENIAL.1))?;
    let place: Place = (account, caller.region, request.function_name.as_str().into());
    let arn = arn(account, caller.region, &place.2);
    ask(world, caller, Permission { action: "lambda:CreateFunction", resource: &arn, owner: account, policy: None, denial: DENIAL })?;
    pass_role(world, caller, &request.role, account)?;
    if world.lambda.functions.contains_key(&place) {
        return Err(ApiError::new("ResourceConflictException", format!("Function already exist: {}", place.2)).status(409));
    }
    let variables = request.environment.unwrap_or_default().variables;
    let new = NewFunction {
        name: Arc::clone(&place.2),
        account,
        region: caller.region,
        role: request.role.into(),
        memory_size: request.memory_size.unwrap_or(128),
        key: request.kms_key_arn.filter(|key| !key.is_empty()).map(|key| key_arn(&key)).transpose()?,
        variables: variables.iter().map(|(name, value)| (name.clone(), Variable::Plain(value.clone()))).collect(),
        code: super::FunctionCode::default(),
    };
    add_function(world, caller, new)?;
    let function = world.lambda.functions.get(&place).cloned().ok_or_else(|| missing(&arn))?;
    Ok(configuration(&function, shown(&variables)))
}

pub(super) fn update(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Value, ApiError> {
    let request: UpdateFunctionConfiguration = read(members, INVALID)?;
    let (place, mut function) = permitted(world, caller, &request.function_name, "lambda:UpdateFunctionConfiguration")?;
    if let Some(role) = &request.role {
        pass_role(world, caller, role, function.account)?;
        function.role = assumable(world, role, function.account)?;
    }
    let role_changes = world.lambda.functions.get(&place).is_some_and(|before| before.role != function.role);
    if let Some(named) = &request.kms_key_arn {
        let named = (!named.is_empty()).then(|| key_arn(named)).transpose()?;
        function.key = named.map(|named| resolve(world, &named, function.account, function.region)).transpose()?;
    }
    let given = request.environment.map(|environment| environment.variables);
    if given.is_some() || role_changes || request.kms_key_arn.is_some() {
        let variables = match &given {
            Some(variables) => variables.clone(),
            // The variables that stay must be decrypted to be encrypted under another key.
            None => decrypt(world, &caller.through("lambda", function.region), &function, &[])
                .map_err(|error| refused(&error, "decrypt your environment variables"))?,
        };
        // A grant that still fits is kept; naming the key or changing the role makes a new one.
        let kept = function.stored.take().filter(|_| !role_changes && request.kms_key_arn.is_none());
        function.stored = store(world, caller, &function, &variables, kept)?;
    }
    function.memory_size = request.memory_size.unwrap_or(function.memory_size);
    // A new configuration runs in new execution environments.
    function.environment = None;
    let response = match given {
        Some(variables) => configuration(&function, shown(&variables)),
        None => view(world, caller, &mut function),
    };
    world.lambda.functions.insert(place, function);
    Ok(response)
}

pub(super) fn get(world: &mut World, caller: &Arc<Caller>, members: Value) -> Result<Value, ApiError> {
    let GetFunctionConfiguration { function_name } = read(members, INVALID)?;
    let (place, mut function) = permitted(world, caller, &function_name, "lambda:GetFunctionConfiguration")?;
    let response = view(world, caller, &mut function);
    world.lambda.functions.insert(place, function);
    Ok(response)
}

/// The configuration as a caller may see it: without `kms:Decrypt` the variables are withheld.
fn view(world: &mut World, caller: &Caller, function: &mut Function) -> Value {
    // Whoever sees the variables does so by a permission, and that is what somebody who wants them hidden asks for.
    let (asked, before) = (std::mem::replace(&mut world.cloud.explain_allows, true), world.cloud.trail.len());
    let opened = decrypt(world, &caller.through("lambda", function.region), function, &[]);
    world.cloud.explain_allows = asked;
    let environment = match opened {
        Ok(variables) => {
            let allowed = world.cloud.trail.events().iter().skip(before).find_map(|event| event.allowed.clone());
            let asked = "Lambda decrypted the variables in the name of the caller who looked at them";
            let allowed = allowed.map(|reason| Arc::new(Reason::clone(&reason).detail(asked, None)));
            function.last_view = function.code.value(&variables).map(|value| match View::of(value) {
                View::Plaintext { .. } => View::Plaintext { allowed },
                other @ (View::Ciphertext | View::Withheld { .. }) => other,
            });
            shown(&variables)
        }
        Err(error) => {
            let message = format!(
                "Lambda was unable to decrypt your environment variables because {} KMS Exception: {} KMS Message: {}",
                denied_because(&error),
                error.code,
                error.message
            );
            function.last_view = Some(View::Withheld { code: error.code.to_string(), reason: error.reason.clone() });
            Some(json!({"Error": {"ErrorCode": error.code, "Message": message}}))
        }
    };
    configuration(function, environment)
}

fn shown(variables: &Variables) -> Option<Value> {
    (!variables.is_empty()).then(|| json!({"Variables": variables}))
}

fn configuration(function: &Function, environment: Option<Value>) -> Value {
    let mut response = json!({
        "FunctionName": &*function.name,
        "FunctionArn": &*function.arn,
        "Role": &*function.role.arn,
        "MemorySize": function.memory_size,
        "Version": "$LATEST",
        "State": "Active",
        "LastUpdateStatus": "Successful",
    });
    let key = function.key.as_deref().map(Value::from);
    let more = [("KMSKeyArn", key), ("Environment", environment)];
    if let Value::Object(members) = &mut response {
        members.extend(more.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
    response
}

/// `KMSKeyArn` is an ARN.
fn key_arn(named: &str) -> Result<Arc<str>, ApiError> {
    if named.starts_with("arn:") {
        return Ok(named.into());
    }
    let message = format!(
        "1 validation error detected: Value '{named}' at 'kMSKeyArn' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"
    );
    Err(ApiError::new("ValidationException", message))
}

fn resolve(world: &World, named: &str, account: AccountId, region: Region) -> Result<Arc<str>, ApiError> {
    let key = world.find_key(named, account, region).and_then(|at| world.kms.key(at));
    key.map(|key| Arc::clone(&key.arn)).ok_or_else(|| {
        let message = "Lambda was unable to configure access to your environment variables because the KMS key is invalid. Please check your KMS key settings.";
        ApiError::new(INVALID, message).because(format!("no key {named} exists in {region}, the function's Region"))
    })
}

/// Whoever gives a function a role must be allowed to pass it.
fn pass_role(world: &World, caller: &Caller, role: &str, account: AccountId) -> Result<(), ApiError> {
    ask(world, caller, Permission { action: "iam:PassRole", resource: role, owner: account, policy: None, denial: DENIAL })
}

fn assumable(world: &World, role: &str, account: AccountId) -> Result<Role, ApiError> {
    let role = Role::parse(role, account)?;
    if role.is_assumable(&world.iam) {
        return Ok(role);
    }
    let headline = format!("{} does not exist, or its trust policy does not admit lambda.amazonaws.com", role.arn);
    Err(ApiError::new(INVALID, "The role defined for the function cannot be assumed by Lambda.").because(headline))
}
