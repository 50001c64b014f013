use super::{CodeBehaviour, FunctionCode, LambdaWorkload, NewFunction, Variable, add_function};
use crate::cloud::Caller;
use crate::kms::Operation;
use crate::rulebook::Rulebook;
use crate::services::test_world::*;
use crate::services::{World, call};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

const SECRET: &str = "sk-live-7";
const ARN: &str = "arn:aws:lambda:us-east-1:111111111111:function:orders";

/// The world of the scenario `lambda-env-secrets`.
struct Scene {
    world: World,
    at_rest: String,
    helper: String,
    ops: Arc<Caller>,
    sec_ops: Arc<Caller>,
}

/// What is decided: customer managed key at rest, helper encryption, behaviour of the code, and whether the
/// execution role may use the helper key.
fn scene(customer: bool, helper: bool, behaviour: CodeBehaviour, exec_may_decrypt: bool) -> Scene {
    scene_under(Rulebook::current(), customer, helper, behaviour, exec_may_decrypt)
}

fn scene_under(rulebook: Rulebook, customer: bool, with_helper: bool, behaviour: CodeBehaviour, exec_may_decrypt: bool) -> Scene {
    let mut world = empty(rulebook);
    let at_rest = key(&mut world, "at-rest", json!([delegation()]));
    let helper = key(&mut world, "helper", json!([delegation()]));
    let exec =
        if exec_may_decrypt { json!({"Effect": "Allow", "Action": "kms:Decrypt", "Resource": helper}) } else { allow(json!("logs:*")) };
    role(&mut world, A, "OrdersExec", json!([exec]));
    let configure = json!(["lambda:GetFunctionConfiguration", "lambda:UpdateFunctionConfiguration", "lambda:InvokeFunction"]);
    let ops = role(&mut world, A, "Ops", json!([allow(configure)]));
    let sec_ops = role(&mut world, A, "SecOps", json!([allow(json!(["lambda:GetFunctionConfiguration", "kms:Decrypt"]))]));
    let value = SECRET.to_owned();
    let variable = if with_helper { Variable::HelperEncrypted { plaintext: value, key: helper.clone() } } else { Variable::Plain(value) };
    let new = NewFunction {
        name: "orders".into(),
        account: account(A),
        region: region(),
        role: format!("arn:aws:iam::{A}:role/OrdersExec").into(),
        memory_size: 128,
        key: customer.then(|| at_rest.as_str().into()),
        variables: BTreeMap::from([("API_KEY".to_owned(), variable)]),
        code: FunctionCode { behaviour, ..FunctionCode::default() },
    };
    add_function(&mut world, &root(A), new).unwrap();
    Scene { world, at_rest, helper, ops, sec_ops }
}

#[track_caller]
fn invoke(world: &mut World, caller: &Arc<Caller>) -> Result<Value, String> {
    let response = call(world, caller, "lambda:Invoke", json!({"FunctionName": "orders"}));
    response.map(|response| response["Payload"].clone()).map_err(|error| error.code.into_owned())
}

fn look(world: &mut World, caller: &Arc<Caller>) -> Value {
    call(world, caller, "lambda:GetFunctionConfiguration", json!({"FunctionName": "orders"})).unwrap()
}

#[track_caller]
fn update(world: &mut World, caller: &Arc<Caller>, mut members: Value) -> String {
    members["FunctionName"] = json!("orders");
    code(world, caller, "lambda:UpdateFunctionConfiguration", members)
}

fn field(world: &World, name: &str) -> Value {
    state(world, &format!("lambda.functions.orders#{name}"))
}

#[test]
fn the_default_key_hides_nothing_from_people_with_lambda_access() {
    let Scene { mut world, ops, .. } = scene(false, false, CodeBehaviour::Reads, false);
    assert_eq!(invoke(&mut world, &ops).unwrap(), SECRET);
    assert_eq!(update(&mut world, &ops, json!({"MemorySize": 256})), "ok");
    let shown = look(&mut world, &ops);
    assert_eq!((&shown["Environment"]["Variables"]["API_KEY"], &shown["MemorySize"]), (&json!(SECRET), &json!(256)));
    assert_eq!((field(&world, "last_view"), field(&world, "last_view_hidden")), (json!("plaintext"), json!(false)));
    assert_eq!((field(&world, "kms_key"), field(&world, "last_view_denial")), (Value::Null, Value::Null));
    assert!(shown.get("KMSKeyArn").is_none());
}

