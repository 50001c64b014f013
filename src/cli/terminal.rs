//! Single keys from a terminal.
//!
//! While it is open, the terminal hands over each key at once and echoes nothing. It is put back when this is dropped, also by a panic.

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers, poll, read};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use std::io;
use std::time::Duration;

/// Something that the learner did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// A letter, a figure or another sign, in small letters.
    Sign(char),
    /// Enter, or the space bar where nothing is typed.
    Enter,
    /// Backspace or Delete.
    Back,
    /// An arrow to the left, or up.
    Left,
    /// An arrow to the right, or down.
    Right,
    /// Ctrl-C, Ctrl-D or Escape: the learner leaves.
    Leave,
    /// The window has another size.
    Resized,
    /// Nothing for so long.
    Quiet,
    /// A key without a meaning here.
    Other,
}

/// A terminal that hands over single keys.
#[derive(Debug)]
pub(super) struct Terminal(());

impl Terminal {
    /// Opens it.
    ///
    /// # Errors
    /// If the terminal does not obey.
    pub(super) fn open() -> io::Result<Self> {
        enable_raw_mode().map(|()| Terminal(()))
    }

    /// The next thing that the learner does, or [`Key::Quiet`] after so long.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub(super) fn key(&mut self, patience: Option<Duration>) -> io::Result<Key> {
        loop {
            if let Some(patience) = patience
                && !poll(patience)?
            {
                return Ok(Key::Quiet);
            }
            match read()? {
                // A terminal that reports releases reports each key twice.
                Event::Key(key) if key.kind != KeyEventKind::Release => return Ok(meaning(key.code, key.modifiers)),
                Event::Resize(_, _) => return Ok(Key::Resized),
                Event::Key(_) | Event::FocusGained | Event::FocusLost | Event::Mouse(_) | Event::Paste(_) => {}
            }
        }
    }

    /// One line, typed with echo as at any prompt; nothing at the end of the input.
    ///
    /// # Errors
    /// If the terminal is gone.
    pub(super) fn line(&mut self) -> io::Result<Option<String>> {
        disable_raw_mode()?;
        let mut line = String::new();
        let read = io::stdin().read_line(&mut line);
        enable_raw_mode()?;
        Ok((read? > 0).then_some(line))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nobody is left to be told.
        let _ = disable_raw_mode();
    }
}

#[allow(clippy::wildcard_enum_match_arm, reason = "most keys have no meaning here")]
fn meaning(code: KeyCode, modifiers: KeyModifiers) -> Key {
    let control = modifiers.contains(KeyModifiers::CONTROL);
    match code {
        KeyCode::Char('c' | 'd') if control => Key::Leave,
        // What Enter and Backspace send on some terminals.
        KeyCode::Char('j' | 'm') if control => Key::Enter,
        KeyCode::Char('h') if control => Key::Back,
        KeyCode::Char(_) if control || modifiers.contains(KeyModifiers::ALT) => Key::Other,
        KeyCode::Char(sign) => Key::Sign(sign.to_ascii_lowercase()),
        KeyCode::Enter => Key::Enter,
        KeyCode::Backspace | KeyCode::Delete => Key::Back,
        KeyCode::Left | KeyCode::Up | KeyCode::PageUp => Key::Left,
        KeyCode::Right | KeyCode::Down | KeyCode::PageDown => Key::Right,
        KeyCode::Esc => Key::Leave,
        _ => Key::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_mean_what_their_terminals_send() {
        let none = KeyModifiers::NONE;
        assert_eq!(meaning(KeyCode::Char('B'), KeyModifiers::SHIFT), Key::Sign('b'));
        assert_eq!(meaning(KeyCode::Char('c'), KeyModifiers::CONTROL), Key::Leave);
        assert_eq!(meaning(KeyCode::Char('c'), none), Key::Sign('c'));
        assert_eq!(meaning(KeyCode::Char('x'), KeyModifiers::ALT), Key::Other);
        assert_eq!([meaning(KeyCode::Enter, none), meaning(KeyCode::Char('j'), KeyModifiers::CONTROL)], [Key::Enter; 2]);
        assert_eq!(meaning(KeyCode::F(1), none), Key::Other);
    }
}
