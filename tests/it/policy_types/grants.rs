//! Grants to roles, sessions and accounts, beside boundaries.

use super::told;
use insta::assert_snapshot;

const WORLD: &str = r#"
  accounts:
    A:
      id: "111111111111"
      roles:
        Admin: { allow: ["kms:*"] }
        App: { boundary: { Effect: Allow, Action: "s3:*", Resource: "*" }, sessions: { nightly: {} } }
    B:
      id: "222222222222"
      roles:
        App: { allow: ["kms:Encrypt"] }
        Idle: {}
  kms: { data: { account: A } }"#;

fn granted(grantee: &str, calls: &[(&str, &str)]) -> String {
    let mut checks = format!(
        "\n  - {{ name: grant, as: \"arn:aws:iam::A:role/Admin\", call: \"kms:CreateGrant\", \
         with: {{ KeyId: data, GranteePrincipal: \"{grantee}\", Operations: [Encrypt] }} }}\n  - {{ name: wait, advance: 6m }}"
    );
    for (name, caller) in calls {
        checks.push_str(&format!(
            "\n  - {{ name: {name}, as: \"{caller}\", call: \"kms:Encrypt\", \
             with: {{ KeyId: \"arn:aws:kms:us-east-1:A:key/data\", Plaintext: x }} }}"
        ));
    }
    checks
}

#[test]
fn a_silent_boundary_limits_a_grant_to_a_role_and_not_one_to_a_session() {
    let caller = [("role", "arn:aws:iam::A:role/App"), ("session", "arn:aws:sts::A:assumed-role/App/nightly")];
    assert_snapshot!(told(WORLD, &granted("arn:aws:iam::A:role/App", &caller)), @r#"
    grant: as expected
    wait: as expected
    role: AccessDeniedException
      the permissions boundary of role App of account A does not allow kms:Encrypt: it is the most that other policies can give
      - no statement of the permissions boundary of role App in A is about kms:Encrypt
    session: AccessDeniedException
      the permissions boundary of role App of account A does not allow kms:Encrypt: it is the most that other policies can give
      - no statement of the permissions boundary of role App in A is about kms:Encrypt
    "#);
    assert_snapshot!(told(WORLD, &granted("arn:aws:sts::A:assumed-role/App/nightly", &caller)), @r#"
    grant: as expected
    wait: as expected
    role: AccessDeniedException
      the key policy of data leaves kms:Encrypt to the account's IAM policies, and no identity-based policy of role App of account A allows it
      - besides, the permissions boundary of role App of account A does not allow kms:Encrypt: it is the most that other policies can give
      - statement "Enable IAM User Permissions" of the key policy of data names account A: this side is right
      - role App of account A has no identity-based policies
      - no statement of the permissions boundary of role App in A is about kms:Encrypt
      - no grant on the key names arn:aws:iam::A:role/App
    session: as expected
    "#);
}

#[test]
fn a_grant_to_an_account_needs_an_identity_policy_there() {
    let callers = [("allowed", "arn:aws:iam::B:role/App"), ("silent", "arn:aws:iam::B:role/Idle")];
    assert_snapshot!(told(WORLD, &granted("arn:aws:iam::B:root", &callers)), @r#"
    grant: as expected
    wait: as expected
    allowed: as expected
    silent: AccessDeniedException
      grant 9a374450… lets account B in, but no identity-based policy of role Idle of account B allows kms:Encrypt
      - role Idle of account B has no identity-based policies
    "#);
}
