use super::*;
use crate::diag::Sources;
use crate::doc::{self, Limits};
use std::path::Path;

/// The cases of the repository: figures worked out by hand.
const OWN: &str = include_str!("../../../tests/cases/pricing.yaml");

fn outcomes(text: &str, book: &PriceBook) -> Vec<Outcome> {
    let node = doc::read(&mut Sources::new(), "cases.yaml", text, Limits::default()).unwrap();
    let cases = read_cases(&node).unwrap_or_else(|diagnostics| panic!("{diagnostics:#?}"));
    verify(&cases, book, Rulebook::current()).unwrap()
}

#[track_caller]
fn all_right(outcomes: &[Outcome], least: usize) {
    let wrong: Vec<&Outcome> = outcomes.iter().filter(|outcome| !outcome.ok).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(outcomes.len() >= least, "only {} variants", outcomes.len());
}

#[test]
fn the_worked_cases_of_the_repository_come_out() {
    all_right(&outcomes(OWN, PriceBook::standard()), 15);
}

/// The research behind the price book stands beside the repository where the product is developed.
#[test]
fn the_worked_cases_of_the_research_come_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let places = ["../shared/reference", "../../shared/reference"].map(|place| root.join(place).join("pricing-examples.yaml"));
    match places.iter().find_map(|place| std::fs::read_to_string(place).ok()) {
        Some(text) => all_right(&outcomes(&text, PriceBook::standard()), 20),
        None => eprintln!("skipped: {} is not there", places[0].display()),
    }
}

#[test]
fn a_changed_price_is_told_figure_by_figure() {
    let text = include_str!("../prices.yaml").replacen("price: \"0.03\", per: \"10000\"", "price: \"0.04\", per: \"10000\"", 1);
    let book = PriceBook::read(&mut Sources::new(), "dearer.yaml", &text).unwrap();
    let outcomes = outcomes(OWN, &book);
    let first = outcomes.iter().find(|outcome| !outcome.ok).unwrap();
    let fields: Vec<&str> = first.differences.iter().map(|difference| difference.field.as_str()).collect();
    assert!(fields.contains(&"requests_usd") && fields.contains(&"total_usd"), "{first:?}");
    assert!(outcomes.iter().any(|outcome| outcome.ok), "cases without symmetric requests stay right");
}

#[test]
fn unknown_figures_and_words_are_not_passed_over() {
    let text = OWN.replacen("total_usd:", "totl_usd:", 1);
    let wrong = outcomes(&text, PriceBook::standard());
    let difference = &wrong.iter().find(|outcome| !outcome.ok).unwrap().differences[0];
    assert_eq!((difference.field.as_str(), difference.found.as_str()), ("totl_usd", "a figure that is not known"));
    for (from, to) in
        [("op: Decrypt", "op: Decript"), ("manager: customer", "manager: me"), ("symmetric:", "symetric:"), ("2026-06", "2026-13")]
    {
        let node = doc::read(&mut Sources::new(), "cases.yaml", &OWN.replacen(from, to, 1), Limits::default()).unwrap();
        assert!(read_cases(&node).is_err(), "{to}");
    }
}
