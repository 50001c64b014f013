//! Roles that are assumed by a call of a scenario.

use super::told;

const WORLD: &str = "
  accounts:
    A:
      id: \"111111111111\"
      users:
        ana: { allow: [\"sts:AssumeRole\"] }
        bob: {}
    B:
      id: \"222222222222\"
      roles:
        Restore: { trust: [A] }
        Named: { trust: [\"arn:aws:iam::A:user/ana\", \"arn:aws:iam::A:user/bob\"] }
        Exec: { trust: [lambda.amazonaws.com] }";

fn check(user: &str, role: &str, expect: &str) -> String {
    format!(
        "\n  - {{ name: c, as: \"arn:aws:iam::A:user/{user}\", call: \"sts:AssumeRole\", \
         with: {{ RoleArn: \"arn:aws:iam::B:role/{role}\", RoleSessionName: drill, DurationSeconds: 900 }}, expect: {expect} }}"
    )
}

#[test]
fn trust_is_written_with_the_labels_of_accounts() {
    assert_eq!(told(WORLD, &check("ana", "Restore", "ok")), "c: as expected");
    assert_eq!(told(WORLD, &check("ana", "Named", "ok")), "c: as expected");
    assert_eq!(told(WORLD, &check("bob", "Named", "AccessDenied")), "c: as expected");
}

#[test]
fn a_denial_tells_which_side_lacks_the_permission() {
    let bob = told(WORLD, &check("bob", "Named", "ok"));
    assert!(bob.contains("the trust policy of role Named in account") && bob.contains("no identity-based policy of user bob"), "{bob}");
    let ana = told(WORLD, &check("ana", "Exec", "ok"));
    assert!(ana.contains("the trust policy of role Exec in account") && ana.contains("lets neither"), "{ana}");
    let unknown = told(WORLD, &check("ana", "Nobody", "ok"));
    assert!(unknown.contains("has no role Nobody"), "{unknown}");
}