#[test]
fn a_customer_managed_key_withholds_variables_from_whoever_may_not_decrypt() {
    let Scene { mut world, at_rest, ops, sec_ops, .. } = scene(true, false, CodeBehaviour::Reads, false);
    assert_eq!(invoke(&mut world, &ops).unwrap(), SECRET, "the grant carries the execution role");
    assert_eq!(update(&mut world, &ops, json!({"MemorySize": 256})), "ok");
    let shown = look(&mut world, &ops);
    assert_eq!((&shown["Environment"]["Error"]["ErrorCode"], &shown["KMSKeyArn"]), (&json!("AccessDeniedException"), &json!(at_rest)));
    assert!(!shown.to_string().contains(SECRET));
    let denial = world.state("lambda.functions.orders#last_view_denial").unwrap();
    assert_eq!(denial.value, "AccessDeniedException");
    assert!(!denial.cause.unwrap().headline.is_empty());
    assert_eq!(field(&world, "last_view_hidden"), true);
    assert_eq!(look(&mut world, &sec_ops)["Environment"]["Variables"]["API_KEY"], SECRET);
    assert_eq!(field(&world, "last_view"), "plaintext");
}

#[test]
fn code_that_only_reads_sees_the_helpers_ciphertext() {
    let Scene { mut world, ops, sec_ops, .. } = scene(false, true, CodeBehaviour::Reads, true);
    let seen = invoke(&mut world, &ops).unwrap();
    assert_ne!(seen, SECRET);
    assert_eq!(field(&world, "saw"), "ciphertext");
    let shown = look(&mut world, &ops)["Environment"]["Variables"]["API_KEY"].clone();
    assert_eq!((&shown, field(&world, "last_view")), (&seen, json!("ciphertext")));
    // Whoever may use the helper key decrypts it by hand.
    let by_hand = json!({"CiphertextBlob": shown, "EncryptionContext": {"LambdaFunctionName": "orders"}});
    assert!(kms(&mut world, &sec_ops, Operation::Decrypt, by_hand.clone()).is_ok());
    assert_eq!(kms(&mut world, &ops, Operation::Decrypt, by_hand).unwrap_err().code, "AccessDeniedException");
}

#[test]
fn by_the_guide_lambda_decrypts_the_helpers_value_itself() {
    let Scene { mut world, ops, .. } = scene_under(Rulebook::guide(), false, true, CodeBehaviour::Reads, true);
    assert_eq!(invoke(&mut world, &ops).unwrap(), SECRET);
}

#[test]
fn a_helper_needs_decrypt_for_the_execution_role() {
    let Scene { mut world, ops, .. } = scene(false, true, CodeBehaviour::DecryptsOnce, false);
    let error = call(&mut world, &ops, "lambda:Invoke", json!({"FunctionName": "orders"})).unwrap_err();
    assert_eq!((error.code.as_ref(), error.http_status), ("AccessDeniedException", 400));
    assert!(error.message.contains("assumed-role/OrdersExec/orders"), "{}", error.message);
    let reason = error.reason.unwrap();
    assert!(reason.details.iter().any(|detail| detail.text.contains("the code of function orders")), "{reason:?}");
    assert_eq!(field(&world, "environments"), 0, "code outside the handler belongs to the start");
    let Scene { mut world, ops, .. } = scene(false, true, CodeBehaviour::DecryptsOnce, true);
    assert_eq!((invoke(&mut world, &ops).unwrap(), field(&world, "saw")), (json!(SECRET), json!("plaintext")));
}

