//! `kmsprep scenario solve`: asks for every decision, runs the scenario and says why.

use super::verdict::{Showing, verdict};
use super::{Edge, Exit, Failure, Format, load, prompt};
use crate::diag::Sources;
use crate::doc::{self, Limits};
use crate::render;
use crate::rulebook::Rulebook;
use crate::scenario::{Answer, Answers, Decision, Document};
use crate::study::place_of_letter;
use std::io::{self, BufRead};

/// Runs the command. Without a terminal it reads one answer a line from standard input.
///
/// # Errors
/// If the scenario cannot be used or the input ends early.
pub(super) fn run(edge: &mut Edge, name: &str, rulebook: Rulebook, format: Format) -> Result<Exit, Failure> {
    let mut sources = Sources::new();
    let document = load::scenario(&mut sources, name, format)?;
    let talks = format == Format::Text;
    edge.interactive &= talks;
    if talks {
        edge.print(&render::scenario_head(&document, edge.width))?;
    }
    let mut answers = Answers::new();
    let mut hints = 0;
    for (index, decision) in document.decisions.iter().enumerate() {
        if talks {
            edge.print(&render::decision_text(decision, index + 1, document.decisions.len(), edge.width))?;
        }
        match ask(edge, &mut sources, &document, decision, &mut hints)? {
            Some(answer) => answers.insert(decision.name.clone(), answer),
            None => return Ok(Exit::Failed),
        };
    }
    verdict(edge, &mut sources, &document, &answers, rulebook, Showing::Verdict(format))
}

/// Asks until there is an answer; nothing if the learner leaves.
fn ask(
    edge: &mut Edge,
    sources: &mut Sources,
    document: &Document,
    decision: &Decision,
    hints: &mut usize,
) -> Result<Option<Answer>, Failure> {
    loop {
        let Some(line) = line(edge, decision)? else { return Ok(None) };
        match parse(decision, line.trim()) {
            Typed::Answer(answer) => return Ok(Some(answer)),
            Typed::Quit => return Ok(None),
            Typed::Hint => {
                let text = match document.hints.get(*hints) {
                    Some(hint) => format!("Hint {} of {}: {hint}", *hints + 1, document.hints.len()),
                    None => "There are no more hints.".to_owned(),
                };
                *hints += 1;
                edge.print(&format!("{}\n", render::wrap(&render::safe(&text), edge.width, "", "")))?;
            }
            Typed::Own(text) => {
                let node = doc::read(sources, &format!("your answer to {}", decision.name), &text, Limits::default());
                match node {
                    Ok(node) => return Ok(Some(Answer::Free(node))),
                    Err(diagnostics) => edge.print(&render::diagnostics_text(&diagnostics, sources, edge.color, edge.width))?,
                }
            }
            Typed::Unknown => {
                let how_many = if decision.choose == 1 { "one letter".to_owned() } else { format!("{} letters", decision.choose) };
                edge.print(&format!("Answer with {how_many} from the list.\n"))?;
                // Somebody at a pipe cannot see the message; going on would misread the next line.
                if !edge.interactive {
                    return Err(Failure::Usage { message: format!("`{}` is no answer to `{}`", line.trim(), decision.name), help: None });
                }
            }
        }
    }
}

fn line(edge: &mut Edge, decision: &Decision) -> Result<Option<String>, Failure> {
    if !edge.interactive {
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line).map_err(|source| Failure::Io { doing: "read an answer".to_owned(), source })?;
        if read == 0 {
            return Err(Failure::Usage {
                message: format!("the input ends before `{}` is answered", decision.name),
                help: Some("give one answer a line".to_owned()),
            });
        }
        return Ok(Some(line));
    }
    let help = if decision.free_form { "h hint, q leave, or type your own value after =" } else { "h hint, q leave" };
    prompt::line(edge, "Answer", Some(help), None)
}

/// What was typed.
enum Typed {
    Answer(Answer),
    Own(String),
    Hint,
    Quit,
    Unknown,
}

/// Letters, option names, `=` and a value, `h` or `q`.
fn parse(decision: &Decision, line: &str) -> Typed {
    if let Some(own) = line.strip_prefix('=').filter(|_| decision.free_form) {
        return Typed::Own(own.trim().to_owned());
    }
    if decision.option(line).is_some() && decision.choose == 1 {
        return Typed::Answer(Answer::Options(vec![line.to_owned()]));
    }
    let letters: Vec<char> = line.to_ascii_lowercase().chars().filter(|letter| !letter.is_whitespace() && *letter != ',').collect();
    let mut chosen: Vec<String> = Vec::new();
    for letter in &letters {
        match place_of_letter(*letter, decision.options.len()).and_then(|index| decision.options.get(index)) {
            Some(option) if !chosen.contains(&option.name) => chosen.push(option.name.clone()),
            Some(_) | None => chosen.clear(),
        }
    }
    if chosen.len() == decision.choose && chosen.len() == letters.len() {
        return Typed::Answer(Answer::Options(chosen));
    }
    match line {
        "h" | "H" => Typed::Hint,
        "q" | "Q" => Typed::Quit,
        _ => Typed::Unknown,
    }
}
