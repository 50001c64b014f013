//! Data flows one way: a module imports only what stands below it in the list of `lib.rs`.

use std::fs;
use std::path::Path;

const ORDER: [&str; 15] = [
    "cli",
    "render",
    "study",
    "authoring",
    "content",
    "scenario",
    "endpoint",
    "pricing",
    "authz",
    "services",
    "kms",
    "iam",
    "cloud",
    "rulebook",
    "doc",
];

fn rust_files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_module_imports_from_above() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    assert!(files.len() > 50);
    let mut wrong = Vec::new();
    for path in files {
        let relative = path.strip_prefix(&root).unwrap();
        let module = relative.iter().next().unwrap().to_string_lossy().trim_end_matches(".rs").to_owned();
        let Some(height) = ORDER.iter().position(|name| *name == module) else { continue };
        let text = fs::read_to_string(&path).unwrap();
        // Tests may look upwards: they build worlds.
        let text = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        if relative.to_string_lossy().contains("test") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            for above in ORDER.iter().take(height) {
                if line.contains(&format!("crate::{above}::")) {
                    wrong.push(format!("{}:{}: {module} imports {above}", relative.display(), number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
