//! The scenarios and questions inside the program, so that an installed `kmsprep` works from any folder.

/// A file of the bundle.
#[derive(Debug)]
pub struct Bundled {
    /// Its path inside the repository.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// All scenarios, in the order of their names.
pub static SCENARIOS: &[Bundled] = include!(concat!(env!("OUT_DIR"), "/scenarios.rs"));

/// All files of the question bank, in the order of their names.
pub static QUESTIONS: &[Bundled] = include!(concat!(env!("OUT_DIR"), "/questions.rs"));

impl Bundled {
    /// The file's name without folder and extension: of a scenario its id.
    #[must_use]
    pub fn id(&self) -> &'static str {
        let name = self.name.rsplit('/').next().unwrap_or(self.name);
        name.strip_suffix(".yaml").unwrap_or(name)
    }
}
