//! Key stores in the worlds of scenarios.

use crate::cli::{Folder, Ran, kmsprep};

/// A key store whose connection failed, because somebody changed the password of kmsuser.
const SCENARIO: &str = r#"
scenario: lost-password
title: Bring a CloudHSM key store back
guide: "Custom Key Stores"
topics: [key-states]
difficulty: 2
brief: The key store is FAILED. Bring its keys back.
world:
  accounts:
    A: { id: "111111111111", roles: { Admin: { allow: ["*"] } } }
  hsm_clusters:
    main: { kmsuser_password: changed-1 }
    old: { hsms: [us-east-1a], state: INITIALIZED, single_zone: true, backup_of: main, trouble: USER_LOGGED_IN }
  xks_proxies:
    vault:
      endpoint: https://xks.example.com
      keys: { first: enabled, second: disabled }
    private:
      endpoint: https://private.example.com
      vpc_endpoint_service: { name: com.amazonaws.vpce.us-east-1.vpce-svc-1 }
  key_stores:
    hsm: { cluster: main, password: kmsuser-1, state: FAILED, error: INVALID_CREDENTIALS }
    ext: { proxy: vault, name: the vault }
    hidden: { proxy: private, state: DISCONNECTED, path: /wrong/kms/xks/v1 }
  kms:
    inside: { key_store: hsm, aliases: [alias/inside] }
    outside: { key_store: { store: ext, xks_key: first } }
decisions:
  tell:
    ask: What does AWS KMS have to be told?
    options:
      right: { label: "the present password", value: changed-1, why: "KMS logs in with it." }
      wrong: { label: "the first password", value: kmsuser-1, why: "It is not the password any more." }
checks:
  - { name: unavailable, always: true, as: "arn:aws:iam::A:role/Admin", call: "kms:Encrypt",
      with: { KeyId: inside, Plaintext: hello }, expect: KMSInvalidStateException }
  - { name: used, always: true, as: "arn:aws:iam::A:role/Admin", call: "kms:Encrypt", with: { KeyId: outside, Plaintext: hello } }
  - { name: shown, always: true, as: "arn:aws:iam::A:role/Admin", call: "kms:DescribeKey", with: { KeyId: inside },
      result: { KeyMetadata.Origin: AWS_CLOUDHSM, KeyMetadata.KeyState: Unavailable } }
  - { name: hidden, always: true, as: "arn:aws:iam::A:role/Admin", call: "kms:ConnectCustomKeyStore", with: { CustomKeyStoreId: "{hidden}" } }
  - { name: disconnect, always: true, as: "arn:aws:iam::A:role/Admin", call: "kms:DisconnectCustomKeyStore", with: { CustomKeyStoreId: "{hsm}" } }
  - { name: tell, always: true, advance: 1m, as: "arn:aws:iam::A:role/Admin", call: "kms:UpdateCustomKeyStore",
      with: { CustomKeyStoreId: "{hsm}", KeyStorePassword: { answer: tell } } }
  - { name: connect, always: true, as: "arn:aws:iam::A:role/Admin", call: "kms:ConnectCustomKeyStore", with: { CustomKeyStoreId: "{hsm}" } }
  - { name: hidden-fails, always: true, advance: 20m, as: "arn:aws:iam::A:role/Admin", call: "kms:DescribeCustomKeyStores",
      with: { CustomKeyStoreId: "{hidden}" }, result: { CustomKeyStores.0.ConnectionErrorCode: XKS_PROXY_INVALID_CONFIGURATION } }
  - { name: back, goal: "the key can be used", as: "arn:aws:iam::A:role/Admin", call: "kms:Encrypt", with: { KeyId: inside, Plaintext: hello } }
proof:
  passes: [ { tell: right } ]
  fails:
    - { when: { tell: wrong }, at: back, with: KMSInvalidStateException }
debrief: KMS logs in as kmsuser.
hints: [ "a nudge", "a fact", "the first step" ]
"#;

fn lint(text: &str) -> Ran {
    let folder = Folder::new();
    let file = folder.file("lost-password.yaml", text);
    kmsprep(&["lint", &file])
}

/// Lints the scenario with one change; the text to change must be there.
#[track_caller]
fn changed(from: &str, to: &str) -> String {
    assert!(SCENARIO.contains(from), "nothing to change: {from}");
    let ran = lint(&SCENARIO.replacen(from, to, 1));
    assert_ne!(ran.status, 0, "{to} is accepted");
    format!("{}{}", ran.out, ran.err)
}

#[test]
fn a_world_has_clusters_proxies_key_stores_and_keys_in_them() {
    let ran = lint(SCENARIO);
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn what_does_not_fit_together_is_told_at_its_place() {
    for (from, to, code, told) in [
        ("cluster: main, password", "cluster: mian, password", "scenario/unknown-cluster", "did you mean `main`"),
        ("backup_of: main", "backup_of: none", "scenario/unknown-cluster", "no CloudHSM cluster `none`"),
        ("proxy: vault", "proxy: valt", "scenario/unknown-proxy", "did you mean `vault`"),
        ("key_store: hsm", "key_store: hsn", "scenario/unknown-key-store", "no custom key store `hsn`"),
        ("proxy: vault,", "proxy: vault, cluster: old,", "scenario/key-store", "expected either `cluster` or `proxy`"),
        ("{ proxy: private,", "{ cluster: main,", "scenario/key-store", "stands on what `hsm` stands on"),
        ("name: the vault", "name: hsm", "scenario/key-store", "two key stores are named `hsm`"),
        ("xks_key: first", "xks_key: third", "scenario/key-store", "the external key manager has no key `third`"),
        ("{ store: ext, xks_key: first }", "ext", "scenario/key-store", "says its external key"),
        ("key_store: hsm,", "key_store: hsm, spec: RSA_2048,", "scenario/key-store", "symmetric encryption keys"),
        ("key_store: hsm,", "key_store: hsm, multi_region: true,", "scenario/key-store", "symmetric encryption keys"),
        ("key_store: hsm,", "region: eu-west-1, key_store: hsm,", "scenario/key-store", "one account and one Region"),
        ("key_store: hsm,", "key_store: { store: hsm, xks_key: first },", "scenario/key-store", "has no external key"),
        ("state: DISCONNECTED", "state: GONE", "scenario/connection-state", "`CONNECTED`, `DISCONNECTED` or `FAILED`"),
        ("error: INVALID_CREDENTIALS", "error: XKS_PROXY_TIMED_OUT", "scenario/connection-error", "does not fail with"),
        ("state: FAILED, error: INVALID_CREDENTIALS", "state: FAILED", "scenario/connection-error", "add `error:`"),
        ("state: FAILED, error", "error", "scenario/connection-error", "add `state: FAILED`"),
        ("trouble: USER_LOGGED_IN", "trouble: CLUSTER_NOT_FOUND", "scenario/trouble", "follows from the rest of the world"),
        ("state: INITIALIZED", "state: BROKEN", "scenario/cluster-state", "`ACTIVE`, `INITIALIZED` or `UNINITIALIZED`"),
        ("second: disabled", "second: off", "scenario/external-key", "`enabled`, `disabled` or `unsuitable`"),
        ("endpoint: https://xks.example.com", "path: /kms/xks/v1", "doc/missing-field", "has no `endpoint`"),
        ("    old: {", "    hsm: {", "scenario/duplicate-label", "two resources are labelled `hsm`"),
    ] {
        let text = changed(from, to);
        let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(code) && flat.contains(told), "{to}: {text}");
    }
}
