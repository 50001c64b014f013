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
        App: { allow: ["kms:Encrypt", "kms:Decrypt"], boundary: Developers, sessions: { nightly: {} } }
        Forbidden: { allow: ["kms:*"], boundary: [{ Effect: Deny, Action: "kms:Decrypt", Resource: "*" }] }
      users:
        Ana: { allow: ["kms:Decrypt"], boundary: { Effect: Allow, Action: "kms:Encrypt", Resource: "*" } }
  kms:
    delegated: {}
    named:
      policy:
        - { Sid: Role, Effect: Allow, Principal: { AWS: "arn:aws:iam::A:role/App" }, Action: "kms:Decrypt", Resource: "*" }
        - { Sid: User, Effect: Allow, Principal: { AWS: "arn:aws:iam::A:user/Ana" }, Action: "kms:Decrypt", Resource: "*" }
        - { Sid: Session, Effect: Allow, Principal: { AWS: "arn:aws:sts::A:assumed-role/App/nightly" }, Action: "kms:Decrypt", Resource: "*" }
        - { Sid: Forbidden, Effect: Allow, Principal: { AWS: "arn:aws:iam::A:role/Forbidden" }, Action: "kms:Decrypt", Resource: "*" }"#;

#[test]
fn a_silent_boundary_limits_what_the_account_delegates_and_what_a_role_is_given() {
    let checks = r#"
  - { name: inside, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: delegated, Plaintext: x } }
  - { name: outside, as: "arn:aws:iam::A:role/App", call: "kms:Decrypt", with: { KeyId: delegated, CiphertextBlob: eA== } }
  - { name: role, as: "arn:aws:iam::A:role/App", call: "kms:Decrypt", with: { KeyId: named, CiphertextBlob: eA== } }"#;
    assert_snapshot!(told(BOUNDED, checks), @r#"
    inside: as expected
    outside: InvalidCiphertextException
      this is no ciphertext that KMS made, or it was damaged
    role: InvalidCiphertextException
      this is no ciphertext that KMS made, or it was damaged
    "#);
}

#[test]
fn a_silent_boundary_does_not_limit_what_a_user_or_a_session_is_given_by_name() {
    // Past authorisation the made-up ciphertext is refused.
    let checks = r#"
  - { name: user, as: "arn:aws:iam::A:user/Ana", call: "kms:Decrypt", with: { KeyId: named, CiphertextBlob: eA== }, expect: InvalidCiphertextException }
  - { name: session, as: "arn:aws:sts::A:assumed-role/App/nightly", call: "kms:Decrypt", with: { KeyId: named, CiphertextBlob: eA== }, expect: InvalidCiphertextException }
  - { name: denied, as: "arn:aws:iam::A:role/Forbidden", call: "kms:Decrypt", with: { KeyId: named, CiphertextBlob: eA== } }"#;
    assert_snapshot!(told(BOUNDED, checks), @r#"
    user: as expected
    session: as expected
    denied: InvalidCiphertextException
      this is no ciphertext that KMS made, or it was damaged
    "#);
}
