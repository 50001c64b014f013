//! Sessions of roles and federated users: their policies, tags and multi-factor authentication.

use super::told;
use insta::assert_snapshot;

const SESSIONS: &str = r#"
  accounts:
    A:
      id: "111111111111"
      roles:
        team/App:
          allow: ["kms:Encrypt", "kms:GenerateDataKey", "kms:ScheduleKeyDeletion"]
          policies:
            - { Sid: SameTeam, Effect: Allow, Action: "kms:Sign", Resource: "*", Condition: { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } } }
          tags: { team: blue }
          sessions:
            narrow: { policy: [{ Sid: OnlyEncrypt, Effect: Allow, Action: "kms:Encrypt", Resource: "*" }] }
            green: { tags: { team: green } }
            strong: { mfa: true }
            weak: { mfa: false }
      users:
        Ana:
          allow: ["kms:*"]
          federated:
            partner: { policy: [{ Effect: Allow, Action: "kms:Encrypt", Resource: "*" }] }
            bare: {}
  kms:
    data: {}
    tagged: { spec: ECC_NIST_P256, usage: SIGN_VERIFY, tags: { team: blue } }
    guarded:
      policy:
        - { Sid: Account, Effect: Allow, Principal: { AWS: A }, Action: "kms:*", Resource: "*" }
        - { Sid: NoDeletionWithoutMfa, Effect: Deny, Principal: "*", Action: "kms:ScheduleKeyDeletion", Resource: "*", Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": false } } }"#;

#[test]
fn a_session_policy_narrows_what_the_role_may_do() {
    let checks = r#"
  - { name: plain, as: "arn:aws:iam::A:role/team/App", call: "kms:GenerateDataKey", with: { KeyId: data, KeySpec: AES_256 } }
  - { name: inside, as: "arn:aws:sts::A:assumed-role/App/narrow", call: "kms:Encrypt", with: { KeyId: data, Plaintext: x } }
  - { name: outside, as: "arn:aws:sts::A:assumed-role/App/narrow", call: "kms:GenerateDataKey", with: { KeyId: data, KeySpec: AES_256 } }"#;
    assert_snapshot!(told(SESSIONS, checks), @r#"
    plain: as expected
    inside: as expected
    outside: AccessDeniedException
      the session policy of arn:aws:sts::A:assumed-role/App/narrow does not allow kms:GenerateDataKey
      - statement "Enable IAM User Permissions" of the key policy of data names account A: this side is right
      - statement "OnlyEncrypt" of the session policy of session narrow of role team/App in A lists kms:Encrypt, not kms:GenerateDataKey
      - no grant on the key names arn:aws:iam::A:role/team/App
    "#);
}

#[test]
fn a_federated_user_has_what_both_its_user_and_its_session_policy_allow() {
    let checks = r#"
  - { name: inside, as: "arn:aws:sts::A:federated-user/partner", call: "kms:Encrypt", with: { KeyId: data, Plaintext: x } }
  - { name: outside, as: "arn:aws:sts::A:federated-user/partner", call: "kms:GenerateDataKey", with: { KeyId: data, KeySpec: AES_256 } }
  - { name: bare, as: "arn:aws:sts::A:federated-user/bare", call: "kms:Encrypt", with: { KeyId: data, Plaintext: x } }"#;
    assert_snapshot!(told(SESSIONS, checks), @r#"
    inside: as expected
    outside: AccessDeniedException
      the session policy of arn:aws:sts::A:federated-user/partner does not allow kms:GenerateDataKey
      - statement "Enable IAM User Permissions" of the key policy of data names account A: this side is right
      - the statement of the session policy of federated user partner in A lists kms:Encrypt, not kms:GenerateDataKey
      - no grant on the key names arn:aws:sts::A:federated-user/partner
    bare: AccessDeniedException
      federated user bare of account A was given no session policy, and a federated session has no permissions without one
      - statement "Enable IAM User Permissions" of the key policy of data names account A: this side is right
      - no grant on the key names arn:aws:sts::A:federated-user/bare
    "#);
}

#[test]
fn the_tags_of_the_caller_meet_those_of_the_key() {
    let sign = |name: &str, caller: &str, expect: &str| {
        format!(
            "\n  - {{ name: {name}, as: \"{caller}\", call: \"kms:Sign\", \
             with: {{ KeyId: tagged, Message: x, SigningAlgorithm: ECDSA_SHA_256 }}, expect: {expect} }}"
        )
    };
    let checks = [
        sign("role", "arn:aws:iam::A:role/team/App", "AccessDeniedException"),
        sign("session", "arn:aws:sts::A:assumed-role/App/green", "ok"),
    ];
    assert_snapshot!(told(SESSIONS, &checks.concat()), @r#"
    role: ok
      allowed by statement "Enable IAM User Permissions" of the key policy of tagged, which delegates to account A, and by statement "SameTeam" of the identity policy of role team/App in A
      - statement "Enable IAM User Permissions" of the key policy of tagged allows kms:Sign
      - statement "SameTeam" of the identity policy of role team/App in A allows kms:Sign
      - its condition StringEquals aws:ResourceTag/team = ${aws:PrincipalTag/team} holds: the request has aws:ResourceTag/team = blue and has aws:PrincipalTag/team = blue
    session: AccessDeniedException
      the key policy of tagged leaves kms:Sign to the account's IAM policies, and no identity-based policy of role App of account A allows it
      - statement "Enable IAM User Permissions" of the key policy of tagged names account A: this side is right
      - the statement of the identity policy of role team/App in A lists kms:Encrypt, kms:GenerateDataKey, kms:ScheduleKeyDeletion, not kms:Sign
      - statement "SameTeam" of the identity policy of role team/App in A allows kms:Sign, but its condition StringEquals aws:ResourceTag/team = ${aws:PrincipalTag/team} does not hold: the request has aws:ResourceTag/team = blue and has aws:PrincipalTag/team = green
      - no grant on the key names arn:aws:iam::A:role/team/App
    "#);
}

#[test]
fn a_key_is_deleted_only_with_multi_factor_authentication() {
    let checks = r#"
  - { name: weak, as: "arn:aws:sts::A:assumed-role/App/weak", call: "kms:ScheduleKeyDeletion", with: { KeyId: guarded } }
  - { name: strong, as: "arn:aws:sts::A:assumed-role/App/strong", call: "kms:ScheduleKeyDeletion", with: { KeyId: guarded } }
  # Long-term credentials carry no such key, and BoolIfExists takes that for a match.
  - { name: user, as: "arn:aws:iam::A:user/Ana", call: "kms:ScheduleKeyDeletion", with: { KeyId: guarded } }"#;
    assert_snapshot!(told(SESSIONS, checks), @r#"
    weak: AccessDeniedException
      statement "NoDeletionWithoutMfa" of the key policy of guarded denies kms:ScheduleKeyDeletion to arn:aws:sts::A:assumed-role/App/weak
      - an explicit deny wins over every allow
      - its condition BoolIfExists aws:MultiFactorAuthPresent = false holds: the request has aws:MultiFactorAuthPresent = false
    strong: as expected
    user: AccessDeniedException
      statement "NoDeletionWithoutMfa" of the key policy of guarded denies kms:ScheduleKeyDeletion to arn:aws:iam::A:user/Ana
      - an explicit deny wins over every allow
      - its condition BoolIfExists aws:MultiFactorAuthPresent = false holds: the request carries no aws:MultiFactorAuthPresent
    "#);
}
