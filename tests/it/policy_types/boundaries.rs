//! Groups, managed policies and permissions boundaries.

use super::told;
use insta::assert_snapshot;

#[test]
fn a_user_has_the_policies_of_its_groups_and_the_managed_ones_it_names() {
    let world = r#"
  accounts:
    A:
      id: "111111111111"
      managed_policies:
        UseKeys: { Version: "2012-10-17", Statement: { Sid: Use, Effect: Allow, Action: ["kms:Encrypt"], Resource: "*" } }
      groups:
        Readers: { policies: [{ Sid: Read, Effect: Allow, Action: "kms:Decrypt", Resource: "*" }] }
      users:
        Ana: { groups: [Readers], policies: [UseKeys, "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser"] }
        Bob: { groups: [] }
  kms: { data: {} }"#;
    let checks = r#"
  - { name: managed, as: "arn:aws:iam::A:user/Ana", call: "kms:Encrypt", with: { KeyId: data, Plaintext: x }, save: sealed }
  - { name: aws-managed, as: "arn:aws:iam::A:user/Ana", call: "kms:DescribeKey", with: { KeyId: data } }
  - { name: group, as: "arn:aws:iam::A:user/Ana", call: "kms:Decrypt", with: { CiphertextBlob: "{sealed.CiphertextBlob}" }, expect: AccessDeniedException }
  - { name: outside, as: "arn:aws:iam::A:user/Bob", call: "kms:Decrypt", with: { CiphertextBlob: "{sealed.CiphertextBlob}" } }"#;
    assert_snapshot!(told(world, checks), @r#"
    managed: as expected
    aws-managed: as expected
    group: ok
      allowed by statement "Enable IAM User Permissions" of the key policy of data, which delegates to account A, and by statement "Read" of the policy of group Readers in A
      - statement "Enable IAM User Permissions" of the key policy of data allows kms:Decrypt
      - statement "Read" of the policy of group Readers in A allows kms:Decrypt
    outside: AccessDeniedException
      the key policy of data leaves kms:Decrypt to the account's IAM policies, and no identity-based policy of user Bob of account A allows it
      - statement "Enable IAM User Permissions" of the key policy of data names account A: this side is right
      - user Bob of account A has no identity-based policies
      - no grant on the key names arn:aws:iam::A:user/Bob
    "#);
}

const BOUNDED: &str = r#"
  accounts:
    A:
      id: "111111111111"
      managed_policies:
        Developers: [{ Sid: EncryptOnly, Effect: Allow, Action: "kms:Encrypt", Resource: "*" }]
      roles:
        App: { allow: ["kms:Encrypt", "kms:GenerateDataKey"], boundary: Developers, sessions: { nightly: {} } }
        Forbidden:
          allow: ["kms:*"]
          boundary: [{ Sid: NoDataKeys, Effect: Deny, Action: "kms:GenerateDataKey", Resource: "*" }]
          sessions: { nightly: {} }
      users:
        Ana: { boundary: { Effect: Allow, Action: "kms:Encrypt", Resource: "*" } }
  kms:
    delegated: {}
    named:
      policy:
        - Sid: Named
          Effect: Allow
          Principal:
            AWS: ["arn:aws:iam::A:role/App", "arn:aws:iam::A:user/Ana", "arn:aws:sts::A:assumed-role/App/nightly", "arn:aws:sts::A:assumed-role/Forbidden/nightly"]
          Action: "kms:GenerateDataKey"
          Resource: "*""#;

fn data_key(name: &str, caller: &str, key: &str) -> String {
    format!("\n  - {{ name: {name}, as: \"{caller}\", call: \"kms:GenerateDataKey\", with: {{ KeyId: {key}, KeySpec: AES_256 }} }}")
}

#[test]
fn a_silent_boundary_limits_what_the_account_delegates_and_what_a_role_is_given() {
    let inside = r#"
  - { name: inside, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: delegated, Plaintext: x } }"#;
    let checks = [
        inside.to_owned(),
        data_key("outside", "arn:aws:iam::A:role/App", "delegated"),
        data_key("role", "arn:aws:iam::A:role/App", "named"),
    ];
    assert_snapshot!(told(BOUNDED, &checks.concat()), @r#"
    inside: as expected
    outside: AccessDeniedException
      the permissions boundary of role App of account A does not allow kms:GenerateDataKey: it is the most that other policies can give
      - statement "Enable IAM User Permissions" of the key policy of delegated names account A: this side is right
      - statement "EncryptOnly" of the permissions boundary Developers of role App in A lists kms:Encrypt, not kms:GenerateDataKey
      - no grant on the key names arn:aws:iam::A:role/App
    role: AccessDeniedException
      the permissions boundary of role App of account A does not allow kms:GenerateDataKey: it is the most that other policies can give
      - statement "Named" of the key policy of named names the role of the caller: this side is right
      - statement "EncryptOnly" of the permissions boundary Developers of role App in A lists kms:Encrypt, not kms:GenerateDataKey
      - no grant on the key names arn:aws:iam::A:role/App
    "#);
}

#[test]
fn a_silent_boundary_does_not_limit_what_a_user_or_a_session_is_given_by_name_and_a_deny_does() {
    let checks = [
        data_key("user", "arn:aws:iam::A:user/Ana", "named"),
        data_key("session", "arn:aws:sts::A:assumed-role/App/nightly", "named"),
        data_key("denied", "arn:aws:sts::A:assumed-role/Forbidden/nightly", "named"),
    ];
    assert_snapshot!(told(BOUNDED, &checks.concat()), @r#"
    user: as expected
    session: as expected
    denied: AccessDeniedException
      statement "NoDataKeys" of the permissions boundary of role Forbidden in A denies kms:GenerateDataKey to arn:aws:sts::A:assumed-role/Forbidden/nightly
      - an explicit deny wins over every allow
    "#);
}
