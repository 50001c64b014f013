//! Every modelled operation on a key in every state that the model can bring about, against the table.

use super::lab::{A, Lab, role_arn};
use kmsprep::kms::{CellResult, KeyState, OPERATIONS, Operation, Request, cell};
use serde_json::{Value, json};

/// A key in a state, with a ciphertext and a grant from before.
struct Prepared {
    lab: Lab,
    key: String,
    blob: Value,
    grant: Value,
}

fn prepare(state: KeyState) -> Prepared {
    let mut lab = Lab::new();
    let key = lab.key();
    let sealed = lab.kms(A, "Admin", "Encrypt", json!({"KeyId": key, "Plaintext": "aGVsbG8="})).unwrap();
    let request = json!({"KeyId": key, "GranteePrincipal": role_arn(A, "App"), "Operations": ["Decrypt"]});
    let grant = lab.kms(A, "Admin", "CreateGrant", request).unwrap()["GrantId"].clone();
    lab.kms(A, "Admin", "CreateAlias", json!({"AliasName": "alias/old", "TargetKeyId": key})).unwrap();
    match state {
        KeyState::Disabled => drop(lab.kms(A, "Admin", "DisableKey", json!({"KeyId": key})).unwrap()),
        KeyState::PendingDeletion => drop(lab.kms(A, "Admin", "ScheduleKeyDeletion", json!({"KeyId": key})).unwrap()),
        _ => {}
    }
    Prepared { lab, key, blob: sealed["CiphertextBlob"].clone(), grant }
}

/// A request that succeeds on an enabled key, but for `CancelKeyDeletion`.
fn request(operation: Operation, prepared: &Prepared) -> Option<Value> {
    let key = &prepared.key;
    Some(match operation {
        Operation::Decrypt => json!({"CiphertextBlob": prepared.blob}),
        Operation::ReEncrypt => json!({"CiphertextBlob": prepared.blob, "DestinationKeyId": key}),
        Operation::Encrypt => json!({"KeyId": key, "Plaintext": "aGk="}),
        Operation::GenerateDataKey | Operation::GenerateDataKeyWithoutPlaintext => json!({"KeyId": key, "KeySpec": "AES_256"}),
        Operation::CreateAlias => json!({"AliasName": "alias/new", "TargetKeyId": key}),
        Operation::UpdateAlias => json!({"AliasName": "alias/old", "TargetKeyId": key}),
        Operation::DeleteAlias => json!({"AliasName": "alias/old"}),
        Operation::CreateGrant => json!({"KeyId": key, "GranteePrincipal": role_arn(A, "App"), "Operations": ["Encrypt"]}),
        Operation::RetireGrant | Operation::RevokeGrant => json!({"KeyId": key, "GrantId": prepared.grant}),
        Operation::PutKeyPolicy => {
            let root =
                json!({"Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{A}:root")}, "Action": "kms:*", "Resource": "*"});
            json!({"KeyId": key, "Policy": json!({"Version": "2012-10-17", "Statement": [root]}).to_string()})
        }
        Operation::TagResource => json!({"KeyId": key, "Tags": [{"TagKey": "a", "TagValue": "b"}]}),
        Operation::UntagResource => json!({"KeyId": key, "TagKeys": ["a"]}),
        Operation::UpdateKeyDescription => json!({"KeyId": key, "Description": "x"}),
        // These name no key.
        Operation::CreateKey | Operation::GenerateRandom | Operation::ListKeys | Operation::ListRetirableGrants => return None,
        _ => json!({"KeyId": key}),
    })
}

#[test]
fn every_operation_does_in_every_state_what_the_table_says() {
    let mut walked = 0;
    for state in [KeyState::Enabled, KeyState::Disabled, KeyState::PendingDeletion] {
        for row in OPERATIONS.iter().filter(|row| Request::is_modelled(row.operation)) {
            let mut prepared = prepare(state);
            let Some(members) = request(row.operation, &prepared) else { continue };
            let outcome = prepared.lab.kms(A, "Admin", row.name, members);
            let found = cell(row.operation, state);
            // Footnote 10: an alias may not be pointed at a key that waits for its deletion.
            let expected = match (found.result, found.footnotes) {
                (CellResult::Ok, [10]) => Some("KMSInvalidStateException"),
                (CellResult::Error(code), _) => Some(code),
                _ => None,
            };
            match (expected, outcome) {
                (None, Ok(_)) => {}
                (Some(code), Err(error)) => assert_eq!(error.code, code, "{} {state}", row.name),
                (expected, outcome) => panic!("{} on a key that is {state}: expected {expected:?}, got {outcome:?}", row.name),
            }
            walked += 1;
        }
    }
    assert_eq!(walked, 90);
}
