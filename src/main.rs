//! The `kmsprep` program: everything it does is in the library.

use kmsprep::cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
