//! Service and resource control policies.

use super::told;
use insta::assert_snapshot;

const ORGANIZATION: &str = r#"
  accounts:
    Payer: { id: "100000000000", roles: { App: { allow: ["kms:*"] } } }
    A: { id: "111111111111", roles: { App: { allow: ["kms:*"] }, "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling": { allow: ["kms:*"] } } }
    B: { id: "222222222222", roles: { App: { allow: ["kms:*"] } } }
    Outside: { id: "999999999999", roles: { App: { allow: ["kms:*"] } } }
  organization:
    name: corp
    management: Payer
    policies:
      OnlyS3: { scp: [{ Effect: Allow, Action: "s3:*", Resource: "*" }] }
      Regions:
        scp:
          - { Sid: EuropeOnly, Effect: Deny, Action: "*", Resource: "*", Condition: { StringNotEquals: { "aws:RequestedRegion": eu-west-1 } } }
      Perimeter:
        rcp:
          - Sid: OurPeopleOnly
            Effect: Deny
            Principal: "*"
            Action: "kms:*"
            Resource: "*"
            Condition:
              StringNotEqualsIfExists: { "aws:PrincipalOrgID": corp }
              BoolIfExists: { "aws:PrincipalIsAWSService": false }
    root:
      attach: [Perimeter]
      units:
        Workloads:
          attach: [Regions]
          units:
            Prod: { accounts: [A] }
        Sandbox: { full_access: false, attach: [OnlyS3], accounts: { B: {} } }
  kms:
    a: { account: A, region: eu-west-1 }
    a-east: { account: A }
    b: { account: B }
    payer: { account: Payer }
    aws-s3: { account: A, kind: aws-managed, service: s3, region: eu-west-1 }
    open:
      account: A
      region: eu-west-1
      policy:
        - { Sid: Account, Effect: Allow, Principal: { AWS: A }, Action: "kms:*", Resource: "*" }
        - { Sid: Others, Effect: Allow, Principal: { AWS: [B, Outside, Payer] }, Action: "kms:*", Resource: "*" }
        - { Sid: Logs, Effect: Allow, Principal: { Service: logs.eu-west-1.amazonaws.com }, Action: "kms:Encrypt", Resource: "*" }"#;

fn encrypt(name: &str, caller: &str, region: &str, key: &str, expect: &str) -> String {
    format!(
        "\n  - {{ name: {name}, as: \"{caller}\", in: {region}, call: \"kms:Encrypt\", with: {{ KeyId: \"{key}\", Plaintext: x }}, expect: {expect} }}"
    )
}

