//! The documents say what the program does.

use super::cli::{Folder, kmsprep};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The first fenced block of a language.
fn block(text: &str, language: &str) -> String {
    let start = text.find(&format!("```{language}\n")).unwrap() + language.len() + 4;
    let end = text[start..].find("\n```").unwrap();
    format!("{}\n", &text[start..start + end])
}

#[test]
fn the_example_of_the_scenario_language_is_proved() {
    let folder = Folder::new();
    let file = folder.file("disabled-key.yaml", block(&read("docs/scenario-language.md"), "yaml"));
    let ran = kmsprep(&["lint", &file]);
    assert_eq!(ran.status, 0, "{}", ran.out);
}

#[test]
fn the_example_of_every_type_of_policy_runs() {
    let page = read("docs/scenario-language.md");
    let example = block(page.split_once("### Who may do what").unwrap().1, "yaml");
    let (world, checks) = example.split_once("checks:").unwrap();
    let world = world.trim_start_matches("world:").trim_end();
    assert_eq!(super::policy_types::told(world, checks), "nightly: as expected");
}

#[test]
fn the_example_of_the_question_bank_is_proved() {
    let folder = Folder::new();
    let file = folder.file("states.yaml", block(&read("docs/questions.md"), "yaml"));
    let ran = kmsprep(&["lint", &file]);
    assert_eq!(ran.status, 0, "{}", ran.out);
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let sample = block(&read("README.md"), "text");
    let (command, shown) = sample.split_once('\n').unwrap();
    let args: Vec<&str> = command.trim_start_matches("$ kmsprep ").split(' ').collect();
    let ran = kmsprep(&args);
    assert!(ran.out.starts_with(shown.trim_end()), "the README shows\n{shown}\nand the program prints\n{}", ran.out);
}

#[test]
fn the_readme_begins_with_the_two_commands() {
    let first: String = read("README.md").lines().take(24).collect::<Vec<_>>().join("\n");
    assert!(first.contains("cargo run --release -- drill") && first.contains("cargo test"));
}

#[test]
fn every_warning_about_policies_has_a_row_and_every_row_a_warning() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/authz/review");
    let mut given = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            let text = fs::read_to_string(path).unwrap();
            given.extend(text.split('"').filter(|part| part.starts_with("policy/")).map(str::to_owned));
        }
    }
    let page = read("docs/policy-warnings.md");
    let told: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `policy/")?.split_once('`'))
        .map(|(code, _)| format!("policy/{code}"))
        .collect();
    assert!(given.len() > 20);
    assert_eq!(given, told);
}

#[test]
fn the_sample_of_a_workload_is_what_the_program_prints() {
    let page = read("docs/cost.md");
    let folder = Folder::new();
    let file = folder.file("photos.yaml", block(&page, "yaml"));
    let sample = block(&page, "text");
    let (command, shown) = sample.split_once('\n').unwrap();
    let args: Vec<&str> =
        command.trim_start_matches("$ kmsprep ").split(' ').map(|word| if word == "photos.yaml" { &file } else { word }).collect();
    let ran = kmsprep(&args);
    assert_eq!(ran.out.trim_end(), shown.trim_end(), "{}", ran.err);
}

#[test]
fn every_service_of_a_workload_has_a_row() {
    let page = read("docs/cost.md");
    for rule in kmsprep::pricing::workload::SERVICES {
        assert!(page.contains(&format!("`{}`", rule.name)), "docs/cost.md has no row for {}", rule.name);
        for field in rule.fields {
            let name = field.name.rsplit('.').next().unwrap();
            assert!(page.contains(name), "docs/cost.md does not tell of {name}");
        }
    }
}

/// What a question tells the learner to try can be tried.
#[test]
fn every_command_that_a_question_names_exists() {
    use kmsprep::{content, diag::Sources, rulebook, study};
    let files = content::QUESTIONS.iter().map(|file| (file.name, file.text));
    let (bank, _) = study::Bank::read(&mut Sources::new(), files);
    let topics: std::collections::BTreeSet<&str> =
        bank.questions.iter().flat_map(|question| &question.topics).map(String::as_str).collect();
    let mut commands = 0;
    for question in &bank.questions {
        let Some(command) = &question.try_next else { continue };
        let words: Vec<&str> = command.split_whitespace().collect();
        let exists = match words[..] {
            ["kmsprep", "facts", ..] => rulebook::search(&words[2..].join(" ")).whole,
            ["kmsprep", "drill", topic] => topics.contains(topic),
            ["kmsprep", "scenario", "solve", id] => content::SCENARIOS.iter().any(|file| file.id() == id),
            ["kmsprep", "cost", "estimate"] | ["kmsprep", "exam", "--mini"] => true,
            _ => false,
        };
        assert!(exists, "{}: {command}", question.id);
        commands += 1;
    }
    assert!(commands > 100, "{commands}");
}
