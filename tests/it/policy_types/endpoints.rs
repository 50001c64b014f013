//! VPC endpoints for KMS, and the network that a request comes from.

use super::told;
use insta::assert_snapshot;

const WORLD: &str = r#"
  accounts: { A: { id: "111111111111", roles: { App: { allow: ["kms:*", "s3:*"] } } } }
  vpc_endpoints:
    private: { vpc: vpc-0a1b2c3d }
    narrow: { vpc: vpc-0a1b2c3d, policy: [{ Sid: DecryptOnly, Effect: Allow, Principal: "*", Action: "kms:Decrypt", Resource: "*" }] }
  kms:
    data: {}
    inside:
      policy:
        - { Sid: Account, Effect: Allow, Principal: { AWS: A }, Action: "kms:*", Resource: "*" }
        - { Sid: OnlyThroughOurEndpoint, Effect: Deny, Principal: "*", Action: "kms:Encrypt", Resource: "*", Condition: { StringNotEquals: { "aws:SourceVpce": private } } }
    office:
      policy:
        - { Sid: Account, Effect: Allow, Principal: { AWS: A }, Action: "kms:*", Resource: "*", Condition: { IpAddress: { "aws:SourceIp": 198.51.100.0/24 } } }
  s3:
    buckets: { docs: { encryption: { SSEAlgorithm: "aws:kms", KMSMasterKeyID: office } } }"#;

#[test]
fn the_policy_of_an_endpoint_must_allow_what_passes_it() {
    let checks = r#"
  - { name: open, through: private, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: data, Plaintext: x } }
  - { name: narrow, through: narrow, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: data, Plaintext: x } }
  - { name: around, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: data, Plaintext: x } }"#;
    assert_snapshot!(told(WORLD, checks), @r#"
    open: as expected
    narrow: AccessDeniedException
      the policy of VPC endpoint narrow does not allow kms:Encrypt, and the request passes this endpoint
      - statement "Enable IAM User Permissions" of the key policy of data names account A: this side is right
      - statement "DecryptOnly" of the policy of VPC endpoint narrow names everyone, but lists kms:Decrypt, not kms:Encrypt
    around: as expected
    "#);
}

#[test]
fn a_key_policy_insists_on_an_endpoint() {
    let checks = r#"
  - { name: through, through: private, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: inside, Plaintext: x } }
  - { name: around, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: inside, Plaintext: x } }
  - { name: other, through: narrow, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: inside, Plaintext: x } }"#;
    assert_snapshot!(told(WORLD, checks), @r#"
    through: as expected
    around: AccessDeniedException
      statement "OnlyThroughOurEndpoint" of the key policy of inside denies kms:Encrypt to arn:aws:sts::A:assumed-role/App/session
      - an explicit deny wins over every allow
      - its condition StringNotEquals aws:SourceVpce = private holds: the request carries no aws:SourceVpce
    other: AccessDeniedException
      statement "OnlyThroughOurEndpoint" of the key policy of inside denies kms:Encrypt to arn:aws:sts::A:assumed-role/App/session
      - an explicit deny wins over every allow
      - its condition StringNotEquals aws:SourceVpce = private holds: the request has aws:SourceVpce = narrow
    "#);
}

#[test]
fn the_address_of_the_caller_does_not_reach_kms_through_a_service_or_an_endpoint() {
    let checks = r#"
  - { name: office, from: 198.51.100.7, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: office, Plaintext: x } }
  - { name: elsewhere, from: 203.0.113.9, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: office, Plaintext: x } }
  - { name: through-s3, from: 198.51.100.7, as: "arn:aws:iam::A:role/App", call: "s3:PutObject", with: { Bucket: docs, Key: x, Body: x } }
  - { name: through-endpoint, from: 198.51.100.7, through: private, as: "arn:aws:iam::A:role/App", call: "kms:Encrypt", with: { KeyId: office, Plaintext: x } }"#;
    assert_snapshot!(told(WORLD, checks), @r#"
    office: as expected
    elsewhere: AccessDeniedException
      the key policy of office lets neither arn:aws:sts::A:assumed-role/App/session nor account A use kms:Encrypt
      - statement "Account" of the key policy of office names account A and allows kms:Encrypt, but its condition IpAddress aws:SourceIp = 198.51.100.0/24 does not hold: the request has aws:SourceIp = 203.0.113.9
      - the statement of the identity policy of role App in A allows kms:Encrypt, but that counts only once the key policy of office lets it in
      - no grant on the key names arn:aws:iam::A:role/App
    through-s3: AccessDenied
      the key policy of office lets neither arn:aws:sts::A:assumed-role/App/session nor account A use kms:GenerateDataKey
      - statement "Account" of the key policy of office names account A and allows kms:GenerateDataKey, but its condition IpAddress aws:SourceIp = 198.51.100.0/24 does not hold: the request carries no aws:SourceIp
      - the statement of the identity policy of role App in A allows kms:GenerateDataKey, but that counts only once the key policy of office lets it in
      - no grant on the key names arn:aws:iam::A:role/App
    through-endpoint: AccessDeniedException
      the key policy of office lets neither arn:aws:sts::A:assumed-role/App/session nor account A use kms:Encrypt
      - statement "Account" of the key policy of office names account A and allows kms:Encrypt, but its condition IpAddress aws:SourceIp = 198.51.100.0/24 does not hold: the request carries no aws:SourceIp
      - the statement of the identity policy of role App in A allows kms:Encrypt, but that counts only once the key policy of office lets it in
      - no grant on the key names arn:aws:iam::A:role/App
    "#);
}

#[test]
fn the_trail_shows_endpoint_and_address() {
    let checks = r#"
  - name: trail
    through: private
    from: 10.0.0.7
    as: "arn:aws:iam::A:role/App"
    call: "kms:Encrypt"
    with: { KeyId: data, Plaintext: x }
    trail: { where: { vpcEndpointId: "vpce-*", sourceIPAddress: 10.0.0.7 } }"#;
    assert_snapshot!(told(WORLD, checks), @"trail: as expected");
}