#[test]
fn the_code_must_use_the_context_that_the_helper_used() {
    let Scene { mut world, helper, ops, .. } = scene(false, true, CodeBehaviour::DecryptsOnce, true);
    let plaintext = json!({"KeyId": helper, "Plaintext": "aGVsbG8=", "EncryptionContext": {"purpose": "lambda-secrets"}});
    let other = kms(&mut world, &root(A), Operation::Encrypt, plaintext).unwrap();
    let changed = json!({"Environment": {"Variables": {"API_KEY": other["CiphertextBlob"]}}});
    assert_eq!(update(&mut world, &ops, changed), "ok");
    assert_eq!(invoke(&mut world, &ops).unwrap_err(), "InvalidCiphertextException");
    assert_eq!(update(&mut world, &ops, json!({"Environment": {"Variables": {"API_KEY": "not encrypted"}}})), "ok");
    assert_eq!(invoke(&mut world, &ops).unwrap_err(), "InvalidCiphertextException");
}

/// The formula and the model agree, step by step, for each behaviour and both kinds of key at rest.
#[test]
fn requests_of_a_small_workload_agree_with_the_formula() {
    for customer in [false, true] {
        for behaviour in CodeBehaviour::ALL {
            let Scene { mut world, ops, .. } = scene(customer, true, behaviour, true);
            let start = world.cloud.trail.len();
            let (environments, each) = (3, 4);
            for environment in 0..environments {
                for _ in 0..each {
                    invoke(&mut world, &ops).unwrap();
                }
                assert_eq!((field(&world, "environments"), field(&world, "cold_starts")), (json!(1), json!(environment + 1)));
                update(&mut world, &ops, json!({"MemorySize": 128 + environment}));
                assert_eq!(field(&world, "environments"), 0);
            }
            let events = world.cloud.trail.events().iter().skip(start);
            let by_role = events.filter(|event| event.caller.principal.identity_arn().ends_with("role/OrdersExec")).count();
            let workload = LambdaWorkload { invocations: environments * each, environments, variables: true, code: behaviour };
            assert_eq!(by_role as u64, workload.kms_requests(), "{behaviour:?}, customer managed key: {customer}");
        }
    }
}

#[test]
fn a_warm_environment_outlives_the_key_and_a_cold_start_does_not() {
    let Scene { mut world, at_rest, ops, .. } = scene(true, false, CodeBehaviour::Reads, false);
    assert!(invoke(&mut world, &ops).is_ok());
    kms(&mut world, &root(A), Operation::DisableKey, json!({"KeyId": at_rest})).unwrap();
    assert_eq!(invoke(&mut world, &ops).unwrap(), SECRET);
    assert_eq!(update(&mut world, &ops, json!({"MemorySize": 256})), "ok");
    let error = call(&mut world, &ops, "lambda:Invoke", json!({"FunctionName": "orders"})).unwrap_err();
    assert_eq!((error.code.as_ref(), error.http_status), ("KMSDisabledException", 502));
    kms(&mut world, &root(A), Operation::ScheduleKeyDeletion, json!({"KeyId": at_rest, "PendingWindowInDays": 7})).unwrap();
    assert_eq!(invoke(&mut world, &ops).unwrap_err(), "KMSInvalidStateException");
    world.advance(crate::cloud::Duration::days(8));
    assert_eq!(invoke(&mut world, &ops).unwrap_err(), "KMSNotFoundException");
}

#[test]
fn a_lost_grant_stops_cold_starts_until_the_key_is_set_again() {
    let Scene { mut world, at_rest, ops, .. } = scene(true, false, CodeBehaviour::Reads, false);
    let grants = kms(&mut world, &root(A), Operation::ListGrants, json!({"KeyId": at_rest})).unwrap();
    let grant = &grants["Grants"][0];
    assert_eq!(grant["GranteePrincipal"], "arn:aws:iam::111111111111:role/OrdersExec");
    assert_eq!(grant["Operations"], json!(["Decrypt"]));
    assert_eq!(grant["Constraints"]["EncryptionContextEquals"]["aws:lambda:FunctionArn"], ARN);
    let revoke = json!({"KeyId": at_rest, "GrantId": grant["GrantId"]});
    kms(&mut world, &root(A), Operation::RevokeGrant, revoke).unwrap();
    assert_eq!(invoke(&mut world, &ops).unwrap_err(), "KMSAccessDeniedException");
    assert_eq!(update(&mut world, &root(A), json!({"MemorySize": 256})), "ok");
    assert_eq!(invoke(&mut world, &ops).unwrap_err(), "KMSAccessDeniedException");
    assert_eq!(update(&mut world, &root(A), json!({"KMSKeyArn": at_rest})), "ok");
    assert_eq!(invoke(&mut world, &ops).unwrap(), SECRET);
}

