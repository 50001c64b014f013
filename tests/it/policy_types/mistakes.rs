//! Mistakes in these sections are told at their place, once, with what to write instead.

use super::built;

const WORLD: &str = r#"
  accounts:
    Payer: { id: "100000000000" }
    A:
      id: "111111111111"
      managed_policies: { UseKeys: { Effect: Allow, Action: "kms:Encrypt", Resource: "*" } }
      groups: { Readers: {} }
      users: { Ana: { groups: [Readers], policies: [UseKeys], federated: { partner: {} } } }
      roles: { App: { boundary: UseKeys, sessions: { nightly: { mfa: true } } } }
  organization:
    name: corp
    management: Payer
    policies: { Regions: { scp: [{ Effect: Deny, Action: "ec2:*", Resource: "*" }] } }
    root: { units: { Prod: { attach: [Regions], accounts: [A] } } }
  vpc_endpoints: { private: { account: A, vpc: vpc-0a1b2c3d } }
  kms:
    data:
      account: A
      policy:
        Effect: Allow
        Principal: "*"
        Action: "kms:*"
        Resource: "*"
        Condition: { StringEquals: { "aws:PrincipalOrgID": corp, "aws:SourceVpce": private }, StringLike: { "aws:PrincipalOrgPaths": "corp/root/Prod/*" } }"#;
const CHECKS: &str = r#"
  - { name: call, as: "arn:aws:sts::A:assumed-role/App/nightly", through: private, from: 10.0.0.1, call: "kms:ListKeys" }"#;

#[test]
fn each_mistake_is_told_once() {
    assert!(built(WORLD, CHECKS).is_ok());
    for (from, to, wanted) in [
        (
            "policies: [UseKeys]",
            "policies: [UseKey]",
            "scenario/unknown-policy: account `A` has no managed policy `UseKey`; did you mean `UseKeys`?",
        ),
        ("boundary: UseKeys", "boundary: Use", "scenario/unknown-policy: account `A` has no managed policy `Use`; "),
        ("groups: [Readers]", "groups: [Reader]", "scenario/unknown-group: account `A` has no group `Reader`; did you mean `Readers`?"),
        ("nightly: {", "\"every night\": {}, nightly: {", "scenario/session-name: `every night` cannot be the name of a session; "),
        (
            "App/nightly",
            "App/nightl",
            "scenario/unknown-principal: the world has no principal `arn:aws:sts::A:assumed-role/App/nightl`; did you mean `arn:aws:sts::A:assumed-role/App/nightly`?",
        ),
        (
            "assumed-role/App/nightly",
            "federated-user/partners",
            "scenario/unknown-principal: the world has no principal `arn:aws:sts::A:federated-user/partners`; did you mean `arn:aws:sts::A:federated-user/partner`?",
        ),
        ("management: Payer", "management: Player", "scenario/unknown-account: the world has no account `Player`; did you mean `Payer`?"),
        ("{ scp: [", "{ scp: [], rcp: [", "scenario/organization: the policy `Regions` is either a service or a resource control policy; "),
        (
            "attach: [Regions]",
            "attach: [Region]",
            "scenario/unknown-policy: the organization has no policy `Region`; did you mean `Regions`?",
        ),
        ("attach: [Regions]", "full_access: false", "scenario/organization: no service control policy is attached to OU Prod; "),
        (
            "attach: [Regions]",
            "attach: [FullAWSAccess]",
            "scenario/unknown-policy: the organization has no policy `FullAWSAccess`; it is attached everywhere, unless `full_access: false` takes it away",
        ),
        (
            "accounts: [A] }",
            "accounts: [A], units: { Web: { accounts: { A: {} } } } }",
            "scenario/organization: account `A` stands in the organization twice; ",
        ),
        ("accounts: [A] }", "accounts: [B] }", "scenario/unknown-account: the world has no account `B`; "),
        (
            "\"aws:PrincipalOrgID\": corp",
            "\"aws:PrincipalOrgID\": crop",
            "scenario/unknown-organization: the world has no organization `crop`; ",
        ),
        (
            "corp/root/Prod/*",
            "corp/root/Pord/*",
            "scenario/unknown-unit: the world has no organizational unit `Pord`; did you mean `Prod`?",
        ),
        (
            "\"aws:SourceVpce\": private",
            "\"aws:SourceVpce\": privat",
            "scenario/unknown-endpoint: the world has no VPC endpoint `privat`; did you mean `private`?",
        ),
        (
            "through: private",
            "through: privat",
            "scenario/unknown-endpoint: the world has no VPC endpoint `privat`; did you mean `private`?",
        ),
        (
            "call: \"kms:ListKeys\"",
            "call: \"s3:GetObject\"",
            "scenario/endpoint: `s3:GetObject` does not pass the VPC endpoint `private`, which is for KMS; ",
        ),
        (
            "through: private",
            "in: us-west-2, through: private",
            "scenario/endpoint: the VPC endpoint `private` is in us-east-1, and the call goes to us-west-2; ",
        ),
        ("from: 10.0.0.1", "from: 10.0.0.1.2", "scenario/address: expected an IP address such as \"198.51.100.7\", found"),
        ("vpc: vpc-0a1b2c3d", "vpc: main", "scenario/vpc: expected the id of a VPC such as `vpc-0a1b2c3d`, found"),
    ] {
        let change = |text: &str| text.replacen(from, to, 1);
        assert!(format!("{WORLD}{CHECKS}").contains(from), "nothing to change: {from}");
        let found = built(&change(WORLD), &change(CHECKS)).unwrap_err();
        assert!(found.len() == 1 && found[0].starts_with(wanted), "{to}: {found:#?}");
    }
}

#[test]
fn units_are_nested_five_deep_at_most() {
    let nested = (1..=6).rev().fold(String::new(), |below, level| format!("units: {{ L{level}: {{ {below} }} }}"));
    let found = built(
        &WORLD
            .replace("root: { units: { Prod: { attach: [Regions], accounts: [A] } } }", &format!("root: {{ {nested} }}"))
            .replace("corp/root/Prod/*", "*"),
        CHECKS,
    )
    .unwrap_err();
    assert_eq!(found, ["scenario/organization: the unit `L6` has 5 units above it; "]);
}
