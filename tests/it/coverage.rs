//! Which claims of the guide have items: the figures, which must not fall, and the screens.

use super::cli::{Folder, kmsprep, kmsprep_with};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const FIGURES: &str = "tests/it/coverage.json";

/// What there is of each figure in `coverage.json`.
fn reached() -> Value {
    let ran = kmsprep(&["coverage", "--format", "json"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let figure = |name: &str| report["figures"][name].as_u64().unwrap();
    json!({
        "claims_covered": figure("claims_covered"),
        "claims_proved": figure("claims_proved"),
        "questions": figure("questions"),
        "questions_proved_percent": figure("questions_proved") * 100 / figure("questions"),
        "sections_touched": figure("sections") - figure("sections_untouched"),
    })
}

/// `KMSPREP_RAISE_COVERAGE=1 cargo test --test it coverage` writes down what is reached.
#[test]
fn the_figures_do_not_fall() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FIGURES);
    let kept: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    let now = reached();
    if std::env::var_os("KMSPREP_RAISE_COVERAGE").is_some() {
        fs::write(&path, format!("{now:#}\n")).unwrap();
        return;
    }
    let raise = format!("to keep what is reached: KMSPREP_RAISE_COVERAGE=1 cargo test --test it coverage, which writes {FIGURES}");
    let mut fallen = Vec::new();
    for (name, least) in kept.as_object().unwrap() {
        let (least, figure) = (least.as_u64().unwrap(), now[name].as_u64().unwrap());
        if figure < least {
            fallen.push(format!("{name} was {least} and is {figure}"));
        } else if figure > least {
            eprintln!("{name} was {least} and is {figure}; {raise}");
        }
    }
    assert!(fallen.is_empty(), "{}\n`kmsprep coverage --missing` lists what lost its items; {raise}", fallen.join("\n"));
}

#[test]
fn a_section_shows_each_claim_with_its_items() {
    let ran = kmsprep(&["coverage", "--section", "decision trees"]);
    assert!(ran.out.contains("  # tree-cross-account-customer-managed\n"), "{}", ran.out);
    assert!(ran.out.contains("    - scenario ebs-share-snapshot, executed\n"), "{}", ran.out);
    let ran = kmsprep(&["coverage", "--section", "Key Rotatin"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("did you mean `Key Rotation`?"), "{}", ran.err);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for width in [40, 80] {
        for args in [&["coverage"][..], &["coverage", "--missing"], &["coverage", "--section", "S3"]] {
            let ran = kmsprep_with(args, "", &[("COLUMNS", &width.to_string())]);
            assert_eq!(ran.status, 0);
            let wide: Vec<&str> = ran.out.lines().filter(|line| line.chars().count() > width).collect();
            assert!(wide.is_empty(), "{args:?} at {width}:\n{}", wide.join("\n"));
        }
    }
}

/// A pack adds its items, and a claim that only a citation covers is not called proved.
#[test]
fn a_pack_adds_and_a_citation_proves_nothing() {
    let folder = Folder::new();
    folder.file(
        "pack.yaml",
        r#"
version: 1
questions:
  - question: pack-common-criteria
    kind: choice
    topics: [compliance]
    domain: secure
    guide: "Compliance Standards"
    claims: [common-criteria-eal4]
    stem: "Which of these has AWS listed for KMS?"
    options:
      a: { text: "SOC", why: "Listed." }
      b: { text: "EAL", why: "Not listed.", misconception: common-criteria }
      c: { text: "SOX", why: "No such certificate.", misconception: sox-is-a-certificate }
    key: [a]
    why: "SOC is."
    proof: cited
    source: "Compliance validation for AWS Key Management Service (AWS KMS Developer Guide)"
"#,
    );
    let pack = folder.path();
    let csv = |args: &[&str]| kmsprep(&[&["coverage", "--format", "csv"], args].concat()).out;
    let row = |csv: String| csv.lines().find(|line| line.contains(",common-criteria-eal4,")).unwrap().to_owned();
    let with_pack = csv(&["--pack", pack.to_str().unwrap()]);
    assert!(row(with_pack.clone()).contains("question:pack-common-criteria"), "{with_pack}");
    assert!(!csv(&[]).contains("pack-common-criteria"));
    let missing = csv(&["--missing", "--pack", pack.to_str().unwrap()]);
    assert!(!missing.contains(",common-criteria-eal4,") && !missing.contains(",proved,"), "{missing}");
}