#[test]
fn a_service_control_policy_denies_or_leaves_an_action_out() {
    let checks = [
        encrypt("there", "arn:aws:iam::A:role/App", "eu-west-1", "a", "AccessDeniedException"),
        encrypt("elsewhere", "arn:aws:iam::A:role/App", "us-east-1", "a-east", "ok"),
        encrypt("missing-at-the-unit", "arn:aws:iam::B:role/App", "us-east-1", "b", "ok"),
        encrypt("root-user", "arn:aws:iam::A:root", "us-east-1", "a-east", "ok"),
    ];
    assert_snapshot!(told(ORGANIZATION, &checks.concat()), @r#"
    there: ok
      allowed by statement "Enable IAM User Permissions" of the key policy of a, which delegates to account A, and by the statement of the identity policy of role App in A
      - statement "Enable IAM User Permissions" of the key policy of a allows kms:Encrypt
      - the statement of the identity policy of role App in A allows kms:Encrypt
    elsewhere: AccessDeniedException
      statement "EuropeOnly" of the SCP "Regions" of OU Workloads denies kms:Encrypt to arn:aws:sts::A:assumed-role/App/session
      - an explicit deny wins over every allow; a service control policy restricts all principals of the accounts below it, root users included
      - its condition StringNotEquals aws:RequestedRegion = eu-west-1 holds: the request has aws:RequestedRegion = us-east-1
    missing-at-the-unit: AccessDeniedException
      no service control policy on OU Sandbox allows kms:Encrypt: every level from the root of the organization to the account must
      - statement "Enable IAM User Permissions" of the key policy of b names account B: this side is right
      - no statement of the SCP "OnlyS3" of OU Sandbox is about kms:Encrypt
    root-user: AccessDeniedException
      statement "EuropeOnly" of the SCP "Regions" of OU Workloads denies kms:Encrypt to arn:aws:iam::A:root
      - an explicit deny wins over every allow; a service control policy restricts all principals of the accounts below it, root users included
      - its condition StringNotEquals aws:RequestedRegion = eu-west-1 holds: the request has aws:RequestedRegion = us-east-1
    "#);
}

#[test]
fn the_management_account_and_service_linked_roles_are_exempt() {
    let linked = "arn:aws:iam::A:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
    let checks = [
        encrypt("management", "arn:aws:iam::Payer:role/App", "us-east-1", "payer", "ok"),
        encrypt("service-linked", linked, "us-east-1", "a-east", "ok"),
    ];
    assert_snapshot!(told(ORGANIZATION, &checks.concat()), @r#"
    management: as expected
    service-linked: as expected
    "#);
}

#[test]
fn a_resource_control_policy_keeps_outsiders_out_and_lets_services_in() {
    let checks = [
        encrypt("outsider", "arn:aws:iam::Outside:role/App", "eu-west-1", "open", "ok"),
        encrypt("management", "arn:aws:iam::Payer:role/App", "eu-west-1", "open", "ok"),
        encrypt("service", "logs.eu-west-1.amazonaws.com", "eu-west-1", "open", "ok"),
    ];
    assert_snapshot!(told(ORGANIZATION, &checks.concat()), @r#"
    outsider: AccessDeniedException
      statement "OurPeopleOnly" of the RCP "Perimeter" of the root denies kms:Encrypt to arn:aws:sts::Outside:assumed-role/App/session
      - an explicit deny wins over every allow; a resource control policy restricts the resources of the accounts below it, whoever calls
      - its condition StringNotEqualsIfExists aws:PrincipalOrgID = corp holds: the request carries no aws:PrincipalOrgID
      - its condition BoolIfExists aws:PrincipalIsAWSService = false holds: the request has aws:PrincipalIsAWSService = false
    management: as expected
    service: as expected
    "#);
}

#[test]
fn across_accounts_the_scp_is_of_the_caller_and_the_rcp_of_the_key() {
    let of_caller = ORGANIZATION.replace("Sandbox: { full_access: false, attach: [OnlyS3]", "Sandbox: { full_access: true");
    let checks = [encrypt("into-eu", "arn:aws:iam::B:role/App", "eu-west-1", "open", "ok")];
    // The SCP of the key's account would deny us-east-1 and does not count for B; that of B does.
    assert_snapshot!(told(&of_caller, &checks.concat()), @r#"
    into-eu: as expected
    "#);
    assert_snapshot!(told(ORGANIZATION, &checks.concat()), @r#"
    into-eu: AccessDeniedException
      no service control policy on OU Sandbox allows kms:Encrypt: every level from the root of the organization to the account must
      - statement "Others" of the key policy of open names account B: this side is right
      - no statement of the SCP "OnlyS3" of OU Sandbox is about kms:Encrypt
    "#);
    let everywhere = ORGANIZATION
        .replace("region: eu-west-1\n      policy", "region: us-east-1\n      policy")
        .replace("logs.eu-west-1", "logs.us-east-1");
    let everywhere = everywhere.replace("full_access: false, attach: [OnlyS3]", "full_access: true");
    assert_snapshot!(told(&everywhere, &encrypt("not-of-the-key", "arn:aws:iam::B:role/App", "us-east-1", "open", "ok")), @r#"
    not-of-the-key: as expected
    "#);
}

#[test]
fn resource_control_policies_do_not_reach_keys_that_aws_manages() {
    let world = r#"
  accounts: { A: { id: "111111111111", roles: { App: { allow: ["s3:*", "kms:*"] } } }, Payer: { id: "100000000000" } }
  organization:
    name: corp
    management: Payer
    policies:
      NoDecrypt: { rcp: [{ Sid: NoDecrypt, Effect: Deny, Principal: "*", Action: "kms:Decrypt", Resource: "*" }] }
    root: { attach: [NoDecrypt], accounts: [A] }
  kms:
    own: { account: A }
    aws-s3: { account: A, kind: aws-managed, service: s3 }
  s3:
    buckets:
      by-aws: { account: A, encryption: { SSEAlgorithm: "aws:kms" } }
      by-us: { account: A, encryption: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: own } }
    objects: { by-aws/x: { body: x }, by-us/x: { body: x } }"#;
    let checks = r#"
  - { name: aws-managed, as: "arn:aws:iam::A:role/App", call: "s3:GetObject", with: { Bucket: by-aws, Key: x } }
  - { name: customer, as: "arn:aws:iam::A:role/App", call: "s3:GetObject", with: { Bucket: by-us, Key: x } }"#;
    assert_snapshot!(told(world, checks), @r#"
    aws-managed: as expected
    customer: AccessDenied
      statement "NoDecrypt" of the RCP "NoDecrypt" of the root denies kms:Decrypt to arn:aws:sts::A:assumed-role/App/session
      - an explicit deny wins over every allow; a resource control policy restricts the resources of the accounts below it, whoever calls
    "#);
}

#[test]
fn a_key_policy_lets_an_organization_or_a_unit_in() {
    let world = r#"
  accounts:
    Payer: { id: "100000000000", roles: { App: { allow: ["kms:*"] } } }
    A: { id: "111111111111", roles: { App: { allow: ["kms:*"] } } }
    B: { id: "222222222222", roles: { App: { allow: ["kms:*"] }, Idle: {} } }
    Outside: { id: "999999999999", roles: { App: { allow: ["kms:*"] } } }
  organization: { name: corp, management: Payer, root: { accounts: [A], units: { Prod: { units: { Web: { accounts: [B] } } } } } }
  kms:
    all:
      account: Payer
      policy: [{ Sid: OurOrganization, Effect: Allow, Principal: "*", Action: "kms:Encrypt", Resource: "*", Condition: { StringEquals: { "aws:PrincipalOrgID": corp } } }]
    prod:
      account: Payer
      policy: [{ Sid: OurUnit, Effect: Allow, Principal: "*", Action: "kms:Encrypt", Resource: "*", Condition: { "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "corp/root/Prod/*" } } }]"#;
    let checks = [
        encrypt("member", "arn:aws:iam::A:role/App", "us-east-1", "all", "AccessDeniedException"),
        encrypt("outsider", "arn:aws:iam::Outside:role/App", "us-east-1", "all", "ok"),
        encrypt("no-identity-policy", "arn:aws:iam::B:role/Idle", "us-east-1", "all", "ok"),
        encrypt("in-the-unit", "arn:aws:iam::B:role/App", "us-east-1", "prod", "ok"),
        encrypt("beside-the-unit", "arn:aws:iam::A:role/App", "us-east-1", "prod", "ok"),
    ];
    assert_snapshot!(told(world, &checks.concat()), @r#"
    member: ok
      allowed by statement "OurOrganization" of the key policy of all, which names everyone, and by the statement of the identity policy of role App in A
      - statement "OurOrganization" of the key policy of all allows kms:Encrypt
      - its condition StringEquals aws:PrincipalOrgID = corp holds: the request has aws:PrincipalOrgID = corp
      - the statement of the identity policy of role App in A allows kms:Encrypt
    outsider: AccessDeniedException
      the key policy of all lets neither arn:aws:sts::Outside:assumed-role/App/session nor account Outside use kms:Encrypt
      - statement "OurOrganization" of the key policy of all names everyone and allows kms:Encrypt, but its condition StringEquals aws:PrincipalOrgID = corp does not hold: the request carries no aws:PrincipalOrgID
      - the statement of the identity policy of role App in Outside allows kms:Encrypt, but that counts only once the key policy of all lets it in
      - no grant on the key names arn:aws:iam::Outside:role/App
    no-identity-policy: AccessDeniedException
      the key policy of all lets account B use kms:Encrypt, but no identity-based policy of role Idle of account B allows it: across accounts both sides must
      - statement "OurOrganization" of the key policy of all names everyone: this side is right
      - role Idle of account B has no identity-based policies
      - no grant on the key names arn:aws:iam::B:role/Idle
    in-the-unit: as expected
    beside-the-unit: AccessDeniedException
      the key policy of prod lets neither arn:aws:sts::A:assumed-role/App/session nor account A use kms:Encrypt
      - statement "OurUnit" of the key policy of prod names everyone and allows kms:Encrypt, but its condition ForAnyValue:StringLike aws:PrincipalOrgPaths = corp/root/Prod/* does not hold: the request has aws:PrincipalOrgPaths = corp/root/
      - the statement of the identity policy of role App in A allows kms:Encrypt, but that counts only once the key policy of prod lets it in
      - no grant on the key names arn:aws:iam::A:role/App
    "#);
}
