//! `scenario solve` on a pseudo-terminal.

use rexpect::session::spawn_command;

#[test]
fn on_a_terminal_it_asks_every_decision_gives_hints_and_tells_the_verdict() {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("kmsprep"));
    command.args(["scenario", "solve", "disabled-key"]).env("NO_COLOR", "1").env("COLUMNS", "80").env("TERM", "xterm");
    let mut screen = spawn_command(command, Some(20_000)).unwrap();
    screen.exp_string("What brings the data back?").unwrap();
    screen.exp_string("Answer").unwrap();
    screen.send_line("h").unwrap();
    screen.exp_string("Hint 1 of 3").unwrap();
    screen.send_line("x").unwrap();
    screen.exp_string("Answer with one letter from the list").unwrap();
    screen.send_line("a").unwrap();
    screen.exp_string("PASSED").unwrap();
    screen.exp_string("3 of 3 checks pass").unwrap();
    screen.exp_eof().unwrap();
}