#[test]
fn whoever_sets_the_key_needs_encrypt_and_create_grant_and_decrypt_for_the_old_one() {
    let Scene { mut world, at_rest, helper, .. } = scene(true, false, CodeBehaviour::Reads, false);
    let may = |world: &mut World, name: &str, actions: &[&str]| {
        let mut all = vec!["lambda:UpdateFunctionConfiguration"];
        all.extend(actions);
        role(world, A, name, json!([allow(json!(all))]))
    };
    let none = may(&mut world, "None", &[]);
    let no_grant = may(&mut world, "NoGrant", &["kms:Encrypt", "kms:Decrypt"]);
    let no_decrypt = may(&mut world, "NoDecrypt", &["kms:Encrypt", "kms:CreateGrant"]);
    let all = may(&mut world, "All", &["kms:Encrypt", "kms:CreateGrant", "kms:Decrypt"]);
    let new_key = || json!({"KMSKeyArn": helper});
    for caller in [&none, &no_grant, &no_decrypt] {
        assert_eq!(update(&mut world, caller, new_key()), "AccessDeniedException");
    }
    assert_eq!(field(&world, "kms_key"), at_rest, "a refused change changes nothing");
    let given = json!({"KMSKeyArn": helper, "Environment": {"Variables": {"API_KEY": "new"}}});
    assert_eq!(update(&mut world, &no_decrypt, given), "ok", "variables that are given need no decryption");
    assert_eq!(field(&world, "kms_key"), helper);
    assert_eq!(update(&mut world, &all, json!({"KMSKeyArn": ""})), "ok");
    assert_eq!(field(&world, "kms_key"), Value::Null);
    assert_eq!(invoke(&mut world, &root(A)).unwrap(), "new");
}

#[test]
fn a_role_is_passed_and_gets_a_grant_of_its_own() {
    let Scene { mut world, at_rest, ops, .. } = scene(true, false, CodeBehaviour::Reads, false);
    role(&mut world, A, "Other", json!([allow(json!("logs:*"))]));
    let other = json!({"Role": "arn:aws:iam::111111111111:role/Other"});
    assert_eq!(update(&mut world, &ops, other.clone()), "AccessDeniedException", "iam:PassRole is missing");
    assert_eq!(update(&mut world, &root(A), other), "ok");
    assert_eq!(invoke(&mut world, &ops).unwrap(), SECRET);
    let grants = kms(&mut world, &root(A), Operation::ListGrants, json!({"KeyId": at_rest})).unwrap();
    assert_eq!(grants["Grants"].as_array().unwrap().len(), 2);
    let missing = json!({"Role": "arn:aws:iam::111111111111:role/Missing"});
    assert_eq!(update(&mut world, &root(A), missing), "InvalidParameterValueException");
}

#[test]
fn functions_are_made_with_awss_checks() {
    let Scene { mut world, at_rest, ops, .. } = scene(true, false, CodeBehaviour::Reads, false);
    let new = |name: &str, key: Value, value: String| {
        json!({"FunctionName": name, "Role": "arn:aws:iam::111111111111:role/OrdersExec", "Code": {"ZipFile": "UEsDBA=="},
            "KMSKeyArn": key, "Environment": {"Variables": {"API_KEY": value}}})
    };
    let mut create = |caller: &Arc<Caller>, members| code(&mut world, caller, "lambda:CreateFunction", members);
    let value = || SECRET.to_owned();
    assert_eq!(create(&root(A), new("second", json!(at_rest), value())), "ok");
    assert_eq!(create(&root(A), new("second", json!(at_rest), value())), "ResourceConflictException");
    assert_eq!(create(&ops, new("third", json!(at_rest), value())), "AccessDeniedException");
    assert_eq!(create(&root(A), new("third", json!("alias/at-rest"), value())), "ValidationException");
    let elsewhere = at_rest.replace("us-east-1", "us-west-2");
    assert_eq!(create(&root(A), new("third", json!(elsewhere), value())), "InvalidParameterValueException");
    assert_eq!(create(&root(A), new("third", Value::Null, "x".repeat(4096))), "InvalidParameterValueException");
    assert_eq!(create(&root(A), new("third", Value::Null, "x".repeat(4080))), "ok");
    assert_eq!(create(&root(A), json!({"FunctionName": "fourth", "Colour": 1})), "InvalidParameterValueException");
    let event = world.cloud.trail.events().iter().find(|event| event.name == "CreateFunction20150331").unwrap().to_json();
    assert_eq!(event["requestParameters"]["functionName"], "second");
    assert!(!event.to_string().contains(SECRET));
    assert_eq!(state(&world, "lambda.functions.second"), "Active");
}

#[test]
fn a_disabled_key_cannot_be_set() {
    let Scene { mut world, helper, .. } = scene(true, false, CodeBehaviour::Reads, false);
    kms(&mut world, &root(A), Operation::DisableKey, json!({"KeyId": helper})).unwrap();
    assert_eq!(update(&mut world, &root(A), json!({"KMSKeyArn": helper})), "InvalidParameterValueException");
}

#[test]
fn functions_of_other_accounts_and_unknown_ones_are_out_of_reach() {
    let Scene { mut world, ops, .. } = scene(false, false, CodeBehaviour::Reads, false);
    let foreign = role(&mut world, B, "Foreign", json!([allow(json!("lambda:*"))]));
    assert_eq!(code(&mut world, &foreign, "lambda:Invoke", json!({"FunctionName": ARN})), "AccessDeniedException");
    assert_eq!(code(&mut world, &foreign, "lambda:Invoke", json!({"FunctionName": "orders"})), "ResourceNotFoundException");
    assert_eq!(code(&mut world, &ops, "lambda:Invoke", json!({"FunctionName": ARN})), "ok");
    assert_eq!(code(&mut world, &ops, "lambda:Invoke", json!({"FunctionName": "nothing"})), "ResourceNotFoundException");
    assert!(world.state("lambda.functions.nothing").is_none());
}

#[test]
fn a_view_of_the_plaintext_tells_the_statement_that_allowed_it() {
    let Scene { mut world, ops, .. } = scene(false, false, CodeBehaviour::Reads, false);
    look(&mut world, &ops);
    let found = world.state("lambda.functions.orders#last_view").unwrap();
    assert_eq!(found.value, "plaintext");
    let headline = &found.cause.unwrap().headline;
    assert!(headline.contains("key policy of aws/lambda"), "{headline}");
    assert!(!world.cloud.explain_allows);
}

#[test]
fn code_that_takes_a_helper_value_as_it_is_sees_a_ciphertext_and_why() {
    let Scene { mut world, ops, .. } = scene(true, true, CodeBehaviour::Reads, false);
    invoke(&mut world, &ops).unwrap();
    let found = world.state("lambda.functions.orders#saw").unwrap();
    assert_eq!(found.value, "ciphertext");
    assert!(found.cause.unwrap().headline.contains("does not decrypt it"));
}

#[test]
fn code_that_decrypts_a_plain_value_is_told_that_there_is_nothing_to_decrypt() {
    let Scene { mut world, ops, .. } = scene(true, false, CodeBehaviour::DecryptsOnce, true);
    let error = call(&mut world, &ops, "lambda:Invoke", json!({"FunctionName": "orders"})).unwrap_err();
    assert_eq!(error.code, "InvalidCiphertextException");
    assert!(error.reason.unwrap().details.iter().any(|detail| detail.text.contains("nothing to decrypt")));
}
